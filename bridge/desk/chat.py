"""Commands and reactions in rooms of staff, carried out by the desk's verbs; refusals are answered where they arose.

Whatever is typed or tapped by somebody who is no active member of staff is talk, and does nothing.
"""

from __future__ import annotations

from bridge.desk.cards import CLAIM, ESCALATE, HELP, RESOLVED, SHARE, plain
from bridge.desk.commands import (
    BreakInto,
    ChangeRobots,
    Claim,
    Command,
    Conclude,
    Deescalate,
    Escalate,
    HandOver,
    Help,
    ListRobots,
    Misunderstood,
    Reopen,
    ShareThis,
    SwitchDuty,
    UnshareThis,
    Whisper,
    parse_command,
)
from bridge.desk.escalations import load_record
from bridge.desk.floor_talk import FloorTalk
from bridge.desk.issues import Desk
from bridge.desk.robots import bring_robot, describe_robots, send_robot_away
from bridge.desk.shares import unshare
from bridge.desk.work import Work, lane_of_room
from bridge.errors import Unknown
from bridge.ports import IncomingEvent, IssueRecord, RoomRecord
from policies.actions import Reply
from policies.escalation import Mode
from policies.issue import Conclusion, Status
from policies.lifecycle import is_waited_for
from policies.names import EventId, IssueId, ServerName, Tier, UserId
from policies.outcomes import Refuse
from policies.rooms import RoomKind

BY_TAP = "a tap on ⬆️"
MOST_LOOKED_AT = 1_000
ONLY_IN_STAFF_ROOM = "That works in the staff room of an issue."


