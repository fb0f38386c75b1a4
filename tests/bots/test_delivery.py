"""What `test_attendant` does not see: how parts become messages, and when progress is shown."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any, ClassVar

import pytest

from bots.answer import LIVE_KEY, Chat, File, Graph, Growing, Image, Part, Progress, Remember
from bots.answer import Delivery as Way
from bots.delivery import Assignment, Delivery
from bots.question import Question, QuestionKind
from policies.names import ANSWER_KEY, EventId
from tests.bots.conftest import ADA, ROBOT, STAFF_ROOM, Answering, Echo
from tests.builders.people import BOT
from tests.fakes.robot_homeserver import FakeHomeserver

QUESTION = Question(EventId("$q"), STAFF_ROOM, ADA.user_id, "hello", QuestionKind.QUESTION, thread=EventId("$q"))


class Clock:
    now = 0.0


async def deliver(answering: Answering, robot_class: type[Echo] = Echo, *, gone: bool = False) -> list[dict[str, Any]]:
    """The contents of the messages of one answer, the new content of edits."""
    homeserver = FakeHomeserver(ROBOT.user_id)
    await homeserver.log_in("", "")
    question = replace(QUESTION, event_id=await homeserver.say(STAFF_ROOM, ADA.user_id, "hello"))
    robot = robot_class()
    robot.answering = answering
    delivery = Delivery(robot, ROBOT.user_id, homeserver, BOT, 5, lambda: Clock.now)
    placeholder = await delivery.perform_placeholder(question)
    if gone:
        homeserver.redact(question.event_id)
    await delivery.perform_answer(Assignment(question, None), placeholder)
    return [dict(e.content.get("m.new_content", e.content)) for e in homeserver.said_by_robot(STAFF_ROOM)]


async def test_progress_is_shown_at_most_once_a_second() -> None:
    async def answering(question: Question) -> AsyncIterator[Part]:
        for number in range(30):
            yield Progress(f"at {number}")
            Clock.now += 0.125

    contents = await deliver(answering)
    shown = [content["body"] for content in contents if content[ANSWER_KEY]["state"] == "progress"]
    assert shown == ["at 8", "at 16", "at 24"]


async def test_several_words_become_one_message() -> None:
    async def answering(question: Question) -> AsyncIterator[Part]:
        yield Chat("one", "<b>one</b>")
        yield Chat("two", "<i>two</i>")

    final = (await deliver(answering))[-1]
    assert (final["body"], final["formatted_body"]) == ("one\n\ntwo", "<b>one</b><br><i>two</i>")


async def test_words_without_html_among_others_leave_all_of_it_plain() -> None:
    async def answering(question: Question) -> AsyncIterator[Part]:
        yield Chat("one", "<b>one</b>")
        yield Chat("two")

    assert "formatted_body" not in (await deliver(answering))[-1]


@pytest.mark.parametrize(
    ("part", "kind"),
    [
        (File("a.json", b"{}", "application/json"), "file"),
        (Image("a.png", b"x", "A picture."), "image"),
        (Graph("a.png", b"x", "A graph."), "graph"),
    ],
)
async def test_an_answer_of_files_alone_still_says_something(part: Part, kind: str) -> None:
    async def answering(question: Question) -> AsyncIterator[Part]:
        yield part

    _, final, extra = await deliver(answering)
    assert extra[ANSWER_KEY]["kind"] == kind
    assert (final[ANSWER_KEY]["state"], bool(final["body"])) == ("done", True)


async def test_a_robot_that_says_nothing_is_not_waited_for() -> None:
    async def answering(question: Question) -> AsyncIterator[Part]:
        nothing: tuple[Part, ...] = ()
        for part in nothing:
            yield part

    assert (await deliver(answering))[-1]["body"] == "I have nothing to say to that."


class Streaming(Echo):
    """Its words come one by one."""

    delivery = Way.STREAMING


class TestStreaming:
    async def test_words_are_shown_as_they_grow_at_most_once_a_second_and_live_until_the_end(self) -> None:
        async def answering(question: Question) -> AsyncIterator[Part]:
            words = ""
            for number in range(25):
                words += f"{number} "
                yield Growing(words)
                Clock.now += 0.1
            yield Chat(words)

        placeholder, *shown, final = await deliver(answering, Streaming)
        assert len(shown) == 2
        assert all(LIVE_KEY in content for content in (placeholder, *shown))
        assert shown[1]["body"].startswith(shown[0]["body"].strip())
        assert {content[ANSWER_KEY]["delivery"] for content in (placeholder, *shown, final)} == {"streaming"}
        assert [content[ANSWER_KEY]["state"] for content in shown] == ["progress", "progress"]
        assert (LIVE_KEY in final, final[ANSWER_KEY]["state"]) == (False, "done")
        assert final["body"].endswith("23 24 ")

    async def test_words_that_grew_and_were_never_ended_are_the_answer(self) -> None:
        async def answering(question: Question) -> AsyncIterator[Part]:
            yield Growing("one")
            yield Growing("one two")

        assert (await deliver(answering, Streaming))[-1]["body"] == "one two"

    async def test_what_was_said_last_is_shown_while_the_robot_thinks_on(self) -> None:
        thinking = asyncio.Event()

        async def answering(question: Question) -> AsyncIterator[Part]:
            yield Growing("so far")
            Clock.now += 2
            await thinking.wait()
            yield Chat("the end")

        async def wake() -> None:
            await asyncio.sleep(0.1)  # longer than the hundredth of a second after which it looks again
            thinking.set()

        waking = asyncio.create_task(wake())
        contents = await deliver(answering, Streaming)
        await waking
        assert [content["body"] for content in contents][1:] == ["so far", "the end"]


async def test_an_answer_without_streaming_has_no_live_mark() -> None:
    async def answering(question: Question) -> AsyncIterator[Part]:
        yield Chat("words")

    assert not [content for content in await deliver(answering) if LIVE_KEY in content]


async def test_what_is_to_be_remembered_stands_in_the_final_answer() -> None:
    async def answering(question: Question) -> AsyncIterator[Part]:
        yield Remember({"form": "4711"})
        yield Chat("words")

    assert (await deliver(answering))[-1][ANSWER_KEY]["remembered"] == {"form": "4711"}


async def test_a_question_that_is_deleted_meanwhile_gets_no_answer() -> None:
    async def answering(question: Question) -> AsyncIterator[Part]:
        yield Chat("a secret")

    _, final = await deliver(answering, gone=True)
    assert (final["body"], final[ANSWER_KEY]["state"]) == ("The question is not there any more.", "failed")


async def test_help_says_what_there_is_to_ask() -> None:
    class Helpful(Echo):
        phrases: ClassVar[dict[str, str]] = {"again": "says it <again>"}

    said = Helpful().help()
    assert said.text == "iStackBuddy.echo: Says it again.\nIt takes: question.\n• again: says it <again>"
    assert "says it &lt;again&gt;" in said.html
