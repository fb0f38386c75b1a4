"""HTTP to the homeserver, and what its answers mean.

matrix-nio cannot masquerade as a ghost, so the bridge speaks the client-server API itself, and only this file knows
that it is HTTP. Nothing is retried here: whoever calls has an outbox row, and the row is retried.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote

import aiohttp

from bridge.errors import HomeserverAway, MatrixBusy, MatrixError, MatrixMissing, MatrixRefused, MatrixTaken

ANSWER_WITHIN: Final = 30.0
"""Seconds. A homeserver that takes longer is treated as away: what it did is found out by asking again."""

_TAKEN: Final = frozenset({"M_ROOM_IN_USE", "M_USER_IN_USE"})


@dataclass(frozen=True, slots=True)
class Identity:
    """Who makes a request: an access token, and for ghosts the user and device to act as.

    The device is what makes transaction ids last over a restart of the homeserver (MSC4326, `device_id`).
    """

    token: str = field(repr=False)
    params: Mapping[str, str] = field(default_factory=dict)


def path(*parts: str) -> str:
    """A client-server API path (v3) of percent-encoded parts."""
    return "/_matrix/client/v3/" + "/".join(quote(part, safe="") for part in parts)


class MatrixClient:
    """Requests to one homeserver."""

    def __init__(self, base_url: str, session: aiohttp.ClientSession) -> None:
        self._base_url = base_url.rstrip("/")
        self._session = session

    async def request(
        self,
        method: str,
        at: str,
        identity: Identity,
        *,
        body: Mapping[str, Any] | None = None,
        params: Mapping[str, str] | None = None,
    ) -> Any:
        """Ask, and answer the parsed JSON.

        :raises MatrixError: or one of its kinds, by errcode and status.
        :raises HomeserverAway: without an answer; what was asked may or may not have been done.
        """
        try:
            async with self._session.request(
                method,
                self._base_url + at,
                params={**identity.params, **(params or {})},
                headers={"Authorization": f"Bearer {identity.token}"},
                json=body,
                timeout=aiohttp.ClientTimeout(total=ANSWER_WITHIN),
            ) as response:
                answer = await _parse_json(response)
                if response.status < 300:
                    return answer
                raise _parse_error(response.status, answer)
        except (aiohttp.ClientError, TimeoutError) as fault:
            raise HomeserverAway(f"{method} {at}: {type(fault).__name__}") from fault

    async def download(self, at: str, identity: Identity) -> tuple[bytes, str]:
        """The bytes and content type of a piece of media. Raises as `request` does."""
        try:
            async with self._session.get(
                self._base_url + at, params=identity.params, headers={"Authorization": f"Bearer {identity.token}"}
            ) as response:
                if response.status < 300:
                    return await response.read(), response.content_type
                raise _parse_error(response.status, await _parse_json(response))
        except (aiohttp.ClientError, TimeoutError) as fault:
            raise HomeserverAway(f"GET {at}: {type(fault).__name__}") from fault

    async def upload(self, data: bytes, content_type: str, name: str, identity: Identity) -> str:
        """Put media into the homeserver's store; answers its content URI. Raises as `request` does."""
        try:
            async with self._session.post(
                self._base_url + "/_matrix/media/v3/upload",
                params={**identity.params, "filename": name},
                headers={"Authorization": f"Bearer {identity.token}", "Content-Type": content_type},
                data=data,
            ) as response:
                answer = await _parse_json(response)
                if response.status < 300:
                    return str(answer["content_uri"])
                raise _parse_error(response.status, answer)
        except (aiohttp.ClientError, TimeoutError) as fault:
            raise HomeserverAway(f"POST upload: {type(fault).__name__}") from fault


async def _parse_json(response: aiohttp.ClientResponse) -> Any:
    try:
        return await response.json(content_type=None)
    except ValueError:
        return None  # a proxy's page, or nothing: the status alone has to do


def _parse_error(status: int, answer: Any) -> MatrixError:
    fields = answer if isinstance(answer, Mapping) else {}
    errcode = str(fields.get("errcode", "M_UNKNOWN"))
    sentence = str(fields.get("error", "The homeserver gave no reason."))
    if status == 429:
        return MatrixBusy(status, errcode, sentence, float(fields.get("retry_after_ms", 1000)) / 1000)
    if errcode in _TAKEN:
        return MatrixTaken(status, errcode, sentence)
    kinds = {403: MatrixRefused, 404: MatrixMissing}
    return kinds.get(status, MatrixError)(status, errcode, sentence)
