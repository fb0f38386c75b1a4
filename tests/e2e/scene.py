"""An issue played to its end on real parts, with everything in it that a guest must never see, and the guest watching.

guest: socket, long /sync, pusher ─────────────────────────────────────────────────────────▶ all that came is kept
opened ─▶ claimed ─▶ staff talk, upload, ask a robot ─▶ shared ─▶ edited, redacted ─▶ handed over ─▶ concluded
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

from aiohttp import web

from policies.names import EventId, RoomId
from tests.e2e.colleague import Colleague
from tests.e2e.eyes import Eyes
from tests.e2e.house import House
from tests.e2e.issue import Issue
from tests.e2e.test_main_job import FORM, ROBOT, is_answer_to, upload
from tests.e2e.visitor import Visitor
from tests.synapse import free_port
from tests.until import until

WHISPER: Final = "zirconium"
"""A word that is said, and stands in a file, among staff only."""
SPOKEN: Final = "basalt"
"""A word that is said to the guest."""

NOT_YET: Final = EventId("")


@dataclass
class Pushed:
    """A push gateway of people's own, and what Synapse told it, by whose pusher."""

    url: str = ""
    told: list[str] = field(default_factory=list)

    def to(self, user_id: str) -> str:
        """All that one person's pusher was told."""
        return "\n".join(told for told in self.told if f"key of {user_id}" in told)


@dataclass
class Witness:
    """Somebody who watches by every door there is: a page's socket and API, a Matrix login, a pusher."""

    page: Visitor
    eyes: Eyes
    pushed: Pushed
    since: str = ""
    """Where their /sync stood before the issue was claimed."""

    @property
    def notified(self) -> str:
        """All that their pusher was told."""
        return self.pushed.to(self.eyes.user_id)


@dataclass
class Scene:
    """What was played, and who saw it."""

    house: House
    issue: Issue
    ben: Colleague
    gina: Witness
    ada: Witness
    queue_room: RoomId
    file: str = ""
    """The content URI of a file in the staff room."""
    whisper: EventId = NOT_YET
    question: EventId = NOT_YET
    answer: EventId = NOT_YET
    said: EventId = NOT_YET
    """Something said to the guest, and edited."""

    @property
    def guest_room(self) -> RoomId:
        return self.issue.guest_room

    @property
    def staff_room(self) -> RoomId:
        return self.issue.staff_room

    @property
    def secrets(self) -> frozenset[str]:
        """None of these may be in anything that a guest is shown. Lower case."""
        staff_events = {str(e["event_id"]) for e in self.issue.ada.events[self.staff_room] if "event_id" in e}
        return frozenset(
            secret.lower()
            for secret in (
                *staff_events,
                self.staff_room,
                self.queue_room,
                self.file.rpartition("/")[2],
                WHISPER,
                "istackbuddy",
                "contact.json",
                "staff_room",
                "chat.chaperone.answer",
                "chat.chaperone.person",
                '"side":"staff"',
                "@cleo:",
                "@sam:",
            )
        )

    def found_in(self, text: str) -> set[str]:
        """The secrets that a text tells."""
        # Matrix's ids stand percent-encoded in links, and JSON may escape what it likes
        text = text.lower().replace("%21", "!").replace("%24", "$").replace("%3a", ":").replace("\\/", "/")
        return {secret for secret in self.secrets if secret in text}


async def joined(someone: Colleague, room: RoomId, user_id: str) -> None:
    await someone.wait_for(
        room,
        lambda e: e["type"] == "m.room.member" and e["state_key"] == user_id and e["content"]["membership"] == "join",
    )


@asynccontextmanager
async def listening() -> AsyncIterator[Pushed]:
    """A push gateway on loopback."""
    pushed = Pushed()

    async def take(request: web.Request) -> web.Response:
        pushed.told.append(await request.text())
        return web.json_response({"rejected": []})

    app = web.Application()
    app.router.add_post("/_matrix/push/v1/notify", take)
    runner = web.AppRunner(app)
    await runner.setup()
    port = free_port()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    pushed.url = f"http://127.0.0.1:{port}/_matrix/push/v1/notify"
    try:
        yield pushed
    finally:
        await runner.cleanup()


async def set_pusher(eyes: Eyes, url: str) -> None:
    """Have every notification of theirs told to the sink, with all that the homeserver tells."""
    pusher = {
        "app_id": "test",
        "pushkey": f"key of {eyes.user_id}",
        "kind": "http",
        "app_display_name": "test",
        "device_display_name": "test",
        "lang": "en",
        "data": {"url": url},
    }
    await eyes.done("POST", "/pushers/set", pusher)


