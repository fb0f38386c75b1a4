"""From notices to sockets: no gap and no repeat, and nobody is shown what is not for them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bridge.desk.timeline import Timeline, VisibleHistory
from bridge.gateway import feed
from bridge.gateway.connection import Connection
from bridge.gateway.frames import ServerFrame
from bridge.ports import RoomGrew, Typing, WordsGrow
from policies.names import NAMESPACE, SHARED_KEY, IssueId, RoomId
from tests.bridge.gateway.hall import ADA, BEN, GINA, HUGO, ROBOT, Hall, Window, open_hall, texts_of


def said(frames: list[dict[str, Any]]) -> list[str]:
    """What was said, by histories and events alike, in the order it came."""
    bodies: list[str] = []
    for frame in frames:
        if frame["type"] == "history":
            bodies += texts_of(frame)
        elif frame["type"] == "event" and "body" in frame["event"]["content"]:
            bodies.append(frame["event"]["content"]["body"])
    return bodies


class TestNoGapAndNoRepeat:
    """What falls between a history and what follows it is put there by construction, not by luck."""

    @pytest.mark.parametrize("moment", ["before the read", "after the read", "both"])
    async def test_an_event_that_is_stored_while_a_room_is_joined_comes_exactly_once(
        self, hall: Hall, monkeypatch: pytest.MonkeyPatch, moment: str
    ) -> None:
        record = await hall.office.claimed_issue()
        room = record.issue.guest_room
        window = await hall.open(GINA)
        load = Timeline.load_history

        async def interrupted(timeline: Timeline, *asked: Any) -> VisibleHistory:
            if moment != "after the read":
                await hall.office.say(ADA.user_id, room, "just before")
            history = await load(timeline, *asked)
            if moment != "before the read":
                await hall.office.say(ADA.user_id, room, "just after")
            return history

        with monkeypatch.context() as while_joining:
            while_joining.setattr(Timeline, "load_history", interrupted)
            await window.join(room)
        await window.rest()
        expected = {
            "before the read": ["just before"],
            "after the read": ["just after"],
            "both": ["just before", "just after"],
        }[moment]
        assert said(window.seen) == ["It says 500.", *expected]

    async def test_a_notice_that_comes_after_the_history_that_has_its_event_is_not_told_again(self, hall: Hall) -> None:
        record = await hall.office.claimed_issue()
        room = record.issue.guest_room
        assert room is not None
        event_id = await hall.office.say(ADA.user_id, room, "Once.")
        async with hall.office.store.read() as tx:
            stored = await tx.events.load(event_id)
        assert stored is not None
        window = await hall.open(GINA)
        await window.join(room)
        hall.office.notices.publish(RoomGrew(room, [stored]))
        await window.rest()
        assert said(window.seen) == ["It says 500.", "Once."]

    async def test_who_comes_back_gets_what_was_missed_and_nothing_twice(self, hall: Hall) -> None:
        record = await hall.office.claimed_issue()
        room = record.issue.guest_room
        window = await hall.open(GINA)
        await window.join(room)
        await hall.office.say(ADA.user_id, room, "one")
        frames = await window.rest()
        cursor = [frame["cursor"] for frame in frames if frame["type"] == "event"][-1]
        await window.ws.close()
        await hall.office.say(ADA.user_id, room, "two")
        await hall.office.say(ADA.user_id, room, "three")
        back = await hall.open(GINA)
        history = await back.join(room, cursor)
        assert (texts_of(history), history["complete"]) == (["two", "three"], True)
        await hall.office.say(ADA.user_id, room, "four")
        assert said(await back.rest()) == ["four"]

    async def test_too_old_a_cursor_gives_the_newest_and_says_that_something_is_left_out(self, tmp_path: Path) -> None:
        async with open_hall(tmp_path, history_limit=2) as hall:
            record = await hall.office.claimed_issue()
            room = record.issue.guest_room
            window = await hall.open(GINA)
            cursor = (await window.join(room))["cursor"]
            for number in range(4):
                await hall.office.say(ADA.user_id, room, f"Line {number}")
            history = await (await hall.open(GINA)).join(room, cursor)
            assert (texts_of(history), history["complete"]) == (["Line 2", "Line 3"], False)

    async def test_a_cursor_from_the_future_is_as_good_as_none(self, hall: Hall) -> None:
        record = await hall.office.claimed_issue()
        window = await hall.open(GINA)
        history = await window.join(record.issue.guest_room, 10**9)
        assert texts_of(history) == ["It says 500."]
        await hall.office.say(ADA.user_id, record.issue.guest_room, "Hello.")
        assert "Hello." in said(await window.rest())

    async def test_many_windows_that_join_amid_a_conversation_all_see_all_of_it(self, hall: Hall) -> None:
        record = await hall.office.claimed_issue()
        room = record.issue.guest_room
        windows = [await hall.open(GINA) for _ in range(6)]
        for number, window in enumerate(windows):
            await window.send("join", room=room)
            await hall.office.say(ADA.user_id, room, f"Line {number}")
        for window in windows:
            await window.rest()
            assert said(window.seen) == ["It says 500.", *(f"Line {n}" for n in range(6))]

    async def test_lost_notices_end_the_sockets_so_that_they_catch_up(self, hall: Hall) -> None:
        record = await hall.office.claimed_issue()
        window = await hall.open(GINA)
        cursor = (await window.join(record.issue.guest_room))["cursor"]
        await window.rest()
        notices: Any = hall.office.notices
        [subscription] = notices.gateway._subscriptions
        subscription._most_waiting = 1
        for number in range(3):
            hall.office.homeserver.act(
                ADA.user_id, RoomId(str(record.issue.guest_room)), "m.room.message", {"body": f"Line {number}"}
            )
        await hall.office.intake.receive(hall.office.homeserver.take())
        notices.publish(Typing(RoomId("!elsewhere"), ()))
        notices.publish(Typing(RoomId("!elsewhere"), ()))
        assert (await window.closed())[0] == 1011
        subscription._most_waiting = 1000
        history = await (await hall.open(GINA)).join(record.issue.guest_room, cursor)
        assert texts_of(history) == ["Line 0", "Line 1", "Line 2"]

    async def test_a_feed_that_fails_ends_its_sockets_and_no_others(
        self, hall: Hall, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        record = await hall.office.claimed_issue()
        room = record.issue.guest_room
        window, elsewhere = await hall.open(GINA), await hall.open(ADA)
        cursor = (await window.join(room))["cursor"]
        await window.rest()

        async def broken(*_: Any) -> Any:
            raise OSError("the disk is gone")

        with monkeypatch.context() as broken_store:
            broken_store.setattr(Timeline, "load_live", broken)
            await hall.office.say(ADA.user_id, room, "Hello.")
            assert (await window.closed())[0] == 1011
        assert await elsewhere.rest() == []
        assert texts_of(await (await hall.open(GINA)).join(room, cursor)) == ["Hello."]

    async def test_a_room_that_cannot_be_read_is_an_error_and_can_be_joined_later(
        self, hall: Hall, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        record = await hall.office.claimed_issue()
        window = await hall.open(GINA)

        async def broken(*_: Any) -> Any:
            raise OSError("the disk is gone")

        with monkeypatch.context() as broken_store:
            broken_store.setattr(Timeline, "load_history", broken)
            await window.send("join", room=record.issue.guest_room)
            [error] = await window.rest()
        assert (error["errcode"], error["room"]) == ("M_UNKNOWN", record.issue.guest_room)
        assert (await window.join(record.issue.guest_room))["type"] == "history"


class TestBlindness:
    """A guest's socket receives nothing of the staff's side: not by any frame, not in any key."""

    async def _whole_way(self, hall: Hall, window: Window) -> IssueId:
        """An issue from its first word to its conclusion, with a robot, a share and a handover."""
        office = hall.office
        record = await office.open_issue()
        await window.join(f"lobby:{record.issue.id}")
        await office.desk.claim(ADA.user_id, record.issue.id)
        await hall.settle()
        record = await office.record(record.issue.id)
        await window.join(record.issue.guest_room)
        await office.say(ADA.user_id, record.issue.staff_room, "secret: let us ask the robot")
        answer = await office.answer(record.issue.staff_room, "secret: field 7 is missing")
        await office.desk.share(ADA.user_id, record.issue.id, answer, "Field 7 is missing.")
        await office.desk.hand_over(ADA.user_id, record.issue.id, BEN.user_id)
        await window.say(record.issue.guest_room, "Thank you!", "t9")
        await hall.settle()
        for room in (record.issue.staff_room, office.queue()):
            assert room is not None
            office.notices.publish(Typing(room, (ADA.user_id,)))
            office.notices.publish(WordsGrow(room, answer, ROBOT.user_id, "secret: field 7"))
        return record.issue.id

    async def test_a_guest_hears_nothing_of_the_staff_room(self, hall: Hall) -> None:
        window = await hall.open(GINA)
        issue_id = await self._whole_way(hall, window)
        await window.rest()
        issue = (await hall.office.record(issue_id)).issue
        everything = json.dumps(window.seen)
        assert "Field 7 is missing." in everything
        for secret in ("secret", ROBOT.user_id, "istackbuddy", str(issue.staff_room), str(hall.office.queue())):
            assert secret.lower() not in everything.lower()

    async def test_the_only_key_of_ours_that_a_guest_gets_is_that_of_a_shared_copy(self, hall: Hall) -> None:
        window = await hall.open(GINA)
        await self._whole_way(hall, window)
        await window.rest()
        again = await hall.open(GINA)
        issue = [frame for frame in window.seen if frame["type"] == "issue"][-1]
        window.seen.append(await again.join(issue["guest_room"]))
        keys = {key for frame in window.seen for key in keys_in(frame) if key.startswith(NAMESPACE)}
        assert keys == {SHARED_KEY}

    async def test_a_guest_who_knows_the_ids_gets_nothing_by_them(self, hall: Hall) -> None:
        record = await hall.office.claimed_issue()
        secret = await hall.office.say(ADA.user_id, record.issue.staff_room, "secret")
        window = await hall.open(GINA)
        await window.join(record.issue.guest_room)
        await window.rest()
        await window.send("join", room=record.issue.staff_room)
        await window.say(record.issue.staff_room, "Hello?", "t1")
        await window.send("read", room=record.issue.guest_room, event_id=secret)
        await window.send("read", room=record.issue.staff_room, event_id=secret)
        frames = await window.rest()
        assert {frame["type"] for frame in frames} == {"error"}
        assert "secret" not in json.dumps(frames)
        assert "Hello?" not in json.dumps(hall.office.homeserver.bodies(RoomId(str(record.issue.staff_room))))

    async def test_somebody_elses_guest_hears_nothing_of_the_issue(self, hall: Hall) -> None:
        record = await hall.office.claimed_issue()
        window = await hall.open(HUGO)
        for room in (f"lobby:{record.issue.id}", record.issue.guest_room):
            await window.send("join", room=room)
        await hall.office.say(ADA.user_id, record.issue.guest_room, "private")
        assert {frame["type"] for frame in await window.rest()} == {"error"}

    async def test_an_employee_who_is_removed_hears_of_that_and_no_more(self, hall: Hall) -> None:
        record = await hall.office.claimed_issue()
        room = record.issue.staff_room
        assert room is not None
        window = await hall.open(ADA)
        await window.join(room)
        await window.rest()
        await hall.office.homeserver.remove(room, ADA.user_id, "gone")
        await hall.settle()
        office_says = await hall.office.say(hall.office.homeserver.bot, room, "Only for who is here.")
        hall.office.notices.publish(Typing(room, (BEN.user_id,)))
        frames = await window.rest()
        assert office_says not in json.dumps(frames)
        assert [f["event"]["content"]["membership"] for f in frames if f["type"] == "event"] == ["leave"]
        assert not [f for f in frames if f["type"] == "typing"]


class TestCost:
    async def test_an_event_is_made_into_bytes_once_for_each_audience(
        self, hall: Hall, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        record = await hall.office.claimed_issue()
        room = record.issue.guest_room
        windows = [await hall.open(who) for who in (GINA, GINA, GINA, ADA, ADA)]
        for window in windows:
            await window.join(room)
            await window.rest()
        built: list[str] = []
        build = feed.build_text_of

        def counted(frame: ServerFrame) -> bytes:
            built.append(frame.type)
            return build(frame)

        monkeypatch.setattr(feed, "build_text_of", counted)
        await hall.office.act(ADA.user_id, room, "m.room.message", {"msgtype": "m.text", "body": "Hello."})
        for window in windows:
            assert said(await window.rest()) == ["Hello."]
        assert built == ["event", "event"]

    async def test_a_room_that_nobody_looks_at_costs_nothing(self, hall: Hall) -> None:
        record = await hall.office.claimed_issue()
        window = await hall.open(GINA)
        await window.join(record.issue.guest_room)
        assert len(hall.gateway.fanout._feeds) == 1
        await window.send("leave", room=record.issue.guest_room)
        await window.rest()
        await hall.office.say(ADA.user_id, record.issue.guest_room, "Hello.")
        assert hall.gateway.fanout._feeds == {}
        assert hall.gateway.fanout._by_issue == {}

    async def test_unknown_rooms_leave_nothing_behind(self, hall: Hall) -> None:
        window = await hall.open(GINA)
        for number in range(20):
            await window.send("join", room=f"!nowhere{number}")
        assert len(await window.rest()) == 20
        assert hall.gateway.fanout._feeds == {}


class TestSlowReaders:
    async def test_who_reads_nothing_is_closed_with_their_cursor_and_others_notice_nothing(
        self, tmp_path: Path
    ) -> None:
        async with open_hall(tmp_path, max_queue=128 * 1024) as hall:
            record = await hall.office.claimed_issue()
            room = RoomId(str(record.issue.guest_room))
            slow, quick = await hall.open(GINA), await hall.open(ADA)
            for window in (slow, quick):
                await window.join(room)
                await window.rest()
            [connection] = [r for r in hall.gateway.fanout.readers() if r.principal == GINA]
            assert isinstance(connection, Connection)
            its_protocol: Any = slow.ws._reader._protocol
            its_protocol.pause_reading()
            number = 0
            while connection.is_open:
                hall.office.homeserver.act(
                    ADA.user_id, room, "m.room.message", {"msgtype": "m.text", "body": f"{number} " + "x" * 50_000}
                )
                await hall.office.intake.receive(hall.office.homeserver.take())
                await hall._let_run()
                number += 1
                assert number < 2000
            assert connection._wire._transport.get_write_buffer_size() < 128 * 1024 + 2 * 60_000
            its_protocol.resume_reading()
            code, reason = await slow.closed()
            assert code == 4008
            got = [frame for frame in slow.seen if frame["type"] == "event"]
            assert json.loads(reason) == {room: got[-1]["cursor"]}
            assert said(await quick.rest())[-1].startswith(f"{number - 1} ")
            back = await hall.open(GINA)
            history = await back.join(room, got[-1]["cursor"])
            assert texts_of(history)[-1].startswith(f"{number - 1} ")

    async def test_a_history_that_is_too_long_for_the_queue_has_only_its_newest_events(self, tmp_path: Path) -> None:
        async with open_hall(tmp_path, max_queue=128 * 1024) as hall:
            record = await hall.office.claimed_issue()
            for number in range(8):
                await hall.office.say(ADA.user_id, record.issue.guest_room, f"{number} " + "x" * 20_000)
            history = await (await hall.open(GINA)).join(record.issue.guest_room)
            assert not history["complete"]
            assert [text[0] for text in texts_of(history)] == ["6", "7"]


class TestTyping:
    async def test_who_is_writing_is_told_to_who_looks(self, hall: Hall) -> None:
        record = await hall.office.claimed_issue()
        room = RoomId(str(record.issue.guest_room))
        window = await hall.open(GINA)
        await window.join(room)
        await window.rest()
        hall.office.notices.publish(Typing(room, (ADA.user_id,)))
        [typing] = await window.rest()
        assert typing == {"type": "typing", "room": room, "users": [ADA.user_id]}

    async def test_a_guests_typing_is_taken_without_a_word(self, hall: Hall) -> None:
        record = await hall.office.claimed_issue()
        window = await hall.open(GINA)
        await window.join(record.issue.guest_room)
        await window.rest()
        await window.send("typing", room=record.issue.guest_room, on=True)
        assert await window.rest() == []


def keys_in(value: Any) -> list[str]:
    """Every key in a JSON value, however deep."""
    if isinstance(value, dict):
        return [*value, *(key for inner in value.values() for key in keys_in(inner))]
    if isinstance(value, list):
        return [key for inner in value for key in keys_in(inner)]
    return []
