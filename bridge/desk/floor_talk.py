"""The commands by which staff say how they work, and supervisors look in: `!on`, `!off`, `!breakin`, `!whisper`."""

from __future__ import annotations

from bridge.desk.breakin import BreakIn
from bridge.desk.commands import BreakInto, SwitchDuty, Whisper, parse_user
from bridge.desk.duty import Duty, DutyNow
from bridge.desk.whispers import Whispers
from bridge.desk.work import Work
from bridge.ports import IncomingEvent, RoomRecord
from policies.names import IssueId, ServerName, UserId
from policies.outcomes import Refuse

OfFloor = SwitchDuty | BreakInto | Whisper


class FloorTalk:
    """Carries them out; answers what to say, if anything."""

    def __init__(self, duty: Duty, break_in: BreakIn, whispers: Whispers, server_name: ServerName) -> None:
        self._duty = duty
        self._break_in = break_in
        self._whispers = whispers
        self._server_name = server_name

    async def carry_out(self, work: Work, room: RoomRecord, event: IncomingEvent, command: OfFloor) -> str:
        """Do it.

        :raises Unknown: if somebody or something is named that there is not.
        """
        match command:
            case SwitchDuty():
                return await self._switch(work, event.sender, command)
            case BreakInto():
                return await self._enter(work, event.sender, command.issue_id or room.issue_id)
            case Whisper():
                return await self._whisper(work, event.sender, room, command.text)

    async def _switch(self, work: Work, actor: UserId, command: SwitchDuty) -> str:
        who = command.who or actor
        outcome = await self._duty.switch_within(work, actor, who, on=command.on)
        return outcome.sentence if isinstance(outcome, Refuse) else _describe(outcome)

    async def _enter(self, work: Work, actor: UserId, issue_id: IssueId | None) -> str:
        if issue_id is None:
            return "Write !breakin and the number of an issue, such as !breakin 12."
        entries = await self._break_in.enter_issue_within(work, actor, issue_id)
        if isinstance(entries, Refuse):
            return entries.sentence
        if not entries:
            return f"Issue {issue_id} has no rooms yet."
        return f"You are being let into the rooms of issue {issue_id}. Those who are there are told."

    async def _whisper(self, work: Work, actor: UserId, room: RoomRecord, text: str) -> str:
        issue_id, to = room.issue_id, None
        if issue_id is None:
            number, _, text = text.partition(" ")
            if not number.lstrip("#").isdecimal():
                return "Write !whisper, the number of an issue, and what is to be said in its staff room."
            issue_id = IssueId(number.lstrip("#"))
        first, _, rest = text.strip().partition(" ")
        if first.startswith("@"):
            to, text = parse_user(first, self._server_name), rest
        if not text.strip():
            return "Write !whisper, whom to if you like (@ada), and what is to be said."
        outcome = await self._whispers.whisper_within(work, actor, issue_id, to, text.strip())
        if isinstance(outcome, Refuse):
            return outcome.sentence
        return "" if room.issue_id is not None else f"Said in the staff room of issue {issue_id}."


def _describe(now: DutyNow) -> str:
    if now.on_duty:
        sentence = f"{now.user_id} is on duty."
    elif now.holds:
        kept = "1 open issue" if now.holds == 1 else f"{now.holds} open issues"
        sentence = f"{now.user_id} is off duty: is given nothing new, and keeps {kept}."
    else:
        sentence = f"{now.user_id} is off duty: is given nothing new."
    if now.next_edge is not None:
        sentence += f" The schedule switches again at {now.next_edge:%A %H:%M} UTC."
    return sentence
