"""A field as the checks see it: frozen, typed, and nothing filled in that was missing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from bots.diagnostics.block import Logic, parse_logic
from bots.diagnostics.formula import Reading, read_formula
from bots.diagnostics.observations import Subject, SubjectType
from bots.diagnostics.values import entries, flag, identifier, mapping, number, shown, text, whole_number


@dataclass(frozen=True, slots=True)
class Option:
    """One choice of a field."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Bounds:
    """The least and the most that a field takes, as far as it says so: values, characters or pieces."""

    least: str = ""
    most: str = ""


@dataclass(frozen=True, slots=True)
class DateCalculation:
    """A calculation of two dates, or of a date and a number of units. Sides are field ids or ``current_date``."""

    one: str
    two: str
    units: str = ""

    @property
    def is_set(self) -> bool:
        """Whether there is one at all."""
        return any(side.strip("0") for side in (self.one, self.two))

    def references(self) -> tuple[str, ...]:
        """The fields it reads. ``0`` is the vendor's word for none."""
        return tuple(side for side in (self.one, self.two) if side.isascii() and side.isdigit() and side.strip("0"))


CHOICE_TYPES: Final = frozenset({"select", "radio", "checkbox"})
NUMBER_TYPES: Final = frozenset({"number", "rating", "product"})
STATIC_TYPES: Final = frozenset({"section", "richtext", "embed", "table", "tableheader"})
"""What a visitor reads and does not fill in."""
SECTION: Final = "section"
TABLE: Final = "table"
TABLE_HEADER: Final = "tableheader"
TABLE_CELL: Final = "tablecell"
DATE_TYPE: Final = "datetime"


@dataclass(frozen=True)
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
    unique: bool = False
    hides_label: bool = False
    breaks_page: bool = False
    slug: str = ""
    """The vendor's key ``name``: what results are called by where neither label nor id is used."""
    internal_label: str = ""
    removed_from_emails: bool = False
    text: str = ""
    """What is to be read on it: of sections, rich text and embedded code."""
    hint: str = ""
    """Description and placeholder: what tells a visitor what to enter, beside the label."""
    values: Bounds = Bounds()
    lengths: Bounds = Bounds()
    quantities: Bounds = Bounds()
    logic: Logic | None = None
    formula: str = ""
    dates: DateCalculation = DateCalculation("", "")
    allows_negatives: bool = False
    decimals: int | None = None
    matrix_rows: tuple[str, ...] = ()
    matrix_columns: tuple[str, ...] = ()
    """Of a matrix: the choices of its rows and of its columns."""
    columns: tuple[str, ...] = ()
    rows: tuple[str, ...] = ()
    """Of a table: the ids of its columns and the keys of its rows."""
    table_id: str = ""
    header_id: str = ""
    row_key: str = ""
    """Of the cell of a table (and the first also of the head of a column): where it belongs."""
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

    @cached_property
    def option_values(self) -> frozenset[str]:
        """What a choice may be answered with, as it is stored."""
        return frozenset(option.value for option in self.options or ())

    @cached_property
    def defaults(self) -> dict[str, None]:
        """What it begins with: a checkbox with one option a line, everything else with one value."""
        lines = self.default.splitlines() if self.type == "checkbox" else [self.default]
        return dict.fromkeys(line for line in lines if line)

    @cached_property
    def reading(self) -> Reading:
        """What its formula shows at one reading."""
        return read_formula(self.formula)

    @cached_property
    def sized_options(self) -> tuple[tuple[float, str], ...]:
        """The options that are numbers, by size."""
        sized = ((number(value), value) for value in self.option_values)
        return tuple(sorted((size, value) for size, value in sized if size is not None))

    @cached_property
    def is_numeric(self) -> bool:
        """Whether its value is a number: by its type, or because all its options are."""
        if self.type in (TABLE_CELL, TABLE_HEADER):
            return self.column_type in NUMBER_TYPES
        if self.is_choice:
            return bool(self.options) and len(self.sized_options) == len(self.option_values)
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


def parse_field(raw: Mapping[str, Any], index: int) -> Field:
    return Field(
        id=identifier(raw["id"]),
        index=index,
        type=text(raw.get("type")).strip().lower(),
        label=text(raw.get("label")),
        sort=whole_number(raw.get("sort")),
        options=_parse_options(raw.get("options")),
        option_other=flag(raw.get("option_other")),
        option_store=text(raw.get("option_store")).strip().lower(),
        default=text(raw.get("default")),
        required=flag(raw.get("required")),
        hidden=flag(raw.get("hidden")),
        readonly=flag(raw.get("readonly")),
        unique=flag(raw.get("uniq")),
        hides_label=flag(raw.get("hide_label")),
        breaks_page=flag(raw.get("section_break")),
        slug=text(raw.get("name")),
        internal_label=text(raw.get("internal_label")),
        removed_from_emails=flag(raw.get("remove_data_from_emails")),
        text=text(raw.get("section_text")),
        hint=f"{text(raw.get('description'))}{text(raw.get('placeholder'))}{text(raw.get('option_placeholder'))}",
        values=_parse_bounds(raw, "min_value", "max_value"),
        lengths=_parse_bounds(raw, "minlength", "maxlength"),
        quantities=_parse_bounds(raw, "min_quantity", "max_quantity"),
        logic=parse_logic(raw.get("logic")),
        formula=text(raw.get("calculation")),
        dates=DateCalculation(
            identifier(raw.get("field_one_calculation")),
            identifier(raw.get("field_two_calculation")),
            text(raw.get("calculation_units")).strip(),
        ),
        allows_negatives=flag(raw.get("calculation_allow_negatives")),
        decimals=whole_number(raw.get("decimals")),
        matrix_rows=_parse_lines(raw.get("row_choices")),
        matrix_columns=_parse_lines(raw.get("column_choices")),
        columns=_parse_keys(raw.get("columns"), "id"),
        rows=_parse_keys(raw.get("rows"), "key"),
        table_id=identifier(raw.get("parent_table_id")),
        row_key=identifier(raw.get("parent_table_row_key")),
        header_id=identifier(raw.get("parent_tableheader_id")),
        column_type=text(raw.get("column_field_type")).strip().lower(),
    )


def _parse_keys(value: Any, key: str) -> tuple[str, ...]:
    return tuple(identifier(mapping(entry).get(key)) for entry in entries(value) or ())


def _parse_lines(value: Any) -> tuple[str, ...]:
    lines = [text(entry) for entry in entries(value) or ()] or text(value).splitlines()
    return tuple(line.strip() for line in lines if line.strip())


def _parse_bounds(raw: Mapping[str, Any], least: str, most: str) -> Bounds:
    return Bounds(identifier(raw.get(least)), identifier(raw.get(most)))


def _parse_options(value: Any) -> tuple[Option, ...] | None:
    found = entries(value)
    if found is None:
        return None
    return tuple(
        Option(text(raw.get("label")), text(raw.get("value")))
        if isinstance(raw, dict)
        else Option(text(raw), text(raw))
        for raw in found
    )
