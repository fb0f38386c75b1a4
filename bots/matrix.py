"""The homeserver through matrix-nio, and the one place where what nio returns becomes values or exceptions.

What nio 0.26 does that must not reach further:

- It answers errors as values: `_checked` raises them.
- It fills in the defaults of a sparse /sync answer only for room ids that end in a server name. Rooms of version 12 do
  not, and a `leave` entry without a timeline would raise: `_Client` fills them in before nio looks.
- It keeps a picture of every room it ever heard of. State is read from the homeserver when it is needed, so nio is not
  shown what /sync answered: a room in which nothing happens costs nothing.
- It logs events that it does not understand, bodies and all: its loggers are silenced.
- It leaves out ``limit=0``, which /context needs, and reads downloads to the end whatever their length: for these two
  its bare `send` is used.

A limit of the homeserver (M_LIMIT_EXCEEDED) is waited out by nio itself, for as long as the homeserver says.
"""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote, urlsplit

import aiohttp
from nio.client.async_client import AsyncClient, AsyncClientConfig
from nio.events import InviteMemberEvent
from nio.exceptions import LocalProtocolError
from nio.responses import ErrorResponse, SyncResponse

from bots.errors import FileTooLarge, MatrixAway, MatrixError, MatrixMissing, MatrixRefused, SessionLost
from bots.events import MEMBER, MESSAGE, Batch, Chunk, Event, Invitation, Page, index_state, parse_event, parse_events
from policies.content import as_mapping
from policies.names import EventId, RoomAlias, RoomId, UserId
from policies.rooms import State

logging.getLogger("nio").setLevel(logging.CRITICAL + 1)

REQUEST_SECONDS: Final = 30
TIMELINE_LIMIT: Final = 50
PAGE_LIMIT: Final = 100
_TYPES: Final = [MESSAGE, MEMBER]
_FILTER: Final[Mapping[str, Any]] = {
    "presence": {"types": []},
    "account_data": {"types": []},
    "room": {
        "account_data": {"types": []},
        "ephemeral": {"types": []},
        "state": {"types": []},
        "timeline": {"types": _TYPES, "limit": TIMELINE_LIMIT},
    },
}
_LOST: Final = frozenset({"M_UNKNOWN_TOKEN", "M_MISSING_TOKEN"})
_NETWORK: Final = (aiohttp.ClientError, TimeoutError, OSError)


class _Client(AsyncClient):
    """nio's client, given /sync answers that are complete, and keeping nothing of them."""

    async def receive_response(self, response: Any) -> None:
        if not isinstance(response, SyncResponse):
            await super().receive_response(response)

    async def parse_body(self, transport_response: Any) -> Any:
        body = await super().parse_body(transport_response)
        rooms = as_mapping(as_mapping(body).get("rooms"))
        for room in as_mapping(rooms.get("leave")).values():
            if isinstance(room, dict):
                for part in ("timeline", "state"):
                    room[part] = {"events": [], **as_mapping(room.get(part))}
        for room in as_mapping(rooms.get("invite")).values():
            if isinstance(room, dict):
                room["invite_state"] = {"events": [], **as_mapping(room.get("invite_state"))}
        return body


