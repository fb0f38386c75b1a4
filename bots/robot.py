"""What a robot is: one class with a name, a line about itself, what it takes, and how it answers.

    class Shout(Robot):
        name = "iStackBuddy.shout"
        description = "Says it louder."
        takes = frozenset({QuestionKind.QUESTION})

        async def answer(self, question: Question) -> AsyncIterator[Part]:
            yield Progress("Taking a deep breath …")
            yield Chat(question.text.upper())

That, and its line in `bots.registry`, is all. The host logs it in, decides who may ask, opens the thread, posts the
placeholder and the edits, waits out limits, keeps the deadline, and finishes after a crash what was not finished.
A robot keeps nothing between questions, so that two may be answered at the same time: what the next question in a
thread needs to know it yields as `Remember`, and reads from `question.conversation`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Mapping
from html import escape
from types import MappingProxyType
from typing import ClassVar

from bots.answer import Chat, Delivery, Part
from bots.config import BotsSettings
from bots.question import Question, QuestionKind


class Robot(ABC):
    """One robot. `name` is what it is shown as; its user id is that in lower case."""

    name: ClassVar[str]
    description: ClassVar[str]
    takes: ClassVar[frozenset[QuestionKind]]
    delivery: ClassVar[Delivery] = Delivery.BATCH_DELAY
    deadline_seconds: ClassVar[float | None] = None
    """How long an answer of this robot may take; None is what the settings say."""
    development: ClassVar[bool] = False
    """Whether it is still being tried out, and runs only where a setting shows such robots."""
    phrases: ClassVar[Mapping[str, str]] = MappingProxyType({})
    """What may be said to it, and what that does: for `help`."""

    def __init__(self, settings: BotsSettings | None = None) -> None:
        self.settings = settings or BotsSettings()

    @abstractmethod
    def answer(self, question: Question) -> AsyncIterator[Part]:
        """The parts of the answer, as they come. May be called again with the same question after a crash."""

    async def respond(self, question: Question) -> AsyncIterator[Part]:
        """What the host asks for: the answer, or (`/help`) what there is to ask."""
        if question.wants_help:
            yield self.help()
            return
        async for part in self.answer(question):
            yield part

    def help(self) -> Chat:
        """What it does, what it takes, and what may be said to it."""
        mark = " (in development)" if self.development else ""
        takes = ", ".join(sorted(kind.value for kind in self.takes))
        opening = f"{self.name}{mark}: {self.description}"
        lines = [f"{phrase}: {effect}" for phrase, effect in self.phrases.items()]
        html = "".join(
            f"<li><code>{escape(phrase)}</code>: {escape(effect)}</li>" for phrase, effect in self.phrases.items()
        )
        listed = f"<ul>{html}</ul>" if html else ""
        return Chat(
            "\n".join([opening, f"It takes: {takes}.", *(f"• {line}" for line in lines)]),
            f"<p>{escape(opening)}<br>It takes: {takes}.</p>{listed}",
        )