class Chat:
    """Reads what staff type and tap."""

    def __init__(self, desk: Desk, server_name: ServerName, floor: FloorTalk) -> None:
        self.desk = desk
        self._floor = floor
        self._server_name = server_name

    async def take_message(self, work: Work, room: RoomRecord, event: IncomingEvent) -> None:
        """One message in a staff or queue room."""
        body = event.content.get("body")
        if not isinstance(body, str) or "m.new_content" in event.content:
            return
        command = parse_command(_without_quote(body), self._server_name)
        if command is None or not await _is_staff(work, event.sender):
            return
        try:
            sentence = await self._carry_out(work, room, event, command)
        except Unknown as fault:
            sentence = str(fault)
        if sentence:
            await _reply(work, room, event, sentence)

    async def take_reaction(self, work: Work, event: IncomingEvent) -> None:
        """One tap: ✋ on a card, ✅ on the top of a staff room, 📤 on an answer."""
        relation = event.content.get("m.relates_to")
        if not isinstance(relation, dict) or relation.get("rel_type") != "m.annotation":
            return
        key, target = relation.get("key"), relation.get("event_id")
        if not isinstance(key, str) or not isinstance(target, str):
            return
        room = await work.tx.rooms.load(event.room_id)
        if room is None or room.kind not in (RoomKind.STAFF, RoomKind.QUEUE) or not await _is_staff(work, event.sender):
            return
        outcome: object = None
        card = await work.tx.issues.load_by_card(EventId(target))
        key = plain(key)
        try:
            if key == CLAIM and room.kind is RoomKind.QUEUE and card is not None:
                outcome = await self.desk.claim_within(work, event.sender, card.issue.id)
            elif key == RESOLVED and card is not None and card.issue.id == room.issue_id:
                outcome = await self.desk.conclude_within(work, event.sender, card.issue.id, Conclusion.RESOLVED, "")
            elif key == plain(ESCALATE) and card is not None and card.issue.id == room.issue_id:
                outcome = await self.desk.escalations.escalate(work, event.sender, card, Mode.IN_PLACE, BY_TAP)
            elif key == SHARE and room.issue_id is not None:
                outcome = await self.desk.share_within(work, event.sender, room.issue_id, EventId(target), None)
        except Unknown:
            return  # tapped on something that is not an answer
        if isinstance(outcome, Refuse):
            await _reply(work, room, event, outcome.sentence, to=EventId(target))

    async def _carry_out(self, work: Work, room: RoomRecord, event: IncomingEvent, command: Command) -> str:
        """Do it; answers what to say, if anything: what shows by itself is not said as well."""
        actor = event.sender
        outcome: object
        match command:
            case Help():
                return HELP
            case Misunderstood():
                return command.sentence
            case Claim():
                issue_id = command.issue_id or room.issue_id or await self._longest_waiting(work, actor)
                if issue_id is None:
                    return "Nobody waits here."
                outcome = await self.desk.claim_within(work, actor, issue_id)
                if isinstance(outcome, IssueRecord):
                    return f"Issue {issue_id} is yours. Its rooms are being made; you are joined to both."
            case HandOver() if room.issue_id is not None:
                outcome = await self.desk.hand_over_within(work, actor, room.issue_id, command.to)
            case Conclude() if room.issue_id is not None:
                outcome = await self.desk.conclude_within(work, actor, room.issue_id, command.conclusion, command.note)
            case ListRobots():
                return await describe_robots(work, room.issue_id)
            case ChangeRobots() if room.issue_id is not None:
                change = bring_robot if command.bring else send_robot_away
                outcome = await change(work, actor, room.issue_id, command.robot)
            case SwitchDuty() | BreakInto() | Whisper():
                return await self._floor.carry_out(work, room, event, command)
            case Reopen() if (issue_id := command.issue_id or room.issue_id) is not None:
                record = await work.tx.issues.load(issue_id)
                if record is None:
                    raise Unknown("issue", issue_id)
                outcome = await self.desk.reopen_within(work, actor, record)
            case ShareThis() if room.issue_id is not None:
                target = _replied_to(event)
                if target is None:
                    return "Write !share in reply to the answer that the guest should get."
                outcome = await self.desk.share_within(work, actor, room.issue_id, target, None)
            case UnshareThis() if room.issue_id is not None:
                target = _replied_to(event)
                if target is None:
                    return "Write !unshare in reply to the answer that the guest should have no longer."
                outcome = await unshare(work, actor, room.issue_id, target)
            case Escalate() if room.issue_id is not None:
                record = await load_record(work, room.issue_id)
                outcome = await self.desk.escalations.escalate(work, actor, record, command.mode, command.reason)
            case Deescalate() if room.issue_id is not None:
                record = await load_record(work, room.issue_id)
                outcome = await self.desk.escalations.deescalate(work, actor, record, command.reason)
            case (
                HandOver()
                | Conclude()
                | Reopen()
                | ShareThis()
                | UnshareThis()
                | Escalate()
                | Deescalate()
                | ChangeRobots()
            ):
                return ONLY_IN_STAFF_ROOM
        return outcome.sentence if isinstance(outcome, Refuse) else ""

    async def _longest_waiting(self, work: Work, actor: UserId) -> IssueId | None:
        """Of the actor's own tier; supervisors, who have none, look through all of them. Where nobody is queued, what
        was escalated and waits for somebody like them.
        """
        who = (await work.tx.principals.directory()).who_is(actor)
        tier = who.tier
        for one in Tier if tier is None else (tier,):
            queue = await work.tx.issues.queued(one)
            if queue:
                return queue[0].issue.id
        escalated = await work.tx.issues.list(status=Status.OPEN, tier=tier, limit=MOST_LOOKED_AT)
        waiting = [record.issue.id for record in escalated if is_waited_for(record.issue, who)]
        return waiting[-1] if waiting else None


async def _is_staff(work: Work, user_id: UserId) -> bool:
    return (await work.tx.principals.directory()).who_is(user_id).is_staff


async def _reply(work: Work, room: RoomRecord, event: IncomingEvent, sentence: str, to: EventId | None = None) -> None:
    # Beside the issue's own lane: an answer should not wait for rooms to be made.
    lane = lane_of_room(room.room_id)
    await work.decide(lane, (Reply(event.room_id, to or event.event_id, sentence),))


def _replied_to(event: IncomingEvent) -> EventId | None:
    relation = event.content.get("m.relates_to")
    reply = relation.get("m.in_reply_to") if isinstance(relation, dict) else None
    target = reply.get("event_id") if isinstance(reply, dict) else None
    return EventId(target) if isinstance(target, str) else None


def _without_quote(body: str) -> str:
    """A reply's body without the quotation that older clients put before it (specification, "Rich replies")."""
    if not body.startswith("> "):
        return body
    return body.partition("\n\n")[2]
