"""The facts that verdicts rest on, each by a name, with what it is in a case and what it could be instead.

A `Fact` can be read off a case and turned: the same case with that one thing another. `policies.explain` turns them
until the verdict does; people read their names, so they are plain words.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from policies.cases import Act, Case
from policies.cover import cover_of
from policies.federation import is_guarded
from policies.issue import Conclusion, Status, Wanted
from policies.names import Audience, Role, Standing, Tier, UserId
from policies.names_shown import GUEST_MARK
from policies.people import Person
from policies.policy_server import PolicyServer
from policies.rooms import Member, Membership, Room, RoomKind

STAND_IN: Final = "colleague"
STRANGER: Final = "guest-somebody-else"


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that can be so or otherwise. `read` answers None where it plays no part in the case."""

    name: str
    read: Callable[[Case], str | None]
    settings: Sequence[str]
    turn: Callable[[Case, str], Case]


def _relist(case: Case, user_id: UserId, role: Role, standing: Standing = Standing.ALLOWED) -> Case:
    people = dict(case.directory.people)
    people.pop(user_id, None)
    if role is not Role.GUEST:
        tier = Tier.T3 if role is Role.EMPLOYEE else None
        people[user_id] = Person(user_id, role, tier, standing, Audience.STAFF if role is Role.ROBOT else None)
    return replace(case, directory=replace(case.directory, people=people))


ROLES: Final = tuple(role.value for role in Role if role is not Role.BRIDGE)


def _role_of(user_id: Callable[[Case], UserId | None], name: str) -> Fact:
    def read(case: Case) -> str | None:
        who = user_id(case)
        role = None if who is None else case.directory.who_is(who).role
        return None if role in (None, Role.BRIDGE) else role

    def turn(case: Case, setting: str) -> Case:
        who = user_id(case)
        return case if who is None else _relist(case, who, Role(setting))

    return Fact(name, read, ROLES, turn)


def _standing_of(user_id: Callable[[Case], UserId | None], name: str) -> Fact:
    def read(case: Case) -> str | None:
        who = user_id(case)
        listed = None if who is None else case.directory.people.get(who)
        return None if listed is None else listed.standing

    def turn(case: Case, setting: str) -> Case:
        who = user_id(case)
        if who is None or who not in case.directory.people:
            return case
        person = replace(case.directory.people[who], standing=Standing(setting))
        return replace(case, directory=replace(case.directory, people={**case.directory.people, who: person}))

    return Fact(name, read, tuple(Standing), turn)


def _audience(case: Case) -> str | None:
    return case.other.audience if case.other.role is Role.ROBOT else None


def _set_audience(case: Case, setting: str) -> Case:
    robot = replace(case.other, audience=Audience(setting))
    people = {**case.directory.people, robot.user_id: robot}
    return replace(case, directory=replace(case.directory, people=people))


def _without_members(case: Case, out: frozenset[UserId]) -> Case:
    members = {u: m for u, m in case.room.members.items() if u not in out}
    return replace(case, room=replace(case.room, members=members))


def _with_member(case: Case, localpart: str, role: Role) -> Case:
    """The case with somebody more in the room."""
    user_id = UserId(f"@{localpart}:{case.directory.server_name}")
    members = {**case.room.members, user_id: Member(Membership.JOIN, user_id)}
    return _relist(replace(case, room=replace(case.room, members=members)), user_id, role)


def _others_on_cover(case: Case) -> frozenset[UserId]:
    return cover_of(case.room, case.directory) - {case.actor, case.target}


def _other_guests(case: Case) -> frozenset[UserId]:
    here = (u for u, m in case.room.members.items() if m.membership in (Membership.JOIN, Membership.INVITE))
    return frozenset(u for u in here if case.directory.who_is(u).is_guest) - {case.actor, case.target}


def _set_cover(case: Case, setting: str) -> Case:
    if setting == "yes":
        return _with_member(case, STAND_IN, Role.EMPLOYEE)
    return _without_members(case, _others_on_cover(case))


def _set_guests(case: Case, setting: str) -> Case:
    if setting == "yes":
        return _with_member(case, STRANGER, Role.GUEST)
    return _without_members(case, _other_guests(case))


def _is_newcomer(case: Case) -> bool:
    return case.act is Act.JOIN and case.room.membership_of(case.actor) is not Membership.JOIN


def _invited(case: Case) -> str | None:
    if not _is_newcomer(case):
        return None
    member = case.room.members.get(case.actor)
    inviter = None if member is None else case.directory.who_is(member.sender)
    by_staff = inviter is not None and (inviter.is_bridge or inviter.is_staff)
    return "yes" if by_staff and case.room.membership_of(case.actor) is Membership.INVITE else "no"


def _set_invited(case: Case, setting: str) -> Case:
    members = {u: m for u, m in case.room.members.items() if u != case.actor}
    if setting == "yes":
        members[case.actor] = Member(Membership.INVITE, case.directory.bot)
    return replace(case, room=replace(case.room, members=members))


def _yes(is_so: bool) -> str:
    return "yes" if is_so else "no"


def _in_room(case: Case, room: Room) -> Case:
    return replace(case, room=room)


def _status(case: Case) -> str | None:
    if case.issue is not None:
        return case.issue.status
    return None if case.room.issue is None else case.room.issue.status


def _set_status(case: Case, setting: str) -> Case:
    status = Status(setting)
    conclusion = Conclusion.RESOLVED if status is Status.CONCLUDED else None
    issue = None if case.issue is None else replace(case.issue, status=status, conclusion=conclusion)
    state = None if case.room.issue is None else replace(case.room.issue, status=status, conclusion=conclusion)
    return replace(case, issue=issue, room=replace(case.room, issue=state))


