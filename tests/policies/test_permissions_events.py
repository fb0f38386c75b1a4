"""What may be said and set: events other than memberships, asked through `may_send`."""

from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.issue import Status
from policies.names import (
    ANSWER_KEY,
    ISSUE_STATE,
    KIND_KEY,
    PERSON_STATE,
    REFUSED_EVENT,
    SHARED_KEY,
    WORDS_KEY,
    Code,
    Rule,
    UserId,
)
from policies.outcomes import ALLOW, Refuse, Verdict
from policies.people import Person
from policies.permissions import Draft, may_send
from policies.rooms import Membership, Room, RoomKind
from tests.builders.anything import json_objects, json_values
from tests.builders.people import (
    ADA,
    ALEX,
    BEN,
    BOB,
    BOT,
    BRIDGE,
    CAST,
    DIAGNOSTICS,
    GINA,
    LUNA,
    OTTO,
    SAM,
    directory,
    suspended,
)
from tests.builders.rooms import guest_room, lounge, other_room, room, staff_room

STAFF = [ADA, SAM, ALEX]
GUESTS = [GINA, OTTO, BOB]
EVERYBODY = directory()
HELLO = {"msgtype": "m.text", "body": "hello"}
OURS = [room(kind, ADA) for kind in RoomKind if kind is not RoomKind.OTHER]


def say(sender: Person, where: Room, content: object = None, event_type: str = "m.room.message") -> Verdict:
    said = HELLO if content is None else content
    return may_send(Draft(event_type, sender.user_id, cast("dict[str, Any]", said)), where, EVERYBODY)


def put(sender: Person, where: Room, event_type: str, content: dict[str, Any] | None = None, key: str = "") -> Verdict:
    return may_send(Draft(event_type, sender.user_id, content or {}, key), where, EVERYBODY)


def code_of(verdict: Verdict) -> tuple[Rule, Code]:
    assert isinstance(verdict, Refuse)
    return verdict.rule, verdict.code


class TestG1:
    """A guest changes no state of any room, and redacts nothing that others said."""

    @pytest.mark.parametrize("guest", GUESTS)
    @pytest.mark.parametrize("where", [guest_room(ADA, GINA), lounge(ADA), other_room(ADA), staff_room(ADA)])
    @pytest.mark.parametrize("event_type", ["m.room.topic", "m.room.power_levels", "m.room.join_rules", "x.own"])
    def test_guests_set_no_state_anywhere(self, guest: Person, where: Room, event_type: str) -> None:
        assert code_of(put(guest, where, event_type)) == (Rule.G1, Code.GUESTS_MAY_NOT)

    def test_not_even_under_their_own_user_id(self) -> None:
        assert not put(GINA, guest_room(ADA, GINA), "x.location", {}, GINA.user_id)

    def test_a_guest_takes_back_what_they_said(self) -> None:
        draft = Draft("m.room.redaction", GINA.user_id, {}, author=GINA.user_id)
        assert may_send(draft, guest_room(ADA, GINA), EVERYBODY) is ALLOW

    @pytest.mark.parametrize(
        ("author", "fact"),
        [(ADA.user_id, "somebody else"), (BOT, "somebody else"), (BOB.user_id, "somebody else"), (None, "not known")],
    )
    def test_a_guest_redacts_nobody_elses_words_nor_any_of_unknown_origin(
        self, author: UserId | None, fact: str
    ) -> None:
        draft = Draft("m.room.redaction", GINA.user_id, {}, author=author)
        verdict = may_send(draft, guest_room(ADA, GINA), EVERYBODY)
        assert code_of(verdict) == (Rule.G1, Code.GUESTS_MAY_NOT)
        assert isinstance(verdict, Refuse)
        assert verdict.facts == {"author": fact}

    @pytest.mark.parametrize("person", [*STAFF, BRIDGE])
    @pytest.mark.parametrize("author", [GINA.user_id, None])
    def test_staff_go_on_redacting(self, person: Person, author: UserId | None) -> None:
        draft = Draft("m.room.redaction", person.user_id, {}, author=author)
        assert may_send(draft, guest_room(person, GINA), EVERYBODY) is ALLOW


