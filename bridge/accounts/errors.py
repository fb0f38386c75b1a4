"""Why somebody is not let in.

AccountError
├── WrongPassword    the login is unknown, or the password is not its own: nobody learns which
├── TooManyTries     field retry_after (seconds)
├── Suspended        the password was right, and the person may not act
├── NotForGuests     guests have no Matrix login here (`accounts.matrix_login_for_guests`)
├── TokenExpired     ours, and too old: a refresh gives a new one
├── TokenRefused     not ours, not for us, revoked, or used before
├── InvitationRefused   field fault
└── AssertionRefused    field fault
"""

from __future__ import annotations

from enum import StrEnum

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


class InvitationFault(StrEnum):
    """What is wrong with an invitation. Only who has its link can ask."""

    UNKNOWN = "unknown"
    USED = "used"
    EXPIRED = "expired"
    OVER = "over"
    """What it invited to has ended, or whoever gave it may not invite there any more."""


class InvitationRefused(AccountError):
    """No guest comes in by it."""

    def __init__(self, fault: InvitationFault) -> None:
        super().__init__(f"invitation: {fault}")
        self.fault = fault


class AssertionFault(StrEnum):
    """What is wrong with an assertion of a web site, for those who write the site."""

    UNREADABLE = "unreadable"
    ISSUER = "issuer"
    ORIGIN = "origin"
    SIGNATURE = "signature"
    AUDIENCE = "audience"
    EXPIRED = "expired"
    TOO_LONG = "too long"
    EARLY = "early"
    USED = "used"
    STAFF = "staff"


class AssertionRefused(AccountError):
    """No guest comes in by it."""

    def __init__(self, fault: AssertionFault, sentence: str) -> None:
        super().__init__(sentence)
        self.fault = fault
        self.sentence = sentence
