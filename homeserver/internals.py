"""Every place where our module reaches past Synapse's module API, in one file, with a self-test at start-up.

The module API has no cached view of a room's state, no way to lock an account, and does not say which request a
callback belongs to. Synapse is pinned; should one of these be gone after an upgrade, Synapse refuses to start with a
sentence, instead of failing in the middle of somebody's conversation.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Final, Protocol, cast

from synapse.events import EventBase
from synapse.events.snapshot import UnpersistedEventContext
from synapse.logging.context import current_context
from synapse.module_api import ModuleApi, StateMap, UserID
from synapse.module_api import RoomAlias as ParsedAlias
from synapse.module_api.errors import SynapseError
from synapse.types import create_requester
from synapse.types.state import StateFilter

from homeserver.errors import UnknownSynapse
from policies.names import EventId, RoomAlias, RoomId, UserId
from policies.people import domain_of
from policies.rooms import Membership


class _Invitation(Protocol):
    room_id: str
    event_id: str


class _Override(Protocol):
    messages_per_second: int | None


class _Mapping(Protocol):
    room_id: str


class _Cache(Protocol):
    def get_immediate(self, key: str, default: None) -> Any: ...


class _Context(Protocol):
    async def get_prev_state_ids(self, state_filter: StateFilter) -> StateMap[str]: ...


class _Store(Protocol):
    """Synapse's store; its cached methods hide their types from a checker that lacks Synapse's own plugin."""

    async def get_aliases_for_room(self, room_id: str) -> Sequence[str]: ...
    async def get_partial_current_state_ids(self, room_id: str) -> StateMap[str]: ...
    async def get_association_from_room_alias(self, room_alias: ParsedAlias) -> _Mapping | None: ...
    async def get_event(self, event_id: str, *, allow_none: bool) -> EventBase | None: ...
    async def get_events(self, event_ids: Collection[str]) -> Mapping[str, EventBase]: ...
    async def get_rooms_for_user(self, user_id: str) -> Collection[str]: ...
    async def get_invited_rooms_for_local_user(self, user_id: str) -> Sequence[_Invitation]: ...
    async def get_ratelimit_for_user(self, user_id: str) -> _Override | None: ...
    async def set_ratelimit_for_user(self, user_id: str, messages_per_second: int, burst_count: int) -> None: ...
    async def delete_ratelimit_for_user(self, user_id: str) -> None: ...
    async def get_user_locked_status(self, user_id: str) -> bool: ...
    async def set_user_locked_status(self, user_id: str, locked: bool) -> None: ...


class _State(Protocol):
    async def get_current_state_ids(self, room_id: str, state_filter: StateFilter | None = None) -> StateMap[str]: ...


class _Devices(Protocol):
    async def delete_all_devices_for_user(self, user_id: str) -> None: ...


class _Sessions(Protocol):
    async def delete_access_tokens_for_user(self, user_id: str) -> None: ...


class _Queue(Protocol):
    def queue(self, key: tuple[str]) -> AbstractAsyncContextManager[None]: ...


class _Members(Protocol):
    async def update_membership(
        self,
        requester: object,
        target: UserID,
        room_id: str,
        action: str,
        *,
        ratelimit: bool,
        content: dict[str, Any],
        require_consent: bool,
    ) -> object: ...


class _Locks(Protocol):
    def acquire_lock(self, lock_name: str, lock_key: str) -> AbstractAsyncContextManager[None]: ...


class _Registrations(Protocol):
    def check_user_id_not_appservice_exclusive(self, user_id: str) -> None: ...


_NEEDED: Final[Mapping[str, type]] = {
    "_store": _Store,
    "_storage_controllers.state": _State,
    "_device_handler": _Devices,
    "_auth_handler": _Sessions,
    "_registration_handler": _Registrations,
    "_hs.get_room_member_handler()": _Members,
    "_hs.get_room_member_handler().member_linearizer": _Queue,
    "_hs.get_worker_locks_handler()": _Locks,
}
"""Attribute of `ModuleApi` to what is called there."""
_CACHES: Final = ("get_aliases_for_room", "get_partial_current_state_ids")
"""Of the store's methods, those whose cache is looked into without awaiting."""
_FIELDS: Final = ("state_group_before_event", "state_map_before_event")
"""By which `room_states` knows one state from another."""


