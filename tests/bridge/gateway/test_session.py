from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.gateway.effects import CloseRoom, Effect, OpenRoom, Pause, Send, TellRead, Wait, Write
from bridge.gateway.frames import Ack, Errcode, Error, Pong, Welcome
from bridge.gateway.limits import Bucket
from bridge.gateway.session import TABLE, Phase, Session, SessionLimits
from bridge.ports import Principal, PrincipalId, Words, WordsId
from policies.names import Code, EventId, Role, Rule, Standing, Tier, UserId
from policies.outcomes import Refuse
from tests.builders.anything import json_objects, json_values

ROOM = "!room:localhost"
ADA = Principal(PrincipalId("p-ada"), "ada", Role.EMPLOYEE, Tier.T1, Standing.ALLOWED, UserId("@ada:localhost"))
LIMITS = SessionLimits(frame_bytes=4096, message_letters=1000, messages_per_minute=60, heartbeat=30)
FRAMES: dict[str, dict[str, Any]] = {
    "Join": {"type": "join", "room": ROOM},
    "Message": {"type": "message", "room": ROOM, "txn_id": "t1", "body": "Hello"},
    "SetTyping": {"type": "typing", "room": ROOM, "on": True},
    "SetRead": {"type": "read", "room": ROOM, "event_id": "$1"},
    "Leave": {"type": "leave", "room": ROOM},
}


OUTCOMES = ("admit", "refuse", "wrote", "refused", "failed", "placed", "patience")
TRIES = 100_000 if os.environ.get("CHAPERONE_PROVE") else 300


def new_session(limits: SessionLimits = LIMITS, messages: Bucket | None = None) -> Session:
    return Session(ADA, limits, messages or Bucket(1, 60, 0), 0)


def in_phase(phase: Phase) -> tuple[Session, int]:
    """A session to which `ROOM` is in this phase, and the ref of its `join`."""
    session = new_session()
    if phase is Phase.ABSENT:
        return session, 0
    [opening] = send(session, FRAMES["Join"])
    assert isinstance(opening, OpenRoom)
    if phase is Phase.JOINED:
        assert session.admit(opening.ref, ROOM)
    return session, opening.ref


def send(session: Session, frame: Any, now: float = 0) -> tuple[Effect, ...]:
    return session.received(json.dumps(frame).encode(), now)


def error_of(effects: tuple[Effect, ...]) -> Error:
    [effect] = effects
    assert isinstance(effect, Send)
    assert isinstance(effect.frame, Error)
    return effect.frame


def ack_of(effects: tuple[Effect, ...]) -> Ack:
    [effect] = effects
    assert isinstance(effect, Send)
    assert isinstance(effect.frame, Ack)
    return effect.frame


def words(words_id: str = "w1", txn_id: str = "t1", event_id: str | None = None, place: str = ROOM) -> Words:
    return Words(
        WordsId(words_id),
        ADA.id,
        ADA.user_id,
        place,
        txn_id,
        "Hello",
        None,
        datetime(2030, 1, 1, tzinfo=UTC),
        event_id=None if event_id is None else EventId(event_id),
    )


def written(session: Session, frame: dict[str, Any] = FRAMES["Message"]) -> int:
    """Send a message; the ref of its write."""
    [write] = send(session, frame)
    assert isinstance(write, Write)
    return write.ref


