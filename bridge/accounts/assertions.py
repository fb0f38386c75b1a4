"""The word of a host web site about one of its visitors: a JWT that the site signs, good once and for minutes.

    iss ─▶ a site of the settings ─▶ sent from one of its pages? ─▶ signed by its key, with its one algorithm
        ─▶ for us (aud) ─▶ now (iat, nbf, exp), and for five minutes at most ─▶ who (sub), and which assertion (jti)

Nothing of it is believed before the signature is checked, except which site's key to check it with. What it claims
beyond who somebody is and what they are called is not even read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import jwt
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from bridge.accounts.errors import AssertionFault, AssertionRefused
from bridge.config import SiteSettings
from bridge.errors import BadSettings

LONGEST: Final = timedelta(minutes=5)
"""An assertion that is good for longer is refused: who finds one in a log must not come in by it."""
SKEW: Final = timedelta(seconds=60)
"""The site's clock may be fast by so much."""
LONGEST_CLAIM: Final = 255
SHORTEST_RSA: Final = 2048

Key = RSAPublicKey | EllipticCurvePublicKey | Ed25519PublicKey


@dataclass(frozen=True, slots=True)
class Assertion:
    """A visitor of a web site, by the site's word."""

    issuer: str
    subject: str
    jti: str
    expires_at: datetime
    name: str
    """What the site calls them; may be empty."""


class Sites:
    """The web sites whose word counts."""

    def __init__(self, sites: Sequence[SiteSettings]) -> None:
        """Read their public keys.

        :raises BadSettings: naming every file that is no key for its site's algorithm.
        """
        self._sites = {site.issuer: site for site in sites}
        self._keys: dict[str, Key] = {}
        faults = []
        for number, site in enumerate(sites):
            try:
                self._keys[site.issuer] = _load_key(site)
            except (OSError, ValueError) as fault:
                faults.append(f"accounts.sites.{number}.public_key_file: {site.public_key_file}: {fault}")
        if faults:
            raise BadSettings(faults)

    def parse(self, assertion: str, origin: str | None, now: datetime) -> Assertion:
        """Read an assertion that a page of this origin brought.

        :raises AssertionRefused: naming the first fault.
        """
        issuer = _issuer_of(assertion)
        site = self._sites.get(issuer)
        if site is None:
            raise AssertionRefused(AssertionFault.ISSUER, f"No site signs as {issuer!r} here.")
        if origin not in site.origins:
            raise AssertionRefused(AssertionFault.ORIGIN, "This was not sent from a page of the site that signed it.")
        claims = self._verify(assertion, site)
        expires_at = _check_times(claims, now)
        return Assertion(
            issuer=issuer,
            subject=_text(claims, "sub"),
            jti=_text(claims, "jti"),
            expires_at=expires_at,
            name=claims["name"] if isinstance(claims.get("name"), str) else "",
        )

    def _verify(self, assertion: str, site: SiteSettings) -> Mapping[str, Any]:
        try:
            return jwt.decode(
                assertion,
                self._keys[site.issuer],
                [site.algorithm],
                audience=site.audience,
                issuer=site.issuer,
                # The time is ours to judge: the library would ask the clock of the machine.
                options={
                    "require": ["iss", "sub", "aud", "exp", "iat", "jti"],
                    "verify_exp": False,
                    "verify_iat": False,
                    "verify_nbf": False,
                },
            )
        except jwt.InvalidAudienceError:
            raise AssertionRefused(AssertionFault.AUDIENCE, f"Its aud is not {site.audience!r}.") from None
        except jwt.MissingRequiredClaimError as missing:
            raise AssertionRefused(AssertionFault.UNREADABLE, f"It has no {missing.claim}.") from None
        except (jwt.InvalidSignatureError, jwt.InvalidAlgorithmError, jwt.InvalidKeyError):
            sentence = f"It is not signed with the site's key and {site.algorithm}."
            raise AssertionRefused(AssertionFault.SIGNATURE, sentence) from None
        except (jwt.InvalidTokenError, ValueError, TypeError):
            raise _unreadable() from None


def _issuer_of(assertion: str) -> str:
    try:
        issuer = jwt.decode(assertion, options={"verify_signature": False}).get("iss")
    except (jwt.InvalidTokenError, ValueError, TypeError):
        raise _unreadable() from None
    return issuer if isinstance(issuer, str) else ""


def _check_times(claims: Mapping[str, Any], now: datetime) -> datetime:
    expires_at = _moment(claims, "exp")
    if expires_at <= now:
        raise AssertionRefused(AssertionFault.EXPIRED, "It has expired.")
    if expires_at > now + LONGEST:
        raise AssertionRefused(AssertionFault.TOO_LONG, "It is good for more than five minutes from now.")
    if _moment(claims, "iat") > now + SKEW or ("nbf" in claims and _moment(claims, "nbf") > now + SKEW):
        raise AssertionRefused(AssertionFault.EARLY, "It was issued in the future.")
    return expires_at


def _moment(claims: Mapping[str, Any], name: str) -> datetime:
    value = claims[name]
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise AssertionRefused(AssertionFault.UNREADABLE, f"Its {name} is no number.")
    try:
        return datetime.fromtimestamp(value, UTC)
    except (ValueError, OverflowError, OSError):
        raise AssertionRefused(AssertionFault.UNREADABLE, f"Its {name} is no time.") from None


def _text(claims: Mapping[str, Any], name: str) -> str:
    value = claims[name]
    if not isinstance(value, str) or not 0 < len(value) <= LONGEST_CLAIM or not value.isprintable():
        sentence = f"Its {name} is not a text of 1 to {LONGEST_CLAIM} printable characters."
        raise AssertionRefused(AssertionFault.UNREADABLE, sentence)
    return value


def _unreadable() -> AssertionRefused:
    return AssertionRefused(AssertionFault.UNREADABLE, "It is no JSON Web Token with the claims that are needed.")


def _load_key(site: SiteSettings) -> Key:
    try:
        key = load_pem_public_key(site.public_key_file.read_bytes())
    except ValueError:
        raise ValueError("is no public key in PEM") from None
    match site.algorithm, key:
        case "RS256", RSAPublicKey() if key.key_size >= SHORTEST_RSA:
            return key
        case "ES256", EllipticCurvePublicKey() if isinstance(key.curve, SECP256R1):
            return key
        case "EdDSA", Ed25519PublicKey():
            return key
    raise ValueError(f"is no key for {site.algorithm}")
