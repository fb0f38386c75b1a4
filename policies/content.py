"""Reading what others wrote: JSON of any shape, read without surprise.

Event content comes from any client on any server, so a key may hold anything. To `as_mapping`, `text_at` and
`texts_at` what has the wrong shape is as good as not there. `text_or_none` is for our own state events, whose writer
promised a shape.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from policies.errors import MalformedState

_EMPTY: Final[Mapping[str, Any]] = {}


def as_mapping(value: object) -> Mapping[Any, Any]:
    """The value if it is an object, and an empty one if it is not."""
    return value if isinstance(value, Mapping) else _EMPTY


def text_at(content: Mapping[str, Any], key: str) -> str:
    """The text under a key; empty if there is none."""
    value = content.get(key)
    return value if isinstance(value, str) else ""


def texts_at(content: Mapping[str, Any], key: str) -> tuple[str, ...]:
    """The texts of the list under a key; whatever else the list holds is left out."""
    value = content.get(key)
    return tuple(text for text in value if isinstance(text, str)) if isinstance(value, list | tuple) else ()


def text_or_none(event_type: str, content: Mapping[str, Any], key: str) -> str | None:
    """The text under a key of one of our state events.

    :raises MalformedState: if it is neither text nor null.
    """
    value = content.get(key)
    if value is None or isinstance(value, str):
        return value
    raise MalformedState(event_type, f"{key} is neither text nor null")


_CONTROLS: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")


def has_controls(text: str) -> bool:
    """Whether text holds control characters other than tab and line ends.

    PostgreSQL cannot store U+0000, and in canonical JSON each of the others takes six bytes, so that words which
    were accepted would be too large for an event.
    """
    return _CONTROLS.search(text) is not None
