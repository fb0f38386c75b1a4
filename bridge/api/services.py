"""What the routes work with: handed in once by the composition root, named here for what is needed of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from bridge.accounts.enrolment import Enrolment
from bridge.accounts.guests import Guests
from bridge.accounts.principals import Accounts
from bridge.api.readiness import Readiness
from bridge.api.waiting import Waiting
from bridge.config import Settings
from bridge.desk.avatars import Avatars
from bridge.desk.breakin import BreakIn
from bridge.desk.catchup import CatchUp
from bridge.desk.chats import Chats
from bridge.desk.duty import Duty
from bridge.desk.explainer import Explainer
from bridge.desk.issues import AlsoOpened
from bridge.desk.people import People
from bridge.desk.profiles import Profiles
from bridge.desk.robots import Robots
from bridge.desk.timeline import Timeline
from bridge.desk.whispers import Whispers
from bridge.gateway.limits import Pace
from bridge.ports import Clock, IssueRecord, Notices, Principal, Store, Words
from policies.escalation import Mode
from policies.issue import Conclusion
from policies.names import EventId, IssueId, UserId
from policies.outcomes import Refuse


class IssueDesk(Protocol):
    """The verbs of `bridge.desk.Desk` that the API offers. All raise `bridge.errors.Unknown`."""

    async def open_issue(
        self,
        guest: Principal,
        subject: str,
        message: str,
        also: AlsoOpened | None = None,
        *,
        is_group: bool = False,
    ) -> IssueRecord | Refuse: ...
    async def bring_guest(self, actor: UserId, issue_id: IssueId, guest: UserId) -> IssueRecord | Refuse: ...
    async def claim(self, actor: UserId, issue_id: IssueId) -> IssueRecord | Refuse: ...
    async def hand_over(self, actor: UserId, issue_id: IssueId, to: UserId) -> IssueRecord | Refuse: ...
    async def escalate(
        self, actor: UserId, issue_id: IssueId, mode: Mode, reason: str, note: str = ""
    ) -> IssueRecord | Refuse: ...
    async def deescalate(self, actor: UserId, issue_id: IssueId, reason: str = "") -> IssueRecord | Refuse: ...
    async def conclude(
        self, actor: UserId, issue_id: IssueId, conclusion: Conclusion, note: str
    ) -> IssueRecord | Refuse: ...
    async def reopen(self, actor: Principal, issue_id: IssueId, message: str | None) -> IssueRecord | Refuse: ...
    async def share(self, actor: UserId, issue_id: IssueId, event_id: EventId, body: str | None) -> str | Refuse: ...
    async def unshare(self, actor: UserId, issue_id: IssueId, event_id: EventId) -> list[str] | Refuse: ...
    async def rate(self, guest: Principal, issue_id: IssueId, rating: int, comment: str) -> IssueRecord | Refuse: ...
    async def leave_contact(self, guest: Principal, issue_id: IssueId, contact: str) -> IssueRecord | Refuse: ...
    async def write(
        self, author: Principal, place: str, txn_id: str, body: str, reply_to: EventId | None = None
    ) -> Words | Refuse: ...


@dataclass(frozen=True, slots=True)
class FloorServices:
    """What staff do beside issues: duty, break-in, whisper, chats."""

    duty: Duty
    break_in: BreakIn
    whispers: Whispers
    chats: Chats


@dataclass(frozen=True, slots=True)
class Services:
    """Everything a handler may ask."""

    accounts: Accounts
    guests: Guests
    desk: IssueDesk
    catch_up: CatchUp
    robots: Robots
    notices: Notices
    waiting: Waiting
    profiles: Profiles
    avatars: Avatars
    people: People
    enrolment: Enrolment
    explainer: Explainer
    timeline: Timeline
    floor: FloorServices
    store: Store
    clock: Clock
    settings: Settings
    readiness: Readiness
    pace: Pace
    document: Mapping[str, Any]
    """What `/openapi.json` serves."""
