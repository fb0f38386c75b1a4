from __future__ import annotations

import json

import pytest
from pydantic import ValidationError

from bridge.api.bodies import (
    MAX_BODY,
    MAX_MESSAGE,
    ConcludeBody,
    GuestIssuesQuery,
    IssueBody,
    IssuesQuery,
    LoginBody,
    MessageBody,
    MessagesQuery,
)


def test_a_message_of_the_greatest_length_fits_into_a_body_however_it_is_escaped() -> None:
    body = json.dumps({"txn_id": "🦉" * 255, "body": "🦉" * MAX_MESSAGE})
    assert len(body) < MAX_BODY
    assert MessageBody.model_validate_json(body).body == "🦉" * MAX_MESSAGE


@pytest.mark.parametrize("character", ["\x00", "\x01", "\x0b", "\x1f"])
def test_a_text_with_control_characters_is_refused(character: str) -> None:
    with pytest.raises(ValidationError, match="control characters"):
        MessageBody.model_validate({"txn_id": "t", "body": f"a{character}b"})


def test_tabs_and_line_ends_are_text() -> None:
    assert MessageBody(txn_id="t", body="a\tb\r\nc").body == "a\tb\r\nc"


@pytest.mark.parametrize("blank", ["", " ", "\n\t", "\u2003"])
def test_a_blank_subject_is_refused(blank: str) -> None:
    with pytest.raises(ValidationError):
        IssueBody(subject=blank, message="Hello")


def test_half_of_a_surrogate_pair_is_no_text() -> None:
    with pytest.raises(ValidationError):
        MessageBody.model_validate_json(rb'{"txn_id": "t", "body": "\ud83d"}')


def test_an_unknown_key_is_refused() -> None:
    with pytest.raises(ValidationError, match="extra"):
        LoginBody.model_validate({"login": "ada", "password": "x", "admin": True})


def test_a_body_is_not_coerced() -> None:
    with pytest.raises(ValidationError):
        MessageBody.model_validate_json(b'{"txn_id": 7, "body": "x"}')


def test_a_query_is_parsed_from_text() -> None:
    assert MessagesQuery.model_validate({"since": "7", "limit": "9"}) == MessagesQuery(since=7, limit=9)


@pytest.mark.parametrize("limit", ["0", "-1", "101", "x", "1.5", ""])
def test_a_page_has_from_one_to_a_hundred(limit: str) -> None:
    with pytest.raises(ValidationError):
        IssuesQuery.model_validate({"limit": limit})


@pytest.mark.parametrize("since", ["-1", str(2**63), "x"])
def test_a_cursor_is_a_number_that_a_database_holds(since: str) -> None:
    with pytest.raises(ValidationError):
        MessagesQuery.model_validate({"since": since})


def test_what_guests_may_ask_is_less_than_what_staff_may() -> None:
    assert set(GuestIssuesQuery.model_fields) == set(IssuesQuery.model_fields) - {"tier", "assignee"}


def test_an_issue_is_not_concluded_as_escalated() -> None:
    with pytest.raises(ValidationError):
        ConcludeBody.model_validate({"conclusion": "escalated"})
