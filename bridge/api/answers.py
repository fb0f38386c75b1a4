"""What is answered: one frozen model per answer. A guest's view of an issue is a model of its own, not a staff view
with something taken out, so that what it does not name cannot be in it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, RootModel

from bridge.api.bodies import TierName
from bridge.desk.figures import FloorFigures
from policies.issue import Conclusion, Side, Status, WaitingOn, Wanted
from policies.names import Audience, Code, Role, Rule, Standing
from policies.rooms import RoomKind


class Answer(BaseModel):
    """A JSON object of ours."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Done(Answer):
    """It was done, and there is nothing to say about it."""


class PrincipalView(Answer):
    """Who one is, as far as rights go."""

    id: str
    role: Role
    tier: TierName | None
    user_id: str


class LoginView(Answer):
    """A token, and whose it is."""

    token: str
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 - the name of a scheme
    expires_in: int = Field(description="Seconds.")
    refresh_token: str = Field(description="Good once.")
    principal: PrincipalView


class InvitationView(Answer):
    """A link for one guest. It is shown this once: only a hash of it is kept."""

    link: str
    expires_at: datetime


class KeysView(Answer):
    """The public keys that our tokens are signed with (RFC 7517)."""

    keys: list[dict[str, Any]]


class ProfileView(Answer):
    """What one shows."""

    display_name: str
    avatar: str | None


class MeView(Answer):
    """The principal, and its profile apart."""

    id: str
    login: str
    role: Role
    tier: TierName | None
    status: Standing
    user_id: str
    profile: ProfileView


class UserView(Answer):
    """Somebody on the list of people."""

    id: str
    login: str
    user_id: str
    display_name: str
    role: Role
    tier: TierName | None
    status: Standing
    on_duty: bool
    capacity: int | None = Field(description="How many open issues they may have; null for no limit.")
    open_issues: int
    state: Literal["settled", "pending"] = Field(
        description="Pending while something that follows from a change is still to be done: a suspended employee "
        "has no power from the first moment on, and is in their rooms until nobody is left alone by it."
    )


class UsersPage(Answer):
    """A page of people, in the order of their logins."""

    users: list[UserView]
    next: str | None = Field(description="The `cursor` of the next page; null on the last.")


class TurnedView(Answer):
    """A fact as it is, and as it would have to be."""

    fact: str
    now: str
    otherwise: str


class FlipView(Answer):
    """What would turn the verdict: all of these facts, by this rule."""

    rule: Rule
    facts: list[TurnedView]


class ExplanationView(Answer):
    """What the rules say, and what their answer hangs on."""

    allowed: bool
    rule: Rule | None = Field(description="The rule that refuses.")
    code: Code | None
    sentence: str | None = Field(description="What the one who is refused is told.")
    facts: dict[str, str] = Field(description="What the refusal rests on, as its rule says it.")
    flips: list[FlipView] = Field(
        description="For each rule that has a say, the smallest changes that would turn the verdict; each was tried."
    )


class GuestIssueView(Answer):
    """An issue as its guest sees it: nothing in it tells that there is a staff side."""

    id: str
    subject: str
    status: Status
    waiting_on: WaitingOn | None
    conclusion: Conclusion | None
    epoch: int
    queue_position: int | None
    guest_room: str | None
    opened_at: datetime
    group: bool = Field(description="Whether other guests may be there.")
    nobody_on_duty: bool = Field(description="While it waits: nobody is there who could help. Leave a `contact`.")
    contact_left: bool = Field(description="Whether its guest is to be told when somebody is there.")
    continues_in: str | None = Field(description="The issue that the conversation goes on in, with its history.")
    continues: str | None = Field(description="The issue that the conversation began in.")
    rating: int | None = Field(description="What its guest thought of how it ended last.")


class EpochView(Answer):
    """One opening of an issue, from its beginning to its conclusion."""

    epoch: int
    began_at: datetime
    answered_at: datetime | None = Field(description="When the guest first heard from somebody.")
    answered_by: str | None
    first_answer_seconds: float | None
    ended_at: datetime | None
    conclusion_seconds: float | None
    conclusion: Conclusion | None
    concluded_by: str | None
    note: str | None
    rating: int | None
    comment: str | None
    rated_at: datetime | None


class IssueView(Answer):
    """An issue as staff see it."""

    id: str
    subject: str
    status: Status
    waiting_on: WaitingOn | None
    tier: TierName
    assignee: str | None
    guest: str
    guest_name: str
    group: bool
    guests: list[str] = Field(description="All its guests, the one who opened it first.")
    guest_room: str | None
    staff_room: str | None
    conclusion: Conclusion | None
    epoch: int
    queue_position: int | None
    opened_at: datetime
    queued_at: datetime
    wanted: Wanted | None = Field(
        description="Whom an escalated issue waits for; until they have written to the guest, or claimed it, the "
        "assignee stays."
    )
    parent: str | None = Field(description="The issue that was escalated to this one.")
    child: str | None = Field(description="The issue that this one was escalated to.")
    contact: str | None = Field(description="Where its guest wants to be told that somebody is there.")
    epochs: list[EpochView] = Field(description="Each time it was open, in order.")


class GuestIssuesPage(Answer):
    """A page of a guest's own issues."""

    issues: list[GuestIssueView]
    next: str | None = Field(description="The `cursor` of the next page; null on the last.")


class IssuesPage(Answer):
    """A page of issues, newest first."""

    issues: list[IssueView]
    next: str | None = Field(description="The `cursor` of the next page; null on the last.")


