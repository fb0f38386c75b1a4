"""A robot's words as they grow: from the robot itself only, in its own answer, in the room of an open issue."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bots.live import LiveWords
from bridge.appservice.streams import StreamDoor
from bridge.ports import IssueRecord, WordsGrow
from policies.issue import Conclusion
from policies.names import EventId, RoomId, UserId
from policies.streaming import STREAM_PATH, derive_stream_token
from tests.bridge.gateway.hall import ADA, GINA, ROBOT, Hall, open_hall

SECRET = "the robots' secret"


@dataclass
class Door:
    hall: Hall
    client: TestClient[Any, Any]
    record: IssueRecord
    answer: EventId

    @property
    def room(self) -> RoomId:
        return RoomId(str(self.record.issue.staff_room))

    async def tell(self, token: str | None = None, **keys: Any) -> int:
        body = {"user_id": ROBOT.user_id, "room_id": self.room, "event_id": self.answer, "body": "Field 7", **keys}
        given = derive_stream_token(SECRET, ROBOT.user_id) if token is None else token
        headers = {"Authorization": f"Bearer {given}"}
        async with self.client.post(STREAM_PATH, json=body, headers=headers) as response:
            return response.status

    def told(self) -> list[WordsGrow]:
        return [notice for notice in self.hall.office.notices.heard if isinstance(notice, WordsGrow)]


@pytest.fixture
async def door(tmp_path: Path) -> AsyncIterator[Door]:
    async with open_hall(tmp_path) as hall:
        record = await hall.office.claimed_issue()
        answer = await hall.office.answer(record.issue.staff_room, "Working …", "pending")
        await hall.settle()
        app = web.Application()
        StreamDoor(hall.office.store, hall.office.notices, SECRET).add_to(app)
        async with TestClient(TestServer(app)) as client:
            yield Door(hall, client, record, answer)


async def test_words_of_a_robot_reach_the_sockets_of_the_staff_room_and_no_guest(door: Door) -> None:
    staff, guest = await door.hall.open(ADA), await door.hall.open(GINA)
    await staff.join(door.room)
    await guest.join(RoomId(str(door.record.issue.guest_room)))
    assert await door.tell() == 204
    await staff.rest()
    await guest.rest()
    (frame,) = [frame for frame in staff.seen if frame["type"] == "stream"]
    assert frame == {
        "type": "stream",
        "room": door.room,
        "target": door.answer,
        "user_id": ROBOT.user_id,
        "body": "Field 7",
    }
    assert not [frame for frame in guest.seen if frame["type"] == "stream"]


@pytest.mark.parametrize("token", ["", "x", derive_stream_token(SECRET, UserId("@other:localhost")), SECRET])
async def test_nobody_but_the_robot_itself_may_tell(door: Door, token: str) -> None:
    assert await door.tell(token) == 401
    assert door.told() == []


async def test_who_is_no_listed_robot_may_not(door: Door) -> None:
    token = derive_stream_token(SECRET, ADA.user_id)
    said = await door.hall.office.say(ADA.user_id, door.room, "I am Ada")
    assert await door.tell(token, user_id=ADA.user_id, event_id=said) == 404


@pytest.mark.parametrize("keys", [{"event_id": "$elsewhere"}, {"room_id": "!elsewhere"}])
async def test_where_there_is_no_answer_nothing_is_told(door: Door, keys: dict[str, str]) -> None:
    assert await door.tell(**keys) == 404
    assert await door.tell(room_id=str(door.record.issue.guest_room)) == 404
    assert door.told() == []


async def test_in_a_concluded_issue_nothing_is_told_any_more(door: Door) -> None:
    await door.hall.office.desk.conclude(ADA.user_id, door.record.issue.id, Conclusion.RESOLVED, "")
    assert await door.tell() == 404


@pytest.mark.parametrize("body", [5, "x" * 8_001])
async def test_what_are_no_words_is_refused(door: Door, body: object) -> None:
    assert await door.tell(body=body) == 400


async def test_the_robots_side_speaks_to_it(door: Door) -> None:
    live = LiveWords(str(door.client.make_url("")).rstrip("/"), SECRET, ROBOT.user_id)
    answer = live.begin(door.room, door.answer)
    answer.tell("Field")
    while not door.told():
        await door.hall.settle()
    await answer.end()
    assert door.told()[0].body == "Field"
