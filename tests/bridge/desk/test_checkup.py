"""The doctor finds every breach, names the room and the event, and finds nothing in a system that is well."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bridge.desk.checkup import Breach
from bridge.desk.examination import Examination
from bridge.desk.people import Change
from bridge.desk.rooms import space_alias
from bridge.desk.spaces import CHILD
from bridge.ports import IncomingEvent, PrincipalId, RoomPlan, Timer
from policies.deadlines import Deadline
from policies.escalation import Mode
from policies.issue import Conclusion
from policies.names import ISSUE_STATE, PERSON_KEY_PREFIX, PERSON_STATE, EventId, RoomAlias, RoomId, Standing, Tier
from policies.rooms import RoomKind
from tests.bridge.desk.office import ALEX, GINA, ROBOT, Office, user
from tests.fakes.homeserver import BOT, SERVER

FORCED = EventId("$forced")


def force(
    office: Office, room: RoomId | None, event_type: str, content: Mapping[str, Any], state_key: str = ""
) -> EventId:
    """Something happens in a room that no rule would have let happen, and nobody is told of it."""
    assert room is not None
    event = IncomingEvent(FORCED, room, event_type, BOT, 0, content, state_key)
    office.homeserver.rooms[room].state[event_type, state_key] = event
    return FORCED


def put_member(office: Office, room: RoomId | None, who: str, membership: str = "join") -> EventId:
    return force(office, room, "m.room.member", {"membership": membership}, who)


async def examine(office: Office) -> list[Breach]:
    examination = Examination(office.store, office.homeserver, office.clock, BOT, SERVER, between_looks=0)
    return await examination.examine()


async def of_check(office: Office, check: str, room: RoomId | None = None) -> list[Breach]:
    return [b for b in await examine(office) if b.check == check and room in (None, b.room)]


def queue_room(office: Office) -> RoomId:
    return office.queue()


def policy_room(office: Office) -> RoomId:
    return next(room for alias, room in office.homeserver.aliases.items() if "policy" in alias)


class TestWell:
    async def test_a_new_system_is_well(self, office: Office) -> None:
        assert await examine(office) == []

    async def test_a_system_at_work_is_well(self, office: Office) -> None:
        await office.open_issue()
        record = await office.claimed_issue()
        await office.leave(user("ada"), record.issue.guest_room)
        ended = await office.claimed_issue()
        await office.desk.conclude(user("ada"), ended.issue.id, Conclusion.RESOLVED, "")
        await office.settle()
        assert await examine(office) == []

    async def test_so_it_is_with_chats_notes_and_rooms_that_people_made(self, office: Office) -> None:
        for kind, others in ((RoomKind.DIRECT, ["amy"]), (RoomKind.GROUP, ["amy", "ben"]), (RoomKind.SOLO, [])):
            await office.chats.open(user("ada"), kind, [user(other) for other in others])
        room = office.homeserver.make_room(user("ada"), user("amy"), encrypted=True)
        await office.settle()
        await office.break_in.enter(user("sam"), room)
        await office.settle()
        assert await examine(office) == []

    async def test_so_it_is_once_the_rooms_of_a_concluded_issue_are_cleared(self, office: Office) -> None:
        record = await office.claimed_issue()
        await office.desk.conclude(user("ada"), record.issue.id, Conclusion.RESOLVED, "")
        await office.wait(timedelta(hours=25))
        assert await examine(office) == []
        await office.desk.reopen(GINA, record.issue.id, "Again.")
        await office.settle()
        assert await examine(office) == []

    async def test_so_it_is_after_a_suspension_and_a_return_to_the_lobby(self, office: Office) -> None:
        await office.claimed_issue()
        await office.off_duty("amy", "ben", "sam")
        await office.people.change(ALEX, PrincipalId("ada"), Change(standing=Standing.SUSPENDED))
        await office.settle()
        assert await examine(office) == []

    @pytest.mark.parametrize("rows", range(0, 14, 3))
    async def test_what_the_outbox_is_still_at_is_no_breach(self, office: Office, rows: int) -> None:
        record = await office.open_issue()
        await office.desk.claim(user("ada"), record.issue.id)
        for _ in range(rows):
            async with office.store.read() as tx:
                due = await tx.outbox.due(office.clock.now(), 1, frozenset())
            for row in due:
                await office.outbox.perform_row(row)
        await office.intake.receive(office.homeserver.take())
        assert await examine(office) == []

    async def test_what_is_wrong_for_a_moment_only_is_not_reported(self, office: Office) -> None:
        record = await office.claimed_issue()
        event = put_member(office, record.issue.guest_room, ROBOT)
        examination = Examination(office.store, office.homeserver, office.clock, BOT, SERVER, between_looks=0)
        look = examination.look

        async def look_and_mend() -> Any:
            world = await look()
            put_member(office, record.issue.guest_room, ROBOT, "leave")
            return world

        examination.look = look_and_mend  # type: ignore[method-assign]  # what happens between two looks
        assert await examination.examine() == []
        assert event == FORCED


class TestPeople:
    async def test_g3_a_guest_without_cover(self, office: Office) -> None:
        record = await office.claimed_issue()
        put_member(office, record.issue.guest_room, user("ada"), "leave")
        (breach,) = await of_check(office, "G3")
        assert breach.room == record.issue.guest_room
        guests_join = office.homeserver.rooms[RoomId(str(breach.room))].state["m.room.member", GINA.user_id]
        assert breach.event == guests_join.event_id

    async def test_g3_cover_that_is_suspended_is_none(self, office: Office) -> None:
        record = await office.claimed_issue()
        key = f"{PERSON_KEY_PREFIX}{user('ada')}"
        entry = dict(office.homeserver.rooms[policy_room(office)].state[PERSON_STATE, key].content)
        force(office, policy_room(office), PERSON_STATE, {**entry, "status": "suspended"}, key)
        (breach,) = await of_check(office, "G3")
        assert breach.room == record.issue.guest_room

    async def test_g4_guests_who_meet(self, office: Office) -> None:
        record = await office.claimed_issue()
        put_member(office, record.issue.guest_room, "@guest-hugo:test")
        (breach,) = await of_check(office, "G4")
        assert "@guest-hugo:test" in breach.sentence

    @pytest.mark.parametrize("membership", ["join", "invite"])
    async def test_r1_a_robot_with_a_guest(self, office: Office, membership: str) -> None:
        record = await office.claimed_issue()
        event = put_member(office, record.issue.guest_room, ROBOT, membership)
        (breach,) = await of_check(office, "R1")
        assert (breach.room, breach.event) == (record.issue.guest_room, event)

    @pytest.mark.parametrize("room_of", [queue_room, policy_room])
    async def test_s2_a_guest_in_a_room_of_staff(self, office: Office, room_of: Callable[[Office], RoomId]) -> None:
        event = put_member(office, room_of(office), GINA.user_id)
        (breach,) = await of_check(office, "S2")
        assert (breach.room, breach.event) == (room_of(office), event)

    async def test_s2_a_guest_in_a_staff_room(self, office: Office) -> None:
        record = await office.claimed_issue()
        put_member(office, record.issue.staff_room, GINA.user_id)
        assert await of_check(office, "S2", record.issue.staff_room)


class TestSettings:
    @pytest.mark.parametrize(
        ("event_type", "content"),
        [
            ("m.room.history_visibility", {"history_visibility": "world_readable"}),
            ("m.room.join_rules", {"join_rule": "public"}),
            ("m.room.guest_access", {"guest_access": "can_join"}),
            ("m.room.encryption", {"algorithm": "m.megolm.v1.aes-sha2"}),
            ("m.room.power_levels", {"invite": 0}),
        ],
    )
    async def test_a_setting_that_is_not_ours(self, office: Office, event_type: str, content: dict[str, Any]) -> None:
        record = await office.claimed_issue()
        event = force(office, record.issue.guest_room, event_type, content)
        breaches = await of_check(office, "settings", record.issue.guest_room)
        assert breaches
        assert {breach.event for breach in breaches} == {event}

    async def test_g1_a_guest_with_power(self, office: Office) -> None:
        record = await office.claimed_issue()
        room = RoomId(str(record.issue.guest_room))
        levels = dict(office.homeserver.rooms[room].state["m.room.power_levels", ""].content)
        force(office, room, "m.room.power_levels", {**levels, "users": {GINA.user_id: 50}})
        (breach,) = await of_check(office, "G1")
        assert GINA.user_id in breach.sentence

    async def test_s2_a_room_of_staff_that_other_servers_see(self, office: Office) -> None:
        record = await office.claimed_issue()
        room = RoomId(str(record.issue.staff_room))
        created = dict(office.homeserver.rooms[room].state["m.room.create", ""].content)
        force(office, room, "m.room.create", {**created, "m.federate": True})
        assert await of_check(office, "S2", room)

    async def test_f1_a_guest_room_that_others_see_and_do_not_ask_about(self, office: Office) -> None:
        record = await office.claimed_issue()
        room = RoomId(str(record.issue.guest_room))
        created = dict(office.homeserver.rooms[room].state["m.room.create", ""].content)
        force(office, room, "m.room.create", {**created, "m.federate": True})
        assert await of_check(office, "F1", room)


class TestIssues:
    async def test_l1_an_assignee_who_is_not_there(self, office: Office) -> None:
        record = await office.claimed_issue()
        put_member(office, record.issue.staff_room, user("ada"), "leave")
        (breach,) = await of_check(office, "L1")
        assert breach.room == record.issue.staff_room

    async def test_a_room_that_says_something_else_than_the_issue(self, office: Office) -> None:
        record = await office.claimed_issue()
        content = dict(office.homeserver.rooms[RoomId(str(record.issue.staff_room))].state[ISSUE_STATE, ""].content)
        event = force(office, record.issue.staff_room, ISSUE_STATE, {**content, "status": "queued"})
        (breach,) = await of_check(office, "state")
        assert (breach.room, breach.event) == (record.issue.staff_room, event)

    async def test_a_guest_who_may_write_after_the_end(self, office: Office) -> None:
        record = await office.claimed_issue()
        room = RoomId(str(record.issue.guest_room))
        before = dict(office.homeserver.rooms[room].state["m.room.power_levels", ""].content)
        await office.desk.conclude(user("ada"), record.issue.id, Conclusion.RESOLVED, "")
        await office.settle()
        force(office, room, "m.room.power_levels", before)
        (breach,) = await of_check(office, "state")
        assert "may write" in breach.sentence

    async def test_a_room_that_the_bridge_was_taken_out_of(self, office: Office) -> None:
        record = await office.claimed_issue()
        put_member(office, record.issue.staff_room, BOT, "leave")
        assert await of_check(office, "orphan", record.issue.staff_room)


class TestTheRest:
    async def test_a_directory_that_differs_from_the_list(self, office: Office) -> None:
        key = f"{PERSON_KEY_PREFIX}@mallory:test"
        entry = {"user_id": "@mallory:test", "role": "supervisor", "tier": None, "status": "allowed", "audience": None}
        force(office, policy_room(office), PERSON_STATE, entry, key)
        (breach,) = await of_check(office, "directory")
        assert "@mallory:test" in breach.sentence

    async def test_a_projection_that_differs_from_the_room(self, office: Office) -> None:
        record = await office.claimed_issue()
        put_member(office, record.issue.staff_room, user("sam"))
        (breach,) = await of_check(office, "projection")
        assert "@sam:test" in breach.sentence

    async def test_a_room_that_belongs_to_no_issue_and_its_address(self, office: Office) -> None:
        alias = RoomAlias("#chaperone-left-over:test")
        room = await office.homeserver.ensure_room(RoomPlan(alias, RoomKind.STAFF, "x", "", {}, "shared"))
        await office.settle()
        sentences = {b.sentence for b in await of_check(office, "orphan", room)}
        assert sentences == {
            "This staff room belongs to no issue.",
            f"{alias} was for the making of this room only.",
        }

    async def test_an_address_that_is_gone(self, office: Office) -> None:
        await office.homeserver.drop_alias(RoomAlias("#chaperone-queue-t2:test"))
        (breach,) = await of_check(office, "orphan")
        assert "#chaperone-queue-t2:test" in breach.sentence

    async def test_a_row_that_was_given_up(self, office: Office) -> None:
        record = await office.claimed_issue()
        office.homeserver.act(
            user("ada"), RoomId(str(record.issue.guest_room)), "m.room.member", {"membership": "leave"}, GINA.user_id
        )
        await office.desk.write(GINA, str(record.issue.guest_room), "t", "words of somebody removed")
        await office.settle()
        (breach,) = await of_check(office, "outbox")
        assert "post words" in breach.sentence

    async def test_l3_a_deadline_that_passed_unnoticed(self, office: Office) -> None:
        async with office.store.write() as tx:
            await tx.timers.set(Timer(Deadline.SILENCE, "7", office.clock.now() - timedelta(hours=1)))
        (breach,) = await of_check(office, "L3")
        assert "silence of 7" in breach.sentence

    async def test_l3_an_issue_that_may_wait_for_ever(self, office: Office) -> None:
        queued, opened = await office.open_issue(), await office.claimed_issue()
        async with office.store.write() as tx:
            for kind in Deadline:
                await tx.timers.clear(kind, queued.issue.id)
        (breach,) = await of_check(office, "L3")
        assert f"Issue {queued.issue.id} is queued" in breach.sentence
        assert opened.issue.id not in breach.sentence


class TestEscalated:
    @pytest.mark.parametrize("mode", Mode)
    async def test_what_was_escalated_is_well_at_every_stage(self, office: Office, mode: Mode) -> None:
        record = await office.claimed_issue()
        await office.desk.escalate(user("ada"), record.issue.id, mode, "too hard")
        await office.settle()
        assert await examine(office) == []
        child = (await office.record(record.issue.id)).issue.child or record.issue.id
        await office.desk.claim(user("ben"), child)
        await office.settle()
        assert await examine(office) == []
        await office.desk.conclude(user("ben"), child, Conclusion.GUEST_DISENGAGED, "")
        await office.settle()
        assert await examine(office) == []

    async def test_l2_an_issue_whose_child_does_not_know_of_it(self, office: Office) -> None:
        record = await office.claimed_issue()
        await office.desk.escalate(user("ada"), record.issue.id, Mode.NEW_ROOM, "too hard")
        await office.settle()
        child = await office.record((await office.record(record.issue.id)).issue.child or record.issue.id)
        async with office.store.write() as tx:
            await tx.issues.save(replace(child.issue, parent=None))
        (breach,) = await of_check(office, "L2")
        assert f"goes on in issue {child.issue.id}" in breach.sentence

    async def test_l2_an_issue_that_was_escalated_to_nowhere(self, office: Office) -> None:
        record = await office.open_issue()
        await office.desk.conclude(user("ada"), record.issue.id, Conclusion.ESCALATED, "")
        await office.settle()
        (breach,) = await of_check(office, "L2")
        assert "goes on in no other" in breach.sentence


def test_two_looks_compare_what_is_wrong_and_not_the_event_that_shows_it() -> None:
    one, other = Breach("G3", "x", RoomId("!r"), EventId("$1")), Breach("G3", "x", RoomId("!r"), EventId("$2"))
    assert one == other


class TestSpacesAndChats:
    async def test_a_room_that_is_not_in_its_space_or_in_another_one(self, office: Office) -> None:
        record = await office.claimed_issue()
        assert record.issue.guest_room is not None
        for tier, content in ((Tier.T1, {}), (Tier.T2, {"via": ["test"]})):
            space = office.homeserver.aliases[space_alias(tier, SERVER)]
            event = force(office, space, CHILD, content, record.issue.guest_room)
            (breach,) = await of_check(office, "space", space)
            assert breach.event == event
            assert record.issue.guest_room in breach.sentence

    async def test_a_chat_of_nobody(self, office: Office) -> None:
        plan = RoomPlan(RoomAlias("#chaperone-x:test"), RoomKind.DIRECT, "x", "", {}, "shared")
        room = await office.homeserver.ensure_room(plan)
        await office.homeserver.drop_alias(plan.alias)
        (breach,) = await of_check(office, "orphan", room)
        assert breach.sentence == "This direct room belongs to no chat."
