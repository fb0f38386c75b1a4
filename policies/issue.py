"""An issue, the unit of work: what the bridge decides on, and what its rooms' state says of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from policies.content import text_at, text_or_none
from policies.errors import MalformedState
from policies.names import ISSUE_STATE, IssueId, RoomId, Tier, UserId


class Status(StrEnum):
    """Where an issue stands; exactly one at any time (rule L1)."""

    QUEUED = "queued"
    OPEN = "open"
    CONCLUDED = "concluded"


class WaitingOn(StrEnum):
    """Whose turn it is while an issue is open."""

    STAFF = "staff"
    GUEST = "guest"


class Conclusion(StrEnum):
    """How an epoch ended; exactly one per ended epoch (rule L2)."""

    ESCALATED = "escalated"
    RESOLVED = "resolved"
    UNRESOLVED = "unresolved"
    GUEST_DISENGAGED = "guest-disengaged"


class Wanted(StrEnum):
    """Whom an escalated issue waits for, while its assignee stays with the guest."""

    TIER = "tier"
    """Somebody of its tier, or above."""
    SUPERVISOR = "supervisor"
    """A supervisor: above the last tier there is nobody else."""


class Side(StrEnum):
    """Which of an issue's pair of rooms."""

    GUEST = "guest"
    STAFF = "staff"


@dataclass(frozen=True, slots=True)
class Issue:
    """One issue as of one moment. The rooms are unset until it was first claimed.

    `guest` opened it. A group issue has `guests`, who meet in its room (rule G4), the one who opened it among them; an
    issue of one guest has none of these.

    An issue that was escalated to a new room has a `child`, which goes on, and is its `parent`.
    """

    id: IssueId
    subject: str
    guest: UserId
    status: Status
    tier: Tier
    epoch: int = 1
    waiting_on: WaitingOn | None = None
    assignee: UserId | None = None
    conclusion: Conclusion | None = None
    guest_room: RoomId | None = None
    staff_room: RoomId | None = None
    guests: tuple[UserId, ...] = ()
    wanted: Wanted | None = None
    parent: IssueId | None = None
    child: IssueId | None = None

    @property
    def is_group(self) -> bool:
        """Whether its guests are meant to meet."""
        return bool(self.guests)

    @property
    def everyone(self) -> tuple[UserId, ...]:
        """All its guests, the one who opened it first."""
        return (self.guest, *self.companions)

    @property
    def companions(self) -> tuple[UserId, ...]:
        """Its guests but for the one who opened it."""
        return tuple(user_id for user_id in self.guests if user_id != self.guest)


@dataclass(frozen=True, slots=True)
class IssueState:
    """What ``chat.chaperone.issue`` says in one of the two rooms. The guest's side has nothing but the first five."""

    id: IssueId
    side: Side
    status: Status
    conclusion: Conclusion | None
    epoch: int
    guest_room: RoomId | None = None
    tier: Tier | None = None
    assignee: UserId | None = None
    parent: IssueId | None = None
    child: IssueId | None = None
    wanted: Wanted | None = None


def build_issue_state(issue: Issue, side: Side) -> dict[str, Any]:
    """Content of ``chat.chaperone.issue``; on the guest's side nothing that tells of a staff side."""
    content: dict[str, Any] = {
        "id": issue.id,
        "side": side.value,
        "status": issue.status.value,
        "conclusion": None if issue.conclusion is None else issue.conclusion.value,
        "epoch": issue.epoch,
    }
    if side is Side.STAFF:
        content |= {
            "guest_room": issue.guest_room,
            "tier": issue.tier.name,
            "assignee": issue.assignee,
            "parent": issue.parent,
            "child": issue.child,
            "wanted": None if issue.wanted is None else issue.wanted.value,
        }
    return content


def parse_issue_state(content: Mapping[str, Any]) -> IssueState:
    """Read what `build_issue_state` wrote.

    :raises MalformedState: if a key is missing or has a value outside its set.
    """

    def optional(key: str) -> str | None:
        return text_or_none(ISSUE_STATE, content, key)

    issue_id, epoch = text_at(content, "id"), content.get("epoch")
    if not issue_id:
        raise MalformedState(ISSUE_STATE, "id is missing")
    if not isinstance(epoch, int) or isinstance(epoch, bool) or epoch < 1:
        raise MalformedState(ISSUE_STATE, "epoch is not a count from 1")
    conclusion, tier = optional("conclusion"), optional("tier")
    guest_room, assignee = optional("guest_room"), optional("assignee")
    parent, child, wanted = optional("parent"), optional("child"), optional("wanted")
    try:
        return IssueState(
            id=IssueId(issue_id),
            side=Side(text_at(content, "side")),
            status=Status(text_at(content, "status")),
            conclusion=None if conclusion is None else Conclusion(conclusion),
            epoch=epoch,
            guest_room=None if guest_room is None else RoomId(guest_room),
            tier=None if tier is None else Tier[tier],
            assignee=None if assignee is None else UserId(assignee),
            parent=None if parent is None else IssueId(parent),
            child=None if child is None else IssueId(child),
            wanted=None if wanted is None else Wanted(wanted),
        )
    except (KeyError, ValueError) as fault:
        raise MalformedState(ISSUE_STATE, f"unknown or missing value {fault}") from fault
