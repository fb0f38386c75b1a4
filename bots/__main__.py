"""`python -m bots`: the robots.

python -m bots           run until SIGTERM or Ctrl-C
python -m bots check     read the settings, the secret and the registry, and say what would run
python -m bots alive     exit 0 if they run and are ready, else say why not
"""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
import time
from collections.abc import Sequence

import structlog

from bots.config import Settings, load_settings
from bots.errors import SettingsFaults
from bots.health import explain_ill_health
from bots.host import Host
from bots.logs import configure_logging
from bots.registry import ROBOTS
from bots.robot import Robot

log = structlog.get_logger(__name__)


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code."""
    parser = argparse.ArgumentParser(prog="python -m bots", description="Chaperone’s robots.")
    parser.add_argument("command", nargs="?", choices=("run", "check", "alive"), default="run")
    command = parser.parse_args(arguments).command
    try:
        settings = load_settings()
        if command == "alive":
            return _report_health(settings)
        robots, secret = choose_robots(settings, ROBOTS), load_secret(settings)
    except SettingsFaults as faults:
        for fault in faults.faults:
            sys.stderr.write(f"{fault}\n")
        return 2
    if command == "check":
        for robot in robots:
            mark = "  (in development)" if robot.development else ""
            sys.stdout.write(f"{settings.matrix.user_id(robot.name)}  {robot.description}{mark}\n")
        ai, vendor = settings.bots.ai, settings.bots.formstack
        sys.stdout.write(f"AI endpoint: {f'{ai.url}, {ai.model}' if ai.url else 'none'}\n")
        sys.stdout.write(f"vendor’s API: {vendor.url if vendor.token_file else 'no token'}\n")
        sys.stdout.write(f"at {settings.matrix.homeserver_url}, sessions in {settings.bots.directory}\n")
        return 0
    configure_logging(settings.bots.log_format)
    return asyncio.run(_run(Host(settings, secret, robots)))


def choose_robots(settings: Settings, known: Sequence[type[Robot]]) -> list[Robot]:
    """Those that the settings name, or all of them; robots in development only where the settings show them.

    :raises SettingsFaults: if one is named that there is not.
    """
    by_name = {robot.name.casefold(): robot for robot in known}
    if not settings.matrix.development_robots:
        by_name = {name: robot for name, robot in by_name.items() if not robot.development}
    wanted = settings.bots.robots or tuple(by_name)
    unknown = [name for name in wanted if name.casefold() not in by_name]
    if unknown:
        there_are = ", ".join(sorted(robot.name for robot in by_name.values()))
        raise SettingsFaults([f"bots.robots: there is no “{name}” (there are {there_are})" for name in unknown])
    return [by_name[name.casefold()](settings.bots) for name in dict.fromkeys(wanted)]


def load_secret(settings: Settings) -> str:
    """What the robots' passwords derive from.

    :raises SettingsFaults: if it is not there; `python -m homeserver render` makes it.
    """
    path = settings.bots.secret_file
    try:
        secret = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as unreadable:
        raise SettingsFaults([f"bots.robots_secret_file: {path} cannot be read: {unreadable}"]) from unreadable
    if not secret:
        raise SettingsFaults([f"bots.robots_secret_file: {path} is empty"])
    return secret


def _report_health(settings: Settings) -> int:
    ill = explain_ill_health(settings.bots.ready_file, time.time())
    sys.stdout.write(f"{ill or 'ready'}\n")
    return 1 if ill else 0


async def _run(host: Host) -> int:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stopped.set)
    log.info("bots.starting")
    await host.run(stopped)
    return 0


if __name__ == "__main__":
    sys.exit(main())
