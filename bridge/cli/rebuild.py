"""`chaperone rebuild`: throw away the copy of what Matrix has, and make it anew from the homeserver.

Exit code 0: done. 2: the homeserver did not answer; what was done by then is done, and the rest is as it was.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from bridge.cli.database import err, open_store, require_settings
from bridge.cli.homeserver import open_homeserver
from bridge.config import Settings
from bridge.desk.rebuild import Progress as Told
from bridge.desk.rebuild import Rebuild, Rebuilt
from bridge.errors import BadSettings, BridgeError
from bridge.secret_files import Secrets, load_secrets


def rebuild() -> None:
    """Rebuild rooms, histories and issues from the homeserver. What Matrix does not have is left alone.

    It may be interrupted, and run again; the bridge may go on running meanwhile.
    """
    settings = require_settings(os.environ)
    bar = Progress(
        TextColumn("rebuilding"), BarColumn(), MofNCompleteColumn(), TextColumn("rooms, {task.fields[events]} events")
    )
    try:
        secrets = load_secrets(settings)
        with bar:
            task = bar.add_task("rooms", total=None, events=0)

            def tell(told: Told) -> None:
                bar.update(task, completed=told.done, total=told.rooms, events=told.events)

            done = asyncio.run(_rebuild(settings, secrets, tell))
    except BadSettings as bad:
        for fault in bad.faults:
            err.print(fault, markup=False)
        raise typer.Exit(2) from None
    except BridgeError as fault:
        err.print(f"The homeserver did not answer: {fault}. Run this again when it does.", markup=False)
        raise typer.Exit(2) from None
    _say(done)


def _say(done: Rebuilt) -> None:
    console = Console(highlight=False, markup=False)
    console.print(f"{done.rooms} rooms, {done.events} events and {done.issues} issues are as the homeserver has them.")
    if done.gone:
        console.print(f"{done.gone} rooms are there no more.")
    if done.ahead:
        console.print(f"Still under way, and left as they are: issues {', '.join(done.ahead)}.")


async def _rebuild(settings: Settings, secrets: Secrets, tell: Callable[[Told], None]) -> Rebuilt:
    matrix = settings.matrix
    async with open_store(settings) as store, open_homeserver(settings, secrets) as homeserver:
        return await Rebuild(store, homeserver, matrix.bot_id).run(tell)
