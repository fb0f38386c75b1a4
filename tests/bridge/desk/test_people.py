"""Somebody comes to be staff, ceases to be, or is something else: their power ends at once, and no guest is alone."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bridge.desk.people import Change
from bridge.errors import Unknown
from bridge.ports import (
    Chat,
    IncomingEvent,
    IssueRecord,
    Principal,
    PrincipalId,
    Profile,
    Session,
    SessionEnded,
    Transaction,
)
from policies.issue import Conclusion, Status
from policies.names import PERSON_KEY_PREFIX, PERSON_STATE, Code, EventId, Role, RoomId, Standing, Tier
from policies.outcomes import Refuse
from policies.people import parse_person
from policies.rooms import RoomKind
from tests.bridge.desk.office import ALEX, GINA, ROBOT, Office, principal, user
from tests.fakes.homeserver import BOT

SUSPEND = Change(standing=Standing.SUSPENDED)
ALLOW = Change(standing=Standing.ALLOWED)
ADA, AMY, SAM = user("ada"), user("amy"), user("sam")


async def change(office: Office, localpart: str, change: Change) -> Principal | Refuse:
    return await office.people.change(ALEX, PrincipalId(localpart), change)


async def changed(office: Office, localpart: str, what: Change) -> Principal:
    outcome = await change(office, localpart, what)
    assert isinstance(outcome, Principal)
    await office.settle()
    return outcome


async def begin_session(office: Office, localpart: str) -> str:
    async with office.store.write() as tx:
        expires = office.clock.now() + timedelta(days=1)
        await tx.sessions.add(Session(f"s-{localpart}", PrincipalId(localpart), "hash", expires))
    return f"s-{localpart}"


def alone(office: Office, record: IssueRecord) -> list[IncomingEvent]:
    """Moments at which the guest was in the room, and nobody who was cover by the directory of that moment."""
    rooms, policy = office.homeserver.rooms, office.homeserver.aliases
    policy_room = next(room for alias, room in policy.items() if "policy" in alias)
    guest_room = RoomId(str(record.issue.guest_room))
    both = sorted((*rooms[policy_room].events, *rooms[guest_room].events), key=lambda e: e.origin_server_ts)
    allowed: dict[str, bool] = {}
    here: set[str] = set()
    found = []
    for event in both:
        if event.type == PERSON_STATE:
            person = parse_person(str(event.state_key), event.content)
            allowed[person.user_id] = person.is_active and person.role in (Role.EMPLOYEE, Role.SUPERVISOR)
        elif event.type == "m.room.member":
            (here.add if event.content["membership"] == "join" else here.discard)(str(event.state_key))
        if GINA.user_id in here and not any(allowed.get(u) for u in here):
            found.append(event)
    return found


class TestSuspension:
    async def test_sessions_end_and_sockets_hear_of_it_at_once(self, office: Office) -> None:
        session = await begin_session(office, "ada")
        await change(office, "ada", SUSPEND)
        assert SessionEnded(session) in office.notices.heard
        async with office.store.read() as tx:
            found = await tx.sessions.load(session)
        assert found is not None
        assert found.revoked

    async def test_commands_do_nothing_any_more_at_once(self, office: Office) -> None:
        record = await office.open_issue()
        await change(office, "ada", SUSPEND)
        outcome = await office.desk.claim(ADA, record.issue.id)
        assert isinstance(outcome, Refuse)

    async def test_in_the_end_they_are_logged_out_in_no_room_listed_as_suspended_and_locked(
        self, office: Office
    ) -> None:
        record = await office.claimed_issue()
        await changed(office, "ada", SUSPEND)
        assert not any(ADA in office.joined(room) for room in office.homeserver.rooms)
        assert office.homeserver.directory().who_is(ADA).standing is Standing.SUSPENDED
        assert office.homeserver.accounts[ADA]
        assert ADA in office.homeserver.logged_out
        assert await office.people.is_settled(ADA)
        assert (await office.record(record.issue.id)).issue.assignee == AMY

    async def test_who_logs_out_is_logged_out_of_the_homeserver_and_stays_what_they_are(self, office: Office) -> None:
        for user_id in (ADA, GINA.user_id):
            async with office.store.read() as tx:
                principal = await tx.principals.load_by_user(user_id)
            assert principal is not None
            await office.people.end_matrix_sessions(principal)
        await office.settle()
        assert office.homeserver.logged_out == [ADA, GINA.user_id]
        assert not office.homeserver.accounts[ADA]
        assert GINA.user_id not in office.homeserver.accounts

    async def test_g3_the_guest_is_not_alone_for_a_moment(self, office: Office) -> None:
        record = await office.claimed_issue()
        await changed(office, "ada", SUSPEND)
        assert alone(office, record) == []
        assert office.joined(record.issue.guest_room) == {BOT, AMY, GINA.user_id}

    async def test_where_nobody_is_found_the_guest_goes_back_to_the_lobby_first(self, office: Office) -> None:
        await office.off_duty("amy", "ben", "sam")
        record = await office.claimed_issue()
        await changed(office, "ada", SUSPEND)
        assert (await office.record(record.issue.id)).issue.status is Status.QUEUED
        assert alone(office, record) == []
        assert office.joined(record.issue.guest_room) == {BOT}
        assert office.homeserver.accounts[ADA]

    async def test_it_is_not_done_while_a_guest_has_nobody_else(self, office: Office) -> None:
        await office.off_duty("amy", "ben", "sam")
        record = await office.claimed_issue()
        await change(office, "ada", SUSPEND)
        with pytest.raises(AssertionError, match="rest"):
            await office.settle(rounds=8)
        assert not await office.people.is_settled(ADA)
        assert ADA in office.homeserver.logged_out
        assert not office.homeserver.accounts[ADA]
        assert {ADA, GINA.user_id} <= office.joined(record.issue.guest_room)

    async def test_of_several_issues_each_gets_somebody(self, office: Office) -> None:
        records = [await office.claimed_issue() for _ in range(3)]
        await changed(office, "ada", SUSPEND)
        for record in records:
            after = await office.record(record.issue.id)
            assert after.issue.assignee not in (None, ADA)
            assert after.issue.assignee in office.joined(after.issue.guest_room)
            assert alone(office, record) == []

    async def test_where_a_colleague_is_there_they_answer_for_the_issue(self, office: Office) -> None:
        record = await office.claimed_issue()
        await office.desk.hand_over(ADA, record.issue.id, SAM)
        await office.settle()
        await changed(office, "sam", SUSPEND)
        assert (await office.record(record.issue.id)).issue.assignee == ADA

    async def test_one_who_was_only_helping_is_taken_out_and_nobody_is_told(self, office: Office) -> None:
        record = await office.claimed_issue()
        await office.desk.hand_over(ADA, record.issue.id, AMY)
        await office.settle()
        told = len(office.homeserver.messages(RoomId(str(record.issue.staff_room))))
        await changed(office, "ada", SUSPEND)
        assert ADA not in office.joined(record.issue.guest_room)
        assert len(office.homeserver.messages(RoomId(str(record.issue.staff_room)))) == told

    async def test_in_the_middle_of_a_claim_the_issue_finds_somebody_else(self, office: Office) -> None:
        record = await office.open_issue()
        await office.desk.claim(ADA, record.issue.id)
        await change(office, "ada", SUSPEND)  # no room is made yet
        await office.settle()
        after = await office.record(record.issue.id)
        assert after.issue.assignee == AMY
        assert office.joined(after.issue.guest_room) == {BOT, AMY, GINA.user_id}
        assert ADA not in office.joined(after.issue.staff_room)

    async def test_one_who_was_to_be_let_in_is_not_and_holds_up_nobody(self, office: Office) -> None:
        record = await office.claimed_issue()
        await office.desk.hand_over(ADA, record.issue.id, user("ben"))
        assert isinstance(await change(office, "ben", SUSPEND), Principal)  # before anything of it was done
        await office.settle()
        after = await office.record(record.issue.id)
        assert after.issue.assignee == ADA
        assert user("ben") not in office.joined(record.issue.guest_room)
        await office.desk.conclude(ADA, record.issue.id, Conclusion.RESOLVED, "")
        await office.settle()
        assert alone(office, record) == []

    async def test_of_a_concluded_issue_the_guest_is_taken_out_first(self, office: Office) -> None:
        record = await office.claimed_issue()
        await office.desk.conclude(ADA, record.issue.id, Conclusion.RESOLVED, "")
        await office.settle()
        await changed(office, "ada", SUSPEND)
        assert office.joined(record.issue.guest_room) == {BOT}
        assert alone(office, record) == []

    async def test_a_restart_in_the_middle_changes_nothing(self, office: Office) -> None:
        await office.off_duty("amy", "ben", "sam")
        record = await office.claimed_issue()
        await change(office, "ada", SUSPEND)
        with pytest.raises(AssertionError, match="rest"):
            await office.settle(rounds=8)
        office.__post_init__()
        await office.founding.found()  # must not list or lock them before their time
        assert alone(office, record) == []
        assert not office.homeserver.accounts[ADA]
        await office.settle()
        assert alone(office, record) == []
        assert office.homeserver.accounts[ADA]

    async def test_of_the_last_two_who_are_suspended_at_once_the_guest_keeps_somebody(self, office: Office) -> None:
        record = await office.claimed_issue()
        await office.desk.hand_over(ADA, record.issue.id, AMY)
        await office.settle()
        for who in ("ada", "amy"):
            assert isinstance(await change(office, who, SUSPEND), Principal)
        await office.settle()
        assert alone(office, record) == []
        assert (await office.record(record.issue.id)).issue.assignee == user("ben")
        assert office.joined(record.issue.guest_room) == {BOT, user("ben"), GINA.user_id}

    async def test_a_robot_is_out_of_every_room_and_locked(self, office: Office) -> None:
        record = await office.claimed_issue()
        await changed(office, ROBOT.removeprefix("@").partition(":")[0], SUSPEND)
        assert ROBOT not in office.joined(record.issue.staff_room)
        assert office.homeserver.accounts[ROBOT]

    async def test_a_guest_is_out_of_their_room(self, office: Office) -> None:
        record = await office.claimed_issue()
        session = await begin_session(office, "guest-gina")
        await changed(office, "guest-gina", SUSPEND)
        assert SessionEnded(session) in office.notices.heard
        assert GINA.user_id not in office.joined(record.issue.guest_room)
        assert GINA.user_id not in office.homeserver.accounts


class TestOtherChanges:
    async def test_who_comes_back_is_listed_unlocked_and_in_their_queue_room(self, office: Office) -> None:
        await changed(office, "ada", SUSPEND)
        await changed(office, "ada", ALLOW)
        assert office.homeserver.directory().who_is(ADA).is_staff
        assert not office.homeserver.accounts[ADA]
        assert ADA in office.joined(office.queue())

    async def test_another_tier_is_another_queue_room_and_ends_no_session(self, office: Office) -> None:
        session = await begin_session(office, "ada")
        await changed(office, "ada", Change(tier=Tier.T3))
        assert ADA not in office.joined(office.queue(Tier.T1))
        assert ADA in office.joined(office.queue(Tier.T3))
        assert SessionEnded(session) not in office.notices.heard
        assert office.homeserver.logged_out == []

    async def test_a_supervisor_sees_every_queue_and_has_no_tier(self, office: Office) -> None:
        after = await changed(office, "ada", Change(role=Role.SUPERVISOR))
        assert after.tier is None
        assert all(ADA in office.joined(office.queue(tier)) for tier in Tier)

    async def test_an_admin_is_nobodys_cover_so_a_guest_gets_somebody_first(self, office: Office) -> None:
        record = await office.claimed_issue()
        await changed(office, "ada", Change(role=Role.ADMIN))
        assert alone(office, record) == []
        assert (await office.record(record.issue.id)).issue.assignee == AMY

    async def test_a_newcomer_is_let_in_everywhere_they_belong(self, office: Office) -> None:
        abe = principal("abe", Role.EMPLOYEE, Tier.T1)
        assert await office.people.add(ALEX, abe, Profile("Abe"), None) == abe
        await office.settle()
        assert office.homeserver.directory().who_is(abe.user_id).is_staff
        assert abe.user_id in office.joined(office.queue())

    async def test_only_admins_add_people(self, office: Office) -> None:
        abe = principal("abe", Role.EMPLOYEE, Tier.T1)
        refusal = await office.people.add(principal("sam", Role.SUPERVISOR), abe, Profile("Abe"), None)
        assert isinstance(refusal, Refuse)
        async with office.store.read() as tx:
            assert await tx.principals.load(abe.id) is None

    async def test_somebody_is_added_and_welcomed_at_once_or_not_at_all(self, office: Office) -> None:
        abe = principal("abe", Role.EMPLOYEE, Tier.T1)

        async def fail(tx: Transaction, added: Principal) -> None:
            raise RuntimeError

        with pytest.raises(RuntimeError):
            await office.people.add(ALEX, abe, Profile("Abe"), None, fail)
        async with office.store.read() as tx:
            assert await tx.principals.load(abe.id) is None
            assert await tx.outbox.backlog() == (0, 0)

    async def test_who_is_off_duty_is_not_called_upon(self, office: Office) -> None:
        record = await office.claimed_issue()
        await changed(office, "amy", Change(on_duty=False))
        await office.leave(ADA, record.issue.guest_room)
        assert (await office.record(record.issue.id)).issue.assignee == user("ben")

    async def test_nothing_follows_from_what_changes_nothing(self, office: Office) -> None:
        await change(office, "ada", ALLOW)
        async with office.store.read() as tx:
            assert await tx.outbox.due(office.clock.now(), 10, frozenset()) == []

    async def test_only_admins_may_and_not_themselves(self, office: Office) -> None:
        for actor, whom in ((principal("sam", Role.SUPERVISOR), "ada"), (ALEX, "alex")):
            outcome = await office.people.change(actor, PrincipalId(whom), SUSPEND)
            assert isinstance(outcome, Refuse)
            assert outcome.code is Code.NOT_PERMITTED

    async def test_whoever_is_not_there_is_unknown(self, office: Office) -> None:
        with pytest.raises(Unknown):
            await change(office, "nobody", SUSPEND)


async def test_the_directory_entry_is_written_as_it_was_decided(office: Office) -> None:
    """A later change waits its turn: the entry of an earlier one does not tell of it before its time."""
    await change(office, "ada", Change(tier=Tier.T2))
    await change(office, "ada", SUSPEND)
    await office.settle()
    policy_room = next(room for alias, room in office.homeserver.aliases.items() if "policy" in alias)
    entries = [
        (event.content["tier"], event.content["status"])
        for event in office.events(policy_room)
        if event.type == PERSON_STATE and event.state_key == f"{PERSON_KEY_PREFIX}{ADA}"
    ]
    assert entries[-2:] == [("T2", "allowed"), ("T2", "suspended")]
    assert EventId(entries[0][0]) == "T1"


class TestRoomsBesideIssues:
    async def test_whoever_is_suspended_is_taken_out_of_spaces_and_chats_too(self, office: Office) -> None:
        chat = await office.chats.open(AMY, RoomKind.GROUP, [ADA, SAM])
        assert isinstance(chat, Chat)
        await office.settle()
        await changed(office, "ada", SUSPEND)
        spaces = [room for alias, room in office.homeserver.aliases.items() if "space" in alias]
        [group] = await office.chats.list(AMY)
        for room in (*spaces, group.room_id):
            assert ADA not in office.joined(room)
        assert await office.people.is_settled(ADA)

    async def test_a_room_that_people_made_holds_the_change_up_by_nothing(self, office: Office) -> None:
        office.homeserver.make_room(AMY, ADA)
        await office.settle()
        await changed(office, "ada", SUSPEND)
        assert await office.people.is_settled(ADA)


class TestRobotsThatSettingsListNoLonger:
    async def test_they_are_suspended_and_out_of_every_room(self, office: Office) -> None:
        record = await office.claimed_issue()
        assert ROBOT in office.joined(record.issue.staff_room)
        await office.people.retire_robots([])
        await office.settle()
        assert ROBOT not in office.joined(record.issue.staff_room)
        assert office.homeserver.directory().who_is(ROBOT).standing is Standing.SUSPENDED

    async def test_those_that_it_lists_stay(self, office: Office) -> None:
        await office.people.retire_robots([ROBOT])
        await office.settle()
        assert office.homeserver.directory().who_is(ROBOT).is_active
