"""What the API and the outside are told of a day's work, on the real thing: webhooks, pictures, invitations, robots,
waiting for events, the audit log.
"""

from __future__ import annotations

import asyncio
import csv
import hashlib
import hmac
import io
import json
from base64 import b64encode
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import aiohttp
import pytest
from PIL import Image

from policies.names import ANSWER_KEY
from tests.bridge.webhooks.receiver import Receiver, open_receiver
from tests.e2e.house import House
from tests.e2e.test_rebuild import chaperone
from tests.e2e.visitor import Visitor
from tests.until import until

pytestmark = pytest.mark.e2e

SECRET = "a secret of sixteen"
ROBOT = "@istackbuddy.forms.diagnostics:localhost"


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with open_receiver() as receiver:
        receiver.answers = [500]
        yield receiver


@pytest.fixture
async def house(tmp_path: Path, receiver: Receiver) -> AsyncIterator[House]:
    """One that calls a hook."""
    (tmp_path / "hook").write_text(SECRET)
    hook = {
        "name": "crm",
        "url": receiver.url,
        "secret_file": str(tmp_path / "hook"),
        "allow_http": True,
        "allow_private": True,
    }
    house = House(tmp_path / "var", CHAPERONE__WEBHOOKS__HOOKS=json.dumps([hook]))
    await house.start()
    yield house
    assert await house.stop() == 0


def picture() -> str:
    out = io.BytesIO()
    Image.new("RGB", (8, 8), "teal").save(out, "PNG")
    return b64encode(out.getvalue()).decode()


async def avatar_of(house: House, user_id: str) -> str | None:
    """As the homeserver shows it."""
    token = (house.data / "secrets" / "as_token").read_text().strip()
    url = f"{house.homeserver}/_matrix/client/v3/profile/{quote(user_id)}"
    headers = {"Authorization": f"Bearer {token}"}
    async with aiohttp.ClientSession(headers=headers) as session, session.get(url) as answer:
        found: str | None = (await answer.json()).get("avatar_url")
        return found


async def test_a_day_is_told_to_whom_it_concerns(house: House, receiver: Receiver) -> None:
    guest, t1 = house.login("guest"), house.login("t1")
    async with (
        Visitor(house.web, guest.login, guest.password) as gina,
        Visitor(house.web, t1.login, t1.password) as ada,
    ):
        opening = {"subject": "All of us", "message": "Hello?", "group": True}
        _, issue = await gina.call("POST", "/issues", opening)
        number = issue["id"]
        assert (await ada.call("POST", f"/issues/{number}/claim", {}))[0] == 200

        async def room_of(visitor: Visitor) -> Any:
            return (await visitor.call("GET", f"/issues/{number}"))[1]["guest_room"]

        room = await until(lambda: room_of(gina))

        await _pictures(house, (gina, guest.user_id), (ada, t1.user_id))
        await _another_guest(house, ada, number, room_of)
        await _waiting(gina, ada, room)
        await _robots(ada, number)

        assert (await ada.call("POST", f"/issues/{number}/conclude", {"conclusion": "resolved"}))[0] == 200

        async def is_told() -> bool:
            return any(json.loads(body)["event"] == "issue.concluded" for _, body in receiver.heard)

        await until(is_told)
    _check_hooks(receiver, number)
    assert "whole, and every rule answers as it did" in await chaperone(house, "audit", "replay")
    [row] = csv.DictReader(io.StringIO(await chaperone(house, "issues", "export")))
    assert (row["id"], row["conclusion"], row["messages_of_staff"]) == (number, "resolved", "1")


async def _pictures(house: House, *people: tuple[Visitor, str]) -> None:
    for visitor, user_id in people:
        status, profile = await visitor.call("PATCH", "/me/profile", {"avatar": picture()})
        assert status == 200, profile

        async def is_shown(user_id: str = user_id, uri: str = profile["avatar"]) -> bool:
            return await avatar_of(house, user_id) == uri

        await until(is_shown)


async def _another_guest(house: House, ada: Visitor, number: str, room_of: Any) -> None:
    _, invited = await ada.call("POST", "/invitations", {"name": "Hugo", "issue_id": number})
    secret = invited["link"].partition("#invitation=")[2]
    hugo = Visitor(house.web, "", "")
    async with aiohttp.ClientSession() as session:
        async with session.post(f"{house.web}/api/v1/auth/guest", json={"invitation": secret}) as answer:
            assert answer.status == 200, await answer.text()
            hugo.token = (await answer.json())["token"]
        hugo._session = session
        assert await until(lambda: room_of(hugo)) == await room_of(ada)


async def _waiting(gina: Visitor, ada: Visitor, room: str) -> None:
    _, history = await gina.call("GET", f"/rooms/{room}/messages")
    cursor = history["cursor"]
    waiting = asyncio.create_task(gina.call("GET", f"/rooms/{room}/events?since={cursor}"))
    await asyncio.sleep(0)
    await ada.call("POST", f"/rooms/{room}/messages", {"txn_id": "1", "body": "Which form?"})
    seen: list[str] = []
    while "Which form?" not in seen:
        status, page = await waiting
        assert status == 200, page
        seen += [event["content"].get("body", "") for event in page["events"]]
        waiting = asyncio.create_task(gina.call("GET", f"/rooms/{room}/events?since={page['cursor']}&timeout=1"))
    await waiting


async def _robots(ada: Visitor, number: str) -> None:
    async def present() -> Any:
        return (await ada.call("GET", f"/issues/{number}/robots"))[1]["robots"]

    await until(present)
    status, _ = await ada.call("DELETE", f"/issues/{number}/robots", {"robot": "iStackBuddy.forms.diagnostics"})
    assert status == 200

    async def is_away() -> bool:
        return not await present()

    await until(is_away)
    status, asked = await ada.call("POST", f"/issues/{number}/ask", {"robot": ROBOT, "kind": "command", "text": "help"})
    assert status == 201, asked

    async def is_answered() -> bool:
        _, story = await ada.call("GET", f"/issues/{number}/timeline?limit=100")
        answers = [e for e in story["events"] if ANSWER_KEY in e["content"]]
        assert all(event["side"] == "staff" for event in answers)
        return any(event["sender"] == ROBOT for event in answers)

    await until(is_answered, within_s=120)
    assert await present() == [ROBOT]


def _check_hooks(receiver: Receiver, number: str) -> None:
    first, second, *_ = receiver.heard
    assert first[1] == second[1], "the first was answered 500, so it came again"
    assert first[0]["Chaperone-Delivery"] == second[0]["Chaperone-Delivery"]
    events = [json.loads(body)["event"] for _, body in receiver.heard[1:]]
    assert events == ["issue.opened", "issue.claimed", "issue.concluded"]
    for headers, body in receiver.heard:
        stamp, mark = (part.partition("=")[2] for part in headers["Chaperone-Signature"].split(","))
        assert mark == hmac.new(SECRET.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
        assert json.loads(body)["issue"]["id"] == number
        assert b"All of us" not in body
