"""The keys and secrets that are made here, once, for the life of an installation, and what is derived from them."""

from __future__ import annotations

import hashlib
import hmac
import io
import secrets
from typing import Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from signedjson.key import generate_signing_key, read_signing_keys, write_signing_keys
from signedjson.types import SigningKey

from policies.names import UserId
from policies.policy_server import KEY_ID

POLICY_KEYS_KEPT: Final = 2
"""The newest, and the one that rooms may still name."""
_POLICY_ALGORITHM, _, _POLICY_NAME = KEY_ID.partition(":")


def make_secret() -> str:
    """256 random bits, as text."""
    return secrets.token_hex(32)


def make_password() -> str:
    """96 random bits that a person can still copy from a terminal."""
    return secrets.token_urlsafe(12)


def make_jwt_private_key() -> str:
    """A new Ed25519 key as PEM (PKCS #8), for EdDSA."""
    key = Ed25519PrivateKey.generate()
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def jwt_public_key(private_pem: str) -> str:
    """The public half as PEM.

    :raises ValueError: if this is no Ed25519 key.
    """
    try:
        key = load_pem_private_key(private_pem.encode(), password=None)
    except (TypeError, UnsupportedAlgorithm) as unusable:
        raise ValueError("is no unencrypted private key") from unusable
    if not isinstance(key, Ed25519PrivateKey):
        raise ValueError("is no Ed25519 key")  # noqa: TRY004 - the value is wrong, its type is text
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def make_signing_key() -> str:
    """A new signing key in the form in which Synapse reads it."""
    file = io.StringIO()
    write_signing_keys(file, [generate_signing_key(f"a_{secrets.token_hex(2)}")])
    return file.getvalue()


def make_policy_keys(before: str = "") -> str:
    """Content of the keys' file: a new key, and the newest of those before."""
    keys = [generate_signing_key(_POLICY_NAME), *(parse_policy_keys(before) if before else ())]
    file = io.StringIO()
    write_signing_keys(file, keys[:POLICY_KEYS_KEPT])
    return file.getvalue()


def parse_policy_keys(content: str) -> list[SigningKey]:
    """The keys of a file, newest first.

    :raises ValueError: if a line is no key, or one of another name.
    """
    try:
        keys = read_signing_keys(content.strip().splitlines())
    except Exception as unreadable:  # whatever a broken line makes of base64, of the key's length or of the split
        raise ValueError("has a line that is no Ed25519 key") from unreadable
    if not keys:
        raise ValueError("has no key")
    if any((key.alg, key.version) != (_POLICY_ALGORITHM, _POLICY_NAME) for key in keys):
        raise ValueError(f"has a key that is not called {KEY_ID}")
    return keys


def derive_robot_password(robots_secret: str, user_id: UserId) -> str:
    """A robot's password: known to whoever has the secret, stored nowhere."""
    return hmac.new(robots_secret.encode(), user_id.encode(), hashlib.sha256).hexdigest()
