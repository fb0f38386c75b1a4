"""One part of a running Chaperone: a process that is started, watched, started again if it dies, and stopped.

    start ─▶ wait until ready ─▶ watch ──died──▶ say so, wait (1, 2, 4 … 30 s) ─▶ start …
                                   └──stop──▶ SIGTERM ─(10 s)─▶ SIGKILL

A part that ran for a minute has earned a new start without delay.
"""

from __future__ import annotations

import asyncio
import ctypes
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Final

FIRST_WAIT: Final = 1.0
LONGEST_WAIT: Final = 30.0
"""Seconds, unless `CHAPERONE_LONGEST_WAIT` says otherwise: the proofs kill parts faster than they would die."""
EARNED_AFTER: Final = 60.0
"""Seconds."""
STOP_WITHIN: Final = 10.0
BETWEEN_LOOKS: Final = 0.1
PR_SET_PDEATHSIG: Final = 1
"""Linux: the signal a process gets when its parent dies, so that a killed `up` leaves nothing behind."""

Say = Callable[[str], None]


class PartFailed(Exception):
    """A part did not become ready. `log` is where it said why."""

    def __init__(self, name: str, log: Path) -> None:
        super().__init__(f"{name} did not start; the end of {log} says why")
        self.name = name
        self.log = log


@dataclass(slots=True)
class Part:
    """A process by name; `is_ready` asks whether it can be used. Its output goes to `log`."""

    name: str
    argv: Sequence[str]
    environ: Mapping[str, str]
    log: Path
    is_ready: Callable[[], Awaitable[bool]]
    start_within: float = 60.0
    process: asyncio.subprocess.Process | None = None
    _stopping: bool = False
    _watch: asyncio.Task[None] | None = field(default=None, repr=False)

    async def start(self, say: Say) -> None:
        """Start it, wait until it is ready, and watch over it from then on.

        :raises PartFailed: if it dies before, or takes too long.
        """
        await self._spawn()
        await self._until_ready()
        self._watch = asyncio.create_task(self._keep_alive(say))

    async def stop(self) -> None:
        """Ask it to end, and end it if it does not."""
        self._stopping = True
        if self._watch is not None:
            self._watch.cancel()
            with suppress(asyncio.CancelledError):
                await self._watch
        if self.process is None or self.process.returncode is not None:
            return
        self.process.terminate()
        try:
            await asyncio.wait_for(self.process.wait(), STOP_WITHIN)
        except TimeoutError:
            self.process.kill()
            await self.process.wait()

    async def _spawn(self) -> None:
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                *self.argv,
                env=dict(self.environ),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                # A session of its own: Ctrl-C is for `up`, which stops its parts in order.
                start_new_session=True,
                preexec_fn=_die_with_parent if sys.platform == "linux" else None,  # no threads yet
            )

    async def _until_ready(self) -> None:
        deadline = monotonic() + self.start_within
        while monotonic() < deadline:
            assert self.process is not None  # noqa: S101  # just spawned
            if self.process.returncode is not None:
                break
            if await self.is_ready():
                return
            await asyncio.sleep(BETWEEN_LOOKS)
        raise PartFailed(self.name, self.log)

    async def _keep_alive(self, say: Say) -> None:
        wait = FIRST_WAIT
        longest = float(self.environ.get("CHAPERONE_LONGEST_WAIT") or LONGEST_WAIT)
        while True:
            assert self.process is not None  # noqa: S101  # started before it is watched
            started = monotonic()
            code = await self.process.wait()
            if monotonic() - started > EARNED_AFTER:
                wait = FIRST_WAIT
            say(f"{self.name} died ({_why(code)}); starting it again in {wait:.0f} s — see {self.log}")
            await asyncio.sleep(wait)
            wait = min(wait * 2, longest)
            await self._spawn()
            try:
                await self._until_ready()
            except PartFailed:
                if self.process.returncode is None:
                    self.process.kill()
                continue
            say(f"{self.name} is back")


def _why(code: int) -> str:
    return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() == 1:  # it died before we asked
        os.kill(os.getpid(), signal.SIGTERM)
