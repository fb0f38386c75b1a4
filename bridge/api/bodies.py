"""What may be asked: one frozen model per request, unknown keys and over-long text refused, everything typed.

These models parse the requests and are what `/openapi.json` shows; there is no second description. The query of a
GET is a model like any body (`Query`), with text parsed into numbers where a body must bring numbers.
"""

from __future__ import annotations

import unicodedata
from typing import Annotated, Any, Final, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator
from pydantic.json_schema import SkipJsonSchema

from policies.cases import Act
from policies.content import has_controls
from policies.issue import Status
from policies.names import Standing
from policies.names_shown import GUEST_MARK, LONGEST
from policies.ratings import HIGHEST, LOWEST
from policies.rooms import RoomKind

MAX_BODY: Final = 256 * 1024
"""Bytes of a JSON body: the longest message with every character escaped as a pair of surrogates stays below."""
MAX_SUBJECT: Final = 1_000
MAX_MESSAGE: Final = 12_000
"""Characters. What the settings `desk.subject_max` and `desk.message_max` say may be less, never more."""
MAX_NAME: Final = LONGEST + len(GUEST_MARK)
MAX_ID: Final = 255
"""Matrix's own limit for user, room and event ids."""
MAX_PICTURE: Final = 176 * 1024
"""Characters of Base64."""
MAX_PAGE: Final = 100
MAX_CURSOR: Final = 2**63 - 1
"""What a database's whole number holds."""


def _without_controls(text: str) -> str:
    if has_controls(text):
        raise ValueError("control characters are not allowed, but for tab and line end")
    return text


