"""What follows once somebody came in place of an issue's last cover, or nobody could be found (rule G3).

    refused to leave ─┐
    silent ───────────┼▶ search ─┬─ somebody came ──▶ they answer for the issue ─▶ whoever wanted to may leave
    no longer staff ──┘          └─ time is over ───▶ guest told, guest out, issue queued ─▶ the same

The order is the rule: nobody is told that they may leave before it is so.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Final

from policies.actions import Action, LetIn, PublishIssue, RemoveGuest, SetVoices, ShowCard, Tell
from policies.issue import Issue, Side
from policies.names import UserId

BACK_IN_LOBBY: Final = (
    "We are sorry: nobody of us can stay with you at the moment. You are first in line again, and whoever is free "
    "next goes on with you here. You can go on writing; your words are kept until then."
)
"""To the guest, in their room, before they are taken out of it."""


class Why(StrEnum):
    """Why somebody is looked for. A later one in this order outweighs an earlier one."""

    SILENT = "silent"
    """The assignee did not answer in time. They may stay, and the guest does too if nobody is found."""
    LEAVING = "leaving"
    """They want to leave, or somebody wants them to."""
    REMOVED = "removed"
    """They cease to be staff, and are taken out of every room."""


def weightier(one: Why, other: Why) -> Why:
    """The one that decides if both hold."""
    return max(one, other, key=[*Why].index)


def decide_on_relief(issue: Issue, newcomer: UserId, leaving: Sequence[UserId], why: Why) -> tuple[Action, ...]:
    """The newcomer is let in on both sides before anybody is told that they are there.

    :param issue: as it is with the newcomer there; whoever answers for it now is its assignee.
    """
    who = ", ".join(leaving)
    answers = f" and answers for issue {issue.id}" if issue.assignee == newcomer else ""
    sentence = {
        Why.SILENT: f"{who} has not answered the guest for a while. {newcomer} is here now{answers}.",
        Why.LEAVING: f"{newcomer} is here now{answers}. {who} may leave now.",
        Why.REMOVED: f"{newcomer} is here now in place of {who}{answers}.",
    }[why]
    return (
        LetIn(issue.id, Side.GUEST, newcomer),
        LetIn(issue.id, Side.STAFF, newcomer),
        SetVoices(issue.id, guest_may_write=True),
        PublishIssue(issue),
        ShowCard(issue.id),
        Tell(issue.id, Side.STAFF, sentence, (newcomer,) if why is Why.REMOVED else (newcomer, *leaving)),
    )


def decide_on_return(issue: Issue, leaving: Sequence[UserId], why: Why) -> tuple[Action, ...]:
    """Nobody was found: the guest goes back to the lobby, kindly told, and then whoever wanted to may leave.

    :param issue: as it is after its return to the lobby.
    """
    who = ", ".join(leaving)
    may_go = f" {who} may leave now." if why is Why.LEAVING else ""
    return (
        Tell(issue.id, Side.GUEST, BACK_IN_LOBBY),
        RemoveGuest(issue.id, "Back to the lobby, until somebody is free."),
        PublishIssue(issue),
        ShowCard(issue.id, anew=True),
        Tell(
            issue.id,
            Side.STAFF,
            f"Nobody could be found in place of {who}, so the guest is back in the queue, first in line.{may_go}",
            tuple(leaving) if why is Why.LEAVING else (),
        ),
    )


def decide_on_leaving_after_the_end(issue: Issue, leaving: Sequence[UserId], why: Why) -> tuple[Action, ...]:
    """The issue is concluded, so nobody is needed: the guest is taken out first, and reads on over the page.

    :param issue: concluded, and its guest still in the room.
    """
    may_go = Tell(
        issue.id, Side.STAFF, f"The guest is out of the room. {', '.join(leaving)} may leave now.", (*leaving,)
    )
    return (
        RemoveGuest(issue.id, "This conversation is concluded. You can go on reading it where it began."),
        *((may_go,) if why is Why.LEAVING else ()),
    )


def decide_on_lasting_silence(issue: Issue) -> tuple[Action, ...]:
    """Nobody else is there to answer: the guest stays with whoever may yet do, who is told again."""
    assert issue.assignee is not None  # noqa: S101  # an open issue has one
    sentence = f"The guest of issue {issue.id} still waits for an answer, and nobody else is free. Please answer them."
    return (Tell(issue.id, Side.STAFF, sentence, (issue.assignee,)),)


def decide_on_reminder(issue: Issue) -> tuple[Action, ...]:
    """Nobody else is looked for: whoever answers for the issue is told that its guest waits."""
    assert issue.assignee is not None  # noqa: S101  # an open issue has one
    sentence = f"{issue.assignee}, the guest of issue {issue.id} waits for an answer."
    return (Tell(issue.id, Side.STAFF, sentence, (issue.assignee,)),)
