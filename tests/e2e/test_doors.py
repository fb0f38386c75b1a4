"""Every door that shows events, and what a guest sees by it: nothing of a staff room, of a robot, or that they exist.

    a door, guest at their own room   ─▶ what is theirs, and no secret
    the same, employee at the staff room ─▶ a secret: so the test would have found it
    the same, guest at the staff room ─▶ word for word what a room is answered that does not exist

What a guest can tell who knows an id that nobody tells them is in the tables too, and marked: `tells`.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final

import pytest

from policies.names import EventId, RoomId
from tests.e2e.eyes import Eyes, Seen, at
from tests.e2e.house import House
from tests.e2e.scene import SPOKEN, WHISPER, Scene, Witness, played
from tests.e2e.test_main_job import ROBOT
from tests.synapse import ROOT
from tests.until import until

pytestmark = pytest.mark.e2e

V1: Final = "/_matrix/client/v1"
UNSTABLE: Final = "/_matrix/client/unstable"
NOWHERE: Final = RoomId("!" + "x" * 43)
NOTHING: Final = EventId("$" + "x" * 43)
NOBODY: Final = "@nobody:localhost"


@pytest.fixture(scope="module")
async def scene(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Scene]:
    """A house of our own: its homeserver may push to this machine, which it may not as it is rendered."""
    house = House(tmp_path_factory.mktemp("doors") / "var")
    render = [sys.executable, "-m", "homeserver", "render"]
    await asyncio.to_thread(subprocess.run, render, env=house.environment, cwd=ROOT, check=True)
    with (house.data / "homeserver" / "homeserver.yaml").open("a") as config:
        config.write("\nip_range_whitelist: [127.0.0.0/8]\n")
    await house.start()
    try:
        async with played(house) as scene:
            yield scene
    finally:
        assert await house.stop() == 0


@dataclass(frozen=True)
class View:
    """Who looks by a door, and at what."""

    scene: Scene
    who: Witness
    room: RoomId
    event: EventId

    @property
    def eyes(self) -> Eyes:
        return self.who.eyes

    async def get(self, *parts: str, base: str = "/_matrix/client/v3", **query: Any) -> Seen:
        return await self.eyes.ask("GET", at(*parts), base=base, query=query)

    async def in_room(self, *parts: str, base: str = "/_matrix/client/v3", **query: Any) -> Seen:
        return await self.get("rooms", self.room, *parts, base=base, **query)

    async def post(self, *parts: str, body: Any, **query: Any) -> Seen:
        return await self.eyes.ask("POST", at(*parts), body, query=query)

    async def page(self, method: str, path: str, body: Any = None) -> Seen:
        status, answer = await self.who.page.call(method, path, body)
        return Seen(status, json.dumps(answer, ensure_ascii=False))

    async def frames(self, *types: str) -> Seen:
        seen = [frame for frame in self.who.page.frames if frame["type"] in types]
        return Seen(200 if seen else 404, json.dumps(seen, ensure_ascii=False))

    def mask(self, seen: Seen) -> tuple[int, str]:
        """An answer without the ids that were asked for."""
        return seen.status, seen.text.replace(self.room, "ROOM").replace(self.event, "EVENT")


Look = Callable[[View], Awaitable[Seen]]


@dataclass(frozen=True)
class Door:
    """A way to see. `shows` is what the guest must see by it; `staff_see` whether an employee sees a secret by it."""

    sentence: str
    look: Look
    shows: str = ""
    staff_see: bool = True
    by_id: bool = False
    """Whether it is asked about a room or event by its id."""
    tells: bool = False
    """Whether who knows the id of a staff room or of an event in it learns that there is one."""


def room_door(
    sentence: str, *parts: str, shows: str = "", tells: bool = False, base: str = "/_matrix/client/v3", **query: Any
) -> Door:
    """A door that is a path below a room."""

    async def look(view: View) -> Seen:
        return await view.in_room(*(view.event if part == "EVENT" else part for part in parts), base=base, **query)

    return Door(sentence, look, shows=shows, by_id=True, tells=tells)


def filtered(view: View, **more: Any) -> dict[str, Any]:
    return {"timeline": {"limit": 100}, "state": {"lazy_load_members": True}, "include_leave": True, **more}


async def sliding(view: View) -> Seen:
    wanted = {"required_state": [["*", "*"]], "timeline_limit": 50}
    lists = {"all": {"ranges": [[0, 99]], **wanted}}
    rooms = dict.fromkeys((view.room, view.scene.staff_room, view.scene.queue_room), wanted)
    on = {"enabled": True}
    extensions = dict.fromkeys(("to_device", "e2ee", "account_data", "receipts", "typing"), on)
    body = {"lists": lists, "room_subscriptions": rooms, "extensions": extensions}
    return await view.eyes.ask(
        "POST", "/org.matrix.simplified_msc3575/sync", body, base=UNSTABLE, query={"timeout": "0"}
    )


def search(term: str) -> Look:
    async def look(view: View) -> Seen:
        context = {"before_limit": 10, "after_limit": 10, "include_profile": True}
        events = {"search_term": term, "event_context": context, "include_state": True}
        return await view.post("search", body={"search_categories": {"room_events": events}})

    return look


def find_people(term: str) -> Look:
    return lambda view: view.post("user_directory", "search", body={"search_term": term})


async def told(view: View) -> Seen:
    return Seen(200, view.who.notified)


async def device_changes(view: View) -> Seen:
    now = (await view.get("sync", timeout="0", since=view.who.since)).json["next_batch"]
    return await view.get("keys", "changes", **{"from": view.who.since, "to": now})


DOORS: Final = (
    # --- pages
    Door("history frames of the socket", lambda v: v.frames("history"), shows=SPOKEN),
    Door("live frames of the socket", lambda v: v.frames("event"), shows=SPOKEN),
    Door("update frames of the socket", lambda v: v.frames("update"), shows=f"{SPOKEN}, second"),
    Door("member frames of the socket", lambda v: v.frames("member"), shows="Ada"),
    Door("issue frames of the socket", lambda v: v.frames("issue"), shows="resolved"),
    Door("the list of issues", lambda v: v.page("GET", "/issues"), shows="Doors"),
    Door("an issue", lambda v: v.page("GET", f"/issues/{v.scene.issue.id}"), shows="resolved"),
    Door("a search of issues", lambda v: v.page("GET", "/issues?q=Doors"), staff_see=False),
    Door("who I am", lambda v: v.page("GET", "/me"), staff_see=False),
    Door(
        "history by HTTP",
        lambda v: v.page("GET", f"/rooms/{v.room}/messages?limit=100"),
        shows=f"{SPOKEN}, second",
        by_id=True,
    ),
    # --- a notification
    Door("a notification pushed to a telephone", told),
    Door("the list of notifications", lambda v: v.get("notifications")),
    # --- /sync
    Door("an initial sync", lambda v: v.get("sync", timeout="0"), shows=SPOKEN),
    Door("an initial sync with all state", lambda v: v.get("sync", timeout="0", full_state="true"), shows=SPOKEN),
    Door("an incremental sync", lambda v: v.get("sync", timeout="0", since=v.who.since), shows=SPOKEN),
    Door(
        "a sync filtered to the staff room",
        lambda v: v.get("sync", timeout="0", filter={"room": filtered(v, rooms=[v.scene.staff_room])}),
    ),
    Door(
        "a sync with rooms that were left",
        lambda v: v.get("sync", timeout="0", since=v.who.since, filter={"room": filtered(v)}),
        shows=SPOKEN,
    ),
    Door("a sliding sync that subscribes to the staff room", sliding, shows=SPOKEN),
    Door("the old initial sync", lambda v: v.get("initialSync", limit="100"), shows=SPOKEN),
    Door(
        "the old event stream",
        lambda v: v.get("events", timeout="0", limit="500", **{"from": v.who.since}),
        shows=SPOKEN,
    ),
    # --- a room
    room_door("the messages of a room, backwards", "messages", dir="b", limit="100", shows=SPOKEN),
    room_door("the messages of a room, forwards", "messages", dir="f", limit="100", shows=SPOKEN),
    room_door("the messages of a room with a file", "messages", dir="b", limit="100", filter={"contains_url": True}),
    room_door("one event", "event", "EVENT", shows=SPOKEN),
    room_door("what is around an event", "context", "EVENT", limit="100", shows=SPOKEN, tells=True),
    room_door("what relates to an event", "relations", "EVENT", base=V1),
    room_door("the threads of a room", "threads", base=V1),
    room_door("the state of a room", "state", shows="@ada:localhost"),
    room_door("one piece of state", "state", "chat.chaperone.issue", shows="concluded"),
    room_door("the members of a room", "members", shows="@ada:localhost"),
    room_door("who is in a room", "joined_members", shows="@ada:localhost"),
    room_door("the preview of a room", "initialSync", limit="100", shows=SPOKEN),
    room_door("the tree of a space", "hierarchy", base=V1, shows="Doors"),
    room_door("the event at a time", "timestamp_to_event", base=V1, ts="0", dir="f"),
    Door("the addresses of a room", lambda v: v.in_room("aliases"), staff_see=False, by_id=True),
    Door("the summary of a room", lambda v: v.get("room_summary", v.room, base=V1), "Doors", by_id=True, tells=True),
    Door(
        "the older summary of a room",
        lambda v: v.get("summary", v.room, base=f"{UNSTABLE}/im.nheko.summary"),
        "Doors",
        by_id=True,
        tells=True,
    ),
    # --- searching and lists
    Door("a search for what was said among staff", search("between us")),
    Door("a search for what was said to the guest", search(SPOKEN), shows=SPOKEN, staff_see=False),
    Door("a search of people for robots", find_people("istackbuddy")),
    Door("a search of people for employees", find_people("sam")),
    Door("the rooms I am in", lambda v: v.get("joined_rooms")),
    Door("the rooms I share with a robot", lambda v: v.get("mutual_rooms", base=V1, user_id=ROBOT)),
    Door("the public rooms", lambda v: v.get("publicRooms"), staff_see=False),
    Door("a search of the public rooms", lambda v: v.post("publicRooms", body={}), staff_see=False),
    Door("what other networks there are", lambda v: v.get("thirdparty", "protocols"), staff_see=False),
    Door("people of other networks", lambda v: v.get("thirdparty", "user", userid=ROBOT), staff_see=False),
    Door(
        "places of other networks",
        lambda v: v.get("thirdparty", "location", alias="#chaperone-queue-t1:localhost"),
        staff_see=False,
    ),
    # --- what is kept for me
    Door("my account data", lambda v: v.get("user", v.eyes.user_id, "account_data", "m.direct"), staff_see=False),
    Door("whose devices changed", device_changes),
    Door("my pushers and rules", lambda v: v.get("pushrules", ""), staff_see=False),
)


def rows(*doors: Door) -> pytest.MarkDecorator:
    """One test a door, named by its sentence."""
    return pytest.mark.parametrize("door", doors, ids=[door.sentence for door in doors])


def guests_own(scene: Scene) -> View:
    return View(scene, scene.gina, scene.guest_room, scene.said)


@rows(*DOORS)
async def test_a_guest_sees_no_secret_by(scene: Scene, door: Door) -> None:
    seen = await door.look(guests_own(scene))
    assert not scene.found_in(seen.text), seen
    assert door.shows in seen.text


@rows(*(door for door in DOORS if door.staff_see))
async def test_a_secret_would_be_found_in(scene: Scene, door: Door) -> None:
    view = View(scene, scene.ada, scene.staff_room, scene.question)

    async def is_found() -> set[str]:
        return scene.found_in((await door.look(view)).text)

    await until(is_found)  # the user directory is written a moment later


def knock_door(sentence: str, method: str, *parts: str, body: Any = None, tells: bool = False) -> Door:
    """A door that does something to a room, or tries to."""

    async def look(view: View) -> Seen:
        known = {"ROOM": view.room, "EVENT": view.event, "ME": view.eyes.user_id, "TXN": view.eyes.txn()}
        return await view.eyes.ask(method, at(*(known.get(part, part) for part in parts)), body)

    return Door(sentence, look, by_id=True, tells=tells)


def api_door(sentence: str, method: str, path: str, body: Any = None) -> Door:
    """The same in the bridge's API; `{room}` and `{event}` stand in the path."""

    async def look(view: View) -> Seen:
        return await view.page(method, path.format(room=view.room, event=view.event), body)

    return Door(sentence, look, by_id=True)


