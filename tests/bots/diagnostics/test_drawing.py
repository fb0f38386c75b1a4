from __future__ import annotations

import io
from typing import Any

import pytest
from PIL import Image

from bots.diagnostics.dependencies import Dependencies, EdgeKind, Mark, Node, choose_drawn, find_dependencies
from bots.diagnostics.drawing import MOST_DRAWN, SCALE, draw_dependencies
from bots.diagnostics.layout import MOST_COLUMNS, MOST_ROWS, find_layout
from tests.builders.forms import Raw, asks, build_form, radio, shown_if, text


def found(*fields: Raw) -> Dependencies:
    return find_dependencies(build_form(*fields))


def chain(length: int) -> Dependencies:
    return found(*(radio(n, "Yes", logic=shown_if(asks(n - 1)) if n else None) for n in range(length)))


def opened(png: bytes) -> Any:
    image = Image.open(io.BytesIO(png))
    image.load()
    return image


def test_what_depends_stands_to_the_right_of_what_it_depends_on() -> None:
    cells = find_layout(chain(4))
    assert [cells[str(n)].column for n in range(4)] == [0, 1, 2, 3]


def test_no_two_boxes_share_a_place() -> None:
    many = found(radio(0, "Yes"), *(radio(n, "Yes", logic=shown_if(asks(n // 3))) for n in range(1, 80)))
    cells = find_layout(many)
    assert len(set(cells.values())) == 80
    assert max(cell.column for cell in cells.values()) < MOST_COLUMNS


def test_a_long_column_goes_on_beside_itself_and_a_long_row_below() -> None:
    wide = find_layout(found(radio(0, "Yes"), *(text(n, logic=shown_if(asks(0))) for n in range(1, 60))))
    assert max(cell.row for cell in wide.values()) < MOST_ROWS
    long = find_layout(chain(40))
    assert max(cell.column for cell in long.values()) < MOST_COLUMNS


def test_a_picture_of_60_fields_is_of_a_size_that_can_be_looked_at() -> None:
    fields = found(radio(0, "Yes"), *(radio(n, "Yes", logic=shown_if(asks(n // 2))) for n in range(1, 60)))
    picture = draw_dependencies(fields, "A form")
    image = opened(picture.png)
    assert (image.format, image.width < 2600 * SCALE, image.height < 2600 * SCALE) == ("PNG", True, True)
    assert len(picture.png) < 1_000_000
    assert picture.caption == "A form. 60 fields that depend on each other; no circles; all can be shown."


def test_the_caption_says_in_words_what_is_on_it() -> None:
    ring = (radio(1, "Yes", logic=shown_if(asks(2))), radio(2, "Yes", logic=shown_if(asks(1))))
    caption = draw_dependencies(found(*ring, text(3)), "A form").caption
    assert "2 in a circle; 2 that can never be shown; 1 fields without dependencies left out" in caption


def test_marks_are_told_by_more_than_colour() -> None:
    def shades(marks: frozenset[Mark]) -> bytes:
        node = Node("1", "Label", "text", marks)
        grey: bytes = opened(draw_dependencies(Dependencies((node,), ()), "x").png).convert("L").tobytes()
        return grey

    plain, circled, gone = shades(frozenset()), shades(frozenset({Mark.CIRCLE})), shades(frozenset({Mark.UNREACHABLE}))
    assert len({plain, circled, gone}) == 3


@pytest.mark.parametrize("label", ["<img src=x>", "日本語のラベル", "א ב ג", "🙂" * 50, "x" * 5000, "\x00\u202e\n", ""])
def test_any_label_can_be_drawn(label: str) -> None:
    fields = (radio(1, "Yes", label=label), text(2, label=label, logic=shown_if(asks(1))))
    assert opened(draw_dependencies(found(*fields), label).png).width


def test_the_largest_picture_has_its_bounds() -> None:
    everybody = [radio(n, "Yes", logic=shown_if(*(asks(m) for m in range(80) if m != n))) for n in range(80)]
    image = opened(draw_dependencies(choose_drawn(found(*everybody), MOST_DRAWN), "x").png)
    assert image.width * image.height < 60_000_000


def test_a_node_alone_is_a_picture_too() -> None:
    drawn = Dependencies((Node("1", "a", "text"),), (("1", "1", EdgeKind.LOGIC),))
    assert opened(draw_dependencies(drawn, "x").png)
