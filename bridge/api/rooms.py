"""Rooms: `/rooms/{room_id}/…`, a guest's lobby among them. Reading and writing when the socket fails, and for scripts.

Both ask what the socket asks: the timeline for what may be read, the desk for what is written.
"""

from __future__ import annotations

import re
from typing import Final

from bridge.api.answers import EventView, HistoryView, WrittenView
from bridge.api.authority import Who
from bridge.api.bodies import MessageBody, MessagesQuery
from bridge.api.errors import Errcode, build_no_such, check_length
from bridge.api.pace import check_message
from bridge.api.routes import V1, AnyRoute, Call, Route
from bridge.desk.visible import VisibleEvent
from policies.names import Code
from policies.outcomes import Refuse

_PLACE: Final = re.compile(r"![^\x00/]{1,254}|lobby:[1-9][0-9]{0,17}")


def parse_place(text: str) -> str:
    """A room id, or a lobby.

    :raises ApiFault: 404, as for a room that does not exist.
    """
    if not _PLACE.fullmatch(text):
        raise build_no_such("room", text)
    return text


def build_event_view(event: VisibleEvent) -> EventView:
    """An event as the API shows it."""
    return EventView(
        event_id=event.event_id,
        type=event.type,
        sender=event.sender,
        sender_name=event.sender_name,
        ts=event.ts,
        content=dict(event.content),
        state_key=event.state_key,
        target=event.target,
        txn_id=event.txn_id,
        cursor=event.seq,
    )


async def list_messages(call: Call[MessagesQuery]) -> HistoryView:
    """GET /rooms/{room_id}/messages."""
    place = parse_place(call.path["room_id"])
    asked = call.asked
    history = await call.services.timeline.load_history(call.principal, place, asked.since, asked.limit, onward=True)
    return HistoryView(
        room=place,
        events=[build_event_view(event) for event in history.events],
        cursor=history.cursor,
        complete=history.complete,
    )


async def write_message(call: Call[MessageBody]) -> WrittenView | Refuse:
    """POST /rooms/{room_id}/messages."""
    place = parse_place(call.path["room_id"])
    asked = call.asked
    check_length("body", asked.body, call.services.settings.desk.message_max)
    check_message(call.services.pace, call.principal)
    words = await call.services.desk.write(call.principal, place, asked.txn_id, asked.body)
    if isinstance(words, Refuse):
        return words
    return WrittenView(txn_id=words.txn_id, event_id=words.event_id)


ROUTES: Final[tuple[AnyRoute, ...]] = (
    Route(
        method="GET",
        path=f"{V1}/rooms/{{room_id}}/messages",
        who=Who.SIGNED_IN,
        for_widgets=True,
        summary="What happened in a room since a cursor, or the newest of it",
        takes=MessagesQuery,
        gives=HistoryView,
        handle=list_messages,
        errors=(Errcode.NOT_FOUND,),
    ),
    Route(
        method="POST",
        path=f"{V1}/rooms/{{room_id}}/messages",
        who=Who.SIGNED_IN,
        for_widgets=True,
        summary="Say something; durable once answered, and in the room exactly once",
        takes=MessageBody,
        gives=WrittenView,
        handle=write_message,
        errors=(
            Errcode.NOT_FOUND,
            Errcode.LIMIT_EXCEEDED,
            Code.NOT_A_MEMBER,
            Code.ISSUE_CONCLUDED,
            Code.TXN_REUSED,
        ),
    ),
)
