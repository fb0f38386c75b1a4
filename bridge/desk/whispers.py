"""Whisper: a supervisor says something in the staff room to whoever works on an issue. Its guest never hears of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from bridge.desk.audit import about_issue
from bridge.desk.work import Work, WorkPlace, lane_of_issue
from bridge.errors import Unknown
from bridge.ports import Transaction
from policies.actions import Tell
from policies.breakin import may_whisper
from policies.issue import Side
from policies.names import IssueId, UserId
from policies.outcomes import Refuse
from policies.rooms import Membership

Also = Callable[[Transaction, UserId | None], Awaitable[None]]


class Whispers:
    """Carries them."""

    def __init__(self, place: WorkPlace) -> None:
        self._place = place

    async def whisper(
        self, actor: UserId, issue_id: IssueId, to: UserId | None, body: str, also: Also | None = None
    ) -> UserId | Refuse | None:
        """Say it, to the assignee if nobody else is named; answers to whom.

        :param also: what else is to be true at once.
        :raises Unknown: if there is no such issue.
        """
        async with self._place.begin() as work:
            outcome = await self.whisper_within(work, actor, issue_id, to, body)
            if also is not None and not isinstance(outcome, Refuse):
                await also(work.tx, outcome)
            return outcome

    async def whisper_within(
        self, work: Work, actor: UserId, issue_id: IssueId, to: UserId | None, body: str
    ) -> UserId | Refuse | None:
        """`whisper`, inside work that is under way."""
        record = await work.tx.issues.load(issue_id)
        if record is None:
            raise Unknown("issue", issue_id)
        issue = record.issue
        directory = await work.tx.principals.directory()
        to = to or issue.assignee
        members = {} if issue.staff_room is None else await work.tx.rooms.members(issue.staff_room)
        verdict = await work.ask(
            may_whisper,
            actor,
            directory.who_is(actor),
            issue,
            None if to is None else directory.who_is(to),
            is_there=to is not None and members.get(to) is Membership.JOIN,
            about=about_issue(issue_id),
        )
        if isinstance(verdict, Refuse):
            return verdict
        whom = "everybody here" if to is None else to
        told = Tell(issue_id, Side.STAFF, f"🤫 {actor} to {whom}: {body}", () if to is None else (to,))
        await work.decide(lane_of_issue(issue_id), (told,))
        return to
