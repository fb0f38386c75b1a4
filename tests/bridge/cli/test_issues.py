from __future__ import annotations

import asyncio
import csv
import io
import json
from dataclasses import replace

import pytest

from bridge.cli.issues import harmless
from bridge.ports import Ending, Principal, PrincipalId, Profile
from policies.issue import Conclusion, Status
from policies.names import Role, Standing, Tier, UserId
from tests.bridge.cli.conftest import Shell
from tests.fakes.clock import MORNING

GUS = Principal(PrincipalId("p"), "gus", Role.GUEST, None, Standing.ALLOWED, UserId("@guest-gus:localhost"))
ADA = UserId("@ada:localhost")


@pytest.fixture
def busy(shell: Shell) -> Shell:
    """An installation with two issues, the first of which has ended."""

    async def make() -> None:
        store = await shell.open()
        async with store.write() as tx:
            await tx.principals.add(GUS, Profile("Gus (guest)"), None, MORNING)
            for subject in ("Export fails", "Import [b]fails[/b]"):
                record = await tx.issues.add(GUS.id, GUS.user_id, subject, "Hello?", Tier.T1, MORNING)
            first = next(r for r in await tx.issues.list() if r.issue.subject == "Export fails").issue
            ended = replace(first, status=Status.CONCLUDED, conclusion=Conclusion.RESOLVED, assignee=ADA)
            await tx.issues.save(ended)
            await tx.issues.end(Ending(first.id, 1, Conclusion.RESOLVED, ADA, "Told them how.", MORNING))
            assert record.issue.id != first.id
        await store.close()

    asyncio.run(make())
    return shell


def test_issues_are_listed_newest_first(busy: Shell) -> None:
    assert [issue["subject"] for issue in busy.json("issues", "list")] == ["Import [b]fails[/b]", "Export fails"]


def test_issues_are_listed_by_status(busy: Shell) -> None:
    assert [issue["id"] for issue in busy.json("issues", "list", "--status", "queued")] == ["2"]
    assert [issue["id"] for issue in busy.json("issues", "list", "--limit", "1")] == ["2"]
    assert busy.run("issues", "list", "--status", "lost").exit_code == 2


def test_the_list_shows_subjects_as_they_were_written(busy: Shell) -> None:
    listed = busy.run("issues", "list").stdout
    assert "Import [b]fails[/b]" in listed
    assert "2030-01-07 09:00" in listed
    assert "resolved" in listed


def test_an_issue_is_shown_with_how_it_ended(busy: Shell) -> None:
    shown = busy.json("issues", "show", "1")
    assert (shown["status"], shown["conclusion"], shown["assignee"]) == ("concluded", "resolved", ADA)
    assert shown["endings"] == [
        {"epoch": 1, "conclusion": "resolved", "by": ADA, "note": "Told them how.", "at": MORNING.isoformat()}
    ]
    assert "resolved by @ada:localhost: Told them how." in busy.run("issues", "show", "1").stdout


@pytest.mark.parametrize("number", ["9", "0", "abc", "9" * 40])
def test_an_issue_that_does_not_exist_is_said_not_to(busy: Shell, number: str) -> None:
    shown = busy.run("issues", "show", number)
    assert shown.exit_code == 1
    assert f"There is no issue '{number}'." in shown.stderr


def test_conversations_are_exported_one_a_row(busy: Shell) -> None:
    exported = busy.run("issues", "export")
    newest, first = csv.DictReader(io.StringIO(exported.stdout))
    assert (newest["id"], newest["status"], newest["conclusion"]) == ("2", "queued", "")
    assert (first["id"], first["conclusion"], first["concluded_by"]) == ("1", "resolved", ADA)
    assert first["concluded"] == MORNING.isoformat()
    rows = json.loads(busy.run("issues", "export", "--format", "json", "--status", "concluded").stdout)
    assert [row["id"] for row in rows] == ["1"]
    assert rows[0].keys() == newest.keys()


@pytest.mark.parametrize("written", ["=1+1", "+1", "-1", "@x", "\tx"])
def test_no_spreadsheet_takes_what_a_guest_wrote_for_a_formula(written: str) -> None:
    assert harmless(written) == f"'{written}"
    assert harmless("Export fails") == "Export fails"