class TestS2:
    """In our rooms the bridge writes state; our keys and types are written by their rightful writer alone."""

    @pytest.mark.parametrize("where", OURS, ids=lambda r: r.kind)
    @pytest.mark.parametrize("sender", [*STAFF, DIAGNOSTICS])
    def test_in_our_rooms_nobody_sets_state(self, sender: Person, where: Room) -> None:
        assert code_of(put(sender, where, "m.room.topic")) == (Rule.S2, Code.BRIDGE_WRITES_THIS)

    @pytest.mark.parametrize("where", [*OURS, other_room(ADA)], ids=lambda r: r.kind)
    def test_the_bridge_does(self, where: Room) -> None:
        assert put(BRIDGE, where, "m.room.topic") is ALLOW
        assert put(BRIDGE, where, ISSUE_STATE, {KIND_KEY: 1}) is ALLOW

    @pytest.mark.parametrize("sender", STAFF)
    def test_staff_do_in_rooms_of_their_own(self, sender: Person) -> None:
        assert put(sender, other_room(sender), "m.room.topic") is ALLOW

    def test_the_suspended_do_not(self) -> None:
        gone = suspended(ADA)
        draft = Draft("m.room.topic", gone.user_id, {}, "")
        assert code_of(may_send(draft, other_room(gone), directory(gone))) == (Rule.S2, Code.SUSPENDED)

    @pytest.mark.parametrize("event_type", [ISSUE_STATE, PERSON_STATE, REFUSED_EVENT, "chat.chaperone.anything"])
    @pytest.mark.parametrize("sender", [*STAFF, *GUESTS, DIAGNOSTICS, LUNA])
    def test_events_of_our_types_are_nobodys_but_the_bridges(self, sender: Person, event_type: str) -> None:
        for where in (other_room(sender), guest_room(sender), staff_room(sender)):
            assert code_of(put(sender, where, event_type)) == (Rule.S2, Code.NOT_THE_WRITER)
            assert code_of(say(sender, where, event_type=event_type)) == (Rule.S2, Code.NOT_THE_WRITER)

    @pytest.mark.parametrize("key", [SHARED_KEY, ANSWER_KEY, KIND_KEY, "chat.chaperone.anything"])
    @pytest.mark.parametrize("content", [lambda k: {k: 1}, lambda k: {"m.new_content": {k: 1}}], ids=["plain", "edit"])
    @pytest.mark.parametrize("sender", [*STAFF, *GUESTS])
    def test_our_keys_are_not_peoples_to_write_edits_included(self, sender: Person, content: Any, key: str) -> None:
        verdict = say(sender, other_room(sender), HELLO | content(key))
        assert code_of(verdict) == (Rule.S2, Code.NOT_THE_WRITER)
        assert isinstance(verdict, Refuse)
        assert verdict.facts == {"name": key}

    def test_our_keys_are_refused_in_memberships_and_in_making_rooms_too(self) -> None:
        assert not put(ADA, other_room(ADA), "m.room.create", {KIND_KEY: "staff"})
        assert not put(ADA, other_room(ADA, BEN), "m.room.member", {"membership": "leave", KIND_KEY: 1}, ADA.user_id)

    @pytest.mark.parametrize("robot", [DIAGNOSTICS, LUNA])
    def test_listed_robots_write_answers_and_nothing_else_of_ours(self, robot: Person) -> None:
        assert say(robot, lounge(robot), HELLO | {ANSWER_KEY: {}}) is ALLOW
        assert say(robot, lounge(robot), HELLO | {"m.new_content": {ANSWER_KEY: {}}}) is ALLOW
        assert not say(robot, lounge(robot), HELLO | {SHARED_KEY: {}})

    def test_the_bridge_marks_what_it_says_for_people_but_robots_are_none(self) -> None:
        assert say(GINA, guest_room(ADA, GINA), HELLO | {WORDS_KEY: "k"}) is ALLOW
        assert say(ADA, guest_room(ADA, GINA), HELLO | {WORDS_KEY: "k"}) is ALLOW
        assert not say(DIAGNOSTICS, staff_room(ADA, DIAGNOSTICS), HELLO | {WORDS_KEY: "k"})

    @pytest.mark.parametrize("where", [staff_room(ADA), room(RoomKind.QUEUE, ADA), room(RoomKind.POLICY, ADA)])
    @pytest.mark.parametrize("sender", [*GUESTS, LUNA])
    def test_whoever_may_not_be_there_may_not_speak_there(self, sender: Person, where: Room) -> None:
        assert code_of(say(sender, where)) == (Rule.S2, Code.STAFF_ONLY)

    def test_the_suspended_say_nothing(self) -> None:
        gone = suspended(ADA)
        draft = Draft("m.room.message", gone.user_id, HELLO)
        assert code_of(may_send(draft, guest_room(gone), directory(gone))) == (Rule.S2, Code.SUSPENDED)


class TestR1:
    """Robots are never in a guest room, and so say nothing there."""

    @pytest.mark.parametrize("robot", [DIAGNOSTICS, LUNA])
    def test_a_robot_says_nothing_to_a_guest(self, robot: Person) -> None:
        assert code_of(say(robot, guest_room(ADA, GINA))) == (Rule.R1, Code.ROBOTS_STAY_OUT)


