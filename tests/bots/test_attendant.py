"""What the host promises of every robot, with a robot that says again what it was asked."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from bots.answer import Chat, Declined, File, Part, Progress
from bots.errors import MatrixAway, MatrixRefused
from bots.events import Invitation
from bots.question import Question
from policies.names import RoomId, UserId
from policies.people import Person
from policies.rooms import RoomKind
from tests.bots.conftest import ADA, ASK, BEN, GINA, OTHER_ROBOT, ROBOT, STAFF_ROOM, Stage
from tests.builders.people import BOT
from tests.until import until

THREAD: dict[str, Any] = {"rel_type": "m.thread", "is_falling_back": True}


async def never(question: Question) -> AsyncIterator[Part]:
    await asyncio.Event().wait()
    yield Chat("never")


class TestAnswering:
    async def test_a_placeholder_comes_at_once_and_becomes_the_answer(self, stage: Stage) -> None:
        await stage.start()
        question = await stage.ask("hello")
        await stage.homeserver.until_answered(STAFF_ROOM)
        assert stage.answers() == [("pending", "Working on it …"), ("done", "hello")]
        placeholder, edit = stage.homeserver.said_by_robot(STAFF_ROOM)
        assert placeholder.thread == question
        assert edit.replaces == placeholder.event_id

    async def test_a_question_in_a_thread_is_answered_in_that_thread(self, stage: Stage) -> None:
        await stage.start()
        root = await stage.homeserver.say(STAFF_ROOM, ADA.user_id, "look at this")
        await stage.ask(relation={**THREAD, "event_id": root})
        await stage.homeserver.until_answered(STAFF_ROOM)
        assert stage.homeserver.said_by_robot(STAFF_ROOM)[0].thread == root

    async def test_words_in_the_robots_thread_go_on_asking(self, stage: Stage) -> None:
        await stage.start()
        root = await stage.ask()
        await stage.homeserver.until_answered(STAFF_ROOM)
        relation = {**THREAD, "event_id": root}
        await stage.homeserver.say(STAFF_ROOM, ADA.user_id, "and again?", **{"m.relates_to": relation})
        assert (await stage.homeserver.until_answered(STAFF_ROOM, 2))[-1] == ("done", "and again?")

    async def test_words_in_another_thread_are_none_of_its_business(self, stage: Stage) -> None:
        await stage.start()
        root = await stage.homeserver.say(STAFF_ROOM, ADA.user_id, "look at this")
        relation = {**THREAD, "event_id": root}
        await stage.homeserver.say(STAFF_ROOM, ADA.user_id, "nice", **{"m.relates_to": relation})
        await stage.homeserver.until_synced()
        assert stage.answers() == []

    async def test_a_reply_to_an_answer_goes_on_asking(self, stage: Stage) -> None:
        await stage.start()
        await stage.ask()
        await stage.homeserver.until_answered(STAFF_ROOM)
        answer = stage.homeserver.said_by_robot(STAFF_ROOM)[0].event_id
        relation = {"m.in_reply_to": {"event_id": answer}}
        await stage.homeserver.say(STAFF_ROOM, ADA.user_id, "sure?", **{"m.relates_to": relation})
        assert (await stage.homeserver.until_answered(STAFF_ROOM, 2))[-1] == ("done", "sure?")

    async def test_a_slow_question_holds_up_no_other(self, stage: Stage) -> None:
        async def slow_or_not(question: Question) -> AsyncIterator[Part]:
            if question.text == "slow":
                await asyncio.Event().wait()
            yield Chat(question.text)

        stage.robot.answering = slow_or_not
        await stage.start()
        await stage.ask("slow")
        await stage.ask("quick")
        assert (await stage.homeserver.until_answered(STAFF_ROOM))[-1] == ("done", "quick")

    async def test_an_answer_that_takes_too_long_fails_with_a_sentence(self, stage: Stage) -> None:
        stage.settings, stage.robot.answering = {"deadline_seconds": 0.01}, never
        await stage.start()
        await stage.ask()
        state, text = (await stage.homeserver.until_answered(STAFF_ROOM))[-1]
        assert state == "failed"
        assert "took longer than" in text

    async def test_a_robot_that_breaks_says_so_and_not_why(self, stage: Stage) -> None:
        async def broken(question: Question) -> AsyncIterator[Part]:
            raise ValueError("the customer's secret")
            yield Chat("")

        stage.robot.answering = broken
        await stage.start()
        await stage.ask()
        state, text = (await stage.homeserver.until_answered(STAFF_ROOM))[-1]
        assert (state, "ValueError" in text, "secret" in text) == ("failed", True, False)

    async def test_a_robot_may_decline(self, stage: Stage) -> None:
        async def decline(question: Question) -> AsyncIterator[Part]:
            yield Chat("half an answer")
            yield Declined("NO_FORM", "I need a form.")

        stage.robot.answering = decline
        await stage.start()
        await stage.ask()
        assert (await stage.homeserver.until_answered(STAFF_ROOM))[-1] == ("failed", "I need a form.")

    async def test_what_a_robot_does_not_take_is_declined(self, stage: Stage) -> None:
        await stage.start()
        await stage.ask("/sing")
        assert await stage.homeserver.until_answered(STAFF_ROOM) == [("failed", "Says it again. I take: question.")]

    async def test_files_come_after_the_words(self, stage: Stage) -> None:
        async def with_file(question: Question) -> AsyncIterator[Part]:
            yield Progress("too quick to be shown")
            yield File("a.json", b"{}", "application/json", "The whole report.")
            yield Chat("See the file.")

        stage.robot.answering = with_file
        await stage.start()
        await stage.ask()
        await stage.homeserver.until_answered(STAFF_ROOM, 2)
        assert [text for _, text in stage.answers()] == ["Working on it …", "See the file.", "The whole report."]


class TestWhoMayAsk:
    @pytest.mark.parametrize("sender", [GINA, BEN, OTHER_ROBOT])
    async def test_guests_suspended_staff_and_robots_get_no_answer_at_all(self, stage: Stage, sender: Person) -> None:
        await stage.start()
        await stage.ask(sender=sender)
        await stage.homeserver.until_synced()
        assert stage.answers() == []

    async def test_who_is_listed_by_then_may_ask(self, stage: Stage) -> None:
        await stage.start()
        await stage.list_people(Person(GINA.user_id, ADA.role, ADA.tier))
        await stage.ask(sender=GINA)
        await stage.homeserver.until_answered(STAFF_ROOM)

    async def test_an_entry_that_somebody_else_wrote_counts_for_nothing(self, stage: Stage) -> None:
        key = f"user:{GINA.user_id}"
        content = {"user_id": GINA.user_id, "role": "employee", "tier": "T1", "status": "allowed", "audience": None}
        await stage.homeserver.set_state(RoomId("!policy"), "chat.chaperone.person", key, GINA.user_id, content)
        await stage.start()
        await stage.ask(sender=GINA)
        await stage.homeserver.until_synced()
        assert stage.answers() == []

    async def test_a_room_that_only_claims_to_be_a_staff_room_is_none(self, stage: Stage) -> None:
        room = RoomId("!forged")
        await stage.make_room(room, RoomKind.STAFF, ADA.user_id, GINA.user_id, ROBOT.user_id, creator=ADA.user_id)
        await stage.start()
        await stage.homeserver.say(room, ADA.user_id, f"{ASK} hello")
        await stage.homeserver.until_synced()
        assert stage.homeserver.answers(room) == []

    async def test_a_robot_that_is_not_listed_any_more_answers_nobody(self, stage: Stage) -> None:
        await stage.start()
        await stage.list_people(Person(ROBOT.user_id, GINA.role))
        await stage.ask()
        await stage.homeserver.until_synced()
        assert stage.answers() == []

    @pytest.mark.parametrize(("inviter", "joined"), [(ADA, True), (GINA, False), (BEN, False)])
    async def test_a_direct_chat_is_accepted_from_staff_only(self, stage: Stage, inviter: Person, joined: bool) -> None:
        stage.homeserver.invitations = [Invitation(RoomId("!direct"), inviter.user_id)]
        await stage.start()
        await stage.homeserver.until_synced(1)
        await stage.homeserver.until_synced()
        assert stage.homeserver.joined == ([RoomId("!direct")] if joined else [])

    async def test_in_a_direct_chat_there_is_no_issue_to_be_late_for(self, stage: Stage) -> None:
        room = RoomId("!direct")
        await stage.make_room(room, RoomKind.OTHER, ADA.user_id, ROBOT.user_id, creator=ADA.user_id)
        await stage.start()
        await stage.homeserver.say(room, ADA.user_id, f"{ASK} hello")
        assert (await stage.homeserver.until_answered(room))[-1] == ("done", "hello")


class TestEpochs:
    """R4"""

    async def answer_after(self, stage: Stage, status: str, epoch: int) -> tuple[str, str]:
        go_on = asyncio.Event()

        async def wait(question: Question) -> AsyncIterator[Part]:
            await go_on.wait()
            yield Chat("too late?")

        stage.robot.answering = wait
        await stage.start()
        await stage.ask()
        await stage.homeserver.until_synced()
        await stage.set_issue(status, epoch)
        go_on.set()
        return (await stage.homeserver.until_answered(STAFF_ROOM))[-1]

    async def test_an_answer_in_the_same_epoch_is_posted(self, stage: Stage) -> None:
        assert await self.answer_after(stage, "open", 1) == ("done", "too late?")

    @pytest.mark.parametrize(("status", "epoch", "says"), [("concluded", 1, "concluded"), ("open", 2, "reopened")])
    async def test_an_answer_after_the_end_of_its_epoch_is_not_posted(
        self, stage: Stage, status: str, epoch: int, says: str
    ) -> None:
        state, text = await self.answer_after(stage, status, epoch)
        assert state == "failed"
        assert text.startswith("My answer is not posted.")
        assert says in text

    async def test_the_epoch_is_that_of_the_question_and_not_of_its_reading(self, stage: Stage) -> None:
        await stage.start()
        await stage.stop()
        await stage.ask()
        await stage.set_issue("concluded", 1)
        await stage.set_issue("open", 2)
        await stage.start()
        ((state, text),) = await stage.homeserver.until_answered(STAFF_ROOM)
        assert (state, "reopened" in text) == ("failed", True)
        assert not stage.robot.asked

    async def test_issue_state_that_the_bot_did_not_write_is_not_believed(self, stage: Stage) -> None:
        await stage.start()
        await stage.set_issue("concluded", 1, sender=ADA.user_id)
        await stage.ask()
        state, _ = (await stage.homeserver.until_answered(STAFF_ROOM))[-1]
        assert state == "failed"  # nobody can say which issue this is now


class TestExactlyOnce:
    @pytest.mark.parametrize("stores", [True, False])
    @pytest.mark.parametrize("step", [".placeholder", ".final"])
    async def test_a_robot_that_dies_in_a_send_answers_once(self, stage: Stage, step: str, stores: bool) -> None:
        stage.homeserver.dies_at = (step, stores)
        await stage.start()
        await stage.ask("hello")
        await asyncio.wait_for(stage.homeserver.died.wait(), 5)
        await stage.stop()
        stage.homeserver.dies_at = None
        await stage.start()
        await stage.homeserver.until_answered(STAFF_ROOM)
        await stage.homeserver.until_synced()
        assert stage.answers() == [("pending", "Working on it …"), ("done", "hello")]
        await until(stage.owes_nothing, within_s=5)

    async def test_a_robot_that_dies_between_words_and_files_still_sends_each_once(self, stage: Stage) -> None:
        async def with_file(question: Question) -> AsyncIterator[Part]:
            yield File("a.json", b"{}", "application/json", "The whole report.")
            yield Chat("See the file.")

        stage.robot.answering = with_file
        stage.homeserver.dies_at = (".final", True)
        await stage.start()
        await stage.ask()
        await asyncio.wait_for(stage.homeserver.died.wait(), 5)
        await stage.stop()
        stage.homeserver.dies_at = None
        await stage.start()
        await until(stage.owes_nothing, within_s=5)
        assert [text for _, text in stage.answers()] == ["Working on it …", "See the file.", "The whole report."]

    async def test_a_robot_that_dies_at_work_begins_again_and_answers_once(self, stage: Stage) -> None:
        stage.robot.answering = never
        await stage.start()
        await stage.ask("hello")
        await stage.homeserver.until_synced()
        assert [owed["starts"] for owed in stage.stored()["owed"]] == [1]
        await stage.stop()
        stage.robot.answering = None
        await stage.start()
        await stage.homeserver.until_answered(STAFF_ROOM)
        await stage.homeserver.until_synced()
        assert stage.answers() == [("pending", "Working on it …"), ("done", "hello")]

    async def test_with_the_session_lost_too_it_still_answers_once(self, stage: Stage) -> None:
        stage.robot.answering = never
        await stage.start()
        await stage.ask("hello")
        await stage.homeserver.until_synced()
        await stage.stop()
        (stage.data / "bots" / "istackbuddy.echo.json").unlink()
        stage.homeserver.transactions.clear()
        stage.robot.answering = None
        await stage.start()
        await stage.homeserver.until_answered(STAFF_ROOM)
        await stage.homeserver.until_synced()
        assert stage.answers() == [("pending", "Working on it …"), ("done", "hello")]

    async def test_what_was_answered_before_is_not_answered_again(self, stage: Stage) -> None:
        await stage.start()
        await stage.ask("hello")
        await stage.homeserver.until_answered(STAFF_ROOM)
        await stage.homeserver.until_synced()
        await stage.stop()
        (stage.data / "bots" / "istackbuddy.echo.json").unlink()
        stage.homeserver.transactions.clear()
        await stage.start()
        await stage.homeserver.until_synced()
        assert len(stage.answers()) == 2
        assert len(stage.robot.asked) == 1

    async def test_an_answer_that_takes_the_process_down_is_given_up(self, stage: Stage) -> None:
        stage.robot.answering = never
        await stage.start()
        await stage.ask("hello")
        await stage.homeserver.until_synced()
        for _ in range(3):
            await stage.stop()
            await stage.start()
        state, text = (await stage.homeserver.until_answered(STAFF_ROOM))[-1]
        assert (state, "interrupted" in text) == ("failed", True)
        assert stage.stored()["owed"] == []

    async def test_a_question_deleted_meanwhile_leaves_no_placeholder_behind(self, stage: Stage) -> None:
        stage.robot.answering = never
        await stage.start()
        question = await stage.ask("hello")
        await stage.homeserver.until_synced()
        await stage.stop()
        stage.homeserver.redact(question)
        await stage.start()
        assert (await stage.homeserver.until_answered(STAFF_ROOM))[-1] == (
            "failed",
            "The question is not there any more.",
        )

    async def test_who_may_not_ask_any_more_is_told_so_in_the_placeholder(self, stage: Stage) -> None:
        stage.robot.answering = never
        await stage.start()
        await stage.ask("hello")
        await stage.homeserver.until_synced()
        await stage.stop()
        await stage.list_people(Person(ADA.user_id, ADA.role, ADA.tier, BEN.standing))
        await stage.start()
        assert (await stage.homeserver.until_answered(STAFF_ROOM))[-1][0] == "failed"


class TestComingBack:
    async def test_a_question_asked_while_the_robots_were_down_is_answered(self, stage: Stage) -> None:
        await stage.start()
        await stage.stop()
        await stage.ask("hello")
        await stage.start()
        await stage.homeserver.until_answered(STAFF_ROOM)

    async def test_a_question_far_back_in_a_gap_is_answered(self, stage: Stage) -> None:
        await stage.start()
        await stage.homeserver.until_synced(1)
        await stage.stop()
        await stage.ask("hello")
        for number in range(120):
            await stage.homeserver.say(STAFF_ROOM, ADA.user_id, f"talk {number}")
        await stage.start()
        assert (await stage.homeserver.until_answered(STAFF_ROOM))[-1] == ("done", "hello")

    async def test_a_question_before_the_first_login_is_answered_if_the_robot_was_there(self, stage: Stage) -> None:
        await stage.ask("hello")
        await stage.start()
        await stage.homeserver.until_answered(STAFF_ROOM)

    async def test_history_from_before_its_arrival_is_not(self, stage: Stage) -> None:
        room = RoomId("!later")
        await stage.make_room(room, RoomKind.STAFF, BOT, ADA.user_id)
        await stage.homeserver.say(room, ADA.user_id, f"{ASK} hello")
        await stage.homeserver.set_state(room, "m.room.member", ROBOT.user_id, BOT, {"membership": "join"})
        await stage.start()
        await stage.homeserver.until_synced()
        assert stage.homeserver.answers(room) == []

    async def test_at_the_first_login_what_is_old_is_left(self, stage: Stage) -> None:
        stage.settings = {"answer_after_first_login_hours": 1}
        await stage.ask("hello")
        await stage.start()
        await stage.homeserver.until_synced()
        assert stage.answers() == []

    async def test_a_stored_session_is_used_again(self, stage: Stage) -> None:
        await stage.start()
        await stage.stop()
        await stage.start()
        assert len(stage.homeserver.passwords) == 1
        assert len(stage.homeserver.resumed) == 1

    async def test_a_lost_session_is_made_again_on_the_same_device(self, stage: Stage) -> None:
        await stage.start()
        device = stage.stored()["device_id"]
        stage.homeserver.token = "token-1"
        await stage.ask("hello")
        await stage.homeserver.until_answered(STAFF_ROOM)
        assert len(stage.homeserver.passwords) == 2
        assert stage.stored()["device_id"] == device

    async def test_a_sync_token_that_the_homeserver_does_not_know_is_forgotten(self, stage: Stage) -> None:
        await stage.start()
        await stage.homeserver.until_synced(1)
        await stage.stop()
        path = stage.data / "bots" / "istackbuddy.echo.json"
        path.write_text(
            path.read_text().replace(f'"next_batch": "{stage.stored()["next_batch"]}"', '"next_batch": "99999"')
        )
        await stage.ask("hello")
        await stage.start()
        await stage.homeserver.until_answered(STAFF_ROOM)


class TestTrouble:
    @pytest.mark.parametrize("request_name", ["load_state", "load_state_at", "send", "load_event"])
    async def test_a_homeserver_that_is_away_for_a_while_costs_nothing(self, stage: Stage, request_name: str) -> None:
        await stage.start()
        stage.homeserver.faults[request_name] = [MatrixAway(request_name, "gone")] * 3
        await stage.ask("hello", relation={**THREAD, "event_id": "$0"})
        await stage.homeserver.until_answered(STAFF_ROOM)
        assert stage.answers() == [("pending", "Working on it …"), ("done", "hello")]

    async def test_one_question_that_cannot_be_taken_costs_no_other(self, stage: Stage) -> None:
        await stage.start()
        stage.homeserver.faults["load_state_at"] = [MatrixRefused("context", 403, "M_FORBIDDEN", "")]
        await stage.ask("first")
        await stage.ask("second")
        assert (await stage.homeserver.until_answered(STAFF_ROOM))[-1] == ("done", "second")

    async def test_a_final_edit_that_is_refused_becomes_a_sentence(self, stage: Stage) -> None:
        async def refuse_next(question: Question) -> AsyncIterator[Part]:
            stage.homeserver.faults["send"] = [MatrixRefused("send", 413, "M_TOO_LARGE", "")]
            yield Chat("too long")

        stage.robot.answering = refuse_next
        await stage.start()
        await stage.ask()
        state, text = (await stage.homeserver.until_answered(STAFF_ROOM))[-1]
        assert (state, "does not take it" in text) == ("failed", True)

    async def test_events_of_any_shape_do_no_harm(self, stage: Stage) -> None:
        await stage.start()
        contents: list[dict[str, Any]] = [{"body": 3}, {"m.relates_to": "x"}, {"msgtype": "m.text", "body": ASK}]
        for content in contents:
            await stage.homeserver.add(STAFF_ROOM, "m.room.message", UserId("@x"), content)
        await stage.ask("hello")
        await stage.homeserver.until_answered(STAFF_ROOM)

    async def test_an_edit_of_a_question_is_no_new_question(self, stage: Stage) -> None:
        await stage.start()
        question = await stage.ask("hello")
        await stage.homeserver.until_answered(STAFF_ROOM)
        await stage.ask("hullo", relation={"rel_type": "m.replace", "event_id": question})
        await stage.homeserver.until_synced()
        assert len(stage.robot.asked) == 1
