"""A form as the checks see it: frozen, typed, and nothing filled in that was missing.

A section is no container in the data: it governs every following field until the next section, in the order of
``sort``. That order and what follows from it is worked out here once, so that no check depends on how the array of
fields happened to be written.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Final

from bots.diagnostics.observations import Subject, SubjectType
from bots.diagnostics.values import number, shown


class Resource(StrEnum):
    """What can be read of a form. A check declares which it needs; what is missing is said, never taken for none."""

    FORM = "form"
    FIELDS = "fields"
    NOTIFICATIONS = "notifications"
    CONFIRMATIONS = "confirmations"
    WEBHOOKS = "webhooks"
    SUBMISSION = "submission"


class Action(StrEnum):
    """What a block does when its checks hold. For e-mails and webhooks "show" means: do it."""

    SHOW = "show"
    HIDE = "hide"


class Conditional(StrEnum):
    """How the checks of a block are joined."""

    ALL = "all"
    ANY = "any"


class Operator(StrEnum):
    """The conditions that API v2 documents."""

    EQUALS = "equals"
    NOT_EQUALS = "notequals"
    GREATER_THAN = "greaterthan"
    LESS_THAN = "lessthan"


@dataclass(frozen=True, slots=True)
class LogicCheck:
    """One comparison of a block. `operator` is None where the condition is not one that we know."""

    target: str
    operator: Operator | None
    condition: str
    option: str


@dataclass(frozen=True, slots=True)
class Logic:
    """One block of logic. `faults` are sentences about what in it could not be understood."""

    action: Action | None
    conditional: Conditional | None
    checks: tuple[LogicCheck, ...]
    faults: tuple[str, ...] = ()

    def targets(self) -> tuple[str, ...]:
        """The fields asked about, each once, in order; without the checks that name none."""
        return tuple(dict.fromkeys(check.target for check in self.checks if check.target))


@dataclass(frozen=True, slots=True)
class Option:
    """One choice of a field."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class DateCalculation:
    """A calculation of two dates, or of a date and a number of units. Sides are field ids or ``current_date``."""

    one: str
    two: str

    def references(self) -> tuple[str, ...]:
        """The fields it reads. ``0`` is the vendor's word for none."""
        return tuple(side for side in (self.one, self.two) if side.isascii() and side.isdigit() and side.strip("0"))


CHOICE_TYPES: Final = frozenset({"select", "radio", "checkbox"})
NUMBER_TYPES: Final = frozenset({"number", "rating", "product"})
STATIC_TYPES: Final = frozenset({"section", "richtext", "embed", "table", "tableheader"})
"""What a visitor reads and does not fill in."""
SECTION: Final = "section"
TABLE_CELL: Final = "tablecell"
DATE_TYPE: Final = "datetime"


@dataclass(frozen=True, slots=True)
class Field:
    """One field. `index` is its place in the array; `options` is None where the form has no list of them."""

    id: str
    index: int
    type: str
    label: str = ""
    sort: int | None = None
    options: tuple[Option, ...] | None = None
    option_other: bool = False
    option_store: str = ""
    default: str = ""
    required: bool = False
    hidden: bool = False
    readonly: bool = False
    breaks_page: bool = False
    logic: Logic | None = None
    formula: str = ""
    dates: DateCalculation = DateCalculation("", "")
    header_id: str = ""
    column_type: str = ""

    @property
    def is_section(self) -> bool:
        """Whether it governs the fields that follow it."""
        return self.type == SECTION

    @property
    def is_choice(self) -> bool:
        """Whether it offers options to choose from."""
        return self.type in CHOICE_TYPES

    @property
    def is_static(self) -> bool:
        """Whether a visitor reads it and does not fill it in."""
        return self.type in STATIC_TYPES

    @property
    def is_computed(self) -> bool:
        """Whether it has a formula or a date calculation of its own."""
        return bool(self.formula.strip() or self.dates.references())

    @property
    def is_numeric(self) -> bool:
        """Whether its value is a number: by its type, or because all its options are."""
        if self.type == TABLE_CELL:
            return self.column_type in NUMBER_TYPES
        if self.is_choice:
            return bool(self.options) and all(number(option.value) is not None for option in self.options or ())
        return self.type in NUMBER_TYPES

    @property
    def subject(self) -> Subject:
        """As observations name it."""
        return Subject(SubjectType.FIELD, self.id)

    @property
    def called(self) -> str:
        """As sentences name it: ``“Phone” (field 12)``, or ``section 12``."""
        noun = f"{'section' if self.is_section else 'field'} {shown(self.id, 30)}"
        label = shown(self.label)
        return f"“{label}” ({noun})" if label else noun


