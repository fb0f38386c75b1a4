"""What a guest of another server says in our rooms, and does not get to say (rule F1)."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from policies.names import ANSWER_KEY, ISSUE_STATE, REFUSED_EVENT, RoomId
from tests.federation.town import Town, bodies, event_id_of, heard, sees
from tests.homeserver.house import Answer, Json, Someone
from tests.homeserver.test_policy_module import is_refused
from tests.until import until

pytestmark = pytest.mark.e2e


@pytest.mark.parametrize("version", ["11", "12"])
async def test_what_is_allowed_goes_both_ways(town: Town, ada: Someone, bob: Someone, version: str) -> None:
    room = await town.guest_room([ada], bob, version=version)
    with town.gate.counting() as asked:
        event_id_of(await bob.say(room, "hello from there"))
        await heard(ada, room, "hello from there")
        event_id_of(await ada.say(room, "hello from here"))
        await heard(bob, room, "hello from here")
    assert [event["content"].get("body") for event in asked] == ["hello from there"]


async def test_what_is_refused_is_on_neither_server_and_the_person_reads_why(
    town: Town, ada: Someone, bob: Someone
) -> None:
    room = await town.guest_room([ada], bob)
    assert is_refused(await bob.say(room, "I am a robot", **{ANSWER_KEY: {}}), "CHAPERONE_NOT_THE_WRITER")
    event_id_of(await bob.say(room, "I am bob"))
    await heard(ada, room, "I am bob")
    assert await bodies(ada, room) == await bodies(bob, room) == ["I am bob"]
    log = town.synapse.log.read_text()
    assert "refused=CHAPERONE_NOT_THE_WRITER" in log
    assert not [words for words in ("I am a robot", "I am bob") if words in log]


async def test_state_is_refused(town: Town, ada: Someone, bob: Someone) -> None:
    room = await town.guest_room([ada], bob)
    assert is_refused(await bob.set_state(room, "m.room.topic", "", {"topic": "mine"}), "CHAPERONE_GUESTS_MAY_NOT")
    assert is_refused(await bob.set_state(room, ISSUE_STATE, "", {"status": "concluded"}), "CHAPERONE_NOT_THE_WRITER")
    assert is_refused(await bob.set_state(room, "org.example", bob.user_id, {"a": 1}), "CHAPERONE_GUESTS_MAY_NOT")


async def redact(someone: Someone, room: RoomId, event_id: str) -> Answer:
    return await someone.call("PUT", f"/rooms/{quote(room)}/redact/{quote(event_id)}/{event_id[1:]}", {"reason": "no"})


def reaction(to: str, **more: Json) -> Json:
    return {"m.relates_to": {"rel_type": "m.annotation", "event_id": to, "key": "👍"}, **more}


def edit(of: str, body: str, **more: Json) -> Json:
    text = {"msgtype": "m.text", "body": body, **more}
    return {**text, "m.new_content": text, "m.relates_to": {"rel_type": "m.replace", "event_id": of}}


async def test_reactions_edits_stickers_and_what_else_there_is_are_asked_about_too(
    town: Town, ada: Someone, bob: Someone
) -> None:
    room = await town.guest_room([ada], bob)
    said = event_id_of(await bob.say(room, "one"))
    sticker = {"body": "a sticker", "url": "mxc://localhost/x", "info": {}}
    with town.gate.counting() as asked:
        reacted = event_id_of(await bob.send(room, "m.reaction", reaction(said)))
        event_id_of(await bob.send(room, "m.room.message", edit(said, "two")))
        event_id_of(await bob.send(room, "m.sticker", sticker))
        event_id_of(await bob.send(room, "org.example.anything", {"a": 1}))
        event_id_of(await redact(bob, room, reacted))
    types = ["m.reaction", "m.room.message", "m.sticker", "org.example.anything", "m.room.redaction"]
    assert [event["type"] for event in asked] == types
    forged: Json = {ANSWER_KEY: {}}
    for refused in (
        await bob.send(room, "m.reaction", reaction(said, **forged)),
        await bob.send(room, "m.room.message", edit(said, "three", **forged)),
        await bob.send(room, "m.sticker", sticker | forged),
        await bob.send(room, REFUSED_EVENT, {}),
    ):
        assert is_refused(refused, "CHAPERONE_NOT_THE_WRITER")


async def test_a_guest_takes_back_their_own_words_and_nobody_elses(town: Town, ada: Someone, bob: Someone) -> None:
    room = await town.guest_room([ada], bob)
    theirs, mine = event_id_of(await ada.say(room, "from ada")), event_id_of(await bob.say(room, "from bob"))
    await heard(bob, room, "from ada")
    assert is_refused(await redact(bob, room, theirs), "CHAPERONE_GUESTS_MAY_NOT")
    assert is_refused(await redact(bob, room, "$nothing-that-anybody-knows"), "CHAPERONE_GUESTS_MAY_NOT")
    await heard(ada, room, "from bob")
    event_id_of(await redact(bob, room, mine))

    async def taken_back() -> bool:
        return not await sees(ada, room, mine)

    await until(taken_back)
    assert await sees(bob, room, theirs)


async def test_a_guest_of_a_concluded_issue_reads_and_does_not_write(town: Town, ada: Someone, bob: Someone) -> None:
    room = await town.guest_room([ada], bob)
    event_id_of(await bob.say(room, "before"))
    await town.here.conclude(room)
    assert is_refused(await bob.say(room, "after"), "CHAPERONE_ISSUE_CONCLUDED")
    event_id_of(await ada.say(room, "a last word"))
    await heard(bob, room, "a last word")


async def test_a_guest_invites_nobody_and_removes_nobody(town: Town, ada: Someone, bob: Someone, carl: Someone) -> None:
    room = await town.guest_room([ada], bob)
    for target in (carl, ada):
        assert (await bob.invite(room, target.user_id)).status == 403
    for verb in ("kick", "ban"):
        answer = await bob.call("POST", f"/rooms/{quote(room)}/{verb}", {"user_id": ada.user_id})
        assert (answer.status, answer.code) == (403, "M_FORBIDDEN")
    assert await town.here.is_joined(room, ada)
