"""A homeserver in memory, for simulated days and the desk's tests: rooms, state, transaction ids, our rules in front.

It asks `policies.may_send` where Synapse's module would, joins invited staff as the module does, and remembers what it
has to tell the application service, in order, until `take` is called. It can go away, before or after doing what was
asked, which is how the crash tests make their cuts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any

from bridge.desk.rooms import policy_alias
from bridge.errors import HomeserverAway, MatrixMissing, MatrixRefused
from bridge.ports import IncomingEvent, RoomPlan, is_whole
from policies.names import (
    GROUP_KEY,
    JOIN_KEY,
    KIND_KEY,
    PERSON_STATE,
    REFUSED_EVENT,
    EventId,
    RoomAlias,
    RoomId,
    ServerName,
    Standing,
    UserId,
)
from policies.outcomes import Refuse
from policies.people import Directory, parse_person
from policies.permissions import Draft, may_be_in, may_send
from policies.policy_server import PolicyServer
from policies.reports import REPORTED, build_report
from policies.rooms import Membership, Room, RoomKind, parse_room

BOT = UserId("@chaperone:test")
SERVER = ServerName("test")


@dataclass
class FakeRoom:
    """A room's events, and its state by (type, state key)."""

    state: dict[tuple[str, str], IncomingEvent] = field(default_factory=dict)
    events: list[IncomingEvent] = field(default_factory=list)


