"""`chaperone up`: everything on one machine, each step visible, until Ctrl-C.

    render (once) ─▶ homeserver ─▶ bridge ─▶ robots ─▶ var/ready.json, where to go, who to be ─▶ … ─▶ Ctrl-C
                                                                                     robots ◀─ bridge ◀─ homeserver

The parts are what production runs too (`python -m homeserver`, `python -m bridge`, `python -m bots`), told by
environment that this is the demo.
"""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
import signal
import socket
import sys
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import IO, Any, Final

import aiohttp
from rich.console import Console
from rich.table import Table

from bridge.cli.parts import Part, PartFailed
from bridge.config import Settings, load_settings
from bridge.demo import PEOPLE
from bridge.errors import BadSettings
from bridge.secret_files import load_secrets

DEMO: Final = {
    "CHAPERONE__DEMO__ENABLED": "true",
    "CHAPERONE__ACCOUNTS__MATRIX_LOGIN_FOR_GUESTS": "true",
}
TAIL: Final = 25
"""Lines of a log that are shown when a part does not start."""

console = Console(highlight=False)


def run(environ: Mapping[str, str]) -> int:
    """Run until interrupted. The exit code is 0 if everything came up."""
    environ = {**DEMO, **environ}
    try:
        settings = load_settings(environ)
    except BadSettings as fault:
        console.print(f"[red]The settings have faults:[/red]\n{fault}")
        return 2
    data = settings.bridge.data
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (data / "lock").open("w") as lock:
        if not _take(lock):
            console.print(f"[red]Chaperone is already up in {data}.[/red] Stop it first, or set CHAPERONE_DATA.")
            return 1
        taken = [f"{name} ({port})" for name, port in _ports(settings).items() if not _is_free(port)]
        if taken:
            console.print(
                f"[red]These ports are taken: {', '.join(taken)}.[/red] Set CHAPERONE_PORT, "
                "CHAPERONE_HOMESERVER_PORT or CHAPERONE_APPSERVICE_PORT to free ones."
            )
            return 1
        return asyncio.run(_up(settings, environ))


def _take(lock: IO[str]) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _ports(settings: Settings) -> dict[str, int]:
    return {
        "pages and API": settings.bridge.port,
        "application service": settings.bridge.appservice_port,
        "homeserver": settings.matrix.homeserver_port,
    }


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


@dataclass(frozen=True, slots=True)
class Step:
    """What is shown while something comes up."""

    doing: str
    done: str


async def _up(settings: Settings, environ: Mapping[str, str]) -> int:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    ready = settings.bridge.data / "ready.json"
    ready.unlink(missing_ok=True)
    started: list[Part] = []
    began = monotonic()
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=2)) as session:
        try:
            await _render(environ)
            for part in _build_parts(settings, environ, session):
                await _start(part, started, stopped)
            _write_ready(ready, settings, environ)
            _show(settings, monotonic() - began)
            await stopped.wait()
        except _Interrupted:
            pass
        except PartFailed as fault:
            _explain(fault)
            return 1
        finally:
            ready.unlink(missing_ok=True)
            console.print("Stopping …")
            for part in reversed(started):
                await part.stop()
    console.print("Stopped. Everything is kept; `make up` carries on.")
    return 0


class _Interrupted(Exception):
    """Ctrl-C while coming up."""


async def _start(part: Part, started: list[Part], stopped: asyncio.Event) -> None:
    began = monotonic()
    started.append(part)
    with console.status(f"Starting {part.name} …"):
        starting = asyncio.create_task(part.start(lambda line: console.print(f"[yellow]{line}[/yellow]")))
        interrupted = asyncio.create_task(stopped.wait())
        await asyncio.wait({starting, interrupted}, return_when=asyncio.FIRST_COMPLETED)
        interrupted.cancel()
        if not starting.done():
            starting.cancel()
            raise _Interrupted
        await starting
    console.print(f"[green]✓[/green] {part.name} ({monotonic() - began:.1f} s)")


async def _render(environ: Mapping[str, str]) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "homeserver", "render", env=dict(environ), stdout=asyncio.subprocess.PIPE
    )
    output, _ = await process.communicate()
    if process.returncode:
        raise PartFailed("render", Path("the lines above"))
    made = [line for line in output.decode().splitlines() if line.startswith("made ")]
    console.print(f"[green]✓[/green] configuration and secrets: {f'{len(made)} files made' if made else 'kept'}")


def _build_parts(settings: Settings, environ: Mapping[str, str], session: aiohttp.ClientSession) -> list[Part]:
    logs = settings.bridge.data / "logs"
    web = f"http://127.0.0.1:{settings.bridge.port}"

    def answers(url: str) -> Any:
        async def ask() -> bool:
            try:
                async with session.get(url) as response:
                    return response.status == 200
            except (aiohttp.ClientError, TimeoutError):
                return False

        return ask

    def part(name: str, module: str, *arguments: str, ready: Any) -> Part:
        argv = (sys.executable, "-m", module, *arguments)
        return Part(name, argv, environ, logs / f"{module}.log", ready)

    return [
        part("homeserver", "homeserver", "run", ready=answers(f"{settings.matrix.homeserver_url}/health")),
        part("bridge", "bridge", ready=answers(f"{web}/readyz")),
        part("robots", "bots", ready=robots_are_ready(settings.bridge.data / "bots" / "ready.json")),
    ]


def robots_are_ready(ready: Path) -> Callable[[], Awaitable[bool]]:
    """Whether every robot is logged in; a file that an earlier run left behind says nothing about this one."""

    async def ask() -> bool:
        try:
            content = json.loads(ready.read_text(encoding="utf-8"))
            return bool(content["ready"]) and Path(f"/proc/{content['pid']}").exists()
        except (OSError, ValueError, KeyError):
            return False

    return ask


def _write_ready(path: Path, settings: Settings, environ: Mapping[str, str]) -> None:
    password = load_secrets(settings).demo_password
    content = {
        "homeserver": settings.matrix.homeserver_url,
        "server_name": settings.matrix.server_name,
        "web": f"http://127.0.0.1:{settings.bridge.port}",
        "pid": os.getpid(),
        "logins": {
            person.key: {
                "login": person.login,
                "password": password,
                "user_id": settings.matrix.user_id(person.localpart),
            }
            for person in PEOPLE
        },
    }
    fresh = path.with_suffix(".new")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(content, file, indent=2)
    fresh.replace(path)


def _show(settings: Settings, seconds: float) -> None:
    web = settings.bridge.public_url
    table = Table(show_header=True, header_style="bold", box=None, pad_edge=False)
    for column in ("who", "login", "password", "Matrix user"):
        table.add_column(column)
    password = load_secrets(settings).demo_password
    for person in PEOPLE:
        table.add_row(person.what, person.login, password, settings.matrix.user_id(person.localpart))
    console.print(f"\n[bold green]Chaperone is up[/bold green] after {seconds:.1f} s.\n")
    console.print(f"  what is here        {web}/")
    console.print(f"  guests' chat        {web}/chat")
    console.print(f"  API                 {web}/docs")
    console.print(f"  Element, as staff   sign in with the homeserver {settings.matrix.homeserver_url}\n")
    console.print(table)
    console.print("\nCtrl-C stops everything; the data stay in", str(settings.bridge.data))


def _explain(fault: PartFailed) -> None:
    console.print(f"[red]{fault}[/red]")
    if fault.log.exists():
        lines = fault.log.read_text(encoding="utf-8", errors="replace").splitlines()[-TAIL:]
        console.print("\n".join(lines), markup=False)
