"""The commands by name; each one's work stands in the file of that name."""

from __future__ import annotations

import os

import typer

from bridge.cli import audit, config, doctor, hooks, issues, rebuild, simulate, users
from bridge.cli import up as up_command

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Chaperone: no guest is ever by themselves.")
app.add_typer(users.app, name="users")
app.add_typer(issues.app, name="issues")
app.add_typer(audit.app, name="audit")
app.add_typer(config.app, name="config")
app.add_typer(hooks.app, name="hooks")
app.command("rebuild")(rebuild.rebuild)
app.command("doctor")(doctor.doctor)
app.command("simulate")(simulate.simulate)


@app.callback()
def chaperone() -> None:
    """Keep `up` a word of its own, however many commands there are."""


@app.command()
def up() -> None:
    """Start homeserver, bridge and robots on this machine, with demo people; Ctrl-C stops all of it."""
    raise SystemExit(up_command.run(os.environ))


def main() -> None:
    """The entry point."""
    app()
