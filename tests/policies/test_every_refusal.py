"""Rule A1, for every refusal there is: a code, a sentence for the person, and facts whose change flips the verdict.

Each row of `REFUSALS` is a world in which something is refused and the same world with one fact changed. That no
refusal is missing here is tested against the source of `policies` itself.
"""

import ast
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

import policies
from policies import (
    asking,
    assignment,
    breakin,
    chats,
    cover,
    duty,
    escalation,
    lifecycle,
    names_shown,
    permissions,
    power,
    ratings,
    reopening,
    sharing,
    uploads,
    waiting,
)
from policies.issue import Conclusion, Issue, Side, Status, Wanted
from policies.names import SHARED_KEY, Code, IssueId, RoomId, Rule, ServerName, Tier
from policies.outcomes import ALLOW, Refuse, Verdict
from policies.permissions import Draft
from policies.rooms import RoomKind
from tests.builders.people import (
    ADA,
    BEN,
    BOB,
    BRIDGE,
    DIAGNOSTICS,
    GINA,
    LUNA,
    OTTO,
    SAM,
    directory,
    suspended,
)
from tests.builders.rooms import guest_room, issue_state, lounge, other_room, room, staff_room

EVERYBODY = directory()
GONE = suspended(ADA)
ALONE = guest_room(ADA, GINA)
ACCOMPANIED = guest_room(ADA, BEN, GINA)
QUEUED = Issue(IssueId("7"), "My form loses answers", GINA.user_id, Status.QUEUED, Tier.T1)
OPEN = replace(QUEUED, status=Status.OPEN, assignee=ADA.user_id)
ENDED = replace(OPEN, status=Status.CONCLUDED)
WITH_ROOM = replace(OPEN, staff_room=RoomId("!staff"))
DAY, WEEK = timedelta(days=1), timedelta(days=7)
IN_PLACE = escalation.Mode.IN_PLACE
DONE = {"state": "done"}
LIMITS = uploads.UploadLimits(largest=100, largest_of_guests=10, daily_of_guests=100)
ASKING = {"body": "!ask what is wrong"}


@dataclass(frozen=True)
class Row:
    """A question that is refused, and the same question once the changed fact is as it should be."""

    rule: Rule
    code: Code
    changed: str
    refused: Callable[[], Verdict]
    allowed: Callable[[], Verdict]


def send(draft: Draft, **world: Any) -> Callable[[], Verdict]:
    where = world.get("where", ALONE)
    return lambda: permissions.may_send(draft, where, world.get("known", EVERYBODY))


def ask(rule: Callable[..., Verdict], *values: Any, **named: Any) -> Callable[[], Verdict]:
    return lambda: rule(*values, **named)


def said(sender: Any, content: dict[str, Any] | None = None, kind: str = "m.room.message", **more: Any) -> Draft:
    return Draft(kind, sender.user_id, content or {"body": "hello"}, **more)


def member(sender: Any, target: Any, wanted: str, **content: Any) -> Draft:
    return Draft("m.room.member", sender.user_id, {"membership": wanted, **content}, target.user_id)


