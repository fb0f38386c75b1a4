"""A real Synapse with our module, rendered and run as a person would: `python -m homeserver render`, then `run`.

    synapse = Synapse(tmp_path)     renders on free ports
    synapse.start()                 returns when it answers, or fails with the end of its log
    synapse.kill(); synapse.start() kill -9, and on with the same data
    synapse.stop()                  as Ctrl-C would

All of it blocks; in a test that has other work on its loop: `await asyncio.to_thread(synapse.start)`.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from policies.names import ServerName, UserId

ROOT: Final = Path(__file__).resolve().parent.parent
STARTED_WITHIN_S: Final = 60
STOPPED_WITHIN_S: Final = 15


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Synapse:
    """One homeserver and its data."""

    def __init__(self, data: Path, settings: Mapping[str, str] | None = None) -> None:
        self.data = data
        self.server_name = ServerName((settings or {}).get("CHAPERONE__MATRIX__SERVER_NAME", "localhost"))
        self.bot = UserId(f"@chaperone:{self.server_name}")
        self.port, self.appservice_port = free_port(), free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.appservice_url = f"http://127.0.0.1:{self.appservice_port}"
        self.log = data / "logs" / "homeserver.log"
        self.seconds_to_start = 0.0
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("CHAPERONE")},
            "CHAPERONE_DATA": str(data),
            "CHAPERONE_HOMESERVER_PORT": str(self.port),
            "CHAPERONE_APPSERVICE_PORT": str(self.appservice_port),
            **(settings or {}),
        }
        """What any other part needs to find this Synapse and its secrets."""
        self._process: subprocess.Popen[bytes] | None = None
        self.log.parent.mkdir(parents=True, exist_ok=True)
        rendered = self.homeserver("render")
        assert rendered.returncode == 0, rendered.stderr

    def homeserver(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run `python -m homeserver` to its end."""
        return subprocess.run(
            [sys.executable, "-m", "homeserver", *arguments],
            env=self.environment,
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )

    def secret(self, name: str) -> str:
        """One of var/secrets."""
        return (self.data / "secrets" / name).read_text().strip()

    @property
    def is_running(self) -> bool:
        """Whether the process lives."""
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int:
        """Of the running process."""
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Start, or start again on the same data; returns when it answers."""
        assert not self.is_running
        began = time.monotonic()
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "homeserver", "run"],
                env=self.environment,
                cwd=ROOT,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        while not self._answers():
            if not self.is_running or time.monotonic() - began > STARTED_WITHIN_S:
                self.kill()
                raise AssertionError(f"Synapse did not start. The end of {self.log}:\n{self.log_tail()}")
            time.sleep(0.02)
        self.seconds_to_start = time.monotonic() - began

    def kill(self) -> None:
        """kill -9."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def stop(self) -> None:
        """Ask it to stop, and see that it does."""
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(STOPPED_WITHIN_S)
            except subprocess.TimeoutExpired:
                self.kill()
                raise
            self._process = None

    def log_tail(self, lines: int = 40) -> str:
        """The end of what it wrote."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/health", timeout=1) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False
