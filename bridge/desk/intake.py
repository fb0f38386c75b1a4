"""What the homeserver tells: stored, projected and acted on in one database transaction, before it is answered 200.

    PUT /transactions/{txn} ─▶ one transaction { store what is new ─▶ for each event, in a savepoint:
                                                 project it · carry out a command or reaction } ─▶ commit ─▶ 200
                                                                                                 └▶ tell the sockets

An event that comes again is recognised by the store and does nothing. An event whose handling fails is kept as
stored, its half-done handling is undone, the fault is logged, and its neighbours are handled all the same.
"""

from __future__ import annotations

from collections.abc import Sequence

import structlog

from bridge.desk.breakin import take_supervisor
from bridge.desk.chat import Chat
from bridge.desk.cover import take_arrival, take_departure, take_refusal
from bridge.desk.line import build_notices
from bridge.desk.turns import Turns
from bridge.desk.work import Work, WorkPlace, lane_of_issue, lane_of_room
from bridge.ports import IncomingEvent, RoomGrew, RoomRecord, StoredEvent
from policies import names
from policies.actions import StepIn
from policies.consequences import decide_on_accident
from policies.content import text_at
from policies.errors import MalformedState
from policies.issue import parse_issue_state
from policies.names import KIND_KEY, Code, RoomId, UserId
from policies.rooms import Membership, RoomKind

log = structlog.get_logger()


class Intake:
    """Takes in transactions of the application service API."""

    def __init__(self, place: WorkPlace, chat: Chat, bot: UserId) -> None:
        self._place = place
        self._chat = chat
        self._bot = bot
        self._turns = Turns(chat.desk)

    async def receive(self, events: Sequence[IncomingEvent]) -> None:
        """Returns once everything is durable."""
        async with self._place.begin() as work:
            stored = await work.tx.events.add(events)
            for one in stored:
                notices = list(work.notices)
                try:
                    async with work.tx.savepoint():
                        await self._take(work, one)
                except Exception:
                    work.notices[:] = notices
                    log.exception("intake.event_failed", event_id=one.event.event_id, type=one.event.type)
            grown: dict[RoomId, list[StoredEvent]] = {}
            for one in stored:
                grown.setdefault(one.event.room_id, []).append(one)
            work.notices += [RoomGrew(room_id, events) for room_id, events in grown.items()]

    async def _take(self, work: Work, stored: StoredEvent) -> None:
        event = stored.event
        match event.type:
            case "m.room.create" if event.sender == self._bot:
                await self._take_creation(work, event)
            case "m.room.member" if event.state_key is not None:
                await self._take_membership(work, stored, UserId(event.state_key))
            case "m.room.name" if event.state_key == "":
                await work.tx.rooms.set_name(event.room_id, text_at(event.content, "name"))
            case names.REFUSED_EVENT if event.sender == self._bot:
                await self._take_refusal(work, event)
            case names.ISSUE_STATE if event.sender == self._bot:
                await self._take_issue_state(work, event)
            case "m.room.message" if event.sender != self._bot:
                await self._take_message(work, event)
            case "m.reaction" if event.sender != self._bot:
                await self._chat.take_reaction(work, event)

    async def _take_creation(self, work: Work, event: IncomingEvent) -> None:
        try:
            kind = RoomKind(str(event.content.get(KIND_KEY, "")))
        except ValueError:
            return
        await work.tx.rooms.add(RoomRecord(event.room_id, kind, None))

    async def _take_issue_state(self, work: Work, event: IncomingEvent) -> None:
        try:
            state = parse_issue_state(event.content)
        except MalformedState as fault:
            log.warning("intake.malformed_state", event_id=event.event_id, fault=fault.fault)
            return
        await work.tx.rooms.add(RoomRecord(event.room_id, RoomKind(state.side.value), state.id))

    async def _take_membership(self, work: Work, stored: StoredEvent, user_id: UserId) -> None:
        event = stored.event
        try:
            membership = Membership(str(event.content.get("membership")))
        except ValueError:
            return
        await work.tx.rooms.set_member(event.room_id, user_id, membership, stored.seq)
        if user_id == self._bot:
            await self._take_own_membership(work, event, membership)
        record = await work.tx.issues.load_by_room(event.room_id)
        if record is None:
            return
        if user_id in record.issue.everyone:
            work.notices += await build_notices(work.tx, record.issue)  # its room can be entered, or no longer
        elif membership in (Membership.LEAVE, Membership.BAN):
            await take_departure(work, record, user_id)
        elif membership is Membership.JOIN:
            await take_supervisor(work, record, user_id)
            if event.room_id == record.issue.guest_room:
                await take_arrival(work, record, user_id)

    async def _take_own_membership(self, work: Work, event: IncomingEvent, membership: Membership) -> None:
        """The bridge is invited to a room that people made. By others than staff from here it is not to be had."""
        directory = await work.tx.principals.directory()
        is_from_here = directory.who_is(event.sender).is_staff and directory.is_local(event.sender)
        if membership is Membership.INVITE and is_from_here:
            await work.decide(lane_of_room(event.room_id), (StepIn(event.room_id),))

    async def _take_refusal(self, work: Work, event: IncomingEvent) -> None:
        """What the module refused in a guest room, and told in the policy room."""
        told_in = await work.tx.rooms.load(event.room_id)
        room_id = RoomId(text_at(event.content, "room"))
        record = await work.tx.issues.load_by_room(room_id)
        if told_in is None or told_in.kind is not RoomKind.POLICY:
            return
        if record is None or record.issue.guest_room != room_id:
            return
        match text_at(event.content, "code"):
            case Code.GUEST_ALONE:
                await take_refusal(work, record, event.content)
            case Code.ASK_IN_STAFF_ROOM:
                by, robot = UserId(text_at(event.content, "actor")), UserId(text_at(event.content, "robot")) or None
                await work.decide(lane_of_issue(record.issue.id), decide_on_accident(record.issue, by, robot))

    async def _take_message(self, work: Work, event: IncomingEvent) -> None:
        room = await work.tx.rooms.load(event.room_id)
        if room is None:
            return
        if room.kind is RoomKind.GUEST:
            await self._turns.take_message(work, event)
        elif room.kind in (RoomKind.STAFF, RoomKind.QUEUE):
            await self._chat.take_message(work, room, event)
