"""What both kinds of e-mail are made of: addresses, lists of them, and fields quoted in a text."""

from __future__ import annotations

import re
from typing import Final

from bots.diagnostics.action import Email
from bots.diagnostics.form import Form
from bots.diagnostics.values import shown

ADDRESS: Final = re.compile(r"[^@\s,;<>()\"']+@[^@\s,;<>()\"'.]+(\.[^@\s,;<>()\"'.]+)+")
"""What every mail server would at least look at. Not whether anybody reads it."""
_NAMED_ADDRESS: Final = re.compile(r"[^<>]*<\s*([^<>\s]+)\s*>")
TOKENS: Final = re.compile(r"\{\$(\d{1,18})\}")
"""How a field's value is quoted in an e-mail, as far as it is known to us."""


def split_recipients(recipients: str) -> tuple[str, ...]:
    """The entries of a list in one text, whatever separates them."""
    return tuple(entry.strip() for entry in re.split(r"[\n,;]", recipients) if entry.strip())


def is_address(entry: str) -> bool:
    """Whether this is an e-mail address, with or without a name before it."""
    named = _NAMED_ADDRESS.fullmatch(entry)
    return ADDRESS.fullmatch(named[1] if named else entry) is not None


def is_empty(each: Email) -> bool:
    """Whether it is a message of one's own making with nothing in it."""
    return each.contents == "fields" and not re.sub(r"<[^<>]*>|&nbsp;", "", each.message).strip()


def quoted_fields(each: Email) -> list[str]:
    """The fields quoted in subject and message, each once."""
    return list(dict.fromkeys(TOKENS.findall(f"{each.subject_line}\n{each.message}")))


def find_missing_quoted(each: Email, form: Form) -> list[str]:
    """Those of them that are not on the form."""
    return [target for target in quoted_fields(each) if target not in form.by_id]


def explain_no_address_in(field_id: str, form: Form) -> str | None:
    """Why no address can be read from this field; None if one can."""
    target = form.by_id.get(field_id)
    if target is None:
        return f"field {shown(field_id, 30)}, which is not on the form" if field_id else "no field at all"
    return None if target.type == "email" else f"{target.called}, which is no e-mail field"
