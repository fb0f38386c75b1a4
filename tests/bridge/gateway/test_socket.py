from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import WSMsgType, WSServerHandshakeError

from bridge.ports import SessionEnded
from tests.bridge.gateway.hall import ADA, BEN, GINA, HUGO, Hall, open_hall, texts_of


class TestOpening:
    async def test_a_socket_is_opened_by_a_token_among_the_subprotocols_which_is_not_selected(self, hall: Hall) -> None:
        window = await hall.open(GINA)
        assert window.ws.protocol == "chaperone.v1"
        assert window.seen[0]["principal"]["user_id"] == GINA.user_id

    async def test_a_socket_is_opened_by_a_token_in_the_header(self, hall: Hall) -> None:
        token, _ = await hall.token_of(ADA)
        headers = {"Authorization": f"Bearer {token}"}
        async with hall.client.ws_connect("/api/v1/ws", headers=headers) as ws:
            welcome = await ws.receive_json()
        assert welcome["type"] == "welcome"
        assert (welcome["principal"]["role"], welcome["principal"]["tier"]) == ("employee", "T1")

    async def test_a_token_in_the_url_opens_nothing(self, hall: Hall) -> None:
        token, _ = await hall.token_of(GINA)
        for name in ("token", "access_token", "bearer"):
            with pytest.raises(WSServerHandshakeError) as refused:
                await hall.client.ws_connect(f"/api/v1/ws?{name}={token}", protocols=("chaperone.v1",))
            assert refused.value.status == 401

    async def test_a_token_that_is_none_is_refused_before_the_upgrade(self, hall: Hall) -> None:
        response = await hall.client.get("/api/v1/ws", headers={"Authorization": "Bearer nonsense"})
        assert response.status == 401
        body = await response.json()
        assert (body["errcode"], body["soft_logout"]) == ("M_UNKNOWN_TOKEN", False)

    async def test_an_expired_token_is_refused_and_a_refresh_would_help(self, hall: Hall) -> None:
        token, _ = await hall.token_of(GINA)
        hall.office.clock.advance(timedelta(hours=1))
        response = await hall.client.get("/api/v1/ws", headers={"Authorization": f"Bearer {token}"})
        assert (response.status, (await response.json())["soft_logout"]) == (401, True)

    async def test_without_a_token_nothing_is_opened(self, hall: Hall) -> None:
        response = await hall.client.get("/api/v1/ws")
        assert (response.status, (await response.json())["errcode"]) == (401, "M_MISSING_TOKEN")

    async def test_a_request_that_is_no_upgrade_is_told_so(self, hall: Hall) -> None:
        token, _ = await hall.token_of(GINA)
        response = await hall.client.get("/api/v1/ws", headers={"Authorization": f"Bearer {token}"})
        assert response.status == 426

    async def test_an_offer_without_our_subprotocol_is_refused_before_aiohttp_logs_the_token_in_it(
        self, hall: Hall, caplog: pytest.LogCaptureFixture
    ) -> None:
        token, _ = await hall.token_of(GINA)
        with pytest.raises(WSServerHandshakeError) as refused:
            await hall.client.ws_connect("/api/v1/ws", protocols=(f"bearer.{token}",))
        assert refused.value.status == 400
        assert token not in caplog.text

    async def test_a_person_has_only_so_many_sockets(self, tmp_path: Path) -> None:
        async with open_hall(tmp_path, sockets_per_person=2) as hall:
            windows = [await hall.open(GINA) for _ in range(2)]
            with pytest.raises(WSServerHandshakeError) as refused:
                await hall.open(GINA)
            assert refused.value.status == 429
            await hall.open(HUGO)
            await windows[0].ws.close()
            await hall.open(GINA)