def _assignee(case: Case) -> str | None:
    return None if case.issue is None else "the actor" if case.issue.assignee == case.actor else "not the actor"


def _set_assignee(case: Case, setting: str) -> Case:
    assignee = case.actor if setting == "the actor" else UserId(f"@{STAND_IN}:{case.directory.server_name}")
    return case if case.issue is None else replace(case, issue=replace(case.issue, assignee=assignee))


def _only_for(act: Act, read: Callable[[Case], str | None]) -> Callable[[Case], str | None]:
    return lambda case: read(case) if case.act is act else None


FACTS_OF_PEOPLE: Final = (
    _role_of(lambda case: case.actor, "role"),
    _standing_of(lambda case: case.actor, "standing"),
    _role_of(lambda case: case.target if case.target != case.actor else None, "role of the other"),
    _standing_of(lambda case: case.target if case.target != case.actor else None, "standing of the other"),
    Fact("whom the robot serves", _audience, tuple(Audience), _set_audience),
)
"""Who the people of a case are. To be somebody else would change most verdicts, so it is named apart."""

FACTS: Final = (
    Fact(
        "who does it",
        lambda case: (
            None
            if case.act not in (Act.JOIN, Act.REDACT)
            else "the other"
            if case.target in (None, case.actor)
            else "somebody else"
        ),
        ("the other",),
        lambda case, _: replace(case, target=case.actor),
    ),
    Fact(
        "another employee in the room",
        lambda case: _yes(bool(_others_on_cover(case))),
        ("yes", "no"),
        _set_cover,
    ),
    Fact(
        "other guests in the room",
        lambda case: _yes(bool(_other_guests(case))),
        ("yes", "no"),
        _set_guests,
    ),
    Fact("invited by staff", _invited, ("yes", "no"), _set_invited),
    Fact(
        "group",
        lambda case: _yes(case.room.is_group),
        ("yes", "no"),
        lambda case, setting: _in_room(case, replace(case.room, is_group=setting == "yes")),
    ),
    Fact(
        "kind of room",
        lambda case: case.room.kind,
        tuple(RoomKind),
        lambda case, setting: _in_room(case, replace(case.room, kind=RoomKind(setting))),
    ),
    Fact(
        "its server asks ours first",
        lambda case: _yes(is_guarded(case.room, case.directory)),
        ("yes", "no"),
        lambda case, setting: _in_room(
            case,
            replace(
                case.room,
                policy_server=PolicyServer(case.directory.server_name, "key") if setting == "yes" else None,
            ),
        ),
    ),
    Fact("status of the issue", _status, tuple(Status), _set_status),
    Fact(
        "conclusion",
        lambda case: None if case.issue is None else case.issue.conclusion,
        (Conclusion.RESOLVED, Conclusion.ESCALATED),
        lambda case, setting: (
            case if case.issue is None else replace(case, issue=replace(case.issue, conclusion=Conclusion(setting)))
        ),
    ),
    Fact(
        "tier of the issue",
        lambda case: None if case.issue is None else case.issue.tier.name,
        tuple(Tier.__members__),
        lambda case, setting: (
            case if case.issue is None else replace(case, issue=replace(case.issue, tier=Tier[setting]))
        ),
    ),
    Fact(
        "waits for",
        lambda case: None if case.issue is None else (case.issue.wanted or "nobody"),
        ("nobody", *Wanted),
        lambda case, setting: (
            case
            if case.issue is None
            else replace(case, issue=replace(case.issue, wanted=None if setting == "nobody" else Wanted(setting)))
        ),
    ),
    Fact("assignee", _assignee, ("the actor", "not the actor"), _set_assignee),
    Fact(
        "ended",
        _only_for(Act.REOPEN, lambda case: "long ago" if case.ended_for > case.reopens_within else "lately"),
        ("long ago", "lately"),
        lambda case, setting: replace(
            case, ended_for=case.reopens_within + timedelta(days=1) if setting == "long ago" else timedelta(0)
        ),
    ),
    Fact(
        "asked in",
        _only_for(
            Act.ANSWER,
            lambda case: (
                "an earlier epoch"
                if case.issue is not None and case.asked_in not in (None, case.issue.epoch)
                else "the present epoch"
            ),
        ),
        ("the present epoch", "an earlier epoch"),
        lambda case, setting: (
            replace(case, asked_in=None)
            if setting == "the present epoch" or case.issue is None
            else replace(case, issue=replace(case.issue, epoch=case.issue.epoch + 1), asked_in=case.issue.epoch)
        ),
    ),
    Fact(
        "robots in between",
        _only_for(Act.ASK, lambda case: str(case.hops)),
        ("0", "2"),
        lambda case, setting: replace(case, hops=int(setting)),
    ),
    Fact(
        "the answer",
        _only_for(Act.SHARE, lambda case: {"done": "finished", "": "none"}.get(case.answer, "unfinished")),
        ("finished", "unfinished"),
        lambda case, setting: replace(case, answer="done" if setting == "finished" else "pending"),
    ),
    Fact(
        "addresses a robot",
        _only_for(Act.WRITE, lambda case: _yes(case.body.startswith("!ask"))),
        ("yes", "no"),
        lambda case, setting: replace(case, body="!ask what is wrong?" if setting == "yes" else "Hello."),
    ),
    Fact(
        "the name",
        _only_for(Act.SHOW_NAME, lambda case: case.name or "none"),
        ("none", f"Somebody{GUEST_MARK}", "Support"),
        lambda case, setting: replace(case, name="" if setting == "none" else setting),
    ),
    Fact(
        "by its own secret",
        _only_for(Act.LOG_IN, lambda case: _yes(case.by_own_secret)),
        ("yes", "no"),
        lambda case, setting: replace(case, by_own_secret=setting == "yes"),
    ),
)
"""How things are."""
