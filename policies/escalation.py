"""Escalation: an issue goes one tier up, in place or to a new room, and down again.

    in place     tier raised ─▶ the next tier is called in ─▶ the first of them who speaks, or claims, takes over
    new room     concluded `escalated` ─▶ its child is open at once, one tier up, ─▶ the same
                 with the old assignee as cover
    above T3     there is nobody but the supervisors: they are called in
    down         tier lowered ─▶ that tier is called in, or whoever answers is of it already

Until somebody of those who were called takes over, the old assignee answers for the issue and stays with the guest
(rule G3). A guest sees one conversation that goes on: whatever room it was begun in.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from enum import StrEnum
from typing import Final

from policies.actions import (
    Action,
    AwaitMove,
    BringInGuest,
    LetIn,
    MakeRoom,
    PostCapsule,
    PublishIssue,
    SetVoices,
    ShowCard,
    ShowDeskCard,
    Tell,
    TellMove,
)
from policies.issue import Conclusion, Issue, Side, Status, WaitingOn, Wanted
from policies.lifecycle import Happening, may_befall, only_staff, status_after
from policies.names import Code, IssueId, Role, Rule, Tier, UserId
from policies.outcomes import ALLOW, Refuse, Verdict
from policies.people import Person

CALLED: Final = "A colleague who knows more about this was asked to join you here."
"""To the guest, whose conversation stays where it is."""
GOES_ON: Final = "This conversation goes on with a colleague who knows more about it."
GOES_ON_FOR_GROUPS: Final = (
    "This conversation goes on in a new room, with a colleague who knows more about it. You are invited there."
)


class Mode(StrEnum):
    """Where an escalated issue goes on."""

    IN_PLACE = "in_place"
    NEW_ROOM = "new_room"


HAPPENING: Final = {Mode.IN_PLACE: Happening.ESCALATE_IN_PLACE, Mode.NEW_ROOM: Happening.ESCALATE_TO_NEW_ROOM}


def may_escalate(issue: Issue, actor: Person, mode: Mode) -> Verdict:
    """L1: whoever answers for an issue escalates it, once; so do people of its tier, those above, and supervisors."""
    allowed = only_staff(actor, "escalate an issue")
    if not allowed:
        return allowed
    if issue.status is Status.CONCLUDED:
        return _concluded(issue)
    allowed = may_befall(
        issue,
        HAPPENING[mode],
        Code.ISSUE_NOT_OPEN,
        f"Issue {issue.id} waits in its queue, with nobody to go along: escalate it in place.",
    )
    if not allowed:
        return allowed
    if issue.wanted is Wanted.SUPERVISOR or (issue.status is Status.QUEUED and _next(issue.tier) is None):
        return Refuse(
            Rule.L1,
            Code.ALREADY_ESCALATED,
            f"Issue {issue.id} has come as far as it can: above {issue.tier} there are the supervisors only.",
            {"tier": str(issue.tier), "status": issue.status},
        )
    if issue.status is Status.QUEUED or _is_of(actor, issue.tier):
        return ALLOW
    if issue.wanted is not None:
        return Refuse(
            Rule.L1,
            Code.ALREADY_ESCALATED,
            f"Issue {issue.id} waits for {issue.tier} already.",
            {"tier": str(issue.tier), "taken": "no"},
        )
    return _only_assignee(issue, actor, "escalate")


def may_deescalate(issue: Issue, actor: Person) -> Verdict:
    """L1: whoever may escalate an issue may bring it one tier down, or call a supervisor off."""
    allowed = only_staff(actor, "de-escalate an issue")
    if not allowed:
        return allowed
    if issue.status is Status.CONCLUDED:
        return _concluded(issue)
    if issue.tier is Tier.T1:
        return Refuse(
            Rule.L1,
            Code.LOWEST_TIER,
            f"Issue {issue.id} is at the first tier: there is none below it.",
            {"tier": str(issue.tier)},
        )
    if issue.status is Status.QUEUED or _is_of(actor, issue.tier):
        return ALLOW
    return _only_assignee(issue, actor, "de-escalate")


def escalated(issue: Issue) -> Issue:
    """The issue after it was escalated in place: one tier up, or for a supervisor where there is none."""
    status = status_after(issue.status, Happening.ESCALATE_IN_PLACE)
    wanted = None if status is Status.QUEUED else _wanted_above(issue.tier)
    return replace(issue, status=status, tier=_next(issue.tier) or issue.tier, wanted=wanted)


def left_behind(issue: Issue, child: IssueId) -> Issue:
    """The issue after it was escalated to a new room."""
    status = status_after(issue.status, Happening.ESCALATE_TO_NEW_ROOM)
    return replace(issue, status=status, conclusion=Conclusion.ESCALATED, waiting_on=None, wanted=None, child=child)


def continued(parent: Issue, child: Issue) -> Issue:
    """The child of an issue, open at once, one tier up, with the parent's assignee as cover.

    :param parent: as it was before.
    :param child: just made.
    """
    return replace(
        child,
        status=Status.OPEN,
        tier=_next(parent.tier) or parent.tier,
        assignee=parent.assignee,
        waiting_on=parent.waiting_on or WaitingOn.STAFF,
        wanted=_wanted_above(parent.tier),
        parent=parent.id,
    )


def deescalated(issue: Issue, assignee: Person | None) -> Issue:
    """The issue after it was de-escalated.

    Who answers for it goes on if they are of the tier it comes back to; otherwise that tier is called in. Where a
    supervisor was called, they are called off, and the tier stays.

    :param assignee: who answers for it; None while it is queued.
    """
    status = status_after(issue.status, Happening.DEESCALATE)
    if issue.wanted is Wanted.SUPERVISOR:
        return replace(issue, status=status, wanted=None)
    tier = Tier(issue.tier - 1)
    wanted = None if assignee is None or assignee.tier is tier else Wanted.TIER
    return replace(issue, status=status, tier=tier, wanted=wanted)


def decide_on_escalation(issue: Issue, capsule: PostCapsule) -> tuple[Action, ...]:
    """What the rooms say; who is called in follows beside it (`CallIn`).

    :param issue: as it is after the escalation in place.
    """
    has_rooms = issue.guest_room is not None or issue.status is Status.OPEN
    if not has_rooms:
        return (ShowCard(issue.id),)
    if issue.status is Status.QUEUED:
        return (PublishIssue(issue), capsule, ShowCard(issue.id))
    return (PublishIssue(issue), capsule, Tell(issue.id, Side.GUEST, CALLED), ShowCard(issue.id))


def decide_on_child(child: Issue, capsule: PostCapsule, robots: Sequence[UserId]) -> tuple[Action, ...]:
    """The child's rooms: the old assignee is in both before the guest is brought in (G2, G3).

    :param child: open.
    """
    assert child.assignee is not None  # noqa: S101  # it is open
    return (
        MakeRoom(child, Side.GUEST),
        MakeRoom(child, Side.STAFF),
        LetIn(child.id, Side.GUEST, child.assignee),
        LetIn(child.id, Side.STAFF, child.assignee),
        BringInGuest(child.id),
        ShowDeskCard(child.id),
        capsule,
        ShowCard(child.id),
        *(LetIn(child.id, Side.STAFF, robot) for robot in robots),
    )


def decide_on_leaving_behind(parent: Issue, child: Issue, by: UserId, reason: str) -> tuple[Action, ...]:
    """The old rooms end once the guest is in the new one, and not before: what they wrote until then is posted.

    :param parent: as it is after the escalation.
    """
    return (
        AwaitMove(child.id),
        PublishIssue(parent),
        Tell(parent.id, Side.GUEST, GOES_ON_FOR_GROUPS if parent.companions else GOES_ON),
        SetVoices(parent.id, guest_may_write=False),
        TellMove(parent.id, child.id, by, reason),
        ShowCard(parent.id),
    )


def decide_on_taking_over(issue: Issue, before: UserId | None) -> tuple[Action, ...]:
    """Somebody who was waited for answers for the issue now, and whoever did before may go.

    :param issue: as it is after that.
    """
    assert issue.assignee is not None  # noqa: S101  # it was just taken over
    may_go = "" if before is None else f" {before} may leave now."
    return (
        LetIn(issue.id, Side.GUEST, issue.assignee),
        LetIn(issue.id, Side.STAFF, issue.assignee),
        SetVoices(issue.id, guest_may_write=True),
        PublishIssue(issue),
        ShowCard(issue.id),
        Tell(
            issue.id,
            Side.STAFF,
            f"{issue.assignee} answers for issue {issue.id} now.{may_go}",
            () if before is None else (before,),
        ),
    )


def decide_on_deescalation(issue: Issue, by: UserId, reason: str, called: Sequence[UserId]) -> tuple[Action, ...]:
    """What the rooms say; who is called in follows beside it.

    :param issue: as it is after that.
    """
    if issue.guest_room is None and issue.status is Status.QUEUED:
        return (ShowCard(issue.id),)
    because = f" {reason}" if reason else ""
    stays = f" {issue.assignee} answers for it." if issue.status is Status.OPEN and issue.wanted is None else ""
    until = f" {issue.assignee} answers for it until one of them has written to the guest." if issue.wanted else ""
    sentence = f"Issue {issue.id} was de-escalated by {by}: it is {issue.tier} now.{because}{stays}{until}"
    return (PublishIssue(issue), Tell(issue.id, Side.STAFF, sentence, tuple(called)), ShowCard(issue.id))


def _next(tier: Tier) -> Tier | None:
    return None if tier is max(Tier) else Tier(tier + 1)


def _wanted_above(tier: Tier) -> Wanted:
    return Wanted.SUPERVISOR if _next(tier) is None else Wanted.TIER


def _is_of(actor: Person, tier: Tier) -> bool:
    """Whether somebody is of a tier or above it."""
    return actor.has_rank(Role.SUPERVISOR) or (actor.tier is not None and actor.tier >= tier)


def _concluded(issue: Issue) -> Refuse:
    return Refuse(
        Rule.L1, Code.ISSUE_CONCLUDED, f"Issue {issue.id} is concluded; reopen it first.", {"status": issue.status}
    )


def _only_assignee(issue: Issue, actor: Person, to_do: str) -> Verdict:
    if actor.user_id == issue.assignee:
        return ALLOW
    return Refuse(
        Rule.L1,
        Code.NOT_YOUR_ISSUE,
        f"Only the assignee of issue {issue.id}, people of {issue.tier} and above, and supervisors may {to_do} it.",
        {"assignee": issue.assignee or "nobody", "tier": str(issue.tier)},
    )