@dataclass(frozen=True, slots=True)
class SubmitAction:
    """What happens on submission: an e-mail or a webhook, as far as its logic goes."""

    subject: Subject
    name: str
    logic: Logic | None

    @property
    def called(self) -> str:
        """As sentences name it: ``“To the office” (notification 7)``."""
        noun = f"{_NOUNS[self.subject.type]} {shown(self.subject.id, 30)}"
        name = shown(self.name)
        return f"“{name}” ({noun})" if name else noun


_NOUNS: Final = {
    SubjectType.NOTIFICATION: "notification",
    SubjectType.CONFIRMATION: "confirmation",
    SubjectType.WEBHOOK: "webhook",
}


@dataclass(frozen=True, slots=True)
class Holder:
    """Something with a block of logic: a field or a submit action."""

    subject: Subject
    called: str
    logic: Logic


@dataclass(frozen=True)
class Form:
    """A form and what came with it. None is what was not in the file; an empty tuple is what was there and empty."""

    id: str
    name: str
    fields: tuple[Field, ...]
    notifications: tuple[SubmitAction, ...] | None = None
    confirmations: tuple[SubmitAction, ...] | None = None
    webhooks: tuple[SubmitAction, ...] | None = None
    passed_over: int = field(default=0)
    """Entries that are no field, e-mail or webhook at all (no object, or without an id)."""

    @property
    def subject(self) -> Subject:
        """As observations name it."""
        return Subject(SubjectType.FORM, self.id)

    @cached_property
    def by_id(self) -> dict[str, Field]:
        """Each field by its id; of fields with the same id the first in order."""
        found: dict[str, Field] = {}
        for each in self.in_order:
            found.setdefault(each.id, each)
        return found

    @cached_property
    def in_order(self) -> tuple[Field, ...]:
        """The fields as the visitor meets them: by ``sort``, ties and what has none by their place in the array."""
        return tuple(sorted(self.fields, key=lambda f: (f.sort is None, f.sort or 0, f.index)))

    @cached_property
    def _sections(self) -> dict[int, Field]:
        sections: dict[int, Field] = {}
        current: Field | None = None
        for each in self.in_order:
            if each.is_section:
                current = each
            elif current is not None:
                sections[each.index] = current
        return sections

    def section_of(self, each: Field) -> Field | None:
        """The section that governs a field: the nearest one before it. Sections are governed by none."""
        return self._sections.get(each.index)

    @cached_property
    def _option_values(self) -> dict[int, frozenset[str]]:
        return {each.index: frozenset(option.value for option in each.options or ()) for each in self.fields}

    def option_values(self, each: Field) -> frozenset[str]:
        """What a choice may be answered with, as it is stored."""
        return self._option_values[each.index]

    @cached_property
    def _pages(self) -> dict[int, int]:
        pages, page = {}, 1
        for each in self.in_order:
            page += each.is_section and each.breaks_page
            pages[each.index] = page
        return pages

    def page_of(self, each: Field) -> int:
        """Which page of the form a field stands on, counted from 1. A section may begin a new one."""
        return self._pages[each.index]

    @cached_property
    def _places(self) -> dict[str, int]:
        return {each.id: place for place, each in reversed(list(enumerate(self.in_order)))}

    def place(self, field_id: str) -> int:
        """Where a field stands in the form; what is not on the form comes last."""
        return self._places.get(field_id, len(self.in_order))

    def called(self, field_id: str) -> str:
        """As sentences name the field with this id, on the form or not."""
        known = self.by_id.get(field_id)
        return known.called if known else f"field {shown(field_id, 30)}"

    def holders(self) -> Iterator[Holder]:
        """Everything that has a block of logic: fields in the form's order, then e-mails and webhooks."""
        for each in self.in_order:
            if each.logic:
                yield Holder(each.subject, each.called, each.logic)
        for actions in (self.notifications, self.confirmations, self.webhooks):
            for action in actions or ():
                if action.logic:
                    yield Holder(action.subject, action.called, action.logic)

    @cached_property
    def unread(self) -> tuple[Resource, ...]:
        """What the file did not hold."""
        found = {
            Resource.NOTIFICATIONS: self.notifications,
            Resource.CONFIRMATIONS: self.confirmations,
            Resource.WEBHOOKS: self.webhooks,
        }
        return tuple(resource for resource, actions in found.items() if actions is None)
