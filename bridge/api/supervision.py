"""What supervisors see and do: the rooms there are and who is in them, break-in, whisper, and the figures."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Final, Literal

from bridge.api.answers import (
    EntryView,
    ParticipantsPage,
    ParticipantView,
    RoomsPage,
    RoomView,
    StatsView,
    WhisperView,
)
from bridge.api.authority import Who
from bridge.api.bodies import BreakInBody, NoQuery, ParticipantsQuery, RoomsQuery, StatsQuery, WhisperBody
from bridge.api.errors import Errcode, build_no_such, check_length
from bridge.api.issues import parse_issue_id
from bridge.api.pace import check_message
from bridge.api.rooms import parse_place
from bridge.api.routes import V1, AnyRoute, Call, Route
from bridge.desk.commands import parse_user
from bridge.desk.figures import load_figures
from bridge.desk.room_list import ListedRoom, load_listed, load_participants
from bridge.ports import RoomRecord, Transaction
from policies.names import Code, IssueId, RoomId, UserId
from policies.outcomes import Refuse
from policies.rooms import Membership

BETWEEN_LOOKS: Final = 0.05


def build_room_view(room: ListedRoom) -> RoomView:
    """A room from outside."""
    record, heads = room.record, room.heads
    return RoomView(
        room_id=record.room_id,
        kind=record.kind,
        name=record.name,
        issue=record.issue_id,
        guests=heads.guests,
        staff=heads.staff,
        robots=heads.robots,
        invited=heads.invited,
        encrypted=room.is_encrypted,
    )


async def list_rooms(call: Call[RoomsQuery]) -> RoomsPage:
    """GET /rooms."""
    asked = call.asked
    async with call.services.store.read() as tx:
        records = await _find_rooms(tx, asked)
        page = records[: asked.limit]
        directory = await tx.principals.directory()
        return RoomsPage(
            rooms=[build_room_view(await load_listed(tx, record, directory)) for record in page],
            next=page[-1].room_id if len(records) > asked.limit else None,
        )


async def _find_rooms(tx: Transaction, asked: RoomsQuery) -> Sequence[RoomRecord]:
    after = RoomId(asked.cursor) if asked.cursor else None
    issue_id = IssueId(asked.issue) if asked.issue else None
    if asked.member is None:
        return await tx.rooms.list(kind=asked.kind, issue_id=issue_id, text=asked.q, after=after, limit=asked.limit + 1)
    text = (asked.q or "").casefold()
    theirs = [
        record
        for record in await tx.rooms.rooms_of(UserId(asked.member))
        if asked.kind in (None, record.kind)
        and issue_id in (None, record.issue_id)
        and text in (record.name or "").casefold()
        and (after is None or record.room_id > after)
    ]
    return theirs[: asked.limit + 1]


async def show_room(call: Call[NoQuery]) -> RoomView:
    """GET /rooms/{room_id}."""
    async with call.services.store.read() as tx:
        record = await _load_room(tx, call.path["room_id"])
        return build_room_view(await load_listed(tx, record, await tx.principals.directory()))


async def _load_room(tx: Transaction, room_id: str) -> RoomRecord:
    record = await tx.rooms.load(RoomId(parse_place(room_id)))
    if record is None:
        raise build_no_such("room", room_id)
    return record


async def list_participants(call: Call[ParticipantsQuery]) -> ParticipantsPage:
    """GET /rooms/{room_id}/participants."""
    asked = call.asked
    async with call.services.store.read() as tx:
        everybody = await load_participants(tx, await _load_room(tx, call.path["room_id"]))
    found = [
        one
        for one in everybody
        if asked.role in (None, one.role.value)
        and asked.membership in (None, one.membership.value)
        and (asked.cursor is None or one.user_id > asked.cursor)
    ]
    page = found[: asked.limit]
    return ParticipantsPage(
        participants=[
            ParticipantView(
                user_id=one.user_id,
                display_name=one.name,
                role=one.role,
                tier=None if one.tier is None else one.tier.name,
                membership="join" if one.membership is Membership.JOIN else "invite",
            )
            for one in page
        ],
        next=page[-1].user_id if len(found) > asked.limit else None,
    )


async def break_in(call: Call[BreakInBody]) -> EntryView | Refuse:
    """POST /rooms/{room_id}/break-in."""
    room_id = RoomId(parse_place(call.path["room_id"]))
    entry = await call.services.floor.break_in.enter(call.principal.user_id, room_id, announce=call.asked.announce)
    if isinstance(entry, Refuse):
        return entry
    return EntryView(
        room_id=room_id,
        kind=entry.room.kind,
        issue=entry.room.issue_id,
        state=await _wait_until_in(call, room_id),
        readable="what was said before too" if entry.reads_past else "what is said from now on",
    )


async def _wait_until_in(call: Call[BreakInBody], room_id: RoomId) -> Literal["joined", "pending"]:
    loop = asyncio.get_running_loop()
    ends = loop.time() + call.services.settings.accounts.change_within_seconds
    while True:
        async with call.services.store.read() as tx:
            if await tx.rooms.membership(room_id, call.principal.user_id) is Membership.JOIN:
                return "joined"
        if loop.time() >= ends:
            return "pending"
        await asyncio.sleep(BETWEEN_LOOKS)


async def whisper(call: Call[WhisperBody]) -> WhisperView | Refuse:
    """POST /issues/{issue_id}/whisper."""
    issue_id = parse_issue_id(call.path["issue_id"])
    settings = call.services.settings
    check_length("body", call.asked.body, settings.desk.message_max)
    check_message(call.services.pace, call.principal)
    to = None if call.asked.to is None else parse_user(call.asked.to, settings.matrix.server)

    async def keep(tx: Transaction, whom: UserId | None) -> None:
        await call.keep(tx, WhisperView(issue=issue_id, to=whom))

    outcome = await call.services.floor.whispers.whisper(call.principal.user_id, issue_id, to, call.asked.body, keep)
    return outcome if isinstance(outcome, Refuse) else WhisperView(issue=issue_id, to=outcome)


async def show_stats(call: Call[StatsQuery]) -> StatsView:
    """GET /stats."""
    services = call.services
    async with services.store.read() as tx:
        figures = await load_figures(
            tx, services.clock.now(), timedelta(days=call.asked.days), services.settings.desk.capacity
        )
    return StatsView(figures)


ROUTES: Final[tuple[AnyRoute, ...]] = (
    Route(
        method="GET",
        path=f"{V1}/rooms",
        who=Who.SUPERVISOR,
        summary="The rooms there are, and how many are in each",
        takes=RoomsQuery,
        gives=RoomsPage,
        handle=list_rooms,
    ),
    Route(
        method="GET",
        path=f"{V1}/rooms/{{room_id}}",
        who=Who.SUPERVISOR,
        summary="One room, and how many are in it",
        takes=NoQuery,
        gives=RoomView,
        handle=show_room,
        errors=(Errcode.NOT_FOUND,),
    ),
    Route(
        method="GET",
        path=f"{V1}/rooms/{{room_id}}/participants",
        who=Who.SUPERVISOR,
        summary="Who is in a room, or invited to it",
        takes=ParticipantsQuery,
        gives=ParticipantsPage,
        handle=list_participants,
        errors=(Errcode.NOT_FOUND,),
    ),
    Route(
        method="POST",
        path=f"{V1}/rooms/{{room_id}}/break-in",
        who=Who.SUPERVISOR,
        summary="Enter a room uninvited: announced there, and in the audit log",
        takes=BreakInBody,
        gives=EntryView,
        handle=break_in,
        errors=(Errcode.NOT_FOUND, Code.SUPERVISORS_ONLY, Code.NOT_PERMITTED),
    ),
    Route(
        method="POST",
        path=f"{V1}/issues/{{issue_id}}/whisper",
        who=Who.SUPERVISOR,
        summary="Say something in the staff room of an issue, which its guest does not hear",
        takes=WhisperBody,
        gives=WhisperView,
        handle=whisper,
        errors=(
            Errcode.NOT_FOUND,
            Errcode.LIMIT_EXCEEDED,
            Code.SUPERVISORS_ONLY,
            Code.ISSUE_NOT_OPEN,
            Code.NOT_A_MEMBER,
        ),
        status=201,
    ),
    Route(
        method="GET",
        path=f"{V1}/stats",
        who=Who.SUPERVISOR,
        summary="Queues, who has what, who is on duty, and how conversations went",
        takes=StatsQuery,
        gives=StatsView,
        handle=show_stats,
    ),
)
