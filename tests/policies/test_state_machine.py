"""Whatever people do, in whatever order: what must never be is not (G1-G5, R1, R2, S2, L1, L2).

The machine asks for everything through `policies` and looks at the whole world after every step. What it looks for
is said here once more in plain words (`is_guest`, `is_cover`, …), so that a fault in `policies` cannot excuse itself.

A slice with a fixed seed runs with all tests; `make prove` takes 200,000 steps, each part from another seed.
"""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from typing import Any, ClassVar, Final

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from policies.cover import may_shut_down
from policies.escalation import (
    Mode,
    continued,
    deescalated,
    escalated,
    left_behind,
    may_deescalate,
    may_escalate,
)
from policies.issue import Conclusion, Issue, Status, Wanted
from policies.lifecycle import (
    claimed,
    concluded,
    is_waited_for,
    may_claim,
    may_conclude,
    returned,
    settled_with,
)
from policies.names import (
    ANSWER_KEY,
    ISSUE_STATE,
    NAMESPACE,
    WORDS_KEY,
    IssueId,
    Role,
    RoomId,
    Standing,
    Tier,
    UserId,
)
from policies.outcomes import Verdict
from policies.permissions import Draft
from policies.reopening import may_reopen, reopened
from policies.rooms import RoomKind
from policies.routing import decide_call
from tests.builders.people import (
    ADA,
    ALEX,
    BEN,
    BOB,
    BOT,
    CAST,
    CLEO,
    DIAGNOSTICS,
    ELSEWHERE,
    GINA,
    LUNA,
    OTTO,
    SAM,
    employee,
    guest,
)
from tests.policies.world import HERE, World

STEPS_TO_PROVE: Final = 200_000
STEPS_IN_A_ROW: Final = 50

FAR = employee("far", server=ELSEWHERE)
EVE = guest("eve", ELSEWHERE)
LISTED = {p.user_id: p for p in (*CAST, FAR)}
GUEST, OTHER_GUEST, GROUP = RoomId("!guest"), RoomId("!guest2"), RoomId("!group")
STAFF, QUEUE, LOUNGE, OTHER = RoomId("!staff"), RoomId("!queue"), RoomId("!lounge"), RoomId("!other")
GUEST_ROOMS = [GUEST, OTHER_GUEST, GROUP]
ROOMS_OF_STAFF = [STAFF, QUEUE]
ROOMS = [*GUEST_ROOMS, *ROOMS_OF_STAFF, LOUNGE, OTHER]
TALKS = [RoomId(f"!talk{number}") for number in range(5)]
"""The guest rooms of one conversation, that goes on from each to the next."""
NINA = guest("guest-nina")

TO_DIAGNOSTICS: dict[str, Any] = {"body": f"{DIAGNOSTICS.user_id} look"}
TO_LUNA: dict[str, Any] = {"body": "x", "m.mentions": {"user_ids": [LUNA.user_id]}}
ASK: dict[str, Any] = {"body": "!ask what is wrong"}
ASKING = [ASK, TO_DIAGNOSTICS, TO_LUNA, {"body": "x", "m.new_content": ASK}]
TALKING: list[dict[str, Any]] = [
    {"body": "hello"},
    {"body": "hello", WORDS_KEY: "k"},
    {"body": "hello", ANSWER_KEY: {"state": "done"}},
    {"body": "hello", "m.new_content": {"body": "x", "chat.chaperone.shared": {}}},
]
SETTINGS: list[tuple[str, dict[str, Any]]] = [
    ("m.room.topic", {"topic": "x"}),
    ("m.room.power_levels", {"invite": 0}),
    ("m.room.power_levels", {"invite": 50}),
    ("m.room.power_levels", {"invite": 50, "users_default": 50}),
    (ISSUE_STATE, {"id": "7", "side": "guest", "status": "open", "conclusion": None, "epoch": 9}),
    ("chat.chaperone.person", {}),
]

BOTH_WAYS = [
    "invite",
    "join",
    "leave",
    "ban",
    "say",
    "set",
    "redact",
    "shut down",
    "stop being staff",
    "escalate in_place",
    "escalate new_room",
    "de-escalate",
    "claim",
    "conclude",
    "reopen",
]
"""What a slice must have seen allowed and refused, as it would show nothing otherwise."""

