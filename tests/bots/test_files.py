from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from bots.events import Event
from bots.files import RoomFiles, parse_attachment
from policies.names import EventId, RoomId, UserId
from policies.people import Directory
from tests.builders.anything import json_objects
from tests.builders.people import directory, employee, guest
from tests.fakes.robot_homeserver import FakeHomeserver

ROOM, ADA, GINA = RoomId("!room"), employee("ada"), guest("gina")
INFO = {"mimetype": "application/json", "size": 2}


def upload(name: str, sender: UserId = ADA.user_id, **keys: Any) -> dict[str, Any]:
    return {"msgtype": "m.file", "body": name, "url": f"mxc://localhost/{name}", "info": INFO, **keys}


@pytest.fixture
async def homeserver() -> FakeHomeserver:
    homeserver = FakeHomeserver(UserId("@robot:localhost"))
    await homeserver.log_in("", "")
    return homeserver


def files(homeserver: FakeHomeserver) -> RoomFiles:
    async def load_directory() -> Directory:
        return directory(ADA)

    return RoomFiles(homeserver, ROOM, EventId("$root"), load_directory)


async def test_the_newest_comes_first_and_those_of_the_thread_before_it(homeserver: FakeHomeserver) -> None:
    thread = {"rel_type": "m.thread", "event_id": "$root"}
    for name, relation in (("1.json", {}), ("2.json", thread), ("3.json", {})):
        await homeserver.add(ROOM, "m.room.message", ADA.user_id, {**upload(name), "m.relates_to": relation})
    assert [each.name for each in await files(homeserver).newest()] == ["2.json", "3.json", "1.json"]


async def test_a_file_far_back_is_found(homeserver: FakeHomeserver) -> None:
    for number in range(30):
        await homeserver.add(ROOM, "m.room.message", ADA.user_id, upload(f"{number}.json"))
    assert len(await files(homeserver).newest()) == 30


async def test_a_file_that_no_employee_uploaded_is_as_good_as_not_there(homeserver: FakeHomeserver) -> None:
    event_id = await homeserver.add(ROOM, "m.room.message", GINA.user_id, upload("1.json"))
    assert await files(homeserver).newest() == ()
    assert await files(homeserver).at(event_id) is None


async def test_a_message_without_a_file_has_none(homeserver: FakeHomeserver) -> None:
    event_id = await homeserver.say(ROOM, ADA.user_id, "hello")
    assert await files(homeserver).at(event_id) is None
    assert await files(homeserver).at(EventId("$none")) is None


def parsed(**content: Any) -> Any:
    return parse_attachment(Event(EventId("$1"), "m.room.message", ADA.user_id, content))


def test_the_name_is_the_file_name_and_not_the_caption() -> None:
    assert parsed(**upload("look at this", filename="a.json")).name == "a.json"


@pytest.mark.parametrize(
    ("name", "mimetype", "is_json"),
    [("a.JSON", "", True), ("a", "application/json; charset=utf-8", True), ("a.txt", "text/plain", False)],
)
def test_json_is_told_by_type_or_name(name: str, mimetype: str, is_json: bool) -> None:
    assert parsed(**upload(name, info={"mimetype": mimetype})).is_json is is_json


def test_an_encrypted_file_is_none_that_can_be_read() -> None:
    assert parsed(msgtype="m.file", body="a.json", file={"url": "mxc://localhost/a"}) is None


@given(json_objects(["msgtype", "body", "url", "info", "filename", "m.relates_to"], ["m.file", "mxc://a/b"]))
def test_content_of_any_shape_is_a_file_or_none(content: dict[str, Any]) -> None:
    parsed(**content)
