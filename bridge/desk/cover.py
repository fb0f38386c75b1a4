"""Cover: somebody in place of the last one who is there for a guest (rule G3).

    module refused a leave, a kick, … ─▶ `chat.chaperone.refused` in the policy room ─▶ take_refusal ─┐
    assignee silent for too long ─▶ deadline ─▶ act_on_silence ───────────────────────────────────────┼▶ seek
    somebody ceases to be staff; an assignee is gone ─────────────────────────────────────────────────┘
        seek ─┬ a colleague is in the room already ─────────────────────────────▶ relieve
              └ deadline is set, `FindCover` is decided ─▶ candidates are let in ─▶ take_arrival ─▶ relieve
                          └─ passes ─▶ act_on_failure ─▶ the guest goes back to the lobby

Whoever comes ends the search, whether `FindCover` let them in or a colleague did. The module holds the line by itself
throughout: should the bridge be down, or all of this be late, the last cover just stays refused.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import structlog

from bridge.desk.work import Work, lane_of_issue
from bridge.ports import IssueChanged, IssueRecord, Timer
from policies.actions import FindCover
from policies.content import text_at, texts_at
from policies.cover import is_cover
from policies.deadlines import Deadline, OnSilence
from policies.issue import Issue, Status, WaitingOn
from policies.lifecycle import returned, settled_with
from policies.names import IssueId, UserId
from policies.people import Directory
from policies.relief import (
    Why,
    decide_on_lasting_silence,
    decide_on_leaving_after_the_end,
    decide_on_relief,
    decide_on_reminder,
    decide_on_return,
    weightier,
)
from policies.rooms import Membership
from policies.routing import decide_cover

log = structlog.get_logger()


def lane_of_search(issue_id: IssueId) -> str:
    """Beside the issue's own lane: what people say to each other does not wait for a search."""
    return f"cover:{issue_id}"


async def take_refusal(work: Work, record: IssueRecord, content: Mapping[str, Any]) -> None:
    """The module refused that somebody goes, since a guest would be alone."""
    present = await _load_present(work, record.issue, await work.tx.principals.directory())
    # Who was to go is named by the module, or did it themselves, or is the only one there: then they were removed.
    named = (UserId(text_at(content, key)) for key in ("target", "actor"))
    leaving = next((user_id for user_id in named if user_id in present), None) or min(present, default=None)
    # Where nobody is there by our list, somebody who ceased to be staff is about to be taken out.
    await seek(work, record, leaving or UserId(text_at(content, "target") or text_at(content, "actor")), Why.LEAVING)


async def seek(work: Work, record: IssueRecord, leaving: UserId, why: Why) -> None:
    """See to it that no guest needs this person: somebody else is there, or the guest is not."""
    issue = record.issue
    directory = await work.tx.principals.directory()
    others = await _load_present(work, issue, directory) - {leaving}
    if issue.status is Status.CONCLUDED and not others and await _is_guest_there(work, issue):
        await work.decide(lane_of_issue(issue.id), decide_on_leaving_after_the_end(issue, [leaving], why))
    if issue.status is not Status.OPEN:
        return
    if others:
        if issue.assignee == leaving or why is Why.LEAVING:
            await _relieve(work, issue, await _best(work, issue, directory, others), [leaving], why)
        return
    pending = await work.tx.timers.load(Deadline.COVER, issue.id)
    before, before_why = _facts(pending) if pending is not None else ([], why)
    facts = {"leaving": sorted({*before, leaving}), "why": weightier(before_why, why).value}
    if pending is not None and (before_why is not Why.SILENT or why is Why.SILENT):
        due_at = pending.due_at  # to try again and again does not put the end off
    else:
        due_at = work.now + work.patience.cover
    await work.set_timer(Timer(Deadline.COVER, issue.id, due_at, facts))
    if pending is None:
        await work.decide(lane_of_search(issue.id), (FindCover(issue.id),))


async def take_arrival(work: Work, record: IssueRecord, who: UserId) -> None:
    """Somebody is in the guest room now: if they were looked for, the search is over."""
    timer = await work.tx.timers.load(Deadline.COVER, record.issue.id)
    if timer is None or not is_cover(who, await work.tx.principals.directory()):
        return
    leaving, why = _facts(timer)
    if who not in leaving and not _is_settled(record.issue, why):
        await _relieve(work, record.issue, who, leaving, why)


async def take_departure(work: Work, record: IssueRecord, who: UserId) -> None:
    """Somebody is no longer in one of an issue's rooms. Whoever answers for it belongs in both."""
    if who == record.issue.assignee:
        await seek(work, record, who, Why.REMOVED)


