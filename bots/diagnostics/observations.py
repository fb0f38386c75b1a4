"""The one schema in which anything is said about a form.

An observation is one noteworthy statement about a subject. Its code is stable and its message is fixed per code, so
that findings can be counted and grouped; its detail is written for this one case and says what to do. A reader that
filters, draws or explains needs nothing but this file.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

Data = Mapping[str, str | int | bool | list[str] | None]
"""Facts a program may want: no floats, so that they may stand in a Matrix event (canonical JSON)."""


class Level(StrEnum):
    """How much it matters. `ERROR` means that the subject cannot be relied on, `WARN` may cause trouble, unproven."""

    DEBUG = "debug"
    INFO = "info"
    WARN = "warn"
    ERROR = "error"

    @property
    def rank(self) -> int:
        """For sorting: the worse, the higher."""
        return _RANK[self]


_RANK = {level: rank for rank, level in enumerate(Level)}


class SubjectType(StrEnum):
    """What kind of thing a statement is about. To be extended, never renamed."""

    FORM = "form"
    FIELD = "field"
    SUBMIT_ACTION = "submitAction"
    NOTIFICATION = "emailNotification"
    CONFIRMATION = "emailConfirmation"
    WEBHOOK = "webhook"


class ObservationClass(StrEnum):
    """What kind of statement it is. To be extended, never renamed."""

    ANALYSIS = "analysis"
    LOGIC = "logic"
    CALCULATION = "calculation"
    VALIDATION = "validation"
    CONFIGURATION = "configuration"
    LABEL = "label"


@dataclass(frozen=True, slots=True, order=True)
class Subject:
    """What a statement is about."""

    type: SubjectType
    id: str

    def to_json(self) -> dict[str, str]:
        """As the report writes it."""
        return {"type": self.type.value, "id": self.id}


@dataclass(frozen=True, slots=True)
class Observation:
    """One statement. `related` are the other things it touches, in the order in which they explain it."""

    code: str
    subject: Subject
    level: Level
    observation_class: ObservationClass
    message: str
    detail: str
    related: tuple[Subject, ...] = ()
    data: Data = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """As the report writes it, with the key ``class`` that Python has no name for."""
        return {
            "code": self.code,
            "subject": self.subject.to_json(),
            "level": self.level.value,
            "class": self.observation_class.value,
            "message": self.message,
            "detail": self.detail,
            "related": [subject.to_json() for subject in self.related],
            "data": dict(self.data),
        }


@dataclass(frozen=True, slots=True)
class Code:
    """What all findings of one check share; it stands beside the check."""

    id: str
    level: Level
    observation_class: ObservationClass
    message: str

    def found(
        self,
        subject: Subject,
        detail: str,
        *,
        related: Iterable[Subject] = (),
        level: Level | None = None,
        data: Data | None = None,
    ) -> Observation:
        """One finding, its detail beginning like a sentence. `level` where the catalogue has more than one."""
        return Observation(
            code=self.id,
            subject=subject,
            level=level or self.level,
            observation_class=self.observation_class,
            message=self.message,
            detail=detail[:1].upper() + detail[1:],
            related=tuple(related),
            data=data or {},
        )


def about_field(field_id: str) -> Subject:
    """The field with this id, which need not exist."""
    return Subject(SubjectType.FIELD, field_id)
