"""`chaperone hooks`: which webhooks there are, what waits for them, and what was given up."""

from __future__ import annotations

import asyncio
import json
import os
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Annotated
from uuid import uuid4

import typer
from rich.console import Console
from rich.table import Table

from bridge.cli.database import err, open_store, require_settings
from bridge.config import Settings
from bridge.desk.hooks import subscriptions_of
from bridge.errors import BadSettings, HookFailed
from bridge.secret_files import load_secrets
from bridge.webhooks.sender import WebhookSender

app = typer.Typer(no_args_is_help=True, help="Outgoing webhooks.")

PING = "ping"


@dataclass(frozen=True, slots=True)
class HookNow:
    """A hook, and how it does."""

    name: str
    url: str
    events: list[str]
    waiting: int
    given_up: int
    last_fault: str | None


@app.command("list")
def list_hooks(as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False) -> None:
    """Every hook of the settings: what waits for it, and what was given up."""
    hooks = asyncio.run(_load(require_settings(os.environ)))
    if as_json:
        typer.echo(json.dumps([asdict(hook) for hook in hooks], indent=2, ensure_ascii=False))
        return
    table = Table("hook", "url", "waiting", "given up", "last fault", box=None)
    for hook in hooks:
        table.add_row(hook.name, hook.url, str(hook.waiting), str(hook.given_up), hook.last_fault or "")
    Console(highlight=False, markup=False).print(table)


@app.command("test")
def test_hook(name: Annotated[str, typer.Argument(help="The hook's name.")]) -> None:
    """Send a hook a “ping”, signed as anything else, and say what came of it."""
    settings = require_settings(os.environ)
    try:
        secrets = load_secrets(settings)
    except BadSettings as bad:
        for fault in bad.faults:
            err.print(fault, markup=False)
        raise typer.Exit(2) from None
    webhooks = settings.webhooks
    sender = WebhookSender({hook.name: hook for hook in webhooks.hooks}, secrets.hooks, webhooks.timeout_seconds)
    now, delivery = datetime.now(UTC), uuid4().hex
    body = json.dumps({"id": delivery, "event": PING, "at": now.isoformat()})
    try:
        asyncio.run(sender.deliver(name, delivery, PING, body, now))
    except HookFailed as failed:
        err.print(str(failed), markup=False)
        raise typer.Exit(1) from None
    typer.echo("It was received.")


async def _load(settings: Settings) -> list[HookNow]:
    by_name = {hook.name: hook for hook in settings.webhooks.hooks}
    async with open_store(settings) as store, store.read() as tx:
        dead = await tx.outbox.dead()
        found = []
        for one in subscriptions_of(settings.webhooks):
            given_up = [row for row in dead if row.lane == one.lane]
            hook = by_name[one.name]
            fault = await tx.outbox.fault(one.lane) or (given_up[-1].error if given_up else None)
            waiting = await tx.outbox.unfinished(one.lane)
            found.append(HookNow(hook.name, hook.url, [*hook.events], waiting, len(given_up), fault))
    return found
