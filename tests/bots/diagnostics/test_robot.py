from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from bots.answer import Chat, Declined, File, Graph, Part, Progress, Remember
from bots.conversation import Turn
from bots.diagnostics.confined import InProcess
from bots.diagnostics.parse import MAX_BYTES
from bots.diagnostics.robot import FormsDiagnostics
from bots.errors import FileTooLarge, MatrixMissing
from bots.files import Attachment
from bots.question import Question, QuestionKind
from policies.names import EventId, RoomId, UserId
from tests.builders.forms import asks, raw_form, shown_if, text
from tests.builders.forms import field as field_of

ADA = UserId("@ada:localhost")
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


@dataclass
class FakeConversation:
    """Implements `bots.conversation.Conversation`."""

    said: tuple[Turn, ...] = ()

    async def turns(self) -> tuple[Turn, ...]:
        return self.said

    async def at(self, event_id: EventId) -> Turn | None:
        return next((turn for turn in self.said if turn.event_id == event_id), None)


def question(words: str = "", files: dict[Attachment, bytes] | None = None, **keys: Any) -> Question:
    made = Question(
        EventId("$q"), RoomId("!r"), UserId("@ada:localhost"), words, QuestionKind.QUESTION, thread=EventId("$q")
    )
    return replace(made, files=FakeFiles(files or {}), **keys)


async def answer_to(asked: Question) -> Part:
    parts = await parts_of(asked)
    return next(part for part in parts if isinstance(part, Chat | Declined))


async def parts_of(asked: Question) -> list[Part]:
    robot = FormsDiagnostics(judge=InProcess())
    return [part async for part in robot.answer(asked) if not isinstance(part, Progress)]


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


async def test_a_report_comes_with_the_dependencies_and_the_whole_report_as_files() -> None:
    form_with_logic = json.dumps(raw_form(text(1), text(2, logic=shown_if(asks(1))))).encode()
    chat, graph, as_json, as_page, remembered = await parts_of(question("", {CONTACT: form_with_logic}))
    assert isinstance(chat, Chat)
    assert isinstance(graph, Graph)
    assert graph.edges == (("1", "2", "logic"),)
    assert isinstance(as_json, File)
    assert json.loads(as_json.data)["form"]["id"] == "4711"
    assert isinstance(as_page, File)
    assert as_page.mimetype == "text/html"
    assert remembered == Remember({"event": CONTACT.event_id})


async def test_a_form_without_dependencies_has_no_picture() -> None:
    assert not [part for part in await parts_of(question("", FILES)) if isinstance(part, Graph)]


class TestFollowUps:
    @pytest.mark.parametrize(
        ("words", "expected"),
        [
            ("only L01", "1 finding for code L01"),
            ("field 1", "for field 1"),
            ("why is field 1 hidden?", "“Label 1” (field 1)"),
            ('what if 1 = "x"?', "With “Label 1” (field 1) = “x”"),
            ("only L99", "There is no code L99."),
        ],
    )
    async def test_what_the_thread_was_about_is_what_is_meant(self, words: str, expected: str) -> None:
        answer = Turn(
            EventId("$a"), UserId("@robot:localhost"), "", is_answer=True, remembered={"event": "$old contact.json"}
        )
        parts = await parts_of(question(words, FILES, conversation=FakeConversation((answer,))))
        (chat, remembered) = parts
        assert isinstance(chat, Chat)
        assert expected in chat.text
        if not words.endswith("L99"):
            assert remembered == Remember({"event": "$old contact.json"})

    async def test_what_was_pasted_before_is_found_again(self) -> None:
        asked = Turn(EventId("$p"), ADA, "", pasted=json.dumps({**BROKEN, "name": "Pasted"}))
        assert "“Pasted”" in await said(question("only L01", FILES, conversation=FakeConversation((asked,))))

    async def test_a_file_uploaded_into_the_thread_since_is_what_is_meant(self) -> None:
        answer = Turn(EventId("$a"), ADA, "", is_answer=True, remembered={"event": "$old contact.json"})
        uploaded = Turn(EventId("$contact.json"), ADA, "", attached=CONTACT)
        conversation = FakeConversation((answer, uploaded))
        assert "“Contact”" in await said(question("only L01", FILES, conversation=conversation))

    async def test_who_asks_about_the_file_gets_the_newest(self) -> None:
        asked = Turn(EventId("$p"), ADA, "", pasted=json.dumps({**BROKEN, "name": "Pasted"}))
        assert "“Contact”" in await said(question("and the file?", FILES, conversation=FakeConversation((asked,))))

    async def test_what_is_gone_is_said_to_be(self) -> None:
        answer = Turn(EventId("$a"), ADA, "", is_answer=True, remembered={"event": "$deleted"})
        part = await answer_to(question("only L01", FILES, conversation=FakeConversation((answer,))))
        assert isinstance(part, Declined)
        assert part.code == "FILE_GONE"


class TestSubmissions:
    SUBMITTED = attachment("submitted.json")
    DATA = json.dumps({"id": "9", "form": "4711", "data": [{"field": "1", "value": "soon"}]}).encode()
    DATED = json.dumps(raw_form(field_of(1, "datetime"))).encode()

    async def test_of_two_files_one_may_be_the_submission(self) -> None:
        files = {CONTACT: self.DATED, self.SUBMITTED: self.DATA}
        assert "Error S05" in await said(question("contact.json with submitted.json", files))

    async def test_one_file_may_be_the_submission_of_the_form_that_the_thread_is_about(self) -> None:
        files = {CONTACT: self.DATED, self.SUBMITTED: self.DATA}
        answer = Turn(EventId("$a"), ADA, "", is_answer=True, remembered={"event": CONTACT.event_id})
        asked = question("now submitted.json", files, conversation=FakeConversation((answer,)))
        parts = await parts_of(asked)
        assert any(isinstance(part, Chat) and "Error S05" in part.text for part in parts)
        remembered = parts[-1]
        assert isinstance(remembered, Remember)
        assert remembered.facts == {"event": CONTACT.event_id, "submission_event": self.SUBMITTED.event_id}


async def test_without_a_token_a_form_by_its_number_is_declined_with_what_to_do() -> None:
    part = await answer_to(question("form 4711", FILES))
    assert isinstance(part, Declined)
    assert "bots.formstack.token_file" in part.text