REFUSALS = [
    # permissions: people
    Row(Rule.S2, Code.SUSPENDED, "standing", ask(permissions.may_act, GONE), ask(permissions.may_act, ADA)),
    Row(
        Rule.R1,
        Code.ROBOTS_MAY_NOT,
        "role",
        ask(permissions.may_create_room, DIAGNOSTICS),
        ask(permissions.may_create_room, ADA),
    ),
    Row(
        Rule.G1, Code.GUESTS_MAY_NOT, "role", ask(permissions.may_name_room, GINA), ask(permissions.may_name_room, ADA)
    ),
    Row(Rule.B1, Code.SUPERVISORS_ONLY, "role", ask(permissions.may_break_in, ADA), ask(permissions.may_break_in, SAM)),
    Row(
        Rule.S2,
        Code.NOT_PERMITTED,
        "role",
        ask(permissions.may_log_in, BRIDGE, by_own_secret=False),
        ask(permissions.may_log_in, ADA, by_own_secret=False),
    ),
    Row(
        Rule.R1,
        Code.ROBOTS_MAY_NOT,
        "by its own secret",
        ask(permissions.may_log_in, DIAGNOSTICS, by_own_secret=False),
        ask(permissions.may_log_in, DIAGNOSTICS, by_own_secret=True),
    ),
    # permissions: events
    Row(
        Rule.S2,
        Code.NOT_THE_WRITER,
        "name",
        send(said(ADA, {SHARED_KEY: {}})),
        send(said(ADA, {"other": {}})),
    ),
    Row(
        Rule.S2,
        Code.BRIDGE_WRITES_THIS,
        "kind",
        send(said(ADA, kind="m.room.topic", state_key=""), where=lounge(ADA)),
        send(said(ADA, kind="m.room.topic", state_key=""), where=other_room(ADA)),
    ),
    Row(
        Rule.G1,
        Code.GUESTS_MAY_NOT,
        "author",
        send(said(GINA, kind="m.room.redaction", author=ADA.user_id)),
        send(said(GINA, kind="m.room.redaction", author=GINA.user_id)),
    ),
    Row(
        Rule.S2,
        Code.BRIDGE_WRITES_THIS,
        "a message",
        send(said(ADA, kind="m.room.redaction", redacts_state=True)),
        send(said(ADA, kind="m.room.redaction", redacts_state=False)),
    ),
    Row(
        Rule.G2,
        Code.NOT_PERMITTED,
        "by user id",
        send(said(ADA, kind="m.room.third_party_invite", state_key="token"), where=other_room(ADA)),
        send(member(ADA, BEN, "invite"), where=other_room(ADA)),
    ),
    # uploads
    Row(
        Rule.G1,
        Code.TOO_LARGE,
        "size",
        ask(uploads.may_upload, GINA, 11, LIMITS),
        ask(uploads.may_upload, GINA, 10, LIMITS),
    ),
    Row(
        Rule.G1,
        Code.TOO_LARGE,
        "sent",
        ask(uploads.may_upload_more, GINA, 10, 91, LIMITS),
        ask(uploads.may_upload_more, GINA, 10, 90, LIMITS),
    ),
    # permissions: memberships
    Row(
        Rule.R1,
        Code.ROBOTS_STAY_OUT,
        "kind",
        send(member(ADA, DIAGNOSTICS, "invite")),
        send(member(ADA, DIAGNOSTICS, "invite"), where=staff_room(ADA)),
    ),
    Row(
        Rule.S2,
        Code.STAFF_ONLY,
        "audience",
        send(member(ADA, LUNA, "invite"), where=staff_room(ADA)),
        send(member(ADA, DIAGNOSTICS, "invite"), where=staff_room(ADA)),
    ),
    Row(
        Rule.S2,
        Code.STAFF_ONLY,
        "role",
        send(member(ADA, GINA, "invite"), where=staff_room(ADA)),
        send(member(ADA, BEN, "invite"), where=staff_room(ADA)),
    ),
    Row(
        Rule.A1,
        Code.NOT_PERMITTED,
        "membership",
        send(member(GINA, GINA, "owner")),
        send(member(GINA, GINA, "join")),
    ),
    Row(
        Rule.A1,
        Code.NOT_PERMITTED,
        "who comes in",
        send(member(ADA, BEN, "join")),
        send(member(BEN, BEN, "join")),
    ),
    Row(
        Rule.G2,
        Code.GUESTS_ARE_INVITED,
        "invited by staff",
        send(member(GINA, GINA, "join"), where=guest_room(ADA)),
        send(member(GINA, GINA, "join"), where=guest_room(ADA, invited={GINA: ADA})),
    ),
    Row(
        Rule.G4,
        Code.ONE_GUEST_HERE,
        "group",
        send(member(ADA, BOB, "invite")),
        send(member(ADA, BOB, "invite"), where=guest_room(ADA, GINA, is_group=True)),
    ),
    Row(
        Rule.G4,
        Code.ONE_GUEST_HERE,
        "other guests",
        send(member(ADA, BOB, "invite")),
        send(member(ADA, BOB, "invite"), where=guest_room(ADA)),
    ),
    Row(
        Rule.R1,
        Code.ROBOTS_STAY_OUT,
        "was here",
        send(member(ADA, DIAGNOSTICS, "ban")),
        send(member(ADA, DIAGNOSTICS, "ban"), where=guest_room(ADA, invited={DIAGNOSTICS: ADA})),
    ),
    Row(
        Rule.G4,
        Code.ONE_GUEST_HERE,
        "was here",
        send(member(ADA, BOB, "ban")),
        send(member(ADA, BOB, "ban"), where=guest_room(ADA, BOB)),
    ),
    # federation
    Row(
        Rule.F1,
        Code.LOCAL_ONLY,
        "policy server",
        send(member(ADA, BOB, "invite"), where=replace(guest_room(ADA), policy_server=None)),
        send(member(ADA, BOB, "invite"), where=guest_room(ADA)),
    ),
    # cover
    Row(
        Rule.G3,
        Code.GUEST_ALONE,
        "another employee in the room",
        send(member(ADA, ADA, "leave")),
        send(member(ADA, ADA, "leave"), where=ACCOMPANIED),
    ),
    Row(
        Rule.G3,
        Code.GUEST_ALONE,
        "guests",
        send(member(ADA, ADA, "leave")),
        send(member(ADA, ADA, "leave"), where=guest_room(ADA)),
    ),
    Row(
        Rule.G3,
        Code.GUEST_ALONE,
        "another employee in those rooms",
        ask(cover.may_stop_being_cover, {RoomId("!a"): ALONE}, EVERYBODY, ADA.user_id),
        ask(cover.may_stop_being_cover, {RoomId("!a"): ACCOMPANIED}, EVERYBODY, ADA.user_id),
    ),
    Row(
        Rule.G3,
        Code.GUEST_ALONE,
        "guests",
        ask(cover.may_shut_down, ACCOMPANIED, EVERYBODY),
        ask(cover.may_shut_down, guest_room(ADA, BEN), EVERYBODY),
    ),
    Row(
        Rule.S2,
        Code.NOT_PERMITTED,
        "account",
        ask(cover.may_close_account, {}, EVERYBODY, BRIDGE.user_id),
        ask(cover.may_close_account, {}, EVERYBODY, ADA.user_id),
    ),
    Row(
        Rule.S2,
        Code.NOT_PERMITTED,
        "kind",
        ask(cover.may_shut_down, room(RoomKind.POLICY), EVERYBODY),
        ask(cover.may_shut_down, room(RoomKind.STAFF), EVERYBODY),
    ),
    Row(
        Rule.G3,
        Code.NO_COVER,
        "cover",
        send(member(BRIDGE, GINA, "invite"), where=guest_room()),
        send(member(BRIDGE, GINA, "invite"), where=guest_room(ADA)),
    ),
    # power
    Row(
        Rule.G1,
        Code.GUESTS_MAY_NOT,
        "kick",
        ask(power.may_change_power, {"invite": 50, "kick": 0}, ALONE, EVERYBODY),
        ask(power.may_change_power, {"invite": 50, "kick": 50}, ALONE, EVERYBODY),
    ),
    Row(
        Rule.G3,
        Code.GUEST_ALONE,
        "m.room.message",
        ask(power.may_change_power, {"invite": 50, "events": {"m.room.message": 1}}, ALONE, EVERYBODY),
        ask(power.may_change_power, {"invite": 50, "events": {"m.room.message": 0}}, ALONE, EVERYBODY),
    ),
    # names shown
    Row(
        Rule.G5,
        Code.BRIDGE_WRITES_THIS,
        "name",
        ask(names_shown.may_show_name, OTTO, "Otto B.", ALONE, EVERYBODY),
        ask(names_shown.may_show_name, OTTO, "Otto B. (guest)", ALONE, EVERYBODY),
    ),
    Row(
        Rule.G5,
        Code.NOT_YOUR_NAME,
        "name",
        ask(names_shown.may_show_name, BOB, "Ada", ALONE, EVERYBODY),
        ask(names_shown.may_show_name, BOB, "Bob", ALONE, EVERYBODY),
    ),
    # asking
    Row(
        Rule.R3,
        Code.ROBOTS_MAY_NOT,
        "hops",
        ask(asking.may_ask, DIAGNOSTICS, DIAGNOSTICS, staff_room(ADA), hops=2),
        ask(asking.may_ask, DIAGNOSTICS, DIAGNOSTICS, staff_room(ADA), hops=1),
    ),
    Row(
        Rule.R2,
        Code.STAFF_ONLY,
        "role",
        ask(asking.may_ask, GINA, DIAGNOSTICS, staff_room(ADA)),
        ask(asking.may_ask, ADA, DIAGNOSTICS, staff_room(ADA)),
    ),
    Row(
        Rule.R2,
        Code.ASK_IN_STAFF_ROOM,
        "kind",
        ask(asking.may_ask, ADA, DIAGNOSTICS, ALONE),
        ask(asking.may_ask, ADA, DIAGNOSTICS, staff_room(ADA)),
    ),
    Row(
        Rule.R2,
        Code.ROBOTS_STAY_OUT,
        "kind",
        ask(asking.may_ask, ADA, LUNA, ALONE),
        ask(asking.may_ask, ADA, LUNA, lounge(ADA)),
    ),
    Row(
        Rule.R4,
        Code.OLD_EPOCH,
        "epoch",
        ask(asking.may_answer, issue_state(Side.STAFF, epoch=2), 1),
        ask(asking.may_answer, issue_state(Side.STAFF, epoch=1), 1),
    ),
    Row(
        Rule.R4,
        Code.ISSUE_CONCLUDED,
        "status",
        ask(asking.may_answer, issue_state(Side.STAFF, Status.CONCLUDED), 1),
        ask(asking.may_answer, issue_state(Side.STAFF), 1),
    ),
    Row(
        Rule.R2,
        Code.ASK_IN_STAFF_ROOM,
        "addressed",
        send(said(ADA, ASKING)),
        send(said(ADA)),
    ),
    # lifecycle
    Row(
        Rule.S2,
        Code.STAFF_ONLY,
        "role",
        ask(lifecycle.may_conclude, OPEN, GINA),
        ask(lifecycle.may_conclude, OPEN, ADA),
    ),
    Row(
        Rule.S2, Code.STAFF_ONLY, "role", ask(lifecycle.may_claim, QUEUED, GINA), ask(lifecycle.may_claim, QUEUED, ADA)
    ),
    Row(
        Rule.L1,
        Code.ALREADY_CLAIMED,
        "status",
        ask(lifecycle.may_claim, OPEN, BEN),
        ask(lifecycle.may_claim, QUEUED, BEN),
    ),
    Row(
        Rule.L1,
        Code.WRONG_TIER,
        "tier",
        ask(lifecycle.may_claim, replace(QUEUED, tier=Tier.T2), ADA),
        ask(lifecycle.may_claim, QUEUED, ADA),
    ),
    Row(
        Rule.L1,
        Code.NOT_YOUR_ISSUE,
        "assignee",
        ask(lifecycle.may_hand_over, OPEN, BEN, SAM),
        ask(lifecycle.may_hand_over, replace(OPEN, assignee=BEN.user_id), BEN, SAM),
    ),
    Row(
        Rule.S2,
        Code.STAFF_ONLY,
        "standing",
        ask(lifecycle.may_hand_over, OPEN, ADA, suspended(BEN)),
        ask(lifecycle.may_hand_over, OPEN, ADA, BEN),
    ),
    Row(
        Rule.L1,
        Code.ISSUE_NOT_OPEN,
        "status",
        ask(lifecycle.may_hand_over, ENDED, ADA, BEN),
        ask(lifecycle.may_hand_over, OPEN, ADA, BEN),
    ),
    Row(
        Rule.L1,
        Code.ISSUE_CONCLUDED,
        "status",
        send(said(GINA), where=guest_room(ADA, GINA, status=Status.CONCLUDED)),
        send(said(GINA)),
    ),
    # reopening
    Row(
        Rule.L1,
        Code.ISSUE_NOT_CONCLUDED,
        "status",
        ask(reopening.may_reopen, OPEN, ADA, DAY, WEEK),
        ask(reopening.may_reopen, ENDED, ADA, DAY, WEEK),
    ),
    Row(
        Rule.L2,
        Code.ISSUE_CONCLUDED,
        "conclusion",
        ask(reopening.may_reopen, replace(ENDED, conclusion=Conclusion.ESCALATED), ADA, DAY, WEEK),
        ask(reopening.may_reopen, ENDED, ADA, DAY, WEEK),
    ),
    Row(
        Rule.L1,
        Code.TOO_LATE,
        "days since",
        ask(reopening.may_reopen, ENDED, GINA, WEEK + DAY, WEEK),
        ask(reopening.may_reopen, ENDED, GINA, DAY, WEEK),
    ),
    Row(
        Rule.L1,
        Code.TOO_LATE,
        "role",
        ask(reopening.may_reopen, ENDED, GINA, WEEK + DAY, WEEK),
        ask(reopening.may_reopen, ENDED, ADA, WEEK + DAY, WEEK),
    ),
    # escalation
    Row(
        Rule.L1,
        Code.ISSUE_CONCLUDED,
        "status",
        ask(escalation.may_escalate, ENDED, ADA, IN_PLACE),
        ask(escalation.may_escalate, OPEN, ADA, IN_PLACE),
    ),
    Row(
        Rule.L1,
        Code.ALREADY_ESCALATED,
        "tier",
        ask(escalation.may_escalate, replace(QUEUED, tier=Tier.T3), SAM, IN_PLACE),
        ask(escalation.may_escalate, replace(QUEUED, tier=Tier.T2), SAM, IN_PLACE),
    ),
    Row(
        Rule.L1,
        Code.ALREADY_ESCALATED,
        "taken",
        ask(escalation.may_escalate, replace(OPEN, tier=Tier.T2, wanted=Wanted.TIER), ADA, IN_PLACE),
        ask(escalation.may_escalate, replace(OPEN, tier=Tier.T2), ADA, IN_PLACE),
    ),
    Row(
        Rule.L1,
        Code.NOT_YOUR_ISSUE,
        "tier",
        ask(escalation.may_escalate, replace(OPEN, tier=Tier.T2, assignee=BEN.user_id), ADA, IN_PLACE),
        ask(escalation.may_escalate, replace(OPEN, assignee=BEN.user_id), ADA, IN_PLACE),
    ),
    Row(
        Rule.L1,
        Code.LOWEST_TIER,
        "tier",
        ask(escalation.may_deescalate, OPEN, ADA),
        ask(escalation.may_deescalate, replace(OPEN, tier=Tier.T2), ADA),
    ),
    Row(
        Rule.L1,
        Code.WRONG_TIER,
        "waits for",
        ask(lifecycle.may_claim, replace(OPEN, wanted=Wanted.SUPERVISOR), BEN),
        ask(lifecycle.may_claim, replace(OPEN, wanted=Wanted.TIER), BEN),
    ),
    # waiting
    Row(
        Rule.L3,
        Code.NOT_PERMITTED,
        "role",
        ask(waiting.may_leave_contact, OPEN, ADA),
        ask(waiting.may_leave_contact, OPEN, GINA),
    ),
    # ratings
    Row(
        Rule.L2,
        Code.NOT_PERMITTED,
        "role",
        ask(ratings.may_rate, ENDED, ADA, DAY, WEEK),
        ask(ratings.may_rate, ENDED, GINA, DAY, WEEK),
    ),
    Row(
        Rule.L2,
        Code.ISSUE_CONCLUDED,
        "conclusion",
        ask(ratings.may_rate, replace(ENDED, conclusion=Conclusion.ESCALATED), GINA, DAY, WEEK),
        ask(ratings.may_rate, ENDED, GINA, DAY, WEEK),
    ),
    Row(
        Rule.L1,
        Code.TOO_LATE,
        "days since",
        ask(ratings.may_rate, ENDED, GINA, WEEK + DAY, WEEK),
        ask(ratings.may_rate, ENDED, GINA, DAY, WEEK),
    ),
    # duty, assignment
    Row(
        Rule.S2,
        Code.SUPERVISORS_ONLY,
        "role",
        ask(duty.may_switch_duty, ADA, BEN),
        ask(duty.may_switch_duty, SAM, BEN),
    ),
    Row(
        Rule.L1,
        Code.AT_CAPACITY,
        "open issues",
        ask(assignment.may_take_more, ADA, 2, 2),
        ask(assignment.may_take_more, ADA, 1, 2),
    ),
    # chats
    Row(
        Rule.S2,
        Code.STAFF_ONLY,
        "role",
        ask(chats.may_open_chat, GINA, RoomKind.DIRECT, [ADA], EVERYBODY),
        ask(chats.may_open_chat, BEN, RoomKind.DIRECT, [ADA], EVERYBODY),
    ),
    Row(
        Rule.S2,
        Code.STAFF_ONLY,
        "role of the other",
        ask(chats.may_open_chat, ADA, RoomKind.DIRECT, [GINA], EVERYBODY),
        ask(chats.may_open_chat, ADA, RoomKind.DIRECT, [DIAGNOSTICS], EVERYBODY),
    ),
    Row(
        Rule.S2,
        Code.NOT_PERMITTED,
        "others",
        ask(chats.may_open_chat, ADA, RoomKind.DIRECT, [BEN, SAM], EVERYBODY),
        ask(chats.may_open_chat, ADA, RoomKind.GROUP, [BEN, SAM], EVERYBODY),
    ),
    Row(
        Rule.F1,
        Code.LOCAL_ONLY,
        "server",
        ask(chats.may_open_chat, ADA, RoomKind.DIRECT, [BEN], replace(EVERYBODY, server_name=ServerName("elsewhere"))),
        ask(chats.may_open_chat, ADA, RoomKind.DIRECT, [BEN], EVERYBODY),
    ),
    # break-in, whisper, the bridge's own presence
    Row(
        Rule.B1,
        Code.NOT_PERMITTED,
        "kind",
        ask(breakin.may_break_into, SAM, RoomKind.SOLO),
        ask(breakin.may_break_into, SAM, RoomKind.DIRECT),
    ),
    Row(
        Rule.B1,
        Code.SUPERVISORS_ONLY,
        "role",
        ask(breakin.may_whisper, ADA, WITH_ROOM, BEN, is_there=True),
        ask(breakin.may_whisper, SAM, WITH_ROOM, BEN, is_there=True),
    ),
    Row(
        Rule.L1,
        Code.ISSUE_NOT_OPEN,
        "staff room",
        ask(breakin.may_whisper, SAM, QUEUED, None, is_there=False),
        ask(breakin.may_whisper, SAM, WITH_ROOM, None, is_there=False),
    ),
    Row(
        Rule.B1,
        Code.NOT_A_MEMBER,
        "joined",
        ask(breakin.may_whisper, SAM, WITH_ROOM, BEN, is_there=False),
        ask(breakin.may_whisper, SAM, WITH_ROOM, BEN, is_there=True),
    ),
    Row(
        Rule.B1,
        Code.NOT_PERMITTED,
        "who",
        send(member(ADA, BRIDGE, "leave"), where=other_room(ADA, BEN)),
        send(member(ADA, BEN, "leave"), where=other_room(ADA, BEN)),
    ),
    # sharing
    Row(
        Rule.S1,
        Code.NOT_SHARED,
        "shared",
        ask(sharing.may_unshare, ADA, is_shared=False),
        ask(sharing.may_unshare, ADA, is_shared=True),
    ),
    Row(
        Rule.S1,
        Code.STAFF_ONLY,
        "role",
        ask(sharing.may_share, GINA, DIAGNOSTICS, DONE, OPEN),
        ask(sharing.may_share, ADA, DIAGNOSTICS, DONE, OPEN),
    ),
    Row(
        Rule.S1,
        Code.NOTHING_TO_SHARE,
        "author",
        ask(sharing.may_share, ADA, BEN, DONE, OPEN),
        ask(sharing.may_share, ADA, DIAGNOSTICS, DONE, OPEN),
    ),
    Row(
        Rule.S1,
        Code.NOTHING_TO_SHARE,
        "state",
        ask(sharing.may_share, ADA, DIAGNOSTICS, {"state": "progress"}, OPEN),
        ask(sharing.may_share, ADA, DIAGNOSTICS, DONE, OPEN),
    ),
    Row(
        Rule.L1,
        Code.ISSUE_NOT_OPEN,
        "status",
        ask(sharing.may_share, ADA, DIAGNOSTICS, DONE, ENDED),
        ask(sharing.may_share, ADA, DIAGNOSTICS, DONE, OPEN),
    ),
]


