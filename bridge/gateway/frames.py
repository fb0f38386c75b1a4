"""What goes over the socket, as CONTRACT says it: one model a frame. `/asyncapi.json` is made from these models, and
they parse every frame that comes in, so there is no second description to drift from.
"""

from __future__ import annotations

import json
from enum import StrEnum
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter
from pydantic_core import PydanticSerializationError

from bridge.desk.figures import FloorFigures
from policies.content import has_controls
from policies.issue import Conclusion, Status, WaitingOn, Wanted
from policies.names import Code

PROTOCOL: Final = "chaperone.v1"
MAX_ID: Final = 255
"""Matrix's own limit for the ids of users, rooms and events."""
MAX_CURSOR: Final = 2**63 - 1
"""What a database's whole number holds."""


class Errcode(StrEnum):
    """Why a frame was not done; those of the rules are `policies.names.Code`."""

    BAD_FRAME = "CHAPERONE_BAD_FRAME"
    """Not JSON, of no known type, or of another shape than its type has."""
    FRAME_TOO_LARGE = "CHAPERONE_FRAME_TOO_LARGE"
    OUT_OF_ORDER = "CHAPERONE_OUT_OF_ORDER"
    """A frame that is right in itself, but not now: for a room that was not joined, or is being joined already."""
    UNKNOWN_ROOM = "CHAPERONE_UNKNOWN_ROOM"
    """There is no such room, or it is not for you; which of the two is not said."""
    TOO_MANY_ROOMS = "CHAPERONE_TOO_MANY_ROOMS"
    LIMIT_EXCEEDED = "M_LIMIT_EXCEEDED"
    """`retry_after_ms` says when to try again."""
    UNKNOWN = "M_UNKNOWN"
    """A fault of ours; try again."""


class CloseCode:
    """Why a socket was closed, where WebSocket's own codes do not say it."""

    GOING_AWAY: Final = 1001
    """The server stops or restarts; connect again."""
    FAULT: Final = 1011
    TOKEN_ENDED: Final = 4001
    """The token expired or was revoked."""
    TOO_SLOW: Final = 4008
    """What was sent was not read; the reason says from which cursor to go on."""


def _refuse_blank(text: str) -> str:
    if not text.strip():
        raise ValueError("is blank")
    return text


def _refuse_controls(text: str) -> str:
    if has_controls(text):
        raise ValueError("control characters are not allowed, but for tab and line end")
    return text


Id = Annotated[str, Field(min_length=1, max_length=MAX_ID), AfterValidator(_refuse_controls)]


