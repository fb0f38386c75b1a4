"""Power levels that people set where a guest is present."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.names import Code, Rule
from policies.outcomes import ALLOW, Refuse
from policies.people import Person
from policies.power import POWERS, may_change_power
from policies.rooms import Member, Membership, Room, RoomKind
from tests.builders.anything import json_objects, json_values
from tests.builders.people import ADA, BEN, BOB, DIAGNOSTICS, GINA, directory
from tests.builders.rooms import other_room

EVERYBODY = directory()
ROOM = other_room(BEN, ADA, BOB)
"""Ben made it, so he is above all levels."""
SAFE = {"users": {ADA.user_id: 50}, "invite": 50}


def levels(**changes: Any) -> dict[str, Any]:
    return SAFE | changes


def company(*people: Person) -> Room:
    """These people, in a room whose maker has left."""
    return Room(RoomKind.OTHER, {p.user_id: Member(Membership.JOIN, p.user_id) for p in people})


class TestG1:
    """No guest is given power over a room."""

    def test_levels_under_which_a_guest_can_do_nothing_to_the_room_are_fine(self) -> None:
        assert may_change_power(levels(), ROOM, EVERYBODY) is ALLOW

    @pytest.mark.parametrize("power", POWERS)
    def test_a_power_within_a_guests_reach_is_refused(self, power: str) -> None:
        verdict = may_change_power(levels(**{power: 0}), ROOM, EVERYBODY)
        assert isinstance(verdict, Refuse)
        assert (verdict.rule, verdict.code) == (Rule.G1, Code.GUESTS_MAY_NOT)
        assert verdict.facts == {power: "0"}

    def test_a_level_that_lifts_a_guest_to_a_power_is_refused(self) -> None:
        assert not may_change_power(levels(users={BOB.user_id: 50, ADA.user_id: 50}), ROOM, EVERYBODY)
        assert may_change_power(levels(users={BOB.user_id: 49, ADA.user_id: 50}), ROOM, EVERYBODY) is ALLOW

    def test_a_level_for_everybody_is_a_level_for_guests(self) -> None:
        assert not may_change_power(levels(users_default=50), ROOM, EVERYBODY)

    @pytest.mark.parametrize(("power", "usual"), POWERS.items())
    def test_where_content_does_not_say_the_specification_does(self, power: str, usual: int) -> None:
        others = dict.fromkeys({*POWERS} - {power}, 100)
        for level, allowed in ((usual, False), (usual - 1, True)):
            content = others | {"users": {BOB.user_id: level, ADA.user_id: 100}}
            assert bool(may_change_power(content, ROOM, EVERYBODY)) is allowed

    def test_the_specifications_levels_are_these(self) -> None:
        assert POWERS == {"invite": 0, "kick": 50, "ban": 50, "redact": 50, "state_default": 50}

    def test_inviting_is_open_to_all_where_content_does_not_say(self) -> None:
        assert not may_change_power({"users": {ADA.user_id: 50}}, ROOM, EVERYBODY)

    @pytest.mark.parametrize("membership", [Membership.INVITE, Membership.KNOCK])
    def test_a_guest_who_is_about_to_come_counts(self, membership: Membership) -> None:
        room = Room(RoomKind.OTHER, {GINA.user_id: Member(membership, ADA.user_id)})
        assert not may_change_power({"invite": 0}, room, EVERYBODY)

    @pytest.mark.parametrize("membership", [Membership.LEAVE, Membership.BAN])
    def test_a_guest_who_is_gone_does_not(self, membership: Membership) -> None:
        room = Room(RoomKind.OTHER, {GINA.user_id: Member(membership, ADA.user_id)})
        assert may_change_power({"invite": 0}, room, EVERYBODY) is ALLOW

    @pytest.mark.parametrize("present", [(ADA,), (ADA, BEN, DIAGNOSTICS)])
    def test_among_themselves_staff_set_what_they_like(self, present: tuple[Person, ...]) -> None:
        assert may_change_power({"users_default": 100, "invite": 0}, other_room(*present), EVERYBODY) is ALLOW

    @pytest.mark.parametrize("value", [True, "0", None, [], {}])
    def test_a_level_that_is_no_number_is_what_the_specification_says(self, value: object) -> None:
        assert may_change_power(levels(kick=value), ROOM, EVERYBODY) is ALLOW
        assert not may_change_power(levels(invite=value), ROOM, EVERYBODY)


class TestG3:
    """Those who are cover keep their voice."""

    def test_silencing_all_cover_is_refused(self) -> None:
        room = company(ADA, BOB)
        verdict = may_change_power({"invite": 50, "events_default": 30}, room, EVERYBODY)
        assert isinstance(verdict, Refuse)
        assert (verdict.rule, verdict.code) == (Rule.G3, Code.GUEST_ALONE)
        assert verdict.facts == {"m.room.message": "30"}

    def test_a_level_for_messages_alone_silences_too(self) -> None:
        room = company(ADA, BOB)
        assert not may_change_power({"invite": 50, "events": {"m.room.message": 30}}, room, EVERYBODY)
        heard = {"invite": 50, "events": {"m.room.message": 30}, "users": {ADA.user_id: 30}}
        assert may_change_power(heard, room, EVERYBODY) is ALLOW

    def test_one_voice_is_enough(self) -> None:
        room = company(ADA, BEN, BOB)
        content = {"invite": 50, "events_default": 30, "users": {BEN.user_id: 30, ADA.user_id: -1}}
        assert may_change_power(content, room, EVERYBODY) is ALLOW

    def test_who_made_the_room_is_above_all_levels(self) -> None:
        assert may_change_power(levels(events_default=99), ROOM, EVERYBODY) is ALLOW

    def test_who_made_the_room_and_is_listed_has_the_level_that_stands_there(self) -> None:
        assert not may_change_power(levels(events_default=99, users={BEN.user_id: 0}), ROOM, EVERYBODY)

    def test_where_there_is_no_guest_nobody_need_be_heard(self) -> None:
        assert may_change_power({"events_default": 30}, company(ADA, BEN), EVERYBODY) is ALLOW

    def test_where_there_is_no_cover_none_is_silenced(self) -> None:
        room = company(BOB)
        assert may_change_power({"invite": 50, "events_default": 30}, room, EVERYBODY) is ALLOW


@given(
    content=json_objects(
        {"users", "users_default", "events", *POWERS}, [{BOB.user_id: []}, {"m.room.message": {}}, 50]
    ),
    users=json_values,
)
def test_no_json_makes_asking_raise(content: dict[str, Any], users: object) -> None:
    may_change_power(content, ROOM, EVERYBODY)
    may_change_power(content | {"users": users}, ROOM, EVERYBODY)


@given(level=st.integers(), needed=st.integers())
def test_a_guest_below_every_power_is_always_allowed_for_and_one_at_it_never(level: int, needed: int) -> None:
    content = dict.fromkeys(POWERS, needed) | {"users": {BOB.user_id: level}, "users_default": needed - 1}
    content |= {"events_default": needed - 1}
    assert bool(may_change_power(content, ROOM, EVERYBODY)) is (level < needed)
