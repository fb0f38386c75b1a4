"""What our policy server does not sign, whoever asks and however (FEDERATION, section 3: the order of the checks)."""

from __future__ import annotations

import copy
import json
import random
from contextlib import suppress
from typing import Any

import pytest

from policies.names import RoomId, ServerName
from policies.policy_server import KEY_ID
from tests.federation.forging import Forger
from tests.federation.town import Town, event_id_of
from tests.homeserver.house import Someone
from tests.homeserver.test_policy_module import is_refused

JUNK: list[Any] = [
    None, True, 0, -1, 2**53, 2**70, 1.5, "", "x", "@a:b", "m.room.member", "m.room.create", "m.room.redaction",
    "m.room.policy", [], {}, [[]], {"a": []}, {"membership": []},
    {"membership": "join", "join_authorised_via_users_server": 1},
    {"membership": "join", "join_authorised_via_users_server": "@a:b"}, {"redacts": {}}, {"room_version": []},
    {"localhost": {"ed25519:a": 1}}, {"sha256": 1}, {"sha256": "****"}, "\x00", "é" * 300,
]  # fmt: skip

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def forger(town: Town) -> Forger:
    return Forger(town, town.there.server_name, town.there.signing_key)


@pytest.fixture(scope="module")
async def room(town: Town, ada: Someone, bob: Someone) -> RoomId:
    return await town.guest_room([ada], bob)


class TestWhoAsks:
    async def test_an_honest_ask_is_answered_with_our_signature(
        self, town: Town, forger: Forger, room: RoomId, bob: Someone
    ) -> None:
        answer = await forger.ask(await forger.event(bob, room, content={"body": "hello", "msgtype": "m.text"}))
        assert answer.status == 200
        assert list(answer.body) == [town.synapse.server_name]
        assert list(answer.body[town.synapse.server_name]) == [KEY_ID]

    async def test_without_a_signature_nobody_is_answered(self, forger: Forger, room: RoomId, bob: Someone) -> None:
        event = await forger.event(bob, room)
        assert (await forger.ask(event, authorization=None)).status == 401
        assert (await forger.ask(event, authorization="Bearer of bad news")).status == 401
        assert (await forger.ask(event, authorization="X-Matrix nonsense")).status == 400

    async def test_nobody_asks_in_anothers_name(self, town: Town, forger: Forger, room: RoomId, bob: Someone) -> None:
        event = await forger.event(bob, room)
        assert (await forger.ask(event, origin=town.synapse.server_name)).status == 401
        assert (await forger.ask(event, origin=ServerName("localhost:1"))).status == 401

    async def test_what_was_meant_for_another_server_is_not_answered(
        self, forger: Forger, room: RoomId, bob: Someone
    ) -> None:
        event = await forger.event(bob, room)
        assert (await forger.ask(event, destination=str(forger.server_name))).status == 401

    async def test_a_body_that_was_changed_on_the_way_is_not_answered(
        self, forger: Forger, room: RoomId, bob: Someone
    ) -> None:
        event = await forger.event(bob, room)
        changed = {**event, "content": {"body": "something else", "msgtype": "m.text"}}
        assert (await forger.ask(changed, signed_body=event)).status == 401

    @pytest.mark.parametrize("raw", [b"", b"no json", b"[1]", b'{"a":NaN}', b'{"a":' + b"[" * 40_000])
    async def test_what_is_no_event_is_refused(self, forger: Forger, raw: bytes) -> None:
        assert (await forger.ask({}, raw=raw)).status == 400

    async def test_what_is_no_event_is_not_written_down(self, town: Town, forger: Forger) -> None:
        await forger.ask({}, raw=b'{"content": {"body": "half a sentence that')
        assert "half a sentence" not in town.synapse.log.read_text()

    async def test_what_is_larger_than_any_event_is_refused(self, forger: Forger) -> None:
        assert (await forger.ask({}, raw=json.dumps({"content": "x" * 70_000}).encode())).status == 413


