from __future__ import annotations

import pytest

from bridge.desk.timeline import Timeline, VisibleHistory
from bridge.desk.visible import Viewers
from bridge.errors import Unknown
from bridge.ports import Profile
from policies.escalation import Mode
from policies.names import Role, RoomId
from policies.rooms import RoomKind
from tests.bridge.desk.office import GINA, STAFF, Office, principal

ADA, AMY, BEN, SAM, ROBOT = STAFF
HUGO = principal("guest-hugo", Role.GUEST)


def said(history: VisibleHistory) -> list[tuple[str, str]]:
    """Who said what."""
    return [(e.sender_name, e.content["body"]) for e in history.events if e.type == "m.room.message"]


async def guest_room(office: Office) -> RoomId:
    """Of an issue that Ada has claimed."""
    room = (await office.claimed_issue()).issue.guest_room
    assert room is not None
    return room


async def load(office: Office, who: object, room: str, since: int | None = None, limit: int = 100) -> VisibleHistory:
    return await Timeline(office.store).load_history(who, room, since, limit)  # type: ignore[arg-type]  # of the cast


class TestMayRead:
    async def test_who_is_in_a_room_may_read_it(self, office: Office) -> None:
        record = await office.claimed_issue()
        timeline = Timeline(office.store)
        found = await timeline.may_read(GINA, str(record.issue.guest_room))
        assert found is not None
        assert (found.kind, found.issue_id) == (RoomKind.GUEST, record.issue.id)
        assert await timeline.may_read(ADA, str(record.issue.staff_room)) is not None

    async def test_nobody_else_may_and_an_unknown_room_is_no_different(self, office: Office) -> None:
        record = await office.claimed_issue()
        timeline = Timeline(office.store)
        for who, room in (
            (HUGO, record.issue.guest_room),
            (BEN, record.issue.guest_room),
            (GINA, record.issue.staff_room),
            (GINA, office.queue()),
            (GINA, "!nowhere"),
            (GINA, ""),
        ):
            assert await timeline.may_read(who, str(room)) is None
            with pytest.raises(Unknown) as unknown:
                await timeline.load_history(who, str(room), None, 10)
            assert str(unknown.value) == f"There is no room {str(room)!r}."

    async def test_a_lobby_is_for_its_guest_alone_and_has_one_name(self, office: Office) -> None:
        record = await office.open_issue()
        timeline = Timeline(office.store)
        lobby = f"lobby:{record.issue.id}"
        found = await timeline.may_read(GINA, lobby)
        assert found is not None
        assert (found.room_id, found.kind, found.issue_id) == (lobby, RoomKind.GUEST, record.issue.id)
        for who in (HUGO, ADA, SAM):
            assert await timeline.may_read(who, lobby) is None
        for name in ("lobby:", "lobby:x", "lobby:0", f"lobby:0{record.issue.id}", f"lobby: {record.issue.id}"):
            assert await timeline.may_read(GINA, name) is None