class NioHomeserver:
    """One robot's access to its homeserver. Implements `bots.ports.Account`."""

    def __init__(self, url: str, user_id: UserId) -> None:
        self._user_id = user_id
        self._client = _Client(
            url,
            user_id,
            config=AsyncClientConfig(encryption_enabled=False, max_timeouts=0, request_timeout=REQUEST_SECONDS),
        )

    async def close(self) -> None:
        """Let go of the connections."""
        await self._client.close()  # type: ignore[no-untyped-call]  # nio's close has no annotations

    async def log_in(self, password: str, device_id: str) -> tuple[str, str]:
        """See `bots.ports`."""
        self._client.access_token = ""
        self._client.device_id = device_id
        answer = await self._checked("login", self._client.login(password, device_name="Chaperone robot"))
        return str(answer.access_token), str(answer.device_id)

    def resume(self, access_token: str, device_id: str) -> None:
        """See `bots.ports`."""
        self._client.restore_login(self._user_id, device_id, access_token)

    async def sync(self, since: str | None, wait_seconds: float) -> Batch:
        """See `bots.ports`."""
        request = self._client.sync(timeout=int(wait_seconds * 1000), sync_filter=_FILTER, since=since)
        answer = await self._checked("sync", request)
        return _parse_batch(answer, self._user_id)

    async def load_page(
        self, room_id: RoomId, *, before: str | None = None, until: str | None = None, files_only: bool = False
    ) -> Page:
        """See `bots.ports`."""
        wanted = {"types": [MESSAGE], "contains_url": True} if files_only else {"types": _TYPES}
        request = self._client.room_messages(room_id, start=before, end=until, limit=PAGE_LIMIT, message_filter=wanted)
        answer = await self._checked("messages", request)
        return Page(parse_events(event.source for event in answer.chunk), answer.end)

    async def load_event(self, room_id: RoomId, event_id: EventId) -> Event | None:
        """See `bots.ports`."""
        try:
            answer = await self._checked("event", self._client.room_get_event(room_id, event_id))
        except MatrixMissing:
            return None
        return parse_event(answer.event.source)

    async def load_thread(self, room_id: RoomId, root: EventId) -> tuple[Event, ...]:
        """See `bots.ports`. The bundled edits, which nio leaves out, are wanted too."""
        place = f"rooms/{quote(room_id, safe='')}/relations/{quote(root, safe='')}"
        path = f"/_matrix/client/v1/{place}/m.thread?limit={PAGE_LIMIT}"
        chunk = (await self._get_object("thread", path)).get("chunk")
        return parse_events(reversed(chunk if isinstance(chunk, list) else []))

    async def load_state(self, room_id: RoomId) -> State:
        """See `bots.ports`."""
        answer = await self._checked("state", self._client.room_get_state(room_id))
        return index_state(parse_events(answer.events))

    async def load_state_at(self, room_id: RoomId, event_id: EventId) -> State:
        """See `bots.ports`. With no events around it, /context answers the state at the event itself."""
        path = f"/_matrix/client/v3/rooms/{quote(room_id, safe='')}/context/{quote(event_id, safe='')}?limit=0"
        state = (await self._get_object("context", path)).get("state")
        return index_state(parse_events(state if isinstance(state, list) else ()))

    async def find_room(self, alias: RoomAlias) -> RoomId | None:
        """See `bots.ports`."""
        try:
            answer = await self._checked("alias", self._client.room_resolve_alias(alias))
        except MatrixMissing:
            return None
        return RoomId(str(answer.room_id))

    async def join(self, room_id: RoomId) -> None:
        """See `bots.ports`."""
        await self._checked("join", self._client.join(room_id))

    async def send(self, room_id: RoomId, content: Mapping[str, Any], txn_id: str) -> EventId:
        """See `bots.ports`."""
        answer = await self._checked("send", self._client.room_send(room_id, MESSAGE, dict(content), tx_id=txn_id))
        return EventId(str(answer.event_id))

    async def load_file(self, uri: str, limit: int) -> bytes:
        """See `bots.ports`. By the authenticated endpoint; what an mxc address may hold else is not followed."""
        parts = urlsplit(uri)
        if parts.scheme != "mxc" or not parts.netloc or parts.path.count("/") != 1:
            raise MatrixMissing("download", 404, "M_NOT_FOUND", "That is no address of a file.")
        path = f"/_matrix/client/v1/media/download/{quote(parts.netloc, safe='')}/{quote(parts.path[1:], safe='')}"
        return await self._get("download", path, limit=limit)

    async def upload(self, data: bytes, mimetype: str, name: str) -> str:
        """See `bots.ports`."""

        async def send() -> tuple[Any, None]:
            return await self._client.upload(  # type: ignore[no-any-return]  # nio ships no types
                lambda *_: io.BytesIO(data), content_type=mimetype, filename=name, filesize=len(data)
            )

        answer, _ = await _reached("upload", send())
        _raise_if_error("upload", answer)
        return str(answer.content_uri)

    async def _checked(self, request: str, call: Any) -> Any:
        answer = await _reached(request, call)
        _raise_if_error(request, answer)
        return answer

    async def _get_object(self, request: str, path: str) -> Mapping[str, Any]:
        body = await self._get(request, path, limit=None)
        try:
            return as_mapping(json.loads(body))
        except ValueError as fault:
            raise MatrixAway(request, "unreadable answer") from fault

    async def _get(self, request: str, path: str, *, limit: int | None) -> bytes:
        headers = {"Authorization": f"Bearer {self._client.access_token}"}
        response = await _reached(request, self._client.send("GET", path, headers=headers))
        async with response:
            if response.status != 200:
                _raise_refusal(request, response.status, as_mapping(await _reached(request, _json(response))))
            body: bytes = await _reached(request, _read(response, limit))
            return body


async def _reached(request: str, call: Any) -> Any:
    try:
        return await call
    except MatrixError:
        raise
    except _NETWORK as fault:
        raise MatrixAway(request, type(fault).__name__) from fault
    except LocalProtocolError as fault:
        raise SessionLost(request, 401, "M_MISSING_TOKEN", "There is no session.") from fault
    except Exception as fault:  # an answer that nio could not make sense of, jsonschema's complaints among it
        raise MatrixAway(request, f"unreadable answer ({type(fault).__name__})") from fault


async def _json(response: aiohttp.ClientResponse) -> Any:
    try:
        return json.loads(await response.text())
    except ValueError:
        return None


async def _read(response: aiohttp.ClientResponse, limit: int | None) -> bytes:
    body = bytearray()
    async for piece in response.content.iter_chunked(64 * 1024):
        body += piece
        if limit is not None and len(body) > limit:
            raise FileTooLarge(limit)
    return bytes(body)


def _raise_if_error(request: str, answer: Any) -> None:
    if not isinstance(answer, ErrorResponse):
        return
    response = getattr(answer, "transport_response", None)
    status = response.status if response is not None else 0
    _raise_refusal(request, status, {"errcode": answer.status_code, "error": answer.message})


def _raise_refusal(request: str, status: int, body: Mapping[str, Any]) -> None:
    code, sentence = str(body.get("errcode") or ""), str(body.get("error") or "")
    if code in _LOST:
        raise SessionLost(request, status, code, sentence)
    if status == 404 or code == "M_NOT_FOUND":
        raise MatrixMissing(request, status, code or "M_NOT_FOUND", sentence)
    if status == 429 or not code or not 400 <= status < 500:
        raise MatrixAway(request, f"{status} {code}".strip())
    raise MatrixRefused(request, status, code, sentence)


def _parse_batch(answer: Any, user_id: UserId) -> Batch:
    return Batch(
        next_batch=str(answer.next_batch),
        chunks=tuple(
            Chunk(
                room_id=RoomId(room_id),
                events=parse_events(event.source for event in room.timeline.events),
                gap=room.timeline.prev_batch if room.timeline.limited else None,
            )
            for room_id, room in answer.rooms.join.items()
        ),
        invitations=tuple(
            Invitation(RoomId(room_id), UserId(event.sender))
            for room_id, room in answer.rooms.invite.items()
            for event in room.invite_state
            if isinstance(event, InviteMemberEvent) and event.state_key == user_id and event.membership == "invite"
        ),
    )
