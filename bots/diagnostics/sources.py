"""Which form is meant, and where it is. The first that there is:

    pasted into the question ▸ the file that the question is about ▸ the file replied to ▸ a file named
    ▸ a form by its number (the vendor's API) ▸ what this thread was about before ▸ the newest file of the room

A submission may come along: named as a second file, or by its number.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from bots.answer import Chat, Declined
from bots.diagnostics.formstack import Formstack, VendorRefused
from bots.diagnostics.parse import MAX_BYTES, Refusal, too_large
from bots.diagnostics.request import Request
from bots.diagnostics.submission import is_submission
from bots.diagnostics.values import shown
from bots.errors import FileTooLarge, MatrixMissing
from bots.files import Attachment
from bots.question import Question
from policies.names import EventId

NO_FORM: Final = "NO_FORM"
NO_SUCH_FILE: Final = "NO_SUCH_FILE"
FILE_GONE: Final = "FILE_GONE"
VENDOR: Final = "VENDOR"
LISTED: Final = 5
PASTED: Final = "the pasted JSON"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Where a form is: the event of a file or of a message that it was pasted into, or its number at the vendor's.

    `facts` of one is what a follow-up in the thread needs to find it again.
    """

    event_id: str = ""
    form_id: str = ""
    submission_event: str = ""
    submission_id: str = ""

    @property
    def facts(self) -> dict[str, str]:
        """For `Remember`."""
        known = {
            "event": self.event_id,
            "form": self.form_id,
            "submission_event": self.submission_event,
            "submission": self.submission_id,
        }
        return {key: value for key, value in known.items() if value}


@dataclass(frozen=True, slots=True)
class Source:
    """The JSON that is meant, what to call it, and where it was."""

    name: str
    data: bytes
    wanted: Wanted
    submission: bytes = b""