class TestHistory:
    async def test_a_guest_sees_the_room_from_when_they_came(self, office: Office) -> None:
        room = await guest_room(office)
        history = await load(office, GINA, room)
        assert history.events[0].type == "m.room.member"
        assert history.events[0].state_key == GINA.user_id
        assert said(history) == [("Guest-Gina", "It says 500.")]
        assert history.goes_on

    async def test_one_sees_ones_own_transaction_ids_and_nobody_elses(self, office: Office) -> None:
        room = await guest_room(office)
        await office.desk.write(GINA, room, "mine", "Hello?")
        await office.desk.write(ADA, room, "hers", "Hello!")
        await office.settle()
        for who, mine, txn_id in ((GINA, "Hello?", "mine"), (ADA, "Hello!", "hers")):
            history = await load(office, who, room)
            txn_ids = {e.content["body"]: e.txn_id for e in history.events if "Hello" in e.content.get("body", "")}
            assert txn_ids == {"Hello?": None, "Hello!": None} | {mine: txn_id}

    async def test_only_so_many_events_are_loaded_and_the_cursor_goes_on_from_there(self, office: Office) -> None:
        room = await guest_room(office)
        for number in range(5):
            await office.say(ADA.user_id, room, f"Line {number}")
        history = await load(office, GINA, room, limit=2)
        assert ([body for _, body in said(history)], history.complete) == (["Line 3", "Line 4"], False)
        await office.say(ADA.user_id, room, "Line 5")
        after = await load(office, GINA, room, since=history.cursor)
        assert ([body for _, body in said(after)], after.complete) == (["Line 5"], True)
        assert (await load(office, GINA, room, since=after.cursor)).cursor == after.cursor

    async def test_a_cursor_of_another_database_is_as_good_as_none(self, office: Office) -> None:
        room = await guest_room(office)
        assert said(await load(office, GINA, room, since=2**62)) == said(await load(office, GINA, room))

    async def test_who_was_removed_sees_up_to_then(self, office: Office) -> None:
        room = await guest_room(office)
        await office.homeserver.remove(room, GINA.user_id, "concluded")
        await office.settle()
        await office.say(ADA.user_id, room, "Only for colleagues.")
        history = await load(office, GINA, room)
        assert history.events[-1].content["membership"] == "leave"
        assert not history.goes_on

    async def test_a_staff_room_is_seen_whole_by_who_comes_later(self, office: Office) -> None:
        record = await office.claimed_issue()
        await office.say(ADA.user_id, record.issue.staff_room, "Looks like the cache.")
        await office.desk.hand_over(ADA.user_id, record.issue.id, BEN.user_id)
        await office.settle()
        history = await load(office, BEN, str(record.issue.staff_room))
        assert ("Ada", "Looks like the cache.") in said(history)

    async def test_who_was_away_for_a_while_does_not_see_what_was_said_then(self, office: Office) -> None:
        room = await guest_room(office)
        await office.homeserver.remove(room, GINA.user_id, "concluded")
        await office.settle()
        await office.say(ADA.user_id, room, "Only for colleagues.")
        await office.homeserver.invite(room, GINA.user_id, {})
        await office.homeserver.join(room, GINA.user_id)
        await office.settle()
        await office.say(ADA.user_id, room, "Welcome back.")
        history = await load(office, GINA, room)
        assert [body for _, body in said(history)] == ["It says 500.", "Welcome back."]
        assert history.goes_on

    async def test_an_edit_of_something_before_the_stretch_is_judged_by_who_wrote_that(self, office: Office) -> None:
        room = await guest_room(office)
        first = await office.say(ADA.user_id, room, "Wich?")
        cursor = (await load(office, GINA, room)).cursor
        relation = {"rel_type": "m.replace", "event_id": first}
        edit = {"m.new_content": {"msgtype": "m.text", "body": "Which?"}, "m.relates_to": relation}
        await office.say(ADA.user_id, room, "* Which?", **edit)
        await office.say(GINA.user_id, room, "* Witch!", **edit)
        history = await load(office, GINA, room, since=cursor)
        assert [(e.target, e.sender) for e in history.events] == [(first, ADA.user_id)]


class TestLobby:
    async def test_a_lobbys_events_are_the_words_that_wait_there(self, office: Office) -> None:
        record = await office.open_issue()
        lobby = f"lobby:{record.issue.id}"
        await office.desk.write(GINA, lobby, "t1", "And it is slow.")
        history = await load(office, GINA, lobby)
        assert said(history) == [("Guest-Gina", "It says 500."), ("Guest-Gina", "And it is slow.")]
        assert [e.seq for e in history.events] == [1, 2]
        assert history.events[1].txn_id == "t1"
        assert (history.cursor, history.complete) == (2, True)
        assert said(await load(office, GINA, lobby, since=1)) == [("Guest-Gina", "And it is slow.")]
        assert (await load(office, GINA, lobby, limit=1)).complete is False
        assert len((await load(office, GINA, lobby, since=99)).events) == 2


class TestPeople:
    async def test_guests_are_shown_people_only(self, office: Office) -> None:
        record = await office.claimed_issue()
        timeline = Timeline(office.store)
        room = await timeline.may_read(GINA, str(record.issue.guest_room))
        assert room is not None
        people = await timeline.load_people(Viewers.GUESTS, room)
        assert {p.user_id: p.role for p in people} == {ADA.user_id: Role.EMPLOYEE, GINA.user_id: Role.GUEST}
        everybody = await timeline.load_people(Viewers.STAFF, room)
        assert {p.role for p in everybody} == {Role.EMPLOYEE, Role.GUEST, Role.BRIDGE}

    async def test_staff_are_shown_the_robots_of_their_room(self, office: Office) -> None:
        record = await office.claimed_issue()
        timeline = Timeline(office.store)
        room = await timeline.may_read(ADA, str(record.issue.staff_room))
        assert room is not None
        assert Role.ROBOT in {p.role for p in await timeline.load_people(Viewers.STAFF, room)}

    async def test_nobody_is_in_a_lobby(self, office: Office) -> None:
        record = await office.open_issue()
        timeline = Timeline(office.store)
        room = await timeline.may_read(GINA, f"lobby:{record.issue.id}")
        assert room is not None
        assert await timeline.load_people(Viewers.GUESTS, room) == []


