"""The second place where our module reaches past Synapse's module API: whatever judges an event of another server.

The checks that Synapse itself makes of such an event (who asks, who signed, is it whole) are used as they are, so that
ours cannot be weaker. As in `internals`, a Synapse that lacks one of them does not start. It does not start either if
they no longer do what they are used for: each is tried at the start on an event made up for it.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Awaitable, Callable
from importlib import import_module
from typing import Any, Final, Protocol, cast

from signedjson.key import generate_signing_key
from synapse.api.errors import Codes
from synapse.api.room_versions import KNOWN_ROOM_VERSIONS, RoomVersion, RoomVersions
from synapse.events import EventBase, make_event_from_dict
from synapse.http.site import SynapseRequest
from synapse.module_api import JsonDict, ModuleApi
from synapse.module_api.errors import SynapseError

from homeserver.errors import UnknownSynapse
from homeserver.policy_keys import PolicyKeys
from policies.content import text_at
from policies.names import RoomId, ServerName
from policies.policy_server import KEY_ID

_NEEDED_OF: Final = {
    "_store": ("get_room_version", "is_host_joined", "get_event"),
    "_hs": ("get_keyring", "get_federation_server"),
}
"""Attribute of `ModuleApi` to what is called there."""
_FEDERATION_BASE: Final = "synapse.federation.federation_base"
_NEEDED_IN: Final = {
    _FEDERATION_BASE: ("event_from_pdu_json", "_check_sigs_on_pdu", "InvalidEventSignatureError"),
    "synapse.federation.transport.server._base": ("Authenticator",),
    "synapse.crypto.event_signing": ("check_event_content_hash", "add_hashes_and_signatures"),
}
"""Module of Synapse to what is taken from there."""


class _Store(Protocol):
    async def get_room_version(self, room_id: str) -> RoomVersion: ...
    async def is_host_joined(self, room_id: str, host: str) -> bool: ...
    async def get_event(self, event_id: str, *, allow_none: bool) -> EventBase | None: ...


class _Authenticator(Protocol):
    async def authenticate_request(self, request: SynapseRequest, content: JsonDict) -> str: ...


class FederationInternals:
    """What is asked of Synapse about events of other servers. Refusals are its own `SynapseError`s."""

    def __init__(self, api: ModuleApi, keys: PolicyKeys) -> None:
        missing = [
            f"{owner}.{name}"
            for owner, names in _NEEDED_OF.items()
            for name in names
            if not callable(getattr(getattr(api, owner, None), name, None))
        ]
        taken: dict[str, Any] = {}
        for module, names in _NEEDED_IN.items():
            for name in names:
                try:
                    taken[name] = getattr(import_module(module), name)
                except (ImportError, AttributeError):
                    missing.append(f"{module}.{name}")
        if missing:
            raise UnknownSynapse(missing)
        self._hs = cast(Any, api._hs)  # noqa: SLF001 - see above
        self._store = cast(_Store, api._store)  # noqa: SLF001
        self._parse: Callable[[JsonDict, RoomVersion], EventBase] = taken["event_from_pdu_json"]
        self._check_signatures: Callable[[Any, RoomVersion, EventBase], Awaitable[None]] = taken["_check_sigs_on_pdu"]
        self._bad_signature: type[Exception] = taken["InvalidEventSignatureError"]
        self._is_whole: Callable[[EventBase], bool] = taken["check_event_content_hash"]
        self._authenticator_class: Callable[[Any], _Authenticator] = taken["Authenticator"]
        self._authenticator: _Authenticator | None = None
        if "caller_supports_partial_state" not in inspect.signature(_join_handler(self._hs)).parameters:
            raise UnknownSynapse(["_hs.get_federation_server().on_send_join_request(caller_supports_partial_state)"])
        _try_out(self._is_whole, taken["add_hashes_and_signatures"], keys)

    def tell_all_at_joins(self) -> None:
        """From now on tell a server that joins a room all of its state at once, members included.

        Left to itself Synapse leaves most members out at first, for speed. The other server then does not know for a
        while that ours is in the room, and until it does it asks nobody about what its people say.
        """
        theirs = _join_handler(self._hs)

        @functools.wraps(theirs)
        async def with_everybody(*args: Any, **kwargs: Any) -> Any:
            bound = inspect.signature(theirs).bind(*args, **kwargs)
            bound.arguments["caller_supports_partial_state"] = False
            return await theirs(*bound.args, **bound.kwargs)

        self._hs.get_federation_server().on_send_join_request = with_everybody

    async def authenticate(self, request: SynapseRequest, content: JsonDict) -> ServerName:
        """The server that signed the request.

        :raises SynapseError: 401, or 403 for a server we do not speak with.
        """
        if self._authenticator is None:  # not before Synapse is complete: it needs the keyring
            self._authenticator = self._authenticator_class(self._hs)
        return ServerName(await self._authenticator.authenticate_request(request, content))

    async def version_of(self, room_id: RoomId) -> RoomVersion:
        """A room's version.

        :raises SynapseError: 404 for a room that this server knows nothing of.
        """
        return await self._store.get_room_version(room_id)

    async def is_in_room(self, server: ServerName, room_id: RoomId) -> bool:
        """Whether anybody of that server is joined."""
        return await self._store.is_host_joined(room_id, server)

    async def accepted(self, event_id: str) -> bool | None:
        """Whether this server shows the event to its own people; None if it never heard of it."""
        event = await self._store.get_event(event_id, allow_none=True)
        return None if event is None else not event.internal_metadata.is_soft_failed()

    def parse(self, pdu: JsonDict, version: RoomVersion) -> EventBase:
        """An event of another server.

        :raises SynapseError: 400 for what is no event in a room of this version.
        """
        try:
            event = self._parse(pdu, version)
            # they are read lazily, and read they must be
            _ = (event.event_id, event.sender, event.type, event.room_id, dict(event.content), event.get_state_key())
        except SynapseError:
            raise
        except Exception as malformed:
            raise SynapseError(400, "This is no event.", Codes.BAD_JSON) from malformed
        if event.type == "m.room.member" and (
            event.get_state_key() is None or not text_at(event.content, "membership")
        ):
            # Synapse takes for granted that there is a membership in it
            raise SynapseError(400, "This is no membership.", Codes.BAD_JSON)
        return event

    async def check(self, event: EventBase, version: RoomVersion) -> None:
        """Signatures first, then the hash of the content, which is all that keeps the content from being changed.

        :raises SynapseError: 400.
        """
        try:
            await self._check_signatures(self._hs.get_keyring(), version, event)
        except self._bad_signature as bad:
            raise SynapseError(400, "The event is not signed by its sender's server.", Codes.BAD_JSON) from bad
        if not self._is_whole(event):
            raise SynapseError(400, "The event's content is not what its hash says.", Codes.BAD_JSON)


def _join_handler(hs: Any) -> Callable[..., Awaitable[Any]]:
    handler: Callable[..., Awaitable[Any]] | None = getattr(hs.get_federation_server(), "on_send_join_request", None)
    if handler is None:
        raise UnknownSynapse(["_hs.get_federation_server().on_send_join_request"])
    return handler


def known_version(name: object) -> RoomVersion:
    """A room version by its name.

    :raises SynapseError: 404; a room of that version cannot be known here.
    """
    version = KNOWN_ROOM_VERSIONS.get(name) if isinstance(name, str) else None
    if version is None:
        raise SynapseError(404, "This server does not know that room.", Codes.NOT_FOUND)
    return version


def _try_out(
    is_whole: Callable[[EventBase], bool],
    sign_by_server: Callable[[RoomVersion, JsonDict, str, Any], None],
    keys: PolicyKeys,
) -> None:
    """Sign an event as Synapse does and as we do, then change it, and see that both is noticed."""
    pdu: JsonDict = {
        "type": "m.room.message",
        "room_id": "!room",
        "sender": f"@somebody:{keys.newest.via}",
        "content": {"body": "whole"},
        "depth": 1,
        "origin_server_ts": 1,
        "auth_events": [],
        "prev_events": [],
    }
    try:
        sign_by_server(RoomVersions.V12, pdu, keys.newest.via, generate_signing_key("self_test"))
        event = make_event_from_dict(pdu, RoomVersions.V12)
        event.signatures.add_signature(keys.newest.via, KEY_ID, keys.sign(event, keys.newest))
        signed = make_event_from_dict(event.get_pdu_json(), RoomVersions.V12)
        changed = make_event_from_dict({**event.get_pdu_json(), "content": {"body": "changed"}}, RoomVersions.V12)
        moved = make_event_from_dict({**event.get_pdu_json(), "depth": 2}, RoomVersions.V12)
        works = is_whole(signed) and keys.has_signed(signed) and not is_whole(changed) and not keys.has_signed(moved)
    except Exception as fault:
        raise UnknownSynapse([f"signing of events as it was ({type(fault).__name__}: {fault})"]) from fault
    if not works:
        raise UnknownSynapse(["signing of events as it was"])
