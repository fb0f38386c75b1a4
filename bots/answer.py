"""What a robot says, typed, and the messages that carry it.

    placeholder (pending) ── edit (progress) … ── edit (done | failed)      and a message for each file, image or graph

A streamed answer is edited while it grows, at most once a second, and carries a live mark until the last edit takes it
off (MSC4357: clients that know it show the words as they come, others show edits).

Every message has a plain text body that any client shows, HTML made safe here if it has any, our key
``chat.chaperone.answer`` that says what it is, and an empty ``m.mentions``, so that nobody is pinged by what a
customer's label happens to contain. All of it stands in the thread of its question.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

import nh3

from policies.names import ANSWER_KEY, EventId, UserId


class Kind(StrEnum):
    """What an answer is made of."""

    CHAT = "chat"
    GRAPH = "graph"
    IMAGE = "image"
    FILE = "file"


class Delivery(StrEnum):
    """How it comes: word by word, or a placeholder first and then the whole."""

    STREAMING = "streaming"
    BATCH_DELAY = "batch-delay"


class State(StrEnum):
    """How far it is."""

    PENDING = "pending"
    PROGRESS = "progress"
    DONE = "done"
    FAILED = "failed"

    @property
    def is_final(self) -> bool:
        """Whether nothing comes after it."""
        return self in (State.DONE, State.FAILED)


@dataclass(frozen=True, slots=True)
class Progress:
    """What the robot is at; shown in place of the placeholder."""

    text: str


@dataclass(frozen=True, slots=True)
class Chat:
    """Words. `html` is the same, formatted."""

    text: str
    html: str = ""


@dataclass(frozen=True, slots=True)
class Growing:
    """All the words so far, of an answer that comes word by word. What comes after replaces it."""

    text: str
    html: str = ""


@dataclass(frozen=True, slots=True)
class Remember:
    """What the next question in this thread is about: kept in the answer, given back as `Turn.remembered`. Short."""

    facts: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class File:
    """A file, with a line that says what it is."""

    name: str
    data: bytes = field(repr=False)
    mimetype: str = "application/octet-stream"
    caption: str = ""


@dataclass(frozen=True, slots=True)
class Image:
    """A picture, and in words what is to be seen on it."""

    name: str
    data: bytes = field(repr=False)
    caption: str
    mimetype: str = "image/png"


@dataclass(frozen=True, slots=True)
class Graph:
    """A graph as data (no floats), as a picture, and in words. An edge is from, to, and what kind it is."""

    name: str
    png: bytes = field(repr=False)
    caption: str
    nodes: tuple[Mapping[str, str], ...] = ()
    edges: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Declined:
    """No answer, and why, with what would get one. `code` is stable."""

    code: str
    text: str


Extra = File | Image | Graph
Part = Progress | Growing | Chat | Extra | Remember | Declined

LIVE_KEY: Final = "org.matrix.msc4357.live"
MAX_REMEMBERED: Final = 1_000
"""Characters, keys and values together."""
MAX_TEXT: Final = 8_000
MAX_HTML: Final = 12_000
"""Bytes. A message may have 64 KiB as JSON, where a quotation mark takes two, and an edit carries its text twice."""
MAX_GRAPH: Final = 24_000
"""Characters. A graph that is larger is shown as its picture alone."""
CUT: Final = "\n… (cut: this is longer than a message may be)"
_UNSEEN: Final = dict.fromkeys(code for code in (*range(0x20), 0x7F) if chr(code) not in "\t\n")
_TAGS: Final = {"a", "b", "blockquote", "br", "code", "del", "em", "h3", "h4", "hr", "i", "li", "ol", "p", "pre"} | {
    *("strong", "table", "tbody", "td", "th", "thead", "tr", "u", "ul")
}
_ATTRIBUTES: Final = {"a": {"href"}, "code": {"class"}, "ol": {"start"}}
_SCHEMES: Final = {"https", "http", "mailto"}


@dataclass(frozen=True, slots=True)
class Address:
    """Where an answer belongs: which robot's, to which question, in which thread."""

    robot: UserId
    question: EventId
    thread: EventId
    delivery: Delivery = Delivery.BATCH_DELAY


