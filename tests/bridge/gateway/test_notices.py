from __future__ import annotations

import asyncio

import pytest

from bridge.gateway.notices import InProcessNotices, NoticesLost
from bridge.ports import IssueChanged
from policies.names import IssueId

ONE, TWO, THREE = (IssueChanged(IssueId(number)) for number in "123")


async def test_every_subscriber_hears_everything_in_order() -> None:
    notices = InProcessNotices()
    first, second = notices.subscribe(), notices.subscribe()
    notices.publish(ONE)
    notices.publish(TWO)
    for subscription in (first, second):
        assert [await anext(subscription), await anext(subscription)] == [ONE, TWO]


async def test_who_subscribes_later_hears_what_comes_later() -> None:
    notices = InProcessNotices()
    notices.publish(ONE)
    subscription = notices.subscribe()
    notices.publish(TWO)
    assert await anext(subscription) == TWO


async def test_a_subscriber_waits_for_what_comes() -> None:
    notices = InProcessNotices()
    subscription = notices.subscribe()
    waiting = asyncio.ensure_future(anext(subscription))
    await asyncio.sleep(0)
    assert not waiting.done()
    notices.publish(ONE)
    assert await waiting == ONE


async def test_who_is_too_slow_is_told_once_and_hears_what_comes_then() -> None:
    notices = InProcessNotices(most_waiting=2)
    subscription = notices.subscribe()
    for notice in (ONE, TWO, THREE):
        notices.publish(notice)
    with pytest.raises(NoticesLost):
        await anext(subscription)
    assert await anext(subscription) == THREE


async def test_who_has_closed_is_kept_nothing_for() -> None:
    notices = InProcessNotices()
    subscription = notices.subscribe()
    subscription.close()
    notices.publish(ONE)
    assert not subscription._waiting
