from __future__ import annotations

from dataclasses import replace

import pytest

from bridge.config import DeskSettings
from policies.issue import Conclusion, Status
from policies.names import ANSWER_KEY, WORDS_KEY
from tests.bridge.api.house import GINA, GUEST_ROOM, HUGO, STAFF_ROOM, House
from tests.builders.people import ADA, BEN, DIAGNOSTICS


def said(body: str) -> dict[str, str]:
    return {"msgtype": "m.text", "body": body}


async def test_a_guest_reads_their_lobby(house: House) -> None:
    issue_id = await house.open_issue()
    reply = await house.ask("GET", f"/rooms/lobby:{issue_id}/messages", GINA)
    assert reply.status == 200
    assert reply.body["room"] == f"lobby:{issue_id}"
    assert [event["content"]["body"] for event in reply.body["events"]] == ["Hello?"]
    assert reply.body["complete"] is True


async def test_a_guest_writes_into_their_lobby_and_reads_it_there(house: House) -> None:
    place = f"/rooms/lobby:{await house.open_issue()}/messages"
    reply = await house.ask("POST", place, GINA, {"txn_id": "t1", "body": "Anybody?"})
    assert (reply.status, reply.body) == (200, {"txn_id": "t1", "event_id": None})
    newest = (await house.ask("GET", place, GINA)).body["events"][-1]
    assert (newest["content"]["body"], newest["txn_id"]) == ("Anybody?", "t1")


async def test_the_same_transaction_id_is_the_same_message(house: House) -> None:
    place = f"/rooms/lobby:{await house.open_issue()}/messages"
    first = await house.ask("POST", place, GINA, {"txn_id": "t1", "body": "Anybody?"})
    again = await house.ask("POST", place, GINA, {"txn_id": "t1", "body": "Anybody?"})
    assert first.body == again.body
    assert len((await house.ask("GET", place, GINA)).body["events"]) == 2


async def test_a_transaction_id_used_for_other_words_is_refused(house: House) -> None:
    place = f"/rooms/lobby:{await house.open_issue()}/messages"
    await house.ask("POST", place, GINA, {"txn_id": "t1", "body": "Anybody?"})
    reply = await house.ask("POST", place, GINA, {"txn_id": "t1", "body": "Nobody?"})
    assert (reply.status, reply.errcode) == (409, "CHAPERONE_TXN_REUSED")


async def test_a_guest_reads_what_was_said_in_their_room_and_nothing_else_of_it(house: House) -> None:
    await house.claim(await house.open_issue(), ADA)
    await house.happen(GUEST_ROOM, ADA, "m.room.message", said("Good morning."))
    await house.happen(GUEST_ROOM, ADA, "m.room.topic", {"topic": "ours"}, "")
    events = (await house.ask("GET", f"/rooms/{GUEST_ROOM}/messages", GINA)).body["events"]
    assert [event["type"] for event in events if event["type"] != "m.room.member"] == ["m.room.message"]
    assert events[-1] == {
        "event_id": events[-1]["event_id"],
        "type": "m.room.message",
        "sender": ADA.user_id,
        "sender_name": "Ada",
        "ts": events[-1]["ts"],
        "content": said("Good morning."),
        "state_key": None,
        "target": None,
        "txn_id": None,
        "cursor": events[-1]["cursor"],
    }


async def test_an_employee_reads_the_staff_room(house: House) -> None:
    await house.claim(await house.open_issue(), ADA)
    answer = said("Two cycles.") | {ANSWER_KEY: {"state": "done"}}
    await house.happen(STAFF_ROOM, DIAGNOSTICS, "m.room.message", answer)
    events = (await house.ask("GET", f"/rooms/{STAFF_ROOM}/messages", ADA)).body["events"]
    assert events[-1]["content"] == answer


async def test_a_room_is_read_on_from_a_cursor(house: House) -> None:
    await house.claim(await house.open_issue(), ADA)
    cursor = (await house.ask("GET", f"/rooms/{GUEST_ROOM}/messages", GINA)).body["cursor"]
    for word in ("one", "two", "three"):
        await house.happen(GUEST_ROOM, ADA, "m.room.message", said(word))
    heard: list[str] = []
    for _ in range(4):
        reply = await house.ask("GET", f"/rooms/{GUEST_ROOM}/messages?since={cursor}&limit=2", GINA)
        heard += [event["content"]["body"] for event in reply.body["events"]]
        cursor = reply.body["cursor"]
    assert set(heard) >= {"three"}
    assert len(heard) == len(set(heard))


@pytest.mark.parametrize("since", [0, 10**6, 2**63 - 1])
async def test_a_cursor_of_nowhere_is_as_good_as_none(house: House, since: int) -> None:
    await house.claim(await house.open_issue(), ADA)
    await house.happen(GUEST_ROOM, ADA, "m.room.message", said("Hello"))
    reply = await house.ask("GET", f"/rooms/{GUEST_ROOM}/messages?since={since}", GINA)
    assert reply.body["events"][-1]["content"]["body"] == "Hello"


