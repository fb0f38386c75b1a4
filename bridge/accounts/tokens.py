"""Access tokens: JWTs signed with Ed25519, each for one audience.

    gateway   API and socket; sub is the principal's id; minutes
    matrix    `org.matrix.login.jwt` at the homeserver; sub is the local part of the user id; 60 seconds, used at once

One algorithm, pinned on both sides. Each side refuses the other's tokens by their audience. What a token says is
believed only together with its session, which can be revoked.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from secrets import token_urlsafe
from typing import Any, Final, Literal

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from bridge.accounts.errors import TokenExpired, TokenRefused
from bridge.config import AccountsSettings
from bridge.errors import BadSettings
from bridge.ports import Principal, PrincipalId
from policies.people import localpart_of

Audience = Literal["gateway", "matrix"]

ALGORITHM: Final = "EdDSA"
ISSUER: Final = "chaperone"
MATRIX_LIFETIME: Final = timedelta(seconds=60)
CLAIMS: Final = ("iss", "sub", "aud", "exp", "iat", "jti", "sid")


@dataclass(frozen=True, slots=True)
class Claims:
    """What a token for the gateway says."""

    principal_id: PrincipalId
    session_id: str
    expires_at: datetime


class Tokens:
    """Mints and reads them."""

    def __init__(self, private_pem: str, settings: AccountsSettings) -> None:
        """:raises BadSettings: if the key is no Ed25519 key."""
        self._key = _load_key(private_pem)
        self._lifetime = timedelta(minutes=settings.token_minutes)
        public = self._key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        self._jwk = {"crv": "Ed25519", "kty": "OKP", "x": _base64(public)}
        # RFC 7638: the same key has the same id everywhere, and a new key a new one.
        self._kid = _base64(hashlib.sha256(json.dumps(self._jwk, separators=(",", ":")).encode()).digest())

    def lifetime_of(self, audience: Audience) -> timedelta:
        """How long a token for it is good."""
        return MATRIX_LIFETIME if audience == "matrix" else self._lifetime

    def mint(self, principal: Principal, session_id: str, audience: Audience, now: datetime) -> str:
        """A new token."""
        claims = {
            "iss": ISSUER,
            "sub": localpart_of(principal.user_id) if audience == "matrix" else principal.id,
            "aud": audience,
            "exp": int((now + self.lifetime_of(audience)).timestamp()),
            "iat": int(now.timestamp()),
            "jti": token_urlsafe(12),
            "sid": session_id,
        }
        return jwt.encode(claims, self._key, ALGORITHM, headers={"kid": self._kid})

    def parse(self, token: str, now: datetime) -> Claims:
        """Read a token for the gateway.

        :raises TokenExpired: if it was one of ours.
        :raises TokenRefused: if it is anything else.
        """
        try:
            claims = jwt.decode(
                token,
                self._key.public_key(),
                [ALGORITHM],
                audience="gateway",
                issuer=ISSUER,
                # The time is ours to judge: the library would ask the clock of the machine.
                options={"require": list(CLAIMS), "verify_exp": False, "verify_iat": False, "verify_nbf": False},
            )
            expires_at = datetime.fromtimestamp(int(claims["exp"]), UTC)
        except (jwt.InvalidTokenError, ValueError, TypeError, OverflowError) as invalid:
            raise TokenRefused("no token of ours") from invalid
        if expires_at <= now:
            raise TokenExpired("the token has expired")
        return Claims(PrincipalId(str(claims["sub"])), str(claims["sid"]), expires_at)

    def jwks(self) -> Mapping[str, Any]:
        """The public key as a JSON Web Key Set (RFC 7517, RFC 8037)."""
        return {"keys": [{**self._jwk, "alg": ALGORITHM, "use": "sig", "kid": self._kid}]}


def _load_key(private_pem: str) -> Ed25519PrivateKey:
    try:
        key = load_pem_private_key(private_pem.encode(), None)
    except (ValueError, TypeError):
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise BadSettings(["bridge.jwt_private_file: is no Ed25519 private key in PEM"])
    return key


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
