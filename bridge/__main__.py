"""`python -m bridge`: the bridge as one process, until SIGTERM or Ctrl-C."""

from __future__ import annotations

import asyncio
import os
import signal
import sys

import uvloop

from bridge.app import Bridge
from bridge.config import load_settings
from bridge.errors import BadSettings
from bridge.logs import set_up_logs
from bridge.secret_files import load_secrets


async def _run(bridge: Bridge) -> None:
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    await bridge.start()
    try:
        await stopped.wait()
    finally:
        await bridge.stop()


def main() -> int:
    """Read the settings, run, and stop when asked."""
    set_up_logs()
    try:
        settings = load_settings(os.environ)
        bridge = Bridge(settings, load_secrets(settings))
    except BadSettings as fault:
        sys.stderr.write(f"{fault}\n")
        return 2
    uvloop.run(_run(bridge))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
