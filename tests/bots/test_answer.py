from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.answer import (
    CUT,
    MAX_TEXT,
    Address,
    Chat,
    File,
    Graph,
    Image,
    State,
    build_edit,
    build_extra,
    build_placeholder,
    clean_html,
    fit,
)
from policies.names import ANSWER_KEY, EventId, UserId

ADDRESS = Address(UserId("@robot:localhost"), EventId("$question"), EventId("$root"))
LARGEST_EVENT = 65_536


def test_a_placeholder_stands_in_the_thread_of_its_question() -> None:
    content = build_placeholder(ADDRESS, Chat("Working …"))
    assert content["m.relates_to"] == {
        "rel_type": "m.thread",
        "event_id": "$root",
        "is_falling_back": True,
        "m.in_reply_to": {"event_id": "$question"},
    }
    assert content[ANSWER_KEY] == {
        "kind": "chat",
        "delivery": "batch-delay",
        "state": "pending",
        "robot": "@robot:localhost",
        "question": "$question",
    }


def test_an_edit_carries_the_key_and_the_new_state() -> None:
    content = build_edit(ADDRESS, EventId("$placeholder"), Chat("Done.", "<b>Done.</b>"), State.DONE)
    assert content["m.relates_to"] == {"rel_type": "m.replace", "event_id": "$placeholder"}
    assert content["body"] == "* Done."
    new = content["m.new_content"]
    assert (new["body"], new["formatted_body"], new[ANSWER_KEY]["state"]) == ("Done.", "<b>Done.</b>", "done")
    assert "m.relates_to" not in new


EVERY_MESSAGE: list[dict[str, Any]] = [
    build_placeholder(ADDRESS, Chat("x")),
    build_edit(ADDRESS, EventId("$p"), Chat("x"), State.FAILED),
    build_extra(ADDRESS, File("a.json", b"{}", "application/json"), "mxc://localhost/a"),
    build_extra(ADDRESS, Image("a.png", b"x", "A picture."), "mxc://localhost/a"),
    build_extra(ADDRESS, Graph("a.png", b"x", "A graph.", ({"id": "1"},), (("1", "2"),)), "mxc://localhost/a"),
]


@pytest.mark.parametrize("content", EVERY_MESSAGE)
def test_every_message_has_a_plain_body_and_pings_nobody(content: dict[str, Any]) -> None:
    assert content["body"]
    assert content["m.mentions"] == {}
    assert content.get("m.new_content", content)["m.mentions"] == {}


@pytest.mark.parametrize(("content", "kind"), list(zip(EVERY_MESSAGE[2:], ["file", "image", "graph"], strict=True)))
def test_what_is_uploaded_says_what_it_is(content: dict[str, Any], kind: str) -> None:
    assert (content[ANSWER_KEY]["kind"], content[ANSWER_KEY]["state"]) == (kind, "done")
    assert content["url"] == "mxc://localhost/a"


def test_a_graph_too_large_for_an_event_is_shown_as_its_picture_alone() -> None:
    graph = Graph("a.png", b"x", "A graph.", tuple({"id": str(n)} for n in range(10_000)))
    assert "graph" not in build_extra(ADDRESS, graph, "mxc://localhost/a")[ANSWER_KEY]


@given(st.text(max_size=50), st.integers(1, 40_000))
def test_the_largest_edit_fits_into_an_event(text: str, times: int) -> None:
    content = build_edit(ADDRESS, EventId("$p"), Chat(text * times, f"<p>{text * times}</p>"), State.DONE)
    assert len(json.dumps(content, ensure_ascii=False).encode()) < LARGEST_EVENT


def test_a_text_is_cut_between_characters_and_says_so() -> None:
    short = fit("é" * MAX_TEXT, MAX_TEXT)
    assert short.endswith(CUT)
    assert MAX_TEXT - 2 <= len(short.encode()) <= MAX_TEXT


def test_what_no_server_may_store_is_taken_out() -> None:
    assert fit("a\x00b\ud800", 100) == "ab?"


def test_html_that_no_client_should_run_is_taken_out() -> None:
    dirty = '<p onclick="x">a<script>b</script><img src=x><a href="javascript:c">d</a></p>'
    assert clean_html(dirty) == "<p>a<a>d</a></p>"
