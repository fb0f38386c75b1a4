"""Asking robots, the accident guard, and answers that come too late."""

from dataclasses import replace
from typing import Any

import pytest

from policies.asking import HOP_LIMIT, may_answer, may_ask, may_say_to_guest
from policies.issue import Side, Status
from policies.names import Code, Rule
from policies.outcomes import ALLOW, Refuse
from policies.people import Person
from policies.rooms import Room, RoomKind
from tests.builders.people import (
    ADA,
    ALEX,
    BEN,
    BOB,
    BRIDGE,
    DIAGNOSTICS,
    GINA,
    LUNA,
    SAM,
    directory,
    staff_robot,
    suspended,
)
from tests.builders.rooms import guest_room, issue_state, lounge, other_room, room, staff_room

JOKES = staff_robot("istackbuddy.docs.jokes")
STAFF_ROOM = staff_room(ADA, DIAGNOSTICS)


class TestR2:
    """Only employees and above address a staff robot, and only in a staff room or a direct chat with it."""

    @pytest.mark.parametrize("person", [ADA, SAM, ALEX])
    def test_employees_and_above_ask_in_a_staff_room(self, person: Person) -> None:
        assert may_ask(person, DIAGNOSTICS, STAFF_ROOM) is ALLOW

    @pytest.mark.parametrize("person", [GINA, BOB, suspended(ADA), suspended(SAM), LUNA, suspended(JOKES)])
    def test_nobody_else_does(self, person: Person) -> None:
        verdict = may_ask(person, DIAGNOSTICS, STAFF_ROOM)
        assert isinstance(verdict, Refuse)
        assert (verdict.rule, verdict.code) == (Rule.R2, Code.STAFF_ONLY)

    def test_an_employee_asks_in_a_direct_chat(self) -> None:
        assert may_ask(ADA, DIAGNOSTICS, other_room(ADA, DIAGNOSTICS)) is ALLOW

    def test_the_bridge_which_is_in_every_room_does_not_count(self) -> None:
        assert may_ask(ADA, DIAGNOSTICS, room(RoomKind.OTHER, ADA, DIAGNOSTICS)) is ALLOW

    @pytest.mark.parametrize("kind", [RoomKind.DIRECT, RoomKind.GROUP])
    def test_in_chats_where_nobody_but_staff_can_be_they_ask_as_in_a_staff_room(self, kind: RoomKind) -> None:
        assert may_ask(ADA, DIAGNOSTICS, room(kind, ADA, DIAGNOSTICS)) is ALLOW
        assert may_ask(ADA, DIAGNOSTICS, room(kind, ADA, DIAGNOSTICS, SAM)) is ALLOW
        assert isinstance(may_ask(GINA, DIAGNOSTICS, room(kind, ADA, DIAGNOSTICS)), Refuse)

    @pytest.mark.parametrize(
        "elsewhere",
        [
            guest_room(ADA, GINA),
            lounge(ADA),
            room(RoomKind.QUEUE, ADA),
            room(RoomKind.POLICY, ADA),
            other_room(ADA, BEN, DIAGNOSTICS),
            other_room(ADA, DIAGNOSTICS, GINA),
            other_room(BEN, DIAGNOSTICS),
            other_room(ADA, BEN),
            other_room(ADA),
            replace(other_room(ADA, DIAGNOSTICS), kind=RoomKind.LOUNGE),
            replace(other_room(ADA, DIAGNOSTICS), kind=RoomKind.GUEST),
        ],
        ids=[
            "guest",
            "lounge",
            "queue",
            "policy",
            "three",
            "with a guest",
            "others' chat",
            "without it",
            "alone",
            "alone in a lounge",
            "alone in a guest room",
        ],
    )
    def test_nowhere_else(self, elsewhere: Room) -> None:
        verdict = may_ask(ADA, DIAGNOSTICS, elsewhere)
        assert isinstance(verdict, Refuse)
        assert (verdict.rule, verdict.code) == (Rule.R2, Code.ASK_IN_STAFF_ROOM)

    @pytest.mark.parametrize("place", [lounge(GINA, LUNA, ADA), other_room(ADA, LUNA)])
    def test_anybody_speaks_to_a_companion_where_companions_are(self, place: Room) -> None:
        assert may_ask(GINA, LUNA, place) is ALLOW

    @pytest.mark.parametrize("place", [guest_room(ADA, GINA), STAFF_ROOM, room(RoomKind.QUEUE, ADA)])
    def test_nobody_speaks_to_a_companion_where_an_issue_is(self, place: Room) -> None:
        verdict = may_ask(ADA, LUNA, place)
        assert isinstance(verdict, Refuse)
        assert (verdict.rule, verdict.code) == (Rule.R2, Code.ROBOTS_STAY_OUT)


