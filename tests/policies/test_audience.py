"""What of a room's events reaches whom."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.audience import GUEST_EVENTS, GUEST_KINDS, may_see_kind, visible_content
from policies.names import ANSWER_KEY, ISSUE_STATE, NAMESPACE, PERSON_STATE, SHARED_KEY, WORDS_KEY
from policies.people import Person
from policies.rooms import STAFF_KINDS, RoomKind
from tests.builders.anything import json_objects, json_values
from tests.builders.people import ADA, ALEX, BOB, BRIDGE, DIAGNOSTICS, GINA, OTTO, SAM, suspended

STAFF = [ADA, SAM, ALEX]
NOT_STAFF = [GINA, OTTO, BOB, DIAGNOSTICS, BRIDGE, suspended(ADA)]
MESSAGE = {"msgtype": "m.text", "body": "hello"}
KINDS = sorted(RoomKind)


class TestRooms:
    @pytest.mark.parametrize("kind", sorted({*RoomKind} - GUEST_KINDS))
    @pytest.mark.parametrize("viewer", NOT_STAFF)
    def test_nobody_but_staff_sees_anything_of_a_room_that_is_not_for_guests(
        self, viewer: Person, kind: RoomKind
    ) -> None:
        assert not may_see_kind(viewer, kind)
        for event_type in (*GUEST_EVENTS, "m.room.create"):
            assert visible_content(viewer, kind, event_type, MESSAGE) is None

    def test_rooms_of_staff_are_not_for_guests(self) -> None:
        assert not GUEST_KINDS & STAFF_KINDS

    @pytest.mark.parametrize("kind", KINDS)
    @pytest.mark.parametrize("viewer", STAFF)
    def test_staff_see_events_of_every_kind_of_room_as_they_are(self, viewer: Person, kind: RoomKind) -> None:
        content = {ANSWER_KEY: {"state": "done"}, "body": "x"}
        assert may_see_kind(viewer, kind)
        assert visible_content(viewer, kind, "m.room.power_levels", content) is content

    @pytest.mark.parametrize("kind", sorted(GUEST_KINDS))
    @pytest.mark.parametrize("viewer", NOT_STAFF)
    def test_rooms_for_guests_are_seen_by_everybody(self, viewer: Person, kind: RoomKind) -> None:
        assert may_see_kind(viewer, kind)
        assert visible_content(viewer, kind, "m.room.message", MESSAGE) == MESSAGE


class TestEvents:
    @pytest.mark.parametrize("event_type", sorted(GUEST_EVENTS))
    def test_a_guest_sees_what_people_say_and_do(self, event_type: str) -> None:
        assert visible_content(GINA, RoomKind.GUEST, event_type, MESSAGE) is not None

    @pytest.mark.parametrize(
        "event_type",
        ["m.room.create", "m.room.power_levels", "m.room.topic", PERSON_STATE, "chat.chaperone.refused", "x"],
    )
    def test_a_guest_sees_no_other_state_and_no_unknown_events(self, event_type: str) -> None:
        assert visible_content(GINA, RoomKind.GUEST, event_type, MESSAGE) is None

    def test_of_an_issue_a_guest_sees_four_things(self) -> None:
        content = {
            "id": "7",
            "side": "staff",
            "status": "open",
            "conclusion": None,
            "epoch": 1,
            "guest_room": "!guest",
            "assignee": ADA.user_id,
        }
        seen = visible_content(GINA, RoomKind.GUEST, ISSUE_STATE, content)
        assert seen == {"id": "7", "status": "open", "conclusion": None, "epoch": 1}


class TestKeys:
    def test_no_key_of_ours_is_shown_but_the_mark_of_a_shared_copy(self) -> None:
        content = MESSAGE | {SHARED_KEY: {"id": "x", "edited": False}, ANSWER_KEY: {}, WORDS_KEY: "k"}
        seen = visible_content(GINA, RoomKind.GUEST, "m.room.message", content)
        assert seen == MESSAGE | {SHARED_KEY: {"id": "x", "edited": False}}

    def test_the_same_holds_for_what_an_edit_makes_of_a_message(self) -> None:
        content = MESSAGE | {"m.new_content": MESSAGE | {ANSWER_KEY: {}, SHARED_KEY: {"id": "x"}}}
        seen = visible_content(GINA, RoomKind.GUEST, "m.room.message", content)
        assert seen == MESSAGE | {"m.new_content": MESSAGE | {SHARED_KEY: {"id": "x"}}}

    def test_an_edit_within_an_edit_is_dropped_however_deep(self) -> None:
        content: dict[str, Any] = {ANSWER_KEY: {}}
        for _ in range(5000):
            content = {"m.new_content": content}
        assert visible_content(GINA, RoomKind.GUEST, "m.room.message", content) == {"m.new_content": {}}

    def test_the_content_itself_is_left_as_it_was(self) -> None:
        content: dict[str, Any] = MESSAGE | {"m.new_content": {ANSWER_KEY: {}, "m.new_content": {}}}
        visible_content(GINA, RoomKind.GUEST, "m.room.message", content)
        assert content == MESSAGE | {"m.new_content": {ANSWER_KEY: {}, "m.new_content": {}}}

    @given(
        content=json_objects({"m.new_content", ANSWER_KEY, "id"}, [{ANSWER_KEY: 1}]),
        inner=json_values,
        kind=st.sampled_from(KINDS),
        event_type=st.sampled_from(sorted(GUEST_EVENTS)),
    )
    def test_no_json_makes_showing_raise_or_shows_a_key_of_ours(
        self, content: dict[str, Any], inner: Any, kind: RoomKind, event_type: str
    ) -> None:
        seen = visible_content(GINA, kind, event_type, content | {"m.new_content": inner})
        assert seen is None or all(key == SHARED_KEY or not key.startswith(NAMESPACE) for key in seen)
