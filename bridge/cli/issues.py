"""`chaperone issues`: what waits, what is open, and how one of them stands."""

from __future__ import annotations

import asyncio
import csv
import json
import os
import sys
from collections.abc import Sequence
from typing import Annotated, Any, Final, TextIO

import typer
from rich.console import Console
from rich.table import Table

from bridge.cli.audit import Format
from bridge.cli.database import err, open_store, require_settings
from bridge.config import Settings
from bridge.desk.export import COLUMNS, load_rows
from bridge.ports import Ending, IssueRecord
from policies.issue import Status
from policies.names import IssueId

app = typer.Typer(no_args_is_help=True, help="Issues and how they stand.")

WRITTEN_BY_GUESTS: Final = ("subject", "guest_name")

AsJson = Annotated[bool, typer.Option("--json", help="For programs.")]


@app.command("list")
def list_issues(
    status: Annotated[Status | None, typer.Option(help="Only these.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000)] = 50,
    as_json: AsJson = False,
) -> None:
    """The newest first."""
    records = asyncio.run(_list(require_settings(os.environ), status, limit))
    if as_json:
        typer.echo(json.dumps([_described(record) for record in records], indent=2, ensure_ascii=False))
        return
    table = Table("issue", "status", "tier", "assignee", "guest", "opened", "subject", box=None)
    for record in records:
        issue = record.issue
        table.add_row(
            issue.id,
            issue.conclusion or issue.status,
            issue.tier.name,
            issue.assignee or "",
            issue.guest,
            f"{record.opened_at:%Y-%m-%d %H:%M}",
            issue.subject,
        )
    Console(highlight=False, markup=False).print(table)


@app.command("show")
def show_issue(number: Annotated[str, typer.Argument(help="The issue's number.")], as_json: AsJson = False) -> None:
    """One issue, and how each of its epochs ended."""
    found = asyncio.run(_load(require_settings(os.environ), number))
    if found is None:
        err.print(f"There is no issue {number!r}.", markup=False)
        raise typer.Exit(1)
    described = _described(*found)
    if as_json:
        typer.echo(json.dumps(described, indent=2, ensure_ascii=False))
        return
    table = Table(show_header=False, box=None)
    for key, value in described.items():
        if key != "endings" and value is not None:
            table.add_row(key, str(value))
    for ending in described["endings"]:
        table.add_row(f"epoch {ending['epoch']}", f"{ending['conclusion']} by {ending['by']}: {ending['note'] or '–'}")
    Console(highlight=False, markup=False).print(table)


@app.command("export")
def export_issues(
    form: Annotated[Format, typer.Option("--format", help="With a line of headings, or one array.")] = Format.CSV,
    status: Annotated[Status | None, typer.Option(help="Only these.")] = None,
) -> None:
    """One row for each conversation, the newest first: what became of it, when, by whom, and who spoke how often."""
    asyncio.run(_export(require_settings(os.environ), form, status, sys.stdout))


async def _export(settings: Settings, form: Format, status: Status | None, out: TextIO) -> None:
    async with open_store(settings) as store:
        rows = [row.as_data() async for row in load_rows(store, status)]
    if form is Format.JSON:
        out.write(json.dumps(rows, indent=2, ensure_ascii=False) + "\n")
        return
    writer = csv.DictWriter(out, COLUMNS)
    writer.writeheader()
    writer.writerows({**row, **{column: harmless(row[column]) for column in WRITTEN_BY_GUESTS}} for row in rows)


def harmless(text: str) -> str:
    """What a guest wrote, so that no spreadsheet takes it for a formula."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


async def _list(settings: Settings, status: Status | None, limit: int) -> Sequence[IssueRecord]:
    async with open_store(settings) as store, store.read() as tx:
        return await tx.issues.list(status=status, limit=limit)


async def _load(settings: Settings, number: str) -> tuple[IssueRecord, Sequence[Ending]] | None:
    async with open_store(settings) as store, store.read() as tx:
        record = await tx.issues.load(IssueId(number))
        return None if record is None else (record, await tx.issues.endings(record.issue.id))


def _described(record: IssueRecord, endings: Sequence[Ending] = ()) -> dict[str, Any]:
    issue = record.issue
    return {
        "id": issue.id,
        "subject": issue.subject,
        "status": issue.status.value,
        "waiting_on": issue.waiting_on,
        "tier": issue.tier.name,
        "assignee": issue.assignee,
        "guest": issue.guest,
        "guest_room": issue.guest_room,
        "staff_room": issue.staff_room,
        "conclusion": issue.conclusion,
        "epoch": issue.epoch,
        "opened_at": record.opened_at.isoformat(),
        "endings": [
            {"epoch": e.epoch, "conclusion": e.conclusion.value, "by": e.by, "note": e.note, "at": e.at.isoformat()}
            for e in endings
        ],
    }