class SharedView(Answer):
    """A copy was given to the guest."""

    id: str = Field(description="The share's opaque id; the copy in the guest room carries it.")


class UnsharedView(Answer):
    """The guest has these copies no longer."""

    ids: list[str] = Field(description="The shares' opaque ids.")


class AuditEntryView(Answer):
    """One decision, or something that was done without a rule being asked."""

    seq: int
    at: datetime
    actor: str
    what: str = Field(description="The rule that was asked, or what was done.")
    facts: dict[str, Any] = Field(description="What the rule was asked with.")
    allowed: bool | None = Field(description="Null where no rule was asked.")
    rule: Rule | None
    code: Code | None
    reasons: dict[str, str] = Field(description="What a refusal rests on, as its rule says it.")
    configuration: str = Field(description="The version of the settings that were in force.")
    hash: str = Field(description="Covers the entry and the hash of the one before it.")


class AuditPage(Answer):
    """Decisions about an issue, oldest first."""

    entries: list[AuditEntryView]
    next: int | None = Field(description="The `cursor` of the next page; null on the last.")


class EventView(Answer):
    """An event of a room, as far as whoever asks may see it."""

    event_id: str
    type: str
    sender: str
    sender_name: str
    ts: int = Field(description="Milliseconds since 1970.")
    content: dict[str, Any]
    state_key: str | None
    target: str | None = Field(description="What this event edits or redacts.")
    txn_id: str | None = Field(description="Of one's own message, as one sent it.")
    cursor: int = Field(description="`since` of who has seen everything up to here.")


class HistoryView(Answer):
    """A stretch of a room."""

    room: str
    events: list[EventView]
    cursor: int = Field(description="What to ask from next time (`since`). Unmoved: nothing is left.")
    complete: bool = Field(description="False if something between `since` and the first event is left out.")


class SidedEventView(EventView):
    """An event of one of an issue's two rooms."""

    room: str
    side: Side


class TimelineView(Answer):
    """A stretch of both rooms of an issue, in the order in which it happened."""

    issue: str
    events: list[SidedEventView]
    cursor: int = Field(description="What to ask from next time (`since`). Unmoved: nothing is left.")


class WrittenView(Answer):
    """The words are durable, and will be in the room exactly once."""

    txn_id: str
    event_id: str | None = Field(description="Set once they are in the room.")


class RobotView(Answer):
    """A listed robot, and whom it serves."""

    user_id: str
    display_name: str
    audience: Audience
    status: Standing


class RobotsView(Answer):
    """All of them."""

    robots: list[RobotView]


class PresentRobotsView(Answer):
    """The robots in an issue's staff room."""

    robots: list[str] = Field(description="User ids. One that was just brought in is there in a moment.")


class ShiftView(Answer):
    """Part of a week, in wall time."""

    weekday: str
    begins: str
    ends: str


class ScheduleView(Answer):
    """Somebody's week."""

    zone: str
    shifts: list[ShiftView]


class DutyView(Answer):
    """Whether somebody is on duty, and what they have to do."""

    user_id: str
    on_duty: bool
    schedule: ScheduleView | None
    next_switch: datetime | None = Field(description="When the schedule switches next; until then a switch holds.")
    open_issues: int
    capacity: int | None = Field(description="How many open issues they may have; null for no limit.")


class RoomView(Answer):
    """A room and how many are in it. The bridge, which is in all of them, does not count."""

    room_id: str
    kind: RoomKind
    name: str | None
    issue: str | None
    guests: int
    staff: int
    robots: int
    invited: int
    encrypted: bool = Field(description="Then only those who are in it read what is said.")


class RoomsPage(Answer):
    """A page of rooms, in the order of their ids."""

    rooms: list[RoomView]
    next: str | None = Field(description="The `cursor` of the next page; null on the last.")


class ParticipantView(Answer):
    """Somebody who is in a room, or invited to it."""

    user_id: str
    display_name: str
    role: Role
    tier: TierName | None
    membership: Literal["join", "invite"]


class ParticipantsPage(Answer):
    """A page of people, in the order of their user ids."""

    participants: list[ParticipantView]
    next: str | None = Field(description="The `cursor` of the next page; null on the last.")


class EntryView(Answer):
    """A supervisor breaks in."""

    room_id: str
    kind: RoomKind
    issue: str | None
    state: Literal["joined", "pending"] = Field(description="Pending: they are being let in.")
    readable: Literal["what was said before too", "what is said from now on"] = Field(
        description="By one's Matrix client. Where it is encrypted nobody who comes later reads what was said before; "
        "what was said in a guest's room before is in `GET /issues/{id}/timeline`."
    )


class WhisperView(Answer):
    """It is said in the staff room, as soon as the homeserver answers."""

    issue: str
    to: str | None = Field(description="Who is notified of it.")


class ChatView(Answer):
    """A chat among staff."""

    id: str
    kind: RoomKind
    name: str
    people: list[str]
    room_id: str | None = Field(description="Null while the room is being made.")
    opened_at: datetime
    state: Literal["settled", "pending"] = Field(description="Pending: the room is made, or people are let in.")


class ChatsView(Answer):
    """The chats that were opened for whoever asks, the newest first."""

    chats: list[ChatView]


class StatsView(RootModel[FloorFigures]):
    """How the floor stands; times are seconds."""


class HealthView(Answer):
    """Alive."""

    status: Literal["ok"] = "ok"


class ReadyView(Answer):
    """Ready, part by part."""

    ready: Literal[True] = True
    parts: dict[str, Literal["ok"]]


class Document(RootModel[dict[str, Any]]):
    """The OpenAPI document, which describes itself."""
