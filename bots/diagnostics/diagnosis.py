"""Everything that the makers say of one form, in an order that does not depend on theirs.

Each check runs by itself: one that fails costs its own findings, becomes one error observation, and the others go on.
The order of the findings is by level, then by where the subject stands in the form, then by code; the same form gives
the same result, whatever the order of its array of fields.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from bots.diagnostics.form import Form, Resource
from bots.diagnostics.makers import MAKERS
from bots.diagnostics.makers.maker import Check, Maker
from bots.diagnostics.observations import Code, Level, Observation, ObservationClass, SubjectType

FAILED: Final = Code("X01", Level.ERROR, ObservationClass.ANALYSIS, "A check failed and says nothing about this form")


@dataclass(frozen=True, slots=True)
class MakerResult:
    """What one maker came to. `lacked` names what it needed and the file did not hold: then it was not asked."""

    name: str
    counts: Mapping[Level, int]
    lacked: tuple[Resource, ...] = ()


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """The findings, the worst first, and who said how much."""

    form: Form
    observations: tuple[Observation, ...]
    makers: tuple[MakerResult, ...]

    @property
    def counts(self) -> Mapping[Level, int]:
        """How many findings of each level."""
        return Counter(observation.level for observation in self.observations)

    def to_json(self) -> dict[str, Any]:
        """The whole result, for programs."""
        return {
            "form": {"id": self.form.id, "name": self.form.name, "fields": len(self.form.fields)},
            "not_read": [resource.value for resource in self.form.unread],
            "unreadable": {resource.value: why for resource, why in self.form.unreadable.items()},
            "submission": self.form.submission.id if self.form.submission else None,
            "passed_over": self.form.passed_over,
            "makers": [
                {
                    "name": maker.name,
                    "counts": {level.value: maker.counts.get(level, 0) for level in Level},
                    "lacked": [resource.value for resource in maker.lacked],
                }
                for maker in self.makers
            ],
            "observations": [observation.to_json() for observation in self.observations],
        }


def diagnose(form: Form, makers: Sequence[Maker] = MAKERS) -> Diagnosis:
    """Ask every maker that can be asked."""
    found: list[Observation] = []
    results: list[MakerResult] = []
    for maker in makers:
        lacked = tuple(resource for resource in Resource if resource in maker.needs and form.lacks(resource))
        said = [] if lacked else [each for check in maker.checks for each in _ask(check, form, maker)]
        found += said
        results.append(MakerResult(maker.name, Counter(each.level for each in said), lacked))
    return Diagnosis(form, tuple(_in_order(found, form)), tuple(results))


def _ask(check: Check, form: Form, maker: Maker) -> list[Observation]:
    try:
        return list(check(form))
    except Exception as fault:
        name = getattr(check, "__name__", "a check")
        return [
            FAILED.found(
                form.subject,
                f"“{name}” of “{maker.name}” failed ({type(fault).__name__}), so what it looks for was not looked for. "
                "Everything else was. Please report this with the form.",
                data={"maker": maker.name, "check": name, "fault": type(fault).__name__},
            )
        ]


def _in_order(found: Iterable[Observation], form: Form) -> list[Observation]:
    def key(observation: Observation) -> tuple[int, int, int, str, str, str]:
        subject = observation.subject
        place = form.place(subject.id) if subject.type is SubjectType.FIELD else 0
        return (
            -observation.level.rank,
            _SUBJECT_ORDER[subject.type],
            place,
            observation.code,
            subject.id,
            observation.detail,
        )

    return sorted(found, key=key)


_SUBJECT_ORDER: Final = {subject_type: order for order, subject_type in enumerate(SubjectType)}
