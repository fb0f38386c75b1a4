"""What `test_attendant` does not see: how parts become messages, and when progress is shown."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from bots.answer import Chat, File, Graph, Image, Part, Progress
from bots.delivery import Assignment, Delivery
from bots.question import Question, QuestionKind
from policies.names import ANSWER_KEY, EventId
from tests.bots.conftest import ADA, ROBOT, STAFF_ROOM, Answering, Echo
from tests.builders.people import BOT
from tests.fakes.robot_homeserver import FakeHomeserver

QUESTION = Question(EventId("$q"), STAFF_ROOM, ADA.user_id, "hello", QuestionKind.QUESTION, thread=EventId("$q"))


class Clock:
    now = 0.0


async def deliver(answering: Answering) -> list[dict[str, Any]]:
    """The contents of the messages of one answer, the new content of edits."""
    homeserver = FakeHomeserver(ROBOT.user_id)
    await homeserver.log_in("", "")
    robot = Echo()
    robot.answering = answering
    delivery = Delivery(robot, ROBOT.user_id, homeserver, BOT, 5, lambda: Clock.now)
    placeholder = await delivery.perform_placeholder(QUESTION)
    await delivery.perform_answer(Assignment(QUESTION, None), placeholder)
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

    _, extra, final = await deliver(answering)
    assert extra[ANSWER_KEY]["kind"] == kind
    assert (final[ANSWER_KEY]["state"], bool(final["body"])) == ("done", True)


async def test_a_robot_that_says_nothing_is_not_waited_for() -> None:
    async def answering(question: Question) -> AsyncIterator[Part]:
        nothing: tuple[Part, ...] = ()
        for part in nothing:
            yield part

    assert (await deliver(answering))[-1]["body"] == "I have nothing to say to that."
