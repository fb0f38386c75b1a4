"""The robots that the documentation shows are robots that work."""

from __future__ import annotations

import inspect
import re
import textwrap
from pathlib import Path
from typing import Any

import pytest

import bots.robot
from bots.answer import Chat, Part
from bots.question import Question, QuestionKind
from bots.robot import Robot
from policies.names import EventId
from tests.bots.conftest import ADA, STAFF_ROOM
from tests.synapse import ROOT

EVENT = EventId("$q")


def shown_robots() -> list[str]:
    """The classes in this module's docstring and in the README."""
    docstring = inspect.getdoc(bots.robot) or ""
    indented = re.findall(r"(?m)^    class \w+\(Robot\):\n(?:(?:    .*)?\n)+", docstring + "\n")
    readme = Path(ROOT, "README.md").read_text(encoding="utf-8")
    fenced = [block for block in re.findall(r"```python\n(.*?)```", readme, re.DOTALL) if "(Robot)" in block]
    return [*map(textwrap.dedent, indented), *fenced]


@pytest.mark.parametrize("source", shown_robots())
async def test_a_robot_that_is_shown_answers(source: str) -> None:
    names: dict[str, Any] = {}
    imports = """
from collections.abc import AsyncIterator
from bots.answer import *
from bots.question import Question, QuestionKind
from bots.robot import Robot
"""
    exec(imports + source, names)
    (robot_class,) = [
        each for each in names.values() if isinstance(each, type) and issubclass(each, Robot) and each is not Robot
    ]
    question = Question(EVENT, STAFF_ROOM, ADA.user_id, "hello", QuestionKind.QUESTION, thread=EVENT)
    parts: list[Part] = [part async for part in robot_class().answer(question)]
    assert Chat("HELLO") in parts


def test_one_is_shown() -> None:
    assert shown_robots()
