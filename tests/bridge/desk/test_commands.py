from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.desk.commands import (
    BreakInto,
    Claim,
    Conclude,
    Deescalate,
    Escalate,
    HandOver,
    Help,
    Misunderstood,
    Reopen,
    ShareThis,
    SwitchDuty,
    UnshareThis,
    Whisper,
    parse_command,
    parse_user,
)
from policies.escalation import Mode
from policies.issue import Conclusion
from policies.names import IssueId, ServerName, UserId

SERVER = ServerName("test")


@pytest.mark.parametrize(
    ("body", "command"),
    [
        ("!claim", Claim(None)),
        ("!claim 12", Claim(IssueId("12"))),
        ("!CLAIM #12", Claim(IssueId("12"))),
        ("!handover @ben", HandOver(UserId("@ben:test"))),
        ("!handover ben", HandOver(UserId("@ben:test"))),
        ("!handover @ben:other.example", HandOver(UserId("@ben:other.example"))),
        ("!conclude resolved", Conclude(Conclusion.RESOLVED, "")),
        ("!conclude guest-disengaged gone since noon", Conclude(Conclusion.GUEST_DISENGAGED, "gone since noon")),
        ("!share", ShareThis()),
        ("!unshare", UnshareThis()),
        ("!escalate too hard", Escalate(Mode.IN_PLACE, "too hard")),
        ("!escalate new too hard", Escalate(Mode.NEW_ROOM, "too hard")),
        ("!escalate NEW  too hard", Escalate(Mode.NEW_ROOM, "too hard")),
        ("!escalate newest form is broken", Escalate(Mode.IN_PLACE, "newest form is broken")),
        ("!deescalate", Deescalate("")),
        ("!deescalate it is simple", Deescalate("it is simple")),
        ("!reopen", Reopen()),
        ("!reopen #12", Reopen(IssueId("12"))),
        ("!on", SwitchDuty(on=True, who=None)),
        ("!Off @ada", SwitchDuty(on=False, who=UserId("@ada:test"))),
        ("!breakin", BreakInto(None)),
        ("!breakin #12", BreakInto(IssueId("12"))),
        ("!whisper 12 @ada Offer a refund.", Whisper("12 @ada Offer a refund.")),
        ("!help", Help()),
        ("!ask robot what", None),
        ("hello !claim", None),
        ("!!!", None),
        ("!", None),
    ],
)
def test_what_is_typed_is_read_as(body: str, command: object) -> None:
    assert parse_command(body, SERVER) == command


@pytest.mark.parametrize(
    "body",
    [
        "!claim twelve",
        "!reopen it",
        "!off for lunch",
        "!breakin ada",
        "!handover",
        "!conclude",
        "!conclude escalated",
        "!conclude fine",
        "!dance",
        "!escalate",
        "!escalate new",
    ],
)
def test_what_is_half_right_gets_a_sentence(body: str) -> None:
    assert isinstance(parse_command(body, SERVER), Misunderstood)


def test_a_pasted_link_names_its_user() -> None:
    assert parse_user("https://matrix.to/#/@Ben:test", SERVER) == "@ben:test"


@given(st.text())
def test_nothing_that_can_be_typed_is_an_error(body: str) -> None:
    parse_command("!" + body, SERVER)
