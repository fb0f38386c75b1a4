"""The diagnosis in a few lines, for a person in a hurry: the worst first, each with what to do.

Labels, options and names are customers' text: they are shown as plain text in both forms of the answer, never as
markup, and the HTML is made of nothing but the tags written here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from html import escape
from itertools import groupby
from typing import Final

from bots.diagnostics.diagnosis import Diagnosis
from bots.diagnostics.filters import Filter
from bots.diagnostics.form import Resource
from bots.diagnostics.observations import Level, Observation
from bots.diagnostics.values import shown

SHOWN_PER_CODE: Final = 3
"""How many findings of one code are told in full; the rest are named."""
LONGEST_LINE: Final = 700
"""Characters. A detail is a sentence or two; only a form made to hurt has longer ones."""
NAMED_PER_CODE: Final = 8
SHOWN_CODES: Final = 8

_WORDS: Final = {
    Level.ERROR: ("error", "errors"),
    Level.WARN: ("warning", "warnings"),
    Level.INFO: ("note", "notes"),
    Level.DEBUG: ("raw fact", "raw facts"),
}
_TOLD: Final = (Level.ERROR, Level.WARN)
_FOUND_IN: Final = {
    Resource.NOTIFICATIONS: "notification e-mails",
    Resource.CONFIRMATIONS: "confirmation e-mails",
    Resource.WEBHOOKS: "webhooks",
    Resource.SUBMISSION: "the submission",
}


def build_report(diagnosis: Diagnosis, source: str) -> tuple[str, str]:
    """The summary as plain text and as HTML. `source` says what was read: a file's name, or "the pasted JSON"."""
    headline = _headline(diagnosis, source)
    groups = _group(diagnosis.observations)
    closing = list(_closing(diagnosis))
    plain = [headline, *_plain_groups(groups), "", *closing]
    html = [f"<p><strong>{escape(headline)}</strong></p>", *_html_groups(groups)]
    html += [f"<p>{'<br>'.join(map(escape, closing))}</p>"]
    return "\n".join(plain), "".join(html)


MOST_LISTED: Final = 30


def build_listing(diagnosis: Diagnosis, wanted: Filter, source: str) -> tuple[str, str]:
    """The findings that are wanted, in full, as plain text and as HTML."""
    found = wanted.apply(diagnosis.observations)
    count = _say(len(found), "finding", "findings") if found else "nothing found"
    named = next((f" (“{shown(f.label)}”)" for f in map(diagnosis.form.by_id.get, wanted.fields) if f and f.label), "")
    headline = f"{_say_form(diagnosis, source)}: {count} for {wanted}{named}."
    missing = [field for field in sorted(wanted.fields) if field not in diagnosis.form.by_id]
    closing = [f"There is no field {shown(field, 30)} on this form." for field in missing]
    if len(found) > MOST_LISTED:
        closing.append(f"{len(found) - MOST_LISTED:,} more: ask for fewer, or for the whole report.")
    lines = [
        f"{_WORDS[each.level][0].capitalize()} {each.code}: {shown(each.detail, LONGEST_LINE)}"
        for each in found[:MOST_LISTED]
    ]
    items = "".join(f"<li>{escape(line)}</li>" for line in lines)
    html = [f"<p><strong>{escape(headline)}</strong></p>", f"<ul>{items}</ul>" if items else ""]
    html += [f"<p>{escape(line)}</p>" for line in closing]
    return "\n".join([headline, *(f"• {line}" for line in lines), *closing]), "".join(html)


def _headline(diagnosis: Diagnosis, source: str) -> str:
    counts = _say_counts({level: diagnosis.counts.get(level, 0) for level in _TOLD})
    fields = _say(len(diagnosis.form.fields), "field", "fields")
    return f"{_say_form(diagnosis, source)}: {counts} in {fields}."


def _say_form(diagnosis: Diagnosis, source: str) -> str:
    form = diagnosis.form
    name = f"“{shown(form.name)}”" if form.name.strip() else "This form"
    known_as = f" (form {shown(form.id, 30)})" if form.id else ""
    return f"{name}{known_as}, from {shown(source)}"


def _say(count: int, one: str, many: str) -> str:
    return f"{count:,} {one if count == 1 else many}"


def _say_counts(counts: Mapping[Level, int]) -> str:
    said = [_say(counts[level], *_WORDS[level]) for level in reversed(Level) if counts.get(level)]
    return ", ".join(said) or "nothing found"


_Group = tuple[Level, str, str, list[Observation]]


def _group(observations: Iterable[Observation]) -> list[_Group]:
    told = [each for each in observations if each.level in _TOLD]
    told.sort(key=lambda each: (-each.level.rank, each.code))  # stable: within a code, the order of the form
    return [
        (level, code, found[0].message, found)
        for (level, code), group in groupby(told, key=lambda each: (each.level, each.code))
        for found in [list(group)]
    ]


def _lines(found: list[Observation]) -> Iterator[str]:
    for observation in found[:SHOWN_PER_CODE]:
        yield shown(observation.detail, LONGEST_LINE)
    rest = found[SHOWN_PER_CODE:]
    if rest:
        named = ", ".join(dict.fromkeys(f"{each.subject.type.value} {shown(each.subject.id, 20)}" for each in rest))
        shown_names = ", ".join(named.split(", ")[:NAMED_PER_CODE])
        yield f"and {len(rest):,} more: {shown_names}{' …' if shown_names != named else ''}"


def _heading(group: _Group) -> str:
    level, code, message, found = group
    count = f" ({len(found):,})" if len(found) > 1 else ""
    return f"{_WORDS[level][0].capitalize()} {code}: {message}{count}"


def _rest(groups: list[_Group]) -> str | None:
    codes = [f"{code} ({len(found):,})" for _, code, _, found in groups[SHOWN_CODES:]]
    return f"Also found: {', '.join(codes)}." if codes else None


def _plain_groups(groups: list[_Group]) -> Iterator[str]:
    for group in groups[:SHOWN_CODES]:
        yield ""
        yield _heading(group)
        for line in _lines(group[3]):
            yield f"• {line}"
    if rest := _rest(groups):
        yield ""
        yield rest


def _html_groups(groups: list[_Group]) -> Iterator[str]:
    for group in groups[:SHOWN_CODES]:
        items = "".join(f"<li>{escape(line)}</li>" for line in _lines(group[3]))
        yield f"<p>{escape(_heading(group))}</p><ul>{items}</ul>"
    if rest := _rest(groups):
        yield f"<p>{escape(rest)}</p>"


def _closing(diagnosis: Diagnosis) -> Iterator[str]:
    asked = [maker for maker in diagnosis.makers if not maker.lacked]
    found = ", ".join(f"{maker.name} ({_say_counts(maker.counts)})" for maker in asked if any(maker.counts.values()))
    silent = ", ".join(maker.name for maker in asked if not any(maker.counts.values()))
    yield " ".join(
        sentence
        for sentence in (f"Found in: {found}." if found else "", f"Nothing found in: {silent}." if silent else "")
        if sentence
    )
    if diagnosis.form.unread:
        parts = ", ".join(_say_unread(diagnosis, each) for each in diagnosis.form.unread)
        yield f"Not read, so not looked at: {parts}."
    if diagnosis.form.passed_over:
        count = _say(diagnosis.form.passed_over, "entry", "entries")
        yield f"Passed over: {count} of the file without an id, or no object at all."


def _say_unread(diagnosis: Diagnosis, resource: Resource) -> str:
    why = diagnosis.form.unreadable.get(resource)
    return f"{_FOUND_IN[resource]} ({why})" if why else _FOUND_IN[resource]
