from __future__ import annotations

from bridge.store.redaction import redacted


def test_nothing_is_left_of_a_message() -> None:
    assert redacted("m.room.message", {"body": "secret", "chat.chaperone.shared": {}}) == {}


def test_a_membership_stays_what_it_is_and_loses_its_name() -> None:
    content = {"membership": "join", "displayname": "Rude", "reason": "rude"}
    assert redacted("m.room.member", content) == {"membership": "join"}


def test_a_create_event_stays_whole() -> None:
    content = {"chat.chaperone.kind": "guest", "room_version": "12"}
    assert redacted("m.room.create", content) == content
