"""`chaperone users`: who is allowed, and adding somebody."""

from __future__ import annotations

import asyncio
import json
import os
import re
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from rich.console import Console
from rich.table import Table

from bridge.accounts.enrolment import Enrolment
from bridge.accounts.passwords import Passwords
from bridge.cli.database import err, open_store, require_settings
from bridge.clock import SystemClock
from bridge.config import Settings
from bridge.errors import Taken
from bridge.ports import Principal, Profile
from policies.names import Role, Tier

app = typer.Typer(no_args_is_help=True, help="The list of allowed people.")

ADDED: Final = (Role.GUEST, Role.EMPLOYEE, Role.SUPERVISOR, Role.ADMIN)
"""Robots are listed by the settings (`desk.robots`)."""
SHORTEST: Final = 10
"""Characters of a password."""
_LOCALPART: Final = re.compile(r"[a-z0-9._=-]{1,100}")


@app.command("list")
def list_users(as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False) -> None:
    """Everybody who is listed, robots included."""
    settings = require_settings(os.environ)
    people = asyncio.run(_load(settings))
    if as_json:
        typer.echo(json.dumps([_described(*one) for one in people], indent=2, ensure_ascii=False))
        return
    table = Table("login", "name", "role", "tier", "status", "user id", box=None)
    for principal, profile in people:
        described = _described(principal, profile)
        table.add_row(*(str(described[key] or "") for key in ("login", "name", "role", "tier", "status", "user_id")))
    Console(highlight=False, markup=False).print(table)


async def _load(settings: Settings) -> list[tuple[Principal, Profile]]:
    async with open_store(settings) as store, store.read() as tx:
        principals = await tx.principals.list()
        profiles = await tx.principals.profiles([p.user_id for p in principals])
    return [(principal, profiles[principal.user_id]) for principal in principals]


def _described(principal: Principal, profile: Profile) -> dict[str, Any]:
    return {
        "id": principal.id,
        "login": principal.login,
        "name": profile.display_name,
        "role": principal.role.value,
        "tier": None if principal.tier is None else principal.tier.name,
        "status": principal.standing.value,
        "user_id": principal.user_id,
    }


@app.command("add")
def add_user(
    login: Annotated[str, typer.Argument(help="What they log in as; lower case letters, digits and . _ = -")],
    role: Annotated[Role, typer.Option(help="guest, employee, supervisor or admin.")],
    tier: Annotated[str | None, typer.Option(help="T1, T2 or T3; for employees.")] = None,
    name: Annotated[str | None, typer.Option(help="What they are shown as; the login if not given.")] = None,
    password_file: Annotated[
        Path | None, typer.Option(help="Read the password from this file, or from standard input if it is “-”.")
    ] = None,
) -> None:
    """Add somebody. The password is asked for, and never given as an argument: arguments can be seen by others."""
    settings = require_settings(os.environ)
    faults = _faults(login, role, tier)
    if faults:
        for fault in faults:
            err.print(fault, markup=False)
        raise typer.Exit(2)
    password = _read_password(password_file)
    principal = asyncio.run(_add(settings, login, role, None if tier is None else Tier[tier], name or login, password))
    typer.echo(f"{principal.user_id} is added.")
    if role is not Role.GUEST:
        typer.echo("They are in the directory, and can begin to work, once the bridge has been started again.")


def _faults(login: str, role: Role, tier: str | None) -> list[str]:
    faults = []
    if not _LOCALPART.fullmatch(login):
        faults.append("login: may have lower case letters, digits and . _ = - only, 100 at most")
    if role not in ADDED:
        faults.append(f"role: is one of {', '.join(ADDED)}")
    if tier is not None and tier not in Tier.__members__:
        faults.append(f"tier: is one of {', '.join(Tier.__members__)}")
    if (role is Role.EMPLOYEE) is (tier is None):
        faults.append("tier: belongs to every employee, and to nobody else")
    return faults


def _read_password(source: Path | None) -> str:
    if source is None:
        password: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    elif str(source) == "-":
        password = typer.get_text_stream("stdin").readline().rstrip("\r\n")
    else:
        try:
            password = source.read_text(encoding="utf-8").splitlines()[0]
        except (OSError, UnicodeDecodeError, IndexError):
            err.print(f"{source}: no password can be read from it", markup=False)
            raise typer.Exit(2) from None
    if len(password) < SHORTEST:
        err.print(f"A password has at least {SHORTEST} characters.")
        raise typer.Exit(2)
    return password


async def _add(settings: Settings, login: str, role: Role, tier: Tier | None, name: str, password: str) -> Principal:
    passwords = Passwords()
    try:
        async with open_store(settings) as store:
            enrolment = Enrolment(store, SystemClock(), passwords)
            return await enrolment.enrol(login, password, role, tier, name, settings.matrix)
    except Taken as taken:
        err.print(str(taken), markup=False)
        raise typer.Exit(1) from None
    finally:
        passwords.close()
