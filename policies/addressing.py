"""Whom a message addresses, read from its content.

A message addresses a robot if it mentions it (``m.mentions``), links to it (a pill), is an ``!ask`` command, or begins
with the robot's name; a name inside a sentence is talk about the robot, not to it. Clients differ in which of these
they write, and a person may type any of them, so all are looked for. An edit is read as what it makes of the message.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from html import unescape
from typing import Any, Final
from urllib.parse import unquote

from policies.content import as_mapping, text_at, texts_at
from policies.names import UserId
from policies.people import localpart_of

ASK_COMMAND: Final = "!ask"

_HREF: Final = re.compile(r"""href\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.IGNORECASE)
_USER_LINK: Final = re.compile(r"#/(?:user/)?@([^/?#]+)|matrix:(?://)?u(?:ser)?/([^/?#]+)", re.IGNORECASE)
"""A link to a user: ``https://matrix.to/#/@…``, a client's own ``…/#/user/@…``, or ``matrix:u/…``."""
_QUOTED_TEXT: Final = re.compile(r"\A(?:>[^\n]*(?:\n|\Z))+\n?")
_DECORATION: Final = " \t\r\n*_`~\u200b\u2060\ufeff"
"""What may stand before the first word and is not seen, or not read, as one."""
_END_OF_NAME: Final = r"(?![\w=/+-]|\.\w)"
"""No longer name goes on here: ``robot.forms`` is not addressed by ``robot.forms.json``, but by ``robot.forms.``."""
_ASK: Final = re.compile(rf"{ASK_COMMAND}(?!\w)", re.IGNORECASE)


def addressed_robot(content: Mapping[str, Any], robots: Iterable[UserId]) -> UserId | None:
    """The first of these robots that a message addresses; None if it addresses none of them."""
    versions = [*_versions(content)]
    linked = {user_id for version in versions for user_id in (*_mentioned(version), *_pills(version))}
    openings = [_opening(version) for version in versions]
    for robot in robots:
        if robot.casefold() in linked or any(_begins_with(opening, robot) for opening in openings):
            return robot
    return None


def is_ask_command(content: Mapping[str, Any]) -> bool:
    """Whether a message is ``!ask …``."""
    return any(_ASK.match(_opening(version)) for version in _versions(content))


def _versions(content: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield content
    if "m.new_content" in content:
        yield as_mapping(content["m.new_content"])


def _mentioned(content: Mapping[str, Any]) -> Iterator[str]:
    return (user_id.casefold() for user_id in texts_at(as_mapping(content.get("m.mentions")), "user_ids"))


def _pills(content: Mapping[str, Any]) -> Iterator[str]:
    html = text_at(content, "formatted_body")
    quotation, closing, answer = html.partition("</mx-reply>")
    for quoted in _HREF.findall(answer if closing and quotation.startswith("<mx-reply>") else html):
        for names in _USER_LINK.findall(unquote(unescape("".join(quoted)))):
            yield "@" + "".join(names).casefold()


def _opening(content: Mapping[str, Any]) -> str:
    """The body from its first word on, without what it quotes in reply."""
    body = text_at(content, "body").lstrip(_DECORATION)
    return _QUOTED_TEXT.sub("", body).lstrip(_DECORATION)


def _begins_with(opening: str, robot: UserId) -> bool:
    """By convention a robot's display name is its localpart, apart from capitals."""
    return re.match(rf"@?{re.escape(localpart_of(robot))}{_END_OF_NAME}", opening, re.IGNORECASE) is not None