async def join_by_socket(view: View) -> Seen:
    page = view.who.page
    since = len(page.frames)
    await page.send(type="join", room=view.room)
    frame = await page.wait_for(lambda f: f.get("room") == view.room, since)
    return Seen(200, json.dumps(frame))


HELLO: Final = {"msgtype": "m.text", "body": "hello"}
ADA: Final = {"user_id": "@ada:localhost"}
ACTS: Final = (
    Door("to join it by the socket", join_by_socket, by_id=True),
    api_door("to write by HTTP", "POST", "/rooms/{room}/messages", {"txn_id": "x", "body": "hello"}),
    knock_door("to join", "POST", "join", "ROOM", body={}),
    knock_door("to join, said otherwise", "POST", "rooms", "ROOM", "join", body={}),
    knock_door("to knock", "POST", "knock", "ROOM", body={}),
    knock_door("to leave", "POST", "rooms", "ROOM", "leave", body={}, tells=True),
    knock_door("to forget it", "POST", "rooms", "ROOM", "forget", body={}),
    knock_door("to write", "PUT", "rooms", "ROOM", "send", "m.room.message", "TXN", body=HELLO),
    knock_door("to redact", "PUT", "rooms", "ROOM", "redact", "EVENT", "TXN", body={}, tells=True),
    knock_door("to set state", "PUT", "rooms", "ROOM", "state", "m.room.topic", body={"topic": "x"}),
    knock_door("to invite", "POST", "rooms", "ROOM", "invite", body=ADA, tells=True),
    knock_door("to remove somebody", "POST", "rooms", "ROOM", "kick", body=ADA, tells=True),
    knock_door("to ban somebody", "POST", "rooms", "ROOM", "ban", body=ADA, tells=True),
    knock_door("to upgrade it", "POST", "rooms", "ROOM", "upgrade", body={"new_version": "12"}, tells=True),
    knock_door("to type", "PUT", "rooms", "ROOM", "typing", "ME", body={"typing": True, "timeout": 1000}),
    knock_door("to have read", "POST", "rooms", "ROOM", "receipt", "m.read", "EVENT", body={}, tells=True),
    knock_door("to mark as read", "POST", "rooms", "ROOM", "read_markers", body={"m.fully_read": "$x"}),
    knock_door("to report an event", "POST", "rooms", "ROOM", "report", "EVENT", body={"reason": "x"}),
    knock_door("to report it", "POST", "rooms", "ROOM", "report", body={"reason": "x"}, tells=True),
    knock_door("to ask whether it is listed", "GET", "directory", "list", "room", "ROOM", tells=True),
    knock_door("to read tags", "GET", "user", "ME", "rooms", "ROOM", "tags"),
    knock_door("to read account data", "GET", "user", "ME", "rooms", "ROOM", "account_data", "m.fully_read"),
)
BY_ID: Final = (*(door for door in DOORS if door.by_id), *ACTS)


