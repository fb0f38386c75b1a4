"""Accounts to test with: real in every part, but hashing so cheaply that a login takes a millisecond."""

from __future__ import annotations

from typing import Final

from argon2 import PasswordHasher
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from bridge.accounts.passwords import Passwords
from bridge.accounts.principals import Accounts
from bridge.accounts.tokens import Tokens
from bridge.accounts.tries import Tries
from bridge.config import Settings
from bridge.ports import Clock, Notices, Store

CHEAP: Final = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


def build_private_pem() -> str:
    """A new signing key, as `python -m homeserver render` makes one."""
    key = Ed25519PrivateKey.generate()
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def build_passwords() -> Passwords:
    """Passwords at hardly any cost."""
    return Passwords(CHEAP)


def build_accounts(
    store: Store, clock: Clock, notices: Notices, settings: Settings | None = None, passwords: Passwords | None = None
) -> Accounts:
    """Accounts with a key of their own."""
    settings = settings or Settings()
    return Accounts(
        store,
        Tokens(build_private_pem(), settings.accounts),
        clock,
        settings,
        notices,
        passwords or build_passwords(),
        Tries(settings.accounts),
    )
