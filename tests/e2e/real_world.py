"""A running Chaperone as a world that is acted in and looked at: everybody raw, and the bridge's bot as the witness.

What the bot is told of is replayed event by event, in the order in which Synapse accepted them, so that what was wrong
for a moment only is found as well.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from typing import Any, Final

from homeserver.keys import derive_robot_password
from policies.names import ISSUE_STATE, KIND_KEY, EventId, RoomId, UserId
from policies.rooms import RoomKind
from tests.e2e.eyes import Eyes, Seen, at
from tests.e2e.house import DemoLogin, House
from tests.e2e.visitor import Visitor
from tests.until import until

BOT: Final = UserId("@chaperone:localhost")
ROBOT: Final = UserId("@istackbuddy.forms.diagnostics:localhost")
STAFF: Final = ("t1", "t2", "t3", "supervisor")
WHISPER: Final = "obsidian"
"""Stands in everything that is said in a room of staff."""
HERE: Final = ("join", "invite")


@dataclass
class RoomNow:
    """A room as far as it was replayed."""

    kind: str = RoomKind.OTHER
    issue: Mapping[str, Any] = field(default_factory=dict)
    members: dict[UserId, str] = field(default_factory=dict)
    events: list[EventId] = field(default_factory=list)

    def joined(self) -> set[UserId]:
        return {user for user, membership in self.members.items() if membership == "join"}

    def here(self) -> set[UserId]:
        return {user for user, membership in self.members.items() if membership in HERE}


class RealWorld:
    """Rooms and people of a house."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.rooms: dict[RoomId, RoomNow] = {}
        self.people: dict[UserId, Eyes] = {}
        self.pages: dict[UserId, Visitor] = {}
        self.guests: list[UserId] = []
        self.employees: list[UserId] = []
        self.breaches: list[str] = []
        self.waiting = ["1"]
        """Issues that are open or queued, and the first, which may be neither."""
        self._stack = AsyncExitStack()
        self._since: dict[UserId | RoomId, str] = {}
        self._bot = Eyes(house.homeserver, DemoLogin("", "", BOT))

    async def open(self) -> None:
        """Everybody logs in; the second guest is added first."""
        self._bot.token = (self.house.data / "secrets" / "as_token").read_text().strip()
        self._stack.push_async_callback(self._bot.__aexit__, None, None, None)
        await self._add_guest("gus", "a long password")
        for key in STAFF:
            login = self.house.login(key)
            self.people[login.user_id] = await self._stack.enter_async_context(Eyes(self.house.homeserver, login))
            self.pages[login.user_id] = await self._enter(login)
            self.employees.append(login.user_id)
        secret = (self.house.data / "secrets" / "robots_secret").read_text().strip()
        robot = DemoLogin("", derive_robot_password(secret, ROBOT), ROBOT)
        self.people[ROBOT] = await self._stack.enter_async_context(Eyes(self.house.homeserver, robot))
        gus = DemoLogin("gus", "a long password", UserId("@guest-gus:localhost"))
        for login in (self.house.login("guest"), gus):
            self.pages[login.user_id] = await self._enter(login)
            await self.ask_page(login.user_id, "POST", "/issues", {"subject": "First", "message": "Hello"})
            self.people[login.user_id] = await self._stack.enter_async_context(Eyes(self.house.homeserver, login))
            self.guests.append(login.user_id)
        await self.ask_page(self.employees[0], "POST", "/issues/1/claim", {})
        await self.ask_page(self.employees[1], "POST", "/issues/2/claim", {})
        await until(self._are_both_there)

    async def _are_both_there(self) -> bool:
        await self.look()
        rooms = [self.rooms[room_id] for room_id in self.rooms_of(RoomKind.GUEST)]
        return sum(bool(room.joined() & {*self.guests}) for room in rooms) == 2

    async def close(self) -> None:
        await self._stack.aclose()

    async def _enter(self, login: DemoLogin) -> Visitor:
        return await self._stack.enter_async_context(Visitor(self.house.web, login.login, login.password))

    async def _add_guest(self, login: str, password: str) -> None:
        admin = self.house.login("admin")
        async with Visitor(self.house.web, admin.login, admin.password) as alex:
            added = await alex.call("POST", "/users", {"login": login, "password": password, "role": "guest"})
            assert added[0] in (200, 201), added

    # --- acting

    async def ask(self, who: UserId, method: str, path: str, body: Any = None) -> Seen:
        """A request of the client-server API; one that is too early for Synapse's limits is made again."""
        while True:
            seen = await self.people[who].ask(method, path, body)
            if seen.status != 429:
                return seen
            await asyncio.sleep(seen.json.get("retry_after_ms", 100) / 1000)

    async def ask_page(self, who: UserId, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """A request of the bridge's API."""
        while True:
            status, answer = await self.pages[who].call(method, path, body)
            if status != 429:
                return status, answer
            await asyncio.sleep(answer["retry_after_ms"] / 1000)

    async def say(self, who: UserId, room: RoomId) -> Seen:
        """Among staff something that is not meant for guests."""
        body = WHISPER if self.rooms[room].kind in (RoomKind.STAFF, RoomKind.QUEUE) else "hello"
        path = at("rooms", room, "send", "m.room.message", self.people[who].txn())
        return await self.ask(who, "PUT", path, {"msgtype": "m.text", "body": body})

    async def put_member(self, who: UserId, room: RoomId, target: UserId, membership: str) -> Seen:
        """A membership, by the event itself."""
        return await self.set_state(who, room, "m.room.member", target, {"membership": membership})

    async def set_state(self, who: UserId, room: RoomId, kind: str, key: str, content: Mapping[str, Any]) -> Seen:
        path = at("rooms", room, "state", kind) + "/" + at(key)[1:]
        return await self.ask(who, "PUT", path, content)

    # --- looking

    async def look(self) -> list[str]:
        """Replay what happened since the last look; every breach of a rule, in a sentence each."""
        found = self.breaches = []
        rooms = (await self._bot.done("GET", "/joined_rooms"))["joined_rooms"]
        for room_id, news in zip(rooms, await asyncio.gather(*map(self._load_news, rooms)), strict=True):
            for event in news:
                self._replay(room_id, event)
        for guest in self.guests:
            await self._look_as_guest(guest)
        await self._look_at_issues()
        return found

    async def _load_news(self, room_id: RoomId) -> list[Mapping[str, Any]]:
        """The events of a room since the last look."""
        query = {"dir": "f", "limit": "1000"} | ({"from": self._since[room_id]} if room_id in self._since else {})
        answer = await self._bot.done("GET", at("rooms", room_id, "messages"), query=query)
        self._since[room_id] = answer.get("end", self._since.get(room_id))
        events: list[Mapping[str, Any]] = answer["chunk"]
        return events

    def _replay(self, room_id: RoomId, event: Mapping[str, Any]) -> None:
        room = self.rooms.setdefault(room_id, RoomNow())
        content = event["content"]
        room.events.append(event["event_id"])
        if event["type"] == "m.room.create" and event["sender"] == BOT:
            room.kind = content.get(KIND_KEY, RoomKind.OTHER)
        elif event["type"] == ISSUE_STATE:
            room.issue = content
        elif event["type"] == "m.room.member":
            room.members[event["state_key"]] = content["membership"]
            self._check_room(room_id, room, event)

    def _check_room(self, room_id: RoomId, room: RoomNow, event: Mapping[str, Any]) -> None:
        after = f"after {event['state_key']} {event['content']['membership']} by {event['sender']} in {room_id}"
        guests, cover = room.joined() & {*self.guests}, room.joined() & {*self.employees}
        if guests and not cover and room.kind in (RoomKind.GUEST, RoomKind.OTHER):
            self.breaches.append(f"G3: {guests} alone {after}")
        if room.kind == RoomKind.GUEST and ROBOT in room.here():
            self.breaches.append(f"R1: a robot {after}")
        if room.kind == RoomKind.GUEST and len(room.here() & {*self.guests}) > 1:
            self.breaches.append(f"G4: guests meet {after}")
        if room.kind in (RoomKind.STAFF, RoomKind.QUEUE, RoomKind.POLICY) and room.here() & {*self.guests}:
            self.breaches.append(f"S2: a guest {after}")

    async def _look_as_guest(self, guest: UserId) -> None:
        if guest not in self.people:
            return
        everything = {"room": {"timeline": {"limit": 1000}, "include_leave": True}, "presence": {"types": []}}
        query = {"timeout": "0", "filter": everything} | ({"since": self._since[guest]} if guest in self._since else {})
        answer = await self.people[guest].done("GET", "/sync", query=query)
        self._since[guest] = answer["next_batch"]
        seen = json.dumps(answer)
        of_staff = {r: room for r, room in self.rooms.items() if room.kind in (RoomKind.STAFF, RoomKind.QUEUE)}
        secrets = {WHISPER, ROBOT, *of_staff, *(event for room in of_staff.values() for event in room.events)}
        told = sorted(secret for secret in secrets if secret in seen)
        if told:
            self.breaches.append(f"{guest} was shown {told}")

    async def _look_at_issues(self) -> None:
        self.waiting = ["1"]
        for status in ("open", "queued"):
            code, page = await self.ask_page(self.employees[-1], "GET", f"/issues?status={status}&limit=100")
            assert code == 200, page
            for issue in page["issues"]:
                self.waiting.append(str(issue["id"]))
                answered = issue["assignee"] in self.employees if status == "open" else issue["queue_position"]
                if not answered:
                    self.breaches.append(f"L3: nobody sees to issue {issue['id']}, which is {status}")

    def rooms_of(self, *kinds: RoomKind) -> list[RoomId]:
        return [room_id for room_id, room in self.rooms.items() if room.kind in kinds]

    async def come_to_rest(self) -> list[str]:
        """Whatever was done, an open issue still carries what its guest says."""
        _, page = await self.ask_page(self.employees[-1], "GET", "/issues?status=open&limit=100")
        for issue in page["issues"]:
            await self._carry(issue["id"], issue["guest"])
        return self.breaches

    async def _carry(self, issue_id: str, guest: UserId) -> None:
        txn = self.people[guest].txn()

        async def is_said() -> bool:
            _, issue = await self.ask_page(self.employees[-1], "GET", f"/issues/{issue_id}")
            if issue["status"] != "open":
                return True  # it went back to the queue, and the words wait there
            body = {"txn_id": f"rest-{issue_id}-{txn}", "body": "Still here?"}
            status, answer = await self.ask_page(guest, "POST", f"/rooms/lobby:{issue_id}/messages", body)
            if status >= 300:
                return bool(answer["errcode"] in ("CHAPERONE_NOT_A_MEMBER", "CHAPERONE_ISSUE_CONCLUDED"))  # and says so
            return bool(answer["event_id"])

        with suppress(AssertionError):
            await until(is_said, within_s=40)
            return
        self.breaches.append(f"what {guest} says in issue {issue_id} does not get through")