class TestTheRoom:
    async def test_a_room_we_do_not_know_is_not_ours_to_judge(self, forger: Forger, room: RoomId, bob: Someone) -> None:
        answer = await forger.ask(await forger.event(bob, room, room_id="!nowhere"))
        assert (answer.status, answer.code) == (404, "M_NOT_FOUND")

    async def test_a_room_without_a_policy_server_is_not_ours_to_judge(
        self, town: Town, forger: Forger, room: RoomId, ada: Someone, bob: Someone
    ) -> None:
        own = await ada.done("POST", "/createRoom", {})
        assert (await forger.ask(await forger.event(bob, room, room_id=own["room_id"]))).status == 404

    async def test_a_server_that_is_not_in_the_room_is_refused(
        self, town: Town, forger: Forger, room: RoomId, ada: Someone, bob: Someone
    ) -> None:
        other = await town.guest_room([ada])
        answer = await forger.ask(await forger.event(bob, room, room_id=other))
        assert (answer.status, answer.code) == (403, "M_FORBIDDEN")

    async def test_nor_is_one_whose_last_person_left(
        self, town: Town, forger: Forger, room: RoomId, ada: Someone, bob: Someone
    ) -> None:
        other = await town.guest_room([ada], bob)
        event = await forger.event(bob, other)
        await bob.leave(other)
        await town.gone(other, bob)
        assert (await forger.ask(event)).status == 403

    async def test_an_event_without_a_room_is_refused(self, forger: Forger, room: RoomId, bob: Someone) -> None:
        event = await forger.event(bob, room)
        for room_id in (None, 7, ["!a"]):
            assert (await forger.ask({**event, "room_id": room_id})).status == 400


class TestTheEvent:
    async def test_an_event_that_its_senders_server_did_not_sign_is_refused(
        self, town: Town, forger: Forger, room: RoomId, ada: Someone, bob: Someone
    ) -> None:
        event = await forger.event(bob, room, sender=ada.user_id)
        assert (await forger.ask(event)).status == 400
        event = await forger.event(bob, room)
        event["signatures"] = {}
        assert (await forger.ask(event)).status == 400

    async def test_content_that_the_hash_does_not_cover_is_refused(
        self, forger: Forger, room: RoomId, bob: Someone
    ) -> None:
        event = await forger.event(bob, room)
        event["content"] = {"body": "the signature does not cover this", "msgtype": "m.text"}
        assert (await forger.ask(event)).status == 400

    async def test_a_forged_invitation_by_address_does_not_stand_in_for_a_signature(
        self, forger: Forger, room: RoomId, ada: Someone, bob: Someone
    ) -> None:
        content = {"membership": "invite", "third_party_invite": {"signed": {}}}
        event = await forger.event(
            bob, room, type="m.room.member", sender=ada.user_id, state_key=bob.user_id, content=content
        )
        assert (await forger.ask(event)).status == 400

    @pytest.mark.parametrize(
        "change",
        [
            {"sender": 1},
            {"sender": "nobody"},
            {"sender": None},
            {"type": 1},
            {"content": "x"},
            {"content": None},
            {"depth": "1"},
            {"depth": -1},
            {"state_key": 1},
            {"unsigned": 1},
            {"hashes": 1},
            {"hashes": {}},
            {"signatures": 1},
            {"auth_events": 1},
        ],
        ids=str,
    )
    async def test_an_event_of_the_wrong_shape_is_refused(
        self, forger: Forger, room: RoomId, bob: Someone, change: dict[str, object]
    ) -> None:
        event = {**await forger.event(bob, room), **change}
        answer = await forger.ask(event)
        assert answer.status == 400, answer

    @pytest.mark.parametrize("seed", range(4))
    async def test_no_shape_of_an_event_makes_us_fail(
        self, forger: Forger, room: RoomId, bob: Someone, seed: int
    ) -> None:
        chance = random.Random(seed)
        template = await forger.event(bob, room)
        for _ in range(30):
            pdu = copy.deepcopy(template)
            for _ in range(chance.randint(1, 3)):
                pdu[chance.choice([*template, "state_key", "redacts", "type", "content"])] = chance.choice(JUNK)
            if chance.random() < 0.2:
                pdu.pop(chance.choice([*pdu]))
            with suppress(Exception):  # some of it cannot be signed
                pdu = forger.signed(pdu)
            answer = await forger.ask(pdu)
            assert answer.status in {200, 400, 403, 404}, (pdu, answer)

    async def test_what_the_rules_refuse_is_refused_with_code_and_sentence(
        self, forger: Forger, room: RoomId, bob: Someone
    ) -> None:
        content = {"body": "x", "msgtype": "m.text", "chat.chaperone.answer": {}}
        assert is_refused(await forger.ask(await forger.event(bob, room, content=content)), "CHAPERONE_NOT_THE_WRITER")

    async def test_a_membership_is_signed_as_it_is_not_ours_to_veto(
        self, forger: Forger, room: RoomId, bob: Someone
    ) -> None:
        leave = await forger.event(
            bob, room, type="m.room.member", state_key=bob.user_id, content={"membership": "leave"}
        )
        assert (await forger.ask(leave)).status == 200

    @pytest.mark.parametrize(
        "change",
        [
            {"content": {"membership": "join"}},
            {"content": {"chat.chaperone.answer": {}}, "state_key": ""},
            {"content": {"membership": 1}, "state_key": "@x:y"},
        ],
        ids=str,
    )
    async def test_what_only_calls_itself_a_membership_is_refused(
        self, forger: Forger, room: RoomId, bob: Someone, change: dict[str, Any]
    ) -> None:
        posing = await forger.event(bob, room, type="m.room.member", **change)
        assert (await forger.ask(posing)).status == 400