async def test_ones_own_message_is_recognised_by_its_transaction_id(house: House) -> None:
    issue_id = await house.open_issue()
    await house.claim(issue_id, ADA)
    await house.ask("POST", f"/rooms/{GUEST_ROOM}/messages", GINA, {"txn_id": "t1", "body": "Hi"})
    async with house.store.read() as tx:
        [words_id] = [w.id for w in await tx.words.in_lobby((await tx.issues.list())[0].issue.id) if w.txn_id == "t1"]
    await house.happen(GUEST_ROOM, GINA, "m.room.message", said("Hi") | {WORDS_KEY: words_id})
    for who, txn_id in ((GINA, "t1"), (ADA, None)):
        events = (await house.ask("GET", f"/rooms/{GUEST_ROOM}/messages", who)).body["events"]
        assert events[-1]["txn_id"] == txn_id
        assert who is ADA or WORDS_KEY not in events[-1]["content"]


async def test_an_employee_who_was_never_in_a_room_does_not_find_it(house: House) -> None:
    await house.claim(await house.open_issue(), ADA)
    for method, body in (("GET", None), ("POST", {"txn_id": "t", "body": "Hello"})):
        reply = await house.ask(method, f"/rooms/{GUEST_ROOM}/messages", BEN, body)
        assert (reply.status, reply.errcode) == (404, "M_NOT_FOUND")


async def test_who_was_removed_reads_up_to_then_and_writes_no_more(house: House) -> None:
    await house.claim(await house.open_issue(), ADA)
    await house.finish_work()
    await house.happen(GUEST_ROOM, ADA, "m.room.message", said("before"))
    await house.happen(GUEST_ROOM, None, "m.room.member", {"membership": "leave"}, GINA.user_id)
    await house.happen(GUEST_ROOM, ADA, "m.room.message", said("after"))
    reply = await house.ask("GET", f"/rooms/{GUEST_ROOM}/messages", GINA)
    bodies = [event["content"].get("body") for event in reply.body["events"]]
    assert "before" in bodies
    assert "after" not in bodies
    written = await house.ask("POST", f"/rooms/{GUEST_ROOM}/messages", GINA, {"txn_id": "t", "body": "Hello"})
    assert (written.status, written.errcode) == (403, "CHAPERONE_NOT_A_MEMBER")


async def test_a_guest_writes_no_more_once_the_issue_is_concluded(house: House) -> None:
    record = await house.claim(await house.open_issue(), ADA)
    concluded = replace(
        record.issue,
        status=Status.CONCLUDED,
        conclusion=Conclusion.RESOLVED,
        guest_room=GUEST_ROOM,
        staff_room=STAFF_ROOM,
    )
    async with house.store.write() as tx:
        await tx.issues.save(concluded)
    reply = await house.ask("POST", f"/rooms/{GUEST_ROOM}/messages", GINA, {"txn_id": "t", "body": "One more"})
    assert (reply.status, reply.errcode, reply.body["reopen"]) == (409, "CHAPERONE_ISSUE_CONCLUDED", True)
    assert (await house.ask("GET", f"/rooms/{GUEST_ROOM}/messages", GINA)).status == 200


@pytest.mark.parametrize(
    "room", ["x", "!", "lobby:", "lobby:0", "lobby:x", "lobby:" + "9" * 30, "!nowhere", "%00", "!" * 300]
)
async def test_a_room_that_does_not_exist_is_not_found_whatever_it_is_called(house: House, room: str) -> None:
    for who in (GINA, ADA):
        for method, body in (("GET", None), ("POST", {"txn_id": "t", "body": "Hello"})):
            reply = await house.ask(method, f"/rooms/{room}/messages", who, body)
            assert (reply.status, reply.errcode) == (404, "M_NOT_FOUND")


@pytest.mark.parametrize("body", [{"txn_id": "t", "body": ""}, {"txn_id": "", "body": "x"}, {"body": "x"}])
async def test_a_message_that_does_not_fit_is_not_written(house: House, body: dict[str, str]) -> None:
    place = f"/rooms/lobby:{await house.open_issue()}/messages"
    assert (await house.ask("POST", place, GINA, body)).errcode == "M_BAD_JSON"
    assert len((await house.ask("GET", place, GINA)).body["events"]) == 1


async def test_a_message_over_the_settings_limit_is_refused(house: House) -> None:
    place = f"/rooms/lobby:{await house.open_issue()}/messages"
    limit = DeskSettings().message_max
    reply = await house.ask("POST", place, GINA, {"txn_id": "t", "body": "x" * (limit + 1)})
    assert (reply.status, reply.errcode) == (400, "M_BAD_JSON")
    assert (await house.ask("POST", place, GINA, {"txn_id": "t", "body": "x" * limit})).status == 200


async def test_two_guests_never_read_each_other(house: House) -> None:
    hers, his = await house.open_issue(GINA), await house.open_issue(HUGO)
    assert (await house.ask("GET", f"/rooms/lobby:{his}/messages", GINA)).status == 404
    assert (await house.ask("GET", f"/rooms/lobby:{hers}/messages", GINA)).status == 200
