from __future__ import annotations

import pytest

from bots.diagnostics.diagnosis import diagnose
from bots.diagnostics.request import Named, parse_request
from bots.diagnostics.whatif import explain_what_if
from bots.diagnostics.why import MOST_LINES, explain_why
from tests.builders.forms import Raw, asks, build_form, field, hidden_if, radio, section, shown_if, text

CHAIN = (
    radio(1, "Yes", "No", label="Newsletter?"),
    radio(2, "mail", "post", label="How", logic=shown_if(asks(1))),
    section(3, label="Post", logic=shown_if(asks(2, "post"))),
    text(4, label="Street"),
)


def why(named: Named, *fields: Raw, **keys: object) -> str:
    return explain_why(diagnose(build_form(*fields, **keys)), named)


def what_if(words: str, *fields: Raw) -> str:
    return explain_what_if(diagnose(build_form(*fields)), parse_request(words).assumed)


class TestWhy:
    def test_the_chain_of_logic_is_told_from_the_field_to_where_it_begins(self) -> None:
        said = why(Named(id="4"), *CHAIN)
        assert (
            said.splitlines()[0]
            == "“Street” (field 4) is hidden, as the form starts (nothing answered but the defaults)."
        )
        steps = [
            "it stands in “Post” (section 3), which shows if",
            "“How” (field 2) is “post”",
            "“How” (field 2) shows if",
        ]
        assert [said.index(step) for step in steps] == sorted(said.index(step) for step in steps)
        assert "✗ “Newsletter?” (field 1) is “Yes” (now blank)" in said

    def test_under_a_submission_it_tells_what_was_submitted(self) -> None:
        data = [{"field": "1", "value": "No"}]
        said = why(Named(id="2"), *CHAIN, submission={"id": "9", "data": data})
        assert "is hidden, under the values of submission 9" in said
        assert "(now “No”)" in said

    def test_a_field_without_logic_always_shows(self) -> None:
        assert "has no logic: it always shows" in why(Named(id="1"), *CHAIN)

    def test_a_setting_is_told_before_logic(self) -> None:
        said = why(Named(id="1"), text(1, hidden="1"))
        assert "set to “hidden” in its own settings" in said

    def test_a_circle_is_told_once_and_found_to_be_one(self) -> None:
        ring = (radio(1, "Yes", logic=shown_if(asks(2))), radio(2, "Yes", logic=shown_if(asks(1))))
        said = why(Named(id="1"), *ring)
        assert "see above" in said
        assert "No answers at all can show it." in said
        assert "L03: " in said

    def test_what_cannot_be_told_is_said(self) -> None:
        said = why(Named(id="2"), field(1, "datetime"), text(2, logic=hidden_if(asks(1, "x"))))
        assert said.startswith("Whether “Label 2” (field 2) shows cannot be told")
        assert "? “Label 1” (field 1) is “x”" in said

    def test_by_its_label(self) -> None:
        assert why(Named(label="street "), *CHAIN).startswith("“Street” (field 4)")

    @pytest.mark.parametrize(
        ("named", "said"),
        [
            (Named(id="99"), "There is no field 99"),
            (Named(label="x"), "There is no field with the label “x”"),
            (Named(label="Same"), "2 fields have the label “Same”; name one by its number: 5, 6."),
        ],
    )
    def test_who_names_no_field_is_told_so(self, named: Named, said: str) -> None:
        assert said in why(named, *CHAIN, text(5, label="Same"), text(6, label="same"))

    def test_a_long_chain_is_cut(self) -> None:
        many = [radio(n, "Yes", logic=shown_if(*(asks(m) for m in range(max(0, n - 12), n)))) for n in range(200)]
        assert len(why(Named(id="199"), *many).splitlines()) < MOST_LINES + 12


class TestWhatIf:
    def test_what_shows_and_what_hides_is_told(self) -> None:
        said = what_if('what if 1 = "Yes"?', text(5, label="Why not?", logic=hidden_if(asks(1))), *CHAIN)
        assert "Shown now: “How” (field 2)." in said
        assert "Hidden now: “Why not?” (field 5)." in said
        assert "In all, 2 of 5 fields show then." in said

    def test_several_answers_together_open_a_chain(self) -> None:
        said = what_if("what if 1 = Yes and 2 = post", *CHAIN)
        assert "Shown now: “How” (field 2), “Post” (section 3), “Street” (field 4)." in said

    def test_an_answer_to_a_field_that_is_hidden_counts_as_none_and_that_is_said(self) -> None:
        said = what_if("what if 2 = post", *CHAIN)
        assert "“How” (field 2) is hidden itself then, so this answer counts as blank." in said
        assert "Nothing else shows or hides by it." in said

    def test_an_option_is_meant_whatever_its_capitals(self) -> None:
        assert "= “Yes”" in what_if("what if 1 = yes", *CHAIN)

    def test_what_is_no_option_is_said_to_be_none(self) -> None:
        assert "“perhaps” is not one of the options" in what_if("what if 1 = perhaps", *CHAIN)

    def test_a_field_that_is_not_there_is_said_to_be(self) -> None:
        assert what_if("what if 99 = Yes", *CHAIN) == "There is no field 99 on this form."
