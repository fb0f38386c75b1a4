"""The verbs of an issue, and what follows from each."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace

import pytest

from bridge.errors import Unknown
from bridge.ports import IssueChanged, IssueRecord, PrincipalId, Words, WordsPlaced
from policies.issue import Conclusion, Status, WaitingOn
from policies.names import ISSUE_STATE, Code, IssueId, RoomId
from policies.outcomes import Refuse
from policies.rooms import Membership
from tests.bridge.desk.office import GINA, ROBOT, Office, user
from tests.fakes.homeserver import BOT

OTHER_GUEST = replace(GINA, id=PrincipalId("guest-otto"), login="guest-otto", user_id=user("guest-otto"))


def refusal(outcome: object) -> Refuse:
    assert isinstance(outcome, Refuse)
    return outcome


class TestOpening:
    async def test_the_first_words_wait_in_the_lobby_and_no_room_is_made(self, office: Office) -> None:
        rooms_before = set(office.homeserver.rooms)
        record = await office.open_issue()
        assert record.issue.status is Status.QUEUED
        assert set(office.homeserver.rooms) == rooms_before
        async with office.store.read() as tx:
            assert [words.body for words in await tx.words.waiting(record.issue.id)] == ["It says 500."]

    async def test_a_card_with_a_reaction_to_tap_appears_in_the_queue_room(self, office: Office) -> None:
        record = await office.open_issue()
        card = office.homeserver.messages(office.queue())[-1]
        assert record.card == card.event_id
        assert "Export fails" in card.content["body"]
        reaction = next(e for e in office.events(office.queue()) if e.type == "m.reaction")
        assert reaction.content["m.relates_to"]["key"] == "✋"

    async def test_hostile_words_reach_the_queue_room_as_text(self, office: Office) -> None:
        await office.open_issue(subject="<img src=x>", message="<script>@room</script>")
        card = office.homeserver.messages(office.queue())[-1].content
        assert "<img" not in card["formatted_body"]
        assert "<script>" not in card["formatted_body"]
        assert card["m.mentions"] == {}

    async def test_the_place_in_the_queue_is_counted_from_one(self, office: Office) -> None:
        first, second = await office.open_issue(), await office.open_issue()
        async with office.store.read() as tx:
            assert await tx.issues.queue_position(first.issue.id) == 1
            assert await tx.issues.queue_position(second.issue.id) == 2


class TestClaiming:
    async def test_the_employee_comes_first_then_the_guest_then_the_words(self, office: Office) -> None:
        record = await office.claimed_issue()
        happened = [
            (e.type, e.state_key or e.content.get("body"))
            for e in office.events(record.issue.guest_room)
            if (e.type == "m.room.member" and e.content["membership"] == "join") or e.type == "m.room.message"
        ]
        assert happened == [
            ("m.room.member", BOT),
            ("m.room.member", user("ada")),
            ("m.room.member", GINA.user_id),
            ("m.room.message", "It says 500."),
        ]

    async def test_the_waiting_words_are_posted_as_the_guest_and_in_order(self, office: Office) -> None:
        record = await office.open_issue()
        for number in range(5):
            await office.desk.write(GINA, f"lobby:{record.issue.id}", f"t{number}", f"more {number}")
        await office.desk.claim(user("ada"), record.issue.id)
        await office.settle()
        room = (await office.record(record.issue.id)).issue.guest_room
        assert room is not None
        assert office.homeserver.bodies(room) == [
            (GINA.user_id, body) for body in ("It says 500.", *(f"more {n}" for n in range(5)))
        ]

    async def test_the_employee_and_the_robot_are_in_the_staff_room_and_the_guest_is_not(self, office: Office) -> None:
        record = await office.claimed_issue()
        assert record.issue.staff_room is not None
        joined = set(office.homeserver.facts(record.issue.staff_room).joined())
        assert joined == {BOT, user("ada"), ROBOT}

    async def test_nothing_on_the_guests_side_tells_of_a_staff_room_or_a_robot(self, office: Office) -> None:
        record = await office.claimed_issue()
        assert record.issue.staff_room is not None
        seen = json.dumps([dict(e.content) for e in office.events(record.issue.guest_room)])
        for secret in (record.issue.staff_room, ROBOT, "staff", "tier", "assignee"):
            assert secret not in seen

    async def test_of_two_who_claim_in_the_same_moment_one_wins_and_the_other_is_told_who(self, office: Office) -> None:
        record = await office.open_issue()
        outcomes = await asyncio.gather(
            office.desk.claim(user("ada"), record.issue.id), office.desk.claim(user("amy"), record.issue.id)
        )
        winner = next(o for o in outcomes if isinstance(o, IssueRecord))
        loser = next(o for o in outcomes if isinstance(o, Refuse))
        assert loser.code is Code.ALREADY_CLAIMED
        assert str(winner.issue.assignee) in loser.sentence
        await office.settle()
        assert (await office.record(record.issue.id)).issue.assignee == winner.issue.assignee

    async def test_everybody_who_waited_behind_hears_that_their_place_changed(self, office: Office) -> None:
        first, second = await office.open_issue(), await office.open_issue()
        office.notices.heard.clear()
        await office.desk.claim(user("ada"), first.issue.id)
        assert IssueChanged(second.issue.id) in office.notices.heard

    async def test_a_guest_cannot_claim(self, office: Office) -> None:
        record = await office.open_issue()
        assert refusal(await office.desk.claim(GINA.user_id, record.issue.id)).code is Code.STAFF_ONLY

    async def test_an_issue_that_does_not_exist_is_unknown(self, office: Office) -> None:
        with pytest.raises(Unknown):
            await office.desk.claim(user("ada"), IssueId("99"))

    async def test_both_rooms_say_what_the_issue_is_each_its_own_side(self, office: Office) -> None:
        record = await office.claimed_issue()
        assert record.issue.guest_room is not None
        assert record.issue.staff_room is not None
        guest_side = office.homeserver.rooms[record.issue.guest_room].state[ISSUE_STATE, ""].content
        staff_side = office.homeserver.rooms[record.issue.staff_room].state[ISSUE_STATE, ""].content
        assert set(guest_side) == {"id", "side", "status", "conclusion", "epoch"}
        assert staff_side["assignee"] == user("ada")
        assert staff_side["guest_room"] == record.issue.guest_room


class TestWriting:
    async def test_words_of_an_open_issue_reach_the_room_once(self, office: Office) -> None:
        record = await office.claimed_issue()
        room = record.issue.guest_room
        assert room is not None
        for _ in range(3):
            words = await office.desk.write(GINA, room, "txn", "Again?")
            assert isinstance(words, Words)
        await office.settle()
        assert office.homeserver.bodies(room)[1:] == [(GINA.user_id, "Again?")]
        assert sum(isinstance(n, WordsPlaced) and n.words.body == "Again?" for n in office.notices.heard) == 1

    async def test_a_message_sent_to_the_lobby_and_again_to_the_room_that_opened_is_one(self, office: Office) -> None:
        record = await office.open_issue()
        await office.desk.write(GINA, f"lobby:{record.issue.id}", "txn", "Hello?")
        await office.desk.claim(user("ada"), record.issue.id)
        await office.settle()
        room = (await office.record(record.issue.id)).issue.guest_room
        assert room is not None
        await office.desk.write(GINA, room, "txn", "Hello?")
        await office.settle()
        assert [body for _, body in office.homeserver.bodies(room)].count("Hello?") == 1

    async def test_words_written_while_the_rooms_are_being_made_come_after_the_waiting_ones(
        self, office: Office
    ) -> None:
        record = await office.open_issue()
        await office.desk.claim(user("ada"), record.issue.id)
        await office.desk.write(GINA, f"lobby:{record.issue.id}", "late", "late words")
        await office.settle()
        room = (await office.record(record.issue.id)).issue.guest_room
        assert room is not None
        assert [body for _, body in office.homeserver.bodies(room)] == ["It says 500.", "late words"]

    async def test_the_same_transaction_id_with_other_words_is_refused(self, office: Office) -> None:
        record = await office.open_issue()
        place = f"lobby:{record.issue.id}"
        await office.desk.write(GINA, place, "txn", "one")
        assert refusal(await office.desk.write(GINA, place, "txn", "two")).code is Code.TXN_REUSED

    async def test_a_guest_who_was_removed_is_told_so_wherever_they_write(self, office: Office) -> None:
        record = await office.claimed_issue()
        room = record.issue.guest_room
        await office.act(user("ada"), room, "m.room.member", {"membership": "leave"}, GINA.user_id)
        for number, place in enumerate((str(room), f"lobby:{record.issue.id}")):
            assert refusal(await office.desk.write(GINA, place, f"t{number}", "Hello?")).code is Code.NOT_A_MEMBER

    async def test_somebody_elses_lobby_and_room_are_unknown(self, office: Office) -> None:
        record = await office.claimed_issue()
        for place in (f"lobby:{record.issue.id}", str(record.issue.guest_room), "!nowhere", "lobby:77", "lobby:x"):
            with pytest.raises(Unknown):
                await office.desk.write(OTHER_GUEST, place, "txn", "let me in")

    async def test_a_guest_cannot_write_into_the_staff_room(self, office: Office) -> None:
        record = await office.claimed_issue()
        with pytest.raises(Unknown):
            await office.desk.write(GINA, str(record.issue.staff_room), "txn", "hello robots")

    async def test_whose_turn_it_is_follows_who_wrote_last(self, office: Office) -> None:
        record = await office.claimed_issue()
        await office.say(user("ada"), record.issue.guest_room, "Which file?")
        assert (await office.record(record.issue.id)).issue.waiting_on is WaitingOn.GUEST
        await office.desk.write(GINA, str(record.issue.guest_room), "t", "All of them")
        await office.settle()
        assert (await office.record(record.issue.id)).issue.waiting_on is WaitingOn.STAFF


class TestConcluding:
    async def test_both_rooms_say_so_and_the_guest_reads_but_cannot_write(self, office: Office) -> None:
        record = await office.claimed_issue()
        await office.desk.conclude(user("ada"), record.issue.id, Conclusion.RESOLVED, "fixed the field")
        await office.settle()
        for room in (record.issue.guest_room, record.issue.staff_room):
            assert room is not None
            issue = office.homeserver.facts(room).issue
            assert issue is not None
            assert (issue.status, issue.conclusion) == (Status.CONCLUDED, Conclusion.RESOLVED)
        assert record.issue.guest_room is not None
        levels = office.homeserver.rooms[record.issue.guest_room].state["m.room.power_levels", ""].content
        assert levels["users"] == {user("ada"): 50, GINA.user_id: -1}
        assert office.homeserver.facts(record.issue.guest_room).membership_of(GINA.user_id) is Membership.JOIN
        outcome = await office.desk.write(GINA, record.issue.guest_room, "t", "one more thing")
        assert refusal(outcome).code is Code.ISSUE_CONCLUDED

    async def test_words_accepted_before_the_conclusion_are_in_the_room_before_it(self, office: Office) -> None:
        record = await office.claimed_issue()
        room = record.issue.guest_room
        assert room is not None
        await office.desk.write(GINA, room, "t", "last words")
        await office.desk.conclude(user("ada"), record.issue.id, Conclusion.RESOLVED, "")
        await office.settle()
        assert (GINA.user_id, "last words") in office.homeserver.bodies(room)

    async def test_who_concluded_and_why_is_kept(self, office: Office) -> None:
        record = await office.claimed_issue()
        await office.desk.conclude(user("ada"), record.issue.id, Conclusion.UNRESOLVED, "vendor bug")
        async with office.store.read() as tx:
            (ending,) = await tx.issues.endings(record.issue.id)
        assert (ending.by, ending.note, ending.epoch) == (user("ada"), "vendor bug", 1)

    async def test_an_issue_ends_once(self, office: Office) -> None:
        record = await office.claimed_issue()
        outcomes = await asyncio.gather(
            *(office.desk.conclude(user("ada"), record.issue.id, c, "") for c in list(Conclusion)[1:3])
        )
        assert sum(isinstance(outcome, Refuse) for outcome in outcomes) == 1

    async def test_an_issue_that_ends_in_the_queue_needs_no_rooms(self, office: Office) -> None:
        record = await office.open_issue()
        await office.desk.conclude(user("ada"), record.issue.id, Conclusion.UNRESOLVED, "spam")
        await office.settle()
        assert (await office.record(record.issue.id)).issue.guest_room is None
        assert "concluded" in office.homeserver.messages(office.queue())[-1].content["body"]


class TestHandingOver:
    async def test_the_next_assignee_is_in_both_rooms_and_then_the_last_one_may_leave(self, office: Office) -> None:
        record = await office.claimed_issue()
        await office.desk.hand_over(user("ada"), record.issue.id, user("amy"))
        await office.settle()
        for room in (record.issue.guest_room, record.issue.staff_room):
            assert room is not None
            assert office.homeserver.facts(room).membership_of(user("amy")) is Membership.JOIN
        await office.act(user("ada"), record.issue.guest_room, "m.room.member", {"membership": "leave"}, user("ada"))
        assert (await office.record(record.issue.id)).issue.assignee == user("amy")

    async def test_it_cannot_go_to_a_guest_or_a_robot(self, office: Office) -> None:
        record = await office.claimed_issue()
        for nobody in (GINA.user_id, ROBOT, user("stranger")):
            outcome = await office.desk.hand_over(user("ada"), record.issue.id, nobody)
            assert refusal(outcome).code is Code.STAFF_ONLY

    async def test_only_the_assignee_or_a_supervisor_does_it(self, office: Office) -> None:
        record = await office.claimed_issue()
        outcome = await office.desk.hand_over(user("amy"), record.issue.id, user("amy"))
        assert refusal(outcome).code is Code.NOT_YOUR_ISSUE
        assert isinstance(await office.desk.hand_over(user("sam"), record.issue.id, user("amy")), IssueRecord)


class TestSharing:
    async def test_the_guest_gets_a_copy_that_names_no_robot_and_no_event(self, office: Office) -> None:
        record = await office.claimed_issue()
        answer = await office.answer(record.issue.staff_room)
        share = await office.desk.share(user("ada"), record.issue.id, answer, None)
        await office.settle()
        copy = office.homeserver.messages(RoomId(str(record.issue.guest_room)))[-1]
        assert copy.sender == BOT
        assert copy.content["body"] == "Field 7 is missing."
        assert copy.content["chat.chaperone.shared"] == {"id": share, "edited": False, "kind": "chat"}
        text = json.dumps(copy.content)
        assert ROBOT not in text
        assert answer not in text
        assert "chat.chaperone.answer" not in text

    async def test_the_staff_side_keeps_who_shared_what_and_whether_edited(self, office: Office) -> None:
        record = await office.claimed_issue()
        answer = await office.answer(record.issue.staff_room)
        await office.desk.share(user("ada"), record.issue.id, answer, "Please look at field 7.")
        await office.settle()
        note = office.homeserver.messages(RoomId(str(record.issue.staff_room)))[-1].content["chat.chaperone.share"]
        assert (note["event_id"], note["by"], note["edited"]) == (answer, user("ada"), True)
        copy = office.homeserver.messages(RoomId(str(record.issue.guest_room)))[-1]
        assert copy.content["body"] == "Please look at field 7."
        assert "formatted_body" not in copy.content

    async def test_an_unfinished_answer_and_an_employees_message_cannot_be_shared(self, office: Office) -> None:
        record = await office.claimed_issue()
        unfinished = await office.answer(record.issue.staff_room, state="pending")
        remark = await office.say(user("ada"), record.issue.staff_room, "the customer is rude")
        for target in (unfinished, remark):
            outcome = await office.desk.share(user("ada"), record.issue.id, target, None)
            assert refusal(outcome).code is Code.NOTHING_TO_SHARE

    async def test_what_is_shared_is_the_newest_edit(self, office: Office) -> None:
        record = await office.claimed_issue()
        mark = {"kind": "chat", "delivery": "batch-delay", "state": "done", "robot": ROBOT, "question": "$q"}
        placeholder = await office.answer(record.issue.staff_room, "Looking …", state="pending")
        new = {"msgtype": "m.text", "body": "All is well.", "chat.chaperone.answer": mark}
        relation = {"rel_type": "m.replace", "event_id": placeholder}
        edit = {**new, "body": "* All is well.", "m.new_content": new, "m.relates_to": relation}
        await office.act(ROBOT, record.issue.staff_room, "m.room.message", edit)
        await office.desk.share(user("ada"), record.issue.id, placeholder, None)
        await office.settle()
        assert office.homeserver.bodies(RoomId(str(record.issue.guest_room)))[-1] == (BOT, "All is well.")

    async def test_an_answer_of_another_issue_is_unknown(self, office: Office) -> None:
        one, other = await office.claimed_issue(), await office.claimed_issue()
        answer = await office.answer(one.issue.staff_room)
        with pytest.raises(Unknown):
            await office.desk.share(user("ada"), other.issue.id, answer, None)


async def test_a_claim_that_comes_again_is_the_same_claim(office: Office) -> None:
    record = await office.claimed_issue()
    again = await office.desk.claim(user("ada"), record.issue.id)
    assert isinstance(again, IssueRecord)
    assert again.issue == record.issue
