"""What is asked of a form: a report, a part of it, why a field is hidden, or what would show if.

    contact.json                     the report
    only L03 · field 123             the findings that are wanted
    why is field 123 hidden?         the chain of logic that decides it
    what if 12 = "Yes" and 13 = 4?   which fields show under these answers

As a command each of these begins with a stroke (``/why 123``). Which form is meant may be said along with it:
``form 4711``, a link to it, ``submission 99``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Final

from bots.diagnostics.filters import EVERYTHING, Filter, parse_filter

_FORM: Final = re.compile(
    r"\bform\s*(?:id|no\.?|number)?\s*[#:=]?\s*(\d{1,18})\b"
    r"|formstack\.com/\S*?(?:form(?:s)?/(?:[a-z]+/)*|forms/\?)(\d{3,18})",
    re.IGNORECASE,
)
_SUBMISSION: Final = re.compile(r"\bsubmission\s*(?:id|no\.?|number)?\s*[#:=]?\s*(\d{1,18})\b", re.IGNORECASE)
_QUOTED: Final = r"“([^”\n]{0,500})”|\"([^\"\n]{0,500})\"|'([^'\n]{0,500})'"
_WHY: Final = re.compile(rf"\bwhy\b.{{0,60}}?(?:(?:\bfield\s*#?\s*|#)?\b(\d+)\b|{_QUOTED})", re.IGNORECASE | re.DOTALL)
_WHAT_IF: Final = re.compile(r"\bwhat[\s-]*(?:if|happens\s+if|when)\b(.*)", re.IGNORECASE | re.DOTALL)
_ASSUMED: Final = re.compile(
    rf"(?:(?:\bfield\s*#?\s*|#)?\b(?P<id>\d+)\b|{_QUOTED})\s*(?:=+|\bis\b|\bequals\b|:)\s*"
    rf"(?:{_QUOTED}|(?P<bare>[^,;?“”\"\n]*?)(?=\s*(?:,|;|\?|\n|\band\b|\Z)))",
    re.IGNORECASE,
)
MOST_ASSUMED: Final = 50


@dataclass(frozen=True, slots=True)
class Named:
    """A field, as somebody names it: by its id, or by its label."""

    id: str = ""
    label: str = ""


@dataclass(frozen=True, slots=True)
class Request:
    """All of it. `why` and `assumed` exclude each other; without both it is a report."""

    filter: Filter = EVERYTHING
    why: Named | None = None
    assumed: tuple[tuple[Named, str], ...] = ()
    form_id: str = ""
    submission_id: str = ""
    words: str = field(default="", repr=False)

    @property
    def is_report(self) -> bool:
        """Whether the whole report is wanted, picture and files and all."""
        return not (self.filter or self.why or self.assumed)


def parse_request(words: str) -> Request:
    """What a question asks for. Whatever it cannot make out asks for the report."""
    form, submission = _FORM.search(words), _SUBMISSION.search(words)
    form_id, submission_id = (form[1] or form[2]) if form else "", submission[1] if submission else ""
    rest = _SUBMISSION.sub(" ", _FORM.sub(" ", words))
    made: dict[str, Any] = {"form_id": form_id, "submission_id": submission_id, "words": words}
    if (what_if := _WHAT_IF.search(rest)) and (assumed := _parse_assumed(what_if[1])):
        return Request(assumed=assumed, **made)
    if why := _WHY.search(rest):
        return Request(why=Named(why[1] or "", _first(why[2], why[3], why[4])), **made)
    return Request(filter=parse_filter(rest), **made)


def _parse_assumed(words: str) -> tuple[tuple[Named, str], ...]:
    assumed = []
    for found in _ASSUMED.finditer(words):
        groups = found.groups()
        # id, three ways to quote a label, three ways to quote a value, a bare value
        label, value = _first(*groups[1:4]), _first(*groups[4:7]) or (found["bare"] or "").strip()
        assumed.append((Named(found["id"] or "", label), value))
    return tuple(assumed[:MOST_ASSUMED])


def _first(*given: str | None) -> str:
    return next((each for each in given if each), "")
