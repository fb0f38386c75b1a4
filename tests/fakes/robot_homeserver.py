"""A homeserver in memory as one robot sees it, for the host's tests. Implements `bots.ports.Account`.

It keeps one timeline per room, hands it out by position, recognises transaction ids, and can be away, refuse, lose the
session, or stop for good in the middle of a send (`dies_at`), before or after the message was stored.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from bots.errors import FileTooLarge, MatrixAway, MatrixError, MatrixMissing, MatrixRefused, SessionLost
from bots.events import MEMBER, MESSAGE, Batch, Chunk, Event, Invitation, Page, index_state
from policies.names import ANSWER_KEY, ISSUE_STATE, EventId, RoomAlias, RoomId, UserId
from policies.rooms import State


class Died(BaseException):
    """The process ends here. No handler of ours catches it."""


@dataclass
class FakeHomeserver:
    """Everything in one timeline; the position in it is the sync token."""

    user_id: UserId
    timeline: list[tuple[RoomId, Event]] = field(default_factory=list)
    aliases: dict[RoomAlias, RoomId] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    invitations: list[Invitation] = field(default_factory=list)
    joined: list[RoomId] = field(default_factory=list)
    transactions: dict[tuple[RoomId, str], EventId] = field(default_factory=dict)
    faults: defaultdict[str, list[MatrixError]] = field(default_factory=lambda: defaultdict(list))
    """For each kind of request, what its next calls raise."""
    dies_at: tuple[str, bool] | None = None
    """The end of a transaction id, and whether the message is stored before the end."""
    died: asyncio.Event = field(default_factory=asyncio.Event)
    token: str = "token-0"
    timeline_limit: int = 50
    passwords: list[str] = field(default_factory=list)
    resumed: list[str] = field(default_factory=list)
    syncs: int = 0
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)
    _current_token: str = ""

    # What the test does

    async def add(
        self, room_id: RoomId, event_type: str, sender: UserId, content: Mapping[str, Any], **keys: Any
    ) -> EventId:
        event_id = EventId(f"${len(self.timeline)}")
        event = Event(event_id, event_type, sender, content, **{"sent_ms": len(self.timeline) * 1000, **keys})
        self.timeline.append((room_id, event))
        async with self.changed:
            self.changed.notify_all()
        return event_id

    async def say(self, room_id: RoomId, sender: UserId, body: str, **keys: Any) -> EventId:
        return await self.add(room_id, MESSAGE, sender, {"msgtype": "m.text", "body": body, **keys})

    async def set_state(
        self, room_id: RoomId, event_type: str, key: str, sender: UserId, content: Mapping[str, Any]
    ) -> None:
        before = self.state_of(room_id).get((event_type, key))
        previous = before.content if before else {}
        await self.add(room_id, event_type, sender, content, state_key=key, previous=previous)

    def said_by_robot(self, room_id: RoomId) -> list[Event]:
        return [e for r, e in self.timeline if r == room_id and e.sender == self.user_id and e.type == MESSAGE]

    def answers(self, room_id: RoomId) -> list[tuple[str, str]]:
        """State and text of each message of the robot, in order."""
        seen = []
        for event in self.said_by_robot(room_id):
            content = event.content.get("m.new_content", event.content)
            seen.append((content[ANSWER_KEY]["state"], content["body"]))
        return seen

    async def until_answered(self, room_id: RoomId, count: int = 1) -> list[tuple[str, str]]:
        """Wait until so many answers are final."""
        async with asyncio.timeout(5), self.changed:
            await self.changed.wait_for(lambda: sum(s in ("done", "failed") for s, _ in self.answers(room_id)) >= count)
        return self.answers(room_id)

    async def until_synced(self, times: int = 2) -> None:
        """Wait until the robot has taken in everything so far and asks for more."""
        target = self.syncs + times
        async with asyncio.timeout(5):
            while self.syncs < target:
                async with self.changed:
                    self.changed.notify_all()
                await asyncio.sleep(0)

    # What the robot asks

    def state_of(self, room_id: RoomId, until: EventId | None = None) -> State:
        events: list[Event] = []
        for room, event in self.timeline:
            if room == room_id:
                events.append(event)
            if event.event_id == until:
                break
        return index_state(events)

    def _check(self, request: str) -> None:
        if self.faults[request]:
            raise self.faults[request].pop(0)
        if self._current_token != self.token:
            raise SessionLost(request, 401, "M_UNKNOWN_TOKEN", "")

    async def log_in(self, password: str, device_id: str) -> tuple[str, str]:
        if self.faults["log_in"]:
            raise self.faults["log_in"].pop(0)
        self.passwords.append(password)
        self._current_token = self.token
        return self.token, device_id

    def resume(self, access_token: str, device_id: str) -> None:
        self._current_token = access_token
        self.resumed.append(device_id)

    async def sync(self, since: str | None, wait_seconds: float) -> Batch:
        self.syncs += 1
        self._check("sync")
        start = int(since or 0)
        if start > len(self.timeline):
            raise MatrixRefused("sync", 400, "M_UNKNOWN", "no such token")
        if since is not None and start == len(self.timeline) and not self.invitations:
            async with self.changed:
                await self.changed.wait()
        end, rooms = len(self.timeline), defaultdict[RoomId, list[Event]](list)
        for room_id, event in self.timeline[start:end]:
            if event.type in (MESSAGE, MEMBER):
                rooms[room_id].append(event)
        invitations, self.invitations = tuple(self.invitations), []
        return Batch(str(end), tuple(self._chunk(r, events) for r, events in rooms.items()), invitations)

    def _chunk(self, room_id: RoomId, events: Sequence[Event]) -> Chunk:
        kept = tuple(events[-self.timeline_limit :])
        return Chunk(room_id, kept, kept[0].event_id.removeprefix("$") if len(kept) < len(events) else None)

    async def load_page(
        self, room_id: RoomId, *, before: str | None = None, until: str | None = None, files_only: bool = False
    ) -> Page:
        self._check("load_page")
        first, last = int(until or 0), int(before) if before is not None else len(self.timeline)
        wanted = [
            (position, event)
            for position, (room, event) in enumerate(self.timeline)
            if room == room_id and first <= position < last and event.type in (MESSAGE, MEMBER)
            if not files_only or "url" in event.content
        ][-10:]
        events = tuple(event for _, event in reversed(wanted))
        return Page(events, str(wanted[0][0]) if len(wanted) == 10 else None)

    async def load_event(self, room_id: RoomId, event_id: EventId) -> Event | None:
        self._check("load_event")
        return next((e for r, e in self.timeline if r == room_id and e.event_id == event_id), None)

    async def load_thread(self, room_id: RoomId, root: EventId) -> tuple[Event, ...]:
        self._check("load_thread")
        newest = {e.replaces: e.content.get("m.new_content", {}) for r, e in self.timeline if r == room_id}
        in_thread = [e for r, e in self.timeline if r == room_id and e.thread == root]
        return tuple(replace(e, newest=newest.get(e.event_id, {})) for e in in_thread)

    async def load_state(self, room_id: RoomId) -> State:
        self._check("load_state")
        return self.state_of(room_id)

    async def load_state_at(self, room_id: RoomId, event_id: EventId) -> State:
        self._check("load_state_at")
        return self.state_of(room_id, event_id)

    async def find_room(self, alias: RoomAlias) -> RoomId | None:
        self._check("find_room")
        return self.aliases.get(alias)

    async def join(self, room_id: RoomId) -> None:
        self._check("join")
        self.joined.append(room_id)

    async def send(self, room_id: RoomId, content: Mapping[str, Any], txn_id: str) -> EventId:
        self._check("send")
        dies, stores = self.dies_at or ("", False)
        is_last = bool(dies) and txn_id.endswith(dies)
        if is_last and not stores:
            self.died.set()
            raise Died
        if (room_id, txn_id) not in self.transactions:
            self.transactions[room_id, txn_id] = await self.add(room_id, MESSAGE, self.user_id, content)
        if is_last:
            self.died.set()
            raise Died
        return self.transactions[room_id, txn_id]

    async def load_file(self, uri: str, limit: int) -> bytes:
        self._check("load_file")
        if uri not in self.files:
            raise MatrixMissing("download", 404, "M_NOT_FOUND", "")
        if len(self.files[uri]) > limit:
            raise FileTooLarge(limit)
        return self.files[uri]

    async def upload(self, data: bytes, mimetype: str, name: str) -> str:
        self._check("upload")
        uri = f"mxc://localhost/{len(self.files)}"
        self.files[uri] = data
        return uri

    def redact(self, event_id: EventId) -> None:
        """What is left of an event is that there was one."""
        self.timeline = [(r, replace(e, content={}) if e.event_id == event_id else e) for r, e in self.timeline]


AWAY = MatrixAway("request", "connection refused")
ISSUE = ISSUE_STATE
