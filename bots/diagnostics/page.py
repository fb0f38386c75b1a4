"""The whole report as a page to read: one file, nothing loaded, nothing run.

Its policy allows no source but its own style (by hash) and pictures that stand in the page itself. Everything that came
from the form is escaped; a label is never markup.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Iterator
from hashlib import sha256
from html import escape
from itertools import groupby
from typing import Final

from bots.diagnostics.diagnosis import Diagnosis
from bots.diagnostics.drawing import Picture
from bots.diagnostics.observations import Level, Observation, Subject, SubjectType
from bots.diagnostics.values import shown

MOST_TOLD: Final = 2_000
LONGEST: Final = 1_500
_STYLE: Final = """
:root{color-scheme:light dark;--ink:#1b1b1f;--soft:#5b5b66;--line:#d5d7de;--paper:#fff;--raised:#f6f7f9}
@media(prefers-color-scheme:dark){:root{--ink:#ececf1;--soft:#a9abb6;--line:#3c3f4a;--paper:#15161a;--raised:#1d1f25}}
body{font:16px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper);max-width:60rem}
body{margin:2rem auto;padding:0 1rem}
h1{font-size:1.5rem;margin-bottom:.25rem}h2{font-size:1.15rem;margin-top:2.5rem;border-bottom:1px solid var(--line)}
h3{font-size:1rem;margin:1.5rem 0 .25rem}.soft{color:var(--soft)}ul{padding-left:1.25rem}li{margin:.35rem 0}
.level{font-size:.8rem;font-weight:600;border:1px solid currentColor;border-radius:.3rem;padding:0 .4rem}
.error{color:#b3261e}.warn{color:#8a5a00}
@media(prefers-color-scheme:dark){.error{color:#ff8a80}.warn{color:#ffc46b}}
img{max-width:100%;background:#fff;border:1px solid var(--line)}
table{border-collapse:collapse;width:100%}
td,th{text-align:left;padding:.25rem .75rem .25rem 0;border-bottom:1px solid var(--line)}
code{background:var(--raised);padding:0 .25rem;border-radius:.2rem}
"""
_WORDS: Final = {Level.ERROR: "Error", Level.WARN: "Warning", Level.INFO: "Note", Level.DEBUG: "Fact"}
_HEADINGS: Final = {Level.ERROR: "Errors", Level.WARN: "Warnings", Level.INFO: "Notes", Level.DEBUG: "Raw facts"}
_NOUNS: Final = {
    SubjectType.FORM: "form",
    SubjectType.FIELD: "field",
    SubjectType.SUBMIT_ACTION: "submit action",
    SubjectType.NOTIFICATION: "notification",
    SubjectType.CONFIRMATION: "confirmation",
    SubjectType.WEBHOOK: "webhook",
}


def build_page(diagnosis: Diagnosis, source: str, picture: Picture | None) -> str:
    """The page."""
    title = escape(f"What is wrong with {_name(diagnosis)}")
    policy = (
        f"default-src 'none'; style-src 'sha256-{b64encode(sha256(_STYLE.encode()).digest()).decode()}'; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )
    parts = [
        '<!doctype html><html lang="en"><head><meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{escape(policy)}">',
        '<meta name="referrer" content="no-referrer"><meta name="viewport" content="width=device-width">',
        f"<title>{title}</title><style>{_STYLE}</style></head><body><main>",
        f"<h1>{title}</h1>",
        f'<p class="soft">From {escape(shown(source))}. {len(diagnosis.form.fields):,} fields.</p>',
        _summary(diagnosis),
        *_findings(diagnosis.observations),
        *_picture(picture),
        _makers(diagnosis),
        "</main></body></html>\n",
    ]
    return "".join(parts)


def _name(diagnosis: Diagnosis) -> str:
    form = diagnosis.form
    name = f"“{shown(form.name)}”" if form.name.strip() else "this form"
    return f"{name} (form {shown(form.id, 30)})" if form.id else name


def _summary(diagnosis: Diagnosis) -> str:
    counts = [(level, diagnosis.counts.get(level, 0)) for level in reversed(Level)]
    said = " · ".join(f'<a href="#{level.value}">{_HEADINGS[level]}: {count:,}</a>' for level, count in counts if count)
    unread = [
        f"{resource.value} ({diagnosis.form.unreadable[resource]})"
        if resource in diagnosis.form.unreadable
        else resource.value
        for resource in diagnosis.form.unread
    ]
    missing = f"<p><strong>Not read, so not looked at:</strong> {escape(', '.join(unread))}.</p>" if unread else ""
    passed = (
        f"<p>Passed over: {diagnosis.form.passed_over:,} entries without an id, or no objects at all.</p>"
        if diagnosis.form.passed_over
        else ""
    )
    return f"<p>{said or 'Nothing found.'}</p>{missing}{passed}"


def _findings(observations: tuple[Observation, ...]) -> Iterator[str]:
    told = observations[:MOST_TOLD]
    for level, of_level in groupby(told, key=lambda each: each.level):
        yield f'<h2 id="{level.value}">{_HEADINGS[level]}</h2>'
        by_code = sorted(of_level, key=lambda each: each.code)
        for code, group in groupby(by_code, key=lambda each: each.code):
            yield from _group(code, list(group))
    if len(observations) > len(told):
        yield f"<p>{len(observations) - len(told):,} more are left out of this page; the JSON report counts them.</p>"


def _group(code: str, group: list[Observation]) -> Iterator[str]:
    first = group[0]
    yield (
        f'<h3><span class="level {first.level.value}">{_WORDS[first.level]} {escape(code)}</span> '
        f'{escape(first.message)} <span class="soft">({len(group):,}, {escape(first.observation_class.value)})</span>'
        "</h3><ul>"
    )
    for each in group:
        yield f'<li>{escape(shown(each.detail, LONGEST))} <span class="soft">{_subjects(each)}</span></li>'
    yield "</ul>"


def _subjects(each: Observation) -> str:
    named: Iterable[Subject] = dict.fromkeys((each.subject, *each.related))
    told = [subject for subject in named if subject.id and f" {subject.id})" not in each.detail]
    listed = [f"{_NOUNS[subject.type]} <code>{escape(shown(subject.id, 30))}</code>" for subject in told]
    return ", ".join(listed[:12]) + (" …" if len(listed) > 12 else "")


def _picture(picture: Picture | None) -> Iterator[str]:
    if picture is None:
        return
    yield "<h2>What depends on what</h2>"
    data = b64encode(picture.png).decode()
    yield f'<p><img alt="{escape(picture.caption)}" src="data:image/png;base64,{data}"></p>'


def _makers(diagnosis: Diagnosis) -> str:
    rows = [
        f"<tr><td>{escape(maker.name)}</td><td>"
        + (
            escape(f"not asked: {', '.join(each.value for each in maker.lacked)} not read")
            if maker.lacked
            else ", ".join(f"{count:,} {_HEADINGS[level].lower()}" for level, count in maker.counts.items())
            or "nothing"
        )
        + "</td></tr>"
        for maker in diagnosis.makers
    ]
    heading = "<h2>Who looked</h2><table><tr><th>Theme</th><th>Found</th></tr>"
    return f"{heading}{''.join(rows)}</table>"
