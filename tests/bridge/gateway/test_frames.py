from __future__ import annotations

import json

from hypothesis import given

from bridge.api.bodies import MAX_ID as API_MAX_ID
from bridge.gateway.frames import MAX_ID, Ack, Errcode, Error, Event, EventBody, Member, build_payload
from tests.builders.anything import json_objects


def body(**keys: object) -> EventBody:
    shape = {"event_id": "$1", "room": "!r", "type": "m.room.message", "sender": "@a:b", "sender_name": "A", "ts": 1}
    return EventBody.model_validate({**shape, "content": {}, **keys})


def test_what_has_no_value_is_left_out() -> None:
    assert json.loads(build_payload(Ack(room="!r", txn_id="t"))) == {"type": "ack", "room": "!r", "txn_id": "t"}
    error = json.loads(build_payload(Error(errcode=Errcode.BAD_FRAME, error="No.")))
    assert error.keys() == {"type", "errcode", "error"}
    event = json.loads(build_payload(Event(room="!r", event=body(), cursor=1)))["event"]
    assert event.keys() == {"event_id", "room", "type", "sender", "sender_name", "ts", "content"}


def test_a_content_keeps_its_nulls() -> None:
    event = Event(room="!r", event=body(content={"conclusion": None}), cursor=1)
    assert json.loads(build_payload(event))["event"]["content"] == {"conclusion": None}


def test_half_of_a_surrogate_pair_is_still_json() -> None:
    frame = Member(room="!r", user_id="@a:b", name="\ud800", role="guest", membership="join")
    assert json.loads(build_payload(frame))["name"] == "\ud800"


def test_ids_are_as_long_here_as_in_the_api() -> None:
    assert MAX_ID == API_MAX_ID


@given(json_objects(["body", "msgtype", "m.relates_to"]))
def test_any_content_goes_through_unchanged(content: dict[str, object]) -> None:
    event = Event(room="!r", event=body(content=content), cursor=1)
    assert json.loads(build_payload(event))["event"]["content"] == content
