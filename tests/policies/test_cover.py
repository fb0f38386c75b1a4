"""Cover: who is, where it must be, and everything that would take it away."""

from collections.abc import Callable

import pytest

from policies.cover import (
    cover_of,
    guests_of,
    is_cover,
    is_last_cover,
    may_cover_go,
    may_guest_be_joined,
    may_shut_down,
    may_stop_being_cover,
    rooms_left_alone,
)
from policies.names import Code, RoomId, Rule
from policies.outcomes import ALLOW, Refuse
from policies.people import Directory, Person
from policies.rooms import Room
from tests.builders.people import (
    ADA,
    ALEX,
    BEN,
    BOB,
    BOT,
    BRIDGE,
    DIAGNOSTICS,
    ELSEWHERE,
    GINA,
    LUNA,
    OTTO,
    SAM,
    directory,
    employee,
    suspended,
)
from tests.builders.rooms import guest_room, lounge, other_room, staff_room

EVERYBODY = directory()
FAR = employee("far", server=ELSEWHERE)
"""An employee who is listed, on another server."""
NO_COVER: list[Person] = [DIAGNOSTICS, LUNA, BRIDGE, ALEX, FAR, suspended(BEN), suspended(SAM), OTTO, BOB]


def knowing(*people: Person) -> Directory:
    """A directory in which Ada is an employee, besides these."""
    return directory(ADA, *people)


class TestWhoIsCover:
    @pytest.mark.parametrize("person", [ADA, BEN, SAM])
    def test_an_active_employee_or_supervisor_of_this_server_is(self, person: Person) -> None:
        assert is_cover(person.user_id, EVERYBODY)

    @pytest.mark.parametrize("person", NO_COVER, ids=lambda p: f"{p.role}-{p.user_id}-{p.standing}")
    def test_nobody_else_is(self, person: Person) -> None:
        assert not is_cover(person.user_id, knowing(person))

    def test_cover_of_a_room_is_whoever_is_joined_and_counts(self) -> None:
        room = guest_room(ADA, SAM, ALEX, GINA, invited={BEN: ADA})
        assert cover_of(room, EVERYBODY) == {ADA.user_id, SAM.user_id}

    def test_guests_of_a_room_are_the_joined_unlisted(self) -> None:
        room = guest_room(ADA, GINA, BOB, DIAGNOSTICS, invited={OTTO: ADA})
        assert guests_of(room, EVERYBODY) == {GINA.user_id, BOB.user_id}

    def test_a_guest_of_another_server_counts_from_their_invitation_on(self) -> None:
        assert guests_of(guest_room(ADA, invited={BOB: ADA}), EVERYBODY) == {BOB.user_id}
        assert guests_of(guest_room(ADA, invited={FAR: ADA}), EVERYBODY) == {FAR.user_id}
        assert guests_of(guest_room(ADA, invited={FAR: ADA}), knowing(FAR)) == frozenset()

    def test_a_suspended_employee_is_no_guest_to_be_covered(self) -> None:
        gone = suspended(BEN)
        assert guests_of(guest_room(ADA, gone), knowing(gone)) == frozenset()


class TestG3:
    """A guest is never joined to a room without cover."""

    def test_the_last_cover_may_not_leave_a_guest(self) -> None:
        verdict = may_cover_go(guest_room(ADA, GINA), EVERYBODY, ADA.user_id)
        assert isinstance(verdict, Refuse)
        assert (verdict.rule, verdict.code) == (Rule.G3, Code.GUEST_ALONE)

    def test_the_refusal_says_how_to_hand_over(self) -> None:
        verdict = may_cover_go(guest_room(ADA, GINA), EVERYBODY, ADA.user_id)
        assert isinstance(verdict, Refuse)
        assert verdict.sentence.startswith("You are the only one here")
        assert "!handover @colleague" in verdict.sentence
        assert verdict.facts == {"cover": ADA.user_id, "guests": "1", "another employee in the room": "no"}

    def test_whoever_removes_another_is_told_of_the_other(self) -> None:
        verdict = may_cover_go(guest_room(ADA, GINA), EVERYBODY, ADA.user_id, by=SAM.user_id)
        assert isinstance(verdict, Refuse)
        assert verdict.sentence.startswith(f"{ADA.user_id} is the only one here")

    def test_whoever_leaves_by_themselves_is_spoken_to(self) -> None:
        verdict = may_cover_go(guest_room(ADA, GINA), EVERYBODY, ADA.user_id, by=ADA.user_id)
        assert isinstance(verdict, Refuse)
        assert verdict.sentence.startswith("You are")

    @pytest.mark.parametrize("room", [guest_room, lounge, other_room, staff_room])
    def test_it_holds_in_rooms_of_every_kind(self, room: Callable[..., Room]) -> None:
        assert not may_cover_go(room(ADA, GINA), EVERYBODY, ADA.user_id)

    @pytest.mark.parametrize("other", [BEN, SAM])
    def test_where_another_cover_stays_anybody_may_go(self, other: Person) -> None:
        assert may_cover_go(guest_room(ADA, other, GINA), EVERYBODY, ADA.user_id) is ALLOW

    @pytest.mark.parametrize("other", NO_COVER, ids=lambda p: f"{p.role}-{p.user_id}-{p.standing}")
    def test_whoever_is_no_cover_does_not_make_up_for_one(self, other: Person) -> None:
        assert not may_cover_go(guest_room(ADA, other, GINA), knowing(other), ADA.user_id)

    def test_an_invited_colleague_does_not_make_up_for_one(self) -> None:
        assert not may_cover_go(guest_room(ADA, GINA, invited={BEN: ADA}), EVERYBODY, ADA.user_id)

    def test_where_no_guest_would_remain_nothing_is_refused(self) -> None:
        assert may_cover_go(guest_room(ADA, invited={GINA: ADA}), EVERYBODY, ADA.user_id) is ALLOW

    @pytest.mark.parametrize("person", NO_COVER, ids=lambda p: f"{p.role}-{p.user_id}-{p.standing}")
    def test_whoever_is_no_cover_is_always_let_out(self, person: Person) -> None:
        assert may_cover_go(guest_room(ADA, person, GINA), knowing(person), person.user_id) is ALLOW

    def test_a_room_that_has_lost_its_cover_lets_everybody_out(self) -> None:
        gone = suspended(ADA)
        assert may_cover_go(guest_room(gone, GINA), directory(gone), gone.user_id) is ALLOW

    @pytest.mark.parametrize("guest", [GINA, OTTO, BOB])
    def test_guests_of_all_sorts_are_covered(self, guest: Person) -> None:
        assert is_last_cover(guest_room(ADA, guest), EVERYBODY, ADA.user_id)