def build_placeholder(address: Address, words: Chat, state: State = State.PENDING) -> dict[str, Any]:
    """The first message of an answer; the only one, if `state` is final already."""
    return _words(address, words, state) | _in_thread(address)


def build_edit(
    address: Address,
    placeholder: EventId,
    words: Chat,
    state: State,
    remembered: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """What becomes of the placeholder."""
    new = _words(address, words, state)
    if remembered and sum(len(key) + len(value) for key, value in remembered.items()) <= MAX_REMEMBERED:
        new[ANSWER_KEY]["remembered"] = dict(remembered)
    outer = {key: value for key, value in new.items() if key not in ("format", "formatted_body")}
    return {
        **outer,
        "body": f"* {new['body']}",
        "m.new_content": new,
        "m.relates_to": {"rel_type": "m.replace", "event_id": placeholder},
    }


def build_extra(address: Address, part: Extra, uri: str) -> dict[str, Any]:
    """A further message of a finished answer: something uploaded."""
    caption = fit(part.caption or part.name, MAX_TEXT)
    data = part.png if isinstance(part, Graph) else part.data
    kind = {File: Kind.FILE, Image: Kind.IMAGE, Graph: Kind.GRAPH}[type(part)]
    content: dict[str, Any] = {
        "msgtype": "m.file" if kind is Kind.FILE else "m.image",
        "body": caption,
        "filename": fit(part.name, 255),
        "url": uri,
        "info": {"mimetype": "image/png" if isinstance(part, Graph) else part.mimetype, "size": len(data)},
        "m.mentions": {},
        ANSWER_KEY: _key(address, kind, State.DONE),
    }
    if isinstance(part, Graph):
        graph = {"nodes": [dict(node) for node in part.nodes], "edges": [list(edge) for edge in part.edges]}
        if len(json.dumps(graph)) <= MAX_GRAPH:
            content[ANSWER_KEY]["graph"] = graph
    return content | _in_thread(address)


def _words(address: Address, words: Chat, state: State) -> dict[str, Any]:
    content: dict[str, Any] = {
        "msgtype": "m.notice",
        "body": fit(words.text, MAX_TEXT),
        "m.mentions": {},
        ANSWER_KEY: _key(address, Kind.CHAT, state),
    }
    html = clean_html(words.html)
    if html and len(html.encode()) <= MAX_HTML:  # cut HTML is broken HTML; the text stands in for it
        content |= {"format": "org.matrix.custom.html", "formatted_body": html}
    if address.delivery is Delivery.STREAMING and not state.is_final:
        content[LIVE_KEY] = {}
    return content


def _key(address: Address, kind: Kind, state: State) -> dict[str, Any]:
    return {
        "kind": kind.value,
        "delivery": address.delivery.value,
        "state": state.value,
        "robot": address.robot,
        "question": address.question,
    }


def _in_thread(address: Address) -> dict[str, Any]:
    return {
        "m.relates_to": {
            "rel_type": "m.thread",
            "event_id": address.thread,
            "is_falling_back": True,
            "m.in_reply_to": {"event_id": address.question},
        }
    }


def fit(text: str, limit: int) -> str:
    """A text of at most so many bytes. What no client may show or no server may store is taken out."""
    encoded = text.translate(_UNSEEN).encode("utf-8", "replace")
    if len(encoded) <= limit:
        return encoded.decode()
    return encoded[: limit - len(CUT.encode())].decode("utf-8", "ignore") + CUT


def clean_html(html: str) -> str:
    """HTML with the tags that Matrix clients show, and no others."""
    if not html:
        return ""
    html = html.translate(_UNSEEN)
    return nh3.clean(html, tags=_TAGS, attributes=_ATTRIBUTES, url_schemes=_SCHEMES, link_rel=None)
