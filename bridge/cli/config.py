"""`chaperone config`: whether the settings are right, and what they can be."""

from __future__ import annotations

import json
import os

import typer

from bridge.accounts.assertions import Sites
from bridge.cli.database import err, require_settings
from bridge.config import Settings
from bridge.errors import BadSettings
from bridge.secret_files import load_secrets

app = typer.Typer(no_args_is_help=True, help="The settings of the bridge.")


@app.command()
def check() -> None:
    """Read the settings and the secrets they name, and say everything that is wrong with them."""
    settings = require_settings(os.environ)
    try:
        load_secrets(settings)
        Sites(settings.accounts.sites)
    except BadSettings as bad:
        for fault in bad.faults:
            err.print(fault, markup=False)
        raise typer.Exit(2) from None
    typer.echo("The settings are right, and every secret is where they say.")


@app.command()
def schema() -> None:
    """What the settings can be, as JSON Schema: for editors, and to read."""
    typer.echo(json.dumps(Settings.model_json_schema(), indent=2, ensure_ascii=False))
