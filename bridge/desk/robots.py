"""Robots and the staff rooms of issues: bringing them in, sending them away, asking them.

    ask ─▶ may they ask it here? ─▶ still this epoch? ─▶ is it in the room? else let in ─▶ the employee's own words
                                                                                             "robot: question"
The question goes through the outbox as whatever an employee writes: in the room exactly once, in their own name.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from bridge.desk.escalations import load_record
from bridge.desk.issues import Desk
from bridge.desk.work import Work, WorkPlace, lane_of_issue
from bridge.desk.writing import Sent, write
from bridge.errors import Unknown
from bridge.ports import IssueRecord, Principal, Transaction, Words
from policies.actions import LetIn
from policies.asking import may_answer, may_ask
from policies.company import decide_on_bringing_robot, decide_on_sending_robot_away, may_change_company
from policies.issue import Issue, Side, build_issue_state, parse_issue_state
from policies.names import Code, EventId, IssueId, RoomId, Rule, UserId
from policies.outcomes import Refuse
from policies.people import Directory, localpart_of
from policies.rooms import Member, Membership, Room, RoomKind

AlsoAsked = Callable[[Transaction, Words], Awaitable[None]]


class AskKind(StrEnum):
    """What is asked, as the robots sort it."""

    QUESTION = "question"
    FORM = "form"
    COMMAND = "command"


@dataclass(frozen=True, slots=True)
class Ask:
    """A question to a robot. An attachment is JSON, the name or number of a form, or an event of the staff room."""

    robot: UserId
    text: str = ""
    kind: AskKind = AskKind.QUESTION
    attachments: Sequence[str | Mapping[str, Any]] = ()

    @property
    def replies_to(self) -> EventId | None:
        """The event that is attached."""
        return next((EventId(one) for one in self.attachments if isinstance(one, str) and one.startswith("$")), None)


def build_question(ask: Ask) -> str:
    """The message, as one would type it."""
    text = ask.text.strip()
    if ask.kind is AskKind.COMMAND and not text.startswith("/"):
        text = f"/{text}"
    named = [one for one in ask.attachments if isinstance(one, str) and not one.startswith("$")]
    words = " ".join([text, *(f"form {one}" if one.isdecimal() else one for one in named)]).strip()
    given = [json.dumps(one, ensure_ascii=False) for one in ask.attachments if not isinstance(one, str)]
    parts = [f"{localpart_of(ask.robot)}: {words}".strip(), *(f"```json\n{one}\n```" for one in given)]
    return "\n".join(parts)


class Robots:
    """Who works with whom."""

    def __init__(self, place: WorkPlace, desk: Desk) -> None:
        self._place = place
        self._desk = desk

    async def bring(self, actor: UserId, issue_id: IssueId, robot: UserId) -> IssueRecord | Refuse:
        """Let a robot into the issue's staff room."""
        async with self._place.begin() as work:
            return await bring_robot(work, actor, issue_id, robot)

    async def send_away(self, actor: UserId, issue_id: IssueId, robot: UserId) -> IssueRecord | Refuse:
        """Take a robot out of the issue's staff room."""
        async with self._place.begin() as work:
            return await send_robot_away(work, actor, issue_id, robot)

    async def load_present(self, issue_id: IssueId) -> list[UserId]:
        """The robots that are in the issue's staff room.

        :raises Unknown: if there is no such issue.
        """
        async with self._place.store.read() as tx:
            record = await tx.issues.load(issue_id)
            if record is None:
                raise Unknown("issue", issue_id)
            return await load_robots_in(tx, record.issue)

    async def ask(
        self, author: Principal, issue_id: IssueId, ask: Ask, txn_id: str, also: AlsoAsked | None = None
    ) -> Words | Refuse:
        """Ask a robot, in the staff room, as the employee themselves.

        :param also: what else is to be true at once.
        :raises Unknown: if there is no such issue, or what is attached is not in its staff room.
        """
        async with self._place.begin() as work:
            record = await load_record(work, issue_id)
            directory = await work.tx.principals.directory()
            refusal = await _refusal(work, author, record.issue, ask, directory)
            staff_room = record.issue.staff_room
            if refusal is not None or staff_room is None:
                assert refusal is not None  # noqa: S101  # an issue without rooms is refused
                return refusal
            await _check_attached(work.tx, staff_room, ask)
            if ask.robot not in await load_robots_in(work.tx, record.issue):
                lane = lane_of_issue(issue_id)
                await work.decide(lane, (LetIn(issue_id, Side.STAFF, ask.robot),))
            sent = Sent(txn_id, build_question(ask), ask.replies_to)
            words = await write(work, author, staff_room, sent, self._desk.reopen_within)
            if also is not None and not isinstance(words, Refuse):
                await also(work.tx, words)
            return words


