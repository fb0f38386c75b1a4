"""Whoever changes the audit log is found out, whether they forge the chain after it or not."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, insert, text, update

from bridge.chain import BEGINNING, AuditEntry, Head, hash_of
from bridge.desk.people import Change
from bridge.desk.replay import Fault, replay, verify
from bridge.ports import PrincipalId
from bridge.store.database import SqlTransaction
from bridge.store.tables import audit, audit_head
from policies.issue import Conclusion
from policies.names import Tier
from tests.bridge.desk.office import ALEX, Office, open_office, user

Edit = Callable[[list[AuditEntry]], Sequence[AuditEntry]]


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    """One whose log may be tampered with."""
    async with open_office(tmp_path) as office:
        yield office


async def _live(office: Office) -> None:
    """Entries 1 opened, 2 claimed, 3 refused to claim, 4 handed over, 5 concluded, 6 concluded again: refused."""
    record = await office.claimed_issue()
    await office.desk.claim(user("amy"), record.issue.id)
    await office.desk.hand_over(user("ada"), record.issue.id, user("amy"))
    await office.desk.conclude(user("amy"), record.issue.id, Conclusion.RESOLVED, "done")
    await office.desk.conclude(user("amy"), record.issue.id, Conclusion.RESOLVED, "done")


async def _open_the_safe(tx: SqlTransaction) -> None:
    for verb in ("update", "delete"):
        await tx.connection.execute(text(f"DROP TRIGGER audit_stays_{verb}"))


async def _write(office: Office, entries: Sequence[AuditEntry]) -> None:
    """Put these entries in the place of all."""
    async with office.store.write() as tx:
        await _open_the_safe(tx)
        await tx.connection.execute(delete(audit))
        for e in entries:
            row = {**e.as_data(), "at": e.at, "hash": e.hash}
            await tx.connection.execute(insert(audit).values(row))


async def _forge(office: Office, edit: Edit) -> None:
    """Change the log as somebody would who knows how the chain is made, and may write everything."""
    async with office.store.read() as tx:
        entries = list(await tx.audit.entries())
    forged, head = [], BEGINNING
    for number, entry in enumerate(edit(entries), start=1):
        new = replace(entry, seq=number)
        new = replace(new, hash=hash_of(new, head.hash))
        head = Head(number, new.hash)
        forged.append(new)
    await _write(office, forged)
    async with office.store.write() as tx:
        await tx.connection.execute(update(audit_head).values(seq=head.seq, hash=head.hash))


async def _verified(office: Office, known: Head | None = None) -> Head | Fault:
    async with office.store.read() as tx:
        return await verify(tx, known)


async def _replayed(office: Office) -> Head | Fault:
    async with office.store.read() as tx:
        return await replay(tx)


def _with_facts(entry: AuditEntry, **facts: Any) -> AuditEntry:
    issue = dict(entry.facts["issue"]) | facts
    return replace(entry, facts={**entry.facts, "issue": issue})


async def test_a_log_that_nobody_touched_is_whole_and_replays(office: Office) -> None:
    await _live(office)
    head = await _verified(office)
    assert isinstance(head, Head)
    assert head.seq == 6
    assert await _replayed(office) == head


async def test_an_empty_log_is_whole(office: Office) -> None:
    assert await _verified(office) == BEGINNING


async def test_changes_of_people_replay_too(office: Office) -> None:
    await office.people.change(ALEX, PrincipalId("ada"), Change(tier=Tier.T2))
    head = await _replayed(office)
    assert isinstance(head, Head)
    assert head.seq == 1


# --- the chain ----------------------------------------------------------------------------------------------------


async def test_a_changed_entry_breaks_the_chain(office: Office) -> None:
    await _live(office)
    async with office.store.write() as tx:
        await _open_the_safe(tx)
        await tx.connection.execute(update(audit).where(audit.c.seq == 3).values(actor="@ben:test"))
    fault = await _verified(office)
    assert isinstance(fault, Fault)
    assert fault.seq == 3


async def test_a_removed_entry_breaks_the_chain(office: Office) -> None:
    await _live(office)
    async with office.store.write() as tx:
        await _open_the_safe(tx)
        await tx.connection.execute(delete(audit).where(audit.c.seq == 3))
    assert await _verified(office) == Fault(3, "Entry 3 is missing: 4 follows 2.")


async def test_entries_in_another_order_break_the_chain(office: Office) -> None:
    await _live(office)
    async with office.store.read() as tx:
        one, two, three, *others = await tx.audit.entries()
    await _write(office, [one, replace(three, seq=2), replace(two, seq=3), *others])
    fault = await _verified(office)
    assert isinstance(fault, Fault)
    assert fault.seq == 2


async def test_entries_cut_off_the_end_are_missed(office: Office) -> None:
    await _live(office)
    async with office.store.write() as tx:
        await _open_the_safe(tx)
        await tx.connection.execute(delete(audit).where(audit.c.seq > 4))
    assert await _verified(office) == Fault(5, "Entries 5 to 6 were cut off.")


async def test_a_head_that_was_taken_away_is_missed(office: Office) -> None:
    await _live(office)
    async with office.store.write() as tx:
        await tx.connection.execute(delete(audit_head))
    fault = await _verified(office)
    assert isinstance(fault, Fault)
    assert "head" in fault.sentence


async def test_a_log_that_was_written_anew_is_not_the_one_that_is_known_outside(office: Office) -> None:
    await _live(office)
    known = await _verified(office)
    assert isinstance(known, Head)
    await _forge(office, lambda entries: [replace(entries[0], actor="@somebody:test"), *entries[1:]])
    assert isinstance(await _verified(office), Head)
    assert isinstance(await _verified(office, known), Fault)


async def test_a_log_that_is_shorter_than_what_is_known_outside_is_found_out(office: Office) -> None:
    await _live(office)
    known = await _verified(office)
    assert isinstance(known, Head)
    await _forge(office, lambda entries: entries[:4])
    fault = await _verified(office, known)
    assert isinstance(fault, Fault)
    assert fault.seq == 5


# --- the rules ----------------------------------------------------------------------------------------------------


async def _fault_of_forging(office: Office, edit: Edit) -> Fault:
    await _live(office)
    await _forge(office, edit)
    assert isinstance(await _verified(office), Head), "the chain is meant to be forged well"
    fault = await _replayed(office)
    assert isinstance(fault, Fault)
    return fault


async def test_a_changed_fact_does_not_replay(office: Office) -> None:
    def edit(entries: list[AuditEntry]) -> Sequence[AuditEntry]:
        return [*entries[:2], _with_facts(entries[2], status="queued", assignee=None), *entries[3:]]

    fault = await _fault_of_forging(office, edit)
    assert fault.seq == 3
    assert "ALREADY_CLAIMED" in fault.sentence


async def test_a_fact_of_a_refusal_that_was_changed_does_not_replay(office: Office) -> None:
    def edit(entries: list[AuditEntry]) -> Sequence[AuditEntry]:
        return [*entries[:2], _with_facts(entries[2], assignee="@ben:test"), *entries[3:]]

    assert (await _fault_of_forging(office, edit)).seq == 3


async def test_a_changed_verdict_does_not_replay(office: Office) -> None:
    def edit(entries: list[AuditEntry]) -> Sequence[AuditEntry]:
        return [*entries[:2], replace(entries[2], verdict={"allow": True}), *entries[3:]]

    fault = await _fault_of_forging(office, edit)
    assert fault.seq == 3
    assert "“allow”" in fault.sentence


async def test_another_order_does_not_replay(office: Office) -> None:
    def edit(entries: list[AuditEntry]) -> Sequence[AuditEntry]:
        one, two, three, *others = entries
        return [one, three, two, *others]

    fault = await _fault_of_forging(office, edit)
    assert fault == Fault(3, "Entry 3 finds issue 1 queued, epoch 1, where it was open, epoch 1.")


async def test_a_decision_that_is_left_out_does_not_replay(office: Office) -> None:
    def edit(entries: list[AuditEntry]) -> Sequence[AuditEntry]:
        return [*entries[:4], entries[5]]

    fault = await _fault_of_forging(office, edit)
    assert fault.seq == 5


@pytest.mark.parametrize("facts", [{}, {"issue": 7, "actor": None}])
async def test_facts_that_are_no_question_do_not_replay(office: Office, facts: dict[str, Any]) -> None:
    def edit(entries: list[AuditEntry]) -> Sequence[AuditEntry]:
        return [*entries[:2], replace(entries[2], facts=facts), *entries[3:]]

    assert (await _fault_of_forging(office, edit)).seq == 3


async def test_facts_that_were_added_do_not_replay(office: Office) -> None:
    def edit(entries: list[AuditEntry]) -> Sequence[AuditEntry]:
        return [*entries[:2], replace(entries[2], facts={**entries[2].facts, "weather": "fine"}), *entries[3:]]

    assert (await _fault_of_forging(office, edit)).seq == 3


async def test_a_rule_that_there_is_not_does_not_replay(office: Office) -> None:
    def edit(entries: list[AuditEntry]) -> Sequence[AuditEntry]:
        return [*entries[:2], replace(entries[2], what="policies.lifecycle.may_dance"), *entries[3:]]

    assert "may_dance" in (await _fault_of_forging(office, edit)).sentence


async def test_what_is_kept_is_json(office: Office) -> None:
    await _live(office)
    async with office.store.read() as tx:
        for entry in await tx.audit.entries():
            json.dumps(entry.as_data())