@rows(*(door for door in BY_ID if not door.tells))
async def test_a_staff_room_is_answered_like_no_room_by(scene: Scene, door: Door) -> None:
    staffs = View(scene, scene.gina, scene.staff_room, scene.question)
    nobodys = View(scene, scene.gina, NOWHERE, NOTHING)
    assert staffs.mask(await door.look(staffs)) == nobodys.mask(await door.look(nobodys))


@rows(*(door for door in BY_ID if door.tells))
async def test_who_knows_an_id_that_nobody_tells_learns_that_it_is_one_by(scene: Scene, door: Door) -> None:
    """Not to be closed at a price worth paying: the id is a hash of 256 bits. Nothing is seen, and nothing done."""
    staffs = View(scene, scene.gina, scene.staff_room, scene.question)
    nobodys = View(scene, scene.gina, NOWHERE, NOTHING)
    seen = await door.look(staffs)
    assert not scene.found_in(staffs.mask(seen)[1]), seen
    assert staffs.mask(seen) != nobodys.mask(await door.look(nobodys)), "it does not tell any more: say so in the row"


@pytest.mark.parametrize("path", ["event", "relations"])
async def test_a_staff_rooms_event_is_not_found_in_the_guests_own_room_either(scene: Scene, path: str) -> None:
    base = V1 if path == "relations" else "/_matrix/client/v3"
    theirs, nothing = (View(scene, scene.gina, scene.guest_room, event) for event in (scene.whisper, NOTHING))
    answers = [view.mask(await view.in_room(path, view.event, base=base)) for view in (theirs, nothing)]
    assert answers[0] == answers[1]