class Frame(BaseModel):
    """A JSON object in a text message. Its `type` says which."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, use_attribute_docstrings=True)


# --- from the client ----------------------------------------------------------------------------------------------


class Join(Frame):
    """Show me this room: its history, who is in it, how its issue stands, and then whatever happens."""

    type: Literal["join"]
    room: Id
    """A room id, `lobby:<issue id>`, or, for supervisors, `floor`: how queues and staff stand (`stats`)."""
    since: Annotated[int, Field(ge=0, le=MAX_CURSOR)] | None = None
    """The last `cursor` that was received for this room: go on from there."""


class Message(Frame):
    """Say something. The same `txn_id` again is the same message, however often it is sent."""

    type: Literal["message"]
    room: Id
    txn_id: Id
    body: Annotated[str, Field(min_length=1), AfterValidator(_refuse_controls), AfterValidator(_refuse_blank)]
    reply_to: Id | None = None


class SetTyping(Frame):
    """I am writing, or no longer."""

    type: Literal["typing"]
    room: Id
    on: bool


class SetRead(Frame):
    """I have read up to this event."""

    type: Literal["read"]
    room: Id
    event_id: Id


class Leave(Frame):
    """Show me no more of this room. It does not end a membership."""

    type: Literal["leave"]
    room: Id


class Ping(Frame):
    """Are you there? Answered by `pong`."""

    type: Literal["ping"]


ClientFrame = Annotated[Join | Message | SetTyping | SetRead | Leave | Ping, Field(discriminator="type")]
RoomFrame = Join | Message | SetTyping | SetRead | Leave
CLIENT_FRAME: Final[TypeAdapter[Join | Message | SetTyping | SetRead | Leave | Ping]] = TypeAdapter(ClientFrame)


# --- from the server ----------------------------------------------------------------------------------------------


def _optional(description: str) -> Any:
    """A key that is left out where it has no value."""
    return Field(default=None, exclude_if=lambda value: value is None, description=description)


class Self(Frame):
    """Who you are."""

    id: str
    role: str
    tier: str | None
    user_id: str
    name: str


class Limits(Frame):
    """What is too much."""

    frame_bytes: int
    message_letters: int
    messages_per_minute: int


class Welcome(Frame):
    """The first frame of every session."""

    type: Literal["welcome"] = "welcome"
    principal: Self
    heartbeat: float
    """Seconds. Send a `ping` that often; whoever is silent for longer than two of them is gone."""
    limits: Limits


class EventBody(Frame):
    """An event, in the form in which its reader may see it."""

    event_id: str
    room: str
    type: str
    sender: str
    sender_name: str
    ts: int
    """Milliseconds since 1970."""
    content: dict[str, Any]
    state_key: str | None = _optional("For state events.")
    target: str | None = _optional("The event that this one edits or redacts.")
    txn_id: str | None = _optional("Your own id of it, if you sent it.")


class History(Frame):
    """The answer to `join`. `complete` is false if something before these events was left out; with a `since`, throw
    away what you have of the room then.
    """

    type: Literal["history"] = "history"
    room: str
    events: list[EventBody]
    cursor: int
    complete: bool


class Event(Frame):
    """Something happened."""

    type: Literal["event"] = "event"
    room: str
    event: EventBody
    cursor: int


class Update(Frame):
    """Something that happened before is changed: an edit, an answer that grows, a redaction."""

    type: Literal["update"] = "update"
    room: str
    target: str
    event: EventBody
    cursor: int


class Stream(Frame):
    """An answer as it grows, word by word: all the words so far. Kept nowhere; what stays comes as `update`."""

    type: Literal["stream"] = "stream"
    room: str
    target: str
    """The first message of the answer."""
    user_id: str
    body: str


class Ack(Frame):
    """The message is durable. Sent again with the `event_id` if it had to wait for its room."""

    type: Literal["ack"] = "ack"
    room: str
    txn_id: str
    event_id: str | None = _optional("Once it is in a room.")


class TypingNow(Frame):
    """Who is writing at the moment, all of them."""

    type: Literal["typing"] = "typing"
    room: str
    users: list[str]


class Read(Frame):
    """How far somebody has read."""

    type: Literal["read"] = "read"
    room: str
    user_id: str
    event_id: str


class Member(Frame):
    """Somebody who is, or no longer is, in the room."""

    type: Literal["member"] = "member"
    room: str
    user_id: str
    name: str
    role: Literal["guest", "staff", "robot", "bridge"]
    membership: str


class IssueNow(Frame):
    """How the issue of the room stands."""

    type: Literal["issue"] = "issue"
    room: str
    id: str
    subject: str
    status: Status
    waiting_on: WaitingOn | None
    conclusion: Conclusion | None
    epoch: int
    queue_position: int | None
    """1 for who is next."""
    guest_room: str | None
    """The room to join, once you are in it: where the conversation goes on, if it goes on elsewhere."""
    nobody_on_duty: bool = False
    """True while a guest waits and nobody is there who could help them: they may leave an address."""
    contact_left: bool = False
    """Whether they left one."""
    continues_in: str | None = _optional("The issue that the conversation goes on in; write there, or here: it is one.")
    staff_room: str | None = _optional("Staff only.")
    tier: str | None = _optional("Staff only.")
    assignee: str | None = _optional("Staff only.")
    wanted: Wanted | None = _optional("Staff only. Whom an escalated issue waits for.")
    parent: str | None = _optional("Staff only. The issue that was escalated to this one.")
    child: str | None = _optional("Staff only. The issue that this one was escalated to.")


class Stats(Frame):
    """How the floor stands: for supervisors who joined `floor`, again whenever it changes."""

    type: Literal["stats"] = "stats"
    room: Literal["floor"] = "floor"
    figures: FloorFigures
    """As `GET /stats` answers, of the last seven days. Times are seconds."""


class Error(Frame):
    """A frame was not done. The session goes on."""

    type: Literal["error"] = "error"
    errcode: Errcode | Code
    error: str
    """A sentence for people."""
    room: str | None = _optional("The room of the frame.")
    txn_id: str | None = _optional("The message of the frame.")
    retry_after_ms: int | None = _optional("Try again then.")
    reopen: bool | None = _optional("True if reopening the issue would help.")


class Pong(Frame):
    """I am here."""

    type: Literal["pong"] = "pong"


ServerFrame = (
    Welcome | History | Event | Update | Stream | Ack | TypingNow | Read | Member | IssueNow | Stats | Error | Pong
)


def build_payload(frame: ServerFrame) -> bytes:
    """The frame as JSON."""
    try:
        return frame.__pydantic_serializer__.to_json(frame)
    except PydanticSerializationError:
        # Half of a surrogate pair, as only a broken client can write it: legal in JSON if escaped.
        return json.dumps(frame.model_dump(mode="python"), ensure_ascii=True, default=str).encode()
