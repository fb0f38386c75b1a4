"""A whole Chaperone, as `make up` runs it: homeserver, bridge and robots, on free ports and data of its own."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import aiohttp

from policies.names import UserId
from tests.synapse import ROOT, free_port
from tests.until import until

UP_WITHIN_S: Final = 90


@dataclass(frozen=True)
class DemoLogin:
    """Somebody to log in as."""

    login: str
    password: str
    user_id: UserId


class House:
    """`chaperone up` and what it says in ``ready.json``."""

    def __init__(self, data: Path, **settings: str) -> None:
        """:param settings: more of the environment, such as ``CHAPERONE__GATEWAY__MAX_FRAME="1024"``."""
        self.data = data
        self.output = data.parent / f"{data.name}.up.log"
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("CHAPERONE")},
            "CHAPERONE_DATA": str(data),
            "CHAPERONE_PORT": str(free_port()),
            "CHAPERONE_HOMESERVER_PORT": str(free_port()),
            "CHAPERONE_APPSERVICE_PORT": str(free_port()),
            **settings,
        }
        self._process: subprocess.Popen[bytes] | None = None
        self.ready: dict[str, Any] = {}

    async def start(self) -> None:
        """Returns when everything is up."""
        self._spawn()
        ready = self.data / "ready.json"

        async def decided() -> bool:
            return ready.exists() or self._process_ended()

        await until(decided, within_s=UP_WITHIN_S)
        assert ready.exists(), self.output.read_text() + self._logs()
        self.ready = json.loads(ready.read_text())

    def _spawn(self) -> None:
        with self.output.open("ab") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "bridge.cli", "up"], env=self.environment, cwd=ROOT, stdout=output, stderr=output
            )

    async def stop(self) -> int:
        """Ctrl-C."""
        assert self._process is not None
        self._process.send_signal(signal.SIGINT)
        return await asyncio.to_thread(self._process.wait, 40)

    def kill_part(self, module: str) -> None:
        """kill -9 of one part; `up` starts it again."""
        os.kill(self.pid_of(module), signal.SIGKILL)

    async def kill_and_see_back(self, module: str) -> None:
        """kill -9 of one part; returns when another process of it is there, and everything answers."""
        killed = self.pid_of(module)
        os.kill(killed, signal.SIGKILL)

        async def is_back() -> bool:
            try:
                return self.pid_of(module) != killed and await self.answers()
            except (AssertionError, FileNotFoundError):
                return False

        await until(is_back, within_s=90)

    def pid_of(self, module: str) -> int:
        """The process id of a part."""
        assert self._process is not None
        children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children").read_text().split()
        for child in children:
            command = Path(f"/proc/{child}/cmdline").read_bytes().split(b"\0")
            # `python -m homeserver run` becomes Synapse, whose command line says so.
            if any(module.encode() in word or (module == "homeserver" and b"synapse" in word) for word in command[1:4]):
                return int(child)
        raise AssertionError(f"{module} is not running")

    @property
    def web(self) -> str:
        return str(self.ready["web"])

    @property
    def homeserver(self) -> str:
        return str(self.ready["homeserver"])

    def login(self, who: str) -> DemoLogin:
        """One of the demo's people by their key in ``ready.json``."""
        return DemoLogin(**self.ready["logins"][who])

    async def answers(self) -> bool:
        """Whether every part answers."""
        async with aiohttp.ClientSession() as session:
            try:
                async with session.get(f"{self.web}/readyz") as response:
                    return response.status == 200
            except aiohttp.ClientError:
                return False

    def _process_ended(self) -> bool:
        return self._process is not None and self._process.poll() is not None

    def _logs(self) -> str:
        logs = self.data / "logs"
        return "".join(
            f"\n--- {log.name}\n" + "\n".join(log.read_text().splitlines()[-30:]) for log in sorted(logs.glob("*.log"))
        )
