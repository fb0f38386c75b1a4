"""`iStackBuddy.forms.diagnostics`: finds the form that is meant, judges it, and says what is wrong with it.

question ─▶ what is asked, of which form ─▶ loaded ─▶ judged, in a process of its own ─▶ parts ─▶ in plain language,
if an AI endpoint is set up
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from types import MappingProxyType
from typing import Protocol

from bots.answer import Declined, Part, Progress, Remember
from bots.config import BotsSettings
from bots.diagnostics.answering import Job, Outcome
from bots.diagnostics.confined import Confinement, TooHard
from bots.diagnostics.explanation import build_explainer
from bots.diagnostics.formstack import Formstack, Pace
from bots.diagnostics.request import parse_request
from bots.diagnostics.sources import Source, Sources
from bots.diagnostics.values import shown
from bots.question import Question, QuestionKind
from bots.robot import Robot


class Judge(Protocol):
    """Who does a job."""

    async def run(self, job: Job) -> Outcome:
        """The outcome.

        :raises TooHard: if the form cannot be judged within limits.
        """
        ...


class FormsDiagnostics(Robot):
    """See above."""

    name = "iStackBuddy.forms.diagnostics"
    description = "Tells what is wrong with a customer’s form (Formstack, Classic builder), from its JSON."
    takes = frozenset(QuestionKind)
    phrases = MappingProxyType(
        {
            "contact.json": "the report on a file of this room; the newest one, if none is named",
            "form 4711": "the report on a form by its number, from the vendor’s API",
            "form 4711 submission 99": "the same, with a submission held against it",
            "only L03": "the findings of one code; also: only errors, only warnings, class logic",
            "field 123": "the findings about one field",
            "why is field 123 hidden?": "the chain of logic that decides it",
            'what if 12 = "Yes"?': "which fields show under these answers",
        }
    )

    def __init__(self, settings: BotsSettings | None = None, judge: Judge | None = None) -> None:
        super().__init__(settings)
        self._judge = judge or Confinement()
        self._vendor = build_vendor(self.settings)
        self._explain = build_explainer(self.settings)

    async def answer(self, question: Question) -> AsyncIterator[Part]:
        """The report on the form that is meant; declined with what to do if there is none, or it is no form."""
        request = parse_request(question.text.replace(question.pasted, " ") if question.pasted else question.text)
        sources = Sources(question, request, self._vendor)
        wanted = await sources.find()
        if isinstance(wanted, Declined):
            yield wanted
            return
        yield Progress(f"Asking the vendor for form {shown(wanted.form_id, 30)} …" if wanted.form_id else "Reading …")
        source = await sources.load(wanted)
        if not isinstance(source, Source):
            yield source
            return
        yield Progress(f"Judging {shown(source.name)} …")
        try:
            outcome = await self._judge.run(Job(source.name, request.words, source.data, source.submission))
        except TooHard as fault:
            yield Declined("TOO_HARD", f"This form is more than I can judge: {fault}. Nothing else is wrong with me.")
            return
        for part in outcome.parts:
            yield part
        if outcome.is_form:
            yield Remember(wanted.facts)
        if outcome.findings and self._explain is not None:
            yield Progress("Putting it into plain language …")
            yield await self._explain(outcome.findings)


def build_vendor(settings: BotsSettings) -> Formstack | None:
    """The vendor's API, if a token for it is set up."""
    chosen = settings.formstack
    token_file = chosen.token_file
    if token_file is None:
        return None
    return Formstack(
        chosen.url,
        lambda: token_file.read_text(encoding="utf-8").strip(),
        Pace(chosen.calls_per_minute, chosen.calls_per_day),
    )
