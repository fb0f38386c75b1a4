from __future__ import annotations

from itertools import product

import pytest

from bots.diagnostics.catalogue import load_codes
from bots.jokes.joke import read_joke
from bots.jokes.offline import PRODUCTS, THEMES, theme_of, write_offline


@pytest.mark.parametrize("key", PRODUCTS)
def test_jokes_vary_with_the_question_and_not_without(key: str) -> None:
    jokes = {write_offline("Ada", ["L03"], key, f"$question{number}") for number in range(40)}
    assert len(jokes) > 8
    assert write_offline("Ada", ["L03"], key, "$q") == write_offline("Ada", ["L03"], key, "$q")


@pytest.mark.parametrize(
    ("codes", "theme"),
    [
        (["L03", "B01"], "circle"),
        (["L01"], "missing"),
        (["L11"], "unreachable"),
        (["O04"], "option"),
        (["W02"], "webhook"),
        (["N05"], "email"),
        (["S05"], "submission"),
        ([], "none"),
        (["?"], "none"),
    ],
)
def test_they_are_about_what_was_found(codes: list[str], theme: str) -> None:
    assert theme_of(codes) == theme
    assert any(joke in write_offline("Ada", codes, "docs", "$q") for joke in THEMES[theme])


def test_every_code_has_a_theme() -> None:
    assert {code for code in load_codes() if theme_of([code]) == "none"} == {"X01", "X02"}


def test_all_of_them_are_fit_to_be_told() -> None:
    import json

    for jokes, tags in product(THEMES.values(), PRODUCTS.values()):
        for joke, tag in product(jokes, tags):
            assert read_joke(json.dumps({"joke": f"Ada, {joke} {tag}"}), "Ada", []) is not None, joke
