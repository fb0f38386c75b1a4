"""What somebody submitted: one value a field, as the vendor stores it.

Several values of one field stand one a line, parts of a value (a name, an address, the rows of a matrix) as lines of
``key = value``. Newer answers of the API have lists and objects instead: they are written in the same lines here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from bots.diagnostics.values import entries, identifier, mapping, text

MAX_VALUES: Final = 20_000


@dataclass(frozen=True)
class Submission:
    """One submission. What was left blank may stand in `values` as an empty text, or not at all."""

    id: str
    form_id: str
    values: Mapping[str, str]

    def value_of(self, field_id: str) -> str:
        """What is stored for a field; empty if nothing is."""
        return self.values.get(field_id, "")


def is_submission(value: Any) -> bool:
    """Whether this is a submission of the vendor's API, and no form."""
    given = mapping(value)
    return "data" in given and "fields" not in given and (_is_rows(given["data"]) or isinstance(given["data"], dict))


def _is_rows(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(row, dict) for row in value)


def parse_submission(value: Any) -> Submission | None:
    """A submission; None if this is none."""
    if not is_submission(value):
        return None
    values: dict[str, str] = {}
    for field_id, stored in _rows(value["data"]):
        if field_id and len(values) < MAX_VALUES:
            values[field_id] = "\n".join(_lines(stored))
    return Submission(identifier(value.get("id")), identifier(value.get("form")), MappingProxyType(values))


def _rows(data: Any) -> Iterator[tuple[str, Any]]:
    """``[{"field": "1", "value": …}]``, or the same keyed by field id, or values alone keyed by field id."""
    if isinstance(data, dict):
        for key, row in data.items():
            is_row = isinstance(row, dict) and "value" in row
            yield (identifier(row.get("field")) or key, row["value"]) if is_row else (key, row)
        return
    for row in data:
        yield identifier(row.get("field", row.get("id"))), row.get("value")


def _lines(stored: Any) -> Iterator[str]:
    if isinstance(stored, dict):
        if (listed := entries(stored)) is not None:
            yield from filter(None, map(text, listed))
            return
        for key, part in stored.items():
            if written := ", ".join(filter(None, map(text, part))) if isinstance(part, list) else text(part):
                yield f"{key} = {written}"
    elif isinstance(stored, list):
        yield from (line for part in stored for line in _lines(part))
    elif written := text(stored).strip():
        yield written
