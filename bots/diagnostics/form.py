"""A form as the checks see it: its fields in order, what governs them, and what came with it.

A section is no container in the data: it governs every following field until the next section, in the order of
``sort``. That order and what follows from it is worked out here once, so that no check depends on how the array of
fields happened to be written.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

from bots.diagnostics.action import Confirmation, Notification, SubmitAction, Webhook
from bots.diagnostics.block import Logic
from bots.diagnostics.field import Field
from bots.diagnostics.observations import Subject, SubjectType
from bots.diagnostics.submission import Submission
from bots.diagnostics.values import shown


class Resource(StrEnum):
    """What can be read of a form. A check declares which it needs; what is missing is said, never taken for none."""

    FORM = "form"
    FIELDS = "fields"
    NOTIFICATIONS = "notifications"
    CONFIRMATIONS = "confirmations"
    WEBHOOKS = "webhooks"
    SUBMISSION = "submission"


@dataclass(frozen=True, slots=True)
class Holder:
    """Something with a block of logic."""

    of: Field | SubmitAction
    logic: Logic

    @property
    def subject(self) -> Subject:
        """As observations name it."""
        return self.of.subject

    @property
    def called(self) -> str:
        """As sentences name it."""
        return self.of.called


@dataclass(frozen=True, slots=True)
class Switches:
    """What of a form as a whole is on."""

    inactive: bool = False
    deleted: bool = False
    workflow: bool = False
    published: bool = False
    approvers: bool = False
    encrypted: bool = False
    one_question: bool = False


@dataclass(frozen=True)
class Form:
    """A form and what came with it. None is what was not in the file; an empty tuple is what was there and empty."""

    id: str
    name: str
    fields: tuple[Field, ...]
    notifications: tuple[Notification, ...] | None = None
    confirmations: tuple[Confirmation, ...] | None = None
    webhooks: tuple[Webhook, ...] | None = None
    submission: Submission | None = None
    """Optional: that there is none is not worth a word, unless one was asked for (`unreadable`)."""
    unreadable: Mapping[Resource, str] = field(default_factory=dict)
    """What was looked for and could not be read, with the reason."""
    switches: Switches = Switches()
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
    def _inside(self) -> dict[str, tuple[Field, ...]]:
        inside: dict[str, list[Field]] = {}
        for each in self.in_order:
            section = self.section_of(each)
            if section is not None:
                inside.setdefault(section.id, []).append(each)
        return {section: tuple(fields) for section, fields in inside.items()}

    def in_section(self, section: Field) -> tuple[Field, ...]:
        """The fields that a section governs, in order."""
        return self._inside.get(section.id, ())

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

    @cached_property
    def holders(self) -> tuple[Holder, ...]:
        """Everything that has a block of logic: fields in the form's order, then e-mails and webhooks."""
        candidates: list[Field | SubmitAction] = [*self.in_order]
        for actions in (self.notifications, self.confirmations, self.webhooks):
            candidates += actions or ()
        return tuple(Holder(each, each.logic) for each in candidates if each.logic)

    def lacks(self, resource: Resource) -> bool:
        """Whether a check that needs this has nothing to look at."""
        return self.submission is None if resource is Resource.SUBMISSION else resource in self.unread

    @cached_property
    def unread(self) -> tuple[Resource, ...]:
        """What was not there to be read. A submission counts only if one was looked for."""
        found = {
            Resource.NOTIFICATIONS: self.notifications,
            Resource.CONFIRMATIONS: self.confirmations,
            Resource.WEBHOOKS: self.webhooks,
        }
        lost = (Resource.SUBMISSION,) if Resource.SUBMISSION in self.unreadable and self.submission is None else ()
        return (*(resource for resource, actions in found.items() if actions is None), *lost)
