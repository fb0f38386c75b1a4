"""`chaperone simulate`: a day with one's own routing and deadlines, before guests meet them."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from bridge.cli.database import err, require_settings
from bridge.config import DeskSettings
from bridge.simulation.chart import build_chart
from bridge.simulation.day import Day
from bridge.simulation.errors import Breach
from bridge.simulation.homeserver import BOT
from bridge.simulation.plan import Plan
from bridge.simulation.tally import Tally
from bridge.store.database import SqlStore


def simulate(
    guests: Annotated[int, typer.Option(min=1, help="How many come.")] = 100,
    employees: Annotated[int, typer.Option(min=1, help="How many work; half of them T1, a third T2, the rest T3.")] = 8,
    seed: Annotated[int, typer.Option(help="The same seed is the same day.")] = 1,
    hours: Annotated[float, typer.Option(min=1, max=23, help="For how long guests come.")] = 10,
    crashes: Annotated[int, typer.Option(min=0, help="How often the bridge is killed, at random points.")] = 0,
    chart: Annotated[Path, typer.Option(help="Where the picture goes.")] = Path("simulation.png"),
) -> None:
    """Live through a day with simulated people, by the settings in force, and draw how long guests waited."""
    settings = require_settings(os.environ).desk
    plan = Plan(guests=guests, employees=employees, seed=seed, hours=hours, crashes=crashes)
    try:
        tally = asyncio.run(_run(plan, settings))
    except Breach as breach:
        err.print(f"A promise was broken: {breach}", markup=False)
        raise typer.Exit(1) from None
    console = Console(highlight=False, markup=False)
    console.print(build_table(tally))
    console.print(f"{tally.steps} steps, {tally.events} events, {tally.crashes} crashes: no promise was broken.")
    chart.write_bytes(build_chart(tally, f"{guests} guests, {employees} employees, seed {seed}"))
    console.print(f"Drawn: {chart}")


async def _run(plan: Plan, settings: DeskSettings) -> Tally:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with TemporaryDirectory() as directory, Progress(*columns, console=err, transient=True) as progress:
        task = progress.add_task("issues concluded", total=plan.guests)

        def tell(done: int, of: int, now: datetime) -> None:
            progress.update(task, completed=done, total=of, description=f"issues concluded, day {now:%-d, %H:%M}")

        store = await SqlStore.open(f"sqlite+aiosqlite:///{directory}/bridge.db", BOT)
        try:
            return await Day(plan, settings, store).run(tell)
        finally:
            await store.close()


def build_table(tally: Tally) -> Table:
    """The figures of a day."""
    table = Table("", "median", "95 of 100", "longest", "issues", box=None)
    for name, waits in (
        ("until an employee took it", tally.claimed_after.values()),
        ("until the first answer", tally.answered_after.values()),
        ("until the conclusion", tally.ended_after.values()),
    ):
        table.add_row(name, *_spread(waits), str(len(waits)))
    for conclusion, number in sorted(tally.conclusions.items()):
        table.add_row(f"concluded: {conclusion}", "", "", "", str(number))
    return table


def _spread(waits: Iterable[timedelta]) -> tuple[str, str, str]:
    ordered = sorted(waits)
    if not ordered:
        return ("–", "–", "–")
    return (_spelt(ordered[len(ordered) // 2]), _spelt(ordered[len(ordered) * 95 // 100]), _spelt(ordered[-1]))


def _spelt(wait: timedelta) -> str:
    minutes = round(wait.total_seconds() / 60)
    return f"{minutes // 60} h {minutes % 60:02} min" if minutes >= 60 else f"{minutes} min"