class Sources:
    """Finds and loads the form of one question."""

    def __init__(self, question: Question, request: Request, vendor: Formstack | None) -> None:
        self._question = question
        self._request = request
        self._vendor = vendor

    async def find(self) -> Wanted | Declined:
        """Which form is meant."""
        question, request = self._question, self._request
        if question.pasted:
            return Wanted(event_id=question.event_id)
        if question.attached:
            return await self._or_as_submission([question.attached])
        if question.files is None:
            return _explain([])
        if question.replied_to and (replied := await question.files.at(question.replied_to)):
            return await self._or_as_submission([replied])
        known = await question.files.newest()
        if named := _named_in(question.text, known):
            return await self._or_as_submission(named)
        if asked_for := _file_name_in(question.text):
            return Declined(NO_SUCH_FILE, f"I see no file “{shown(asked_for)}” in this room. {_say_files(known)}")
        if request.form_id:
            return Wanted(form_id=request.form_id, submission_id=request.submission_id)
        talked_about = await self._find_in_thread()
        if talked_about is not None and not self._asks_for_a_file():
            submission_id = request.submission_id or talked_about.submission_id
            return replace(talked_about, submission_id=submission_id)
        newest = next((each for each in known if each.is_json), None)
        return Wanted(event_id=newest.event_id) if newest else _explain(known)

    def _asks_for_a_file(self) -> bool:
        return (
            self._request.is_report
            and re.search(r"\b(files?|upload\w*)\b", self._question.text, re.IGNORECASE) is not None
        )

    async def _or_as_submission(self, named: Sequence[Attachment]) -> Wanted:
        """Of two files one may be the submission; of one, too, if the thread is about a form already."""
        if len(named) > 2 or self._question.files is None:
            return Wanted(event_id=named[0].event_id)
        talked_about = await self._find_in_thread() if len(named) == 1 else None
        if len(named) == 1 and talked_about is None:
            return Wanted(event_id=named[0].event_id)
        for each in named:
            if await self._is_submission(each):
                form = next((other.event_id for other in named if other is not each), "")
                if form:
                    return Wanted(event_id=form, submission_event=each.event_id)
                if talked_about is not None:
                    return replace(talked_about, submission_event=each.event_id, submission_id="")
        return Wanted(event_id=named[0].event_id)

    async def _is_submission(self, attachment: Attachment) -> bool:
        loaded = await self._load_file(attachment)
        return isinstance(loaded, bytes) and await asyncio.to_thread(lambda: is_submission(_read_json(loaded)))

    async def _find_in_thread(self) -> Wanted | None:
        turns = await self._question.conversation.turns() if self._question.conversation else ()
        for turn in reversed(turns):
            if turn.is_answer and turn.remembered:
                facts = turn.remembered
                return Wanted(
                    facts.get("event", ""),
                    facts.get("form", ""),
                    facts.get("submission_event", ""),
                    facts.get("submission", ""),
                )
            if turn.pasted or (turn.attached and turn.attached.is_json):
                return Wanted(event_id=turn.event_id)
        return None

    async def load(self, wanted: Wanted) -> Source | Chat | Declined:
        """What is there."""
        if wanted.form_id:
            return await self._load_from_vendor(wanted)
        loaded = await self._load_event(wanted.event_id)
        if not isinstance(loaded, tuple):
            return loaded
        name, data = loaded
        if not wanted.submission_event:
            return Source(name, data, wanted)
        submission = await self._load_event(wanted.submission_event)
        if not isinstance(submission, tuple):
            return submission
        return Source(f"{name} with {submission[0]}", data, wanted, submission[1])

    async def _load_from_vendor(self, wanted: Wanted) -> Source | Declined:
        if self._vendor is None:
            return Declined(
                VENDOR,
                f"I cannot fetch form {shown(wanted.form_id, 30)}: no token for the vendor’s API is set up "
                "(bots.formstack.token_file). Upload the form’s JSON, or paste it.",
            )
        try:
            data = await self._vendor.load_bundle(wanted.form_id, wanted.submission_id)
        except VendorRefused as refused:
            return Declined(VENDOR, f"I could not read form {shown(wanted.form_id, 30)}: {refused.sentence}.")
        submission = await self._load_event(wanted.submission_event) if wanted.submission_event else ("", b"")
        if not isinstance(submission, tuple):
            submission = ("", b"")
        return Source("the vendor’s API", data, wanted, submission[1])

    async def _load_event(self, event_id: str) -> tuple[str, bytes] | Chat | Declined:
        question = self._question
        if question.pasted and event_id == question.event_id:
            return PASTED, question.pasted.encode("utf-8", "replace")
        attachment = question.attached if question.attached and event_id == question.event_id else None
        if attachment is None and question.files is not None:
            attachment = await question.files.at(EventId(event_id))
        if attachment is not None:
            loaded = await self._load_file(attachment)
            return (attachment.name, loaded) if isinstance(loaded, bytes) else loaded
        turn = await question.conversation.at(EventId(event_id)) if question.conversation else None
        if turn is not None and turn.pasted:
            return PASTED, turn.pasted.encode("utf-8", "replace")
        return Declined(FILE_GONE, "What this thread was about is not there any more. Please hand me the form again.")

    async def _load_file(self, attachment: Attachment) -> bytes | Chat | Declined:
        if attachment.size is not None and attachment.size > MAX_BYTES:
            return say_refusal(attachment.name, too_large(attachment.size))
        try:
            return await self._question.files.load(attachment, MAX_BYTES) if self._question.files else b""
        except FileTooLarge:
            return say_refusal(attachment.name, too_large())
        except MatrixMissing:
            return Declined(
                FILE_GONE, f"The file “{shown(attachment.name)}” is not there any more. Please upload it again."
            )


def say_refusal(name: str, refusal: Refusal) -> Chat:
    """That a file is no form is an answer too, and one that a guest may want to be given."""
    called = shown(name)
    return Chat(f"{called[:1].upper()}{called[1:]}: {refusal.sentence} ({refusal.code})")


def _read_json(data: bytes) -> Any:
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return None


def _named_in(words: str, known: Sequence[Attachment]) -> list[Attachment]:
    """The files named, the newest of each name; "contact.json" is in "old contact.json" too, and not meant by it."""
    left, found = words, dict[str, Attachment]()
    for each in sorted(known, key=lambda each: -len(each.name)):
        if each.name.casefold() in found:
            continue
        pattern = rf"(?<!\w){re.escape(each.name)}(?!\w)"
        if each.name and re.search(pattern, left, re.IGNORECASE):
            left = re.sub(pattern, " ", left, flags=re.IGNORECASE)
            found[each.name.casefold()] = each
    return list(found.values())


def _file_name_in(text: str) -> str | None:
    return next((word.strip("“”\"'.,;") for word in text.split() if ".json" in word.casefold()), None)


def _explain(known: Sequence[Attachment]) -> Declined:
    return Declined(
        NO_FORM,
        "I need a form. Upload its JSON (what the API answers to GET form/{id}.json, or an export) to this room and "
        "ask again, or paste it between two lines of ```, or name it by its number (“form 4711”). "
        f"{_say_files(known)}".rstrip(),
    )


def _say_files(known: Sequence[Attachment]) -> str:
    if not known:
        return "There is no file of the staff’s here yet."
    names = ", ".join(f"“{shown(each.name)}”" for each in known[:LISTED])
    return f"Files I see here: {names}{' …' if len(known) > LISTED else ''}."