class Internals:
    """What the module needs of Synapse beyond `ModuleApi`."""

    def __init__(self, api: ModuleApi) -> None:
        owners: dict[str, Any] = {path: reach(api, path) for path in _NEEDED}
        missing = [
            f"{path}.{name}"
            for path, protocol in _NEEDED.items()
            for name in vars(protocol)
            if not name.startswith("_") and not callable(getattr(owners[path], name, None))
        ]
        caches: dict[str, Any] = {name: reach(api, f"_store.{name}.cache") for name in _CACHES}
        missing += [
            f"_store.{name}.cache.get_immediate"
            for name, cache in caches.items()
            if not callable(getattr(cache, "get_immediate", None))
        ]
        missing += [f"UnpersistedEventContext.{name}" for name in _FIELDS if not hasattr(UnpersistedEventContext, name)]
        if missing:
            raise UnknownSynapse(missing)
        self._aliases_cache, self._state_cache = (cast(_Cache, caches[name]) for name in _CACHES)
        self._store = cast(_Store, owners["_store"])
        self._state = cast(_State, owners["_storage_controllers.state"])
        self._devices = cast(_Devices, owners["_device_handler"])
        self._sessions = cast(_Sessions, owners["_auth_handler"])
        self._registrations = cast(_Registrations, owners["_registration_handler"])
        self._queue = cast(_Queue, owners["_hs.get_room_member_handler().member_linearizer"])
        self._members = cast(_Members, owners["_hs.get_room_member_handler()"])
        self._locks = cast(_Locks, owners["_hs.get_worker_locks_handler()"])
        self.has_workers = api.worker_app is not None or bool(reach(api, "_hs.config.redis.redis_enabled"))

    async def current_state_ids(
        self, room_id: RoomId, keys: Collection[tuple[str, str]] | None = None
    ) -> StateMap[str]:
        """A room's state as event ids, all of it or at least under these keys. All of it is cached by Synapse and
        invalidated over all workers: the same object as long as nothing changed, which is what makes reading the
        directory for each decision cheap.
        """
        at_hand = self.current_state_ids_at_hand(room_id)
        if at_hand is not None or keys is None:
            return at_hand if at_hand is not None else await self._state.get_current_state_ids(room_id)
        return await self._state.get_current_state_ids(room_id, StateFilter.from_types(keys))

    def current_state_ids_at_hand(self, room_id: RoomId) -> StateMap[str] | None:
        """The same, if it is in Synapse's cache; None if it is not, or not yet."""
        ids: StateMap[str] | None = self._state_cache.get_immediate(room_id, None)
        return ids

    async def state_ids_before(self, context: _Context, keys: Collection[tuple[str, str]] | None) -> StateMap[str]:
        """The state that an event builds on, as event ids: under these keys, or all of it."""
        found = await context.get_prev_state_ids(StateFilter.all() if keys is None else StateFilter.from_types(keys))
        # Synapse hands over all of it where it has not given it a number yet
        return found if keys is None or len(found) <= len(keys) else {key: found[key] for key in keys if key in found}

    async def events(self, event_ids: Collection[EventId]) -> Mapping[str, EventBase]:
        """Events by id; those that are unknown or were rejected are left out."""
        return await self._store.get_events(event_ids)

    async def event(self, event_id: EventId) -> EventBase | None:
        """One event; None if it is unknown or was rejected."""
        return await self._store.get_event(event_id, allow_none=True)

    async def aliases_of(self, room_id: RoomId) -> Sequence[str]:
        """A room's aliases here; cached and invalidated like its state."""
        return await self._store.get_aliases_for_room(room_id)

    def aliases_at_hand(self, room_id: RoomId) -> Sequence[str]:
        """The same, as far as they are in Synapse's cache."""
        aliases: Sequence[str] | None = self._aliases_cache.get_immediate(room_id, None)
        return aliases or ()

    async def room_at(self, alias: RoomAlias) -> RoomId | None:
        """The room behind a local alias; two queries, not cached."""
        association = await self._store.get_association_from_room_alias(ParsedAlias.from_string(alias))
        return RoomId(association.room_id) if association else None

    async def invitations_of(self, user_id: UserId) -> Sequence[tuple[RoomId, EventId]]:
        """The rooms a local user is invited to, each with the invitation."""
        invited = await self._store.get_invited_rooms_for_local_user(user_id)
        return [(RoomId(room.room_id), EventId(room.event_id)) for room in invited]

    async def rooms_of(self, user_id: UserId) -> Sequence[RoomId]:
        """The rooms somebody is joined to, in an order that repeats."""
        return sorted(RoomId(room_id) for room_id in await self._store.get_rooms_for_user(user_id))

    async def perform_removal(self, sender: UserId, target: UserId, room_id: RoomId, reason: str) -> None:
        """Have somebody leave, or be removed, whether or not Synapse's rate limits would let the sender."""
        as_whom = create_requester(sender, authenticated_entity=domain_of(sender))
        await self._members.update_membership(
            as_whom,
            UserID.from_string(target),
            room_id,
            Membership.LEAVE.value,
            ratelimit=False,
            content={"reason": reason},
            require_consent=False,
        )

    def membership_queue(self, room_id: RoomId) -> AbstractAsyncContextManager[None]:
        """The queue in which this process makes the memberships of a room one after the other."""
        return self._queue.queue((room_id,))

    def lock(self, name: str, key: str) -> AbstractAsyncContextManager[None]:
        """A lock over all workers, in the database. It is not reentrant and waits for ever."""
        return self._locks.acquire_lock(name, key)

    def is_reserved(self, user_id: UserId) -> bool:
        """Whether only the application service may have this user."""
        try:
            self._registrations.check_user_id_not_appservice_exclusive(user_id)
        except SynapseError:
            return True
        return False

    async def set_locked(self, user_id: UserId, *, locked: bool) -> None:
        """Lock or unlock an account. Locking ends every session it has."""
        if await self._store.get_user_locked_status(user_id) != locked:
            await self._store.set_user_locked_status(user_id, locked)
        if locked:
            # locked first: a login that is under way now gets a session that is refused everything
            await self.end_sessions(user_id)

    async def end_sessions(self, user_id: UserId) -> None:
        """Log a user out everywhere."""
        await self._devices.delete_all_devices_for_user(user_id)
        await self._sessions.delete_access_tokens_for_user(user_id)

    async def set_unlimited(self, user_id: UserId, *, unlimited: bool) -> None:
        """Lift Synapse's rate limits for a user, or put them back."""
        override = await self._store.get_ratelimit_for_user(user_id)
        if unlimited and (override is None or override.messages_per_second):
            await self._store.set_ratelimit_for_user(user_id, 0, 0)
        elif not unlimited and override is not None:
            await self._store.delete_ratelimit_for_user(user_id)


def request_id() -> str | None:
    """The id of the request that the running callback belongs to; it is one of a kind in this process."""
    request = current_context().request
    return request.request_id if request else None


def requester() -> str | None:
    """The user whose request the running callback belongs to."""
    request = current_context().request
    return request.requester if request else None


def reach(owner: object, path: str) -> object:
    """What a path like ``_hs.get_clock().time`` leads to; None where it breaks off."""
    for name in path.split("."):
        owner = getattr(owner, name.removesuffix("()"), None)
        if name.endswith("()") and callable(owner):
            owner = owner()
    return owner