async def bring_robot(work: Work, actor: UserId, issue_id: IssueId, robot: UserId) -> IssueRecord | Refuse:
    """`Robots.bring`, inside work that is under way."""
    record = await load_record(work, issue_id)
    directory = await work.tx.principals.directory()
    who, helper = directory.who_is(actor), directory.who_is(robot)
    verdict = await work.ask(may_change_company, actor, record.issue, who, helper)
    if isinstance(verdict, Refuse):
        return verdict
    if robot not in await load_robots_in(work.tx, record.issue):
        await work.decide(lane_of_issue(issue_id), decide_on_bringing_robot(record.issue, who, helper))
    return record


async def send_robot_away(work: Work, actor: UserId, issue_id: IssueId, robot: UserId) -> IssueRecord | Refuse:
    """`Robots.send_away`, inside work that is under way."""
    record = await load_record(work, issue_id)
    directory = await work.tx.principals.directory()
    who, helper = directory.who_is(actor), directory.who_is(robot)
    verdict = await work.ask(may_change_company, actor, record.issue, who, helper)
    if isinstance(verdict, Refuse):
        return verdict
    if robot in await load_robots_in(work.tx, record.issue):
        await work.decide(lane_of_issue(issue_id), decide_on_sending_robot_away(record.issue, who, helper))
    return record


async def load_robots_in(tx: Transaction, issue: Issue) -> list[UserId]:
    """The robots in the staff room, or invited to it, as far as the bridge was told."""
    if issue.staff_room is None:
        return []
    directory = await tx.principals.directory()
    members = await tx.rooms.members(issue.staff_room)
    robots = {robot.user_id for robot in directory.robots()}
    return sorted(u for u, m in members.items() if u in robots and m in (Membership.JOIN, Membership.INVITE))


async def describe_robots(work: Work, issue_id: IssueId | None) -> str:
    """The robots that serve employees, for who asks in a room."""
    directory = await work.tx.principals.directory()
    here: list[UserId] = []
    if issue_id is not None:
        here = await load_robots_in(work.tx, (await load_record(work, issue_id)).issue)
    serving = [robot.user_id for robot in directory.robots() if robot.is_staff_robot]
    profiles = await work.tx.principals.profiles(serving)
    names = {u: profiles[u].display_name if u in profiles else localpart_of(u) for u in serving}
    lines = [f"{names[u]}{' (here)' if u in here else ''}" for u in serving]
    return "\n".join(["Robots:", *lines]) if lines else "There are no robots."


async def _refusal(work: Work, author: Principal, issue: Issue, ask: Ask, directory: Directory) -> Refuse | None:
    robot, actor = directory.who_is(ask.robot), directory.who_is(author.user_id)
    if ask.robot not in await load_robots_in(work.tx, issue):
        verdict = await work.ask(may_change_company, author.user_id, issue, actor, robot)
        if isinstance(verdict, Refuse):
            return verdict
    assert issue.staff_room is not None  # noqa: S101  # else it was refused
    members = await work.tx.rooms.members(issue.staff_room)
    if members.get(author.user_id) is not Membership.JOIN:
        sentence = "You are not in the staff room of this issue. Somebody who is there can invite you."
        return Refuse(Rule.S2, Code.NOT_A_MEMBER, sentence, {"joined": "no"})
    state = parse_issue_state(build_issue_state(issue, Side.STAFF))
    room = Room(RoomKind.STAFF, {u: Member(m, directory.bot) for u, m in members.items()}, state)
    verdict = await work.ask(may_ask, author.user_id, actor, robot, room)
    if verdict:
        verdict = await work.ask(may_answer, author.user_id, state, issue.epoch)
    return verdict if isinstance(verdict, Refuse) else None


async def _check_attached(tx: Transaction, staff_room: RoomId, ask: Ask) -> None:
    if ask.replies_to is None:
        return
    stored = await tx.events.load(ask.replies_to)
    if stored is None or stored.event.room_id != staff_room:
        raise Unknown("attachment", ask.replies_to)
