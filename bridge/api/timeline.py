"""What happens: an issue's two rooms as one story (`/issues/{issue_id}/timeline`), and a room as it goes on
(`/rooms/{room_id}/events`), for where no socket can be opened.

    events since? ─┬─ some: answer
                   └─ none: subscribe ─▶ look once more ─▶ wait ─▶ something of this room ─▶ answer
                                                             ├─ the session ended ─▶ 401
                                                             └─ time is over ─▶ answer, empty

Both show what the socket would show to the same person.
"""

from __future__ import annotations

import asyncio
from typing import Final, Protocol, runtime_checkable

from bridge.api.answers import HistoryView, SidedEventView, TimelineView
from bridge.api.authority import Who
from bridge.api.bodies import EventsQuery, TimelineQuery
from bridge.api.errors import CHALLENGE, ApiFault, Errcode, build_no_such
from bridge.api.issues import parse_issue_id
from bridge.api.rooms import build_event_view, parse_place
from bridge.api.routes import V1, AnyRoute, Call, Route
from bridge.desk.merged import load_merged
from bridge.desk.timeline import VisibleHistory
from bridge.gateway.notices import NoticesLost
from bridge.ports import Notice, RoomGrew, SessionEnded, WordsKept, WordsPlaced
from policies.names import Code, Rule
from policies.outcomes import Refuse

LOOK_AGAIN: Final = 5.0
"""Seconds. Notices may be lost, or come from another process."""


@runtime_checkable
class _Closes(Protocol):
    def close(self) -> None: ...


async def show_timeline(call: Call[TimelineQuery]) -> TimelineView | Refuse:
    """GET /issues/{issue_id}/timeline."""
    issue_id = parse_issue_id(call.path["issue_id"])
    async with call.services.store.read() as tx:
        record = await tx.issues.load(issue_id)
    if record is None:
        raise build_no_such("issue", issue_id)
    asked = call.asked
    merged = await load_merged(call.services.timeline, call.principal, record.issue, asked.since, asked.limit)
    if merged is None:
        sentence = "You were in none of this issue's rooms. Claim it, have it handed to you, or break in."
        return Refuse(Rule.S2, Code.NOT_A_MEMBER, sentence, {"joined": "no"})
    return TimelineView(
        issue=issue_id,
        events=[
            SidedEventView(**build_event_view(event).model_dump(), room=event.place, side=side)
            for side, event in merged.events
        ],
        cursor=merged.cursor,
    )


async def wait_for_events(call: Call[EventsQuery]) -> HistoryView:
    """GET /rooms/{room_id}/events."""
    place = parse_place(call.path["room_id"])
    history = await _look(call, place)
    if not history.events and history.goes_on and call.asked.timeout:
        waiting = call.services.waiting
        waiting.enter(call.principal.id)
        try:
            history = await _wait(call, place)
        finally:
            waiting.leave(call.principal.id)
    return HistoryView(
        room=place,
        events=[build_event_view(event) for event in history.events],
        cursor=history.cursor,
        complete=history.complete,
    )


async def _look(call: Call[EventsQuery], place: str) -> VisibleHistory:
    asked = call.asked
    return await call.services.timeline.load_history(call.principal, place, asked.since, asked.limit, onward=True)


async def _wait(call: Call[EventsQuery], place: str) -> VisibleHistory:
    loop = asyncio.get_running_loop()
    ends = loop.time() + min(call.asked.timeout, call.services.settings.gateway.poll_seconds)
    heard = call.services.notices.subscribe()
    try:
        while True:
            history = await _look(call, place)
            left = ends - loop.time()
            if history.events or left <= 0:
                return history
            try:
                async with asyncio.timeout(min(left, LOOK_AGAIN)):
                    async for notice in heard:
                        _check_session(call, notice)
                        if _is_about(notice, place):
                            break
            except (TimeoutError, NoticesLost):
                continue
    finally:
        if isinstance(heard, _Closes):
            heard.close()


def _check_session(call: Call[EventsQuery], notice: Notice) -> None:
    if isinstance(notice, SessionEnded) and notice.session_id == call.authenticated.session_id:
        raise ApiFault(Errcode.UNKNOWN_TOKEN, "Your session has ended. Log in again.", headers=CHALLENGE)


def _is_about(notice: Notice, place: str) -> bool:
    match notice:
        case RoomGrew():
            return notice.room_id == place
        case WordsKept() | WordsPlaced():
            return notice.words.place == place
    return False


ROUTES: Final[tuple[AnyRoute, ...]] = (
    Route(
        method="GET",
        path=f"{V1}/issues/{{issue_id}}/timeline",
        who=Who.STAFF,
        summary="Both rooms of an issue in order, as far as one was there",
        takes=TimelineQuery,
        gives=TimelineView,
        handle=show_timeline,
        errors=(Errcode.NOT_FOUND, Code.NOT_A_MEMBER),
    ),
    Route(
        method="GET",
        path=f"{V1}/rooms/{{room_id}}/events",
        who=Who.SIGNED_IN,
        for_widgets=True,
        summary="What happens in a room from here on; waits until something does",
        takes=EventsQuery,
        gives=HistoryView,
        handle=wait_for_events,
        errors=(Errcode.NOT_FOUND,),
    ),
)
