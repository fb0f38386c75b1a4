from __future__ import annotations

from typing import Any

from bots.events import Event, index_state, parse_event, parse_events
from policies.names import EventId, UserId

RAW: dict[str, Any] = {"event_id": "$1", "type": "m.room.message", "sender": "@ada:localhost", "content": {}}


def event(**relation: Any) -> Event:
    return Event(EventId("$1"), "m.room.message", UserId("@ada:localhost"), {"m.relates_to": relation})


def test_what_lacks_a_part_is_no_event() -> None:
    assert parse_event(RAW) is not None
    for key in RAW:
        assert parse_event({k: v for k, v in RAW.items() if k != key}) is None


def test_previous_state_is_known() -> None:
    parsed = parse_event({**RAW, "state_key": "", "unsigned": {"prev_content": {"membership": "leave"}}})
    assert parsed is not None
    assert parsed.previous == {"membership": "leave"}


def test_an_edit_names_what_it_replaces() -> None:
    assert event(rel_type="m.replace", event_id="$0").replaces == "$0"
    assert event(rel_type="m.thread", event_id="$0").replaces is None


def test_a_reply_inside_a_thread_is_told_from_a_clients_fallback() -> None:
    reply = {"m.in_reply_to": {"event_id": "$0"}}
    assert event(rel_type="m.thread", event_id="$r", is_falling_back=False, **reply).replies_to == "$0"
    assert event(rel_type="m.thread", event_id="$r", is_falling_back=True, **reply).replies_to is None


def test_state_is_found_by_type_and_key() -> None:
    events = parse_events([{**RAW, "state_key": "k"}, RAW, None])
    assert list(index_state(events)) == [("m.room.message", "k")]
