from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.diagnostics.catalogue import load_codes
from bots.diagnostics.filters import Filter
from bots.diagnostics.observations import Level, ObservationClass, SubjectType
from bots.diagnostics.request import Named, Request, parse_request


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ("", Filter()),
        ("what is wrong with contact.json?", Filter()),
        ("any errors in this form?", Filter()),
        ("/only L03", Filter(codes=frozenset({"L03"}))),
        ("only L03", Filter(codes=frozenset({"L03"}))),
        ("l03", Filter(codes=frozenset({"L03"}))),
        ("show me only l03 and C01 please", Filter(codes=frozenset({"L03", "C01"}))),
        ("only errors", Filter(levels=frozenset({Level.ERROR}))),
        ("errors only", Filter(levels=frozenset({Level.ERROR}))),
        ("level warn", Filter(levels=frozenset({Level.WARN}))),
        ("class logic", Filter(classes=frozenset({ObservationClass.LOGIC}))),
        ("just webhooks", Filter(subjects=frozenset({SubjectType.WEBHOOK}))),
        ("field 123", Filter(fields=frozenset({"123"}))),
        ("fields 1, 2 and 3", Filter(fields=frozenset({"1", "2", "3"}))),
        ("only errors of field 12", Filter(levels=frozenset({Level.ERROR}), fields=frozenset({"12"}))),
    ],
)
def test_a_filter_is_read_from_words(words: str, wanted: Filter) -> None:
    assert parse_request(words).filter == wanted


@pytest.mark.parametrize(
    ("words", "named"),
    [
        ("why is field 123 hidden?", Named(id="123")),
        ("Why isn't 123 shown", Named(id="123")),
        ("why does #7 not show", Named(id="7")),
        ("why is “Phone 2” hidden?", Named(label="Phone 2")),
        ('why is "Phone" hidden?', Named(label="Phone")),
        ("form 4711: why is field 12 hidden?", Named(id="12")),
        ("/why 12", Named(id="12")),
    ],
)
def test_why_names_a_field(words: str, named: Named) -> None:
    assert parse_request(words).why == named


@pytest.mark.parametrize(
    ("words", "assumed"),
    [
        ('what if 12 = "Yes"?', [("12", "", "Yes")]),
        ("what if field 12 is Yes?", [("12", "", "Yes")]),
        ("what if 12 = “Yes, please” and 13 = 4?", [("12", "", "Yes, please"), ("13", "", "4")]),
        ("what if “Newsletter?” = yes, 3 = no", [("", "Newsletter?", "yes"), ("3", "", "no")]),
        ('what happens if 12 = ""', [("12", "", "")]),
        ("What if 12 == 5", [("12", "", "5")]),
        ("/whatif 12 = Yes", [("12", "", "Yes")]),
        ("/what-if 12 = Yes", [("12", "", "Yes")]),
    ],
)
def test_what_if_names_fields_and_answers(words: str, assumed: list[tuple[str, str, str]]) -> None:
    request = parse_request(words)
    assert [(named.id, named.label, value) for named, value in request.assumed] == assumed
    assert not request.is_report


@pytest.mark.parametrize(
    ("words", "form_id", "submission_id"),
    [
        ("form 4711", "4711", ""),
        ("Form id: 4711 with submission 99", "4711", "99"),
        ("https://www.formstack.com/admin/form/builder/4711/build", "4711", ""),
        ("https://acme.formstack.com/forms/?4711-abc", "4711", ""),
        ("field 12", "", ""),
        ("what is wrong with this form?", "", ""),
    ],
)
def test_a_form_and_a_submission_are_named_by_number(words: str, form_id: str, submission_id: str) -> None:
    request = parse_request(words)
    assert (request.form_id, request.submission_id) == (form_id, submission_id)


@given(st.text(max_size=200))
def test_any_words_at_all_are_a_request(words: str) -> None:
    assert isinstance(parse_request(words), Request)


@pytest.mark.parametrize("words", ["why " * 20_000, "what if " + "1 = " * 20_000, "only " * 20_000, "“" * 50_000])
def test_words_made_to_hurt_are_read_quickly(words: str) -> None:
    assert isinstance(parse_request(words), Request)


def test_every_code_of_the_catalogue_is_there() -> None:
    ranges = {"L": 21, "R": 12, "O": 7, "B": 7, "C": 20, "N": 12, "K": 6, "W": 10, "F": 14, "S": 7}
    expected = {f"{letter}{number:02}" for letter, last in ranges.items() for number in range(1, last + 1)}
    assert load_codes().keys() == expected | {"X01", "X02"}
