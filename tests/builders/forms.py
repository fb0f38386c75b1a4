"""Forms to test with, as the vendor's API writes them; a test names only what it is about.

    build_form(radio(1, "Yes", "No"), text(2, logic=shown_if(asks(1, "Yes"))))

`sort` follows the order of the arguments; ids are numbers here and text in real exports, and both must do.
"""

from __future__ import annotations

import json
from typing import Any

from bots.diagnostics.form import Form
from bots.diagnostics.parse import parse_form

Raw = dict[str, Any]


def field(field_id: int | str, field_type: str, **keys: Any) -> Raw:
    """One field."""
    return {"id": field_id, "type": field_type, "label": f"Label {field_id}", "logic": None, "calculation": "", **keys}


def text(field_id: int | str, **keys: Any) -> Raw:
    return field(field_id, "text", **keys)


def number(field_id: int | str, formula: str = "", **keys: Any) -> Raw:
    return field(field_id, "number", calculation=formula, **keys)


def section(field_id: int | str, **keys: Any) -> Raw:
    return field(field_id, "section", **keys)


def radio(field_id: int | str, *options: Any, **keys: Any) -> Raw:
    return field(field_id, "radio", options=[{"label": str(o), "value": o} for o in options], **keys)


def checkbox(field_id: int | str, *options: Any, **keys: Any) -> Raw:
    return radio(field_id, *options, **keys) | {"type": "checkbox"}


def asks(field_id: int | str | None, option: Any = "Yes", condition: str = "equals") -> Raw:
    """One check of a block."""
    return {"field": field_id, "condition": condition, "option": option}


def shown_if(*checks: Raw, conditional: str = "all") -> Raw:
    return {"action": "show", "conditional": conditional, "checks": list(checks)}


def hidden_if(*checks: Raw, conditional: str = "all") -> Raw:
    return {"action": "hide", "conditional": conditional, "checks": list(checks)}


def raw_form(*fields: Raw, **keys: Any) -> Raw:
    """A form as an export has it."""
    placed = [{"sort": str(place), **each} for place, each in enumerate(fields)]
    return {"id": "4711", "name": "Contact", "fields": placed, **keys}


def build_form(*fields: Raw, **keys: Any) -> Form:
    """The same, read."""
    form = parse_form(json.dumps(raw_form(*fields, **keys)).encode())
    assert isinstance(form, Form), form
    return form
