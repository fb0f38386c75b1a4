"""The robots as a process of their own, as `make up` runs them: started, stopped, killed, started again."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
from pathlib import Path

from tests.synapse import ROOT, Synapse
from tests.until import until


class RobotsProcess:
    """`python -m bots` beside a Synapse, on the same data."""

    def __init__(self, synapse: Synapse, settings: dict[str, str] | None = None) -> None:
        self.ready_file = synapse.data / "bots" / "ready.json"
        self.log = synapse.data / "logs" / "bots.log"
        self._environment = {**synapse.environment, **(settings or {})}
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def is_running(self) -> bool:
        """Whether the process lives."""
        return self._process is not None and self._process.poll() is None

    def spawn(self) -> None:
        """Start it, and do not wait."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "bots"], env=self._environment, cwd=ROOT, stdout=log, stderr=subprocess.STDOUT
            )

    async def start(self) -> None:
        """Start it; returns when it is ready."""
        self.spawn()
        await until(self.is_ready, within_s=60)

    async def is_ready(self) -> bool:
        """Whether this very process says so."""
        assert self._process is not None
        assert self._process.poll() is None, self.log.read_text()
        try:
            content = json.loads(self.ready_file.read_text())
        except (OSError, ValueError):
            return False
        return bool(content["ready"] and content["pid"] == self._process.pid)

    async def stop(self, by: signal.Signals = signal.SIGTERM) -> int:
        """Ask it to stop; its exit code."""
        assert self._process is not None
        self._process.send_signal(by)
        return await asyncio.to_thread(self._process.wait, 15)

    def kill(self) -> None:
        """kill -9."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def run(self, command: str) -> subprocess.CompletedProcess[str]:
        """Another command of it, to its end."""
        return subprocess.run(
            [sys.executable, "-m", "bots", command],
            env=self._environment,
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )


def session_file(synapse: Synapse, localpart: str) -> Path:
    """Where a robot keeps its session."""
    return synapse.data / "bots" / f"{localpart}.json"
