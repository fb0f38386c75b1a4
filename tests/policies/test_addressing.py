"""Whom a message addresses."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.addressing import addressed_robot, is_ask_command
from policies.names import UserId
from tests.builders.anything import json_objects
from tests.builders.people import ADA, DIAGNOSTICS, LUNA

ROBOT = DIAGNOSTICS.user_id
ROBOTS = [ROBOT, LUNA.user_id]
NAME = "iStackBuddy.forms.diagnostics"


def text(body: str, html: str | None = None) -> dict[str, Any]:
    content: dict[str, Any] = {"msgtype": "m.text", "body": body}
    if html is not None:
        content |= {"format": "org.matrix.custom.html", "formatted_body": html}
    return content


def edit(content: dict[str, Any]) -> dict[str, Any]:
    return text("* …") | {"m.new_content": content, "m.relates_to": {"rel_type": "m.replace", "event_id": "$a"}}


class TestMentions:
    def test_a_mentioned_robot_is_addressed(self) -> None:
        assert addressed_robot(text("look") | {"m.mentions": {"user_ids": [ADA.user_id, ROBOT]}}, ROBOTS) == ROBOT

    def test_capitals_make_no_difference(self) -> None:
        assert addressed_robot(text("look") | {"m.mentions": {"user_ids": [f"@{NAME}:localhost"]}}, ROBOTS) == ROBOT

    def test_a_mentioned_person_is_no_robot(self) -> None:
        assert addressed_robot(text("look") | {"m.mentions": {"user_ids": [ADA.user_id]}}, ROBOTS) is None

    @pytest.mark.parametrize("mentions", [None, [], "x", {"user_ids": None}, {"user_ids": ROBOT}, {"user_ids": [1]}])
    def test_mentions_of_another_shape_address_nobody(self, mentions: object) -> None:
        assert addressed_robot(text("look") | {"m.mentions": mentions}, ROBOTS) is None


class TestPills:
    @pytest.mark.parametrize(
        "html",
        [
            f'see <a href="https://matrix.to/#/{ROBOT}">{NAME}</a>',
            f"see <A HREF = 'https://matrix.to/#/{ROBOT}'>x</A>",
            f"see <a href=https://matrix.to/#/{ROBOT}>x</a>",
            f'see <a href="https://matrix.to/#/{ROBOT}?via=localhost">x</a>',
            '<a href="https://matrix.to/#/%40istackbuddy.forms.diagnostics%3Alocalhost">x</a>',
            '<a href="https://matrix.to/#/&#64;istackbuddy.forms.diagnostics&#x3a;localhost">x</a>',
            f'<a href="https://chat.example/#/user/{ROBOT}">x</a>',
            '<a href="matrix:u/istackbuddy.forms.diagnostics:localhost?action=chat">x</a>',
            '<a class="pill" href="https://matrix.to/#/@iStackBuddy.forms.diagnostics:localhost">x</a>',
        ],
    )
    def test_a_link_to_a_robot_addresses_it_wherever_it_stands(self, html: str) -> None:
        assert addressed_robot(text("see x", html), ROBOTS) == ROBOT

    @pytest.mark.parametrize(
        "html",
        [
            f'<a href="https://matrix.to/#/{ADA.user_id}">Ada</a>',
            f'<a href="https://matrix.to/#/{ROBOT}.example">x</a>',
            f'<a href="https://matrix.to/#/{ROBOT}:8448">x</a>',
            '<a href="https://matrix.to/#/!room:localhost">x</a>',
            f"<b>{ROBOT}</b>",
            f'<mx-reply><blockquote><a href="https://matrix.to/#/{ROBOT}">x</a></blockquote></mx-reply>thanks',
        ],
    )
    def test_another_link_or_a_quoted_one_does_not(self, html: str) -> None:
        assert addressed_robot(text("see x", html), ROBOTS) is None

    @pytest.mark.parametrize("html", ["<mx-reply>{}", "{}</mx-reply>", "<b>{}</b></mx-reply>"])
    def test_what_only_looks_like_a_quotation_is_none(self, html: str) -> None:
        pill = f'<a href="https://matrix.to/#/{ROBOT}">x</a>'
        assert addressed_robot(text("see x", html.format(pill)), ROBOTS) == ROBOT

    def test_a_pill_after_a_quotation_does(self) -> None:
        html = f'<mx-reply>quoted</mx-reply> <a href="https://matrix.to/#/{ROBOT}">x</a>'
        assert addressed_robot(text("see x", html), ROBOTS) == ROBOT


class TestTheNameAtTheStart:
    @pytest.mark.parametrize(
        "body",
        [
            f"{NAME}: what is wrong with form 12?",
            f"{NAME}, please",
            f"{NAME} what is wrong",
            NAME,
            f"{NAME}.",
            f"@{NAME} look",
            f"{ROBOT} look",
            "ISTACKBUDDY.FORMS.DIAGNOSTICS look",
            f"  \n{NAME} look",
            f"**{NAME}** look",
            f"\u200b{NAME} look",
            f"> <@gina:localhost> my form\n> is broken\n\n{NAME} look",
        ],
    )
    def test_it_addresses_the_robot(self, body: str) -> None:
        assert addressed_robot(text(body), ROBOTS) == ROBOT

    @pytest.mark.parametrize(
        "body",
        [
            f"I will ask {NAME} about it",
            f"Thanks! {NAME} says the form is fine",
            f"{NAME}.json",
            f"{NAME}s are useful",
            f"{NAME}-2 look",
            "iStackBuddy is a nice name",
            f"> <@gina:localhost> {NAME} look\n\nwhat is that?",
            "istackbuddy-forms-diagnostics look",
            "",
        ],
    )
    def test_elsewhere_or_as_a_part_of_another_word_it_does_not(self, body: str) -> None:
        assert addressed_robot(text(body), ROBOTS) is None

    def test_it_is_told_which_robot(self) -> None:
        assert addressed_robot(text("companion.luna: hello"), ROBOTS) == LUNA.user_id

    def test_without_robots_nobody_is_addressed(self) -> None:
        assert addressed_robot(text(f"{NAME} look"), []) is None


class TestTheCommand:
    @pytest.mark.parametrize("body", ["!ask what is wrong", "!ask", "!ASK x", "  !ask\tx", "**!ask** x", "!ask: x"])
    def test_ask_is_one(self, body: str) -> None:
        assert is_ask_command(text(body))

    @pytest.mark.parametrize("body", ["write !ask to ask", "!asking", "ask", "! ask", "!claim", "", "> !ask\n\nwhat?"])
    def test_nothing_else_is(self, body: str) -> None:
        assert not is_ask_command(text(body))


class TestEdits:
    def test_an_edit_is_read_as_what_it_makes_of_the_message(self) -> None:
        assert addressed_robot(edit(text(f"{NAME} look")), ROBOTS) == ROBOT
        assert addressed_robot(edit(text("x") | {"m.mentions": {"user_ids": [ROBOT]}}), ROBOTS) == ROBOT
        assert is_ask_command(edit(text("!ask x")))

    def test_an_edit_to_a_harmless_message_is_harmless(self) -> None:
        assert addressed_robot(edit(text("hello")), ROBOTS) is None
        assert not is_ask_command(edit(text("hello")))


class TestAnything:
    @given(content=json_objects({"body", "formatted_body", "m.mentions", "m.new_content"}, [ROBOT, {"user_ids": [[]]}]))
    def test_no_json_makes_reading_raise(self, content: dict[str, Any]) -> None:
        addressed_robot(content, ROBOTS)
        is_ask_command(content)

    @given(body=st.text(), html=st.text(alphabet='<a href="#/@:u&;%4matrix.o>'))
    def test_no_text_makes_reading_raise(self, body: str, html: str) -> None:
        addressed_robot(text(body, html), ROBOTS)

    def test_a_name_that_means_something_in_a_pattern_is_taken_literally(self) -> None:
        assert addressed_robot(text("aXb hello"), [UserId("@a.b:localhost")]) is None

    def test_long_bodies_are_read_in_no_time(self) -> None:
        for long in (">" * 65_000, "> \n" * 20_000, "<mx-reply>" * 6_500, "<a href=" * 8_000, "*" * 65_000):
            assert addressed_robot(text(long, long), ROBOTS) is None
