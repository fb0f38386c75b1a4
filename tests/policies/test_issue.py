"""Issues, and what their rooms' state says of them."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.errors import MalformedState
from policies.issue import (
    Conclusion,
    Issue,
    IssueState,
    Side,
    Status,
    WaitingOn,
    build_issue_state,
    parse_issue_state,
)
from policies.names import IssueId, RoomId, Tier
from tests.builders.anything import json_objects
from tests.builders.people import ADA, GINA
from tests.builders.rooms import GUEST_ROOM, STAFF_ROOM

WORDS = [*Status, *Side, *Conclusion, *(t.name for t in Tier), 1, None]
KEYS = {"id", "side", "status", "conclusion", "epoch", "guest_room", "tier", "assignee", "parent", "child"}
ISSUE = Issue(
    id=IssueId("7"),
    subject="My form loses answers",
    guest=GINA.user_id,
    status=Status.OPEN,
    tier=Tier.T2,
    epoch=3,
    waiting_on=WaitingOn.STAFF,
    assignee=ADA.user_id,
    guest_room=GUEST_ROOM,
    staff_room=STAFF_ROOM,
)
issues = st.builds(
    Issue,
    id=st.integers(min_value=1).map(lambda number: IssueId(str(number))),
    subject=st.text(),
    guest=st.just(GINA.user_id),
    status=st.sampled_from(Status),
    tier=st.sampled_from(Tier),
    epoch=st.integers(min_value=1),
    waiting_on=st.none() | st.sampled_from(WaitingOn),
    assignee=st.none() | st.just(ADA.user_id),
    conclusion=st.none() | st.sampled_from(Conclusion),
    guest_room=st.none() | st.just(GUEST_ROOM),
    staff_room=st.none() | st.just(STAFF_ROOM),
)


def test_an_issue_begins_in_its_first_epoch() -> None:
    assert Issue(IssueId("7"), "My form loses answers", GINA.user_id, Status.QUEUED, Tier.T1).epoch == 1


class TestTheGuestsSide:
    @given(issue=issues)
    def test_it_says_five_things_and_nothing_else(self, issue: Issue) -> None:
        content = build_issue_state(issue, Side.GUEST)
        assert content == {
            "id": issue.id,
            "side": "guest",
            "status": issue.status,
            "conclusion": issue.conclusion,
            "epoch": issue.epoch,
        }

    def test_nothing_in_it_tells_that_there_is_a_staff_room(self) -> None:
        told = repr(build_issue_state(ISSUE, Side.GUEST))
        assert STAFF_ROOM not in told
        assert "staff" not in told
        assert ADA.user_id not in told

    @given(issue=issues)
    def test_what_is_built_is_read_back(self, issue: Issue) -> None:
        assert parse_issue_state(build_issue_state(issue, Side.GUEST)) == IssueState(
            issue.id, Side.GUEST, issue.status, issue.conclusion, issue.epoch
        )


class TestTheStaffSide:
    @given(issue=issues)
    def test_what_is_built_is_read_back(self, issue: Issue) -> None:
        assert parse_issue_state(build_issue_state(issue, Side.STAFF)) == IssueState(
            id=issue.id,
            side=Side.STAFF,
            status=issue.status,
            conclusion=issue.conclusion,
            epoch=issue.epoch,
            guest_room=issue.guest_room,
            tier=issue.tier,
            assignee=issue.assignee,
        )

    def test_it_names_its_pair_and_who_is_answerable(self) -> None:
        content = build_issue_state(ISSUE, Side.STAFF)
        assert content["guest_room"] == GUEST_ROOM
        assert content["tier"] == "T2"
        assert content["assignee"] == ADA.user_id
        assert content["parent"] is None
        assert content["child"] is None

    def test_parent_and_child_are_read(self) -> None:
        content = build_issue_state(ISSUE, Side.STAFF) | {"parent": "5", "child": "9"}
        state = parse_issue_state(content)
        assert (state.parent, state.child) == ("5", "9")


class TestReading:
    @given(content=json_objects(KEYS, WORDS))
    def test_any_json_is_read_or_malformed(self, content: dict[str, Any]) -> None:
        try:
            state = parse_issue_state(content)
        except MalformedState:
            return
        assert state.id == content["id"]

    @pytest.mark.parametrize("key", ["id", "side", "status", "epoch"])
    def test_what_every_side_must_say_may_not_be_missing(self, key: str) -> None:
        content = build_issue_state(ISSUE, Side.GUEST)
        del content[key]
        with pytest.raises(MalformedState):
            parse_issue_state(content)

    @pytest.mark.parametrize(
        ("key", "value"),
        [
            ("id", 7),
            ("side", "middle"),
            ("status", "paused"),
            ("status", ["open"]),
            ("conclusion", "solved"),
            ("conclusion", 1),
            ("epoch", "3"),
            ("epoch", True),
            ("epoch", 0),
            ("tier", "T9"),
            ("tier", 2),
            ("guest_room", ["!guest"]),
            ("assignee", {}),
            ("parent", 5),
            ("child", 9),
        ],
    )
    def test_one_wrong_value_is_malformed(self, key: str, value: object) -> None:
        with pytest.raises(MalformedState):
            parse_issue_state(build_issue_state(ISSUE, Side.STAFF) | {key: value})

    def test_ids_of_rooms_do_not_matter_to_reading(self) -> None:
        state = parse_issue_state(build_issue_state(replace(ISSUE, guest_room=RoomId("!x:y")), Side.STAFF))
        assert state.guest_room == "!x:y"
