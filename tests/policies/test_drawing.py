"""The README's picture of an issue's life is the table."""

from __future__ import annotations

from pathlib import Path

from policies.drawing import BEGIN, END, draw_lifecycle
from policies.issue import Status
from policies.lifecycle import BEGINNINGS, TABLE

README = Path(__file__).parents[2] / "README.md"


def test_every_cell_of_the_table_is_drawn() -> None:
    drawing = draw_lifecycle()
    lines = [line.strip() for line in drawing.splitlines()]
    for (before, happening), after in TABLE.items():
        assert any(
            line.startswith(f"{before} --> {after}: ") and happening in line.split(": ")[1].split(", ")
            for line in lines
        )
    for beginning, status in BEGINNINGS.items():
        assert any(line == f"[*] --> {status}: {beginning}" for line in lines)


def test_no_arrow_is_drawn_that_is_not_in_the_table() -> None:
    arrows = [line.split(": ")[0] for line in draw_lifecycle().splitlines() if "-->" in line]
    expected = {f"    {before} --> {after}" for (before, _), after in TABLE.items()}
    expected |= {f"    [*] --> {status}" for status in BEGINNINGS.values()}
    assert len(arrows) == len({*arrows})
    assert {*arrows} == expected
    assert all(status in draw_lifecycle() for status in Status)


def test_the_readme_shows_what_the_table_says() -> None:
    _, _, rest = README.read_text(encoding="utf-8").partition(BEGIN)
    shown, end, _ = rest.partition(END)
    assert end, f"README.md has no block between {BEGIN} and {END}"
    assert shown.strip() == draw_lifecycle()
