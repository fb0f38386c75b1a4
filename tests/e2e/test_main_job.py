"""The whole way of an issue, on real parts: the guest by HTTP and socket, the employee by matrix-nio, a real robot."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from typing import Any

import nio
import pytest

from policies.names import EventId, RoomId
from tests.e2e.colleague import Colleague
from tests.e2e.house import House
from tests.e2e.issue import Issue
from tests.e2e.visitor import Visitor
from tests.until import until

pytestmark = pytest.mark.e2e

ROBOT = "@istackbuddy.forms.diagnostics:localhost"
FORM = {
    "id": "1",
    "name": "Contact",
    "fields": [
        {"id": "10", "label": "Your name", "type": "text", "sort": "0", "logic": None, "calculation": ""},
        {
            "id": "11",
            "label": "Why",
            "type": "text",
            "sort": "1",
            "calculation": "",
            "logic": {
                "action": "show",
                "conditional": "all",
                "checks": [{"field": "999", "condition": "equals", "option": "x"}],
            },
        },
    ],
}


@pytest.fixture
async def issue(house: House) -> AsyncIterator[Issue]:
    async with AsyncExitStack() as stack:
        login = house.login("guest")
        guest = await stack.enter_async_context(Visitor(house.web, login.login, login.password))
        ada = await stack.enter_async_context(Colleague(house.homeserver, house.login("t1")))
        await guest.connect()
        issue = Issue(house, guest, ada)
        await issue.open("Export fails", "The export says 500.")
        await guest.send(type="join", room=f"lobby:{issue.id}")
        yield issue


async def test_a_guest_sees_their_place_in_the_queue_and_what_they_said(issue: Issue) -> None:
    frame = await issue.guest.wait_for(lambda f: f["type"] == "issue" and f["id"] == issue.id)
    assert frame["status"] == "queued"
    assert frame["queue_position"] >= 1
    history = await issue.guest.wait_for(lambda f: f["type"] == "history")
    assert [e["content"]["body"] for e in history["events"]] == ["The export says 500."]


async def test_a_tap_brings_employee_guest_and_waiting_words_into_the_room_in_that_order(issue: Issue) -> None:
    await issue.claim()
    words = await issue.ada.wait_for(issue.guest_room, lambda e: e["content"].get("body") == "The export says 500.")
    assert words["sender"] == issue.house.login("guest").user_id
    order = [
        e["state_key"]
        for e in issue.ada.events[issue.guest_room]
        if e["type"] == "m.room.member" and e["content"]["membership"] == "join"
    ]
    assert set(order[-2:]) == {issue.ada.user_id, issue.house.login("guest").user_id}


async def test_they_talk_both_ways_and_history_is_there_on_connect(issue: Issue) -> None:
    await issue.claim()
    await issue.guest.send(type="join", room=issue.guest_room)
    await issue.guest.send(type="message", room=issue.guest_room, txn_id="hello-1", body="Are you there?")
    # On a machine that is slow just now the first ack says that the words are durable, and a second one where they are.
    ack = await issue.guest.wait_for(lambda f: f["type"] == "ack" and f["txn_id"] == "hello-1" and "event_id" in f)
    seen = await issue.ada.wait_for(issue.guest_room, lambda e: e["content"].get("body") == "Are you there?")
    assert seen["event_id"] == ack["event_id"]
    await issue.ada.say(issue.guest_room, "I am.")
    frame = await issue.guest.wait_for(lambda f: f["type"] == "event" and f["event"]["content"].get("body") == "I am.")
    assert frame["event"]["sender_name"] == "Ada"

    await issue.guest.disconnect()
    issue.guest.frames.clear()
    await issue.guest.connect()
    await issue.guest.send(type="join", room=issue.guest_room)
    history = await issue.guest.wait_for(lambda f: f["type"] == "history")
    bodies = [e["content"]["body"] for e in history["events"] if e["type"] == "m.room.message"]
    assert bodies == ["The export says 500.", "Are you there?", "I am."]


async def upload(colleague: Colleague, room: RoomId, name: str, data: bytes) -> EventId:
    import io

    answer, _ = await colleague.client.upload(io.BytesIO(data), "application/json", name, filesize=len(data))
    assert isinstance(answer, nio.UploadResponse), answer
    content = {
        "msgtype": "m.file",
        "body": name,
        "filename": name,
        "url": answer.content_uri,
        "info": {"mimetype": "application/json", "size": len(data)},
    }
    return await colleague.send(room, "m.room.message", content)


def is_answer_to(question: EventId, state: str) -> Any:
    def matches(event: Mapping[str, Any]) -> bool:
        content = event["content"].get("m.new_content", event["content"])
        answer = content.get("chat.chaperone.answer")
        return bool(answer) and answer["question"] == question and answer["state"] == state

    return matches


async def ask(issue: Issue, data: bytes = b"") -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """Upload a form and ask the robot; its placeholder and the edit that ended it."""
    await issue.ada.wait_for(
        issue.staff_room,
        lambda e: e["type"] == "m.room.member" and e["state_key"] == ROBOT and e["content"]["membership"] == "join",
    )
    await upload(issue.ada, issue.staff_room, "contact.json", data or json.dumps(FORM).encode())
    question = await issue.ada.say(issue.staff_room, "!ask iStackBuddy.forms.diagnostics contact.json")
    placeholder = await issue.ada.wait_for(issue.staff_room, is_answer_to(question, "pending"))
    done = await issue.ada.wait_for(issue.staff_room, is_answer_to(question, "done"))
    relation = placeholder["content"]["m.relates_to"]
    assert (relation["rel_type"], relation["event_id"]) == ("m.thread", question)
    assert done["content"]["m.relates_to"] == {"rel_type": "m.replace", "event_id": placeholder["event_id"]}
    return placeholder, done


async def test_the_robot_answers_in_a_thread_and_a_tap_gives_the_guest_a_copy(issue: Issue) -> None:
    await issue.claim()
    await issue.guest.send(type="join", room=issue.guest_room)
    placeholder, done = await ask(issue)
    text = done["content"]["m.new_content"]["body"]
    assert "L01" in text
    assert "999" in text

    await issue.ada.tap(issue.staff_room, EventId(placeholder["event_id"]), "📤")
    shared = await issue.guest.wait_for(
        lambda f: f["type"] == "event" and "chat.chaperone.shared" in f["event"]["content"]
    )
    assert shared["event"]["content"]["body"] == text
    assert shared["event"]["sender"] == "@chaperone:localhost"


async def test_malformed_forms_get_a_clear_answer(issue: Issue) -> None:
    await issue.claim()
    _, done = await ask(issue, b'{"id": "1", "fields": [')
    assert "JSON" in done["content"]["m.new_content"]["body"]


async def test_nothing_tells_the_guest_of_staff_room_or_robot(issue: Issue) -> None:
    await issue.claim()
    await issue.guest.send(type="join", room=issue.guest_room)
    placeholder, _ = await ask(issue)
    await issue.ada.tap(issue.staff_room, EventId(placeholder["event_id"]), "📤")
    await issue.guest.wait_for(lambda f: f["type"] == "event" and "chat.chaperone.shared" in f["event"]["content"])
    secrets = (issue.staff_room, "istackbuddy", "staff_room", "chat.chaperone.answer", placeholder["event_id"])

    everything = [json.dumps(issue.guest.frames)]
    for path in ("/me", "/issues", f"/issues/{issue.id}", f"/rooms/{issue.guest_room}/messages"):
        status, answer = await issue.guest.call("GET", path)
        assert status == 200, (path, answer)
        everything.append(json.dumps(answer))
    async with Colleague(issue.house.homeserver, issue.house.login("guest")) as matrix:
        await matrix.wait_for(issue.guest_room, lambda e: "chat.chaperone.shared" in e["content"])
        assert issue.staff_room not in matrix.client.rooms
        everything.append(json.dumps(list(matrix.events.values())))
        state = await matrix.client.room_get_state(issue.guest_room)
        everything.append(json.dumps(state.events))
        for look in (matrix.client.room_get_state(issue.staff_room), matrix.client.join(issue.staff_room)):
            assert isinstance(await look, nio.ErrorResponse)
    for text in everything:
        for secret in secrets:
            assert secret.lower() not in text.lower()

    for path in (f"/rooms/{issue.staff_room}/messages", "/robots", f"/issues/{issue.id}/claim"):
        method = "POST" if path.endswith("claim") else "GET"
        unknown, answer = await issue.guest.call(method, path)
        assert unknown == 404, answer
    await issue.guest.send(type="join", room=issue.staff_room)
    error = await issue.guest.wait_for(lambda f: f["type"] == "error")
    assert error["errcode"] == "CHAPERONE_UNKNOWN_ROOM"


async def test_a_conclusion_is_seen_said_by_both_rooms_and_ends_the_guests_voice(issue: Issue) -> None:
    await issue.claim()
    await issue.guest.send(type="join", room=issue.guest_room)
    await issue.ada.say(issue.staff_room, "!conclude resolved the field was missing")
    frame = await issue.guest.wait_for(lambda f: f["type"] == "issue" and f["conclusion"] == "resolved")
    assert frame["status"] == "concluded"

    async def both_rooms_say_so() -> bool:
        rooms = (issue.guest_room, issue.staff_room)
        states = [await issue.ada.state(room, "chat.chaperone.issue") for room in rooms]
        levels = await issue.ada.state(issue.guest_room, "m.room.power_levels")
        muted = levels["users"].get(issue.house.login("guest").user_id) == -1
        return muted and all(s["status"] == "concluded" and s["conclusion"] == "resolved" for s in states)

    await until(both_rooms_say_so)
    await issue.guest.send(type="message", room=issue.guest_room, txn_id="late", body="one more thing")
    error = await issue.guest.wait_for(lambda f: f["type"] == "error" and f.get("txn_id") == "late")
    assert (error["errcode"], error["reopen"]) == ("CHAPERONE_ISSUE_CONCLUDED", True)
    status, history = await issue.guest.call("GET", f"/rooms/{issue.guest_room}/messages")
    assert status == 200
    assert "The export says 500." in json.dumps(history)
    async with Colleague(issue.house.homeserver, issue.house.login("guest")) as matrix:
        answer = await matrix.client.room_send(issue.guest_room, "m.room.message", {"msgtype": "m.text", "body": "hi"})
        assert isinstance(answer, nio.RoomSendError)


async def test_the_only_cover_may_not_leave_and_is_told_how_to_hand_over(issue: Issue) -> None:
    await issue.claim()
    answer = await issue.ada.client.room_leave(issue.guest_room)
    assert isinstance(answer, nio.RoomLeaveError)
    assert answer.status_code == "CHAPERONE_GUEST_ALONE"
    assert "!handover" in answer.message

    async with Colleague(issue.house.homeserver, issue.house.login("t2")) as ben:
        await issue.ada.say(issue.staff_room, "!handover @ben")
        await ben.wait_for(
            issue.guest_room,
            lambda e: (
                e["type"] == "m.room.member" and e["state_key"] == ben.user_id and e["content"]["membership"] == "join"
            ),
        )
        assert isinstance(await issue.ada.client.room_leave(issue.guest_room), nio.RoomLeaveResponse)


async def test_a_guest_with_a_matrix_client_is_refused_what_guests_are_refused(issue: Issue) -> None:
    await issue.claim()
    async with Colleague(issue.house.homeserver, issue.house.login("guest")) as matrix:
        made = await matrix.client.room_create(name="mine")
        assert isinstance(made, nio.RoomCreateError)
        invited = await matrix.client.room_invite(issue.guest_room, issue.house.login("t2").user_id)
        assert isinstance(invited, nio.RoomInviteError)
        card = await issue.card()
        joined = await matrix.client.join(card["room_id"])
        assert isinstance(joined, nio.JoinError)
        for answer in (made, invited, joined):
            assert answer.status_code in {"CHAPERONE_GUESTS_MAY_NOT", "CHAPERONE_GUESTS_ARE_INVITED", "M_FORBIDDEN"}
            assert answer.message


async def test_of_two_employees_who_claim_at_once_one_wins_and_the_other_is_told_who(
    house: House, issue: Issue
) -> None:
    import asyncio

    async with (
        Visitor(house.web, house.login("t1").login, house.login("t1").password) as ada,
        Visitor(house.web, house.login("supervisor").login, house.login("supervisor").password) as sam,
    ):
        outcomes = await asyncio.gather(*(who.call("POST", f"/issues/{issue.id}/claim", {}) for who in (ada, sam)))
    assert sorted(status for status, _ in outcomes) == [200, 409]
    winner = next(answer for status, answer in outcomes if status == 200)
    loser = next(answer for status, answer in outcomes if status == 409)
    assert loser["errcode"] == "CHAPERONE_ALREADY_CLAIMED"
    assert winner["assignee"] in loser["error"]


async def test_the_command_claims_too(issue: Issue) -> None:
    card = await issue.card()
    await issue.ada.say(RoomId(card["room_id"]), f"!claim {issue.id}")
    await issue.settle_in()
    assert (await issue.ada.state(issue.staff_room, "chat.chaperone.issue"))["assignee"] == issue.ada.user_id