people = st.sampled_from([*LISTED, GINA.user_id, OTTO.user_id, BOB.user_id, EVE.user_id, BOT])
strangers = st.sampled_from([GINA.user_id, OTTO.user_id, BOB.user_id, EVE.user_id])
listed = st.sampled_from([*LISTED])
rooms = st.sampled_from(ROOMS)
names = st.sampled_from([None, "Gina (guest)", "Gina", "Ada", "Sam (guest)"])


class House(RuleBasedStateMachine):
    """Everybody, doing anything."""

    steps: ClassVar[int] = 0
    answers: ClassVar[Counter[tuple[str, bool]]] = Counter()
    """How often each thing was allowed, and how often refused: what is never refused shows nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World(dict(LISTED))
        self.line: list[Issue] = []
        """The issues that the conversation went through; the last one is the living one."""

    def asked(self, what: str, verdict: Verdict) -> bool:
        self.answers[what, bool(verdict)] += 1
        return bool(verdict)

    @initialize()
    def open_the_house(self) -> None:
        for room_id in GUEST_ROOMS:
            self.world.make_room(room_id, RoomKind.GUEST, is_group=room_id == GROUP)
        self.world.make_room(STAFF, RoomKind.STAFF)
        self.world.make_room(QUEUE, RoomKind.QUEUE)
        self.world.make_room(LOUNGE, RoomKind.LOUNGE)
        self.world.make_room(OTHER, RoomKind.OTHER, CLEO.user_id)
        there = ((GUEST, ADA), (OTHER_GUEST, BEN), (GROUP, ADA), (GROUP, SAM), (LOUNGE, LUNA), (LOUNGE, FAR))
        for room_id, person in there:
            assert self.world.bring_in(room_id, person.user_id)
        assert self.world.bring_in(GUEST, GINA.user_id)
        assert self.world.bring_in(STAFF, DIAGNOSTICS.user_id)
        queued = Issue(IssueId("20"), "x", NINA.user_id, Status.QUEUED, Tier.T2, guest_room=TALKS[0])
        self.line.append(claimed(queued, BEN.user_id))
        self.world.make_room(TALKS[0], RoomKind.GUEST)
        assert self.world.bring_in(TALKS[0], BEN.user_id)
        assert self.world.bring_in(TALKS[0], NINA.user_id)

    # --- coming and going

    @rule(room_id=rooms, sender=people, whom=people, name=names)
    def invite(self, room_id: RoomId, sender: UserId, whom: UserId, name: str | None) -> None:
        self.asked("invite", self.world.put_member(room_id, sender, whom, "invite", name))

    @rule(room_id=rooms, guest=strangers)
    def let_a_guest_be_invited(self, room_id: RoomId, guest: UserId) -> None:
        self.asked("invite", self.world.put_member(room_id, BOT, guest, "invite"))

    @rule(room_id=rooms, whom=people, name=names)
    def bring_in(self, room_id: RoomId, whom: UserId, name: str | None) -> None:
        self.world.bring_in(room_id, whom, name)

    @rule(room_id=rooms, person=people, name=names)
    def join(self, room_id: RoomId, person: UserId, name: str | None) -> None:
        self.asked("join", self.world.put_member(room_id, person, person, "join", name))

    @rule(data=st.data())
    def accept_an_invitation(self, data: st.DataObject) -> None:
        invited = [(r, u) for r in ROOMS for u in self.here(r) if u not in {*self.world.room(r).joined()}]
        if invited:
            room_id, person = data.draw(st.sampled_from(invited))
            self.asked("accept", self.world.put_member(room_id, person, person, "join"))

    @rule(data=st.data())
    def come_or_go_from_elsewhere(self, data: st.DataObject) -> None:
        """F1: once a server is in a room, its invited people come, and its people go, without anybody being asked."""
        from_elsewhere = [(r, u) for r in ROOMS for u in self.here(r) if self.is_far(u)]
        if from_elsewhere:
            room_id, person = data.draw(st.sampled_from(from_elsewhere))
            joined = {*self.world.room(room_id).joined()}
            if person in joined:
                self.world.write_member(room_id, person, "leave")
            elif any(self.is_far(u) for u in joined):
                self.world.write_member(room_id, person, "join")

    @rule(room_id=rooms, sender=people, whom=people)
    def knock_or_join_for_somebody(self, room_id: RoomId, sender: UserId, whom: UserId) -> None:
        self.asked("knock", self.world.put_member(room_id, sender, sender, "knock"))
        self.asked("join for", self.world.put_member(room_id, sender, whom, "join"))

    @rule(room_id=rooms, data=st.data())
    def leave(self, room_id: RoomId, data: st.DataObject) -> None:
        person = data.draw(st.sampled_from([*self.world.room(room_id).joined()] or [BOT]))
        self.asked("leave", self.world.put_member(room_id, person, person, "leave"))

    @rule(room_id=rooms, sender=people, whom=people, how=st.sampled_from(["leave", "ban"]))
    def remove(self, room_id: RoomId, sender: UserId, whom: UserId, how: str) -> None:
        self.asked(how, self.world.put_member(room_id, sender, whom, how))

    @rule(room_id=rooms, on_duty=st.lists(listed, max_size=3), data=st.data())
    def hand_over_and_leave(self, room_id: RoomId, on_duty: list[UserId], data: st.DataObject) -> None:
        covering = [u for u in self.world.room(room_id).joined() if self.is_cover(u)]
        if covering:
            leaving = data.draw(st.sampled_from(covering))
            came = self.world.replace_cover(room_id, leaving, on_duty)
            left = self.asked("leave after handover", self.world.put_member(room_id, leaving, leaving, "leave"))
            assert left or came is None, f"{came} came to {room_id}, and {leaving} may still not go"

    @rule(room_id=rooms)
    def shut_down(self, room_id: RoomId) -> None:
        if not self.asked("shut down", may_shut_down(self.world.room(room_id), self.world.directory)):
            for person in self.expected(room_id):
                assert self.world.put_member(room_id, BOT, person, "leave"), "a guest can always be brought out"
            assert may_shut_down(self.world.room(room_id), self.world.directory)

    # --- what people are

    @rule(person=listed, data=st.data())
    def stop_being_staff(self, person: UserId, data: st.DataObject) -> None:
        present = self.world.people.get(person)
        if present is not None:
            after = data.draw(st.sampled_from([None, replace(present, standing=Standing.SUSPENDED), ALEX]))
            after = None if after is None else replace(after, user_id=person)
            alone = [r for r in self.world.rooms if self.covers(r) == [person] and self.expected(r)]
            verdict = self.world.stop_being_staff(person, after)
            assert bool(verdict) is not bool(alone), "refused if, and only if, a guest would be left alone"
            self.asked("stop being staff", verdict)

    @rule(person=listed)
    def be_listed_again(self, person: UserId) -> None:
        """Somebody is hired anew. Whoever is in a room as a guest leaves first, as for any change of who they are."""
        for room_id in self.world.rooms:
            if self.world.room(room_id).membership_of(person) in HERE and self.is_guest(person):
                assert self.world.put_member(room_id, BOT, person, "leave")
        self.world.people.setdefault(person, LISTED[person])
        if self.world.people[person].standing is Standing.SUSPENDED:
            self.world.people[person] = LISTED[person]

    # --- a conversation through the tiers

    @property
    def issue(self) -> Issue:
        return self.line[-1]

    @property
    def talk(self) -> RoomId:
        return TALKS[len(self.line) - 1]

    @rule(actor=people, mode=st.sampled_from(Mode), on_duty=st.lists(listed, max_size=3))
    def escalate(self, actor: UserId, mode: Mode, on_duty: list[UserId]) -> None:
        self._relieve()
        before = self.issue
        if mode is Mode.NEW_ROOM and len(self.line) == len(TALKS):
            return
        if not self.asked(f"escalate {mode}", may_escalate(before, self.world.directory.who_is(actor), mode)):
            return
        if mode is Mode.IN_PLACE:
            self.line[-1] = escalated(before)
        else:
            assert before.assignee is not None
            room = TALKS[len(self.line)]
            number = IssueId(str(20 + len(self.line)))
            made = Issue(number, "x", NINA.user_id, Status.QUEUED, before.tier, guest_room=room)
            self.line[-1:] = [left_behind(before, number), continued(before, made)]
            self.world.make_room(room, RoomKind.GUEST)
            assert self.world.bring_in(room, before.assignee), "the old assignee comes along"
            assert self.world.bring_in(room, NINA.user_id), "and the guest after them"
            assert self.world.set_status(TALKS[len(self.line) - 2], Status.CONCLUDED)
        self._call(on_duty)

    @rule(actor=people, on_duty=st.lists(listed, max_size=3))
    def deescalate(self, actor: UserId, on_duty: list[UserId]) -> None:
        self._relieve()
        directory, before = self.world.directory, self.issue
        if self.asked("de-escalate", may_deescalate(before, directory.who_is(actor))):
            assignee = None if before.assignee is None else directory.who_is(before.assignee)
            self.line[-1] = deescalated(before, assignee)
            self._call(on_duty)

    def _call(self, on_duty: list[UserId]) -> None:
        issue = self.issue
        if issue.wanted is not None and issue.assignee is not None:
            directory = self.world.directory
            for called in decide_call(directory, issue.tier, issue.wanted, on_duty, {}, [issue.assignee]):
                assert self.world.bring_in(self.talk, called)
                assert is_waited_for(issue, directory.who_is(called)), "nobody is called who could not take it"

    @rule(person=listed)
    def answer(self, person: UserId) -> None:
        self._relieve()
        draft = Draft("m.room.message", person, {"body": "hello"})
        if person in {*self.world.room(self.talk).joined()} and self.world.send(self.talk, draft):
            who = self.world.directory.who_is(person)
            if is_waited_for(self.issue, who) and self.is_cover(person):
                self.line[-1] = settled_with(self.issue, who)

    @rule(person=people)
    def claim(self, person: UserId) -> None:
        self._relieve()
        before, who = self.issue, self.world.directory.who_is(person)
        if not self.asked("claim", may_claim(before, who)) or self.is_far(person):
            return
        assert self.world.bring_in(self.talk, person)
        if before.status is Status.OPEN:
            self.line[-1] = settled_with(before, who)
        else:
            self.line[-1] = claimed(before, person)
            assert self.world.set_status(self.talk, Status.OPEN)
            assert self.world.bring_in(self.talk, NINA.user_id)

    @rule(actor=people, conclusion=st.sampled_from([c for c in Conclusion if c is not Conclusion.ESCALATED]))
    def conclude(self, actor: UserId, conclusion: Conclusion) -> None:
        self._relieve()
        if self.asked("conclude", may_conclude(self.issue, self.world.directory.who_is(actor))):
            self.line[-1] = concluded(self.issue, conclusion)
            assert self.world.set_status(self.talk, Status.CONCLUDED)

    @rule(actor=people, which=st.integers(0, len(TALKS) - 1))
    def reopen(self, actor: UserId, which: int) -> None:
        issue = self.line[min(which, len(self.line) - 1)]
        who = self.world.directory.who_is(actor)
        if self.asked("reopen", may_reopen(issue, who, timedelta(), timedelta(days=7))):
            assert issue is self.issue, "what goes on elsewhere is not reopened"
            to = next(iter(self.covers(self.talk)), None)
            self.line[-1] = reopened(issue, to)
            assert self.world.set_status(self.talk, self.issue.status)

    @rule(person=listed)
    def come_into_the_talk(self, person: UserId) -> None:
        if not self.is_guest(person):
            self.world.bring_in(self.talk, person)

    @rule(data=st.data(), room_id=st.sampled_from(TALKS))
    def leave_the_talk(self, data: st.DataObject, room_id: RoomId) -> None:
        if room_id in self.world.rooms:
            person = data.draw(st.sampled_from([*self.world.room(room_id).joined()] or [BOT]))
            self.asked("leave", self.world.put_member(room_id, person, person, "leave"))

    def _relieve(self) -> None:
        """Whoever answers for it is there: otherwise somebody else who is, or it goes back to the queue."""
        issue = self.issue
        if issue.status is not Status.OPEN or issue.assignee in self.covers(self.talk):
            return
        present = self.covers(self.talk)
        if present:
            self.line[-1] = settled_with(issue, self.world.directory.who_is(present[0]))
        else:
            assert not self.guests(self.talk), "nobody is alone"
            self.line[-1] = returned(issue)

    @invariant()
    def l1_one_issue_of_the_line_lives_and_the_others_name_the_next(self) -> None:
        for issue, child in pairwise(self.line):
            assert (issue.status, issue.conclusion, issue.child) == (
                Status.CONCLUDED,
                Conclusion.ESCALATED,
                child.id,
            )
            assert child.parent == issue.id
        if self.line:
            last = self.issue
            assert last.conclusion is not Conclusion.ESCALATED
            assert last.child is None
            assert (last.conclusion is None) is (last.status is not Status.CONCLUDED)
            assert last.wanted is None or last.status is Status.OPEN

    @invariant()
    def the_guest_is_heard_in_one_place_and_whoever_answers_is_there(self) -> None:
        if not self.line:
            return
        self._relieve()
        heard = [room for room in TALKS if room in self.world.rooms and self._is_heard(room)]
        assert len(heard) <= 1, f"two rooms to write in: {heard}"
        if self.issue.status is Status.OPEN and NINA.user_id in self.guests(self.talk):
            assert self.issue.assignee in self.covers(self.talk)
        if self.issue.wanted is Wanted.SUPERVISOR:
            assert self.issue.tier is Tier.T3

    def _is_heard(self, room_id: RoomId) -> bool:
        issue = self.world.room(room_id).issue
        is_open = issue is not None and issue.status is not Status.CONCLUDED
        return is_open and NINA.user_id in self.guests(room_id)

    # --- talk and settings

    @rule(room_id=rooms, sender=people, content=st.sampled_from([*ASKING, *TALKING]))
    def say(self, room_id: RoomId, sender: UserId, content: dict[str, Any]) -> None:
        self.asked("say", self.world.send(room_id, Draft("m.room.message", sender, content)))

    @rule(room_id=rooms, sender=people, author=st.none() | people)
    def redact(self, room_id: RoomId, sender: UserId, author: UserId | None) -> None:
        self.asked("redact", self.world.send(room_id, Draft("m.room.redaction", sender, {}, author=author)))

    @rule(room_id=rooms, sender=people, setting=st.sampled_from(SETTINGS))
    def set_state(self, room_id: RoomId, sender: UserId, setting: tuple[str, dict[str, Any]]) -> None:
        self.asked("set", self.world.send(room_id, Draft(setting[0], sender, setting[1], "")))

    @rule(room_id=st.sampled_from(GUEST_ROOMS), status=st.sampled_from(Status))
    def change_status(self, room_id: RoomId, status: Status) -> None:
        assert self.world.set_status(room_id, status)

    # --- who is who, in plain words

    def role(self, user_id: UserId) -> str:
        person = self.world.people.get(user_id)
        return "bridge" if user_id == BOT else "guest" if person is None else person.role.value

    def is_active(self, user_id: UserId) -> bool:
        person = self.world.people.get(user_id)
        return person is None or person.standing is Standing.ALLOWED

    def is_guest(self, user_id: UserId) -> bool:
        return self.role(user_id) == "guest"

    def is_far(self, user_id: UserId) -> bool:
        return not user_id.endswith(":localhost")

    def is_cover(self, user_id: UserId) -> bool:
        is_human = self.role(user_id) in ("employee", "supervisor")
        return is_human and self.is_active(user_id) and not self.is_far(user_id)

    def here(self, room_id: RoomId) -> list[UserId]:
        return [u for u, member in self.world.room(room_id).members.items() if member.membership in HERE]

    def guests(self, room_id: RoomId) -> list[UserId]:
        return [u for u in self.world.room(room_id).joined() if self.is_guest(u)]

    def expected(self, room_id: RoomId) -> list[UserId]:
        """The guests who are there, or may come without anybody being asked."""
        return [u for u in self.here(room_id) if self.is_guest(u) and (u in self.guests(room_id) or self.is_far(u))]

    def covers(self, room_id: RoomId) -> list[UserId]:
        return [u for u in self.world.room(room_id).joined() if self.is_cover(u)]

    # --- what must never be

    @invariant()
    def count(self) -> None:
        type(self).steps += 1

    @invariant()
    def g3_no_guest_is_without_cover(self) -> None:
        for room_id in self.world.rooms:
            assert not self.guests(room_id) or self.covers(room_id), f"{self.guests(room_id)} alone in {room_id}"

    @invariant()
    def g4_guests_meet_only_where_it_is_meant(self) -> None:
        for room_id in {*self.world.rooms} - {GROUP, LOUNGE}:
            guests = [u for u in self.here(room_id) if self.is_guest(u)]
            assert len(guests) <= 1, f"{guests} meet in {room_id}"

    @invariant()
    def r1_no_robot_is_in_a_guest_room(self) -> None:
        for room_id in {*GUEST_ROOMS, *TALKS} & {*self.world.rooms}:
            robots = [u for u in self.here(room_id) if self.role(u) == "robot"]
            assert not robots, f"{robots} in {room_id}"

    @invariant()
    def s2_nobody_but_staff_is_in_a_room_of_staff(self) -> None:
        for room_id in {*ROOMS_OF_STAFF} & {*self.world.rooms}:
            for user_id in self.here(room_id):
                belongs = self.role(user_id) in ("employee", "supervisor", "admin", "robot", "bridge")
                assert belongs, f"{user_id} in {room_id}"
                assert self.is_active(user_id), f"{user_id}, suspended, in {room_id}"
                assert self.role(user_id) != "robot" or user_id != LUNA.user_id, f"a companion in {room_id}"

    @invariant()
    def what_was_let_through_breaks_no_rule(self) -> None:
        for happened in self.world.happened:
            draft, role = happened.draft, happened.sender.role
            leaves = draft.type == "m.room.member" and draft.content["membership"] == "leave"
            assert happened.sender.standing is Standing.ALLOWED or leaves, f"the suspended did {draft}"
            if draft.state_key is not None and draft.type != "m.room.member":
                assert role is not Role.GUEST, f"a guest set {draft}"
                assert role is Role.BRIDGE or happened.kind is RoomKind.OTHER, f"{role} set {draft}"
            if draft.state_key is None and happened.kind is RoomKind.GUEST:
                assert role is not Role.ROBOT, f"a robot spoke to a guest: {draft}"
                silent = role is Role.GUEST and happened.status is Status.CONCLUDED
                assert not silent, f"a guest wrote after the end: {draft}"
                asks = role not in (Role.GUEST, Role.BRIDGE) and self._addresses_a_robot(draft.content)
                assert not asks, f"asked before the guest: {draft}"
            if draft.type == "m.room.redaction" and role is Role.GUEST:
                assert draft.author == draft.sender, f"a guest redacted {draft.author}"
            if role is not Role.BRIDGE:
                self._check_keys(draft, role)
            if draft.content.get("membership") in ("invite", "join") and draft.state_key != BOT:
                self._check_name(draft)
        self.world.happened.clear()

    def _addresses_a_robot(self, content: Mapping[str, Any]) -> bool:
        if content in (TO_DIAGNOSTICS, TO_LUNA):
            return self.role(DIAGNOSTICS.user_id if content == TO_DIAGNOSTICS else LUNA.user_id) == "robot"
        return content in ASKING

    def _check_keys(self, draft: Draft, role: Role) -> None:
        assert not draft.type.startswith(NAMESPACE), f"{role} wrote {draft}"
        rightful = {ANSWER_KEY} if role is Role.ROBOT else {WORDS_KEY}
        for content in (draft.content, draft.content.get("m.new_content", {})):
            ours = {key for key in content if key.startswith(NAMESPACE)}
            assert ours <= rightful, f"{role} wrote {draft}"

    def _check_name(self, draft: Draft) -> None:
        name = draft.content.get("displayname")
        target = UserId(str(draft.state_key))
        if name is not None and self.is_guest(target):
            assert name not in ("Ada", "Sam (guest)") or not self._is_listed_by_name(name), f"{target} posed: {draft}"
            assert name.endswith(" (guest)") or self.is_far(target), f"{target} unmarked: {draft}"

    def _is_listed_by_name(self, name: str) -> bool:
        localpart = name.removesuffix(" (guest)").lower()
        return UserId(f"@{localpart}:localhost") in self.world.people


def run(machine: type[House], rows: int) -> None:
    """So many rows of steps, from the machine's seed."""
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=rows,
            stateful_step_count=STEPS_IN_A_ROW,
            deadline=None,
            database=None,
            phases=[Phase.generate, Phase.shrink],
            suppress_health_check=[*HealthCheck],
        ),
    )


def test_a_slice_of_what_people_may_do_leaves_every_rule_standing() -> None:
    @seed(20)
    class Slice(House):
        steps = 0
        answers: ClassVar[Counter[tuple[str, bool]]] = Counter()

    run(Slice, rows=100)
    one_sided = {what for what in BOTH_WAYS if not (Slice.answers[what, True] and Slice.answers[what, False])}
    assert not one_sided, f"always allowed, or always refused, so nothing was shown: {one_sided}"


@pytest.mark.prove
@pytest.mark.skipif("CHAPERONE_PROVE" not in os.environ, reason="a long proof; `make prove` runs it")
def test_two_hundred_thousand_steps_leave_every_rule_standing(capsys: pytest.CaptureFixture[str]) -> None:
    part = 0
    House.steps = 0
    while House.steps < STEPS_TO_PROVE:
        part += 1
        run(seed(part)(House), rows=200)
        with capsys.disabled():
            sys.stderr.write(f"{House.steps:>7,} of {STEPS_TO_PROVE:,} steps\n")
