"""Somebody else's homeserver: a plain Synapse without a module of ours, where anybody may register.

`Wild` is loaded into it (see there), and behaves unless a test says otherwise.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import aiohttp
import yaml
from signedjson.key import read_signing_keys
from signedjson.types import SigningKey

from homeserver.keys import make_signing_key
from policies.names import ServerName, UserId
from tests.federation.certificates import Authority
from tests.homeserver.house import CLIENT, Answer, Json, Someone
from tests.synapse import ROOT, STARTED_WITHIN_S, STOPPED_WITHIN_S, free_port

QUICK: Final = {"per_second": 10_000, "burst_count": 10_000}
UNLIMITED: Final[Mapping[str, Any]] = {
    "rc_message": QUICK,
    "rc_registration": QUICK,
    "rc_login": {"address": QUICK, "account": QUICK, "failed_attempts": QUICK},
    "rc_joins": {"local": QUICK, "remote": QUICK},
    "rc_joins_per_room": QUICK,
    "rc_invites": {"per_room": QUICK, "per_user": QUICK, "per_issuer": QUICK},
    "rc_room_creation": QUICK,
    "rc_federation": {
        "window_size": 1000,
        "sleep_limit": 10_000,
        "sleep_delay": 1,
        "reject_limit": 10_000,
        "concurrent": 100,
    },
}


def build_neighbourhood(authority: Authority) -> dict[str, Any]:
    """What every homeserver needs to speak with others on one machine, and to try again soon after an outage."""
    return {
        "federation_custom_ca_list": [str(authority.certificate)],
        "ip_range_blacklist": [],
        "trusted_key_servers": [],
        "suppress_key_server_warning": True,
        "federation": {
            "destination_min_retry_interval": 500,
            "destination_retry_multiplier": 1,
            "destination_max_retry_interval": 500,
        },
        **UNLIMITED,
    }


class Elsewhere:
    """One of them."""

    def __init__(self, data: Path, authority: Authority, name: str) -> None:
        self.port, federation_port = free_port(), free_port()
        self.server_name = ServerName(f"localhost:{federation_port}")
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = data / f"{name}.log"
        self.http: aiohttp.ClientSession | None = None
        self._config = data / f"{name}.yaml"
        self._process: subprocess.Popen[bytes] | None = None
        certificate, key = authority.issue(name)
        signing_key = data / f"{name}.signing.key"
        signing_key.write_text(make_signing_key())
        with signing_key.open() as lines:
            self.signing_key: SigningKey = read_signing_keys(lines)[0]
        log_config = data / f"{name}.log.yaml"
        log_config.write_text(yaml.safe_dump(_LOG))
        self._config.write_text(
            yaml.safe_dump(
                {
                    "server_name": self.server_name,
                    "public_baseurl": f"{self.url}/",
                    "listeners": [
                        _listener(self.port, "client", tls=False),
                        _listener(federation_port, "federation", tls=True),
                    ],
                    "tls_certificate_path": str(certificate),
                    "tls_private_key_path": str(key),
                    "database": {"name": "sqlite3", "args": {"database": str(data / f"{name}.db")}},
                    "media_store_path": str(data / f"{name}.media"),
                    "log_config": str(log_config),
                    "signing_key_path": str(signing_key),
                    "macaroon_secret_key": "m",
                    "form_secret": "f",
                    "report_stats": False,
                    "enable_registration": True,
                    "enable_registration_without_verification": True,
                    "bcrypt_rounds": 4,
                    "presence": {"enabled": False},
                    "caches": {"sync_response_cache_duration": 0},
                    "modules": [{"module": "tests.federation.wild.Wild"}],
                    **build_neighbourhood(authority),
                }
            )
        )

    def user_id(self, localpart: str) -> UserId:
        return UserId(f"@{localpart}:{self.server_name}")

    async def request(
        self,
        method: str,
        path: str,
        body: Json = None,
        *,
        token: str | None = None,
        query: Mapping[str, str] | None = None,
    ) -> Answer:
        """Any request to it."""
        assert self.http is not None
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        async with self.http.request(method, self.url + path, json=body, headers=headers, params=query) as response:
            return Answer(response.status, await response.json(content_type=None))

    async def register(self, localpart: str) -> Someone:
        """Somebody with an account there, and a session."""
        made = await self.request(
            "POST",
            f"{CLIENT}/register",
            {"username": localpart, "password": "a password", "auth": {"type": "m.login.dummy"}},
        )
        assert made.status == 200, made
        return Someone(self, self.user_id(localpart), made.body["access_token"])

    @asynccontextmanager
    async def not_asking(self) -> AsyncIterator[None]:
        """For a while be hostile, or older than policy servers: it comes to the same."""
        await self._switch(asks=False)
        try:
            yield
        finally:
            await self._switch(asks=True)

    async def _switch(self, *, asks: bool) -> None:
        assert (await self.request("PUT", "/_test/asks", {"asks": asks})).status == 200

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Elsewhere]:
        """Be there."""
        async with aiohttp.ClientSession() as self.http:
            await asyncio.to_thread(self.start)
            try:
                yield self
            finally:
                await asyncio.to_thread(self.stop)

    def start(self) -> None:
        began = time.monotonic()
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "synapse.app.homeserver", "-c", str(self._config)],
                cwd=ROOT,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() - began > STARTED_WITHIN_S:
                self.stop()
                raise AssertionError(f"did not start: {self.log.read_text(errors='replace')[-4000:]}")
            time.sleep(0.02)

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(STOPPED_WITHIN_S)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/health", timeout=1) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False


def _listener(port: int, resource: str, *, tls: bool) -> dict[str, Any]:
    return {
        "type": "http",
        "port": port,
        "bind_addresses": ["127.0.0.1"],
        "tls": tls,
        "resources": [{"names": [resource], "compress": False}],
    }


_LOG: Final = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(request)s %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"level": "WARNING", "handlers": ["stderr"]},
}
