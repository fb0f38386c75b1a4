"""One attempt at one delivery.

    https? ─▶ resolve once ─▶ public? ─▶ connect to that ─▶ POST ─▶ 2xx: received
      │                         │                             ├─ 410: gone, never again
      └── refused ──────────────┴── refused                   ├─ 307, 308: once more from the left, if that is allowed
                                                              └─ anything else, too slow, no answer: later

Nothing of an answer is kept but its status. Proxies of the environment are not used: they would resolve by themselves.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from ipaddress import ip_address
from typing import Final

import aiohttp
from yarl import URL

from bridge.config import HookSettings
from bridge.errors import HookFailed
from bridge.webhooks.addresses import AddressRefused, CheckedResolver, Resolve, is_public, resolve_by_system
from bridge.webhooks.signature import DELIVERY, EVENT, SIGNATURE, build_signature

AT_MOST: Final = 16 * 1024
"""Bytes of an answer that are read, so that its connection ends in good order."""
REDIRECTS: Final = 3
GONE: Final = 410
_KEEP_METHOD: Final = frozenset({307, 308})


class WebhookSender:
    """Implements `bridge.ports.HookSender`."""

    def __init__(
        self,
        hooks: Mapping[str, HookSettings],
        secrets: Mapping[str, str],
        timeout: float,
        resolve: Resolve = resolve_by_system,
    ) -> None:
        self._hooks = hooks
        self._secrets = secrets
        self._timeout = timeout
        self._resolve = resolve

    async def deliver(self, hook: str, delivery: str, event: str, body: str, now: datetime) -> None:
        """Tell a hook.

        :raises HookFailed: if it did not say that it has received it.
        """
        settings = self._hooks.get(hook)
        if settings is None:
            raise HookFailed(hook, "it is in the settings no more", is_final=True)
        payload = body.encode()
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "Chaperone",
            DELIVERY: delivery,
            EVENT: event,
            SIGNATURE: build_signature(self._secrets[hook], payload, now),
        }
        url = URL(settings.url)
        for _ in range(1 + (REDIRECTS if settings.allow_redirects else 0)):
            status, further = await self._post(settings, url, headers, payload)
            if 200 <= status < 300:
                return
            if not settings.allow_redirects or status not in _KEEP_METHOD or further is None:
                raise HookFailed(hook, f"it answered {status}", is_final=status == GONE)
            url = further
        raise HookFailed(hook, "it leads from one address to the next")

    async def _post(
        self, settings: HookSettings, url: URL, headers: Mapping[str, str], payload: bytes
    ) -> tuple[int, URL | None]:
        _check(settings, url)
        connector = aiohttp.TCPConnector(
            resolver=CheckedResolver(self._resolve, allow_private=settings.allow_private),
            use_dns_cache=False,
            force_close=True,
        )
        timeout = aiohttp.ClientTimeout(total=self._timeout)
        try:
            async with (
                aiohttp.ClientSession(
                    connector=connector,
                    timeout=timeout,
                    auto_decompress=False,
                    trust_env=False,
                    cookie_jar=aiohttp.DummyCookieJar(),
                ) as session,
                session.post(url, data=payload, headers=headers, allow_redirects=False) as response,
            ):
                await response.content.read(AT_MOST)
                location = response.headers.get("Location")
                return response.status, None if location is None else url.join(URL(location))
        except aiohttp.ClientConnectorError as fault:
            refused = _refusal(fault)
            raise HookFailed(settings.name, str(refused) if refused else type(fault).__name__) from fault
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as fault:
            raise HookFailed(settings.name, type(fault).__name__) from fault


def _check(settings: HookSettings, url: URL) -> None:
    """Hold an address against the settings, as far as it can be without resolving its name.

    :raises HookFailed: naming what is not allowed.
    """
    if url.scheme != "https" and not (url.scheme == "http" and settings.allow_http):
        raise HookFailed(settings.name, f"{url.scheme} is not allowed")
    host = url.host or ""
    try:
        ip_address(host)
    except ValueError:
        return  # a name: the resolver looks at what it is at
    if not settings.allow_private and not is_public(host):
        raise HookFailed(settings.name, str(AddressRefused(host, host)))


def _refusal(fault: BaseException) -> AddressRefused | None:
    """What the resolver said, where aiohttp has wrapped it."""
    seen: BaseException | None = fault
    while seen is not None:
        if isinstance(seen, AddressRefused):
            return seen
        inner = getattr(seen, "os_error", None)
        seen = inner if isinstance(inner, BaseException) and inner is not seen else seen.__cause__
    return None
