"""What other parts of the bridge raise, as the error it is to whoever called. What is not named here is ours."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from bridge.accounts.errors import (
    AssertionFault,
    AssertionRefused,
    InvitationFault,
    InvitationRefused,
    NotForGuests,
    Suspended,
    TokenExpired,
    TokenRefused,
    TooManyTries,
    WrongPassword,
)
from bridge.api.errors import CHALLENGE, ApiFault, Errcode, build_limited
from bridge.errors import HomeserverAway, MatrixBusy, Taken, Unknown
from policies.names import Code

INVITATION_FAULTS: Final[Mapping[InvitationFault, tuple[Errcode, str]]] = MappingProxyType(
    {
        InvitationFault.UNKNOWN: (Errcode.INVITATION_UNKNOWN, "There is no such invitation. Is the link complete?"),
        InvitationFault.USED: (Errcode.INVITATION_USED, "This invitation was used already. Please ask for another."),
        InvitationFault.EXPIRED: (Errcode.INVITATION_EXPIRED, "This invitation has expired. Please ask for another."),
        InvitationFault.OVER: (Errcode.INVITATION_EXPIRED, "The conversation that you were invited to has ended."),
    }
)
ASSERTION_FAULTS: Final[Mapping[AssertionFault, Errcode]] = MappingProxyType(
    {fault: Errcode[f"ASSERTION_{fault.name}"] for fault in AssertionFault}
)


def build_fault(fault: Exception) -> ApiFault | None:
    """The error body's makings; None for what nobody expected."""
    match fault:
        case ApiFault():
            return fault
        case Unknown():
            return ApiFault(Errcode.NOT_FOUND, str(fault))
        case Taken():
            return ApiFault(Errcode.USER_IN_USE, str(fault))
        case WrongPassword():
            return ApiFault(Errcode.WRONG_PASSWORD, "Login or password is wrong.", headers=CHALLENGE)
        case TooManyTries():
            return build_limited("Too many tries. Wait a little.", fault.retry_after)
        case Suspended():
            return ApiFault(Code.SUSPENDED, "This account is suspended.")
        case NotForGuests():
            return ApiFault(Code.NOT_PERMITTED, "Guests have no login with a Matrix client here.")
        case InvitationRefused():
            return ApiFault(*INVITATION_FAULTS[fault.fault])
        case AssertionRefused():
            return ApiFault(ASSERTION_FAULTS[fault.fault], fault.sentence)
        case TokenExpired():
            sentence = "The token has expired; refresh it."
            return ApiFault(Errcode.UNKNOWN_TOKEN, sentence, {"soft_logout": True}, CHALLENGE)
        case TokenRefused():
            sentence = "The token is not valid; log in again."
            return ApiFault(Errcode.UNKNOWN_TOKEN, sentence, {"soft_logout": False}, CHALLENGE)
        case MatrixBusy():
            return build_limited("The homeserver asks for patience.", fault.retry_after)
        case HomeserverAway():
            sentence = "The homeserver does not answer at the moment."
            return ApiFault(Errcode.HOMESERVER_AWAY, sentence, headers={"Retry-After": "2"})
        case _:
            return None
