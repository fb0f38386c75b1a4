"""Where a guest is before they are in a room, and whether they are in it."""

from __future__ import annotations

from typing import Final

from bridge.desk.work import Work
from bridge.ports import IssueChanged, Transaction
from policies.issue import Issue, Status
from policies.names import IssueId, RoomId, Tier, UserId
from policies.waiting import is_anybody_there

LOBBY: Final = "lobby:"


def lobby_of(issue_id: IssueId) -> str:
    """The place where a guest waits, addressed as if it were a room."""
    return f"{LOBBY}{issue_id}"


async def load_enterable_room(tx: Transaction, issue: Issue, guest: UserId | None = None) -> RoomId | None:
    """The guest room, once its guest was let into it; before that a guest who was told of it could not enter.

    :param guest: which of a group's; whoever opened the issue if not given.
    """
    if issue.guest_room is None or not await tx.rooms.visible_stretches(issue.guest_room, guest or issue.guest):
        return None
    return issue.guest_room


def lane_of_guest(issue_id: IssueId, user_id: UserId) -> str:
    """Beside the issue's own lane: a server that does not answer holds up nobody but its own guest."""
    return f"guest:{issue_id}:{user_id}"


async def is_nobody_on_duty(tx: Transaction, issue: Issue) -> bool:
    """Whether a guest waits in vain for the moment: nobody is on duty who could claim their issue."""
    if issue.status is not Status.QUEUED:
        return False
    directory = await tx.principals.directory()
    on_duty = {person.user_id for person in directory.staff()} - await tx.duties.off()
    return not is_anybody_there(directory, issue.tier, on_duty)


async def tell_waiting(work: Work) -> None:
    """Somebody came on duty, or went off it: guests who wait are told whether anybody is there."""
    for tier in Tier:
        work.notices += [IssueChanged(record.issue.id) for record in await work.tx.issues.queued(tier)]
