"""A room as the rules see it, reading no more of its state than a rule looks at.

    event ─▶ the state before it: create, issue, policy server            remembered by state group, which never changes
          membership ─▶ and who it is about, and everybody listed          a thousand guests stay unread
                         │
                         ▼
                    ask the rule ── it looked for something else ─▶ NotRead ─▶ read all of it, ask again

Synapse would hand over the whole state of the room, read anew for each event, which in a room of a thousand doubles
the cost of a message. What is read is the same either way: the state that the event itself builds on, so that every
worker comes to the same verdict. Only where an event does not build on all there is (there were more than ten loose
ends, so Synapse took ten) the newest state is asked as well, as somebody's leave may be among what was left out.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol, TypeVar

from homeserver.errors import HomeserverError
from policies.names import ISSUE_STATE, EventId, RoomId, UserId
from policies.policy_server import POLICY_STATE
from policies.rooms import Room, StateEvent, parse_room

Key = tuple[str, str]
Answer = TypeVar("Answer")

FACTS: Final[tuple[Key, ...]] = (("m.room.create", ""), (ISSUE_STATE, ""), (POLICY_STATE, ""))
"""What a decision about anything but a membership rests on."""
REMEMBERED: Final = 10_000
"""Rooms at one moment each; a busy room needs one, as a message changes no state."""
MOST_PARENTS: Final = 10
"""An event that names as many events before it may have left some out."""


class StateReader(Protocol):
    """What is asked of Synapse; `internals.Internals` answers."""

    async def current_state_ids(self, room_id: RoomId, keys: Collection[Key] | None = None) -> Mapping[Key, str]: ...
    async def events(self, event_ids: Collection[EventId]) -> Mapping[str, StateEvent]: ...
    async def state_ids_before(self, context: Any, keys: Collection[Key] | None) -> Mapping[Key, str]: ...


class Context(Protocol):
    """Synapse's context of an event that is being made: which state it builds on, by number or in full (then as
    `state_map_before_event`). Somebody's refusal of an invitation to a room elsewhere builds on none.
    """

    @property
    def state_group_before_event(self) -> int | None: ...


class NotRead(HomeserverError):
    """A rule looked for state that was not read for it."""


class PartOfState(Mapping[Key, StateEvent]):
    """The state under some keys. To look for any other is an error, as it would look like there was none."""

    def __init__(self, events: Mapping[Key, StateEvent], read: Collection[Key]) -> None:
        self._events = events
        self._read = read

    def __getitem__(self, key: Key) -> StateEvent:
        if key not in self._events and key not in self._read:
            raise NotRead(key)
        return self._events[key]

    def __iter__(self) -> Iterator[Key]:
        raise NotRead("everything")

    def __len__(self) -> int:
        raise NotRead("everything")


@dataclass(frozen=True, slots=True)
class Facts:
    """The state under `FACTS`, and what it says."""

    state: Mapping[Key, StateEvent]
    room: Room


class RoomStates:
    """Reads rooms."""

    def __init__(self, reader: StateReader, bot: UserId) -> None:
        self._reader = reader
        self._bot = bot
        self._facts: OrderedDict[int, Facts] = OrderedDict()

    def recall_facts(self, context: Context) -> Facts | None:
        """`load_facts` without a question to anybody, if they were loaded before."""
        group = _group_of(context)
        return self._facts.get(group) if group is not None else None

    async def load_facts(self, context: Context) -> Facts:
        """Kind, issue and policy server of the room that an event is made for; nobody in it is read."""
        state = await self._load_part(lambda keys: self._reader.state_ids_before(context, keys), FACTS)
        facts = Facts(state, parse_room(state, self._bot))
        group = _group_of(context)
        if group is not None:
            self._facts[group] = facts
            if len(self._facts) > REMEMBERED:
                self._facts.popitem(last=False)
        return facts

    async def ask_before(self, context: Context, people: Iterable[UserId], ask: Callable[[Room], Answer]) -> Answer:
        """Ask about the room that an event is made for.

        :param people: whose memberships are looked at, as far as the caller knows.
        :param ask: has no effects, as it may be called twice.
        """
        return await self._ask(lambda keys: self._reader.state_ids_before(context, keys), people, ask)

    async def ask_now(self, room_id: RoomId, people: Iterable[UserId], ask: Callable[[Room], Answer]) -> Answer:
        """Ask about a room as it is now. Nothing is known of one where nobody of this server is."""

        async def current(keys: Collection[Key] | None) -> Mapping[Key, str]:
            ids = await self._reader.current_state_ids(room_id, keys)
            return ids if keys is None else {key: ids[key] for key in keys if key in ids}

        return await self._ask(current, people, ask)

    async def _ask(self, load_ids: _LoadIds, people: Iterable[UserId], ask: Callable[[Room], Answer]) -> Answer:
        keys = [*FACTS, *(("m.room.member", user_id) for user_id in people)]
        try:
            return ask(parse_room(await self._load_part(load_ids, keys), self._bot))
        except NotRead:
            ids = await load_ids(None)
            return ask(parse_room(await self._load_events(ids), self._bot))

    async def load_now(self, room_id: RoomId) -> Room:
        """A room as it is now, with everybody in it."""
        return parse_room(await self._load_events(await self._reader.current_state_ids(room_id)), self._bot)

    async def _load_part(self, load_ids: _LoadIds, keys: Collection[Key]) -> PartOfState:
        return PartOfState(await self._load_events(await load_ids(keys)), frozenset(keys))

    async def _load_events(self, ids: Mapping[Key, str]) -> dict[Key, StateEvent]:
        events = await self._reader.events([EventId(event_id) for event_id in ids.values()])
        return {key: events[event_id] for key, event_id in ids.items() if event_id in events}


def _group_of(context: Context) -> int | None:
    """The number of the state; none where it is given in full, as the number beside it is then that of another."""
    return None if getattr(context, "state_map_before_event", None) else context.state_group_before_event


_LoadIds = Callable[[Collection[Key] | None], Awaitable[Mapping[Key, str]]]
