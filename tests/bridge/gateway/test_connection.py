"""Messages from their frame to the last `ack`, over real sockets and a real store."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from bridge.gateway.connection import MAX_REASON, build_reason
from policies.issue import Conclusion
from policies.names import RoomId
from tests.bridge.gateway.hall import ADA, BEN, GINA, HUGO, Hall, open_hall, texts_of


async def written(hall: Hall, room: RoomId | None) -> list[str]:
    """What stands in a room on the homeserver."""
    assert room is not None
    await hall.settle()
    return [body for _, body in hall.office.homeserver.bodies(room)]


class TestAck:
    async def test_in_the_usual_case_an_ack_carries_the_event_and_the_event_carries_the_txn_id(
        self, tmp_path: Path
    ) -> None:
        async with open_hall(tmp_path, ack_patience_seconds=60) as hall:
            record = await hall.office.claimed_issue()
            window, second = await hall.open(GINA), await hall.open(GINA)
            ada = await hall.open(ADA)
            for one in (window, second, ada):
                await one.join(record.issue.guest_room)
            await window.say(record.issue.guest_room, "It is Firefox.", "t1")
            frames = await window.rest()
            [ack] = [frame for frame in frames if frame["type"] == "ack"]
            [event] = [frame["event"] for frame in frames if frame["type"] == "event"]
            assert ack == {
                "type": "ack",
                "room": record.issue.guest_room,
                "txn_id": "t1",
                "event_id": event["event_id"],
            }
            assert (event["txn_id"], event["sender"]) == ("t1", GINA.user_id)
            [again] = [frame["event"] for frame in await second.rest() if frame["type"] == "event"]
            assert again["txn_id"] == "t1"
            [seen] = [frame["event"] for frame in await ada.rest() if frame["type"] == "event"]
            assert "txn_id" not in seen

    async def test_while_the_homeserver_is_away_words_are_acknowledged_and_again_once_they_are_placed(
        self, hall: Hall
    ) -> None:
        record = await hall.office.claimed_issue()
        window = await hall.open(GINA)
        await window.join(record.issue.guest_room)
        hall.office.homeserver.is_away = True
        await window.say(record.issue.guest_room, "Are you there?", "t1")
        assert "event_id" not in await window.next("ack")
        hall.office.homeserver.is_away = False
        await hall.settle()
        assert (await window.next("ack"))["event_id"].startswith("$")
        assert (await written(hall, record.issue.guest_room)).count("Are you there?") == 1

    async def test_the_same_message_over_two_sockets_is_one_message(self, hall: Hall) -> None:
        record = await hall.office.claimed_issue()
        room = record.issue.guest_room
        one, other = await hall.open(GINA), await hall.open(GINA)
        for window in (one, other):
            await window.join(room)
            await window.say(room, "Once.", "t1")
        acks = [[f for f in await window.rest() if f["type"] == "ack"] for window in (one, other)]
        assert {ack["txn_id"] for mine in acks for ack in mine} == {"t1"}
        assert (await written(hall, room)).count("Once.") == 1
        await one.ws.close()
        back = await hall.open(GINA)
        await back.join(room)
        await back.say(room, "Once.", "t1")
        [ack] = [frame for frame in await back.rest() if frame["type"] == "ack"]
        assert ack["event_id"].startswith("$")
        assert (await written(hall, room)).count("Once.") == 1

    async def test_a_txn_id_with_another_body_is_refused(self, hall: Hall) -> None:
        record = await hall.office.claimed_issue()
        window = await hall.open(GINA)
        await window.join(record.issue.guest_room)
        await window.say(record.issue.guest_room, "One.", "t1")
        await window.rest()
        await window.say(record.issue.guest_room, "Two.", "t1")
        [error] = [frame for frame in await window.rest() if frame["type"] == "error"]
        assert (error["errcode"], error["txn_id"]) == ("CHAPERONE_TXN_REUSED", "t1")

    async def test_messages_are_placed_in_the_order_in_which_they_were_sent(self, hall: Hall) -> None:
        record = await hall.office.claimed_issue()
        window = await hall.open(GINA)
        await window.join(record.issue.guest_room)
        sent = [f"Line {number}" for number in range(20)]
        for number, body in enumerate(sent):
            await window.say(record.issue.guest_room, body, f"t{number}")
        acks = [frame["txn_id"] for frame in await window.rest() if frame["type"] == "ack" and "event_id" in frame]
        assert acks == [f"t{number}" for number in range(20)]
        assert (await written(hall, record.issue.guest_room))[-20:] == sent

    async def test_other_frames_do_not_wait_for_a_message(self, hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
        record = await hall.office.claimed_issue()
        window = await hall.open(GINA)
        await window.join(record.issue.guest_room)
        await window.rest()
        may_go_on, write = asyncio.Event(), hall.office.desk.write

        async def slow(*given: Any) -> Any:
            await may_go_on.wait()
            return await write(*given)

        monkeypatch.setattr(hall.office.desk, "write", slow)
        await window.say(record.issue.guest_room, "Slowly.", "t1")
        await window.send("ping")
        assert (await window.receive())["type"] == "pong"
        may_go_on.set()
        assert (await window.next("ack"))["txn_id"] == "t1"

    async def test_what_the_store_cannot_take_is_an_error_and_can_be_sent_again(
        self, hall: Hall, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        record = await hall.office.claimed_issue()
        window = await hall.open(GINA)
        await window.join(record.issue.guest_room)
        await window.rest()

        async def broken(*_: Any) -> Any:
            raise OSError("disk full")

        with monkeypatch.context() as broken_disk:
            broken_disk.setattr(hall.office.desk, "write", broken)
            await window.say(record.issue.guest_room, "Hello.", "t1")
            [error] = await window.rest()
        assert (error["errcode"], error["txn_id"]) == ("M_UNKNOWN", "t1")
        await window.say(record.issue.guest_room, "Hello.", "t1")
        assert (await window.next("ack"))["txn_id"] == "t1"


class TestLobby:
    async def test_a_guest_sees_their_words_and_their_place_and_other_windows_see_what_is_added(
        self, hall: Hall
    ) -> None:
        record = await hall.office.open_issue()
        lobby = f"lobby:{record.issue.id}"
        one, other = await hall.open(GINA), await hall.open(GINA)
        history = await one.join(lobby)
        assert texts_of(history) == ["It says 500."]
        [issue] = [frame for frame in await one.rest() if frame["type"] == "issue"]
        assert (issue["status"], issue["queue_position"], issue["guest_room"]) == ("queued", 1, None)
        assert not {"staff_room", "tier", "assignee"} & issue.keys()
        await other.join(lobby)
        await one.say(lobby, "And it is slow.", "t1")
        for window in (one, other):
            [event] = [frame["event"] for frame in await window.rest() if frame["type"] == "event"]
            assert (event["content"]["body"], event["txn_id"]) == ("And it is slow.", "t1")
        [ack] = [frame for frame in one.seen if frame["type"] == "ack"]
        assert "event_id" not in ack

    async def test_a_place_in_the_queue_is_told_whenever_it_changes(self, hall: Hall) -> None:
        first = await hall.office.desk.open_issue(HUGO, "First", "Hello")
        assert not hasattr(first, "code")
        record = await hall.office.open_issue()
        window = await hall.open(GINA)
        await window.join(f"lobby:{record.issue.id}")
        positions = [frame["queue_position"] for frame in await window.rest() if frame["type"] == "issue"]
        await hall.office.desk.claim(ADA.user_id, first.issue.id)
        positions += [frame["queue_position"] for frame in await window.rest() if frame["type"] == "issue"]
        assert positions == [2, 1]

    async def test_a_claim_brings_the_guest_to_their_room_and_their_words_with_them(self, hall: Hall) -> None:
        record = await hall.office.open_issue()
        lobby = f"lobby:{record.issue.id}"
        window = await hall.open(GINA)
        await window.join(lobby)
        await window.say(lobby, "And it is slow.", "t1")
        await window.rest()
        await hall.office.desk.claim(ADA.user_id, record.issue.id)
        frames = await window.rest()
        issues = [frame for frame in frames if frame["type"] == "issue"]
        assert issues[-1]["status"] == "open"
        room = issues[-1]["guest_room"]
        assert room is not None
        assert next(f["event_id"] for f in frames if f["type"] == "ack" and f["txn_id"] == "t1").startswith("$")
        history = await window.join(room)
        assert texts_of(history) == ["It says 500.", "And it is slow."]
        mine = [event["txn_id"] for event in history["events"] if event["type"] == "m.room.message"]
        assert mine[1:] == ["t1"]

    async def test_a_guest_room_is_not_named_before_the_guest_is_in_it(self, hall: Hall) -> None:
        record = await hall.office.open_issue()
        window = await hall.open(GINA)
        await window.join(f"lobby:{record.issue.id}")
        await hall.office.desk.claim(ADA.user_id, record.issue.id)
        await window.rest()
        rooms = [frame["guest_room"] for frame in window.seen if frame["type"] == "issue"]
        named = next(room for room in rooms if room is not None)
        assert named == (await hall.office.record(record.issue.id)).issue.guest_room
        other = await hall.open(GINA)
        assert (await other.join(named))["type"] == "history"

    async def test_a_message_sent_to_the_lobby_and_again_to_the_room_is_one_message(self, hall: Hall) -> None:
        record = await hall.office.open_issue()
        window = await hall.open(GINA)
        await window.join(f"lobby:{record.issue.id}")
        await window.say(f"lobby:{record.issue.id}", "Once.", "t1")
        await window.rest()
        await hall.office.desk.claim(ADA.user_id, record.issue.id)
        await hall.settle()
        room = (await hall.office.record(record.issue.id)).issue.guest_room
        await window.join(room)
        await window.say(room, "Once.", "t1")
        await window.rest()
        assert (await written(hall, room)).count("Once.") == 1

    async def test_a_cursor_of_a_lobby_resumes_it(self, hall: Hall) -> None:
        record = await hall.office.open_issue()
        lobby = f"lobby:{record.issue.id}"
        window = await hall.open(GINA)
        cursor = (await window.join(lobby))["cursor"]
        for number in range(3):
            await window.say(lobby, f"Line {number}", f"t{number}")
        await window.rest()
        back = await hall.open(GINA)
        history = await back.join(lobby, cursor)
        assert texts_of(history) == ["Line 0", "Line 1", "Line 2"]
        assert history["complete"]


class TestConcluded:
    async def test_a_guest_reads_on_and_writes_no_more_and_is_told_that_it_can_be_reopened(self, hall: Hall) -> None:
        record = await hall.office.claimed_issue()
        room = record.issue.guest_room
        window = await hall.open(GINA)
        await window.join(room)
        await hall.office.desk.conclude(ADA.user_id, record.issue.id, Conclusion.RESOLVED, "Cache cleared.")
        issues = [frame for frame in await window.rest() if frame["type"] == "issue"]
        assert (issues[-1]["status"], issues[-1]["conclusion"]) == ("concluded", "resolved")
        await window.say(room, "Wait!", "t1")
        [error] = [frame for frame in await window.rest() if frame["type"] == "error"]
        assert (error["errcode"], error["txn_id"], error["reopen"]) == ("CHAPERONE_ISSUE_CONCLUDED", "t1", True)
        again = await hall.open(GINA)
        assert "It says 500." in texts_of(await again.join(room))

    async def test_a_guest_who_was_removed_still_reads_up_to_then(self, hall: Hall) -> None:
        record = await hall.office.claimed_issue()
        room = record.issue.guest_room
        assert room is not None
        window = await hall.open(GINA)
        await window.join(room)
        await window.rest()
        await hall.office.homeserver.remove(room, GINA.user_id, "concluded")
        await hall.office.say(ADA.user_id, room, "Only for colleagues.")
        frames = await window.rest()
        assert [f["event"]["content"]["membership"] for f in frames if f["type"] == "event"] == ["leave"]
        history = await (await hall.open(GINA)).join(room)
        assert texts_of(history) == ["It says 500."]
        await window.say(room, "Hello?", "t1")
        [error] = [frame for frame in await window.rest() if frame["type"] == "error"]
        assert error["errcode"] == "CHAPERONE_NOT_A_MEMBER"


class TestEmployees:
    async def test_an_employee_reads_the_staff_room_and_writes_as_themselves(self, hall: Hall) -> None:
        record = await hall.office.claimed_issue()
        window = await hall.open(ADA)
        await window.join(record.issue.staff_room)
        frames = await window.rest()
        [issue] = [frame for frame in frames if frame["type"] == "issue"]
        assert (issue["assignee"], issue["tier"]) == (ADA.user_id, "T1")
        assert {f["role"] for f in frames if f["type"] == "member"} >= {"staff", "robot", "bridge"}
        await window.say(record.issue.staff_room, "Looks like the cache.", "t1")
        [event] = [frame["event"] for frame in await window.rest() if frame["type"] == "event"]
        assert (event["sender"], event["txn_id"]) == (ADA.user_id, "t1")

    async def test_who_joins_a_staff_room_later_sees_all_of_it(self, hall: Hall) -> None:
        record = await hall.office.claimed_issue()
        await hall.office.say(ADA.user_id, record.issue.staff_room, "Looks like the cache.")
        await hall.office.desk.hand_over(ADA.user_id, record.issue.id, BEN.user_id)
        await hall.settle()
        window = await hall.open(BEN)
        assert "Looks like the cache." in texts_of(await window.join(record.issue.staff_room))

    async def test_who_joins_a_guest_room_later_sees_what_happens_from_then_on(self, hall: Hall) -> None:
        record = await hall.office.claimed_issue()
        await hall.office.desk.hand_over(ADA.user_id, record.issue.id, BEN.user_id)
        await hall.settle()
        window = await hall.open(BEN)
        assert "It says 500." not in texts_of(await window.join(record.issue.guest_room))


class TestReadMarks:
    async def test_how_far_one_has_read_is_told_to_the_others(self, hall: Hall) -> None:
        record = await hall.office.claimed_issue()
        room = record.issue.guest_room
        gina, ada = await hall.open(GINA), await hall.open(ADA)
        for window in (gina, ada):
            await window.join(room)
            await window.rest()
        said = await hall.office.say(ADA.user_id, room, "Which browser?")
        await gina.send("read", room=room, event_id=said)
        [read] = [frame for frame in await ada.rest() if frame["type"] == "read"]
        assert (read["user_id"], read["event_id"]) == (GINA.user_id, said)

    async def test_an_event_of_another_room_is_not_marked(self, hall: Hall) -> None:
        record = await hall.office.claimed_issue()
        elsewhere = await hall.office.say(ADA.user_id, record.issue.staff_room, "Hm.")
        gina = await hall.open(GINA)
        await gina.join(record.issue.guest_room)
        await gina.rest()
        await gina.send("read", room=record.issue.guest_room, event_id=elsewhere)
        await gina.send("read", room=record.issue.guest_room, event_id="$none")
        assert await gina.rest() == []


class TestReason:
    def test_a_reason_names_rooms_and_cursors(self) -> None:
        assert build_reason({"!a": 7, "lobby:1": 2}) == b'{"!a":7,"lobby:1":2}'

    def test_a_reason_has_as_many_rooms_as_a_close_frame_holds(self) -> None:
        rooms = {f"!{letter * 43}": 10**9 for letter in "abcdef"}
        reason = build_reason(rooms)
        assert len(reason) <= MAX_REASON
        assert reason.count(b"!") == 2
        assert build_reason({"!" + "x" * 250: 1}) == b"{}"