class TestTheTable:
    @pytest.mark.parametrize("phase", Phase)
    @pytest.mark.parametrize("name", FRAMES)
    def test_every_frame_in_every_phase_is_done_or_is_out_of_order(self, name: str, phase: Phase) -> None:
        session, _ = in_phase(phase)
        in_order = {frame.__name__: phase in phases for frame, phases in TABLE.items()}[name]
        effects = send(session, FRAMES[name])
        if in_order:
            assert not any(isinstance(e, Send) for e in effects)
        else:
            error = error_of(effects)
            assert (error.errcode, error.room) == (Errcode.OUT_OF_ORDER, ROOM)

    def test_the_table_knows_every_frame_that_names_a_room(self) -> None:
        assert {frame.__name__ for frame in TABLE} == FRAMES.keys()

    def test_a_ping_is_answered_in_every_phase(self) -> None:
        for phase in Phase:
            session, _ = in_phase(phase)
            assert send(session, {"type": "ping"}) == (Send(Pong()),)

    def test_a_session_begins_by_saying_who_one_is_and_what_is_too_much(self) -> None:
        [effect] = new_session().welcome("Ada")
        assert isinstance(effect, Send)
        assert isinstance(effect.frame, Welcome)
        assert (effect.frame.principal.name, effect.frame.principal.tier) == ("Ada", "T1")
        assert effect.frame.limits.frame_bytes == LIMITS.frame_bytes


class TestRooms:
    def test_a_join_opens_the_room_from_its_cursor(self) -> None:
        assert send(new_session(), {**FRAMES["Join"], "since": 7}) == (OpenRoom(1, ROOM, 7),)

    def test_a_second_join_ends_the_first_subscription_before_it_opens_the_room_again(self) -> None:
        session, ref = in_phase(Phase.JOINED)
        assert send(session, FRAMES["Join"]) == (CloseRoom(ROOM), OpenRoom(ref + 1, ROOM, None))

    def test_a_room_that_was_left_while_it_was_loaded_is_not_admitted(self) -> None:
        session, ref = in_phase(Phase.JOINING)
        assert send(session, FRAMES["Leave"]) == (CloseRoom(ROOM),)
        assert not session.admit(ref, ROOM)

    def test_a_room_that_was_left_and_joined_again_is_admitted_for_the_second_join_only(self) -> None:
        session, first = in_phase(Phase.JOINING)
        send(session, FRAMES["Leave"])
        [second] = send(session, FRAMES["Join"])
        assert isinstance(second, OpenRoom)
        assert not session.admit(first, ROOM)
        assert session.admit(second.ref, ROOM)

    def test_a_room_that_is_refused_can_be_asked_for_again(self) -> None:
        session, ref = in_phase(Phase.JOINING)
        error = error_of(session.room_refused(ref, ROOM, Errcode.UNKNOWN_ROOM))
        assert (error.errcode, error.room) == (Errcode.UNKNOWN_ROOM, ROOM)
        assert send(session, FRAMES["Join"]) == (OpenRoom(ref + 1, ROOM, None),)

    def test_a_refusal_of_a_room_that_was_left_is_not_told(self) -> None:
        session, ref = in_phase(Phase.JOINING)
        send(session, FRAMES["Leave"])
        assert session.room_refused(ref, ROOM, Errcode.UNKNOWN_ROOM) == ()

    def test_a_session_holds_only_so_many_rooms(self) -> None:
        session = new_session(SessionLimits(4096, 1000, 60, 30, rooms=2))
        for room in ("!a", "!b"):
            assert len(send(session, {"type": "join", "room": room})) == 1
        assert error_of(send(session, {"type": "join", "room": "!c"})).errcode is Errcode.TOO_MANY_ROOMS
        assert session.rooms == ("!a", "!b")

    def test_reads_are_told_but_not_in_any_number(self) -> None:
        session, _ = in_phase(Phase.JOINED)
        told = [send(session, FRAMES["SetRead"]) for _ in range(50)]
        assert told[0] == (TellRead(ROOM, "$1"),)
        assert sum(map(bool, told)) == 10


