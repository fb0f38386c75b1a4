"""Group issues at work: several guests in one room, each coming as they can (rule G4)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bridge.desk.timeline import Timeline
from bridge.errors import MatrixRefused, Unknown
from bridge.ports import IssueRecord, PrincipalId, Profile, Words
from policies.issue import Conclusion, Status, WaitingOn
from policies.names import Code, RoomId, UserId
from policies.outcomes import Refuse
from policies.policy_server import PolicyServer
from policies.rooms import MUTED, Membership
from tests.bridge.desk.office import GINA, ROBOT, Office, user
from tests.bridge.desk.test_checkup import examine
from tests.fakes.homeserver import BOT, SERVER

HUGO = replace(GINA, id=PrincipalId("guest-hugo"), login="guest-hugo", user_id=user("guest-hugo"))
OTTO = user("otto")
BOB = UserId("@bob:other")
ADA = user("ada")


async def open_group(office: Office, *, claimed: bool = True) -> IssueRecord:
    async with office.store.write() as tx:
        await tx.principals.add(HUGO, Profile("Hugo (guest)"), None, office.clock.now())
    record = await office.desk.open_issue(GINA, "We lose answers", "All of us do.", is_group=True)
    await office.settle()
    if claimed:
        await office.desk.claim(ADA, record.issue.id)
        await office.settle()
    return await office.record(record.issue.id)


async def bring(office: Office, record: IssueRecord, guest: UserId) -> IssueRecord:
    outcome = await office.desk.bring_guest(ADA, record.issue.id, guest)
    assert isinstance(outcome, IssueRecord)
    await office.settle()
    return await office.record(record.issue.id)


def membership(office: Office, record: IssueRecord, who: UserId) -> Membership:
    return office.homeserver.facts(RoomId(str(record.issue.guest_room))).membership_of(who)


class TestBringing:
    async def test_another_ghost_is_in_the_room_at_once(self, office: Office) -> None:
        record = await bring(office, await open_group(office), HUGO.user_id)
        assert office.joined(record.issue.guest_room) == {BOT, ADA, GINA.user_id, HUGO.user_id}
        assert record.issue.everyone == (GINA.user_id, HUGO.user_id)

    async def test_a_guest_with_an_account_of_their_own_is_invited_and_comes_by_themselves(
        self, office: Office
    ) -> None:
        record = await bring(office, await open_group(office), OTTO)
        assert membership(office, record, OTTO) is Membership.INVITE
        await office.act(OTTO, record.issue.guest_room, "m.room.member", {"membership": "join"}, OTTO)
        assert membership(office, record, OTTO) is Membership.JOIN

    async def test_so_is_one_of_another_server(self, office: Office) -> None:
        office.homeserver.policy_server = PolicyServer(SERVER, "key")
        record = await bring(office, await open_group(office), BOB)
        assert membership(office, record, BOB) is Membership.INVITE

    async def test_where_other_servers_see_nothing_the_staff_room_says_that_they_cannot_come(
        self, office: Office
    ) -> None:
        record = await bring(office, await open_group(office), BOB)
        assert membership(office, record, BOB) is Membership.LEAVE
        note = office.homeserver.messages(RoomId(str(record.issue.staff_room)))[-1].content["body"]
        assert note.startswith("@bob:other could not be brought in: ")

    async def test_who_is_brought_while_the_issue_waits_comes_with_the_claim(self, office: Office) -> None:
        record = await open_group(office, claimed=False)
        await bring(office, record, HUGO.user_id)
        await office.desk.claim(ADA, record.issue.id)
        await office.settle()
        record = await office.record(record.issue.id)
        assert {GINA.user_id, HUGO.user_id} <= office.joined(record.issue.guest_room)

    async def test_twice_is_once(self, office: Office) -> None:
        record = await open_group(office)
        for _ in range(2):
            record = await bring(office, record, HUGO.user_id)
        assert record.issue.guests == (GINA.user_id, HUGO.user_id)

    async def test_an_issue_of_one_guest_stays_one_at_every_door(self, office: Office) -> None:
        record = await office.claimed_issue()
        outcome = await office.desk.bring_guest(ADA, record.issue.id, OTTO)
        assert isinstance(outcome, Refuse)
        assert outcome.code is Code.ONE_GUEST_HERE
        with pytest.raises(MatrixRefused, match="ONE_GUEST_HERE"):
            await office.act(ADA, record.issue.guest_room, "m.room.member", {"membership": "invite"}, OTTO)

    async def test_staff_robots_and_ghosts_that_are_nobodys_are_not_brought(self, office: Office) -> None:
        record = await open_group(office)
        for nobody in (user("amy"), ROBOT):
            assert isinstance(await office.desk.bring_guest(ADA, record.issue.id, nobody), Refuse)
        with pytest.raises(Unknown):
            await office.desk.bring_guest(ADA, record.issue.id, user("guest-nobody"))


class TestTogether:
    async def test_each_of_them_waits_for_staff_and_is_answered(self, office: Office) -> None:
        record = await bring(office, await open_group(office), HUGO.user_id)
        await office.say(ADA, record.issue.guest_room, "Which form?")
        words = await office.desk.write(HUGO, str(record.issue.guest_room), "t", "Form 7.")
        assert isinstance(words, Words)
        await office.settle()
        assert office.homeserver.bodies(RoomId(str(record.issue.guest_room)))[-1] == (HUGO.user_id, "Form 7.")
        assert (await office.record(record.issue.id)).issue.waiting_on is WaitingOn.STAFF

    async def test_a_conclusion_silences_all_of_them_and_reopening_gives_all_their_voice(self, office: Office) -> None:
        record = await bring(office, await open_group(office), HUGO.user_id)
        room = RoomId(str(record.issue.guest_room))
        await office.desk.conclude(ADA, record.issue.id, Conclusion.RESOLVED, "")
        await office.settle()
        users = office.homeserver.rooms[room].state["m.room.power_levels", ""].content["users"]
        assert {users[GINA.user_id], users[HUGO.user_id]} == {MUTED}
        refused = await office.desk.write(HUGO, str(room), "t", "one more thing")
        assert isinstance(refused, Refuse)
        assert refused.code is Code.ISSUE_CONCLUDED
        await office.desk.reopen(GINA, record.issue.id, None)
        await office.settle()
        users = office.homeserver.rooms[room].state["m.room.power_levels", ""].content["users"]
        assert GINA.user_id not in users
        assert HUGO.user_id not in users

    async def test_where_nobody_is_found_all_of_them_go_back_and_all_come_again_with_the_claim(
        self, office: Office
    ) -> None:
        record = await bring(office, await open_group(office), HUGO.user_id)
        await bring(office, record, OTTO)
        await office.off_duty("amy", "ben", "sam")
        await office.leave(ADA, record.issue.guest_room)
        assert office.joined(record.issue.guest_room) == {BOT, ADA}
        assert (await office.record(record.issue.id)).issue.status is Status.QUEUED
        kept = await office.desk.write(HUGO, str(record.issue.guest_room), "t", "still here")
        assert isinstance(kept, Words)
        await office.desk.claim(user("amy"), record.issue.id)
        await office.settle()
        assert {GINA.user_id, HUGO.user_id} <= office.joined(record.issue.guest_room)
        assert membership(office, record, OTTO) is Membership.INVITE

    async def test_one_who_came_later_cannot_read_the_lobby_of_the_first(self, office: Office) -> None:
        record = await bring(office, await open_group(office), HUGO.user_id)
        timeline = Timeline(office.store)
        with pytest.raises(Unknown):
            await timeline.load_history(HUGO, f"lobby:{record.issue.id}", None, 10)
        await office.desk.write(HUGO, str(record.issue.guest_room), "t", "Form 7.")
        waiting = await timeline.load_history(GINA, f"lobby:{record.issue.id}", None, 10)
        assert [event.content["body"] for event in waiting.events] == ["All of us do."]

    async def test_each_finds_the_issue_among_their_own(self, office: Office) -> None:
        record = await bring(office, await open_group(office), HUGO.user_id)
        async with office.store.read() as tx:
            for guest in (GINA, HUGO):
                assert [found.issue.id for found in await tx.issues.list(guest_id=guest.id)] == [record.issue.id]

    async def test_the_doctor_is_content(self, office: Office) -> None:
        await bring(office, await open_group(office), HUGO.user_id)
        assert await examine(office) == []
