"""Robots tell here what they are saying, word by word, and the sockets of who looks at the room show it.

    robot ─ all the words so far ─▶ is it this robot, listed, in its own answer, in a room of an open issue? ─▶ sockets

Nothing is stored: the answer itself comes by Matrix, with its edits. Over loopback, with a token that each robot
derives from the robots' secret.
"""

from __future__ import annotations

import hmac

import structlog
from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bridge.ports import Notices, Store, WordsGrow
from policies.issue import Status
from policies.names import ANSWER_KEY, EventId, Role, RoomId, UserId
from policies.streaming import MAX_WORDS, STREAM_PATH, derive_stream_token

log = structlog.get_logger()


class Growing(BaseModel):
    """What a robot tells. `event_id` is the first message of its answer."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    user_id: str = Field(max_length=255)
    room_id: str = Field(max_length=255)
    event_id: str = Field(max_length=255)
    body: str = Field(max_length=MAX_WORDS)


class StreamDoor:
    """`POST /_chaperone/stream`."""

    def __init__(self, store: Store, notices: Notices, robots_secret: str) -> None:
        self._store = store
        self._notices = notices
        self._secret = robots_secret

    def add_to(self, app: web.Application) -> None:
        """Serve it."""
        app.router.add_post(STREAM_PATH, self.take)

    async def take(self, request: web.Request) -> web.Response:
        """204; 401 for who is not that robot, 404 where it has no answer under way."""
        try:
            growing = Growing.model_validate_json(await request.read())
        except ValidationError:
            return web.json_response({"errcode": "M_BAD_JSON", "error": "Not words of a robot."}, status=400)
        robot = UserId(growing.user_id)
        given = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if not hmac.compare_digest(given.encode(), derive_stream_token(self._secret, robot).encode()):
            return web.json_response({"errcode": "M_UNAUTHORIZED", "error": "Not that robot."}, status=401)
        room_id, answer = RoomId(growing.room_id), EventId(growing.event_id)
        if not await self._is_under_way(robot, room_id, answer):
            return web.json_response({"errcode": "M_NOT_FOUND", "error": "No answer is under way there."}, status=404)
        self._notices.publish(WordsGrow(room_id, answer, robot, growing.body))
        return web.Response(status=204)

    async def _is_under_way(self, robot: UserId, room_id: RoomId, answer: EventId) -> bool:
        async with self._store.read() as tx:
            person = (await tx.principals.directory()).who_is(robot)
            stored = await tx.events.load(answer)
            record = await tx.issues.load_by_room(room_id)
        if stored is None or record is None or person.role is not Role.ROBOT or not person.is_active:
            return False
        event = stored.event
        is_its_own = event.sender == robot and event.room_id == room_id and ANSWER_KEY in event.content
        return is_its_own and record.issue.staff_room == room_id and record.issue.status is Status.OPEN
