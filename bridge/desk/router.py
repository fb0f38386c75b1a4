"""Automatic routing: whoever is free is given what waits, in the transaction that made either so.

    an issue was queued · somebody came on duty, got rid of an issue, may hold more ─▶ end of that work ─▶ route
        for each tier, for each issue in its queue: decide_assignee ─┬ somebody ─▶ claimed for them; the turn goes on
                                                                     └ nobody ───▶ the tier's queue waits

It runs at the end of every work that decided something, whatever it was: so no way of becoming free is forgotten, and
after a restart nothing is missing. Where people take issues by themselves it does nothing.
"""

from __future__ import annotations

import structlog

from bridge.desk.floor import load_floor
from bridge.desk.issues import Desk
from bridge.desk.work import Work, WorkPlace, lane_of_issue
from policies.actions import Tell
from policies.assignment import Routing, decide_assignee
from policies.issue import Side
from policies.names import Tier
from policies.outcomes import Refuse

log = structlog.get_logger()


class Router:
    """Gives issues to people."""

    def __init__(self, desk: Desk, routing: Routing, capacity: int | None) -> None:
        self._desk = desk
        self._routing = routing
        self._capacity = capacity

    async def route(self, work: Work) -> None:
        """Give away what can be."""
        if self._routing is not Routing.MANUAL:
            for tier in Tier:
                await self._route_tier(work, tier)

    async def route_waiting(self, place: WorkPlace) -> None:
        """Give away what waits since before this start: the settings may have been others then."""
        async with place.begin() as work:
            await self.route(work)

    async def _route_tier(self, work: Work, tier: Tier) -> None:
        for record in await work.tx.issues.queued(tier):
            directory = await work.tx.principals.directory()
            floor = await load_floor(work.tx, self._capacity)
            last = await work.tx.duties.last_in_turn(tier)
            who = decide_assignee(self._routing, directory, tier, floor, last)
            if who is None:
                return
            issue_id = record.issue.id
            await work.note(
                "routed", directory.bot, issue=record.issue, to=who, routing=self._routing, holds=dict(floor.holds)
            )
            outcome = await self._desk.claim_within(work, who, issue_id)
            if isinstance(outcome, Refuse):
                log.error("routing.refused", issue=issue_id, to=who, code=outcome.code)
                return
            await work.tx.duties.set_last_in_turn(tier, who)
            told = Tell(issue_id, Side.STAFF, f"{who}, issue {issue_id} was given to you.", (who,))
            await work.decide(lane_of_issue(issue_id), (told,))
            log.info("routing.assigned", issue=issue_id, to=who)