@pytest.mark.parametrize("row", REFUSALS, ids=lambda row: f"{row.rule}-{row.code.name}-{row.changed}")
class TestA1:
    """Each refusal carries a code, a sentence for the person, and the facts that would change it."""

    def test_it_names_its_rule_and_its_code(self, row: Row) -> None:
        verdict = row.refused()
        assert isinstance(verdict, Refuse)
        assert (verdict.rule, verdict.code) == (row.rule, row.code)

    def test_it_speaks_to_a_person(self, row: Row) -> None:
        verdict = row.refused()
        assert isinstance(verdict, Refuse)
        assert verdict.sentence[0].isupper() or verdict.sentence[0] in "@“"
        assert verdict.sentence.endswith(".")
        assert "None" not in verdict.sentence
        assert "chat.chaperone" not in verdict.sentence or row.code is Code.NOT_THE_WRITER

    def test_it_names_facts_as_plain_text(self, row: Row) -> None:
        verdict = row.refused()
        assert isinstance(verdict, Refuse)
        assert verdict.facts
        assert all(isinstance(part, str) for fact in verdict.facts.items() for part in fact)

    def test_a_change_of_a_fact_it_names_flips_it(self, row: Row) -> None:
        verdict = row.refused()
        assert isinstance(verdict, Refuse)
        assert row.changed in verdict.facts
        assert row.allowed() is ALLOW


class TestNoneIsMissing:
    def test_every_rule_and_code_that_the_source_refuses_with_is_in_the_table(self) -> None:
        in_source = {
            (ast.unparse(call.args[0]), ast.unparse(call.args[1]))
            for path in Path(policies.__file__).parent.glob("*.py")
            for call in ast.walk(ast.parse(path.read_text()))
            if isinstance(call, ast.Call) and ast.unparse(call.func) == "Refuse"
        }
        in_table = {(f"Rule.{row.rule.name}", f"Code.{row.code.name}") for row in REFUSALS}
        assert {(rule, code) for rule, code in in_source if code != "code"} == in_table

    @pytest.mark.parametrize("kind", sorted(RoomKind))
    def test_saying_hello_where_one_may_be_is_refused_nowhere(self, kind: RoomKind) -> None:
        assert permissions.may_send(said(ADA), room(kind, ADA), EVERYBODY) is ALLOW
