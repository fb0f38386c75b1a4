"""A question that can be put to the rules, with everything its answer rests on, as one value: `Case`.

`ask` puts it, to the same functions that every door asks. What a case leaves open (the words of a message, how long
ago an issue ended) is filled in with something ordinary.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any

from policies.asking import may_answer, may_ask
from policies.cover import may_stop_being_cover
from policies.escalation import Mode, may_deescalate, may_escalate
from policies.issue import Issue, IssueState, Side
from policies.lifecycle import may_claim, may_conclude, may_hand_over
from policies.names import Role, RoomId, UserId
from policies.outcomes import ALLOW, Verdict
from policies.people import Directory, Person
from policies.permissions import (
    Draft,
    may_break_in,
    may_create_room,
    may_log_in,
    may_name_room,
    may_publish_room,
    may_search_people,
    may_send,
)
from policies.reopening import may_reopen
from policies.rooms import Membership, Room
from policies.sharing import may_share

HERE = RoomId("!here")


class Act(StrEnum):
    """What somebody wants to do."""

    CREATE_ROOM = "create_room"
    NAME_ROOM = "name_room"
    PUBLISH_ROOM = "publish_room"
    SEARCH_PEOPLE = "search_people"
    LOG_IN = "log_in"
    STOP_BEING_STAFF = "stop_being_staff"
    KNOCK = "knock"
    INVITE = "invite"
    JOIN = "join"
    LEAVE = "leave"
    REMOVE = "remove"
    BAN = "ban"
    SHOW_NAME = "show_name"
    WRITE = "write"
    REDACT = "redact"
    SET_STATE = "set_state"
    ASK = "ask"
    ANSWER = "answer"
    SHARE = "share"
    CLAIM = "claim"
    HAND_OVER = "hand_over"
    ESCALATE = "escalate"
    DEESCALATE = "deescalate"
    CONCLUDE = "conclude"
    REOPEN = "reopen"
    BREAK_IN = "break_in"


@dataclass(frozen=True, slots=True)
class Case:
    """Who wants to do what, where, to whom; and how the world is.

    :param target: whom it is done to; for `REDACT` and `SHARE` whose words, for `ASK` the robot.
    :param issue: the issue of the room, if it has one.
    """

    actor: UserId
    act: Act
    directory: Directory
    room: Room
    target: UserId | None = None
    issue: Issue | None = None
    body: str = "Hello."
    name: str = ""
    """What the actor wants to be shown as."""
    hops: int = 0
    """How many robots stood between a person's question and this one."""
    asked_in: int | None = None
    """The epoch in which a question was asked; that of the issue if not said."""
    answer: str = "done"
    """How far the answer is that is to be shared."""
    by_own_secret: bool = False
    ended_for: timedelta = timedelta(0)
    reopens_within: timedelta = timedelta(days=7)

    @property
    def person(self) -> Person:
        """Who wants it."""
        return self.directory.who_is(self.actor)

    @property
    def other(self) -> Person:
        """Whom it is done to."""
        return self.directory.who_is(self.target or self.actor)


def ask(case: Case) -> Verdict:
    """What the rules say."""
    person, other, room, issue = case.person, case.other, case.room, case.issue
    match case.act:
        case Act.CREATE_ROOM:
            return may_create_room(person)
        case Act.NAME_ROOM:
            return may_name_room(person)
        case Act.PUBLISH_ROOM:
            return may_publish_room(person)
        case Act.SEARCH_PEOPLE:
            return may_search_people(person)
        case Act.LOG_IN:
            return may_log_in(person, by_own_secret=case.by_own_secret)
        case Act.BREAK_IN:
            return may_break_in(person)
        case Act.STOP_BEING_STAFF:
            return may_stop_being_cover({HERE: room}, case.directory, other.user_id)
        case Act.ASK:
            return may_ask(person, other, room, case.hops) if other.role is Role.ROBOT else ALLOW
        case Act.ANSWER:
            return ALLOW if issue is None else may_answer(_state_of(issue, room), case.asked_in or issue.epoch)
        case Act.SHARE:
            answer = {"state": case.answer} if case.answer else {}
            return ALLOW if issue is None else may_share(person, other, answer, issue)
        case Act.CLAIM:
            return ALLOW if issue is None else may_claim(issue, person)
        case Act.HAND_OVER:
            return ALLOW if issue is None else may_hand_over(issue, person, other)
        case Act.ESCALATE:
            return ALLOW if issue is None else may_escalate(issue, person, Mode.IN_PLACE)
        case Act.DEESCALATE:
            return ALLOW if issue is None else may_deescalate(issue, person)
        case Act.CONCLUDE:
            return ALLOW if issue is None else may_conclude(issue, person)
        case Act.REOPEN:
            return ALLOW if issue is None else may_reopen(issue, person, case.ended_for, case.reopens_within)
        case _:
            return may_send(_draft_of(case), room, case.directory)


NEEDS_ISSUE = frozenset(
    {Act.ANSWER, Act.SHARE, Act.CLAIM, Act.HAND_OVER, Act.ESCALATE, Act.DEESCALATE, Act.CONCLUDE, Act.REOPEN}
)
NEEDS_ROOM = frozenset(Act) - {
    Act.CREATE_ROOM,
    Act.NAME_ROOM,
    Act.PUBLISH_ROOM,
    Act.SEARCH_PEOPLE,
    Act.LOG_IN,
    Act.BREAK_IN,
}
NEEDS_TARGET = frozenset({Act.INVITE, Act.REMOVE, Act.BAN, Act.ASK, Act.SHARE, Act.HAND_OVER, Act.REDACT})


def _draft_of(case: Case) -> Draft:
    target = case.target or case.actor
    match case.act:
        case Act.INVITE:
            return _membership(case.actor, target, Membership.INVITE)
        case Act.JOIN:
            return _membership(case.actor, target, Membership.JOIN)
        case Act.SHOW_NAME:
            return _membership(case.actor, case.actor, Membership.JOIN, case.name)
        case Act.KNOCK:
            return _membership(case.actor, case.actor, Membership.KNOCK)
        case Act.LEAVE:
            return _membership(case.actor, case.actor, Membership.LEAVE)
        case Act.REMOVE:
            return _membership(case.actor, target, Membership.LEAVE)
        case Act.BAN:
            return _membership(case.actor, target, Membership.BAN)
        case Act.REDACT:
            return Draft("m.room.redaction", case.actor, {}, author=case.target)
        case Act.SET_STATE:
            return Draft("m.room.topic", case.actor, {"topic": case.body}, "")
        case _:
            return Draft("m.room.message", case.actor, {"msgtype": "m.text", "body": case.body})


def _membership(sender: UserId, target: UserId, membership: Membership, name: str = "") -> Draft:
    content: dict[str, Any] = {"membership": membership.value} | ({"displayname": name} if name else {})
    return Draft("m.room.member", sender, content, target)


def _state_of(issue: Issue, room: Room) -> IssueState:
    side = Side.STAFF if room.issue is None else room.issue.side
    return IssueState(issue.id, side, issue.status, issue.conclusion, issue.epoch)
