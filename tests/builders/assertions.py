"""Web sites to test with, and what they sign."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any, Final, Literal

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from bridge.config import SiteSettings
from tests.fakes.clock import MORNING

Algorithm = Literal["RS256", "ES256", "EdDSA"]
_NUMBERS: Final = count(1)


class Site:
    """A web site with a key of its own."""

    def __init__(self, issuer: str, algorithm: Algorithm = "EdDSA", origin: str = "https://shop.example") -> None:
        self.issuer = issuer
        self.algorithm: Algorithm = algorithm
        self.origin = origin
        self.key = _build_key(algorithm)

    def settings(self, directory: Path) -> SiteSettings:
        """The site as the settings name it; its public key is written into the directory."""
        path = directory / f"{self.issuer}.pem"
        path.write_bytes(self.key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
        return SiteSettings(issuer=self.issuer, algorithm=self.algorithm, public_key_file=path, origins=(self.origin,))

    def sign(self, subject: str = "visitor-1", now: datetime = MORNING, **other: Any) -> str:
        """An assertion, with claims of the test's own in place of the right ones; None leaves one out."""
        claims = {
            "iss": self.issuer,
            "sub": subject,
            "aud": "chaperone",
            "iat": int(now.timestamp()),
            "exp": int((now + timedelta(minutes=4)).timestamp()),
            "jti": f"jti-{next(_NUMBERS)}",
            **other,
        }
        return jwt.encode({k: v for k, v in claims.items() if v is not None}, self.key, self.algorithm)


def _build_key(algorithm: Algorithm) -> rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey:
    match algorithm:
        case "RS256":
            return rsa.generate_private_key(65537, 2048)
        case "ES256":
            return ec.generate_private_key(ec.SECP256R1())
        case "EdDSA":
            return ed25519.Ed25519PrivateKey.generate()


SHOP: Final = Site("shop")
