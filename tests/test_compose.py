"""docker-compose.yml, without a container engine: parsed, and what it says run natively.

Every command, environment and health check is taken from the file; only what a container would have of its own (host
names, ports, paths) is put in its place on this machine.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from homeserver.settings import Settings
from tests.synapse import ROOT, free_port

HEALTHY_WITHIN_S: Final = 60
COMPOSE: Final = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: Final[Mapping[str, Any]] = COMPOSE["services"]


def modules_of(command: list[str]) -> list[str]:
    """The modules that a command runs by `python -m`."""
    return re.findall(r"python -m ([\w.]+)", " ".join(command))


def test_there_are_the_three_parts() -> None:
    assert set(SERVICES) == {"homeserver", "bridge", "bots"}
    assert {service["image"] for service in SERVICES.values()} == {"chaperone"}
    assert {service["build"] for service in SERVICES.values()} == {"."}


@pytest.mark.parametrize("name", SERVICES)
def test_a_part_runs_its_own_package_as_make_up_does(name: str) -> None:
    modules = modules_of(SERVICES[name]["command"])
    assert set(modules) == {name}
    assert find_spec(f"{name}.__main__") is not None


@pytest.mark.parametrize("name", SERVICES)
def test_the_parts_share_one_place_for_data(name: str) -> None:
    assert SERVICES[name]["volumes"] == ["data:/data"]
    assert SERVICES[name]["environment"]["CHAPERONE_DATA"] == "/data"
    assert "data" in COMPOSE["volumes"]


def test_a_part_waits_for_the_health_of_what_it_needs() -> None:
    assert set(SERVICES["bridge"]["depends_on"]) == {"homeserver"}
    assert set(SERVICES["bots"]["depends_on"]) == {"homeserver", "bridge"}
    for service in SERVICES.values():
        for needed, how in service.get("depends_on", {}).items():
            assert how == {"condition": "service_healthy"}
            assert SERVICES[needed]["healthcheck"]["test"][0] == "CMD"


def test_nothing_is_open_to_the_network_but_by_choice() -> None:
    ports = [port for service in SERVICES.values() for port in service.get("ports", [])]
    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_the_parts_are_told_where_the_others_are() -> None:
    environment = SERVICES["homeserver"]["environment"]
    hosts = {
        re.sub(r"^http://|:\d+$", "", environment[option])
        for option in ("CHAPERONE__MATRIX__HOMESERVER_URL", "CHAPERONE__HOMESERVER__APPSERVICE_URL")
    }
    assert hosts == {"homeserver", "bridge"}
    assert {service["environment"].items() == environment.items() for service in SERVICES.values()} == {True}


def test_the_ports_are_the_ones_the_parts_choose_by_themselves() -> None:
    assert Settings().homeserver.port == 8008
    assert SERVICES["homeserver"]["ports"] == ["127.0.0.1:8008:8008"]


def test_the_image_is_built_from_the_lock_on_a_small_base() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text()
    assert "FROM python:3.11-slim" in dockerfile
    assert "--require-hashes -r requirements.lock" in dockerfile
    assert "USER chaperone" in dockerfile


class Native:
    """What a container would have of its own, put in its place on this machine."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.ports = {port: str(free_port()) for port in ("8008", "8090", "8091")}

    def here(self, value: str) -> str:
        """A value of the file as it is here."""
        value = re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", value)
        value = re.sub(r"//(homeserver|bridge):", "//127.0.0.1:", value)
        value = value.replace("0.0.0.0", "127.0.0.1").replace("/data", str(self.data))
        return re.sub(r"(?<=:)(8008|8090|8091)\b", lambda port: self.ports[port[0]], value)

    def environment(self, service: Mapping[str, Any]) -> dict[str, str]:
        """A service's environment."""
        return {
            **{name: value for name, value in os.environ.items() if not name.startswith("CHAPERONE")},
            **{name: self.here(value) for name, value in service["environment"].items()},
            "CHAPERONE_HOMESERVER_PORT": self.ports["8008"],
            "CHAPERONE_PORT": self.ports["8090"],
            "CHAPERONE_APPSERVICE_PORT": self.ports["8091"],
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        }

    @contextmanager
    def run(self, name: str) -> Iterator[subprocess.Popen[bytes]]:
        """A service, until it is not needed any more."""
        log = self.data.parent / f"{name}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                SERVICES[name]["command"],
                env=self.environment(SERVICES[name]),
                cwd=ROOT,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        try:
            yield process
            assert process.poll() is None, f"{name} ended by itself:\n{log.read_text()[-4000:]}"
            process.terminate()
            process.wait(20)
        finally:
            if process.poll() is None:
                process.kill()
            process.wait()

    def wait_until_healthy(self, name: str, process: subprocess.Popen[bytes]) -> None:
        """Ask what the file says to ask."""
        check = [self.here(part) for part in SERVICES[name]["healthcheck"]["test"][1:]]
        deadline = time.monotonic() + HEALTHY_WITHIN_S
        while True:
            asked = subprocess.run(
                check, env=self.environment(SERVICES[name]), capture_output=True, check=False, text=True
            )
            if asked.returncode == 0:
                return
            log = (self.data.parent / f"{name}.log").read_text()[-4000:]
            assert process.poll() is None, f"{name} ended:\n{log}"
            assert time.monotonic() < deadline, f"{shlex.join(check)}: {asked.stderr[-500:]}\n{log}"


@pytest.mark.e2e
def test_what_the_file_says_runs_here(tmp_path: Path) -> None:
    native = Native(tmp_path / "data")
    with native.run("homeserver") as homeserver:
        native.wait_until_healthy("homeserver", homeserver)
        with native.run("bridge") as bridge:
            native.wait_until_healthy("bridge", bridge)
            with native.run("bots") as bots:
                deadline = time.monotonic() + HEALTHY_WITHIN_S
                while not list((native.data / "bots").glob("*.json")):
                    assert bots.poll() is None, (tmp_path / "bots.log").read_text()[-4000:]
                    assert time.monotonic() < deadline, "no robot has a session"
                    time.sleep(0.05)
