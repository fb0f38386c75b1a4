"""A webhook is called at a real server, and led nowhere it may not go."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bridge.config import HookSettings
from bridge.errors import HookFailed
from bridge.webhooks.addresses import Resolve, resolve_by_system
from bridge.webhooks.sender import WebhookSender
from bridge.webhooks.signature import DELIVERY, EVENT, SIGNATURE, build_signature
from tests.bridge.webhooks.receiver import Receiver, open_receiver

NOW = datetime(2026, 1, 1, tzinfo=UTC)
SECRET = "a secret of sixteen"
BODY = json.dumps({"id": "d1", "event": "issue.opened"})


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with open_receiver() as receiver:
        yield receiver


def sender(url: str, resolve: Resolve = resolve_by_system, timeout: float = 5, **allowed: Any) -> WebhookSender:
    settings = HookSettings(name="crm", url=url, secret_file=Path("unread"), **{"allow_http": True, **allowed})
    return WebhookSender({"crm": settings}, {"crm": SECRET}, timeout, resolve)


async def deliver(one: WebhookSender, hook: str = "crm") -> None:
    await one.deliver(hook, "d1", "issue.opened", BODY, NOW)


async def fault_of(one: WebhookSender, hook: str = "crm") -> HookFailed:
    with pytest.raises(HookFailed) as caught:
        await deliver(one, hook)
    return caught.value


async def test_a_delivery_arrives_whole_and_signed(receiver: Receiver) -> None:
    await deliver(sender(receiver.url, allow_private=True))
    [(headers, body)] = receiver.heard
    assert body == BODY.encode()
    assert headers[SIGNATURE] == build_signature(SECRET, body, NOW)
    assert (headers[DELIVERY], headers[EVENT]) == ("d1", "issue.opened")
    assert headers["Content-Type"] == "application/json"


@pytest.mark.parametrize("status", [201, 202, 204])
async def test_whatever_2xx_says_is_received(receiver: Receiver, status: int) -> None:
    receiver.answers = [status]
    await deliver(sender(receiver.url, allow_private=True))


@pytest.mark.parametrize("status", [301, 302, 307, 400, 401, 404, 429, 500, 503])
async def test_anything_else_is_tried_again_later(receiver: Receiver, status: int) -> None:
    receiver.answers = [status]
    receiver.location = "/elsewhere"
    fault = await fault_of(sender(receiver.url, allow_private=True))
    assert not fault.is_final
    assert str(status) in fault.reason
    assert len(receiver.heard) == 1


async def test_who_is_gone_is_not_called_again(receiver: Receiver) -> None:
    receiver.answers = [410]
    assert (await fault_of(sender(receiver.url, allow_private=True))).is_final


async def test_a_hook_that_the_settings_have_no_more_is_given_up(receiver: Receiver) -> None:
    assert (await fault_of(sender(receiver.url), "erp")).is_final


async def test_who_is_slow_is_not_waited_for(receiver: Receiver) -> None:
    receiver.delay = 30
    fault = await fault_of(sender(receiver.url, allow_private=True, timeout=0.2))
    assert not fault.is_final


async def test_an_answer_without_end_is_not_read_to_its_end(receiver: Receiver) -> None:
    receiver.body = b"x" * 50_000_000
    await deliver(sender(receiver.url, allow_private=True))


async def test_nobody_there_is_tried_again_later(receiver: Receiver) -> None:
    fault = await fault_of(sender("http://127.0.0.1:9/hook", allow_private=True))
    assert not fault.is_final


# --- where it may not go ------------------------------------------------------------------------------------------


async def test_this_machine_is_refused_unless_it_is_allowed(receiver: Receiver) -> None:
    assert "no public address" in (await fault_of(sender(receiver.url))).reason
    assert receiver.heard == []


@pytest.mark.parametrize("host", ["localhost", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0"])
async def test_this_machine_is_refused_by_whatever_name(receiver: Receiver, host: str) -> None:
    assert "no public address" in (await fault_of(sender(f"http://{host}:{receiver.port}/"))).reason
    assert receiver.heard == []


async def test_a_name_at_a_private_address_is_refused(receiver: Receiver) -> None:
    async def resolve(host: str, port: int) -> Sequence[str]:
        return ["127.0.0.1"]

    fault = await fault_of(sender(f"http://hooks.example.org:{receiver.port}/", resolve))
    assert fault.reason == "hooks.example.org is at 127.0.0.1, which is no public address"
    assert receiver.heard == []


async def test_a_name_that_becomes_another_address_a_moment_later_is_not_asked_again(receiver: Receiver) -> None:
    """DNS rebinding: the address that is looked at is one, and the one that is connected to would be another."""
    asked: list[str] = []

    async def rebind(host: str, port: int) -> Sequence[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["127.0.0.2"]

    url = f"http://hooks.example.org:{receiver.port}/"
    await deliver(sender(url, rebind, allow_private=True))
    assert asked == ["hooks.example.org"]
    assert len(receiver.heard) == 1
    # The next attempt resolves anew, and looks at that.
    assert "127.0.0.2" in (await fault_of(sender(url, rebind))).reason
    assert len(receiver.heard) == 1


async def test_the_connection_goes_to_the_address_that_was_looked_at(receiver: Receiver) -> None:
    async def resolve(host: str, port: int) -> Sequence[str]:
        return ["127.0.0.1"]

    await deliver(sender(f"http://hooks.example.org:{receiver.port}/", resolve, allow_private=True))
    [(headers, _)] = receiver.heard
    assert headers["Host"] == f"hooks.example.org:{receiver.port}"


async def test_plain_http_is_refused_unless_it_is_allowed() -> None:
    with pytest.raises(ValueError, match="plain http"):
        sender("http://hooks.example.org/", allow_http=False)


async def test_a_redirect_is_not_followed_unless_it_is_allowed(receiver: Receiver) -> None:
    receiver.answers, receiver.location = [307], "/elsewhere"
    await fault_of(sender(receiver.url, allow_private=True))
    assert len(receiver.heard) == 1


async def test_a_redirect_that_is_allowed_is_followed_as_what_it_was(receiver: Receiver) -> None:
    receiver.answers, receiver.location = [308], "/elsewhere"
    await deliver(sender(receiver.url, allow_private=True, allow_redirects=True))
    assert [body for _, body in receiver.heard] == [BODY.encode()] * 2


async def test_a_redirect_that_would_make_it_a_get_is_not_followed(receiver: Receiver) -> None:
    receiver.answers, receiver.location = [302], "/elsewhere"
    await fault_of(sender(receiver.url, allow_private=True, allow_redirects=True))
    assert len(receiver.heard) == 1


async def test_a_redirect_to_where_it_may_not_go_is_not_followed(receiver: Receiver) -> None:
    async def resolve(host: str, port: int) -> Sequence[str]:
        return ["127.0.0.1"]

    receiver.answers, receiver.location = [307], "file:///etc/passwd"
    fault = await fault_of(sender(receiver.url, resolve, allow_private=True, allow_redirects=True))
    assert "file is not allowed" in fault.reason


async def test_redirects_without_end_end(receiver: Receiver) -> None:
    receiver.answers, receiver.location = [307] * 50, "/round"
    await fault_of(sender(receiver.url, allow_private=True, allow_redirects=True))
    assert len(receiver.heard) == 4
