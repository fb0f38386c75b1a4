"""`iStackBuddy.docs.jokes` and its siblings: a dad joke for a customer, about what is wrong with their form.

    question ─▶ for whom? about which form, if any? ─▶ its findings ─▶ the joke, word by word

Employees ask them as they ask any robot. They are in development, and run only where a setting shows such robots.
"""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from html import escape
from types import MappingProxyType
from typing import Any, ClassVar, Final

from bots.ai import build_ai
from bots.answer import Chat, Declined, Delivery, Growing, Part, Remember
from bots.config import BotsSettings
from bots.diagnostics.answering import Job
from bots.diagnostics.confined import Confinement, TooHard
from bots.diagnostics.request import Request
from bots.diagnostics.robot import Judge, build_vendor
from bots.diagnostics.sources import Source, Sources
from bots.diagnostics.values import shown, text
from bots.jokes.joke import Finding, Joke, get_one_dad_joke
from bots.jokes.products import DOCS, FSID, SIGN, STREAM, Product
from bots.question import Question, QuestionKind
from bots.robot import Robot

SOMEBODY: Final = "friend"
LONGEST_NAME: Final = 60
_FOR: Final = re.compile(
    r"\b(?:for|to|tell|called|named)\s+(?:“([^”]{1,60})”|\"([^\"]{1,60})\"|([^\W\d_][\w’'.-]*(?:\s+[A-Z][\w’'.-]*)?))"
)
_NOT_A_NAME: Final = frozenset(
    {"me", "us", "them", "him", "her", "a", "an", "the", "my", "our", "this", "that", "form", "field"}
)


class JokeRobot(Robot):
    """All four of them. A subclass has a name and a product."""

    product: ClassVar[Product]
    takes = frozenset(QuestionKind)
    delivery = Delivery.STREAMING
    development = True
    phrases = MappingProxyType(
        {
            "a joke for Ada": "a dad joke, addressed to Ada, about the form of this thread or the newest file",
            '{"customerName": "Ada", "observations": …}': "the same, with findings handed over as JSON",
        }
    )

    def __init__(self, settings: BotsSettings | None = None, judge: Judge | None = None) -> None:
        super().__init__(settings)
        self._ai = build_ai(self.settings.ai)
        self._judge = judge or Confinement()
        self._vendor = build_vendor(self.settings)

    async def answer(self, question: Question) -> AsyncIterator[Part]:
        """The joke as it grows, and the joke, with what it rests on and who wrote it."""
        handed = _parse_handed(question.pasted)
        if handed is None:
            customer_name = find_name(question.text.replace(question.pasted, " ") if question.pasted else question.text)
            findings, facts = await self._find_findings(question)
        else:
            (customer_name, findings), facts = handed, {}
        seed = question.event_id
        async for said in get_one_dad_joke(customer_name, findings, self.product, self._ai, seed):
            yield Growing(said) if isinstance(said, str) else self._build_answer(said, customer_name)
        if facts:
            yield Remember(facts)

    async def _find_findings(self, question: Question) -> tuple[Sequence[Finding], Mapping[str, str]]:
        """What is wrong with the form that is talked about; nothing, if there is none or it cannot be judged."""
        sources = Sources(question, Request(words=question.text), self._vendor)
        wanted = await sources.find()
        if isinstance(wanted, Declined):
            return (), {}
        source = await sources.load(wanted)
        if not isinstance(source, Source):
            return (), {}
        try:
            outcome = await self._judge.run(Job(source.name, "", source.data, source.submission, findings_only=True))
        except TooHard:
            return (), {}
        return outcome.findings, wanted.facts if outcome.is_form else {}

    def _build_answer(self, joke: Joke, customer_name: str) -> Chat:
        rests = f"about {', '.join(joke.codes)}" if joke.codes else "about nothing in particular"
        writer = f"written offline, since {joke.offline}" if joke.offline else "written by an AI"
        below = f"({self.name}, in development. For {customer_name}, {rests}; {writer}.)"
        return Chat(f"{joke.text}\n{below}", f"<p>{escape(joke.text)}</p><p><em>{escape(below)}</em></p>")


def find_name(words: str) -> str:
    """Whom the joke is for."""
    for found in _FOR.finditer(words):
        name = shown(next(each for each in found.groups() if each), LONGEST_NAME).strip(" .,'’-")
        if name and name.casefold() not in _NOT_A_NAME:
            return name
    return SOMEBODY


def _parse_handed(pasted: str) -> tuple[str, Sequence[Finding]] | None:
    """``{"customerName": …, "observations": …}``, the observations as our own report has them, or a list of them."""
    try:
        value = json.loads(pasted) if pasted else None
    except (ValueError, RecursionError):
        return None
    if not isinstance(value, dict) or "customerName" not in value:
        return None
    observations: Any = value.get("observations")
    if isinstance(observations, dict):
        observations = observations.get("observations")
    findings = [
        {"code": text(each.get("code"))[:3], "level": text(each.get("level"))[:10], "detail": text(each.get("detail"))}
        for each in (observations if isinstance(observations, list) else [])[:50]
        if isinstance(each, dict)
    ]
    return shown(text(value["customerName"]), LONGEST_NAME) or SOMEBODY, findings


class DocsJokes(JokeRobot):
    """For Documents."""

    name = "iStackBuddy.docs.jokes"
    description = "A dad joke about documents, for a customer."
    product = DOCS


class FsidJokes(JokeRobot):
    """For ID."""

    name = "iStackBuddy.fsid.jokes"
    description = "A dad joke about logging in, for a customer."
    product = FSID


class StreamJokes(JokeRobot):
    """For Streamline."""

    name = "iStackBuddy.stream.jokes"
    description = "A dad joke about workflows, for a customer."
    product = STREAM


class SignJokes(JokeRobot):
    """For Sign."""

    name = "iStackBuddy.sign.jokes"
    description = "A dad joke about signatures, for a customer."
    product = SIGN
