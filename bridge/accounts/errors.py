"""Why somebody is not let in.

AccountError
├── WrongPassword    the login is unknown, or the password is not its own: nobody learns which
├── TooManyTries     field retry_after (seconds)
├── Suspended        the password was right, and the person may not act
├── NotForGuests     guests have no Matrix login here (`accounts.matrix_login_for_guests`)
├── TokenExpired     ours, and too old: a refresh gives a new one
└── TokenRefused     not ours, not for us, revoked, or used before
"""

from __future__ import annotations

from bridge.errors import BridgeError


class AccountError(BridgeError):
    """Base of these."""


class WrongPassword(AccountError):
    """Login or password is wrong."""


class TooManyTries(AccountError):
    """Wait, then try again."""

    def __init__(self, retry_after: float) -> None:
        super().__init__(f"too many tries; wait {retry_after:.0f} s")
        self.retry_after = retry_after


class Suspended(AccountError):
    """Said only to who knew the password."""


class NotForGuests(AccountError):
    """A token for the homeserver was asked for."""


class TokenExpired(AccountError):
    """Signed by us, and its time is over."""


class TokenRefused(AccountError):
    """No token that lets anybody in."""
