"""What is known of rooms and issues, read back from Matrix: pure projection, without anything following from it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Final

from bridge.ports import IncomingEvent, IssueRecord, RoomRecord, StoredEvent, Transaction, Words
from policies import names
from policies.content import text_at
from policies.errors import MalformedState
from policies.issue import Issue, IssueState, Side, Status, WaitingOn, parse_issue_state
from policies.names import KIND_KEY, IssueId, RoomId, Tier, UserId
from policies.people import Directory
from policies.rooms import Membership, RoomKind

BETWEEN: Final = " · "
"""In the name of an issue's rooms: “12 · Export fails”."""
LONGEST_SUBJECT: Final = 80


async def project(tx: Transaction, stored: StoredEvent, bot: UserId) -> None:
    """Take over what an event says of its room and of who is in it."""
    event = stored.event
    is_ours = event.sender == bot
    match event.type:
        case "m.room.create" if is_ours:
            kind = text_at(event.content, KIND_KEY)
            if kind in {one.value for one in RoomKind}:
                await tx.rooms.add(RoomRecord(event.room_id, RoomKind(kind), None))
        case "m.room.create":
            await tx.rooms.add(RoomRecord(event.room_id, RoomKind.OTHER, None))
        case "m.room.member" if event.state_key is not None:
            membership = text_at(event.content, "membership")
            if membership in {one.value for one in Membership}:
                user_id = UserId(event.state_key)
                if user_id == bot:  # as above, where the bridge sees no further back than its invitation
                    await tx.rooms.add(RoomRecord(event.room_id, RoomKind.OTHER, None))
                await tx.rooms.set_member(event.room_id, user_id, Membership(membership), stored.seq)
        case "m.room.name" if event.state_key == "":
            await tx.rooms.set_name(event.room_id, text_at(event.content, "name"))
        case names.ISSUE_STATE if is_ours:
            try:
                state = parse_issue_state(event.content)
            except MalformedState:
                return
            await tx.rooms.add(RoomRecord(event.room_id, RoomKind(state.side.value), state.id))


async def recover_issue(
    tx: Transaction,
    issue_id: IssueId,
    sides: Mapping[Side, tuple[RoomId, IssueState]],
    known: IssueRecord | None,
    events: Iterable[IncomingEvent],
) -> IssueRecord | None:
    """An issue as its rooms say, with what only we know of it; None if nobody knows whose it is."""
    base = known or await _recover_lost(tx, issue_id, sides)
    if base is None:
        return None
    state = sides[Side.STAFF][1] if Side.STAFF in sides else sides[Side.GUEST][1]
    issue = replace(
        base.issue,
        status=state.status,
        epoch=state.epoch,
        conclusion=state.conclusion,
        guest_room=sides[Side.GUEST][0] if Side.GUEST in sides else state.guest_room,
        staff_room=sides[Side.STAFF][0] if Side.STAFF in sides else base.issue.staff_room,
    )
    if state.side is Side.STAFF:
        issue = replace(
            issue,
            tier=state.tier or issue.tier,
            assignee=state.assignee,
            parent=state.parent,
            child=state.child,
            wanted=state.wanted,
        )
    was = (base.issue.status, base.issue.epoch, base.issue.waiting_on)
    if issue.status is not Status.OPEN:
        issue = replace(issue, waiting_on=None)
    elif was[:2] != (issue.status, issue.epoch) or was[2] is None:
        issue = replace(issue, waiting_on=find_turn(issue, events, await tx.principals.directory()))
    return replace(base, issue=issue)


def find_turn(issue: Issue, events: Iterable[IncomingEvent], directory: Directory) -> WaitingOn:
    """Whose turn it is, by who spoke last since the present epoch was opened."""
    turn = WaitingOn.STAFF
    epoch = 0
    for event in events:
        if event.room_id != issue.guest_room:
            continue
        if event.type == names.ISSUE_STATE:
            begun = event.content.get("epoch")
            if isinstance(begun, int) and begun > epoch:
                epoch, turn = begun, WaitingOn.STAFF
        elif event.type == "m.room.message":
            if event.sender in issue.everyone:
                turn = WaitingOn.STAFF
            elif directory.who_is(event.sender).is_staff or names.SHARED_KEY in event.content:
                turn = WaitingOn.GUEST
    return turn


async def _recover_lost(
    tx: Transaction, issue_id: IssueId, sides: Mapping[Side, tuple[RoomId, IssueState]]
) -> IssueRecord | None:
    """An issue whose row is gone: by its first words, which are kept, and by what its room is called."""
    waiting = await tx.words.in_lobby(issue_id)
    if not waiting:
        return None
    record = build_lost(issue_id, waiting[0])
    room = await tx.rooms.load(sides[Side.GUEST][0]) if Side.GUEST in sides else None
    name = "" if room is None else (room.name or "")
    subject = name.partition(BETWEEN)[2]
    return replace(record, issue=replace(record.issue, subject=subject)) if subject else record


def build_lost(issue_id: IssueId, first: Words) -> IssueRecord:
    """An issue of which nothing is left but what its guest wrote first."""
    subject = (first.body.strip().splitlines() or [""])[0][:LONGEST_SUBJECT]
    issue = Issue(issue_id, subject, first.sender, Status.QUEUED, Tier.T1)
    return IssueRecord(issue, first.author, first.at, first.at, first.body)


async def recover_lobby(tx: Transaction, first: Words) -> None:
    """An issue that has no room, and whose row is gone: it waits, unless it was ended."""
    if first.issue_id is None:
        return
    record = build_lost(first.issue_id, first)
    endings = await tx.issues.endings(first.issue_id)
    if endings:
        last = endings[-1]
        ended = replace(record.issue, status=Status.CONCLUDED, conclusion=last.conclusion, epoch=last.epoch)
        record = replace(record, issue=ended)
    await tx.projection.put_issue(record)
