"""What is named as the reason for a verdict turns it: tried here once more, by other means than the explanation's own.

`flip` below knows every fact by its name and changes the case by hand; whatever `explain` names is flipped by it.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from policies.cases import NEEDS_ISSUE, NEEDS_ROOM, NEEDS_TARGET, Act, Case, ask
from policies.explain import Turned, explain
from policies.facts import FACTS, FACTS_OF_PEOPLE
from policies.issue import Conclusion, Issue, Status, Wanted
from policies.names import Audience, IssueId, Role, Rule, Standing, Tier, UserId
from policies.outcomes import Allow, Refuse
from policies.people import Person
from policies.policy_server import PolicyServer
from policies.rooms import Member, Membership, Room, RoomKind
from tests.builders.people import (
    ADA,
    BEN,
    BOB,
    BOT,
    BRIDGE,
    DIAGNOSTICS,
    GINA,
    LUNA,
    OTTO,
    SAM,
    SERVER,
    directory,
    suspended,
)
from tests.builders.rooms import guest_room, lounge, other_room, staff_room

OPEN = Issue(IssueId("7"), "My form loses answers", GINA.user_id, Status.OPEN, Tier.T1, assignee=ADA.user_id)
QUEUED = replace(OPEN, status=Status.QUEUED, assignee=None)
CONCLUDED = replace(OPEN, status=Status.CONCLUDED, conclusion=Conclusion.RESOLVED)
GUARDED = PolicyServer(SERVER, "key")


def case(actor: Person, act: Act, room: Room | None = None, target: Person | None = None, **more: object) -> Case:
    people = directory(
        *{p.user_id: p for p in (*directory().people.values(), actor, *([target] if target else []))}.values()
    )
    return Case(
        actor.user_id,
        act,
        people,
        room or guest_room(ADA, GINA),
        None if target is None else target.user_id,
        **more,  # type: ignore[arg-type]  # fields of the case
    )


def put(case: Case, user_id: UserId, **fields: object) -> Case:
    person = replace(case.directory.who_is(user_id), **fields)  # type: ignore[arg-type]  # fields of a person
    people = {u: p for u, p in case.directory.people.items() if u != user_id}
    if person.role is not Role.GUEST:
        people[user_id] = person
    return replace(case, directory=replace(case.directory, people=people))


def as_role(case: Case, user_id: UserId, role: str) -> Case:
    return put(
        case,
        user_id,
        role=Role(role),
        standing=Standing.ALLOWED,
        tier=Tier.T3 if role == "employee" else None,
        audience=Audience.STAFF if role == "robot" else None,
    )


def come(case: Case, localpart: str, role: str | None) -> Case:
    user_id = UserId(f"@{localpart}:{SERVER}")
    members = {**case.room.members, user_id: Member(Membership.JOIN, user_id)}
    case = replace(case, room=replace(case.room, members=members))
    return as_role(case, user_id, role) if role else case


def gone(case: Case, who: Iterable[UserId]) -> Case:
    members = {u: m for u, m in case.room.members.items() if u not in {*who} - {case.actor, case.target}}
    return replace(case, room=replace(case.room, members=members))


def flip(case: Case, fact: str, to: str) -> Case:
    """The case with one thing another, by hand."""
    room, issue, other = case.room, case.issue, case.target or case.actor
    staff = [u for u, p in case.directory.people.items() if p.role in (Role.EMPLOYEE, Role.SUPERVISOR)]
    guests = [u for u in room.members if u != BOT and u not in case.directory.people]
    match fact:
        case "role":
            return as_role(case, case.actor, to)
        case "standing":
            return put(case, case.actor, standing=Standing(to))
        case "role of the other":
            return as_role(case, other, to)
        case "standing of the other":
            return put(case, other, standing=Standing(to))
        case "whom the robot serves":
            return put(case, other, audience=Audience(to))
        case "who does it":
            return replace(case, target=case.actor)
        case "another employee in the room":
            return come(case, "helper", "employee") if to == "yes" else gone(case, staff)
        case "other guests in the room":
            return come(case, "guest-hugo", None) if to == "yes" else gone(case, guests)
        case "invited by staff":
            members = {u: m for u, m in room.members.items() if u != case.actor}
            invited = {case.actor: Member(Membership.INVITE, BOT)} if to == "yes" else {}
            return replace(case, room=replace(room, members=members | invited))
        case "group":
            return replace(case, room=replace(room, is_group=to == "yes"))
        case "kind of room":
            return replace(case, room=replace(room, kind=RoomKind(to)))
        case "its server asks ours first":
            return replace(case, room=replace(room, policy_server=GUARDED if to == "yes" else None))
        case "status of the issue":
            ended = Conclusion.RESOLVED if to == "concluded" else None
            state = room.issue and replace(room.issue, status=Status(to), conclusion=ended)
            changed = issue and replace(issue, status=Status(to), conclusion=ended)
            return replace(case, room=replace(room, issue=state), issue=changed)
        case "conclusion":
            return replace(case, issue=issue and replace(issue, conclusion=Conclusion(to)))
        case "tier of the issue":
            return replace(case, issue=issue and replace(issue, tier=Tier[to]))
        case "waits for":
            return replace(case, issue=issue and replace(issue, wanted=None if to == "nobody" else Wanted(to)))
        case "assignee":
            assignee = case.actor if to == "the actor" else UserId("@nobody:localhost")
            return replace(case, issue=issue and replace(issue, assignee=assignee))
        case "ended":
            return replace(case, ended_for=timedelta(days=99 if to == "long ago" else 0))
        case "asked in":
            later = issue and replace(issue, epoch=5)
            return replace(case, issue=later, asked_in=5 if to == "the present epoch" else 4)
        case "robots in between":
            return replace(case, hops=int(to))
        case "the answer":
            return replace(case, answer="done" if to == "finished" else "progress")
        case "addresses a robot":
            return replace(case, body=f"{DIAGNOSTICS.user_id} look" if to == "yes" else "just talk")
        case "the name":
            return replace(case, name="" if to == "none" else to)
        case "by its own secret":
            return replace(case, by_own_secret=to == "yes")
    raise AssertionError(f"nobody can flip {fact}")


def flipped(case: Case, facts: Iterable[Turned]) -> bool:
    changed = case
    for turned in facts:
        changed = flip(changed, turned.fact, turned.otherwise)
    return bool(ask(changed)) is not bool(ask(case))


BROKEN: dict[Rule, Case] = {
    Rule.G1: case(GINA, Act.CREATE_ROOM),
    Rule.G2: case(GINA, Act.JOIN, guest_room(ADA)),
    Rule.G3: case(ADA, Act.LEAVE),
    Rule.G4: case(BRIDGE, Act.INVITE, guest_room(ADA, OTTO), GINA),
    Rule.G5: case(GINA, Act.SHOW_NAME, name="Ada (guest)"),
    Rule.R1: case(BRIDGE, Act.INVITE, guest_room(ADA), DIAGNOSTICS),
    Rule.R2: case(GINA, Act.ASK, target=DIAGNOSTICS),
    Rule.R3: case(DIAGNOSTICS, Act.ASK, staff_room(ADA, DIAGNOSTICS), DIAGNOSTICS, hops=2),
    Rule.R4: case(DIAGNOSTICS, Act.ANSWER, staff_room(ADA, DIAGNOSTICS), issue=replace(OPEN, epoch=2), asked_in=1),
    Rule.S1: case(GINA, Act.SHARE, target=DIAGNOSTICS, issue=OPEN),
    Rule.S2: case(BRIDGE, Act.INVITE, staff_room(ADA), GINA),
    Rule.B1: case(ADA, Act.BREAK_IN),
    Rule.L1: case(BEN, Act.CLAIM, issue=OPEN),
    Rule.L2: case(ADA, Act.REOPEN, issue=replace(CONCLUDED, conclusion=Conclusion.ESCALATED)),
    Rule.F1: case(BRIDGE, Act.INVITE, replace(guest_room(ADA), policy_server=None), BOB),
    Rule.A1: case(ADA, Act.JOIN, other_room(SAM), BEN),
}
"""For each rule a case that breaks it. L3 is about time that passes, and refuses nobody anything."""


@pytest.mark.parametrize("rule", [rule for rule in Rule if rule is not Rule.L3])
def test_for_every_rule_a_fact_is_named_that_turns_its_refusal(rule: Rule) -> None:
    explanation = explain(BROKEN[rule])
    assert isinstance(explanation.verdict, Refuse)
    assert explanation.verdict.rule is rule
    assert explanation.flips
    for found in explanation.flips:
        assert found.rule is rule
        assert flipped(BROKEN[rule], found.facts), found


def everything() -> Iterator[Case]:
    """Many cases: who, what, where, whom."""
    rooms = [
        guest_room(ADA, GINA),
        guest_room(ADA, BEN, GINA),
        guest_room(ADA, invited={GINA: BRIDGE}),
        replace(guest_room(ADA, GINA, status=Status.CONCLUDED), policy_server=GUARDED),
        guest_room(SAM, GINA, OTTO, is_group=True),
        staff_room(ADA, DIAGNOSTICS),
        lounge(ADA, LUNA, GINA),
        other_room(ADA, GINA),
    ]
    for act in Act:
        targets = [GINA, BEN, DIAGNOSTICS, BOB] if act in NEEDS_TARGET else [None]
        issues = [OPEN, QUEUED, CONCLUDED] if act in NEEDS_ISSUE else [None]
        for actor in (GINA, ADA, SAM, DIAGNOSTICS, suspended(BEN)):
            for target in targets:
                for room in rooms if act in NEEDS_ROOM - NEEDS_ISSUE else rooms[:1]:
                    for issue in issues:
                        yield case(actor, act, room, target, issue=issue)


def test_every_fact_that_is_named_for_any_verdict_turns_it() -> None:
    named: set[str] = set()
    for asked in everything():
        explanation = explain(asked)
        for found in explanation.flips:
            assert flipped(asked, found.facts), (asked.actor, asked.act, found)
            named |= {turned.fact for turned in found.facts}
    assert {fact.name for fact in (*FACTS, *FACTS_OF_PEOPLE)} - named <= {
        "conclusion",
        "ended",
        "asked in",
        "robots in between",
        "the name",
    }


def test_for_what_is_allowed_each_rule_is_named_that_could_forbid_it() -> None:
    explanation = explain(case(ADA, Act.LEAVE, guest_room(ADA, BEN, GINA)))
    assert isinstance(explanation.verdict, Allow)
    [flip_of_g3] = [found for found in explanation.flips if found.rule is Rule.G3]
    assert flip_of_g3.facts == (Turned("another employee in the room", "yes", "no"),)
    assert {found.rule for found in explain(case(ADA, Act.WRITE)).flips} >= {Rule.R2, Rule.S2}


def test_where_one_fact_alone_changes_nothing_the_fewest_together_are_named() -> None:
    uninvited_and_uncovered = case(GINA, Act.JOIN, guest_room())
    names = [{turned.fact for turned in found.facts} for found in explain(uninvited_and_uncovered).flips]
    assert {"invited by staff", "another employee in the room"} in names


def test_an_explanation_is_quick_enough_to_ask_for() -> None:
    began = time.perf_counter()
    explain(BROKEN[Rule.F1])
    assert time.perf_counter() - began < 1
