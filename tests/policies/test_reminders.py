"""What is said when somebody waits for too long."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from policies.actions import Tell, TellQueue
from policies.issue import Issue, Side, Status, Wanted
from policies.names import IssueId, Tier
from policies.reminders import decide_on_quiet_guest, decide_on_still_untaken, decide_on_unclaimed, decide_on_untaken
from tests.builders.people import ADA, BEN, GINA, SAM

QUEUED = Issue(IssueId("7"), "x", GINA.user_id, Status.QUEUED, Tier.T2)
UNTAKEN = replace(QUEUED, status=Status.OPEN, assignee=ADA.user_id, wanted=Wanted.TIER)


@pytest.mark.parametrize(
    ("waited", "said"),
    [
        (timedelta(seconds=10), "a minute"),
        (timedelta(minutes=10), "10 minutes"),
        (timedelta(minutes=119), "119 minutes"),
        (timedelta(hours=5), "5 hours"),
        (timedelta(days=3), "3 days"),
    ],
)
def test_the_queue_hears_how_long_an_issue_has_waited(waited: timedelta, said: str) -> None:
    [told] = decide_on_unclaimed(QUEUED, waited, [BEN.user_id])
    assert isinstance(told, TellQueue)
    assert said in told.sentence
    assert told.mentions == (BEN.user_id,)


def test_those_who_were_called_hear_it_by_name_and_their_queue_with_them() -> None:
    told, queue = decide_on_untaken(UNTAKEN, [BEN.user_id])
    assert isinstance(told, Tell)
    assert isinstance(queue, TellQueue)
    assert (told.side, told.mentions) == (Side.STAFF, (BEN.user_id,))
    assert "T2" in told.sentence
    [told, _] = decide_on_untaken(replace(UNTAKEN, wanted=Wanted.SUPERVISOR), [])
    assert isinstance(told, Tell)
    assert "a supervisor" in told.sentence


def test_the_supervisors_hear_it_next_or_that_there_is_none_is_said() -> None:
    [told, _] = decide_on_still_untaken(UNTAKEN, [SAM.user_id])
    assert isinstance(told, Tell)
    assert SAM.user_id in told.sentence
    [told, _] = decide_on_still_untaken(UNTAKEN, [])
    assert isinstance(told, Tell)
    assert f"{ADA.user_id} stays with it" in told.sentence


def test_a_guest_is_asked_kindly_and_told_what_happens_otherwise() -> None:
    [told] = decide_on_quiet_guest(UNTAKEN, timedelta(hours=1))
    assert isinstance(told, Tell)
    assert told.side is Side.GUEST
    assert "60 minutes" in told.sentence
    assert "later all the same" in told.sentence
