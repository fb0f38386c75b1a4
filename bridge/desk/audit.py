"""What the audit log keeps of a question to a rule, and how it is read back.

Decisions are audited: about issues, people, shares, invitations, duty, break-ins, refusals among them. Words are not:
whether a guest may say something is asked for every message, and the message itself is there to be seen. What people
wrote is in no entry, so an issue's subject is left out (no rule reads it), and callers pass no more of a message's
content than its rule reads.
"""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import cache
from typing import Any, Final, get_type_hints

from pydantic import TypeAdapter
from pydantic_core import to_jsonable_python

from bridge.desk.errors import UnknownRule
from policies.issue import Issue, IssueState
from policies.names import IssueId, RoomId, UserId
from policies.outcomes import Refuse, Verdict
from policies.people import Directory, Person
from policies.rooms import Room

RULES: Final = "policies."
Rule = Callable[..., Verdict]


def name_of(rule: Rule) -> str:
    """What a rule is called in the log.

    :raises UnknownRule: if it could not be found again by that name.
    """
    name = f"{rule.__module__}.{rule.__qualname__}"
    if load_rule(name) is not rule:
        raise UnknownRule(name)
    return name


@cache
def load_rule(name: str) -> Rule:
    """The rule of this name.

    :raises UnknownRule: if there is none in `policies`.
    """
    module, _, function = name.rpartition(".")
    if not module.startswith(RULES) or not function.startswith("may_"):
        raise UnknownRule(name)
    try:
        rule: Rule = getattr(importlib.import_module(module), function)
    except (ImportError, AttributeError):
        raise UnknownRule(name) from None
    return rule


@cache
def _adapters(rule: Rule) -> Mapping[str, TypeAdapter[Any]]:
    hints = get_type_hints(rule)
    return {name: TypeAdapter(hints[name]) for name in inspect.signature(rule).parameters}


def encode_arguments(rule: Rule, *args: Any, **named: Any) -> dict[str, Any]:
    """A rule's arguments by their names, as plain data."""
    bound = inspect.signature(rule).bind(*args, **named)
    bound.apply_defaults()
    adapters = _adapters(rule)
    return {
        name: adapters[name].dump_python(_without_words(value), mode="json") for name, value in bound.arguments.items()
    }


def decode_arguments(rule: Rule, facts: Mapping[str, Any]) -> dict[str, Any]:
    """What `encode_arguments` was given, to be passed by name.

    :raises pydantic.ValidationError: if these are no arguments of the rule.
    """
    return {name: adapter.validate_python(facts.get(name)) for name, adapter in _adapters(rule).items()}


def build_verdict(verdict: Verdict) -> dict[str, Any]:
    """A verdict as the log keeps it: without its sentence, which may be worded anew."""
    if isinstance(verdict, Refuse):
        facts = {name: str(value) for name, value in verdict.facts.items()}
        return {"allow": False, "rule": verdict.rule.value, "code": verdict.code.value, "facts": facts}
    return {"allow": True}


def build_facts(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Facts of a note, as plain data."""
    return {name: to_jsonable_python(_without_words(value)) for name, value in facts.items()}


def _without_words(value: Any) -> Any:
    """The value as it is kept: an issue's subject was written by a guest; mappings are told as they are now."""
    match value:
        case Issue():
            return replace(value, subject="")
        case Room():
            return replace(value, members=dict(value.members))
        case Directory():
            return replace(value, people=dict(value.people))
    return value


def about_issue(issue_id: IssueId) -> str:
    """An issue, as a subject of the log."""
    return f"issue:{issue_id}"


def about_room(room_id: RoomId) -> str:
    """A room that belongs to no issue."""
    return f"room:{room_id}"


def about_person(user_id: UserId) -> str:
    """A person."""
    return f"person:{user_id}"


def subject_of(actor: UserId, values: Iterable[Any]) -> str:
    """What a question is about, where nobody says: the issue in it, else somebody other than who acts, else they."""
    people = []
    for value in values:
        if isinstance(value, Issue | IssueState):
            return about_issue(value.id)
        if isinstance(value, Person):
            people.append(value.user_id)
    return about_person(next((user_id for user_id in people if user_id != actor), actor))