class TestMessages:
    def test_a_message_is_written_and_acknowledged_with_its_event(self) -> None:
        session, _ = in_phase(Phase.JOINED)
        ref = written(session)
        assert session.wrote(ref, words(event_id="$9")) == (Send(Ack(room=ROOM, txn_id="t1", event_id="$9")),)

    def test_an_ack_waits_for_the_event_and_comes_once(self) -> None:
        session, _ = in_phase(Phase.JOINED)
        ref = written(session)
        assert session.wrote(ref, words()) == (Wait(ref),)
        assert ack_of(session.placed(words(event_id="$9"))).event_id == "$9"
        assert session.patience_over(ref) == ()
        assert session.placed(words(event_id="$9")) == ()

    def test_an_ack_whose_patience_is_over_comes_without_event_and_again_with_it(self) -> None:
        session, _ = in_phase(Phase.JOINED)
        ref = written(session)
        session.wrote(ref, words())
        assert ack_of(session.patience_over(ref)).event_id is None
        assert ack_of(session.placed(words(event_id="$9"))).event_id == "$9"

    def test_words_that_are_placed_before_the_desk_has_answered_are_acknowledged_with_their_event(self) -> None:
        session, _ = in_phase(Phase.JOINED)
        ref = written(session)
        assert session.placed(words(event_id="$9")) == ()
        assert ack_of(session.wrote(ref, words())).event_id == "$9"

    def test_words_that_somebody_placed_from_elsewhere_are_not_acknowledged_here(self) -> None:
        session, _ = in_phase(Phase.JOINED)
        ref = written(session)
        session.placed(words("other", event_id="$8"))
        assert session.wrote(ref, words()) == (Wait(ref),)

    def test_in_a_lobby_an_ack_waits_for_nothing(self) -> None:
        session = new_session()
        send(session, {"type": "join", "room": "lobby:7"})
        ref = written(session, {**FRAMES["Message"], "room": "lobby:7"})
        assert ack_of(session.wrote(ref, words(place="lobby:7"))).event_id is None
        assert ack_of(session.placed(words(event_id="$9", place="lobby:7"))).room == "lobby:7"

    def test_a_guest_is_acknowledged_for_the_room_they_wrote_to_though_their_words_are_kept_in_the_lobby(self) -> None:
        session, _ = in_phase(Phase.JOINED)
        ref = written(session)
        session.wrote(ref, words(place="lobby:7"))
        assert ack_of(session.placed(words(event_id="$9", place="lobby:7"))).room == ROOM

    def test_a_refusal_names_its_message_and_a_concluded_issue_can_be_reopened(self) -> None:
        session, _ = in_phase(Phase.JOINED)
        refuse = Refuse(Rule.L1, Code.ISSUE_CONCLUDED, "It is concluded.")
        error = error_of(session.wrote(written(session), refuse))
        assert (error.errcode, error.txn_id, error.room, error.reopen) == (Code.ISSUE_CONCLUDED, "t1", ROOM, True)

    def test_another_refusal_says_nothing_of_reopening(self) -> None:
        session, _ = in_phase(Phase.JOINED)
        error = error_of(session.wrote(written(session), Refuse(Rule.A1, Code.TXN_REUSED, "Used.")))
        assert (error.errcode, error.reopen) == (Code.TXN_REUSED, None)

    @pytest.mark.parametrize("errcode", [Errcode.UNKNOWN, Errcode.UNKNOWN_ROOM])
    def test_a_message_that_could_not_be_kept_is_told_by_its_id(self, errcode: Errcode) -> None:
        session, _ = in_phase(Phase.JOINED)
        error = error_of(session.write_failed(written(session), errcode))
        assert (error.errcode, error.txn_id) == (errcode, "t1")

    def test_a_client_that_comes_back_may_send_again_before_the_history_has_come(self) -> None:
        session, _ = in_phase(Phase.JOINING)
        assert isinstance(send(session, FRAMES["Message"])[0], Write)

    def test_the_same_message_twice_is_acknowledged_twice(self) -> None:
        session, _ = in_phase(Phase.JOINED)
        first, second = written(session), written(session)
        assert session.wrote(first, words()) == (Wait(first),)
        assert session.wrote(second, words()) == (Wait(second),)
        assert len(session.placed(words(event_id="$9"))) == 2

    def test_only_so_many_messages_may_be_on_their_way_to_the_store(self) -> None:
        session = new_session(SessionLimits(4096, 1000, 60, 30, writes=2))
        send(session, FRAMES["Join"])
        written(session)
        ref = written(session)
        assert error_of(send(session, FRAMES["Message"])).errcode is Errcode.LIMIT_EXCEEDED
        session.wrote(ref, words())
        assert isinstance(send(session, FRAMES["Message"])[0], Write)

    def test_of_messages_that_wait_for_a_room_only_so_many_are_remembered(self) -> None:
        session = new_session(SessionLimits(4096, 1000, 60, 30, unplaced=2))
        send(session, {"type": "join", "room": "lobby:7"})
        for number in range(4):
            ref = written(session, {**FRAMES["Message"], "room": "lobby:7", "txn_id": f"t{number}"})
            ack_of(session.wrote(ref, words(f"w{number}")))
        owed = [number for number in range(4) if session.placed(words(f"w{number}", event_id="$9"))]
        assert owed == [2, 3]

    def test_what_is_not_durable_is_not_acknowledged_however_long_it_takes(self) -> None:
        session, _ = in_phase(Phase.JOINED)
        assert session.patience_over(written(session)) == ()

    def test_words_without_an_event_place_nothing(self) -> None:
        session, _ = in_phase(Phase.JOINED)
        session.wrote(written(session), words())
        assert session.placed(words()) == ()


