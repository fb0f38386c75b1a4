"""Which fields go by the same name, where they are told apart by it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator

from bots.diagnostics.field import TABLE_CELL, Field
from bots.diagnostics.form import Form


def asked_fields(form: Form) -> Iterator[Field]:
    """The fields that a visitor fills in one by one; cells of a table go by the names of their row and column."""
    return (each for each in form.by_id.values() if not each.is_static and each.type != TABLE_CELL)


def fold_label(each: Field) -> str:
    """A label as people tell them apart: without capitals and without blanks around it."""
    return " ".join(each.label.split()).casefold()


def group_fields(form: Form, key: Callable[[Field], str]) -> list[tuple[str, list[Field]]]:
    """Fields that share a key, each group in the order of the form. Without a key there is nothing to share."""
    groups: defaultdict[str, list[Field]] = defaultdict(list)
    for each in asked_fields(form):
        groups[key(each)].append(each)
    return [(name, sharing) for name, sharing in groups.items() if name and len(sharing) > 1]


def find_fields_by_name(form: Form) -> list[list[Field]]:
    """Fields that a receiver cannot tell apart if they are sent by name: the same label, or the same slug."""
    by_label = [sharing for _, sharing in group_fields(form, fold_label)]
    told = {each.id for sharing in by_label for each in sharing}
    by_slug = [sharing for _, sharing in group_fields(form, lambda each: each.slug.strip())]
    return by_label + [sharing for sharing in by_slug if not told.issuperset(each.id for each in sharing)]
