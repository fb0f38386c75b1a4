"""What a guest's copy of an answer carries, and what it leaves behind."""

from __future__ import annotations

from bridge.desk.sharing import build_shared_content
from policies.names import ANSWER_KEY, SHARED_KEY

IMAGE = {
    "msgtype": "m.image",
    "body": "a graph",
    "url": "mxc://here/graph",
    "info": {"mimetype": "image/png", "thumbnail_url": "mxc://here/small", "thumbnail_info": {"w": 8, "h": 8}},
    "m.relates_to": {"rel_type": "m.thread", "event_id": "$question"},
    ANSWER_KEY: {"kind": "image", "robot": "@robot:here", "question": "$question"},
}


def test_a_copy_has_the_kind_and_the_content_and_nothing_that_names_its_source() -> None:
    copy = build_shared_content(IMAGE, "id", None)
    assert set(copy) == {"msgtype", "body", "url", "info", "m.mentions", SHARED_KEY}
    assert copy[SHARED_KEY] == {"id": "id", "edited": False, "kind": "image"}


def test_a_copy_has_no_thumbnail_of_the_staff_room() -> None:
    assert build_shared_content(IMAGE, "id", None)["info"] == {"mimetype": "image/png"}


def test_formatted_text_that_shows_a_file_of_the_staff_room_is_left_out() -> None:
    formatted = {"format": "org.matrix.custom.html", "formatted_body": 'see <img src="mxc://here/graph">'}
    copy = build_shared_content({"msgtype": "m.text", "body": "see", **formatted}, "id", None)
    assert copy["body"] == "see"
    assert not {"format", "formatted_body"} & set(copy)


def test_an_edited_copy_has_the_employees_words_only() -> None:
    formatted = {"format": "org.matrix.custom.html", "formatted_body": "<b>long</b>"}
    copy = build_shared_content({"msgtype": "m.text", "body": "long", **formatted}, "id", "short")
    assert (copy["body"], copy[SHARED_KEY]["edited"]) == ("short", True)
    assert "formatted_body" not in copy
