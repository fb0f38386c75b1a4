"""Every decision of the desk is in the log, and can be asked again."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bridge.chain import BEGINNING, AuditEntry, hash_of
from bridge.desk.audit import decode_arguments, encode_arguments, load_rule, name_of, subject_of
from bridge.desk.errors import UnknownRule
from policies.issue import Conclusion, Issue, Status
from policies.lifecycle import may_claim
from policies.names import IssueId, Role, RoomId, ServerName, Tier, UserId
from policies.outcomes import ALLOW, Refuse, Verdict
from policies.people import Directory, Person
from policies.permissions import may_join
from policies.reopening import may_reopen
from policies.rooms import Member, Membership, Room, RoomKind
from tests.bridge.desk.office import Office, user

ADA = Person(user("ada"), Role.EMPLOYEE, Tier.T1)
GUEST = Person(user("guest-gina"), Role.GUEST)
ISSUE = Issue(IssueId("7"), "Export fails", GUEST.user_id, Status.QUEUED, Tier.T1, guest_room=RoomId("!g"))


async def entries(office: Office) -> list[AuditEntry]:
    async with office.store.read() as tx:
        return list(await tx.audit.entries())


async def test_a_claim_is_in_the_log_with_who_what_and_the_verdict(office: Office) -> None:
    record = await office.open_issue()
    await office.desk.claim(user("ada"), record.issue.id)
    opened, claim = await entries(office)
    assert (opened.what, opened.actor, opened.verdict) == ("opened", user("guest-gina"), None)
    assert (claim.what, claim.actor) == ("policies.lifecycle.may_claim", user("ada"))
    assert claim.subject == f"issue:{record.issue.id}"
    assert claim.verdict == {"allow": True}
    assert claim.facts["issue"]["status"] == "queued"


async def test_a_refusal_is_in_the_log_with_its_facts(office: Office) -> None:
    record = await office.claimed_issue()
    refusal = await office.desk.claim(user("amy"), record.issue.id)
    assert isinstance(refusal, Refuse)
    last = (await entries(office))[-1]
    assert last.verdict == {
        "allow": False,
        "rule": "L1",
        "code": "CHAPERONE_ALREADY_CLAIMED",
        "facts": {"status": "open", "assignee": user("ada")},
    }


async def test_no_words_of_anybody_are_in_the_log(office: Office) -> None:
    record = await office.claimed_issue()
    answer = await office.answer(record.issue.staff_room, "Field 7 is missing.")
    await office.desk.share(user("ada"), record.issue.id, answer, "Please look at field 7.")
    await office.desk.conclude(user("ada"), record.issue.id, Conclusion.RESOLVED, "told about field 7")
    text = " ".join(str(entry) for entry in await entries(office))
    assert "may_share" in text
    for words in ("Export fails", "It says 500", "ield 7"):
        assert words not in text


async def test_each_entry_is_chained_to_the_one_before(office: Office) -> None:
    record = await office.claimed_issue()
    await office.desk.conclude(user("ada"), record.issue.id, Conclusion.RESOLVED, "")
    before = BEGINNING.hash
    for number, entry in enumerate(await entries(office), start=1):
        assert entry.seq == number
        assert entry.hash == hash_of(entry, before)
        before = entry.hash
    async with office.store.read() as tx:
        head = await tx.audit.head()
    assert head is not None
    assert head.hash == before


async def test_work_that_fails_leaves_nothing_in_the_log(office: Office) -> None:
    async def fail() -> None:
        async with office.place.begin() as work:
            await work.note("tried", user("ada"))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fail()
    assert await entries(office) == []


@pytest.mark.parametrize(
    ("rule", "args"),
    [
        (may_claim, (ISSUE, ADA)),
        (may_reopen, (ISSUE, GUEST, timedelta(days=2, microseconds=1), timedelta(days=7))),
        (
            may_join,
            (
                GUEST,
                Room(RoomKind.GUEST, {ADA.user_id: Member(Membership.JOIN, ADA.user_id)}),
                Directory(user("chaperone"), ServerName("test"), {ADA.user_id: ADA}),
            ),
        ),
    ],
)
def test_what_was_asked_can_be_asked_again(rule: object, args: tuple[object, ...]) -> None:
    assert callable(rule)
    facts = encode_arguments(rule, *args)
    again = load_rule(name_of(rule))
    assert again(**decode_arguments(again, facts)) == rule(*args)


def test_a_rule_that_could_not_be_found_again_is_refused() -> None:
    def may_do_anything() -> Verdict:
        return ALLOW

    with pytest.raises(UnknownRule):
        name_of(may_do_anything)


@pytest.mark.parametrize("name", ["os.system", "policies.lifecycle.claimed", "policies.nowhere.may_x", "may_claim"])
def test_only_rules_are_loaded_by_name(name: str) -> None:
    with pytest.raises(UnknownRule):
        load_rule(name)


def test_a_question_is_about_the_issue_else_about_the_other_person() -> None:
    assert subject_of(ADA.user_id, (ISSUE, ADA)) == "issue:7"
    assert subject_of(ADA.user_id, (ADA, GUEST)) == f"person:{GUEST.user_id}"
    assert subject_of(UserId("@sam:test"), ()) == "person:@sam:test"
