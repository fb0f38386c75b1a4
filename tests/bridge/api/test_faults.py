from __future__ import annotations

import pytest

from bridge.accounts.errors import (
    AccountError,
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
from bridge.api.errors import ApiFault, Errcode
from bridge.api.faults import build_fault
from bridge.errors import BridgeError, HomeserverAway, MatrixBusy, MatrixError, NotYet, Unknown

KNOWN: list[tuple[Exception, int, str]] = [
    (Unknown("issue", "7"), 404, "M_NOT_FOUND"),
    (WrongPassword(), 401, "CHAPERONE_WRONG_PASSWORD"),
    (TooManyTries(3), 429, "M_LIMIT_EXCEEDED"),
    (Suspended(), 403, "CHAPERONE_SUSPENDED"),
    (NotForGuests(), 403, "CHAPERONE_NOT_PERMITTED"),
    (InvitationRefused(InvitationFault.USED), 403, "CHAPERONE_INVITATION_USED"),
    (AssertionRefused(AssertionFault.TOO_LONG, "No."), 403, "CHAPERONE_ASSERTION_TOO_LONG"),
    (TokenExpired(), 401, "M_UNKNOWN_TOKEN"),
    (TokenRefused(), 401, "M_UNKNOWN_TOKEN"),
    (MatrixBusy(429, "M_LIMIT_EXCEEDED", "Wait.", 2), 429, "M_LIMIT_EXCEEDED"),
    (HomeserverAway(), 503, "CHAPERONE_HOMESERVER_AWAY"),
    (ApiFault(Errcode.NOT_JSON, "No."), 400, "M_NOT_JSON"),
]


@pytest.mark.parametrize(("fault", "status", "errcode"), KNOWN, ids=lambda value: type(value).__name__)
def test_what_is_expected_has_its_code_and_status(fault: Exception, status: int, errcode: str) -> None:
    answer = build_fault(fault)
    assert answer is not None
    assert (answer.status, answer.code.value) == (status, errcode)


def test_every_reason_not_to_let_somebody_in_has_an_answer() -> None:
    assert {type(fault) for fault, _, _ in KNOWN} >= set(AccountError.__subclasses__())


@pytest.mark.parametrize(
    "fault", [ValueError(), MatrixError(400, "M_BAD", "Bad."), NotYet(), BridgeError(), KeyError()]
)
def test_what_nobody_expected_has_none(fault: Exception) -> None:
    assert build_fault(fault) is None


def test_what_is_missing_is_said_in_the_same_words_wherever_it_was_noticed() -> None:
    missing = build_fault(Unknown("issue", "7"))
    assert missing is not None
    assert missing.body() == {"errcode": "M_NOT_FOUND", "error": "There is no issue '7'."}
