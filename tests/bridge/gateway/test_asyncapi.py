from __future__ import annotations

from typing import Any, get_args

from jsonschema import Draft202012Validator

from bridge.gateway import frames
from bridge.gateway.asyncapi import FROM_CLIENT, FROM_SERVER, build_asyncapi
from tests.bridge.gateway.hall import ADA, GINA, Hall


def resolve(document: Any, reference: str) -> Any:
    for part in reference.removeprefix("#/").split("/"):
        document = document[part]
    return document


def references(value: Any) -> list[str]:
    """Every reference in a document."""
    if isinstance(value, dict):
        mine = [value["$ref"]] if isinstance(value.get("$ref"), str) else []
        return mine + [found for inner in value.values() for found in references(inner)]
    if isinstance(value, list):
        return [found for inner in value for found in references(inner)]
    return []


def test_every_frame_is_described() -> None:
    assert set(FROM_CLIENT) == set(get_args(get_args(frames.ClientFrame)[0]))
    assert set(FROM_SERVER) == set(get_args(frames.ServerFrame))


def test_every_reference_leads_somewhere() -> None:
    document = build_asyncapi()
    for reference in references(document):
        assert resolve(document, reference)


async def test_the_description_is_served(hall: Hall) -> None:
    response = await hall.client.get("/asyncapi.json")
    assert (response.status, await response.json()) == (200, build_asyncapi())


async def test_what_goes_over_the_socket_is_as_described(hall: Hall) -> None:
    document = build_asyncapi()
    by_name = {message["name"]: message for message in document["components"]["messages"].values()}
    from_server = {model.model_fields["type"].default for model in FROM_SERVER}
    record = await hall.office.claimed_issue()
    windows = [await hall.open(GINA), await hall.open(ADA)]
    for window in windows:
        await window.join(record.issue.guest_room)
        await window.say(record.issue.guest_room, "Hello.", "t1")
        await window.send("dance")
        await window.rest()
    seen = [frame for window in windows for frame in window.seen]
    assert {frame["type"] for frame in seen} >= {"welcome", "history", "member", "issue", "event", "ack", "error"}
    for frame in seen:
        assert frame["type"] in from_server
        name = next(m.__name__ for m in FROM_SERVER if m.model_fields["type"].default == frame["type"])
        schema = {"$ref": f"#/components/schemas/{name}", "components": document["components"]}
        Draft202012Validator(schema).validate(frame)
    assert by_name.keys() >= {frame["type"] for frame in seen}