@asynccontextmanager
async def played(house: House) -> AsyncIterator[Scene]:
    """The whole scene, and everybody still there at its end."""
    async with AsyncExitStack() as stack:
        pushed = await stack.enter_async_context(listening())
        login = house.login("guest")
        guest = await stack.enter_async_context(Visitor(house.web, login.login, login.password))
        ada = await stack.enter_async_context(Colleague(house.homeserver, house.login("t1")))
        ben = await stack.enter_async_context(Colleague(house.homeserver, house.login("t2")))
        issue = Issue(house, guest, ada)
        await guest.connect()
        await issue.open("Doors", f"Hello, about {SPOKEN}.")  # a ghost can log in from its first issue on
        queue_room = RoomId((await issue.card())["room_id"])
        at_work = house.login("t1")
        desk = await stack.enter_async_context(Visitor(house.web, at_work.login, at_work.password))
        gina = Witness(guest, await stack.enter_async_context(Eyes(house.homeserver, login)), pushed)
        watching = Witness(desk, await stack.enter_async_context(Eyes(house.homeserver, at_work)), pushed)
        for witness in (gina, watching):
            await set_pusher(witness.eyes, pushed.url)
            # filtered, as Synapse keeps the answer to an initial sync for a while
            sync = await witness.eyes.done("GET", "/sync", query={"filter": {"presence": {"types": []}}})
            witness.since = sync["next_batch"]
        scene = Scene(house, issue, ben, gina, watching, queue_room)
        await _play(scene)
        yield scene


async def _play(scene: Scene) -> None:
    issue, guest, ada = scene.issue, scene.issue.guest, scene.issue.ada
    await guest.send(type="join", room=f"lobby:{issue.id}")
    await issue.claim()
    await guest.send(type="join", room=issue.guest_room)
    await joined(ada, issue.staff_room, ROBOT)
    await scene.ada.page.connect()
    await scene.ada.page.send(type="join", room=issue.staff_room)

    scene.whisper = await ada.say(issue.staff_room, f"Between us: {WHISPER}, says {ROBOT}.")
    await upload(ada, issue.staff_room, "contact.json", json.dumps(FORM | {"name": WHISPER}).encode())
    file = await ada.wait_for(issue.staff_room, lambda e: "url" in e["content"])
    scene.file = file["content"]["url"]
    scene.question = await ada.say(issue.staff_room, "!ask iStackBuddy.forms.diagnostics contact.json")
    placeholder = await ada.wait_for(issue.staff_room, is_answer_to(scene.question, "pending"))
    scene.answer = EventId(placeholder["event_id"])
    await ada.wait_for(issue.staff_room, is_answer_to(scene.question, "done"))
    share = {"event_id": scene.answer, "body": f"Look at your second field. {SPOKEN}."}
    status, _ = await scene.ada.page.call("POST", f"/issues/{issue.id}/share", share)
    assert status == 200
    await guest.wait_for(lambda f: f["type"] == "event" and "chat.chaperone.shared" in f["event"]["content"])

    scene.said = await ada.say(issue.guest_room, f"{SPOKEN}, first")
    new = {"msgtype": "m.text", "body": f"{SPOKEN}, second"}
    relation = {"rel_type": "m.replace", "event_id": scene.said}
    edit = {"msgtype": "m.text", "body": "* x", "m.new_content": new, "m.relates_to": relation}
    await ada.send(issue.guest_room, "m.room.message", edit)
    await ada.client.room_redact(issue.guest_room, await ada.say(issue.guest_room, "a slip"))
    await guest.send(type="typing", room=issue.guest_room, on=True)
    await ada.say(issue.staff_room, "!handover @ben")
    await joined(scene.ben, issue.guest_room, scene.ben.user_id)
    await joined(scene.ben, issue.staff_room, scene.ben.user_id)
    await scene.ben.say(issue.staff_room, f"Mine now. {WHISPER}, you say?")
    await guest.send(type="message", room=issue.guest_room, txn_id="thanks", body="Thanks.")
    await guest.wait_for(lambda f: f["type"] == "ack" and f["txn_id"] == "thanks")
    await ada.say(issue.staff_room, f"!conclude resolved it was {WHISPER}")
    await guest.wait_for(lambda f: f["type"] == "issue" and f["conclusion"] == "resolved")
    await ada.wait_for(issue.staff_room, lambda e: "was concluded by" in str(e["content"].get("body")))

    async def was_pushed() -> bool:
        return WHISPER in scene.ada.notified

    await until(was_pushed)
