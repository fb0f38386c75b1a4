"""Rule F1: people of other servers come only where the rules reach their server."""

from __future__ import annotations

from dataclasses import replace

import pytest

from policies.cover import may_cover_go
from policies.federation import is_guarded, may_come_from_elsewhere
from policies.names import Code, Rule
from policies.outcomes import ALLOW, Refuse
from policies.people import Person
from policies.permissions import Draft, may_send
from policies.policy_server import POLICY_STATE, PolicyServer, build_policy_state
from policies.rooms import Room, RoomKind, parse_room
from tests.builders.people import (
    ADA,
    BOB,
    BOT,
    BRIDGE,
    ELSEWHERE,
    GINA,
    OTTO,
    directory,
    employee,
)
from tests.builders.rooms import OURS, Written, guest_room, lounge, other_room, room, state_of

FAR = employee("far", server=ELSEWHERE)
EVERYBODY = directory()
WITH_FAR = directory(ADA, FAR)
THEIRS = PolicyServer(ELSEWHERE, "their key")


def unguarded(guarded: Room, by: PolicyServer | None = None) -> Room:
    return replace(guarded, policy_server=by)


class TestF1:
    """In our rooms, guests of other servers obey the rules too."""

    @pytest.mark.parametrize("where", [guest_room(ADA), lounge(ADA)], ids=lambda r: r.kind)
    def test_a_guest_of_another_server_comes_where_their_server_asks_ours(self, where: Room) -> None:
        assert may_come_from_elsewhere(BOB, where, EVERYBODY) is ALLOW

    @pytest.mark.parametrize("by", [None, THEIRS])
    @pytest.mark.parametrize("where", [guest_room(ADA), lounge(ADA), other_room(ADA)], ids=lambda r: r.kind)
    def test_and_nowhere_else(self, where: Room, by: PolicyServer | None) -> None:
        verdict = may_come_from_elsewhere(BOB, unguarded(where, by), EVERYBODY)
        assert isinstance(verdict, Refuse)
        assert (verdict.rule, verdict.code) == (Rule.F1, Code.LOCAL_ONLY)

    @pytest.mark.parametrize("sender", [ADA, BRIDGE], ids=lambda p: p.role)
    def test_nobody_invites_them_there(self, sender: Person) -> None:
        draft = Draft("m.room.member", sender.user_id, {"membership": "invite"}, BOB.user_id)
        verdict = may_send(draft, unguarded(guest_room(ADA)), EVERYBODY)
        assert isinstance(verdict, Refuse)
        assert verdict.code is Code.LOCAL_ONLY
        assert may_send(draft, guest_room(ADA), EVERYBODY) is ALLOW

    def test_an_invitation_of_better_days_does_not_bring_them_in(self) -> None:
        draft = Draft("m.room.member", BOB.user_id, {"membership": "join"}, BOB.user_id)
        invited = guest_room(ADA, invited={BOB: ADA})
        assert may_send(draft, invited, EVERYBODY) is ALLOW
        verdict = may_send(draft, unguarded(invited), EVERYBODY)
        assert isinstance(verdict, Refuse)
        assert verdict.code is Code.LOCAL_ONLY

    def test_staff_of_another_server_come_to_no_unguarded_room_of_ours(self) -> None:
        assert not may_come_from_elsewhere(FAR, unguarded(guest_room(ADA)), WITH_FAR)
        assert not may_come_from_elsewhere(FAR, room(RoomKind.STAFF, ADA), WITH_FAR)
        assert may_come_from_elsewhere(FAR, guest_room(ADA), WITH_FAR) is ALLOW
        assert may_come_from_elsewhere(FAR, other_room(ADA), WITH_FAR) is ALLOW

    @pytest.mark.parametrize("person", [GINA, OTTO, ADA], ids=lambda p: p.user_id)
    def test_it_is_nothing_to_people_of_ours(self, person: Person) -> None:
        assert may_come_from_elsewhere(person, unguarded(guest_room(ADA)), EVERYBODY) is ALLOW

    def test_cover_may_not_go_before_an_invited_guest_of_another_server_has_come(self) -> None:
        verdict = may_cover_go(guest_room(ADA, invited={BOB: ADA}), EVERYBODY, ADA.user_id)
        assert isinstance(verdict, Refuse)
        assert verdict.code is Code.GUEST_ALONE
        assert may_cover_go(guest_room(ADA, invited={OTTO: ADA}), EVERYBODY, ADA.user_id) is ALLOW

    def test_staff_of_another_server_are_no_cover(self) -> None:
        assert not may_cover_go(guest_room(ADA, FAR, BOB), WITH_FAR, ADA.user_id)

    def test_a_leave_of_anybody_from_another_server_is_never_refused(self) -> None:
        for person in (BOB, FAR):
            draft = Draft("m.room.member", person.user_id, {"membership": "leave"}, person.user_id)
            assert may_send(draft, guest_room(ADA, FAR, BOB), WITH_FAR) is ALLOW


class TestTheGuard:
    def test_a_room_names_us_as_its_policy_server(self) -> None:
        assert is_guarded(guest_room(ADA), EVERYBODY)
        assert not is_guarded(unguarded(guest_room(ADA), THEIRS), EVERYBODY)

    def test_it_is_read_from_the_rooms_state(self) -> None:
        assert parse_room(state_of(guest_room(ADA)), BOT).policy_server == OURS
        assert parse_room(state_of(unguarded(guest_room(ADA))), BOT).policy_server is None

    def test_nobody_elses_word_than_the_bots_is_taken(self) -> None:
        state = {**state_of(guest_room(ADA)), (POLICY_STATE, ""): Written(ADA.user_id, build_policy_state(OURS))}
        assert parse_room(state, BOT).policy_server is None
