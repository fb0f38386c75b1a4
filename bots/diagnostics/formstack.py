"""A form by its number, from the vendor's API (v2): read-only, one token for all, and never faster than is allowed.

    form ─▶ notifications, confirmations, webhooks (each by pages) ─▶ submission, if one is asked for ─▶ a bundle
      └─ not there, not allowed, away ─▶ VendorRefused      └─ not readable ─▶ said in the bundle, never taken for none

Statuses of this API cannot be trusted alone: an error may come as 200 with ``{"status": "error"}``. Redirects are not
followed, since the token would go along. What is read is a customer's: nothing of it is logged.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any, Final

import aiohttp

from bots.diagnostics.parse import MAX_BYTES
from bots.diagnostics.values import shown, text
from bots.errors import BotsError
from policies.content import as_mapping

PER_PAGE: Final = 50
"""The most that the vendor gives at once."""
MOST_PAGES: Final = 20
MOST_TRIES: Final = 3
LONGEST_WAIT_SECONDS: Final = 20.0
REQUEST_SECONDS: Final = 20.0
DAY_SECONDS: Final = 86_400.0
LISTS: Final = {"notification": "notifications", "confirmation": "confirmations", "webhook": "webhooks"}


class VendorRefused(BotsError):
    """The vendor did not give what was asked for. `sentence` is for whoever asked."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(f"{status}: {sentence}")
        self.status = status
        self.sentence = sentence


class Pace:
    """At most so many calls a minute, and so many a day. Calls above that wait; those of another day are refused."""

    def __init__(self, per_minute: int, per_day: int, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._per_minute = per_minute
        self._per_day = per_day
        self._monotonic = monotonic
        self._calls: deque[float] = deque()

    def take(self) -> float:
        """Count a call: 0 if it may be made, else the seconds until it may."""
        now = self._monotonic()
        while self._calls and self._calls[0] <= now - DAY_SECONDS:
            self._calls.popleft()
        if len(self._calls) >= self._per_day:
            return self._calls[0] + DAY_SECONDS - now
        if len(self._calls) >= self._per_minute and (earlier := self._calls[-self._per_minute]) > now - 60:
            return earlier + 60 - now
        self._calls.append(now)
        return 0.0


class Formstack:
    """The API, with one token."""

    def __init__(
        self,
        url: str,
        load_token: Callable[[], str],
        pace: Pace,
        sleep: Callable[[float], Any] = asyncio.sleep,
    ) -> None:
        self._url = url.rstrip("/")
        self._load_token = load_token
        self._pace = pace
        self._sleep = sleep

    async def load_bundle(self, form_id: str, submission_id: str = "") -> bytes:
        """Form, e-mails, webhooks and perhaps a submission, as `bots.diagnostics.parse` reads them.

        :raises VendorRefused: if there is no reading the form itself.
        """
        try:
            token = self._load_token()
        except (OSError, UnicodeDecodeError):
            raise VendorRefused(0, "the file with the vendor’s token cannot be read") from None
        async with aiohttp.ClientSession(
            headers={"Authorization": f"Bearer {token}", "Accept": "application/json"},
            timeout=aiohttp.ClientTimeout(total=REQUEST_SECONDS),
        ) as session:
            form = await self._get(session, f"form/{form_id}.json")
            bundle: dict[str, Any] = {"form": form}
            unreadable: dict[str, str] = {}
            for name, key in LISTS.items():
                try:
                    bundle[key] = await self._get_list(session, f"form/{form_id}/{name}.json", key)
                except VendorRefused as refused:
                    unreadable[key] = refused.sentence
            if submission_id:
                try:
                    bundle["submission"] = await self._get(session, f"submission/{submission_id}.json")
                except VendorRefused as refused:
                    unreadable["submission"] = refused.sentence
        return json.dumps({**bundle, "unreadable": unreadable}).encode()

    async def _get_list(self, session: aiohttp.ClientSession, path: str, key: str) -> list[Any]:
        found: list[Any] = []
        for page in range(1, MOST_PAGES + 1):
            answer = await self._get(session, path, page=str(page), per_page=str(PER_PAGE))
            entries = answer if isinstance(answer, list) else as_mapping(answer).get(key)
            if not isinstance(entries, list):
                raise VendorRefused(200, "the vendor’s answer has not the shape that it should have")
            found += entries
            if not entries or not self._goes_on(answer, page, len(found)):
                return found
        raise VendorRefused(200, f"there are more than {MOST_PAGES * PER_PAGE:,}")

    def _goes_on(self, answer: Any, page: int, found: int) -> bool:
        said = as_mapping(answer)
        pages, total = _whole(said.get("pages")), _whole(said.get("total"))
        if pages is not None:
            return page < pages
        return total is not None and found < total

    async def _get(self, session: aiohttp.ClientSession, path: str, **query: str) -> Any:
        refused = VendorRefused(0, "the vendor does not answer")
        for attempt in range(MOST_TRIES):
            await self._wait_turn()
            try:
                async with session.get(f"{self._url}/{path}", params=query, allow_redirects=False) as response:
                    body = await _read(response)
                    wait = _wait_of(response, attempt)
                    status = response.status
            except (aiohttp.ClientError, TimeoutError) as fault:
                refused, wait = VendorRefused(0, f"the vendor does not answer ({type(fault).__name__})"), 2.0**attempt
            else:
                if status == 200 and not _is_error(body):
                    return body
                refused = _explain(status, body)
                if status not in (429, 500, 502, 503, 504):
                    raise refused
            if wait > LONGEST_WAIT_SECONDS or attempt == MOST_TRIES - 1:
                break
            await self._sleep(wait)
        raise refused

    async def _wait_turn(self) -> None:
        while wait := self._pace.take():
            if wait > 60:
                raise VendorRefused(429, "as many calls as are allowed a day have been made")
            await self._sleep(wait)


def _whole(value: Any) -> int | None:
    written = text(value)
    return int(written) if written.isascii() and written.isdigit() and len(written) < 10 else None


async def _read(response: aiohttp.ClientResponse) -> Any:
    body = bytearray()
    async for piece in response.content.iter_chunked(64 * 1024):
        body += piece
        if len(body) > MAX_BYTES:
            raise VendorRefused(response.status, f"the vendor’s answer has more than {MAX_BYTES // 1024 // 1024} MB")
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _is_error(body: Any) -> bool:
    said: Mapping[str, Any] = as_mapping(body)
    return body is None or said.get("status") == "error" or bool(said.get("error") and "fields" not in said)


def _wait_of(response: aiohttp.ClientResponse, attempt: int) -> float:
    said = response.headers.get("Retry-After", "")
    return float(said) if said.isascii() and said.isdigit() and len(said) < 7 else 2.0**attempt


def _explain(status: int, body: Any) -> VendorRefused:
    said = as_mapping(body)
    words = shown(text(said.get("error_description")) or text(said.get("error")), 120)
    reasons = {
        400: "the vendor does not understand the request; the token may be wrong",
        401: "the vendor does not accept the token",
        403: "the token has no permission for it",
        404: "the vendor knows no such thing, or the token may not see it",
        429: "the vendor’s limit of calls is reached",
    }
    if 300 <= status < 400:
        reason = "the vendor sends us elsewhere, where the token must not go"
    elif status >= 500:
        reason = "the vendor is out of order"
    else:
        reason = reasons.get(
            status, "the vendor’s answer is an error" if said else "the vendor’s answer cannot be read"
        )
    return VendorRefused(status, f"{reason} ({status}{f', “{words}”' if words else ''})")