class TestG3ForAPersonInAllTheirRooms:
    def test_nobody_stops_being_cover_while_a_guest_has_only_them(self) -> None:
        rooms = {
            RoomId("!b"): guest_room(ADA, GINA),
            RoomId("!a"): guest_room(ADA, BOB),
            RoomId("!shared"): guest_room(ADA, BEN, OTTO),
            RoomId("!empty"): guest_room(ADA),
        }
        verdict = may_stop_being_cover(rooms, EVERYBODY, ADA.user_id)
        assert isinstance(verdict, Refuse)
        assert (verdict.rule, verdict.code) == (Rule.G3, Code.GUEST_ALONE)
        assert verdict.facts == {"rooms": "!a, !b", "another employee in those rooms": "no"}
        assert f"{ADA.user_id} is the only one there for a guest in 2 of their rooms" in verdict.sentence

    def test_the_rooms_that_need_a_replacement_are_named_in_order(self) -> None:
        rooms = {RoomId("!b"): guest_room(ADA, GINA), RoomId("!a"): guest_room(ADA, BOB), RoomId("!c"): guest_room(BEN)}
        assert rooms_left_alone(rooms, EVERYBODY, ADA.user_id) == ("!a", "!b")

    def test_with_a_replacement_in_every_room_they_may(self) -> None:
        rooms = {RoomId("!a"): guest_room(ADA, BEN, BOB), RoomId("!b"): guest_room(ADA, SAM, GINA)}
        assert may_stop_being_cover(rooms, EVERYBODY, ADA.user_id) is ALLOW

    @pytest.mark.parametrize("person", [GINA, DIAGNOSTICS, ALEX])
    def test_whoever_is_no_cover_stops_nothing(self, person: Person) -> None:
        rooms = {RoomId("!a"): guest_room(ADA, person, BOB)}
        assert may_stop_being_cover(rooms, EVERYBODY, person.user_id) is ALLOW

    def test_somebody_in_no_room_may(self) -> None:
        assert may_stop_being_cover({}, EVERYBODY, ADA.user_id) is ALLOW


class TestG3ForARoomThatIsClosed:
    def test_a_room_with_guests_in_it_is_not_shut_down(self) -> None:
        verdict = may_shut_down(guest_room(ADA, BEN, GINA), EVERYBODY)
        assert isinstance(verdict, Refuse)
        assert (verdict.rule, verdict.code) == (Rule.G3, Code.GUEST_ALONE)
        assert verdict.facts == {"guests": "1"}

    def test_once_the_guests_are_out_it_is(self) -> None:
        assert may_shut_down(guest_room(ADA, DIAGNOSTICS, invited={GINA: ADA}), EVERYBODY) is ALLOW


class TestG3ForAGuestWhoComes:
    @pytest.mark.parametrize("cover", [ADA, SAM])
    def test_a_guest_comes_where_cover_is(self, cover: Person) -> None:
        assert may_guest_be_joined(guest_room(cover), EVERYBODY) is ALLOW

    @pytest.mark.parametrize("person", NO_COVER, ids=lambda p: f"{p.role}-{p.user_id}-{p.standing}")
    def test_a_guest_does_not_come_where_there_is_none(self, person: Person) -> None:
        verdict = may_guest_be_joined(guest_room(person), directory(person))
        assert isinstance(verdict, Refuse)
        assert (verdict.rule, verdict.code) == (Rule.G3, Code.NO_COVER)

    def test_cover_that_is_only_invited_is_not_there(self) -> None:
        assert not may_guest_be_joined(guest_room(invited={ADA: BRIDGE}), EVERYBODY)

    def test_the_bridge_alone_is_company_for_nobody(self) -> None:
        assert BOT in {*guest_room().joined()}
        assert not may_guest_be_joined(guest_room(), EVERYBODY)
