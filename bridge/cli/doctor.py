"""`chaperone doctor`: looks at the running system, and says everything that is not as it must be.

Exit code 0: all is well. 1: something is not. 2: it could not be looked at.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Sequence
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from bridge.cli.database import err, open_store, require_settings
from bridge.cli.homeserver import open_homeserver
from bridge.clock import SystemClock
from bridge.config import Settings
from bridge.desk.checkup import Breach
from bridge.desk.examination import Examination
from bridge.errors import BadSettings, BridgeError
from bridge.secret_files import Secrets, load_secrets


def doctor(as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False) -> None:
    """Check the running system against every rule, and list each breach with its room and event."""
    settings = require_settings(os.environ)
    try:
        breaches = asyncio.run(_examine(settings, load_secrets(settings)))
    except BadSettings as bad:
        for fault in bad.faults:
            err.print(fault, markup=False)
        raise typer.Exit(2) from None
    except BridgeError as fault:
        err.print(f"The homeserver could not be looked at: {fault}", markup=False)
        raise typer.Exit(2) from None
    if as_json:
        typer.echo(json.dumps([_described(breach) for breach in breaches], indent=2, ensure_ascii=False))
    else:
        _show(breaches)
    raise typer.Exit(1 if breaches else 0)


async def _examine(settings: Settings, secrets: Secrets) -> Sequence[Breach]:
    matrix = settings.matrix
    async with open_store(settings) as store, open_homeserver(settings, secrets) as homeserver:
        return await Examination(store, homeserver, SystemClock(), matrix.bot_id, matrix.server).examine()


def _described(breach: Breach) -> dict[str, str | None]:
    return {"check": breach.check, "sentence": breach.sentence, "room": breach.room, "event": breach.event}


def _show(breaches: Sequence[Breach]) -> None:
    console = Console(highlight=False, markup=False)
    if not breaches:
        console.print("All is well.")
        return
    table = Table("check", "what is wrong", "room", "event", box=None)
    for breach in breaches:
        table.add_row(breach.check, breach.sentence, breach.room or "", breach.event or "")
    console.print(table)
