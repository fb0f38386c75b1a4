"""`python -m homeserver`: render Synapse's configuration, check it, run Synapse on it.

`run` replaces this process by Synapse, so that whoever started it watches, signals and awaits Synapse itself.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from homeserver.errors import HomeserverError, SettingsFaults
from homeserver.layout import Layout
from homeserver.render import find_changes, find_faults, render, rotate_policy_key
from homeserver.settings import Settings, load_settings


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one of the commands; the exit code is 0 if it did what it says."""
    parser = argparse.ArgumentParser(prog="python -m homeserver", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("render", help="make configuration, keys and secrets, once; keep what is there")
    commands.add_parser("run", help="replace this process by Synapse on the rendered configuration")
    commands.add_parser(
        "rotate-policy-key", help="make a new key of the policy server; restart Synapse, then the bridge, afterwards"
    )
    commands.add_parser("check", help="say what is wrong with settings and rendered files")
    command = parser.parse_args(arguments).command
    try:
        settings = load_settings()
        if command == "render":
            return _render(settings)
        if command == "rotate-policy-key":
            _say(f"renewed {rotate_policy_key(settings)}")
            return 0
        faults = find_faults(settings) or (_synapse_faults(settings) if command == "check" else [])
        if faults:
            return _complain(faults)
        return _check(settings) if command == "check" else _run(settings)
    except SettingsFaults as faulty:
        return _complain(faulty.faults)
    except HomeserverError as fault:
        return _complain([str(fault)])


def _render(settings: Settings) -> int:
    made = render(settings)
    for path in made:
        _say(f"made {path}")
    if not made:
        _say(f"all is rendered in {settings.data}")
    _mention_changes(settings)
    return 0


def _check(settings: Settings) -> int:
    _say(f"{Layout(settings.data).config} can be run")
    _mention_changes(settings)
    return 0


def _mention_changes(settings: Settings) -> None:
    changes = find_changes(settings)
    if changes:
        _say(f"rendered files stay as they are, though settings would now give other values of: {', '.join(changes)}")


def _synapse_faults(settings: Settings) -> list[str]:
    # Synapse is a second to import, which render and run do without
    from synapse.config._base import ConfigError, format_config_error
    from synapse.config.homeserver import HomeServerConfig

    try:
        HomeServerConfig.load_config("Synapse", ["-c", str(Layout(settings.data).config)])
    except ConfigError as fault:
        return ["".join(format_config_error(fault))]
    return []


def _run(settings: Settings) -> int:
    config = Layout(settings.data).config
    sys.stdout.flush()
    sys.stderr.flush()
    os.umask(0o077)  # its database and media are nobody else's to read either
    os.execv(  # noqa: S606 - no shell, our own interpreter, our own argument
        sys.executable, [sys.executable, "-m", "synapse.app.homeserver", "-c", str(config)]
    )


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


def _complain(faults: Sequence[str]) -> int:
    for fault in faults:
        sys.stderr.write(f"homeserver: {fault}\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
