"""What must happen next, once something befell an issue: actions in the order in which they must be performed.

The order is the rule. A guest is brought in only after an employee was let in, and words are posted only after
the guest is there (G2, G3); an issue's state says `concluded` before the guest loses their voice, so that a client
never shows a muted room without a reason.
"""

from __future__ import annotations

from collections.abc import Sequence

from policies.actions import (
    Action,
    BringInGuest,
    LetIn,
    MakeRoom,
    PostWords,
    PrepareGhost,
    PublishIssue,
    SetVoices,
    ShowCard,
    ShowDeskCard,
    Tell,
)
from policies.issue import Conclusion, Issue, Side
from policies.lifecycle import is_read_only
from policies.names import UserId
from policies.people import localpart_of

WHY_CONCLUDED = {
    Conclusion.RESOLVED: "This conversation was concluded: resolved. You can go on reading it.",
    Conclusion.UNRESOLVED: "This conversation was concluded without a solution. You can go on reading it.",
    Conclusion.GUEST_DISENGAGED: (
        "This conversation was concluded, as nothing was heard from you for a while. "
        "Write again whenever you like, and it goes on."
    ),
    Conclusion.ESCALATED: "This conversation goes on with a colleague who knows more about it.",
}


def decide_on_opening(issue: Issue) -> tuple[Action, ...]:
    """A new issue waits in its queue."""
    return (PrepareGhost(issue.guest), ShowCard(issue.id))


def decide_on_claim(
    issue: Issue, by: UserId, waiting_words: Sequence[str], robots: Sequence[UserId]
) -> tuple[Action, ...]:
    """A claimed issue gets its rooms: employee first, guest second, words third, and then the staff side's comforts.

    One that went back to the lobby has its rooms already. They still say that it is queued, and give power to whoever
    was there before, so both are set right before the guest comes in again.

    :param issue: as it is after the claim.
    :param waiting_words: ids of what the guest wrote in the lobby, in order.
    :param robots: staff robots that every staff room starts with.
    """
    return (
        MakeRoom(issue, Side.GUEST),
        MakeRoom(issue, Side.STAFF),
        LetIn(issue.id, Side.GUEST, by),
        LetIn(issue.id, Side.STAFF, by),
        *(() if issue.guest_room is None else (PublishIssue(issue), SetVoices(issue.id, guest_may_write=True))),
        BringInGuest(issue.id),
        *(PostWords(words_id) for words_id in waiting_words),
        ShowCard(issue.id),
        ShowDeskCard(issue.id),
        *(LetIn(issue.id, Side.STAFF, robot) for robot in robots),
    )


def decide_on_handover(issue: Issue, before: UserId | None) -> tuple[Action, ...]:
    """The next assignee comes in before anybody is told that the one before may go.

    :param issue: as it is after the handover.
    """
    assert issue.assignee is not None  # noqa: S101  # the lifecycle has just set it
    may_go = f" {before} may leave now." if before not in (None, issue.assignee) else ""
    return (
        LetIn(issue.id, Side.GUEST, issue.assignee),
        LetIn(issue.id, Side.STAFF, issue.assignee),
        SetVoices(issue.id, guest_may_write=True),
        PublishIssue(issue),
        ShowCard(issue.id),
        Tell(issue.id, Side.STAFF, f"Issue {issue.id} was handed over to {issue.assignee}.{may_go}"),
    )


def decide_on_conclusion(issue: Issue, conclusion: Conclusion, by: UserId, note: str) -> tuple[Action, ...]:
    """The guest is told, the rooms say so, and the guest reads from now on.

    :param issue: as it is after the conclusion.
    """
    if issue.guest_room is None and issue.assignee is None:
        return (ShowCard(issue.id),)  # it ended in the queue: there are no rooms to tell
    because = f" {note}" if note else ""
    return (
        PublishIssue(issue),
        Tell(issue.id, Side.GUEST, WHY_CONCLUDED[conclusion]),
        SetVoices(issue.id, guest_may_write=not is_read_only(issue.status, conclusion)),
        Tell(issue.id, Side.STAFF, f"Issue {issue.id} was concluded by {by}: {conclusion}.{because}"),
        ShowCard(issue.id),
    )


def decide_on_accident(issue: Issue, by: UserId, robot: UserId | None) -> tuple[Action, ...]:
    """Words for a robot were refused in the guest's room (R2): the staff room says so, and where to ask.

    Clients show a refused message only as not sent, so whoever wrote it would not learn why.
    """
    if issue.staff_room is None:
        return ()
    whom = "<robot>" if robot is None else localpart_of(robot)
    sentence = (
        f"{by}, what you wrote in the guest's room was meant for a robot, so nobody has seen it. "
        f"Ask here: write “!ask {whom} …” in https://matrix.to/#/{issue.staff_room}"
    )
    return (Tell(issue.id, Side.STAFF, sentence, (by,)),)
