"""Reading content that may hold anything."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.content import as_mapping, has_controls, text_at, text_or_none, texts_at
from policies.errors import MalformedState
from tests.builders.anything import json_objects, json_values


class TestContentNobodyPromisedAnythingAbout:
    def test_an_object_is_read_as_it_is(self) -> None:
        assert as_mapping({"a": 1}) == {"a": 1}

    @pytest.mark.parametrize("value", [None, 1, "text", ["list"]])
    def test_what_is_no_object_is_read_as_an_empty_one(self, value: object) -> None:
        assert as_mapping(value) == {}

    def test_text_is_read_as_it_is(self) -> None:
        assert text_at({"body": "hello"}, "body") == "hello"

    @pytest.mark.parametrize("value", [None, 1, True, ["hello"], {"hello": 1}])
    def test_what_is_no_text_is_read_as_an_empty_one(self, value: object) -> None:
        assert text_at({"body": value}, "body") == ""

    def test_a_list_gives_its_texts_in_order_and_nothing_else(self) -> None:
        assert texts_at({"user_ids": ["@b:x", 1, None, ["@c:x"], "@a:x"]}, "user_ids") == ("@b:x", "@a:x")

    def test_a_text_is_not_read_as_a_list_of_its_letters(self) -> None:
        assert texts_at({"user_ids": "@a:x"}, "user_ids") == ()

    @given(content=json_objects({"body"}), value=json_values)
    def test_nothing_in_json_makes_reading_raise(self, content: dict[str, object], value: object) -> None:
        as_mapping(value)
        text_at(content, "body")
        texts_at(content, "body")


class TestContentOfOurOwnState:
    @given(value=st.none() | st.text())
    def test_text_and_null_are_read_as_they_are(self, value: str | None) -> None:
        assert text_or_none("chat.chaperone.person", {"tier": value}, "tier") == value

    def test_a_missing_key_is_null(self) -> None:
        assert text_or_none("chat.chaperone.person", {}, "tier") is None

    @pytest.mark.parametrize("value", [1, False, [], {}])
    def test_anything_else_is_malformed_and_named(self, value: object) -> None:
        with pytest.raises(MalformedState, match=r"chat\.chaperone\.person: tier is neither text nor null"):
            text_or_none("chat.chaperone.person", {"tier": value}, "tier")


class TestControlCharacters:
    @pytest.mark.parametrize("text", ["\x00", "a\x07b", "\x0b", "\x0c", "\x1f", "line\n\x1b[0m"])
    def test_they_are_found(self, text: str) -> None:
        assert has_controls(text)

    @pytest.mark.parametrize("text", ["", "hello", "a\tb\r\nc", "\x7f", "naïve 🦊"])
    def test_tabs_line_ends_and_all_other_text_are_none(self, text: str) -> None:
        assert not has_controls(text)