class TestR2:
    """The accident guard stands at this door."""

    ASKING = HELLO | {"body": "!ask diagnostics form 12"}

    def test_an_employee_who_asks_a_robot_before_the_guest_is_refused(self) -> None:
        assert code_of(say(ADA, guest_room(ADA, GINA), self.ASKING)) == (Rule.R2, Code.ASK_IN_STAFF_ROOM)

    def test_so_is_one_who_edits_a_message_into_a_question(self) -> None:
        content = HELLO | {"m.new_content": self.ASKING}
        assert code_of(say(ADA, guest_room(ADA, GINA), content)) == (Rule.R2, Code.ASK_IN_STAFF_ROOM)

    def test_in_the_staff_room_they_ask(self) -> None:
        assert say(ADA, staff_room(ADA, DIAGNOSTICS), self.ASKING) is ALLOW

    def test_only_messages_are_read(self) -> None:
        assert say(ADA, guest_room(ADA, GINA), self.ASKING, "m.reaction") is ALLOW


class TestG3:
    """Power levels that silence cover are refused at this door."""

    def test_in_rooms_that_staff_made(self) -> None:
        where = other_room(SAM, ADA, BOB)
        assert put(ADA, where, "m.room.power_levels", {"invite": 50}) is ALLOW
        assert code_of(put(ADA, where, "m.room.power_levels", {"invite": 0})) == (Rule.G1, Code.GUESTS_MAY_NOT)
        silent = {"invite": 50, "events_default": 40, "users": {SAM.user_id: 0}}
        assert code_of(put(ADA, where, "m.room.power_levels", silent)) == (Rule.G3, Code.GUEST_ALONE)

    def test_other_settings_are_read_for_no_levels(self) -> None:
        assert put(ADA, other_room(SAM, ADA, BOB), "m.room.topic", {"invite": 0}) is ALLOW


class TestL1:
    """A guest writes while their issue is open, and reads afterwards."""

    @pytest.mark.parametrize("status", [Status.QUEUED, Status.OPEN])
    def test_a_guest_writes_before_the_end(self, status: Status) -> None:
        assert say(GINA, guest_room(ADA, GINA, status=status)) is ALLOW

    @pytest.mark.parametrize("guest", GUESTS)
    @pytest.mark.parametrize("event_type", ["m.room.message", "m.reaction", "m.sticker", "m.room.encrypted"])
    def test_and_nothing_after_it(self, guest: Person, event_type: str) -> None:
        verdict = say(guest, guest_room(ADA, guest, status=Status.CONCLUDED), event_type=event_type)
        assert code_of(verdict) == (Rule.L1, Code.ISSUE_CONCLUDED)

    @pytest.mark.parametrize("person", [*STAFF, BRIDGE])
    def test_staff_and_the_bridge_go_on(self, person: Person) -> None:
        assert say(person, guest_room(person, GINA, status=Status.CONCLUDED)) is ALLOW

    def test_a_room_whose_issue_says_nothing_yet_is_open(self) -> None:
        assert say(GINA, room(RoomKind.GUEST, ADA, GINA)) is ALLOW


class TestAnything:
    """Whatever a client on whatever server sends, asking answers."""

    people = st.sampled_from([*CAST, *GUESTS, BRIDGE]).map(lambda person: person.user_id) | st.text().map(UserId)
    rooms = st.sampled_from(
        [guest_room(ADA, GINA), staff_room(ADA), other_room(ADA, BOB), lounge(ADA), Room(RoomKind.OTHER)]
    )
    types = st.sampled_from(
        ["m.room.member", "m.room.message", "m.room.power_levels", "m.room.redaction", ISSUE_STATE]
    ) | st.text(max_size=8)
    contents = json_objects(
        {"membership", "displayname", "m.new_content", "body", "m.mentions", "users", "events", ANSWER_KEY},
        [*Membership, {ANSWER_KEY: 1}, {"user_ids": [[]]}],
    )

    @given(
        sender=people,
        event_type=types,
        content=contents,
        key=st.none() | people,
        where=rooms,
        author=st.none() | people,
    )
    def test_no_event_makes_asking_raise(
        self,
        sender: UserId,
        event_type: str,
        content: dict[str, Any],
        key: UserId | None,
        where: Room,
        author: UserId | None,
    ) -> None:
        assert isinstance(may_send(Draft(event_type, sender, content, key, author), where, EVERYBODY), Verdict)

    @given(content=json_values, key=json_values, event_type=types)
    def test_not_even_one_whose_parts_are_of_another_type(self, content: Any, key: Any, event_type: str) -> None:
        for sender in (GINA, ADA, DIAGNOSTICS):
            may_send(Draft(event_type, sender.user_id, content, key), guest_room(ADA, GINA), EVERYBODY)

    def test_nor_one_whose_keys_are_no_text(self) -> None:
        for content in ({1: 2, None: 3}, {"m.new_content": {1: 2}}, {("a",): 1}):
            assert say(GINA, guest_room(ADA, GINA), content) is ALLOW
