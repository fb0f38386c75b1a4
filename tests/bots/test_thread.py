from __future__ import annotations

import asyncio
from typing import Any

from bots.answer import Chat, Part, Remember
from bots.conversation import Turn
from bots.question import Question
from policies.names import EventId
from tests.bots.conftest import ADA, GINA, STAFF_ROOM, Stage


def in_thread(root: EventId) -> dict[str, Any]:
    return {"rel_type": "m.thread", "event_id": root, "is_falling_back": True}


async def test_a_follow_up_sees_what_was_said_and_what_was_to_be_remembered(stage: Stage) -> None:
    seen: list[tuple[Turn, ...]] = []

    async def answering(question: Question) -> Any:
        assert question.conversation is not None
        seen.append(await question.conversation.turns())
        yield Remember({"asked": question.text})
        yield Chat(f"about {question.text}")

    stage.robot.answering = answering
    await stage.start()
    first = await stage.ask("one")
    await stage.homeserver.until_answered(STAFF_ROOM)
    await stage.homeserver.say(STAFF_ROOM, GINA.user_id, "I was here too", **{"m.relates_to": in_thread(first)})
    await stage.homeserver.say(STAFF_ROOM, ADA.user_id, "and now?", **{"m.relates_to": in_thread(first)})
    await stage.homeserver.until_answered(STAFF_ROOM, 2)
    assert seen[0] == ()
    question, answer = seen[1]
    assert (question.text, question.is_answer) == ("one", False)
    assert answer.is_answer
    assert answer.text.startswith("about one")
    assert answer.remembered == {"asked": question.text}


async def test_too_many_questions_of_one_person_are_declined_with_when_to_ask_again(stage: Stage) -> None:
    stage.settings["questions_per_minute"] = 2
    await stage.start()
    for number in range(3):
        await stage.ask(str(number))
    answers = await stage.homeserver.until_answered(STAFF_ROOM, 3)
    (declined,) = [text for state, text in answers if state == "failed"]
    assert declined.startswith("You asked me a lot just now. Ask again in ")


async def test_answers_in_parallel_each_stand_in_their_own_thread(stage: Stage) -> None:
    begun, go_on = asyncio.Semaphore(0), asyncio.Event()

    async def answering(question: Question) -> Any:
        begun.release()
        await go_on.wait()
        part: Part = Chat(question.text)
        yield part

    stage.robot.answering = answering
    await stage.start()
    questions = [await stage.ask("one"), await stage.ask("two")]
    async with asyncio.timeout(5):
        await begun.acquire()
        await begun.acquire()
    go_on.set()
    await stage.homeserver.until_answered(STAFF_ROOM, 2)
    roots = [e.thread for e in stage.homeserver.said_by_robot(STAFF_ROOM) if e.thread]
    assert roots == questions