class TestLimits:
    def test_who_writes_too_much_is_told_when_to_go_on(self) -> None:
        session = new_session(messages=Bucket(0.5, 2, 0))
        send(session, FRAMES["Join"])
        assert [type(send(session, FRAMES["Message"])[0]) for _ in range(3)] == [Write, Write, Send]
        error = error_of(send(session, FRAMES["Message"]))
        assert (error.errcode, error.txn_id, error.retry_after_ms) == (Errcode.LIMIT_EXCEEDED, "t1", 2000)
        assert isinstance(send(session, FRAMES["Message"], now=2)[0], Write)

    def test_two_sockets_of_a_guest_share_their_limit(self) -> None:
        messages = Bucket(0.5, 1, 0)
        one, other = new_session(messages=messages), new_session(messages=messages)
        for session in (one, other):
            send(session, FRAMES["Join"])
        written(one)
        assert error_of(send(other, FRAMES["Message"])).errcode is Errcode.LIMIT_EXCEEDED

    def test_a_flood_of_frames_is_answered_and_then_read_more_slowly(self) -> None:
        session = new_session()
        answers = [send(session, {"type": "ping"}) for _ in range(300)]
        assert all(answer[0] == Send(Pong()) for answer in answers)
        pauses = [effect for answer in answers for effect in answer if isinstance(effect, Pause)]
        assert len(pauses) == 100
        assert all(0 < pause.seconds <= 1 for pause in pauses)

    def test_a_message_may_be_as_long_as_the_limit_and_no_longer(self) -> None:
        session, _ = in_phase(Phase.JOINED)
        assert isinstance(send(session, {**FRAMES["Message"], "body": "x" * 1000})[0], Write)
        error = error_of(send(session, {**FRAMES["Message"], "body": "x" * 1001}))
        assert (error.errcode, error.txn_id) == (Code.TOO_LARGE, "t1")

    def test_a_frame_over_the_size_limit_is_refused_unread(self) -> None:
        assert error_of(new_session().received(b"{" * 4097, 0)).errcode is Errcode.FRAME_TOO_LARGE


