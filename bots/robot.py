"""What a robot is: one class with a name, a line about itself, what it takes, and how it answers.

    class Echo(Robot):
        name = "iStackBuddy.echo"
        description = "Says it again."
        takes = frozenset({QuestionKind.QUESTION})

        async def answer(self, question: Question) -> AsyncIterator[Part]:
            yield Chat(question.text)

That, and its line in `bots.registry`, is all. The host logs it in, decides who may ask, opens the thread, posts the
placeholder and the edits, waits out limits, keeps the deadline, and finishes after a crash what was not finished.
A robot keeps nothing between questions, so that two may be answered at the same time.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator
from typing import ClassVar

from bots.answer import Part
from bots.question import Question, QuestionKind


class Robot(ABC):
    """One robot. `name` is what it is shown as; its user id is that in lower case."""

    name: ClassVar[str]
    description: ClassVar[str]
    takes: ClassVar[frozenset[QuestionKind]]

    @abstractmethod
    def answer(self, question: Question) -> AsyncIterator[Part]:
        """The parts of the answer, as they come. May be called again with the same question after a crash."""
