from __future__ import annotations

from bots.answer import Chat
from bots.showing import Showing


class Clock:
    now = 0.0


def test_the_newest_is_shown_a_second_after_what_was_shown_last() -> None:
    clock = Clock()
    showing = Showing(lambda: clock.now)
    assert showing.due_in is None
    showing.offer(Chat("one"))
    showing.offer(None)
    showing.offer(Chat("two"))
    assert showing.take() is None
    assert showing.due_in == 1.0
    clock.now = 1.0
    assert (showing.take(), showing.count) == (Chat("two"), 1)
    assert showing.take() is None
    showing.rest()
    showing.offer(Chat("three"))
    clock.now = 1.5
    assert showing.take() is None
    assert showing.due_in == 0.5