class TestLive:
    async def test_new_events_are_made_for_each_audience_that_is_there(self, office: Office) -> None:
        record = await office.claimed_issue()
        timeline = Timeline(office.store)
        room = await timeline.may_read(ADA, str(record.issue.guest_room))
        assert room is not None
        await office.desk.write(GINA, room.room_id, "t1", "Hello?")
        await office.settle()
        async with office.store.read() as tx:
            stretch = await tx.events.history(room.room_id, since=None, stretches=[(0, None)], limit=1)
        live = await timeline.load_live(room, stretch.events, [GINA, ADA])
        assert live.shown.keys() == {Viewers.GUESTS, Viewers.STAFF}
        assert set(live.txn_ids.values()) == {"t1"}
        without_her = await timeline.load_live(room, stretch.events, [ADA])
        assert set(without_her.shown) == {Viewers.STAFF}
        assert not without_her.txn_ids

    async def test_whose_membership_changed_is_told_by_name(self, office: Office) -> None:
        record = await office.claimed_issue()
        timeline = Timeline(office.store)
        room = await timeline.may_read(GINA, str(record.issue.guest_room))
        assert room is not None
        async with office.store.read() as tx:
            stretch = await tx.events.history(room.room_id, since=None, stretches=[(0, None)], limit=100)
        live = await timeline.load_live(room, stretch.events, [GINA])
        names = {p.user_id: p.name for p in live.people.values()}
        assert names == {GINA.user_id: "Guest-Gina", ADA.user_id: "Ada", office.homeserver.bot: "Chaperone"}


class TestGoingOn:
    """A conversation that was escalated to a new room is one for its guest, and two rooms for everybody else."""

    async def moved(self, office: Office) -> tuple[str, str]:
        """The old guest room and the new one."""
        record = await office.claimed_issue()
        await office.say(ADA.user_id, record.issue.guest_room, "Which form?")
        await office.desk.escalate(ADA.user_id, record.issue.id, Mode.NEW_ROOM, "too hard")
        await office.settle()
        child = (await office.record(record.issue.id)).issue.child
        assert child is not None
        new = (await office.record(child)).issue.guest_room
        await office.desk.write(GINA, str(record.issue.guest_room), "t9", "The blue one.")
        await office.settle()
        await office.say(BEN.user_id, new, "I am Ben.")
        return str(record.issue.guest_room), str(new)

    async def test_the_guest_reads_the_old_room_before_the_new_one(self, office: Office) -> None:
        _, new = await self.moved(office)
        bodies = [body for _, body in said(await load(office, GINA, new)) if "goes on" not in body]
        assert bodies == ["It says 500.", "Which form?", "The blue one.", "I am Ben."]

    async def test_their_own_words_keep_their_transaction_ids(self, office: Office) -> None:
        _, new = await self.moved(office)
        ids = [e.txn_id for e in (await load(office, GINA, new)).events if e.type == "m.room.message" and e.txn_id]
        assert ids[-1] == "t9"
        assert len(ids) == 2

    async def test_it_can_be_read_page_by_page_without_gap_or_repeat(self, office: Office) -> None:
        _, new = await self.moved(office)
        timeline = Timeline(office.store)
        whole = [e.event_id for e in (await load(office, GINA, new)).events]
        read, since = [], 0
        while page := (await timeline.load_history(GINA, new, since, 3, onward=True)).events:
            read += [e.event_id for e in page]
            since = page[-1].seq
        assert read == whole
        assert len({*read}) == len(read)

    async def test_somebody_of_the_staff_reads_each_room_for_itself(self, office: Office) -> None:
        old, new = await self.moved(office)
        assert "It says 500." not in [body for _, body in said(await load(office, BEN, new))]
        with pytest.raises(Unknown):
            await load(office, BEN, old)

    async def test_a_guest_who_comes_later_reads_nothing_of_a_room_they_were_not_in(self, office: Office) -> None:
        record = await office.desk.open_issue(GINA, "Ours", "We have a question.", is_group=True)
        async with office.store.write() as tx:
            await tx.principals.add(HUGO, Profile("Hugo"), None, office.clock.now())
        await office.desk.claim(ADA.user_id, record.issue.id)
        await office.settle()
        await office.desk.escalate(ADA.user_id, record.issue.id, Mode.NEW_ROOM, "too hard")
        await office.settle()
        child = (await office.record(record.issue.id)).issue.child
        assert child is not None
        await office.desk.bring_guest(ADA.user_id, child, HUGO.user_id)
        await office.settle()
        room = str((await office.record(child)).issue.guest_room)
        assert "We have a question." in [body for _, body in said(await load(office, GINA, room))]
        assert said(await load(office, HUGO, room)) == []