class TestBadFrames:
    @pytest.mark.parametrize(
        "data",
        [
            b"",
            b"hello",
            b"\xff\xfe",
            b"null",
            b"7",
            b"[]",
            b"{}",
            b'{"type":"dance"}',
            b'{"type":7}',
            b'{"type":"join"}',
            b'{"type":"join","room":""}',
            b'{"type":"join","room":7}',
            b'{"type":"join","room":"!r","since":"7"}',
            b'{"type":"join","room":"!r","since":-1}',
            b'{"type":"join","room":"!r","since":1.5}',
            b'{"type":"join","room":"!r","since":99999999999999999999}',
            b'{"type":"join","room":"!r","more":1}',
            b'{"type":"message","room":"!r","txn_id":"t","body":" \\n"}',
            b'{"type":"message","room":"!r","txn_id":"t","body":"a\\u0000b"}',
            b'{"type":"message","room":"!r","txn_id":"t","body":"\\ud800"}',
            b'{"type":"message","room":"!r","txn_id":"","body":"a"}',
            b'{"type":"typing","room":"!r","on":1}',
            b"[" * 4000,
        ],
    )
    def test_what_does_not_fit_is_a_bad_frame(self, data: bytes) -> None:
        assert error_of(new_session().received(data, 0)).errcode is Errcode.BAD_FRAME

    def test_a_binary_message_is_a_bad_frame(self) -> None:
        assert error_of(new_session().received_other()).errcode is Errcode.BAD_FRAME

    def test_an_error_never_repeats_what_was_sent(self) -> None:
        error = error_of(new_session().received(b'{"type":"join","room":"!r","since":"hunter2"}', 0))
        assert "hunter2" not in error.error

    @pytest.mark.prove
    @settings(max_examples=TRIES, deadline=None, derandomize=TRIES == 300, database=None)
    @given(st.lists(st.binary(max_size=200) | json_values.map(lambda v: json.dumps(v).encode()), max_size=5))
    def test_nothing_a_client_can_send_raises(self, sent: list[bytes]) -> None:
        session = new_session()
        for data in sent:
            assert all(isinstance(effect, Send) for effect in session.received(data, 0))

    @pytest.mark.prove
    @settings(max_examples=TRIES, deadline=None, derandomize=TRIES == 300, database=None)
    @given(
        st.lists(
            json_objects(
                ["type", "room", "txn_id", "body", "since", "event_id", "on", "reply_to"],
                ["join", "message", "typing", "read", "leave", "ping", ROOM, "lobby:7", "t1", True, 0, 3, "$1", None],
            ),
            max_size=8,
        ),
        st.lists(st.sampled_from(["admit", "refuse", "wrote", "refused", "failed", "placed", "patience"]), max_size=8),
    )
    def test_frames_and_outcomes_in_any_order_never_raise(
        self, sent: list[dict[str, Any]], outcomes: list[str]
    ) -> None:
        session = new_session()
        openings: list[OpenRoom] = []
        writes: list[Write] = []
        for frame in [FRAMES["Join"], *sent, FRAMES["Message"]]:
            for effect in send(session, frame):
                match effect:
                    case OpenRoom():
                        openings.append(effect)
                    case Write():
                        writes.append(effect)
            for outcome in outcomes:
                _happen(session, outcome, openings, writes)


def _happen(session: Session, outcome: str, openings: list[OpenRoom], writes: list[Write]) -> None:
    match outcome:
        case "admit" if openings:
            session.admit(openings[-1].ref, openings[-1].room)
        case "refuse" if openings:
            session.room_refused(openings[-1].ref, openings[-1].room, Errcode.UNKNOWN_ROOM)
        case "wrote" if writes:
            write = writes.pop()
            session.wrote(write.ref, words(f"w{write.ref}", write.txn_id))
        case "refused" if writes:
            session.wrote(writes.pop().ref, Refuse(Rule.L1, Code.ISSUE_CONCLUDED, "No."))
        case "failed" if writes:
            session.write_failed(writes.pop().ref, Errcode.UNKNOWN)
        case "placed":
            session.placed(words("w1", event_id="$1"))
        case "patience":
            session.patience_over(1)
