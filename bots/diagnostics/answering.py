"""From a form and a request to the parts of an answer: pure, and all that runs in the confined process.

report  ─▶ summary, then the dependencies as data and picture, then the whole report as JSON and as a page
filter  ─▶ the findings that are wanted, in full
why     ─▶ the chain of logic          what if ─▶ what shows
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import escape
from typing import Any, Final

from bots.answer import Chat, File, Graph, Part
from bots.diagnostics.catalogue import load_codes
from bots.diagnostics.dependencies import Dependencies, choose_drawn, find_dependencies, to_data
from bots.diagnostics.diagnosis import Diagnosis, diagnose
from bots.diagnostics.drawing import MOST_DRAWN, Picture, draw_dependencies
from bots.diagnostics.form import Form
from bots.diagnostics.page import build_page
from bots.diagnostics.parse import Refusal, parse_form
from bots.diagnostics.report import build_listing, build_report
from bots.diagnostics.request import parse_request
from bots.diagnostics.values import shown
from bots.diagnostics.whatif import explain_what_if
from bots.diagnostics.why import explain_why

MOST_WRITTEN: Final = 4 * 1024 * 1024
"""Characters of findings in the JSON report; what is beyond is counted."""
MOST_RELATED: Final = 200
MOST_EDGES: Final = 20_000
LONGEST_DATUM: Final = 500
MOST_EXPLAINED: Final = 40
"""Findings that are handed on to be explained in plain language."""


@dataclass(frozen=True, slots=True)
class Job:
    """What there is to do. `data` is the JSON of a form, or of a form with what came with it."""

    source: str
    words: str
    data: bytes
    submission: bytes = b""
    findings_only: bool = False
    """Whether somebody else makes words of the findings."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The parts, and what of it may be explained: code, level and detail of the worst findings."""

    parts: tuple[Part, ...]
    findings: tuple[Mapping[str, str], ...] = ()
    is_form: bool = False


def answer_job(job: Job) -> Outcome:
    """Do it."""
    form = parse_form(_with_submission(job))
    if isinstance(form, Refusal):
        return Outcome((_say_refusal(job.source, form),))
    diagnosis, request = diagnose(form), parse_request(job.words)
    if job.findings_only:
        return Outcome((), _findings(diagnosis), is_form=True)
    if request.why is not None:
        return Outcome((_plain(explain_why(diagnosis, request.why)),), is_form=True)
    if request.assumed:
        return Outcome((_plain(explain_what_if(diagnosis, request.assumed)),), is_form=True)
    if request.filter:
        unknown = sorted(request.filter.codes - load_codes().keys())
        if unknown:
            return Outcome((Chat(f"There is no code {', '.join(unknown)}."),), is_form=True)
        return Outcome((Chat(*build_listing(diagnosis, request.filter, job.source)),), is_form=True)
    return Outcome(tuple(_report(diagnosis, job.source)), _findings(diagnosis), is_form=True)


def _with_submission(job: Job) -> bytes:
    """The form with its submission beside it, if both can be read; else whatever is the matter is found out there."""
    if not job.submission:
        return job.data
    try:
        value, submission = json.loads(job.data), json.loads(job.submission)
    except (ValueError, RecursionError):
        return job.data
    if not isinstance(value, dict):
        return job.data
    bundle = value if isinstance(value.get("form"), dict) else {"form": value}
    return json.dumps({**bundle, "submission": submission}).encode()


def _say_refusal(name: str, refusal: Refusal) -> Chat:
    called = shown(name)
    return Chat(f"{called[:1].upper()}{called[1:]}: {refusal.sentence} ({refusal.code})")


def _plain(text: str) -> Chat:
    return Chat(text, f"<pre>{escape(text)}</pre>")


def _report(diagnosis: Diagnosis, source: str) -> Iterator[Part]:
    yield Chat(*build_report(diagnosis, source))
    whole = find_dependencies(diagnosis.form)
    stem = _stem(diagnosis.form)
    picture: Picture | None = None
    if whole.nodes:
        drawn = choose_drawn(whole, MOST_DRAWN)
        title = f"What depends on what in {_title(diagnosis.form)}"
        try:
            picture = draw_dependencies(drawn, title, len(whole.nodes) - len(drawn.nodes))
        except Exception as fault:  # a label that no font library can lay out costs the picture, and not the report
            yield Chat(f"(The dependencies could not be drawn: {type(fault).__name__}. They are in the JSON report.)")
        else:
            yield Graph(
                name=f"{stem}-dependencies.png",
                png=picture.png,
                caption=picture.caption,
                nodes=tuple(map(to_data, drawn.nodes)),
                edges=tuple((source_id[:40], target_id[:40], kind.value) for source_id, target_id, kind in drawn.edges),
            )
    written = {**_bounded(diagnosis), "graph": _bounded_graph(whole)}
    yield File(
        f"{stem}-report.json",
        json.dumps(written, ensure_ascii=False, indent=1).encode("utf-8", "replace"),
        "application/json",
        "The whole report, for programs.",
    )
    page = build_page(diagnosis, source, picture).encode("utf-8", "replace")
    yield File(f"{stem}-report.html", page, "text/html", "The whole report, to be read.")


def _bounded(diagnosis: Diagnosis) -> dict[str, Any]:
    whole = diagnosis.to_json()
    written: list[dict[str, Any]] = []
    room = MOST_WRITTEN
    for observation in whole["observations"]:
        data = {name: _cut(value) for name, value in observation["data"].items()}
        kept = {**observation, "related": observation["related"][:MOST_RELATED], "data": data}
        if len(kept["related"]) < len(observation["related"]):
            kept["related_left_out"] = len(observation["related"]) - MOST_RELATED
        room -= len(json.dumps(kept))
        if room < 0:
            break
        written.append(kept)
    return {**whole, "observations": written, "left_out": len(whole["observations"]) - len(written)}


def _cut(value: Any) -> Any:
    return (
        value[: LONGEST_DATUM if isinstance(value, str) else MOST_RELATED] if isinstance(value, str | list) else value
    )


def _bounded_graph(graph: Dependencies) -> dict[str, Any]:
    whole = graph.to_json()
    left_out = max(0, len(whole["edges"]) - MOST_EDGES)
    return {**whole, "edges": whole["edges"][:MOST_EDGES], "edges_left_out": left_out}


def _title(form: Form) -> str:
    return f"“{shown(form.name)}”" if form.name.strip() else "this form"


def _stem(form: Form) -> str:
    return f"form-{re.sub(r'[^0-9A-Za-z]', '', form.id)[:20]}".rstrip("-") if form.id else "form"


def _findings(diagnosis: Diagnosis) -> tuple[Mapping[str, str], ...]:
    return tuple(
        {"code": each.code, "level": each.level.value, "detail": shown(each.detail, 500)}
        for each in diagnosis.observations[:MOST_EXPLAINED]
    )
