"""Which findings somebody wants to see: ``only L03``, ``only errors``, ``class logic``, ``field 123``, or all of it.

Words of one sort widen (``only L03 and C01``), words of different sorts narrow (``only errors of field 12``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from bots.diagnostics.observations import Level, Observation, ObservationClass, SubjectType

_LEVELS: Final = {
    **dict.fromkeys(("error", "errors"), Level.ERROR),
    **dict.fromkeys(("warn", "warning", "warnings"), Level.WARN),
    **dict.fromkeys(("info", "note", "notes"), Level.INFO),
    **dict.fromkeys(("debug", "facts"), Level.DEBUG),
}
_CLASSES: Final = {each.value: each for each in ObservationClass} | {
    "calculations": ObservationClass.CALCULATION,
    "labels": ObservationClass.LABEL,
}
_SUBJECTS: Final = {
    **dict.fromkeys(("notification", "notifications"), SubjectType.NOTIFICATION),
    **dict.fromkeys(("confirmation", "confirmations"), SubjectType.CONFIRMATION),
    **dict.fromkeys(("webhook", "webhooks"), SubjectType.WEBHOOK),
}
_ASKS: Final = re.compile(
    r"\b(?:only|just|filter(?:ed)?|show(?:\s+me)?|list|levels?|class(?:es)?|codes?)\b[\s:=]*(?P<after>[^.?!\n]*)"
    r"|(?P<before>\w+)\s+only\b",
    re.IGNORECASE,
)
_FIELDS: Final = re.compile(
    r"\bfields?\s*(?:no\.?|number|id)?\s*[#:=]?\s*(\d+(?:\s*(?:,|and|or)\s*\d+)*)", re.IGNORECASE
)
_CODE: Final = re.compile(r"\b([A-Za-z]\d\d)\b")


@dataclass(frozen=True, slots=True)
class Filter:
    """What is wanted. Empty is everything."""

    levels: frozenset[Level] = frozenset()
    classes: frozenset[ObservationClass] = frozenset()
    subjects: frozenset[SubjectType] = frozenset()
    codes: frozenset[str] = frozenset()
    fields: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.levels or self.classes or self.subjects or self.codes or self.fields)

    def lets(self, observation: Observation) -> bool:
        """Whether a finding is wanted. One that touches a field (as related) is about that field too."""
        about = {observation.subject, *observation.related}
        return (
            (not self.levels or observation.level in self.levels)
            and (not self.classes or observation.observation_class in self.classes)
            and (not self.subjects or observation.subject.type in self.subjects)
            and (not self.codes or observation.code in self.codes)
            and (not self.fields or any(s.type is SubjectType.FIELD and s.id in self.fields for s in about))
        )

    def apply(self, observations: Iterable[Observation]) -> tuple[Observation, ...]:
        """Those that are wanted, in their order."""
        return tuple(each for each in observations if self.lets(each))

    def __str__(self) -> str:
        said = [
            *(f"code {code}" for code in sorted(self.codes)),
            *(f"level {level.value}" for level in sorted(self.levels, key=lambda level: -level.rank)),
            *(f"class {each.value}" for each in sorted(self.classes)),
            *(f"{each.value}s" for each in sorted(self.subjects)),
            *(f"field {field}" for field in sorted(self.fields)),
        ]
        return ", ".join(said)


EVERYTHING: Final = Filter()


def parse_filter(words: str) -> Filter:
    """What of the findings these words ask for; everything if they ask for nothing in particular."""
    asked: list[str] = []
    for found in _ASKS.finditer(words):
        asked += re.findall(r"\w+", (found["after"] or found["before"] or "").casefold())
    codes = {code.upper() for found in _ASKS.finditer(words) for code in _CODE.findall(found["after"] or "")}
    lone = _CODE.fullmatch(words.strip().rstrip("?"))
    fields = [number for found in _FIELDS.findall(words) for number in re.findall(r"\d+", found)]
    return Filter(
        levels=frozenset(_LEVELS[word] for word in asked if word in _LEVELS),
        classes=frozenset(_CLASSES[word] for word in asked if word in _CLASSES),
        subjects=frozenset(_SUBJECTS[word] for word in asked if word in _SUBJECTS),
        codes=frozenset({*codes, *([lone[1].upper()] if lone else [])}),
        fields=frozenset(fields),
    )
