"""`chaperone audit`."""

from __future__ import annotations

import asyncio
import csv
import io
import json

import pytest
from sqlalchemy import text

from bridge.desk.work import Work
from policies.issue import Issue, Status
from policies.lifecycle import may_claim
from policies.names import IssueId, Role, Tier, UserId
from policies.people import Person
from tests.bridge.cli.conftest import Shell
from tests.fakes.clock import MORNING

ADA = Person(UserId("@ada:localhost"), Role.EMPLOYEE, Tier.T1)
ISSUE = Issue(IssueId("7"), "Export fails", UserId("@guest-gina:localhost"), Status.QUEUED, Tier.T1)


async def _decide(shell: Shell) -> None:
    store = await shell.open()
    async with store.write() as tx:
        work = Work(tx, MORNING, configuration="v1")
        await work.note("opened", ISSUE.guest, issue=ISSUE)
        await work.ask(may_claim, ADA.user_id, ISSUE, ADA)
    await store.close()


async def _tamper(shell: Shell) -> None:
    store = await shell.open()
    async with store.write() as tx:
        await tx.connection.execute(text("DROP TRIGGER audit_stays_update"))
        await tx.connection.execute(text("UPDATE audit SET actor = '@ben:localhost' WHERE seq = 2"))
    await store.close()


@pytest.fixture
def logged(shell: Shell) -> Shell:
    asyncio.run(_decide(shell))
    return shell


def test_a_log_that_nobody_touched_is_said_to_be_whole_with_its_head(logged: Shell) -> None:
    verified = logged.run("audit", "verify")
    assert verified.exit_code == 0
    assert verified.stdout.startswith("The log is whole: 2 entries. Its head is 2:")
    head = verified.stdout.split()[-1]
    assert logged.run("audit", "verify", "--known", head).exit_code == 0
    assert logged.run("audit", "replay", "--known", head).exit_code == 0


@pytest.mark.parametrize("command", ["verify", "replay"])
def test_the_first_entry_that_is_not_as_it_must_be_is_named(logged: Shell, command: str) -> None:
    asyncio.run(_tamper(logged))
    result = logged.run("audit", command)
    assert result.exit_code == 1
    assert "Entry 2" in result.stdout


def test_a_head_from_elsewhere_that_is_not_in_the_log_is_a_fault(logged: Shell) -> None:
    result = logged.run("audit", "verify", "--known", f"2:{'ab' * 32}")
    assert result.exit_code == 1
    assert logged.run("audit", "verify", "--known", "2").exit_code == 2


def test_the_log_is_exported_as_json(logged: Shell) -> None:
    exported = json.loads(logged.run("audit", "export").stdout)
    assert [entry["what"] for entry in exported] == ["opened", "policies.lifecycle.may_claim"]
    assert exported[1]["facts"]["actor"]["user_id"] == ADA.user_id
    assert json.loads(logged.run("audit", "export", "--subject", "issue:8").stdout) == []


def test_the_log_is_exported_as_csv(logged: Shell) -> None:
    exported = logged.run("audit", "export", "--format", "csv")
    opened, claim = csv.DictReader(io.StringIO(exported.stdout))
    assert (opened["allow"], claim["allow"]) == ("", "yes")
    assert json.loads(claim["facts"])["issue"]["id"] == "7"
    assert claim["configuration"] == "v1"
