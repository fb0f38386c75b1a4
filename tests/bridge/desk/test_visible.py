from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given

from bridge.desk.visible import Facts, Viewers, build_visible, edited_by, redacted_by, viewers_of
from bridge.ports import IncomingEvent, StoredEvent
from policies.names import ANSWER_KEY, ISSUE_STATE, NAMESPACE, SHARED_KEY, WORDS_KEY, EventId, RoomId, UserId
from policies.rooms import RoomKind
from tests.builders.anything import json_objects
from tests.builders.people import ADA, ALEX, DIAGNOSTICS, GINA, LUNA, SAM, suspended

HELLO = {"msgtype": "m.text", "body": "Hello"}


def stored(
    content: Mapping[str, Any],
    event_type: str = "m.room.message",
    sender: UserId = ADA.user_id,
    seq: int = 1,
    state_key: str | None = None,
    redacts: str | None = None,
) -> StoredEvent:
    event = IncomingEvent(
        EventId(f"${seq}"),
        RoomId("!room"),
        event_type,
        sender,
        1000 + seq,
        content,
        state_key,
        None if redacts is None else EventId(redacts),
    )
    return StoredEvent(seq, event)


def shown(event: StoredEvent, viewers: Viewers, kind: RoomKind = RoomKind.GUEST, **facts: Any) -> Any:
    return next(iter(build_visible([event], viewers, Facts(kind, **facts))), None)


def edit_of(target: str, sender: UserId = ADA.user_id, seq: int = 2) -> StoredEvent:
    relation = {"rel_type": "m.replace", "event_id": target}
    return stored(HELLO | {"m.new_content": HELLO, "m.relates_to": relation}, sender=sender, seq=seq)


@pytest.mark.parametrize(
    ("person", "viewers"),
    [
        (ADA, Viewers.STAFF),
        (SAM, Viewers.STAFF),
        (ALEX, Viewers.STAFF),
        (suspended(ADA), Viewers.GUESTS),
        (GINA, Viewers.GUESTS),
        (DIAGNOSTICS, Viewers.GUESTS),
        (LUNA, Viewers.GUESTS),
    ],
)
def test_everybody_is_in_one_audience(person: Any, viewers: Viewers) -> None:
    assert viewers_of(person) is viewers


@pytest.mark.parametrize("kind", [RoomKind.STAFF, RoomKind.QUEUE, RoomKind.POLICY, RoomKind.OTHER])
def test_guests_are_shown_nothing_of_the_rooms_of_staff(kind: RoomKind) -> None:
    assert shown(stored(HELLO), Viewers.GUESTS, kind) is None
    assert shown(stored(HELLO), Viewers.STAFF, kind) is not None


def test_guests_are_shown_no_key_of_ours_but_the_mark_of_a_copy() -> None:
    content = HELLO | {WORDS_KEY: "w", ANSWER_KEY: {}, SHARED_KEY: {"id": "s"}}
    assert shown(stored(content), Viewers.GUESTS).content.keys() == {*HELLO, SHARED_KEY}
    assert shown(stored(content), Viewers.STAFF).content == content


def test_guests_do_not_hear_of_a_robot_in_their_room_even_if_there_is_one() -> None:
    robots = frozenset({DIAGNOSTICS.user_id})
    said = stored(HELLO, sender=DIAGNOSTICS.user_id)
    joined = stored({"membership": "join"}, "m.room.member", state_key=DIAGNOSTICS.user_id)
    for event in (said, joined):
        assert shown(event, Viewers.GUESTS, robots=robots) is None
        assert shown(event, Viewers.STAFF, robots=robots) is not None


def test_in_a_lounge_companions_speak_to_guests() -> None:
    said = stored(HELLO, sender=LUNA.user_id)
    assert shown(said, Viewers.GUESTS, RoomKind.LOUNGE, robots=frozenset({LUNA.user_id})) is not None


def test_an_edit_counts_if_it_is_by_who_wrote_what_it_edits() -> None:
    targets = {EventId("$1"): ADA.user_id}
    assert shown(edit_of("$1"), Viewers.GUESTS, targets=targets).target == "$1"
    for viewers in Viewers:
        assert shown(edit_of("$1", sender=GINA.user_id), viewers, targets=targets) is None
        assert shown(edit_of("$unknown"), viewers, targets=targets) is None


def test_what_was_redacted_has_no_content_and_the_redaction_names_it() -> None:
    redaction = stored({}, "m.room.redaction", seq=2, redacts="$1")
    first, second = build_visible([stored(HELLO), redaction], Viewers.GUESTS, Facts(RoomKind.GUEST))
    assert (first.content, second.target) == ({}, "$1")


def test_a_redaction_names_its_target_beside_or_in_the_content() -> None:
    assert redacted_by(stored({}, "m.room.redaction", redacts="$1").event) == "$1"
    assert redacted_by(stored({"redacts": "$1"}, "m.room.redaction").event) == "$1"
    assert redacted_by(stored({"redacts": 7}, "m.room.redaction").event) is None
    assert redacted_by(stored({"redacts": "$1"}).event) is None


def test_a_state_event_edits_nothing() -> None:
    relation = {"m.relates_to": {"rel_type": "m.replace", "event_id": "$1"}}
    assert edited_by(stored(relation, "m.room.name", state_key="").event) is None


def test_the_sender_has_the_name_that_is_known() -> None:
    names = {ADA.user_id: "Ada"}
    assert shown(stored(HELLO), Viewers.GUESTS, names=names).sender_name == "Ada"


@given(json_objects([ANSWER_KEY, WORDS_KEY, SHARED_KEY, "m.new_content", "m.relates_to", "rel_type", "event_id"]))
def test_whatever_an_event_holds_guests_get_nothing_of_ours(content: dict[str, Any]) -> None:
    for event_type in ("m.room.message", "m.reaction", ISSUE_STATE, "m.room.member", "m.room.name", "x"):
        event = shown(stored(content, event_type), Viewers.GUESTS, targets={EventId("$1"): ADA.user_id})
        if event is not None:
            assert {key for key in event.content if key.startswith(NAMESPACE)} <= {SHARED_KEY}
