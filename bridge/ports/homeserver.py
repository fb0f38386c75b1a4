"""What the bridge does to Matrix."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from bridge.ports.events import IncomingEvent
from policies.names import EventId, RoomAlias, RoomId, UserId
from policies.policy_server import PolicyServer
from policies.rooms import Membership, RoomKind


@dataclass(frozen=True, slots=True)
class RoomPlan:
    """A room to be made, under an alias that says whether it was made already."""

    alias: RoomAlias
    kind: RoomKind
    name: str
    topic: str
    power_levels: Mapping[str, Any]
    history_visibility: str
    federated: bool = False
    is_group: bool = False
    state: Sequence[tuple[str, str, Mapping[str, Any]]] = field(default_factory=tuple)
    """More state from the start: (type, state key, content)."""


SETTINGS: Final = ("m.room.power_levels", "m.room.join_rules", "m.room.history_visibility", "m.room.guest_access")


def is_whole(state: Mapping[tuple[str, str], object], plan: RoomPlan) -> bool:
    """Whether everything of a plan was written into its room; what was changed since is another matter."""
    expected = [
        *((setting, "") for setting in (*SETTINGS, "m.room.name")),
        *((kind, key) for kind, key, _ in plan.state),
    ]
    return all(piece in state for piece in expected)


class Homeserver(Protocol):
    """What the bridge does to Matrix. Every call may raise `bridge.errors.MatrixError`.

    Who acts is the bridge's own user unless a `sender` is named: a ghost, or a member of staff with their own session.
    """

    async def ping(self) -> None:
        """Ask the homeserver to call us now, which also ends its back-off after an outage."""

    async def load_start(self) -> str:
        """Which start of the homeserver answers: another value after each restart."""

    async def load_newest(
        self, room_id: RoomId, before: str | None, limit: int
    ) -> tuple[Sequence[IncomingEvent], str | None]:
        """A room's events, newest first, and where to go on; None at the beginning of the room."""

    async def ensure_ghost(self, user_id: UserId, display_name: str) -> None:
        """Register a guest's ghost with its device, if it is not there; set its display name."""

    async def log_out_ghost(self, user_id: UserId) -> None:
        """End the sessions that a guest has with Matrix clients of their own, if there are any."""

    async def ensure_account(
        self, user_id: UserId, display_name: str, *, locked: bool, unlimited: bool, log_out: bool = False
    ) -> None:
        """Register a local account of staff or robot if missing, by the module's resource; lock or unlock it.

        A locked account has no sessions, and is no cover; `log_out` ends the sessions alone.
        """

    async def load_policy_server(self) -> PolicyServer | None:
        """Whom other servers shall ask about our rooms, by the module's resource; None if they do not see any."""

    async def ensure_room(self, plan: RoomPlan) -> RoomId:
        """Make the room, or find the one an earlier attempt made. Keeps the alias."""

    async def drop_alias(self, alias: RoomAlias) -> None:
        """Forget the alias, if it is there."""

    async def find_room(self, alias: RoomAlias) -> RoomId | None: ...
    async def send(
        self, room_id: RoomId, event_type: str, content: Mapping[str, Any], txn_id: str, sender: UserId | None = None
    ) -> EventId:
        """Send once per `txn_id`, however often it is called within 24 hours. No two senders may use the same one:
        Synapse remembers, for as long as it runs, one event for all users of an application service.
        """

    async def set_state(self, room_id: RoomId, event_type: str, state_key: str, content: Mapping[str, Any]) -> None:
        """Idempotent: the same content again is no new event."""

    async def load_state(self, room_id: RoomId, event_type: str, state_key: str) -> Mapping[str, Any] | None:
        """The content of a room's state; None if there is none."""

    async def redact(self, room_id: RoomId, event_id: EventId, txn_id: str) -> None: ...
    async def load_rooms(self) -> Sequence[RoomId]:
        """Every room that the bridge's own user is in."""

    async def load_whole_state(self, room_id: RoomId) -> Mapping[tuple[str, str], IncomingEvent]:
        """A room's state, by type and state key."""

    async def load_aliases(self, room_id: RoomId) -> Sequence[RoomAlias]:
        """A room's addresses on this homeserver."""

    async def load_members(self, room_id: RoomId) -> Mapping[UserId, Membership]: ...
    async def load_membership(self, room_id: RoomId, user_id: UserId) -> Membership: ...
    async def invite(self, room_id: RoomId, user_id: UserId, content: Mapping[str, Any]) -> None: ...
    async def join(self, room_id: RoomId, user_id: UserId) -> None:
        """A ghost accepts its invitation."""

    async def remove(self, room_id: RoomId, user_id: UserId, reason: str) -> None: ...
    async def find_sent(self, room_id: RoomId, sender: UserId | None, key: str, value: str) -> EventId | None:
        """Look an event of a sender (None: the bridge) up by a content key, for rows older than transaction ids."""

    async def set_display_name(self, user_id: UserId, display_name: str) -> None:
        """Of a ghost or of the bot."""

    async def set_avatar(self, user_id: UserId, uri: str | None) -> None:
        """Of a ghost, or of a member of staff by their own session."""

    async def upload(self, data: bytes, content_type: str, name: str) -> str:
        """Put something into the media store as the bot; answers its content URI."""

    async def copy_media(self, uri: str, name: str) -> str:
        """Upload what is behind a content URI again, as the bot; answers the copy's URI."""
