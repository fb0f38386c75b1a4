"""An event of Synapse's as the rules see it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

import pytest

from homeserver.drafts import Drafts
from policies.names import EventId, UserId
from policies.permissions import Draft
from tests.homeserver.signing import build_event

if TYPE_CHECKING:
    from synapse.events import EventBase

ADA = UserId("@ada:here.example")
BOB = UserId("@bob:there.example")
SAID = build_event(sender=ADA)


class Reader:
    """Knows some events."""

    def __init__(self, *known: EventBase) -> None:
        self._known = {event.event_id: event for event in known}

    async def events(self, event_ids: Collection[EventId]) -> Mapping[str, EventBase]:
        return {event_id: self._known[event_id] for event_id in event_ids if event_id in self._known}


async def test_a_message_is_no_state() -> None:
    assert await Drafts(Reader()).load(build_event()) == Draft("m.room.message", BOB, {"body": "hello"})


async def test_state_has_its_key() -> None:
    draft = await Drafts(Reader()).load(build_event(type="m.room.topic", state_key="", content={"topic": "x"}))
    assert draft == Draft("m.room.topic", BOB, {"topic": "x"}, "")


def redaction(of: object) -> EventBase:
    return build_event(type="m.room.redaction", content={"redacts": of})


async def test_a_redaction_knows_whose_words_it_takes_back() -> None:
    assert (await Drafts(Reader(SAID)).load(redaction(SAID.event_id))).author == ADA


@pytest.mark.parametrize("of", ["$unknown", None, 7, ["$a"], {}])
async def test_where_that_cannot_be_known_it_is_nobody(of: object) -> None:
    assert (await Drafts(Reader(SAID)).load(redaction(of))).author is None


async def test_an_event_of_another_room_is_nobodys() -> None:
    elsewhere = build_event(sender=BOB, room_id="!other")
    assert (await Drafts(Reader(elsewhere)).load(redaction(elsewhere.event_id))).author is None


async def test_where_synapse_does_not_look_the_draft_does_not_look_either() -> None:
    """Before room version 11 it stood beside the content: whoever writes both must not be judged by the wrong one."""
    mine = build_event(sender=BOB)
    both = build_event(type="m.room.redaction", redacts=mine.event_id, content={"redacts": SAID.event_id})
    assert (await Drafts(Reader(mine, SAID)).load(both)).author == ADA
