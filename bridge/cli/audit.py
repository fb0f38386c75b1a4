"""`chaperone audit`: what was decided, whether nobody changed it, and whether the rules would decide so again.

Exit code 0: the log is whole. 1: it is not, and the first entry that is not as it must be is named. 2: bad settings.
"""

from __future__ import annotations

import asyncio
import csv
import json
import os
import re
import sys
from collections.abc import AsyncIterator
from enum import StrEnum
from typing import Annotated, Any, Final, TextIO

import typer
from rich.console import Console

from bridge.chain import AuditEntry, Head
from bridge.cli.database import open_store, require_settings
from bridge.config import Settings
from bridge.desk.replay import Fault, load_entries, replay, verify

app = typer.Typer(no_args_is_help=True, help="What was decided, by whom, and by which facts.")

COLUMNS: Final = (
    "seq",
    "at",
    "actor",
    "subject",
    "what",
    "allow",
    "rule",
    "code",
    "facts",
    "configuration",
    "hash",
)


class Format(StrEnum):
    """How something is written for other programs."""

    CSV = "csv"
    JSON = "json"


def _parse_head(text: str) -> Head:
    if not re.fullmatch(r"[0-9]{1,18}:[0-9a-f]{64}", text):
        raise typer.BadParameter("is no head, as in “12:5f3a…” (64 digits)")
    seq, _, digest = text.partition(":")
    return Head(int(seq), digest)


Known = Annotated[
    Head | None,
    typer.Option("--known", parser=_parse_head, metavar="SEQ:HASH", help="A head that was written down elsewhere."),
]


@app.command("verify")
def verify_log(known: Known = None) -> None:
    """Follow the chain of entries, and name the first that was changed, removed, moved or cut off.

    Prints the head. Keep it elsewhere, and give it back as --known later: who rewrites all of the log is found too.
    """
    _say(asyncio.run(_verify(require_settings(os.environ), known)), "whole")


@app.command("replay")
def replay_log(known: Known = None) -> None:
    """Verify the log, then ask every rule again with the recorded facts, and name the first other verdict."""
    _say(asyncio.run(_replay(require_settings(os.environ), known)), "whole, and every rule answers as it did")


@app.command("export")
def export_log(
    form: Annotated[Format, typer.Option("--format", help="One line an entry, or one array.")] = Format.JSON,
    subject: Annotated[str | None, typer.Option(help="Only about this, as in issue:12.")] = None,
) -> None:
    """All entries in order, to be kept or looked at elsewhere."""
    asyncio.run(_export(require_settings(os.environ), form, subject, sys.stdout))


def _say(outcome: Head | Fault, how: str) -> None:
    console = Console(highlight=False, markup=False, soft_wrap=True)
    if isinstance(outcome, Fault):
        console.print(outcome.sentence)
        raise typer.Exit(1)
    console.print(f"The log is {how}: {outcome.seq} entries. Its head is {outcome.seq}:{outcome.hash}")


async def _verify(settings: Settings, known: Head | None) -> Head | Fault:
    async with open_store(settings) as store, store.read() as tx:
        return await verify(tx, known)


async def _replay(settings: Settings, known: Head | None) -> Head | Fault:
    async with open_store(settings) as store, store.read() as tx:
        return await replay(tx, known)


async def _export(settings: Settings, form: Format, subject: str | None, out: TextIO) -> None:
    async with open_store(settings) as store, store.read() as tx:
        entries = (entry async for entry in load_entries(tx) if subject in (None, entry.subject))
        if form is Format.CSV:
            await _write_csv(entries, out)
        else:
            await _write_json(entries, out)


async def _write_csv(entries: AsyncIterator[AuditEntry], out: TextIO) -> None:
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    async for entry in entries:
        verdict = dict(entry.verdict or {})
        row = {
            **entry.as_data(),
            "allow": "" if entry.verdict is None else "yes" if verdict.get("allow") else "no",
            "rule": verdict.get("rule", ""),
            "code": verdict.get("code", ""),
            "facts": json.dumps(dict(entry.facts)),
            "hash": entry.hash,
        }
        writer.writerow([row[column] for column in COLUMNS])


async def _write_json(entries: AsyncIterator[AuditEntry], out: TextIO) -> None:
    out.write("[")
    before = "\n"
    async for entry in entries:
        data: dict[str, Any] = {**entry.as_data(), "hash": entry.hash}
        out.write(before + json.dumps(data))
        before = ",\n"
    out.write("\n]\n")