@pytest.mark.parametrize("room", ["queue-t1", "policy"])
async def test_a_guessed_address_tells_that_the_house_has_such_a_room_and_opens_nothing(
    scene: Scene, room: str
) -> None:
    """Matrix answers an address to anybody. Queue and policy room have one, the same in every house; no issue's room
    keeps the one that it was made under, which nobody could guess."""
    alias = f"#chaperone-{room}:localhost"
    room_id = (await scene.gina.eyes.done("GET", at("directory", "room", alias)))["room_id"]
    for method, parts in (
        ("POST", ("join", alias)),
        ("POST", ("knock", alias)),
        ("DELETE", ("directory", "room", alias)),
    ):
        seen = await scene.gina.eyes.ask(method, at(*parts), {} if method == "POST" else None)
        assert seen.status == 403
    view = View(scene, scene.gina, RoomId(room_id), NOTHING)
    for door in (door for door in DOORS if door.by_id):
        seen = await door.look(view)
        assert seen.status >= 400, (door.sentence, seen)


async def test_no_room_of_an_issue_has_an_address(scene: Scene) -> None:
    for room in (scene.guest_room, scene.staff_room):
        assert await scene.ada.eyes.done("GET", at("rooms", room, "aliases")) == {"aliases": []}


@pytest.mark.parametrize("who", [ROBOT, "@cleo:localhost", "@sam:localhost"])
@pytest.mark.parametrize(
    ("method", "parts", "body"),
    [
        ("GET", ("profile", "WHO"), None),
        ("GET", ("profile", "WHO", "displayname"), None),
        ("GET", ("profile", "WHO", "avatar_url"), None),
        ("GET", ("presence", "WHO", "status"), None),
        ("POST", ("keys", "query"), {"device_keys": {"WHO": []}}),
        ("POST", ("keys", "claim"), {"one_time_keys": {"WHO": {"X": "signed_curve25519"}}}),
        ("PUT", ("sendToDevice", "m.test", "TXN"), {"messages": {"WHO": {"*": {}}}}),
        ("GET", ("admin", "whois", "WHO"), None),
    ],
    ids=lambda part: part if isinstance(part, str) else part[0] if isinstance(part, tuple) else "",
)
async def test_robots_and_staff_who_share_no_room_are_answered_like_nobody(
    scene: Scene, who: str, method: str, parts: tuple[str, ...], body: Any
) -> None:
    async def answer(user_id: str) -> tuple[int, str]:
        known = {"WHO": user_id, "TXN": scene.gina.eyes.txn()}
        asked = None if body is None else json.loads(json.dumps(body).replace("WHO", user_id))
        seen = await scene.gina.eyes.ask(method, at(*(known.get(part, part) for part in parts)), asked)
        return seen.status, seen.text.replace(user_id, "WHO")

    assert await answer(who) == await answer(NOBODY)


async def test_a_file_of_the_staff_room_opens_to_who_knows_its_unguessable_address_and_to_nobody_else(
    scene: Scene,
) -> None:
    """Authenticated media knows who asks, and not for which room. The address is never told to a guest."""
    name = scene.file.removeprefix("mxc://")
    with_login = await scene.gina.eyes.ask("GET", f"/media/download/{name}", base=V1)
    assert WHISPER in with_login.text
    thumbnail = await scene.gina.eyes.ask(
        "GET", f"/media/thumbnail/{name}", base=V1, query={"width": "32", "height": "32"}
    )
    assert thumbnail.status == 400
    for what in ("download", "thumbnail"):
        without = await scene.gina.eyes.ask(
            "GET", f"/{what}/{name}", base="/_matrix/media/v3", query={"width": "32", "height": "32"}
        )
        assert without.status == 404, "the old doors know nobody, so they open to nobody"
    name_of_nothing = f"localhost/{'x' * 24}"
    assert (await scene.gina.eyes.ask("GET", f"/media/download/{name_of_nothing}", base=V1)).status == 404
