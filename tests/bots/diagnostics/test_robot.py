from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from bots.answer import Chat, Declined, Part, Progress
from bots.diagnostics.parse import MAX_BYTES
from bots.diagnostics.robot import FormsDiagnostics
from bots.errors import FileTooLarge, MatrixMissing
from bots.files import Attachment
from bots.question import Question, QuestionKind
from policies.names import EventId, RoomId, UserId
from tests.builders.forms import asks, raw_form, shown_if, text

BROKEN = raw_form(text(1, logic=shown_if(asks(99))))


def attachment(name: str, **keys: Any) -> Attachment:
    return Attachment(EventId(f"${name}"), name, "", f"mxc://localhost/{name}", **keys)


@dataclass
class FakeFiles:
    """Implements `bots.files.Files`."""

    known: dict[Attachment, bytes] = field(default_factory=dict)

    async def newest(self) -> tuple[Attachment, ...]:
        return tuple(self.known)

    async def at(self, event_id: EventId) -> Attachment | None:
        return next((each for each in self.known if each.event_id == event_id), None)

    async def load(self, attachment: Attachment, limit: int) -> bytes:
        data = self.known[attachment]
        if data == b"gone":
            raise MatrixMissing("download", 404, "M_NOT_FOUND", "")
        if len(data) > limit:
            raise FileTooLarge(limit)
        return data


def question(words: str = "", files: dict[Attachment, bytes] | None = None, **keys: Any) -> Question:
    made = Question(
        EventId("$q"), RoomId("!r"), UserId("@ada:localhost"), words, QuestionKind.QUESTION, thread=EventId("$q")
    )
    return replace(made, files=FakeFiles(files or {}), **keys)


async def answer_to(asked: Question) -> Part:
    parts = [part async for part in FormsDiagnostics().answer(asked) if not isinstance(part, Progress)]
    assert len(parts) == 1
    return parts[0]


async def said(asked: Question) -> str:
    part = await answer_to(asked)
    assert isinstance(part, Chat | Declined)
    return part.text


def form(name: str) -> bytes:
    return json.dumps({**BROKEN, "name": name}).encode()


CONTACT, OLD, NOTES = attachment("contact.json"), attachment("old contact.json"), attachment("notes.txt")
FILES = {NOTES: b"hello", CONTACT: form("Contact"), OLD: form("Old")}


class TestWhichFormIsMeant:
    async def test_what_was_pasted(self) -> None:
        assert "from the pasted JSON" in await said(question("x", FILES, pasted=json.dumps(BROKEN)))

    async def test_the_file_that_the_question_is_about(self) -> None:
        assert "“Old”" in await said(question("contact.json", FILES, attached=OLD))

    async def test_the_file_replied_to(self) -> None:
        assert "“Old”" in await said(question("", FILES, replied_to=OLD.event_id))

    async def test_a_reply_to_anything_else_changes_nothing(self) -> None:
        assert "“Contact”" in await said(question("", FILES, replied_to=EventId("$talk")))

    async def test_the_file_named(self) -> None:
        assert "“Old”" in await said(question("is Old Contact.json all right?", FILES))
        assert "“Contact”" in await said(question("contact.json", FILES))

    async def test_the_newest_json(self) -> None:
        assert "“Contact”" in await said(question("what is wrong here?", FILES))


class TestNoForm:
    async def test_a_name_that_is_not_there_is_told_with_those_that_are(self) -> None:
        part = await answer_to(question("order.json", FILES))
        assert isinstance(part, Declined)
        assert part.code == "NO_SUCH_FILE"
        assert "“order.json”" in part.text
        assert "“contact.json”" in part.text

    @pytest.mark.parametrize("files", [{}, {NOTES: b"hello"}])
    async def test_without_any_it_says_how(self, files: dict[Attachment, bytes]) -> None:
        part = await answer_to(question("", files))
        assert isinstance(part, Declined)
        assert part.code == "NO_FORM"
        assert "Upload its JSON" in part.text

    async def test_a_file_that_is_gone_is_said_to_be(self) -> None:
        assert "not there any more" in await said(question("", {CONTACT: b"gone"}))

    @pytest.mark.parametrize(
        ("data", "code"), [(b"{", "FORM_NOT_JSON"), (b"[]", "FORM_IS_A_LIST"), (b"", "FORM_EMPTY")]
    )
    async def test_what_is_no_form_is_a_clear_answer(self, data: bytes, code: str) -> None:
        part = await answer_to(question("", {CONTACT: data}))
        assert isinstance(part, Chat)
        assert part.text.startswith("Contact.json: ")
        assert part.text.endswith(f"({code})")

    async def test_a_file_of_50_mb_is_not_even_fetched(self) -> None:
        large = attachment("large.json", size=50 * 1024 * 1024)
        assert "50.0 MB" in await said(question("", {large: b"gone"}))

    async def test_a_file_that_lies_about_its_size_is_not_read_to_its_end(self) -> None:
        assert "FORM_TOO_LARGE" in await said(question("", {CONTACT: b" " * (MAX_BYTES + 1)}))


async def test_the_report_comes_as_text_and_as_html() -> None:
    part = await answer_to(question("", FILES))
    assert isinstance(part, Chat)
    assert "Error L01" in part.text
    assert "Error L01" in part.html
