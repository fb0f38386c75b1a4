"""Which key signs, and what is told to a server that is not content with the signature it has."""

from __future__ import annotations

from dataclasses import replace

from policies.names import ServerName
from policies.policy_server import KEY_ID
from tests.homeserver.signing import HERE, ONE, TWO, build_event, ring

BEFORE, AFTER = ring(ONE), ring(TWO)
OLD, NEW = BEFORE.newest, AFTER.newest


def test_rooms_are_to_name_the_newest_key() -> None:
    assert (OLD.via, NEW.via) == (HERE, HERE)
    assert OLD.public_key != NEW.public_key


def test_an_event_is_signed_by_the_key_that_its_room_names() -> None:
    event = build_event()
    assert AFTER.sign(event, OLD) == BEFORE.sign(event, OLD) != AFTER.sign(event, NEW)


def test_where_the_room_names_none_of_ours_the_newest_signs() -> None:
    event = build_event()
    for named in (None, replace(OLD, public_key="forgotten"), replace(OLD, via=ServerName("there.example"))):
        assert AFTER.sign(event, named) == AFTER.sign(event, NEW)


def test_what_a_redaction_takes_away_is_not_signed_and_everything_else_is() -> None:
    signature = AFTER.sign(build_event(), NEW)
    assert AFTER.sign(build_event(content={"body": "other"}), NEW) == signature
    assert AFTER.sign(build_event(unsigned={"age": 1}), NEW) == signature
    assert AFTER.sign(build_event(signatures={}), NEW) == signature
    for change in ({"sender": "@eve:there.example"}, {"depth": 2}, {"room_id": "!other"}, {"hashes": {"sha256": "y"}}):
        assert AFTER.sign(build_event(**change), NEW) != signature


def signed(by: str) -> dict[str, dict[str, str]]:
    return {HERE: {KEY_ID: by}}


def test_our_signature_is_known_as_long_as_its_key_is_kept() -> None:
    by_old, by_new = AFTER.sign(build_event(), OLD), AFTER.sign(build_event(), NEW)
    assert AFTER.has_signed(build_event(signatures=signed(by_old)))
    assert AFTER.has_signed(build_event(signatures=signed(by_new)))
    assert not BEFORE.has_signed(build_event(signatures=signed(by_new)))
    assert not ring(ONE).has_signed(build_event())
    assert not AFTER.has_signed(build_event(signatures=signed("forged")))
    assert not AFTER.has_signed(build_event(signatures={"there.example": {KEY_ID: by_new}}))
    assert not AFTER.has_signed(build_event(signatures=signed(by_new), depth=2))


def test_who_asks_about_an_unsigned_event_gets_the_signature_that_the_room_wants() -> None:
    event = build_event()
    assert AFTER.answer(event, OLD) == AFTER.sign(event, OLD)
    assert AFTER.answer(event, NEW) == AFTER.sign(event, NEW)


def test_who_is_not_content_with_one_signature_gets_the_other() -> None:
    by_old, by_new = AFTER.sign(build_event(), OLD), AFTER.sign(build_event(), NEW)
    for named in (OLD, NEW):
        assert AFTER.answer(build_event(signatures=signed(by_old)), named) == by_new
        assert AFTER.answer(build_event(signatures=signed(by_new)), named) == by_old
        assert AFTER.answer(build_event(signatures=signed("forged")), named) == AFTER.sign(build_event(), named)


def test_where_there_is_one_key_there_is_one_answer() -> None:
    by_old = BEFORE.sign(build_event(), OLD)
    assert BEFORE.answer(build_event(signatures=signed(by_old)), OLD) == by_old