async def take_answer(work: Work, issue: Issue) -> None:
    """The guest was answered: nobody is looked for on account of silence."""
    timer = await work.tx.timers.load(Deadline.COVER, issue.id)
    if timer is not None and _facts(timer)[1] is Why.SILENT:
        await work.tx.timers.clear(Deadline.COVER, issue.id)


async def act_on_silence(work: Work, timer: Timer) -> None:
    """The assignee's time to answer is over."""
    record = await work.tx.issues.load(IssueId(timer.subject))
    if record is None or record.issue.assignee is None or _is_settled(record.issue, Why.SILENT):
        return
    if work.patience.on_silence is OnSilence.REMIND:
        await work.save(record.issue)  # their time begins anew
        await work.decide(lane_of_issue(record.issue.id), decide_on_reminder(record.issue))
    else:
        await seek(work, record, record.issue.assignee, Why.SILENT)


async def act_on_failure(work: Work, timer: Timer) -> None:
    """The time to find somebody is over."""
    record = await work.tx.issues.load(IssueId(timer.subject))
    leaving, why = _facts(timer)
    if record is None or _is_settled(record.issue, why):
        return
    issue = record.issue
    directory = await work.tx.principals.directory()
    others = await _load_present(work, issue, directory) - {*leaving}
    if others:
        await _relieve(work, issue, await _best(work, issue, directory, others), leaving, why)
    elif why is Why.SILENT:
        await work.save(issue)  # the assignee's time begins anew
        await work.decide(lane_of_issue(issue.id), decide_on_lasting_silence(issue))
    else:
        await _return_to_lobby(work, issue, leaving, why)


async def _relieve(work: Work, issue: Issue, newcomer: UserId, leaving: Sequence[UserId], why: Why) -> None:
    await work.tx.timers.clear(Deadline.COVER, issue.id)
    if issue.assignee is None or issue.assignee in leaving:
        bot = (await work.tx.principals.directory()).bot
        await work.note("handed over for cover", bot, issue=issue, to=newcomer, leaving=list(leaving), why=why)
        issue = settled_with(issue, (await work.tx.principals.directory()).who_is(newcomer))
        await work.save(issue)
    log.info("cover.relieved", issue=issue.id, newcomer=newcomer, why=why)
    await work.decide(lane_of_issue(issue.id), decide_on_relief(issue, newcomer, leaving, why))
    work.notices.append(IssueChanged(issue.id))


async def _return_to_lobby(work: Work, issue: Issue, leaving: Sequence[UserId], why: Why) -> None:
    bot = (await work.tx.principals.directory()).bot
    await work.note("returned to the lobby", bot, issue=issue, leaving=list(leaving), why=why)
    issue = returned(issue)
    await work.save(issue)
    await work.tx.issues.queue_first(issue.id)
    log.warning("cover.nobody_found", issue=issue.id, why=why)
    await work.decide(lane_of_issue(issue.id), decide_on_return(issue, leaving, why))
    work.notices += [IssueChanged(other.issue.id) for other in await work.tx.issues.queued(issue.tier)]


def _is_settled(issue: Issue, why: Why) -> bool:
    """Whether nobody has to be found any more: the issue is not open, or the guest was answered after all."""
    return issue.status is not Status.OPEN or (why is Why.SILENT and issue.waiting_on is not WaitingOn.STAFF)


def _facts(timer: Timer) -> tuple[list[UserId], Why]:
    return [UserId(user_id) for user_id in texts_at(timer.facts, "leaving")], Why(text_at(timer.facts, "why"))


async def _load_present(work: Work, issue: Issue, directory: Directory) -> frozenset[UserId]:
    """Who is cover in the guest room, as far as the bridge was told."""
    if issue.guest_room is None:
        return frozenset()
    members = await work.tx.rooms.members(issue.guest_room)
    return frozenset(u for u, m in members.items() if m is Membership.JOIN and is_cover(u, directory))


async def _is_guest_there(work: Work, issue: Issue) -> bool:
    if issue.guest_room is None:
        return False
    members = await work.tx.rooms.members(issue.guest_room)
    return any(members.get(user_id) in (Membership.JOIN, Membership.INVITE) for user_id in issue.everyone)


async def _best(work: Work, issue: Issue, directory: Directory, present: Collection[UserId]) -> UserId:
    """Of those who are there whoever fits best; somebody of a lower tier rather than nobody."""
    ranked = decide_cover(directory, issue.tier, present, await work.tx.issues.open_by_assignee())
    return ranked[0] if ranked else min(present)


async def load_present_cover(work: Work, issue: Issue, directory: Directory) -> UserId | None:
    """Who should answer for an issue that goes on: whoever did, or the best of those who are in its guest room."""
    present = await _load_present(work, issue, directory)
    if issue.assignee in present:
        return issue.assignee
    return await _best(work, issue, directory, present) if present else None
