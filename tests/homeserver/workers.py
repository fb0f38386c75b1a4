"""A Synapse of several processes, as production has it: PostgreSQL, Redis, the main process and two workers.

    Farm(tmp_path).start() ─▶ farm.synapse (main), farm.workers (ports); farm.stop()

Needs PostgreSQL's and Redis' programs, and psycopg2 and txredisapi beside Synapse; `missing()` names what is not there.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import aiohttp
import yaml

from tests.homeserver.house import Answer
from tests.synapse import ROOT, Synapse, free_port

STARTED_WITHIN_S: Final = 60
PROGRAMS: Final = ("initdb", "postgres", "createdb", "redis-server")
PACKAGES: Final = ("psycopg2", "txredisapi")


def missing() -> list[str]:
    """What has to be there and is not."""
    return [name for name in PROGRAMS if shutil.which(name) is None] + [
        name for name in PACKAGES if find_spec(name) is None
    ]


class Farm:
    """All the processes of one homeserver."""

    def __init__(self, directory: Path, settings: Mapping[str, str] | None = None) -> None:
        self._directory = directory
        self.synapse = Synapse(directory / "data", settings)
        self.workers = (free_port(), free_port())
        self._postgres, self._redis, self._replication = free_port(), free_port(), free_port()
        self._processes: list[subprocess.Popen[bytes]] = []

    def start(self) -> None:
        """Returns when every process answers."""
        self._start_postgres()
        self._run("redis", ["redis-server", "--port", str(self._redis), "--bind", "127.0.0.1", "--save", ""])
        self._configure_main()
        self.synapse.start()
        for number, port in enumerate(self.workers):
            config = ["-c", str(self._config), "-c", str(self._configure_worker(f"worker{number}", port))]
            self._run(f"worker{number}", [sys.executable, "-m", "synapse.app.generic_worker", *config])
        for port in self.workers:
            self._await_answer(port)

    def stop(self) -> None:
        """The last one started first."""
        for process in reversed(self._processes[2:]):
            process.terminate()
            process.wait(30)
        self.synapse.stop()
        for process in reversed(self._processes[:2]):
            process.terminate()
            process.wait(30)

    @property
    def _config(self) -> Path:
        return self.synapse.data / "homeserver" / "homeserver.yaml"

    def _start_postgres(self) -> None:
        data = self._directory / "postgres"
        data.mkdir()
        as_whom: list[str] = []
        if os.geteuid() == 0:  # PostgreSQL refuses to be root
            shutil.chown(data, "postgres")
            for directory in (self._directory, *self._directory.parents):
                directory.chmod(directory.stat().st_mode | 0o011)
            as_whom = ["setpriv", "--reuid", "postgres", "--regid", "postgres", "--clear-groups"]
        made = [*as_whom, "initdb", "-D", str(data), "-U", "synapse", "-A", "trust", "--encoding=UTF8", "--locale=C"]
        subprocess.run(made, check=True, stdout=subprocess.DEVNULL, cwd="/")
        options = ("listen_addresses=127.0.0.1", f"unix_socket_directories={data}", "fsync=off")
        settings = [part for option in options for part in ("-c", option)]
        server = [*as_whom, "postgres", "-D", str(data), "-p", str(self._postgres), *settings]
        self._run("postgres", server, cwd="/")
        where = ["-h", "127.0.0.1", "-p", str(self._postgres), "-U", "synapse"]
        how = ["-E", "UTF8", "-l", "C", "-T", "template0", "synapse"]
        deadline = time.monotonic() + STARTED_WITHIN_S
        while subprocess.run(["createdb", *where, *how], stderr=subprocess.DEVNULL, check=False).returncode:
            assert time.monotonic() < deadline, "PostgreSQL did not start"
            time.sleep(0.1)

    def _configure_main(self) -> None:
        config = yaml.safe_load(self._config.read_text())
        database = {"user": "synapse", "dbname": "synapse", "host": "127.0.0.1", "port": self._postgres}
        config |= {
            "database": {"name": "psycopg2", "args": {**database, "cp_min": 2, "cp_max": 5}},
            "redis": {"enabled": True, "host": "127.0.0.1", "port": self._redis},
            "instance_map": {"main": {"host": "127.0.0.1", "port": self._replication}},
            "worker_replication_secret": "secret",
        }
        config["listeners"].append(self._listener(self._replication, "replication"))
        self._config.write_text(yaml.safe_dump(config))

    def _configure_worker(self, name: str, port: int) -> Path:
        path = self._directory / f"{name}.yaml"
        config = {
            "worker_app": "synapse.app.generic_worker",
            "worker_name": name,
            "worker_listeners": [self._listener(port, "client")],
            "worker_log_config": str(self.synapse.data / "homeserver" / "log.yaml"),
        }
        path.write_text(yaml.safe_dump(config))
        return path

    def _listener(self, port: int, resource: str) -> dict[str, Any]:
        return {"type": "http", "port": port, "bind_addresses": ["127.0.0.1"], "resources": [{"names": [resource]}]}

    def _run(self, name: str, command: Sequence[str], cwd: str | Path = ROOT) -> None:
        with (self._directory / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(
                command, stdout=log, stderr=subprocess.STDOUT, cwd=cwd, env=self.synapse.environment
            )
        self._processes.append(process)

    def _await_answer(self, port: int) -> None:
        deadline = time.monotonic() + STARTED_WITHIN_S
        while True:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=1):
                    return
            except (urllib.error.URLError, OSError):
                assert time.monotonic() < deadline, f"the worker at {port} did not start"
                time.sleep(0.1)


class Window:
    """The same homeserver through one of its processes."""

    def __init__(self, http: aiohttp.ClientSession, port: int) -> None:
        self._http = http
        self._url = f"http://127.0.0.1:{port}"

    async def request(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        token: str | None = None,
        query: Mapping[str, str] | None = None,
    ) -> Answer:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        async with self._http.request(method, self._url + path, json=body, headers=headers, params=query) as response:
            return Answer(response.status, await response.json(content_type=None))
