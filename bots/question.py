"""What somebody asked: from a message to a typed question, or to none.

A message asks a robot if it

    is a command             !ask iStackBuddy.forms.diagnostics contact.json
    mentions or links it     m.mentions, a pill
    begins with its name     iStackBuddy.forms.diagnostics: contact.json
    goes on in its thread    anything said to nobody else in a thread that began with a question to this robot
    replies to its answer

A command asks the robot that it names and no other. An edit is no question: the words as they were first sent count,
and whoever wants another answer asks again. Answers (whatever has our answer key) and notices are never questions, so
robots do not set each other going.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from bots.conversation import Conversation
from bots.events import MESSAGE, Event
from bots.files import FILE, Attachment, Files, parse_attachment
from policies.addressing import ASK_COMMAND, addressed_robot, is_ask_command
from policies.content import as_mapping, text_at, texts_at
from policies.names import ANSWER_KEY, EventId, RoomId, UserId


class QuestionKind(StrEnum):
    """What was asked: in words, by handing over a form, or by a command (``/help``)."""

    QUESTION = "question"
    FORM = "form"
    COMMAND = "command"


@dataclass(frozen=True, slots=True)
class Question:
    """One question to one robot. `text` is what was said, without the address; `pasted` what of it is JSON."""

    event_id: EventId
    room_id: RoomId
    asker: UserId
    text: str
    kind: QuestionKind
    thread: EventId
    """The root of the thread in which the answer goes: the question itself, if it stands in none."""
    follow_up: bool = False
    pasted: str = ""
    replied_to: EventId | None = None
    attached: Attachment | None = None
    """The file that the question is the caption of."""
    files: Files | None = None
    """The files of the room; set by the host for whoever may ask."""
    conversation: Conversation | None = None
    """What was said in the thread before; set by the host likewise."""

    @property
    def wants_help(self) -> bool:
        """Whether it asks what there is to ask, which every robot answers."""
        return self.text.strip().casefold() in ("/help", "help")


_QUOTED: Final = re.compile(r"\A(?:>[^\n]*(?:\n|\Z))+\n?")
_SEPARATOR: Final = r"[\s:,;–—]*(?:[*_~]{1,2}|`(?!`))?[\s:,;–—]*"
"""Between a name and the words to it, the end of its decoration included; three backticks begin a block of code."""
_OBJECT: Final = re.compile(r"\{\s*[\"}]")
_LIST: Final = re.compile(r"\A\[\s*[{\[\"\d\]].*\]\Z", re.DOTALL)
_FENCE: Final = re.compile(r"```[ \t]*[\w+-]*[ \t]*\r?\n(.*?)(?:```|\Z)", re.DOTALL)


def parse_question(event: Event, room_id: RoomId, robot: UserId) -> Question | None:
    """The question that a message is to this robot, addressed to it in so many words."""
    said = _what_is_said(event)
    if said is None:
        return None
    if is_ask_command(event.content):
        words = re.sub(rf"\A[\s*_`~]*{ASK_COMMAND}\s*", "", said, flags=re.IGNORECASE)
        rest = _without_name(words, robot)
        return None if rest is None else _build(event, room_id, rest)
    if addressed_robot(event.content, [robot]) is None:
        return None
    rest = _without_name(said, robot)
    return _build(event, room_id, said if rest is None else rest)


def parse_follow_up(event: Event, room_id: RoomId, robot: UserId) -> Question | None:
    """The question that a message is by where it stands: in this robot's thread, or in reply to it."""
    said = _what_is_said(event)
    if said is None or said.startswith("!"):
        return None
    mentioned = texts_at(as_mapping(event.content.get("m.mentions")), "user_ids")
    if any(user_id != robot for user_id in mentioned):
        return None
    return _build(event, room_id, said, follow_up=True)


def _what_is_said(event: Event) -> str | None:
    content = event.content
    if event.type != MESSAGE or event.replaces or ANSWER_KEY in content:
        return None
    body, message_type = text_at(content, "body"), text_at(content, "msgtype")
    if message_type == FILE:
        name = text_at(content, "filename")
        return body.strip() if name and name != body else None
    if message_type != "m.text":
        return None
    if "m.in_reply_to" in event.relation:  # older clients quote what they reply to
        body = _QUOTED.sub("", body.lstrip())
    return body.strip()


def _without_name(said: str, robot: UserId) -> str | None:
    """What follows the robot's name, if that comes first. By convention its display name is its localpart."""
    localpart, _, server = robot.removeprefix("@").partition(":")
    name = rf"[\s*_`~]*@?{re.escape(localpart)}(?::{re.escape(server)})?(?![\w=/+-]|\.\w){_SEPARATOR}"
    found = re.match(name, said, re.IGNORECASE)
    return said[found.end() :] if found else None


def _build(event: Event, room_id: RoomId, text: str, *, follow_up: bool = False) -> Question:
    pasted, attached = find_pasted(text), parse_attachment(event)
    return Question(
        event_id=event.event_id,
        room_id=room_id,
        asker=event.sender,
        text=text,
        kind=_kind_of(text, is_form=bool(pasted or attached)),
        thread=event.thread or event.event_id,
        follow_up=follow_up,
        pasted=pasted,
        replied_to=event.replies_to,
        attached=attached,
    )


def _kind_of(text: str, *, is_form: bool) -> QuestionKind:
    if is_form:
        return QuestionKind.FORM
    return QuestionKind.COMMAND if text.startswith("/") else QuestionKind.QUESTION


def find_pasted(text: str) -> str:
    """The JSON in a message: its first block of code, or an object at its beginning or end, or nothing but a list.

    Empty if there is none: “[4711] is hidden” is talk about a field.
    """
    fenced = _FENCE.search(text)
    if fenced:
        return fenced[1].strip()
    whole = text.strip()
    if _LIST.match(whole):
        return whole
    opening = _OBJECT.search(whole)
    if opening and (opening.start() == 0 or whole.endswith("}")):
        return whole[opening.start() :]
    return ""