class TestEnding:
    async def test_an_expired_token_closes_its_socket(self, hall: Hall) -> None:
        window = await hall.open(GINA)
        hall.office.clock.advance(timedelta(minutes=14))
        hall.gateway.sweep()
        assert await window.rest() == []
        hall.office.clock.advance(timedelta(minutes=1))
        hall.gateway.sweep()
        assert (await window.closed())[0] == 4001

    async def test_a_logout_closes_the_sockets_of_its_session_and_no_other(self, hall: Hall) -> None:
        token, session_id = await hall.token_of(GINA)
        window, same = await hall.open(GINA, token), await hall.open(GINA, token)
        other = await hall.open(GINA)
        await hall.accounts.logout(session_id)
        assert (await window.closed())[0] == 4001
        assert (await same.closed())[0] == 4001
        assert await other.rest() == []

    async def test_a_session_that_ends_while_its_socket_opens_is_closed(
        self, hall: Hall, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        token, session_id = await hall.token_of(GINA)
        authenticate = hall.accounts.authenticate
        calls: list[str] = []

        async def revoked_after_the_first(token: str) -> Any:
            who = await authenticate(token)
            if not calls:
                async with hall.office.store.write() as tx:
                    await tx.sessions.revoke(session_id)
                hall.office.notices.publish(SessionEnded(session_id))  # nobody is listed yet
            calls.append(token)
            return who

        monkeypatch.setattr(hall.accounts, "authenticate", revoked_after_the_first)
        ws = await hall.client.ws_connect("/api/v1/ws", protocols=("chaperone.v1", f"bearer.{token}"))
        message = await ws.receive(5)
        assert (message.type, message.data) == (WSMsgType.CLOSE, 4001)

    async def test_a_gateway_that_stops_tells_its_sockets_to_come_again(self, hall: Hall) -> None:
        window = await hall.open(GINA)
        await hall.gateway.stop()
        assert (await window.closed())[0] == 1001

    async def test_a_socket_that_closes_is_forgotten(self, hall: Hall) -> None:
        record = await hall.office.claimed_issue()
        window = await hall.open(GINA)
        await window.join(record.issue.guest_room)
        await window.ws.close()
        await hall.emptied()
        await hall.settle()
        fanout = hall.gateway.fanout
        assert (fanout._feeds, fanout._by_issue, fanout._by_principal, fanout._by_session) == ({}, {}, {}, {})


class TestBadFrames:
    async def test_what_is_no_frame_is_an_error_and_the_session_goes_on(self, hall: Hall) -> None:
        window = await hall.open(GINA)
        for data in ("hello", "[]", '{"type":"dance"}', '{"type":"join"}'):
            await window.ws.send_str(data)
        await window.ws.send_bytes(b"\x00")
        await window.ws.send_frame(b"\xff\xfe", WSMsgType.TEXT)
        frames = await window.rest()
        assert [frame["errcode"] for frame in frames] == ["CHAPERONE_BAD_FRAME"] * 6

    async def test_a_frame_over_the_limit_is_an_error_and_the_session_goes_on(self, hall: Hall) -> None:
        window = await hall.open(GINA)
        await window.ws.send_str("x" * 65537)
        assert [frame["errcode"] for frame in await window.rest()] == ["CHAPERONE_FRAME_TOO_LARGE"]

    async def test_a_frame_that_is_far_over_the_limit_is_an_error_before_the_socket_closes(self, hall: Hall) -> None:
        window = await hall.open(GINA)
        await window.ws.send_str("x" * 300_000)
        assert (await window.receive())["errcode"] == "CHAPERONE_FRAME_TOO_LARGE"
        assert (await window.closed())[0] == 1009
        await hall.open(GINA)

    async def test_a_frame_for_a_room_that_was_not_joined_is_out_of_order(self, hall: Hall) -> None:
        window = await hall.open(GINA)
        await window.say("!room", "Hello", "t1")
        [error] = await window.rest()
        assert (error["errcode"], error["txn_id"]) == ("CHAPERONE_OUT_OF_ORDER", "t1")


class TestRooms:
    async def test_an_unknown_room_and_the_room_of_others_are_the_same_error(self, hall: Hall) -> None:
        record = await hall.office.claimed_issue()
        windows = {who.login: await hall.open(who) for who in (GINA, HUGO, BEN)}
        asked = ["!nowhere", "lobby:99", "lobby:x", f"lobby:0{record.issue.id}"]
        for login, rooms in {
            "guest-gina": [*asked, record.issue.staff_room, hall.office.queue()],
            "guest-hugo": [*asked, record.issue.staff_room, record.issue.guest_room, f"lobby:{record.issue.id}"],
            "ben": [*asked, record.issue.staff_room, record.issue.guest_room, f"lobby:{record.issue.id}"],
        }.items():
            window = windows[login]
            for room in rooms:
                await window.send("join", room=room)
            errors = await window.rest()
            assert {json.dumps({**error, "room": ""}) for error in errors} == {json.dumps({**errors[0], "room": ""})}
            assert [error["errcode"] for error in errors] == ["CHAPERONE_UNKNOWN_ROOM"] * len(rooms)

    async def test_a_join_is_answered_by_history_then_members_then_the_issue(self, hall: Hall) -> None:
        record = await hall.office.claimed_issue()
        window = await hall.open(GINA)
        await window.send("join", room=record.issue.guest_room)
        frames = await window.rest()
        assert [frame["type"] for frame in frames] == ["history", "member", "member", "issue"]
        assert texts_of(frames[0]) == ["It says 500."]
        assert {frame["name"]: frame["role"] for frame in frames[1:3]} == {"Ada": "staff", "Guest-Gina": "guest"}

    async def test_state_is_sent_again_on_every_join(self, hall: Hall) -> None:
        record = await hall.office.claimed_issue()
        window = await hall.open(GINA)
        cursor = (await window.join(record.issue.guest_room))["cursor"]
        await window.rest()
        await window.send("join", room=record.issue.guest_room, since=cursor)
        frames = await window.rest()
        assert [frame["type"] for frame in frames] == ["history", "member", "member", "issue"]
        assert frames[0]["events"] == []
        assert frames[0]["complete"]

    async def test_what_happens_next_is_told_to_everybody_who_looks(self, hall: Hall) -> None:
        record = await hall.office.claimed_issue()
        gina, ada = await hall.open(GINA), await hall.open(ADA)
        for window in (gina, ada):
            await window.join(record.issue.guest_room)
            await window.rest()
        await hall.office.say(ADA.user_id, record.issue.guest_room, "Which browser?")
        for window in (gina, ada):
            [event] = [f for f in await window.rest() if f["type"] == "event"]
            assert event["event"]["content"]["body"] == "Which browser?"
            assert event["event"]["sender_name"] == "Ada"
            assert "txn_id" not in event["event"]

    async def test_a_room_that_was_left_is_told_of_no_longer(self, hall: Hall) -> None:
        record = await hall.office.claimed_issue()
        window = await hall.open(GINA)
        await window.join(record.issue.guest_room)
        await window.send("leave", room=record.issue.guest_room)
        await window.rest()
        await hall.office.say(ADA.user_id, record.issue.guest_room, "Hello?")
        assert await window.rest() == []

    async def test_an_edit_is_an_update_of_its_target_and_somebody_elses_edit_is_nothing(self, hall: Hall) -> None:
        record = await hall.office.claimed_issue()
        window = await hall.open(GINA)
        await window.join(record.issue.guest_room)
        said = await hall.office.say(ADA.user_id, record.issue.guest_room, "Wich?")
        await window.rest()
        edit = {"m.new_content": {"msgtype": "m.text", "body": "Which?"}, "m.relates_to": {"rel_type": "m.replace"}}
        edit["m.relates_to"]["event_id"] = said
        for sender in (ADA, GINA):
            await hall.office.say(sender.user_id, record.issue.guest_room, "* Which?", **edit)
        frames = [frame for frame in await window.rest() if frame["type"] in ("event", "update")]
        assert [(f["type"], f["target"], f["event"]["sender"]) for f in frames] == [("update", said, ADA.user_id)]
        again = await hall.open(GINA)
        history = await again.join(record.issue.guest_room)
        assert [e["sender"] for e in history["events"] if e.get("target") == said] == [ADA.user_id]

    async def test_a_redaction_is_an_update_and_the_history_has_the_words_no_longer(self, hall: Hall) -> None:
        record = await hall.office.claimed_issue()
        room = record.issue.guest_room
        window = await hall.open(GINA)
        await window.join(room)
        said = await hall.office.say(ADA.user_id, room, "My password is hunter2")
        await window.rest()
        await hall.office.act(ADA.user_id, room, "m.room.redaction", {"redacts": said})
        [update] = [frame for frame in await window.rest() if frame["type"] == "update"]
        assert update["target"] == said
        again = await hall.open(GINA)
        assert "hunter2" not in json.dumps(await again.join(room))