def _in_one_line(text: str) -> str:
    if any(unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") for c in text):
        raise ValueError("is not one line")
    return text


def _not_blank(text: str) -> str:
    if not text.strip():
        raise ValueError("is blank")
    return text


Text = Annotated[str, AfterValidator(_without_controls)]
Line = Annotated[Text, AfterValidator(_not_blank), Field(min_length=1)]
Name = Annotated[Line, Field(max_length=MAX_ID)]
Message = Annotated[Line, Field(max_length=MAX_MESSAGE)]
TierName = Literal["T1", "T2", "T3"]
Attached = Name | dict[str, Any]


class Body(BaseModel):
    """A JSON object."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Query(BaseModel):
    """A query string; each parameter at most once."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class NoBody(Body):
    """Nothing is asked for. No body at all is the same as `{}`."""


class NoQuery(Query):
    """No parameters."""


_FOR: Final = "What the token is for: this API and the socket, or a login at the homeserver (60 seconds)."


class LoginBody(Body):
    """POST /auth/login."""

    login: Name
    password: Annotated[Text, Field(min_length=1, max_length=1024)]
    audience: Literal["gateway", "matrix"] = Field("gateway", description=_FOR)


class RefreshBody(Body):
    """POST /auth/refresh."""

    refresh_token: Annotated[Text, Field(min_length=1, max_length=1024)]
    audience: Literal["gateway", "matrix"] = Field("gateway", description=_FOR)


class GuestBody(Body):
    """POST /auth/guest: an invitation, or the word of a web site."""

    model_config = ConfigDict(
        json_schema_extra={"oneOf": [{"required": ["invitation"]}, {"required": ["assertion"]}]},
    )

    invitation: Annotated[Text, Field(min_length=1, max_length=255)] | SkipJsonSchema[None] = Field(
        None, description="What stands in the fragment of the link, behind `invitation=`."
    )
    assertion: Annotated[Text, Field(min_length=1, max_length=8192)] | SkipJsonSchema[None] = Field(
        None,
        description="A JWT that the site signed: iss, sub, aud, exp (in five minutes at most), iat, jti; and a name.",
    )

    @model_validator(mode="after")
    def _refuse_both_and_neither(self) -> GuestBody:
        if (self.invitation is None) is (self.assertion is None) or len(self.model_fields_set) > 1:
            raise ValueError("either an invitation or an assertion")
        return self


class InvitationBody(Body):
    """POST /invitations."""

    name: Annotated[Text, AfterValidator(_in_one_line), Field(max_length=LONGEST)] = Field(
        "", description="What the guest is called until they say otherwise."
    )
    issue_id: Annotated[str, Field(pattern=r"^[1-9][0-9]{0,17}$")] | None = Field(
        None, description="A group issue: whoever comes by the link becomes one of its guests."
    )


class ProfileBody(Body):
    """PATCH /me/profile."""

    display_name: Annotated[Line, AfterValidator(_in_one_line), Field(max_length=MAX_NAME)] | None = Field(
        None, description="A guest's is marked as one, and may not look like that of somebody who works here."
    )
    avatar: Annotated[str, Field(max_length=MAX_PICTURE, pattern=r"^[A-Za-z0-9+/]*={0,2}$")] | None = Field(
        None,
        description="A picture in Base64: PNG, JPEG, GIF or WebP, 128 KiB at most; null for none. Only the picture is "
        "kept, not what else is in the file.",
    )

    @model_validator(mode="after")
    def _changes_something(self) -> ProfileBody:
        if not self.model_fields_set or (self.model_fields_set == {"display_name"} and self.display_name is None):
            raise ValueError("either a name or a picture")
        return self


_ALL_ROLES: Final = "A person's role. Robots are listed by the settings."


class UserBody(Body):
    """POST /users."""

    login: Annotated[str, Field(pattern=r"^[a-z0-9._=-]{1,100}$")] = Field(
        description="What they log in as. It is part of their user id, which never changes."
    )
    password: Annotated[Text, Field(min_length=10, max_length=1024)]
    role: Literal["guest", "employee", "supervisor", "admin"] = Field(description=_ALL_ROLES)
    tier: TierName | None = Field(None, description="For employees, who all have one.")
    display_name: Annotated[Line, AfterValidator(_in_one_line), Field(max_length=MAX_NAME)] | None = Field(
        None, description="The login if not given. A guest's is marked as one."
    )

    @model_validator(mode="after")
    def _has_tier_if_employee(self) -> UserBody:
        if (self.role == "employee") is (self.tier is None):
            raise ValueError("every employee has a tier, and nobody else has one")
        return self


class UserChangeBody(Body):
    """PATCH /users/{principal_id}. What is not named stays as it is."""

    role: Literal["employee", "supervisor", "admin"] | None = Field(
        None, description="Guests and robots stay what they are, and nobody becomes one."
    )
    tier: TierName | None = Field(None, description="For employees, who all have one; others lose theirs.")
    status: Literal["allowed", "suspended"] | None = None
    on_duty: bool | None = Field(None, description="Whether they may be called upon.")
    capacity: Annotated[int, Field(ge=0, le=1000)] | None = Field(
        None, description="How many open issues they may have; null for as many as everybody."
    )


class ExplainBody(Body):
    """POST /policy/explain."""

    actor: Name = Field(description="Who wants it: a user id, or its local part.")
    action: Act = Field(description="What they want to do.", strict=False)
    room: Name | None = Field(None, description="Where: a room that Chaperone is in.")
    target: Name | None = Field(
        None, description="Whom it is done to; whose words, where something is redacted or shared; the robot asked."
    )
    issue: Annotated[str, Field(pattern=r"^[1-9][0-9]{0,17}$")] | None = Field(
        None, description="The issue; that of the room if not given."
    )
    body: Message | None = Field(None, description="What is written.")
    name: Annotated[Line, Field(max_length=MAX_NAME)] | None = Field(
        None, description="What the actor wants to be shown as."
    )


class IssueBody(Body):
    """POST /issues."""

    subject: Annotated[Line, Field(max_length=MAX_SUBJECT)]
    message: Message
    group: bool = Field(default=False, description="Whether staff may bring other guests in. It stays as it began.")


class BringGuestBody(Body):
    """POST /issues/{issue_id}/guests."""

    guest: Name = Field(description="Another guest: a user id, of another server too, or the login of a guest here.")


class HandoverBody(Body):
    """POST /issues/{issue_id}/handover."""

    to: Name = Field(description="The colleague: a user id, or its local part.")


class ConcludeBody(Body):
    """POST /issues/{issue_id}/conclude."""

    conclusion: Literal["resolved", "unresolved", "guest-disengaged"] = Field(
        description="An issue ends as “escalated” by being escalated, not by being concluded so."
    )
    note: Annotated[Text, Field(max_length=MAX_MESSAGE)] = ""


class EscalateBody(Body):
    """POST /issues/{issue_id}/escalate."""

    mode: Literal["in_place", "new_room"] = Field(
        "in_place", description="Here, where colleagues of the next tier join; or as a new issue with its own rooms."
    )
    reason: Annotated[Line, Field(max_length=MAX_SUBJECT)] = Field(description="For the colleagues.")
    note: Annotated[Text, Field(max_length=MAX_MESSAGE)] = Field("", description="What else they should know.")


class DeescalateBody(Body):
    """POST /issues/{issue_id}/deescalate."""

    reason: Annotated[Text, Field(max_length=MAX_SUBJECT)] = ""


class RatingBody(Body):
    """POST /issues/{issue_id}/rating."""

    rating: Annotated[int, Field(ge=LOWEST, le=HIGHEST)]
    comment: Annotated[Text, Field(max_length=MAX_SUBJECT)] = ""


class ContactBody(Body):
    """POST /issues/{issue_id}/contact."""

    contact: Annotated[Line, AfterValidator(_in_one_line), Field(max_length=MAX_ID)] = Field(
        description="An address of any kind. Staff see it, and nobody else."
    )


class UnshareBody(Body):
    """POST /issues/{issue_id}/unshare."""

    event_id: Name = Field(description="The answer, for every copy of it; or the staff room's note about one share.")


class ReopenBody(Body):
    """POST /issues/{issue_id}/reopen."""

    message: Message | None = Field(None, description="What the guest wants to say; staff say it in the room.")


class ShareBody(Body):
    """POST /issues/{issue_id}/share."""

    event_id: Name = Field(description="The answer in the staff room.")
    body: Message | None = Field(None, description="Share this text instead of the answer's own.")


class RobotBody(Body):
    """POST and DELETE /issues/{issue_id}/robots."""

    robot: Name = Field(description="A user id, its local part, or the robot's name.")


class AskBody(Body):
    """POST /issues/{issue_id}/ask."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    robot: Name = Field(description="A user id, its local part, or the robot's name.")
    kind: Literal["question", "form", "command"] = "question"
    text: Annotated[Text, Field(max_length=MAX_MESSAGE)] = ""
    attachments: Annotated[list[Attached], Field(max_length=5)] = Field(
        default_factory=list,
        description="Each the name or number of a form, the id of an event of the staff room, or JSON.",
    )
    txn_id: Name | None = Field(None, description="Chosen by the client; the same one again is the same question.")

    @model_validator(mode="after")
    def _asks_something(self) -> AskBody:
        if not self.text.strip() and not self.attachments:
            raise ValueError("it needs a text or attachments")
        if self.kind == "form" and not self.attachments:
            raise ValueError("a question of kind “form” needs the form among its attachments")
        return self


class MessageBody(Body):
    """POST /rooms/{room_id}/messages."""

    txn_id: Name = Field(description="Chosen by the client; the same one again is the same message.")
    body: Message


class GuestIssuesQuery(Query):
    """GET /issues, as a guest may ask."""

    status: Status | None = None
    q: Annotated[Text, Field(max_length=MAX_SUBJECT)] | None = Field(None, description="Text to look for.")
    cursor: Annotated[str, Field(pattern=r"^[1-9][0-9]{0,17}$")] | None = Field(
        None, description="The `next` of the page before."
    )
    limit: Annotated[int, Field(ge=1, le=MAX_PAGE)] = 50


class IssuesQuery(GuestIssuesQuery):
    """GET /issues."""

    tier: TierName | None = Field(None, description="Staff only.")
    assignee: Name | None = Field(None, description="A user id. Staff only.")


class AuditQuery(Query):
    """GET /issues/{issue_id}/audit."""

    cursor: Annotated[int, Field(ge=0, le=MAX_CURSOR)] = Field(0, description="The `next` of the page before.")
    limit: Annotated[int, Field(ge=1, le=MAX_PAGE)] = 50


class UsersQuery(Query):
    """GET /users."""

    on_duty: bool | None = Field(None, description="Whether they may be called upon; of staff only, if given.")
    role: Literal["guest", "employee", "supervisor", "admin", "robot"] | None = None
    status: Standing | None = None
    q: Annotated[Text, Field(max_length=MAX_ID)] | None = Field(None, description="Part of a login or name.")
    cursor: Annotated[Text, Field(max_length=MAX_ID)] | None = Field(None, description="The `next` of the page before.")
    limit: Annotated[int, Field(ge=1, le=MAX_PAGE)] = 50


class MessagesQuery(Query):
    """GET /rooms/{room_id}/messages."""

    since: Annotated[int, Field(ge=0, le=MAX_CURSOR)] | None = Field(
        None, description="The `cursor` of an earlier answer; without it the newest events."
    )
    limit: Annotated[int, Field(ge=1, le=MAX_PAGE)] = 50


class EventsQuery(Query):
    """GET /rooms/{room_id}/events."""

    since: Annotated[int, Field(ge=0, le=MAX_CURSOR)] = Field(description="The `cursor` of an earlier answer.")
    timeout: Annotated[int, Field(ge=0, le=30)] = Field(
        25, description="Seconds to wait for something to happen; the answer may come empty."
    )
    limit: Annotated[int, Field(ge=1, le=MAX_PAGE)] = 50


class TimelineQuery(Query):
    """GET /issues/{issue_id}/timeline."""

    since: Annotated[int, Field(ge=0, le=MAX_CURSOR)] = Field(
        0, description="The `cursor` of an earlier answer; from the beginning without it."
    )
    limit: Annotated[int, Field(ge=1, le=MAX_PAGE)] = 50


class SwitchDutyBody(Body):
    """PATCH /me/duty."""

    on_duty: bool


_TIME: Final = r"^([01][0-9]|2[0-3]):[0-5][0-9]$"


class ShiftBody(Body):
    """Part of a week, in wall time."""

    weekday: Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
    begins: Annotated[str, Field(pattern=_TIME)]
    ends: Annotated[str, Field(pattern=_TIME)] = Field(
        description="Where this is not later than `begins` it is a time of the next day."
    )


def _parse_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("is no time zone; one is called “Europe/Berlin”, for instance") from None
    return name


class ScheduleBody(Body):
    """Somebody's week."""

    zone: Annotated[Name, AfterValidator(_parse_zone)] = Field(description="As in the time zone database.")
    shifts: Annotated[list[ShiftBody], Field(min_length=1, max_length=50)]

    @model_validator(mode="after")
    def _refuse_twins(self) -> ScheduleBody:
        if len({(shift.weekday, shift.begins) for shift in self.shifts}) < len(self.shifts):
            raise ValueError("two shifts begin at the same time")
        return self


class DutyBody(Body):
    """PATCH /users/{principal_id}/duty. What is not named stays as it is."""

    on_duty: bool | None = None
    schedule: ScheduleBody | None = Field(None, description="Holds from now on; null for none any more.")


class BreakInBody(Body):
    """POST /rooms/{room_id}/break-in."""

    announce: bool = Field(
        default=True, description="Whether the room is told. Where guests are it always is; membership is seen anyway."
    )


class WhisperBody(Body):
    """POST /issues/{issue_id}/whisper."""

    to: Name | None = Field(None, description="Somebody in the staff room: a user id, or its local part; the assignee.")
    body: Message


class ChatBody(Body):
    """POST /chats."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, populate_by_name=True)

    kind: Literal["direct", "group", "solo"]
    people: Annotated[list[Name], Field(max_length=100)] = Field(
        default=[], alias="with", description="Colleagues: user ids, or their local parts."
    )
    robots: Annotated[list[Name], Field(max_length=20)] = Field(default=[], description="Staff robots, named alike.")
    name: Annotated[Text, AfterValidator(_in_one_line), Field(max_length=MAX_NAME)] = Field(
        "", description="What the chat is called; by those who are in it, if not given."
    )


class RoomsQuery(Query):
    """GET /rooms."""

    kind: RoomKind | None = None
    issue: Annotated[str, Field(pattern=r"^[1-9][0-9]{0,17}$")] | None = None
    member: Name | None = Field(None, description="A user id: rooms they are in, or invited to.")
    q: Annotated[Text, Field(max_length=MAX_ID)] | None = Field(None, description="Part of a name.")
    cursor: Annotated[Text, Field(max_length=MAX_ID)] | None = Field(None, description="The `next` of the page before.")
    limit: Annotated[int, Field(ge=1, le=MAX_PAGE)] = 50


class ParticipantsQuery(Query):
    """GET /rooms/{room_id}/participants."""

    role: Literal["guest", "employee", "supervisor", "admin", "robot"] | None = None
    membership: Literal["join", "invite"] | None = None
    cursor: Annotated[Text, Field(max_length=MAX_ID)] | None = Field(None, description="The `next` of the page before.")
    limit: Annotated[int, Field(ge=1, le=MAX_PAGE)] = 50


class StatsQuery(Query):
    """GET /stats."""

    days: Annotated[int, Field(ge=1, le=366)] = Field(7, description="How far back what has ended counts.")
