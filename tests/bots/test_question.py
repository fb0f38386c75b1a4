from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from bots.events import Event, parse_event
from bots.question import Question, QuestionKind, find_pasted, parse_follow_up, parse_question
from policies.names import ANSWER_KEY, EventId, RoomId, UserId
from tests.builders.anything import json_objects

ROBOT = UserId("@istackbuddy.forms.diagnostics:localhost")
OTHER = UserId("@istackbuddy.docs.jokes:localhost")
ADA = UserId("@ada:localhost")
ROOM = RoomId("!room")
NAME = "iStackBuddy.forms.diagnostics"
THREAD = {"rel_type": "m.thread", "event_id": "$root", "is_falling_back": True, "m.in_reply_to": {"event_id": "$x"}}


def message(body: str, **keys: Any) -> Event:
    return Event(EventId("$question"), "m.room.message", ADA, {"msgtype": "m.text", "body": body, **keys})


def asked(event: Event) -> Question:
    question = parse_question(event, ROOM, ROBOT)
    assert question is not None
    return question


class TestWaysOfAsking:
    @pytest.mark.parametrize(
        "body",
        [
            f"!ask {NAME} contact.json",
            f"!ASK @{NAME.lower()}:localhost contact.json",
            f"  !ask  **{NAME}**: contact.json",
            f"{NAME} contact.json",
            f"{NAME.upper()}: contact.json",
            f"@{NAME.lower()}:localhost, contact.json",
            f"{NAME}\ncontact.json",
        ],
    )
    def test_by_name_with_or_without_the_command(self, body: str) -> None:
        assert asked(message(body)).text == "contact.json"

    @pytest.mark.parametrize("between", [" ", "\n", ": ", "\n\n", ""])
    def test_with_a_block_of_code_right_after_the_name(self, between: str) -> None:
        assert asked(message(f'!ask {NAME}{between}```\n{{"id": 1}}\n```')).pasted == '{"id": 1}'

    def test_by_an_intentional_mention(self) -> None:
        event = message("is contact.json all right?", **{"m.mentions": {"user_ids": [ROBOT]}})
        assert asked(event).text == "is contact.json all right?"

    def test_by_a_pill(self) -> None:
        link = f'<a href="https://matrix.to/#/{ROBOT}">{NAME}</a>: contact.json'
        assert asked(message(f"{NAME}: contact.json", formatted_body=link)).text == "contact.json"

    def test_by_the_caption_of_a_file(self) -> None:
        event = message(f"!ask {NAME}", msgtype="m.file", filename="contact.json", url="mxc://localhost/abc")
        question = asked(event)
        assert question.attached is not None
        assert (question.attached.name, question.kind) == ("contact.json", QuestionKind.FORM)

    def test_in_reply_with_a_quotation(self) -> None:
        relation = {"m.in_reply_to": {"event_id": "$file"}}
        event = message(f"> <@ada:localhost> contact.json\n\n!ask {NAME}", **{"m.relates_to": relation})
        assert asked(event).replied_to == "$file"


class TestWhatIsNoQuestion:
    @pytest.mark.parametrize(
        "event",
        [
            message("hello"),
            message(f"I like {NAME}."),
            message(f"!ask {NAME}.json"),
            message("!ask"),
            message("!ask iStackBuddy.docs.jokes tell one"),
            message(f"!ask iStackBuddy.docs.jokes about {NAME}", **{"m.mentions": {"user_ids": [ROBOT]}}),
            message(f"!ask {NAME}", msgtype="m.notice"),
            message(f"!ask {NAME}", **{ANSWER_KEY: {}}),
            message(f"* !ask {NAME}", **{"m.relates_to": {"rel_type": "m.replace", "event_id": "$x"}}),
            message("contact.json", msgtype="m.file", url="mxc://localhost/abc", filename="contact.json"),
            Event(EventId("$x"), "m.sticker", ADA, {"msgtype": "m.text", "body": f"!ask {NAME}"}),
            Event(EventId("$x"), "m.room.message", ADA, {}),
        ],
    )
    def test_it_is_not_answered(self, event: Event) -> None:
        assert parse_question(event, ROOM, ROBOT) is None

    @given(json_objects(["body", "msgtype", "m.relates_to", "m.mentions", "m.new_content", "formatted_body"]))
    def test_content_of_any_shape_is_read_without_surprise(self, content: dict[str, Any]) -> None:
        event = Event(EventId("$x"), "m.room.message", ADA, content)
        parse_question(event, ROOM, ROBOT)
        parse_follow_up(event, ROOM, ROBOT)

    @given(json_objects(["event_id", "type", "sender", "content", "state_key", "unsigned", "origin_server_ts"]))
    def test_events_of_any_shape_are_events_or_none(self, raw: dict[str, Any]) -> None:
        parse_event(raw)


class TestThreads:
    def test_a_question_outside_of_threads_begins_its_own(self) -> None:
        assert asked(message(f"!ask {NAME}")).thread == "$question"

    def test_a_question_in_a_thread_is_answered_there(self) -> None:
        assert asked(message(f"!ask {NAME}", **{"m.relates_to": THREAD})).thread == "$root"

    def test_what_a_client_writes_for_those_without_threads_is_no_reply(self) -> None:
        assert asked(message(f"!ask {NAME}", **{"m.relates_to": THREAD})).replied_to is None

    def test_words_in_the_thread_are_a_follow_up(self) -> None:
        question = parse_follow_up(message("and the other one?", **{"m.relates_to": THREAD}), ROOM, ROBOT)
        assert question is not None
        assert (question.follow_up, question.text, question.thread) == (True, "and the other one?", "$root")

    @pytest.mark.parametrize(
        "event",
        [
            message("what do you think?", **{"m.mentions": {"user_ids": ["@ben:localhost"]}}),
            message("!share"),
            message("!ask iStackBuddy.docs.jokes"),
            message("x", **{ANSWER_KEY: {}}),
        ],
    )
    def test_what_is_said_to_somebody_else_is_none(self, event: Event) -> None:
        assert parse_follow_up(event, ROOM, ROBOT) is None


class TestKinds:
    def test_words_are_a_question(self) -> None:
        assert asked(message(f"!ask {NAME} what is wrong?")).kind is QuestionKind.QUESTION

    def test_pasted_json_is_a_form(self) -> None:
        question = asked(message(f'!ask {NAME} {{"id": 1}}'))
        assert (question.kind, question.pasted) == (QuestionKind.FORM, '{"id": 1}')

    def test_a_slash_is_a_command(self) -> None:
        assert asked(message(f"!ask {NAME} /help")).kind is QuestionKind.COMMAND


@pytest.mark.parametrize(
    ("text", "pasted"),
    [
        ('look:\n```json\n{"a": 1}\n```\nthanks', '{"a": 1}'),
        ("```\nnot json\n```", "not json"),
        ('```\n{"a": 1}', '{"a": 1}'),
        ('{"a": 1', '{"a": 1'),
        ('what of {"a": 1}', '{"a": 1}'),
        ('[{"id": 1}]', '[{"id": 1}]'),
        ("[4711] is hidden", ""),
        ("why is [4711]", ""),
        ("use {name} there", ""),
        ("plain words", ""),
    ],
)
def test_json_in_a_message_is_told_from_talk(text: str, pasted: str) -> None:
    assert find_pasted(text) == pasted
