from __future__ import annotations

import json

import pytest

from bots.answer import Chat, Growing, Part, Remember
from bots.config import AiSettings, BotsSettings
from bots.diagnostics.confined import InProcess
from bots.jokes.robot import DocsJokes, FsidJokes, JokeRobot, SignJokes, StreamJokes, find_name
from bots.question import Question
from tests.bots.diagnostics.test_robot import CONTACT, FILES, question
from tests.fakes.ai_endpoint import ai_endpoint

ALL = [DocsJokes, FsidJokes, StreamJokes, SignJokes]


async def parts_of(
    asked: Question, robot: type[JokeRobot] = DocsJokes, settings: BotsSettings | None = None
) -> list[Part]:
    return [part async for part in robot(settings, InProcess()).answer(asked)]


@pytest.mark.parametrize("robot", ALL)
async def test_each_of_the_four_tells_a_joke_for_somebody_about_the_form(robot: type[JokeRobot]) -> None:
    chat, remembered = await parts_of(question("a joke for Ada, please", FILES), robot)
    assert isinstance(chat, Chat)
    assert chat.text.startswith("Ada, ")
    assert "about L01" in chat.text
    assert "written offline, since no AI is set up" in chat.text
    assert f"({robot.name}, in development." in chat.text
    assert remembered == Remember({"event": CONTACT.event_id})


async def test_without_any_form_there_is_a_joke_all_the_same() -> None:
    (chat,) = await parts_of(question("tell one"))
    assert isinstance(chat, Chat)
    assert "about nothing in particular" in chat.text


async def test_findings_may_be_handed_over() -> None:
    handed = {
        "customerName": "Grace",
        "observations": {"observations": [{"code": "W02", "level": "error", "detail": "x"}]},
    }
    (chat,) = await parts_of(question("", FILES, pasted=json.dumps(handed)))
    assert isinstance(chat, Chat)
    assert chat.text.startswith("Grace, ")
    assert "about W02" in chat.text


@pytest.mark.parametrize("observations", [None, [], {}, "x", {"observations": [3, {}]}])
async def test_whatever_is_handed_over_there_is_a_joke(observations: object) -> None:
    pasted = json.dumps({"customerName": 5, "observations": observations})
    (chat,) = await parts_of(question("", pasted=pasted))
    assert isinstance(chat, Chat)
    assert chat.text.startswith("5, ")


async def test_with_an_endpoint_its_words_are_shown_as_they_grow() -> None:
    async with ai_endpoint(says=json.dumps({"joke": "Ada, take it as a sign.", "codes": []}), pieces=6) as fake:
        settings = BotsSettings(ai=AiSettings(url=fake.url))
        *growing, chat = await parts_of(question("for Ada"), SignJokes, settings)
        assert growing
        assert all(isinstance(part, Growing) for part in growing)
        assert isinstance(chat, Chat)
        assert "written by an AI" in chat.text


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("a joke for Ada", "Ada"),
        ("tell Ada Lovelace one", "Ada Lovelace"),
        ("for “Jean-Luc van Damme”", "Jean-Luc van Damme"),
        ("one for me please, it is for Björn", "Björn"),
        ("a joke about this form", "friend"),
        ("", "friend"),
        ("for \u202e\u0000", "friend"),
    ],
)
def test_whom_it_is_for(words: str, name: str) -> None:
    assert find_name(words) == name


@pytest.mark.parametrize("robot", ALL)
def test_they_say_that_they_are_in_development(robot: type[JokeRobot]) -> None:
    assert robot.development
    assert "(in development)" in robot().help().text
