"""Who comes, goes, is brought and is sent away: memberships asked through `may_send`, as a homeserver would."""

from dataclasses import replace
from typing import Any

import pytest

from policies.names import Code, Rule, UserId
from policies.outcomes import ALLOW, Refuse, Verdict
from policies.people import Directory, Person
from policies.permissions import Draft, may_be_in, may_invite, may_join, may_meet_guests, may_remove, may_send
from policies.rooms import CLOSED_KINDS, STAFF_KINDS, Member, Membership, Room, RoomKind
from tests.builders.people import (
    ADA,
    ALEX,
    BEN,
    BOB,
    BRIDGE,
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
ROBOTS = [DIAGNOSTICS, LUNA]
EVERYBODY = directory()
OF_STAFF = [room(kind, BEN) for kind in sorted(STAFF_KINDS)]


def member(sender: Person, target: Person, wanted: object, **content: Any) -> Draft:
    return Draft("m.room.member", sender.user_id, {"membership": wanted, **content}, target.user_id)


def ask(sender: Person, target: Person, wanted: object, where: Room, known: Directory = EVERYBODY) -> Verdict:
    return may_send(member(sender, target, wanted), where, known)


def code_of(verdict: Verdict) -> tuple[Rule, Code]:
    assert isinstance(verdict, Refuse)
    return verdict.rule, verdict.code


class TestG1:
    """A guest invites nobody, knocks nowhere, and removes nobody but themselves."""

    @pytest.mark.parametrize("guest", GUESTS)
    @pytest.mark.parametrize("target", [BEN, OTTO, BOB, DIAGNOSTICS])
    def test_a_guest_does_not_invite(self, guest: Person, target: Person) -> None:
        assert code_of(ask(guest, target, "invite", guest_room(ADA, guest))) == (Rule.G1, Code.GUESTS_MAY_NOT)

    @pytest.mark.parametrize("robot", ROBOTS)
    def test_a_robot_does_not_invite(self, robot: Person) -> None:
        assert code_of(ask(robot, BEN, "invite", staff_room(ADA, robot))) == (Rule.R1, Code.ROBOTS_MAY_NOT)

    @pytest.mark.parametrize("guest", GUESTS)
    def test_a_guest_does_not_knock(self, guest: Person) -> None:
        assert code_of(ask(guest, guest, "knock", other_room(ADA))) == (Rule.G1, Code.GUESTS_MAY_NOT)

    @pytest.mark.parametrize("person", STAFF)
    def test_staff_knock(self, person: Person) -> None:
        assert ask(person, person, "knock", other_room(BEN)) is ALLOW

    @pytest.mark.parametrize("wanted", ["leave", "ban"])
    @pytest.mark.parametrize("target", [ADA, BEN, BOB])
    def test_a_guest_removes_nobody(self, target: Person, wanted: str) -> None:
        where = guest_room(ADA, BEN, GINA, BOB, is_group=True)
        assert code_of(ask(GINA, target, wanted, where)) == (Rule.G1, Code.GUESTS_MAY_NOT)

    @pytest.mark.parametrize("wanted", ["leave", "ban"])
    def test_a_robot_removes_nobody(self, wanted: str) -> None:
        assert code_of(ask(DIAGNOSTICS, ADA, wanted, staff_room(ADA, DIAGNOSTICS))) == (Rule.R1, Code.ROBOTS_MAY_NOT)

    @pytest.mark.parametrize("guest", GUESTS)
    def test_a_guest_does_not_ban_themselves_either(self, guest: Person) -> None:
        assert code_of(ask(guest, guest, "ban", guest_room(ADA, guest))) == (Rule.G1, Code.GUESTS_MAY_NOT)

    @pytest.mark.parametrize("person", [*GUESTS, DIAGNOSTICS])
    def test_everybody_may_leave(self, person: Person) -> None:
        assert ask(person, person, "leave", other_room(ADA, person)) is ALLOW

    @pytest.mark.parametrize("guest", GUESTS)
    def test_a_guest_may_turn_an_invitation_down(self, guest: Person) -> None:
        assert ask(guest, guest, "leave", guest_room(ADA, invited={guest: ADA})) is ALLOW

    @pytest.mark.parametrize("wanted", ["leave", "ban"])
    @pytest.mark.parametrize("sender", [*STAFF, BRIDGE])
    def test_staff_and_the_bridge_remove_guests(self, sender: Person, wanted: str) -> None:
        assert ask(sender, GINA, wanted, guest_room(BEN, GINA)) is ALLOW


class TestG2:
    """A guest joins only where the bridge or staff invited them, and only where cover is present at that moment."""

    @pytest.mark.parametrize("guest", GUESTS)
    @pytest.mark.parametrize("inviter", [BRIDGE, *STAFF])
    def test_an_invited_guest_joins_where_cover_is(self, guest: Person, inviter: Person) -> None:
        assert ask(guest, guest, "join", guest_room(BEN, invited={guest: inviter})) is ALLOW

    @pytest.mark.parametrize("guest", GUESTS)
    @pytest.mark.parametrize("where", [guest_room(ADA), lounge(ADA), other_room(ADA), room(RoomKind.POLICY, ADA)])
    def test_an_uninvited_guest_does_not_and_is_told_nothing_of_the_room(self, guest: Person, where: Room) -> None:
        assert code_of(ask(guest, guest, "join", where)) == (Rule.G2, Code.GUESTS_ARE_INVITED)

    @pytest.mark.parametrize("inviter", [GINA, DIAGNOSTICS, suspended(BEN), suspended(SAM)])
    def test_an_invitation_by_somebody_else_counts_for_nothing(self, inviter: Person) -> None:
        where = guest_room(ADA, invited={OTTO: inviter})
        known = directory(ADA, inviter)
        assert code_of(ask(OTTO, OTTO, "join", where, known)) == (Rule.G2, Code.GUESTS_ARE_INVITED)

    @pytest.mark.parametrize("membership", [Membership.LEAVE, Membership.BAN, Membership.KNOCK])
    def test_another_membership_written_by_staff_is_no_invitation(self, membership: Membership) -> None:
        where = Room(RoomKind.GUEST, {ADA.user_id: Member(Membership.JOIN, ADA.user_id)})
        where = Room(RoomKind.GUEST, {**where.members, GINA.user_id: Member(membership, ADA.user_id)})
        assert code_of(ask(GINA, GINA, "join", where)) == (Rule.G2, Code.GUESTS_ARE_INVITED)

    @pytest.mark.parametrize("where", [guest_room, lounge, other_room])
    def test_an_invited_guest_does_not_come_while_nobody_is_there(self, where: Any) -> None:
        assert code_of(ask(GINA, GINA, "join", where(ALEX, invited={GINA: ALEX}))) == (Rule.G3, Code.NO_COVER)

    @pytest.mark.parametrize("where", [guest_room(ALEX), other_room(ALEX)])
    def test_nor_is_one_invited_then(self, where: Room) -> None:
        assert code_of(ask(ALEX, GINA, "invite", where)) == (Rule.G3, Code.NO_COVER)

    def test_to_a_lounge_guests_are_invited_ahead_of_cover(self) -> None:
        assert ask(ALEX, GINA, "invite", lounge(ALEX)) is ALLOW

    def test_but_for_those_of_other_servers_who_may_come_without_anybody_being_asked(self) -> None:
        assert code_of(ask(ALEX, BOB, "invite", lounge(ALEX))) == (Rule.G3, Code.NO_COVER)
        assert ask(ALEX, BOB, "invite", lounge(ALEX, ADA)) is ALLOW

    @pytest.mark.parametrize("sender", [BRIDGE, *STAFF])
    def test_the_bridge_and_staff_invite_guests_where_cover_is(self, sender: Person) -> None:
        assert ask(sender, GINA, "invite", guest_room(BEN)) is ALLOW

    @pytest.mark.parametrize("person", STAFF)
    def test_staff_need_no_cover(self, person: Person) -> None:
        assert ask(person, person, "join", guest_room()) is ALLOW

    def test_a_guest_who_is_there_may_change_their_picture(self) -> None:
        assert ask(GINA, GINA, "join", guest_room(GINA)) is ALLOW


class TestG3:
    """Nobody removes the last cover, themselves included."""

    @pytest.mark.parametrize("sender", [ADA, SAM, ALEX, BRIDGE])
    @pytest.mark.parametrize("wanted", ["leave", "ban"])
    def test_by_leave_kick_and_ban(self, sender: Person, wanted: str) -> None:
        assert code_of(ask(sender, ADA, wanted, guest_room(ADA, GINA))) == (Rule.G3, Code.GUEST_ALONE)

    def test_whoever_kicks_is_told_of_whom_they_kick(self) -> None:
        verdict = may_remove(SAM, ADA, guest_room(ADA, GINA), EVERYBODY)
        assert isinstance(verdict, Refuse)
        assert verdict.sentence.startswith(ADA.user_id)

    @pytest.mark.parametrize(("sender", "wanted"), [(ADA, "knock"), (ADA, "invite"), (BRIDGE, "invite")])
    def test_nor_by_an_invitation_or_a_knock_that_would_take_their_place_in_the_room(
        self, sender: Person, wanted: str
    ) -> None:
        assert code_of(ask(sender, ADA, wanted, guest_room(ADA, GINA))) == (Rule.G3, Code.GUEST_ALONE)

    def test_with_a_colleague_there_they_may_go(self) -> None:
        assert ask(ADA, ADA, "leave", guest_room(ADA, BEN, GINA)) is ALLOW

    def test_the_suspended_are_always_let_out(self) -> None:
        gone = suspended(ADA)
        assert ask(gone, gone, "leave", guest_room(gone, GINA), directory(gone)) is ALLOW
        assert ask(BRIDGE, gone, "leave", guest_room(gone, GINA), directory(gone)) is ALLOW

    def test_whoever_is_not_in_the_room_may_be_banned_from_it(self) -> None:
        assert ask(SAM, ADA, "ban", guest_room(BEN, GINA)) is ALLOW


class TestG4:
    """A guest sees no other guest, but in a room made for that."""

    @pytest.mark.parametrize("there", [guest_room(ADA, GINA), guest_room(ADA, invited={GINA: ADA})])
    def test_a_second_guest_is_not_invited(self, there: Room) -> None:
        assert code_of(ask(ADA, BOB, "invite", there)) == (Rule.G4, Code.ONE_GUEST_HERE)

    def test_a_second_guest_does_not_join(self) -> None:
        there = guest_room(ADA, GINA, invited={BOB: ADA})
        assert code_of(ask(BOB, BOB, "join", there)) == (Rule.G4, Code.ONE_GUEST_HERE)

    @pytest.mark.parametrize("wanted", ["leave", "ban"])
    def test_a_guest_is_not_told_of_another_by_their_removal(self, wanted: str) -> None:
        assert code_of(ask(ADA, BOB, wanted, guest_room(ADA, GINA))) == (Rule.G4, Code.ONE_GUEST_HERE)

    def test_nor_do_guests_meet_in_rooms_that_staff_made(self) -> None:
        assert code_of(ask(ADA, BOB, "invite", other_room(ADA, GINA))) == (Rule.G4, Code.ONE_GUEST_HERE)

    def test_in_a_group_issue_guests_meet(self) -> None:
        assert ask(ADA, BOB, "invite", guest_room(ADA, GINA, is_group=True)) is ALLOW
        assert ask(BOB, BOB, "join", guest_room(ADA, GINA, invited={BOB: ADA}, is_group=True)) is ALLOW

    def test_in_a_lounge_guests_meet(self) -> None:
        assert ask(ADA, BOB, "invite", lounge(ADA, GINA)) is ALLOW
        assert ask(BOB, BOB, "join", lounge(ADA, GINA, invited={BOB: ADA})) is ALLOW

    def test_a_guest_does_not_stand_in_their_own_way(self) -> None:
        assert may_meet_guests(GINA, guest_room(ADA, invited={GINA: ADA}), EVERYBODY) is ALLOW

    def test_a_guest_who_left_is_not_met(self) -> None:
        there = guest_room(ADA)
        left = replace(there, members={**there.members, GINA.user_id: Member(Membership.LEAVE, GINA.user_id)})
        assert ask(ADA, BOB, "invite", left) is ALLOW

    def test_staff_come_in_as_before(self) -> None:
        assert ask(ADA, BEN, "invite", guest_room(ADA, GINA)) is ALLOW


class TestG5:
    """The name in a membership is asked about too."""

    def test_a_guest_does_not_rename_themselves_without_the_mark(self) -> None:
        draft = member(OTTO, OTTO, "join", displayname="The boss")
        assert code_of(may_send(draft, guest_room(ADA, OTTO), EVERYBODY)) == (Rule.G5, Code.BRIDGE_WRITES_THIS)

    def test_a_guest_from_elsewhere_does_not_come_as_somebody_listed(self) -> None:
        draft = member(BOB, BOB, "join", displayname="Ada")
        where = guest_room(ADA, invited={BOB: ADA})
        assert code_of(may_send(draft, where, EVERYBODY)) == (Rule.G5, Code.NOT_YOUR_NAME)

    def test_nor_is_one_invited_under_such_a_name(self) -> None:
        draft = member(ADA, BOB, "invite", displayname="Ada")
        assert code_of(may_send(draft, guest_room(ADA), EVERYBODY)) == (Rule.G5, Code.NOT_YOUR_NAME)

    @pytest.mark.parametrize("name", ["Gina (guest)", None, 7, ["Ada"]])
    def test_a_marked_name_and_what_is_no_name_are_fine(self, name: object) -> None:
        draft = member(GINA, GINA, "join", displayname=name)
        assert may_send(draft, guest_room(ADA, invited={GINA: BRIDGE}), EVERYBODY) is ALLOW

    def test_a_name_in_a_leave_is_nobodys_business(self) -> None:
        assert may_send(member(BOB, BOB, "leave", displayname="Ada"), guest_room(ADA, BOB), EVERYBODY) is ALLOW


class TestR1:
    """Robots are never in a guest room of an issue."""

    @pytest.mark.parametrize("robot", ROBOTS)
    @pytest.mark.parametrize("sender", [BRIDGE, *STAFF])
    def test_nobody_invites_one(self, sender: Person, robot: Person) -> None:
        assert code_of(ask(sender, robot, "invite", guest_room(ADA))) == (Rule.R1, Code.ROBOTS_STAY_OUT)

    @pytest.mark.parametrize("robot", ROBOTS)
    @pytest.mark.parametrize("wanted", ["leave", "ban"])
    def test_a_guest_is_not_told_of_one_by_its_removal(self, robot: Person, wanted: str) -> None:
        assert code_of(ask(ADA, robot, wanted, guest_room(ADA, GINA))) == (Rule.R1, Code.ROBOTS_STAY_OUT)

    @pytest.mark.parametrize("robot", ROBOTS)
    def test_one_that_was_invited_somehow_is_removed(self, robot: Person) -> None:
        assert ask(ADA, robot, "leave", guest_room(ADA, invited={robot: BRIDGE})) is ALLOW

    @pytest.mark.parametrize("robot", ROBOTS)
    def test_none_joins_even_if_it_was_invited_somehow(self, robot: Person) -> None:
        where = guest_room(ADA, invited={robot: BRIDGE})
        assert code_of(ask(robot, robot, "join", where)) == (Rule.R1, Code.ROBOTS_STAY_OUT)

    @pytest.mark.parametrize("where", [staff_room(ADA), room(RoomKind.QUEUE, ADA), lounge(ADA), other_room(ADA)])
    def test_a_staff_robot_is_let_in_elsewhere(self, where: Room) -> None:
        assert ask(ADA, DIAGNOSTICS, "invite", where) is ALLOW
        assert ask(DIAGNOSTICS, DIAGNOSTICS, "join", where) is ALLOW


class TestS2:
    """Only listed, active staff and staff robots are in a staff room, a queue room or the policy room."""

    @pytest.mark.parametrize("where", OF_STAFF)
    @pytest.mark.parametrize("person", [*GUESTS, LUNA])
    def test_nobody_else_is_invited(self, person: Person, where: Room) -> None:
        assert code_of(ask(BEN, person, "invite", where)) == (Rule.S2, Code.STAFF_ONLY)
        assert code_of(ask(BRIDGE, person, "invite", where)) == (Rule.S2, Code.STAFF_ONLY)

    @pytest.mark.parametrize("kind", sorted(STAFF_KINDS))
    @pytest.mark.parametrize("person", [*GUESTS, LUNA])
    def test_nobody_else_joins_even_if_they_were_invited_somehow(self, person: Person, kind: RoomKind) -> None:
        where = room(kind, BEN, invited={person: BRIDGE})
        assert code_of(ask(person, person, "join", where)) == (Rule.S2, Code.STAFF_ONLY)

    @pytest.mark.parametrize("where", [*OF_STAFF, guest_room(BEN), lounge(BEN), other_room(BEN)])
    @pytest.mark.parametrize("person", [suspended(ADA), suspended(SAM), suspended(DIAGNOSTICS), suspended(GINA)])
    def test_the_suspended_come_in_nowhere(self, person: Person, where: Room) -> None:
        known = Directory(EVERYBODY.bot, EVERYBODY.server_name, {BEN.user_id: BEN, person.user_id: person})
        assert code_of(ask(BEN, person, "invite", where, known)) == (Rule.S2, Code.SUSPENDED)
        assert code_of(ask(person, person, "join", where, known)) == (Rule.S2, Code.SUSPENDED)

    def test_the_suspended_do_nothing_in_the_rooms_they_are_in(self) -> None:
        gone = suspended(ADA)
        known = directory(gone, BEN)
        where = guest_room(gone, BEN)
        assert code_of(ask(gone, gone, "join", where, known)) == (Rule.S2, Code.SUSPENDED)
        assert code_of(ask(gone, BEN, "leave", where, known)) == (Rule.S2, Code.SUSPENDED)
        assert code_of(ask(gone, gone, "knock", where, known)) == (Rule.S2, Code.SUSPENDED)

    @pytest.mark.parametrize("where", [*OF_STAFF, guest_room(BEN), lounge(BEN), other_room(BEN)])
    @pytest.mark.parametrize("person", STAFF)
    def test_staff_come_in_everywhere(self, person: Person, where: Room) -> None:
        assert ask(BRIDGE if where.kind in CLOSED_KINDS else BEN, person, "invite", where) is ALLOW
        assert ask(person, person, "join", where) is ALLOW

    @pytest.mark.parametrize("kind", sorted(CLOSED_KINDS))
    @pytest.mark.parametrize("person", [ADA, DIAGNOSTICS, SAM])
    def test_a_chat_of_two_stays_one_but_for_the_bridge(self, person: Person, kind: RoomKind) -> None:
        where = room(kind, BEN)
        assert code_of(ask(BEN, person, "invite", where)) == (Rule.S2, Code.NOT_PERMITTED)
        assert ask(BRIDGE, person, "invite", where) is ALLOW

    @pytest.mark.parametrize("kind", RoomKind)
    def test_the_bridge_is_everywhere(self, kind: RoomKind) -> None:
        assert may_be_in(BRIDGE, room(kind)) is ALLOW


class TestF1:
    """Guests of other servers obey what guests obey: who they are is decided as for everybody else."""

    def test_a_stranger_with_an_employees_localpart_is_a_guest(self) -> None:
        stranger = EVERYBODY.who_is(UserId("@ada:elsewhere.example"))
        assert stranger.is_guest
        assert code_of(may_invite(stranger, GINA, guest_room(ADA, stranger), EVERYBODY))[0] is Rule.G1
        assert code_of(may_join(stranger, staff_room(ADA, invited={stranger: ADA}), EVERYBODY))[0] is Rule.S2

    def test_somebody_who_calls_themselves_as_the_bot_elsewhere_is_a_guest(self) -> None:
        stranger = EVERYBODY.who_is(UserId("@chaperone:elsewhere.example"))
        assert not stranger.is_bridge
        assert code_of(ask(stranger, BOB, "invite", guest_room(ADA)))[0] is Rule.G1


class TestMembershipsThatMakeNoSense:
    @pytest.mark.parametrize("wanted", [None, "", "JOIN", "owner", 1, True, [], ["join"], {}, {"join": 1}])
    @pytest.mark.parametrize("sender", [GINA, ADA])
    def test_what_is_no_membership_is_refused(self, sender: Person, wanted: object) -> None:
        assert code_of(ask(sender, sender, wanted, guest_room(ADA, BEN, GINA))) == (Rule.A1, Code.NOT_PERMITTED)

    @pytest.mark.parametrize("wanted", ["join", "knock"])
    @pytest.mark.parametrize(("sender", "target"), [(GINA, ADA), (ADA, BEN), (BRIDGE, BEN), (DIAGNOSTICS, ADA)])
    def test_nobody_comes_in_for_another(self, sender: Person, target: Person, wanted: str) -> None:
        assert code_of(ask(sender, target, wanted, other_room(ADA))) == (Rule.A1, Code.NOT_PERMITTED)

    def test_a_state_key_that_is_nobody_is_a_guest_nobody_invited(self) -> None:
        draft = Draft("m.room.member", GINA.user_id, {"membership": "invite"}, "")
        assert not may_send(draft, guest_room(ADA), EVERYBODY)
