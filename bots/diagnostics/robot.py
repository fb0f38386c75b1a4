"""`iStackBuddy.forms.diagnostics`: finds the form that is meant, judges it, and says what is wrong with it.

Which form is meant, the first that there is:

    pasted into the question ▸ the file that the question is about ▸ the file replied to ▸ a file named ▸ the newest
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Final

from bots.answer import Chat, Declined, Part, Progress
from bots.diagnostics.diagnosis import diagnose
from bots.diagnostics.parse import MAX_BYTES, Refusal, parse_form, too_large
from bots.diagnostics.report import build_report
from bots.diagnostics.values import shown
from bots.errors import FileTooLarge, MatrixMissing
from bots.files import Attachment
from bots.question import Question, QuestionKind
from bots.robot import Robot

NO_FORM: Final = "NO_FORM"
NO_SUCH_FILE: Final = "NO_SUCH_FILE"
FILE_GONE: Final = "FILE_GONE"
LISTED: Final = 5


@dataclass(frozen=True, slots=True)
class Source:
    """The JSON that is meant, and what to call it."""

    name: str
    data: bytes


class FormsDiagnostics(Robot):
    """See above."""

    name = "iStackBuddy.forms.diagnostics"
    description = "Tells what is wrong with a customer’s form (Formstack, Classic builder), from its JSON."
    takes = frozenset({QuestionKind.QUESTION, QuestionKind.FORM})

    async def answer(self, question: Question) -> AsyncIterator[Part]:
        """The report on the form that is meant; declined with what to do if there is none, or it is no form."""
        found = await find_form(question)
        if isinstance(found, Attachment):
            yield Progress(f"Reading {shown(found.name)} …")
            loaded = await load_source(question, found)
        else:
            loaded = found
        if not isinstance(loaded, Source):
            yield loaded
            return
        # Parsing and judging a large form takes a moment, which the other questions need not wait for.
        yield await asyncio.to_thread(build_answer, loaded)


def build_answer(source: Source) -> Chat:
    """The report. That a file is no form is an answer too, and one that a guest may want to be given."""
    form = parse_form(source.data)
    if isinstance(form, Refusal):
        return _say_refusal(source.name, form)
    return Chat(*build_report(diagnose(form), source.name))


async def find_form(question: Question) -> Attachment | Source | Declined:
    """Which form is meant: a file, what was pasted, or none."""
    if question.pasted:
        return Source("the pasted JSON", question.pasted.encode("utf-8", "replace"))
    if question.attached:
        return question.attached
    if question.files is None:
        return _explain([])
    if question.replied_to and (replied := await question.files.at(question.replied_to)):
        return replied
    known = await question.files.newest()
    named = [each for each in known if _names(question.text, each.name)]
    if named:
        return max(named, key=lambda each: len(each.name))  # "contact.json" is in "old contact.json" too
    if asked_for := _file_name_in(question.text):
        return Declined(NO_SUCH_FILE, f"I see no file “{shown(asked_for)}” in this room. {_say_files(known)}")
    newest = next((each for each in known if each.is_json), None)
    return newest or _explain(known)


def _names(text: str, name: str) -> bool:
    return bool(name) and re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text, re.IGNORECASE) is not None


def _file_name_in(text: str) -> str | None:
    return next((word.strip("“”\"'.,;") for word in text.split() if ".json" in word.casefold()), None)


def _explain(known: Sequence[Attachment]) -> Declined:
    return Declined(
        NO_FORM,
        "I need a form. Upload its JSON (what the API answers to GET form/{id}.json, or an export) to this room and "
        f"ask again, or paste it between two lines of ```. {_say_files(known)}".rstrip(),
    )


def _say_files(known: Sequence[Attachment]) -> str:
    if not known:
        return "There is no file of the staff’s here yet."
    names = ", ".join(f"“{shown(each.name)}”" for each in known[:LISTED])
    return f"Files I see here: {names}{' …' if len(known) > LISTED else ''}."


def _say_refusal(name: str, refusal: Refusal) -> Chat:
    called = shown(name)
    return Chat(f"{called[:1].upper()}{called[1:]}: {refusal.sentence} ({refusal.code})")


async def load_source(question: Question, attachment: Attachment) -> Source | Chat | Declined:
    """The file, unless it is too large or gone."""
    if attachment.size is not None and attachment.size > MAX_BYTES:
        return _say_refusal(attachment.name, too_large(attachment.size))
    try:
        data = await question.files.load(attachment, MAX_BYTES) if question.files else b""
    except FileTooLarge:
        return _say_refusal(attachment.name, too_large())
    except MatrixMissing:
        return Declined(
            FILE_GONE, f"The file “{shown(attachment.name)}” is not there any more. Please upload it again."
        )
    return Source(attachment.name, data)