class TestR3:
    """Robots never answer robots beyond a hop limit."""

    def test_a_staff_robot_asks_another_within_the_limit(self) -> None:
        assert may_ask(JOKES, DIAGNOSTICS, staff_room(ADA, JOKES, DIAGNOSTICS), hops=HOP_LIMIT) is ALLOW

    @pytest.mark.parametrize(("asked", "place"), [(DIAGNOSTICS, STAFF_ROOM), (LUNA, lounge(JOKES, LUNA, ADA))])
    def test_beyond_it_no_robot_is_asked(self, asked: Person, place: Room) -> None:
        verdict = may_ask(JOKES, asked, place, hops=HOP_LIMIT + 1)
        assert isinstance(verdict, Refuse)
        assert (verdict.rule, verdict.code) == (Rule.R3, Code.ROBOTS_MAY_NOT)

    def test_a_person_is_not_counted_as_a_robot(self) -> None:
        assert may_ask(ADA, DIAGNOSTICS, STAFF_ROOM, hops=9) is ALLOW

    def test_robots_ask_where_people_ask(self) -> None:
        assert not may_ask(JOKES, DIAGNOSTICS, guest_room(ADA))


class TestR4:
    """An answer belongs to the issue and epoch of its question."""

    def test_an_answer_in_the_epoch_of_its_question_is_posted(self) -> None:
        assert may_answer(issue_state(Side.STAFF, epoch=2), asked_in=2) is ALLOW

    @pytest.mark.parametrize("asked_in", [1, 3])
    def test_an_answer_of_another_epoch_is_not(self, asked_in: int) -> None:
        verdict = may_answer(issue_state(Side.STAFF, epoch=2), asked_in)
        assert isinstance(verdict, Refuse)
        assert (verdict.rule, verdict.code) == (Rule.R4, Code.OLD_EPOCH)
        assert verdict.facts == {"epoch": "2", "asked in": str(asked_in)}

    def test_an_answer_to_a_concluded_issue_is_not(self) -> None:
        verdict = may_answer(issue_state(Side.STAFF, Status.CONCLUDED, epoch=2), asked_in=2)
        assert isinstance(verdict, Refuse)
        assert (verdict.rule, verdict.code) == (Rule.R4, Code.ISSUE_CONCLUDED)


class TestR2TheAccidentGuard:
    GUEST_ROOM = guest_room(ADA, GINA)
    EVERYBODY = directory()

    @pytest.mark.parametrize(
        ("content", "addressed"),
        [
            ({"body": "!ask diagnostics form 12"}, "!ask"),
            ({"body": "iStackBuddy.forms.diagnostics: form 12"}, DIAGNOSTICS.user_id),
            ({"body": "x", "m.mentions": {"user_ids": [DIAGNOSTICS.user_id]}}, DIAGNOSTICS.user_id),
            (
                {"body": "x", "formatted_body": f'<a href="https://matrix.to/#/{LUNA.user_id}">Luna</a>'},
                LUNA.user_id,
            ),
        ],
    )
    @pytest.mark.parametrize("person", [ADA, SAM, ALEX])
    def test_a_message_of_staff_that_addresses_a_robot_is_refused(
        self, person: Person, content: dict[str, Any], addressed: str
    ) -> None:
        verdict = may_say_to_guest(person, content, self.GUEST_ROOM, self.EVERYBODY)
        assert isinstance(verdict, Refuse)
        assert (verdict.rule, verdict.code) == (Rule.R2, Code.ASK_IN_STAFF_ROOM)
        assert verdict.facts["addressed"] == addressed

    def test_a_suspended_robot_is_still_not_spoken_to_in_front_of_a_guest(self) -> None:
        known = directory(ADA, suspended(DIAGNOSTICS))
        assert not may_say_to_guest(ADA, {"body": "istackbuddy.forms.diagnostics x"}, self.GUEST_ROOM, known)

    @pytest.mark.parametrize("body", ["hello", "I asked iStackBuddy.forms.diagnostics, all is well", "ada: !ask"])
    def test_talk_is_not(self, body: str) -> None:
        assert may_say_to_guest(ADA, {"body": body}, self.GUEST_ROOM, self.EVERYBODY) is ALLOW

    @pytest.mark.parametrize("place", [STAFF_ROOM, other_room(ADA, GINA), lounge(ADA), room(RoomKind.QUEUE, ADA)])
    def test_it_guards_guest_rooms_only(self, place: Room) -> None:
        assert may_say_to_guest(ADA, {"body": "!ask x"}, place, self.EVERYBODY) is ALLOW

    @pytest.mark.parametrize("person", [GINA, BOB, BRIDGE])
    def test_a_guest_is_not_told_that_there_are_robots(self, person: Person) -> None:
        assert may_say_to_guest(person, {"body": "!ask x"}, self.GUEST_ROOM, self.EVERYBODY) is ALLOW