@dataclass
class FakeHomeserver:
    """`ports.Homeserver` in memory."""

    bot: UserId = BOT
    server_name: ServerName = SERVER
    rooms: dict[RoomId, FakeRoom] = field(default_factory=dict)
    aliases: dict[RoomAlias, RoomId] = field(default_factory=dict)
    accounts: dict[UserId, bool] = field(default_factory=dict)
    """Local accounts, and whether each is locked."""
    logged_out: list[UserId] = field(default_factory=list)
    """Whose sessions were ended, each time."""
    ghosts: dict[UserId, str] = field(default_factory=dict)
    avatars: dict[UserId, str | None] = field(default_factory=dict)
    start: int = 1
    is_away: bool = False
    policy_server: PolicyServer | None = None
    """Whom other servers ask; None if there are none."""
    joins_staff: bool = True
    """Whether the module in it does its work."""
    absent: set[UserId] = field(default_factory=set)
    """Whom the module in it fails to join."""
    cut_after: int | None = None
    """After so many more requests were done, the answer to the next one is lost: it is done, and nobody knows."""
    heard: Callable[[IncomingEvent], None] | None = None
    """Told of each event in the moment in which it exists."""
    frail: Callable[[], None] | None = None
    """Called before and after whatever the bridge asks for: what it raises ends the bridge there."""
    _sent: dict[tuple[UserId, str], EventId] = field(default_factory=dict)
    _outgoing: list[IncomingEvent] = field(default_factory=list)
    _ids: Any = field(default_factory=lambda: count(1))

    # --- what a test does -----------------------------------------------------------------------------------------

    def take(self) -> list[IncomingEvent]:
        """What the application service is to be told, once."""
        taken, self._outgoing = self._outgoing, []
        return taken

    def restart(self, *, forgets: bool) -> None:
        """Start anew; what the application service was not told yet may be forgotten, as a killed Synapse does."""
        self.start += 1
        if forgets:
            self._outgoing.clear()

    def act(
        self, sender: UserId, room_id: RoomId, event_type: str, content: Mapping[str, Any], state_key: str | None = None
    ) -> EventId:
        """Somebody's client sends something."""
        return self._append(room_id, sender, event_type, content, state_key)

    def make_room(self, creator: UserId, *invited: UserId, name: str = "", encrypted: bool = False) -> RoomId:
        """Somebody's client makes a room; as with the module, the bridge is invited too. The others come at once.

        Of what happens before it is invited the application service is not told.
        """
        room_id = RoomId(f"!made{next(self._ids):04}")
        self.rooms[room_id] = FakeRoom()
        self._append(room_id, creator, "m.room.create", {}, "")
        self._append(room_id, creator, "m.room.member", {"membership": "join"}, creator)
        if name:
            self._append(room_id, creator, "m.room.name", {"name": name}, "")
        if encrypted:
            self._append(room_id, creator, "m.room.encryption", {"algorithm": "m.megolm.v1.aes-sha2"}, "")
        for user_id in invited:
            self._append(room_id, creator, "m.room.member", {"membership": "invite"}, user_id)
            self._append(room_id, user_id, "m.room.member", {"membership": "join"}, user_id)
        self._outgoing = [event for event in self._outgoing if event.room_id != room_id]
        self._append(room_id, creator, "m.room.member", {"membership": "invite"}, self.bot)
        return room_id

    def facts(self, room_id: RoomId) -> Room:
        """The room as the rules see it."""
        return parse_room(self._room(room_id).state, self.bot)

    def directory(self) -> Directory:
        """As the policy room has it."""
        people = {}
        policy = self.aliases.get(policy_alias(self.server_name))
        if policy is not None:
            for (event_type, state_key), event in self.rooms[policy].state.items():
                if event_type == PERSON_STATE:
                    person = parse_person(state_key, event.content)
                    people[person.user_id] = person
        return Directory(self.bot, self.server_name, people)

    def messages(self, room_id: RoomId) -> list[IncomingEvent]:
        """The messages of a room, in order."""
        return [event for event in self.rooms[room_id].events if event.type == "m.room.message"]

    def bodies(self, room_id: RoomId) -> list[tuple[str, str]]:
        """Who said what."""
        return [(event.sender, event.content["body"]) for event in self.messages(room_id)]

    # --- ports.Homeserver -----------------------------------------------------------------------------------------

    async def ping(self) -> None:
        self._request()

    async def load_start(self) -> str:
        self._request()
        return str(self.start)

    async def load_newest(
        self, room_id: RoomId, before: str | None, limit: int
    ) -> tuple[Sequence[IncomingEvent], str | None]:
        self._request()
        events = self._room(room_id).events
        end = len(events) if before is None else int(before)
        first = max(end - limit, 0)
        return events[first:end][::-1], str(first) if first else None

    async def ensure_ghost(self, user_id: UserId, display_name: str) -> None:
        self._request()
        self.ghosts[user_id] = display_name
        self._answer()

    async def log_out_ghost(self, user_id: UserId) -> None:
        self._request()
        self.logged_out.append(user_id)
        self._answer()

    async def ensure_account(
        self, user_id: UserId, display_name: str, *, locked: bool, unlimited: bool, log_out: bool = False
    ) -> None:
        self._request()
        self.accounts[user_id] = locked
        if locked or log_out:
            self.logged_out.append(user_id)
        self._answer()

    async def load_policy_server(self) -> PolicyServer | None:
        self._request()
        return self.policy_server

    async def ensure_room(self, plan: RoomPlan) -> RoomId:
        self._request()
        made = self.aliases.get(plan.alias)
        if made is not None and not is_whole(self.rooms[made].state, plan):
            self._append(made, self.bot, "m.room.member", {"membership": "leave"}, self.bot)
            del self.aliases[plan.alias]
        if plan.alias not in self.aliases:
            room_id = RoomId(f"!room{next(self._ids):04}")
            self.rooms[room_id] = FakeRoom()
            creation = {KIND_KEY: plan.kind.value, "m.federate": plan.federated, GROUP_KEY: plan.is_group}
            if plan.kind is RoomKind.SPACE:
                creation["type"] = "m.space"
            self._append(room_id, self.bot, "m.room.create", creation, "")
            self._append(room_id, self.bot, "m.room.member", {"membership": "join"}, self.bot)
            self._append(room_id, self.bot, "m.room.power_levels", plan.power_levels, "")
            for setting, key, value in (
                ("m.room.join_rules", "join_rule", "invite"),
                ("m.room.history_visibility", "history_visibility", plan.history_visibility),
                ("m.room.guest_access", "guest_access", "forbidden"),
            ):
                self._append(room_id, self.bot, setting, {key: value}, "")
            for event_type, state_key, content in plan.state:
                self._append(room_id, self.bot, event_type, content, state_key)
            self._append(room_id, self.bot, "m.room.name", {"name": plan.name}, "")
            self.aliases[plan.alias] = room_id
        self._answer()
        return self.aliases[plan.alias]

    async def drop_alias(self, alias: RoomAlias) -> None:
        self._request()
        self.aliases.pop(alias, None)
        self._answer()

    async def find_room(self, alias: RoomAlias) -> RoomId | None:
        self._request()
        return self.aliases.get(alias)

    async def send(
        self, room_id: RoomId, event_type: str, content: Mapping[str, Any], txn_id: str, sender: UserId | None = None
    ) -> EventId:
        self._request()
        key = (sender or self.bot, txn_id)
        if key not in self._sent:
            self._sent[key] = self._append(room_id, key[0], event_type, content, None)
        self._answer()
        return self._sent[key]

    async def set_state(self, room_id: RoomId, event_type: str, state_key: str, content: Mapping[str, Any]) -> None:
        self._request()
        before = self._room(room_id).state.get((event_type, state_key))
        if before is None or before.content != content:
            self._append(room_id, self.bot, event_type, content, state_key)
        self._answer()

    async def load_state(self, room_id: RoomId, event_type: str, state_key: str) -> Mapping[str, Any] | None:
        self._request()
        event = self._room(room_id).state.get((event_type, state_key))
        return None if event is None else event.content

    async def redact(self, room_id: RoomId, event_id: EventId, txn_id: str) -> None:
        await self.send(room_id, "m.room.redaction", {"redacts": event_id}, txn_id)

    async def load_rooms(self) -> Sequence[RoomId]:
        self._request()
        return [room_id for room_id in self.rooms if self.facts(room_id).membership_of(self.bot) is Membership.JOIN]

    async def load_whole_state(self, room_id: RoomId) -> Mapping[tuple[str, str], IncomingEvent]:
        self._request()
        return dict(self._room(room_id).state)

    async def load_aliases(self, room_id: RoomId) -> Sequence[RoomAlias]:
        self._request()
        return [alias for alias, there in self.aliases.items() if there == room_id]

    async def load_members(self, room_id: RoomId) -> Mapping[UserId, Membership]:
        self._request()
        return {user: member.membership for user, member in self.facts(room_id).members.items()}

    async def load_membership(self, room_id: RoomId, user_id: UserId) -> Membership:
        self._request()
        return self.facts(room_id).membership_of(user_id)

    async def invite(self, room_id: RoomId, user_id: UserId, content: Mapping[str, Any]) -> None:
        await self.set_state(room_id, "m.room.member", user_id, {"membership": "invite", **content})

    async def join(self, room_id: RoomId, user_id: UserId) -> None:
        self._request()
        self._append(room_id, user_id, "m.room.member", {"membership": "join"}, user_id)
        self._answer()

    async def remove(self, room_id: RoomId, user_id: UserId, reason: str) -> None:
        self._request()
        content = {"membership": "leave", "reason": reason}
        self._append(room_id, self.bot, "m.room.member", content, user_id)
        self._answer()

    async def find_sent(self, room_id: RoomId, sender: UserId | None, key: str, value: str) -> EventId | None:
        self._request()
        for event in reversed(self._room(room_id).events):
            if event.sender == (sender or self.bot) and event.content.get(key) == value:
                return event.event_id
        return None

    async def set_display_name(self, user_id: UserId, display_name: str) -> None:
        self._request()
        self.ghosts[user_id] = display_name

    async def set_avatar(self, user_id: UserId, uri: str | None) -> None:
        self._request()
        self.avatars[user_id] = uri

    async def upload(self, data: bytes, content_type: str, name: str) -> str:
        self._request()
        return f"mxc://test/media{next(self._ids)}"

    async def copy_media(self, uri: str, name: str) -> str:
        self._request()
        return f"mxc://test/copy{next(self._ids)}"

    # --- inside ---------------------------------------------------------------------------------------------------

    def _request(self) -> None:
        if self.frail is not None:
            self.frail()
        if self.is_away:
            raise HomeserverAway("the fake is away")

    def _answer(self) -> None:
        if self.frail is not None:
            self.frail()
        if self.cut_after is None:
            return
        if self.cut_after == 0:
            self.cut_after = None
            raise HomeserverAway("the answer was lost")
        self.cut_after -= 1

    def _room(self, room_id: RoomId) -> FakeRoom:
        if room_id not in self.rooms:
            raise MatrixMissing(404, "M_NOT_FOUND", "There is no such room.")
        return self.rooms[room_id]

    def _append(
        self, room_id: RoomId, sender: UserId, event_type: str, content: Mapping[str, Any], state_key: str | None
    ) -> EventId:
        room, directory = self._room(room_id), self._directory_of_the_able()
        facts = parse_room(room.state, self.bot)
        # Synapse's own authorisation, as far as the desk's tests lean on it.
        is_first = event_type == "m.room.create" or facts.creator == sender
        if not is_first and event_type != "m.room.member" and facts.membership_of(sender) is not Membership.JOIN:
            raise MatrixRefused(403, "M_FORBIDDEN", "You are not in the room.")
        verdict = may_send(Draft(event_type, sender, dict(content), state_key), facts, directory)
        if isinstance(verdict, Refuse):
            self._report(verdict, room_id, sender)
            raise MatrixRefused(403, verdict.code, verdict.sentence)
        number = next(self._ids)
        redacts = content.get("redacts")
        event = IncomingEvent(
            EventId(f"$event{number}"),
            room_id,
            event_type,
            sender,
            1_700_000_000_000 + number,
            dict(content),
            state_key,
            None if redacts is None else EventId(redacts),
        )
        room.events.append(event)
        self._outgoing.append(event)
        if state_key is not None:
            room.state[event_type, state_key] = event
        if self.heard is not None:
            self.heard(event)
        if event_type == "m.room.member" and JOIN_KEY in content and sender == self.bot and state_key is not None:
            self._join_as_module(room_id, UserId(state_key), directory)
        return event.event_id

    def _directory_of_the_able(self) -> Directory:
        """As the module sees it: whoever is locked can do nothing, whatever the policy room says."""
        directory = self.directory()
        people = {
            user_id: replace(person, standing=Standing.SUSPENDED) if self.accounts.get(user_id) else person
            for user_id, person in directory.people.items()
        }
        return replace(directory, people=people)

    def _report(self, refuse: Refuse, room_id: RoomId, actor: UserId) -> None:
        """As the module does, but as often as it happens."""
        policy = self.aliases.get(policy_alias(self.server_name))
        if refuse.code in REPORTED and policy is not None:
            self._append(policy, self.bot, REFUSED_EVENT, build_report(refuse, room_id, actor), None)

    def _join_as_module(self, room_id: RoomId, user_id: UserId, directory: Directory) -> None:
        facts = self.facts(room_id)
        if (
            self.joins_staff
            and user_id not in self.absent
            and directory.is_local(user_id)
            and may_be_in(directory.who_is(user_id), facts)
        ):
            self._append(room_id, user_id, "m.room.member", {"membership": "join"}, user_id)
