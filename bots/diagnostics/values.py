"""What the vendor's loosely typed values mean.

The same fact arrives as ``"1"``, ``1`` or ``true``, the same id as ``12`` or ``"12"``, and nothing as ``""``, ``null``,
``[]`` or ``{}``. Everything here takes any JSON value at all and never raises.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Mapping
from typing import Any, Final

LONGEST_NUMBER: Final = 400
"""Digits; what is longer is cut, and no number that anybody compares."""
SHOWN_LENGTH: Final = 60
"""How much of a customer's text stands in a sentence of ours."""


def text(value: Any) -> str:
    """A value as the text it is compared by; what has no such text (null, lists, objects) is empty.

    Lone surrogates, which JSON can carry and UTF-8 cannot, become question marks here, once.
    """
    if isinstance(value, str):
        return value if value.isascii() else value.encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float) and math.isfinite(value):
        return str(int(value)) if value.is_integer() else str(value)
    return ""


def identifier(value: Any) -> str:
    """An id: ``12`` and ``"12"`` are the same one; empty if there is none."""
    return "" if isinstance(value, bool) else text(value).strip()


def flag(value: Any) -> bool:
    """Whether a switch is on: ``true``, ``1``, ``"1"`` and ``"true"`` are, everything else is not."""
    return value is True or (isinstance(value, int | float) and value == 1) or value in ("1", "true")


def whole_number(value: Any) -> int | None:
    """A whole number, or None where there is none (``""``, ``"3px"``, ``null``)."""
    written = identifier(value)
    digits = written.removeprefix("-")
    return int(written) if digits.isascii() and digits.isdigit() and len(digits) <= 18 else None


def number(written: str) -> float | None:
    """The number that a text is, or None. ``nan`` and ``inf`` are words here, not numbers."""
    try:
        value = float(written[:LONGEST_NUMBER])
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def is_nothing(value: Any) -> bool:
    """Whether this is one of the shapes in which the vendor writes that there is nothing."""
    return value is None or value in ("", [], {})


def mapping(value: Any) -> Mapping[str, Any]:
    """The object, or an empty one."""
    return value if isinstance(value, dict) else {}


def entries(value: Any) -> list[Any] | None:
    """The entries of a list; also of an object with the keys 0, 1, 2 …, as PHP writes a list. Else None."""
    if isinstance(value, list):
        return value
    if isinstance(value, dict) and value and all(key.isdigit() for key in value):
        return list(value.values())
    return None


def shown(written: str, length: int = SHOWN_LENGTH) -> str:
    """A customer's text fit to stand in a sentence: one line, no invisible or direction-turning characters, cut."""
    if len(written) <= length and written.isascii() and written.isprintable():
        return " ".join(written.split())
    kept = "".join(" " if c.isspace() else c for c in written[: length * 8] if c.isspace() or _is_visible(c))
    line = " ".join(kept.split())
    return line if len(line) <= length else line[: length - 1].rstrip() + "…"


def _is_visible(character: str) -> bool:
    # Cc, Cf (zero-width and bidirectional controls), Cs, Co, Cn; joiners within emoji go too, which does no harm.
    return not unicodedata.category(character).startswith("C")