class TestOurOwnEvents:
    async def test_our_events_are_signed_whoever_asks(
        self, town: Town, forger: Forger, ada: Someone, bob: Someone
    ) -> None:
        room = await town.guest_room([ada], bob)
        at = event_id_of(await ada.say(room, "x"))
        ours = [pdu for pdu in await forger.state(room, at) if pdu["sender"] != bob.user_id]
        assert {"m.room.create", "m.room.member", "m.room.power_levels"} <= {pdu["type"] for pdu in ours}
        await bob.leave(room)
        await town.gone(room, bob)
        for pdu in ours:
            bare = copy.deepcopy(pdu)
            bare["signatures"][town.synapse.server_name].pop(KEY_ID, None)
            answer = await forger.ask(bare)
            assert answer.status == 200, (pdu["type"], answer)
            if pdu["type"] != "m.room.policy":
                assert answer.body == {town.synapse.server_name: {KEY_ID: signature_of(pdu, town)}}

    async def test_every_event_of_ours_but_the_policy_itself_was_signed_when_it_was_made(
        self, town: Town, forger: Forger, ada: Someone, bob: Someone
    ) -> None:
        room = await town.guest_room([ada], bob)
        at = event_id_of(await ada.say(room, "x"))
        ours = [pdu for pdu in await forger.state(room, at) if pdu["sender"] != bob.user_id]
        assert {pdu["type"] for pdu in ours if not signature_of(pdu, town)} == {"m.room.policy"}

    async def test_a_create_event_names_its_room_by_itself(
        self, town: Town, forger: Forger, room: RoomId, bob: Someone
    ) -> None:
        template = await forger.event(bob, room)
        bare = {key: template[key] for key in ("sender", "origin_server_ts", "depth", "auth_events", "prev_events")}
        create = {**bare, "type": "m.room.create", "state_key": "", "content": {"room_version": "12"}}
        assert (await forger.ask(forger.signed(create))).status == 404  # a room we know nothing of
        for version in ("no such version", 12, None):
            assert (await forger.ask({**create, "content": {"room_version": version}})).status == 404
        assert (await forger.ask({**create, "content": []})).status == 404


def signature_of(pdu: dict[str, Any], town: Town) -> str:
    """Our policy server's signature on an event; empty if there is none."""
    return str(pdu["signatures"][town.synapse.server_name].get(KEY_ID, ""))
