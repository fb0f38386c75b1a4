"""The picture of a form's dependencies, as PNG. What matters is told by words, lines and hatching, not by colour alone.

    box            a field: label, number and type                 ━━ solid line      logic
    double frame   in a circle, with the word                      ┅┅ dashed line     calculation
    hatched        can never be shown, with the words              ⋯⋯ dotted line     stands in a section with logic

Lines leave a box on its right, run in the gaps of the grid, and come in on the left, with a head.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from math import hypot
from typing import Final

from PIL import Image, ImageDraw, ImageFont

from bots.diagnostics.dependencies import Dependencies, EdgeKind, Mark, Node
from bots.diagnostics.layout import Cell, find_layout
from bots.diagnostics.values import shown

MOST_DRAWN: Final = 80
SCALE: Final = 2
BOX: Final = (250, 56)
GAP: Final = (96, 30)
MARGIN: Final = 36
HEAD: Final = 112
"""Above the grid: title and legend."""
SMALLEST_WIDTH: Final = 980
LONGEST_LINE: Final = 300
"""Characters; what a line of text is cut to, and cleaned of what no font can draw."""
INK, PAPER, SOFT = "#1b1b1f", "#ffffff", "#5b5b66"
TROUBLE: Final = "#a4161a"
LINES: Final = ("#1f4e79", "#7a4a00", "#2e6b34", "#6a2c70", "#0b6e75", "#8a3b12", "#3d405b", "#4a5d23")
FILLS: Final = {"section": "#eceff4"}
DASHES: Final = {EdgeKind.LOGIC: None, EdgeKind.CALCULATION: (9, 5), EdgeKind.SECTION: (2, 5)}
Point = tuple[float, float]
Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


@dataclass(frozen=True)
class Picture:
    """A picture, and in words what is on it."""

    png: bytes
    caption: str


def draw_dependencies(drawn: Dependencies, title: str, left_out: int = 0) -> Picture:
    """Draw all of these. `left_out` is how many more there would be to draw."""
    cells = find_layout(drawn)
    columns = max((cell.column for cell in cells.values()), default=0) + 1
    rows = max((cell.row for cell in cells.values()), default=0) + 1
    width = max(SMALLEST_WIDTH, MARGIN * 2 + columns * (BOX[0] + GAP[0]) + 20)
    height = HEAD + MARGIN + rows * (BOX[1] + GAP[1]) + 20
    canvas = _Canvas(int(width), int(height))
    _draw_head(canvas, title, _summary(drawn, left_out))
    _draw_edges(canvas, drawn, cells)
    for node in drawn.nodes:
        _draw_box(canvas, node, _corner(cells[node.id]))
    return Picture(canvas.to_png(), f"{title}. {_summary(drawn, left_out)}")


def _summary(drawn: Dependencies, left_out: int) -> str:
    circled = sum(1 for node in drawn.nodes if Mark.CIRCLE in node.marks)
    gone = sum(1 for node in drawn.nodes if Mark.UNREACHABLE in node.marks)
    said = [
        f"{len(drawn.nodes)} fields that depend on each other",
        f"{circled} in a circle" if circled else "no circles",
        f"{gone} that can never be shown" if gone else "all can be shown",
    ]
    if left_out:
        said.append(f"{left_out:,} more not drawn")
    if drawn.left_out:
        said.append(f"{drawn.left_out:,} fields without dependencies left out")
    return "; ".join(said) + "."


def _corner(cell: Cell) -> Point:
    return MARGIN + 16 + cell.column * (BOX[0] + GAP[0]), HEAD + cell.row * (BOX[1] + GAP[1]) + GAP[1]


def _draw_head(canvas: _Canvas, title: str, summary: str) -> None:
    canvas.text((MARGIN, 16), title, 20, INK, most=SMALLEST_WIDTH - 2 * MARGIN)
    canvas.text((MARGIN, 44), summary, 13, SOFT, most=canvas.width - 2 * MARGIN)
    x, y = float(MARGIN), 80.0
    for kind, said in (
        (EdgeKind.LOGIC, "is asked about by the logic of"),
        (EdgeKind.CALCULATION, "is read by the calculation of"),
        (EdgeKind.SECTION, "is the section of"),
    ):
        canvas.line([(x, y), (x + 44, y)], INK, DASHES[kind])
        canvas.head((x + 44, y), INK)
        x = canvas.text((x + 54, y - 9), said, 13, INK) + 26
    canvas.frame((x, y - 9, x + 26, y + 9), TROUBLE, double=True)
    x = canvas.text((x + 34, y - 9), "in a circle", 13, INK) + 26
    canvas.hatch((x, y - 9, x + 26, y + 9))
    canvas.frame((x, y - 9, x + 26, y + 9), INK)
    canvas.text((x + 34, y - 9), "can never be shown", 13, INK)


def _draw_edges(canvas: _Canvas, drawn: Dependencies, cells: Mapping[str, Cell]) -> None:
    leaving = {node.id: place for place, node in enumerate(drawn.nodes)}
    arriving: dict[str, int] = {}
    for source, target, kind in drawn.edges:
        lane = leaving[source]
        turn = arriving[target] = arriving.get(target, -1) + 1
        points = list(_route(cells[source], cells[target], lane, turn))
        colour = LINES[lane % len(LINES)]
        canvas.line(points, colour, DASHES[kind])
        canvas.head(points[-1], colour)


def _route(source: Cell, target: Cell, lane: int, turn: int) -> Iterator[Point]:
    """Along the gaps: out on the right, up or down beside the boxes, across above the target's row, in on the left."""
    out_x, out_y = _corner(source)
    in_x, in_y = _corner(target)
    start_y = out_y + BOX[1] / 2 + (lane % 5 - 2) * 4
    end_y = in_y + BOX[1] / 2 + (turn % 5 - 2) * 7
    beside = out_x + BOX[0] + 10 + (lane % 8) * 6
    yield out_x + BOX[0], start_y
    yield beside, start_y
    if target.column == source.column + 1:
        yield beside, end_y
    else:
        across = in_y - GAP[1] / 2 + (lane % 7 - 3) * 3
        before = in_x - 16 - (turn % 4) * 5
        yield beside, across
        yield before, across
        yield before, end_y
    yield in_x - 1, end_y


def _draw_box(canvas: _Canvas, node: Node, corner: Point) -> None:
    x, y = corner
    box = (x, y, x + BOX[0], y + BOX[1])
    canvas.fill(box, FILLS.get(node.type, PAPER))
    if Mark.UNREACHABLE in node.marks:
        canvas.hatch(box)
    is_circled = Mark.CIRCLE in node.marks
    canvas.frame(box, TROUBLE if node.is_troubled else INK, double=is_circled)
    said = [
        *(["IN A CIRCLE"] if is_circled else []),
        *(["NEVER SHOWN"] if Mark.UNREACHABLE in node.marks else []),
        *(["set to hidden"] if Mark.HIDDEN in node.marks else []),
    ]
    inside = f" · and {node.inside} field{'s' if node.inside > 1 else ''}" if node.inside else ""
    below = f"{node.id[:20]} · {node.type or 'no type'}{inside}"
    plate = Mark.UNREACHABLE in node.marks  # hatching is not to be read through
    canvas.text((x + 12, y + 8), node.label or f"field {node.id[:20]}", 16, INK, most=BOX[0] - 24, plate=plate)
    end = canvas.text((x + 12, y + 32), below, 13, SOFT, most=BOX[0] - 24, plate=plate)
    if said:
        words = " · ".join(said)
        room = x + BOX[0] - 12 - end
        needed = canvas.length(words, 11)
        at = (x + BOX[0] - 12 - needed, y + 34) if needed + 8 <= room else (x + 12, y + BOX[1] - 4)
        canvas.text(at, words, 11, TROUBLE if node.is_troubled else SOFT, plate=True)


class _Canvas:
    """A picture under way, in units that are drawn `SCALE` times as large."""

    def __init__(self, width: int, height: int) -> None:
        self.width = width
        self._image = Image.new("RGB", (width * SCALE, height * SCALE), PAPER)
        self._draw = ImageDraw.Draw(self._image)

    def to_png(self) -> bytes:
        written = io.BytesIO()
        self._image.quantize(64, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE).save(written, "PNG")
        return written.getvalue()

    def length(self, words: str, size: int) -> float:
        return _load_font(size * SCALE, _needs_wide(words)).getlength(words) / SCALE

    def text(
        self, at: Point, words: str, size: int, colour: str, most: float | None = None, *, plate: bool = False
    ) -> float:
        """Write a line, cut to `most`; where it ends. On a plate it covers what is drawn behind it."""
        words = shown(words, LONGEST_LINE)
        font = _load_font(size * SCALE, _needs_wide(words))
        words = _cut(words, font, most * SCALE) if most is not None else words
        place = (at[0] * SCALE, at[1] * SCALE)
        end = at[0] + font.getlength(words) / SCALE
        if plate and words:
            around = (place[0] - 6, place[1] - 2, end * SCALE + 6, place[1] + (size + 4) * SCALE)
            self._draw.rectangle(around, fill=PAPER)
        self._draw.text(place, words, font=font, fill=colour)
        return end

    def fill(self, box: tuple[float, float, float, float], colour: str) -> None:
        self._draw.rounded_rectangle(_scaled(box), radius=7 * SCALE, fill=colour)

    def frame(self, box: tuple[float, float, float, float], colour: str, *, double: bool = False) -> None:
        self._draw.rounded_rectangle(_scaled(box), radius=7 * SCALE, outline=colour, width=3 if not double else 4)
        if double:
            inner = (box[0] + 4, box[1] + 4, box[2] - 4, box[3] - 4)
            self._draw.rounded_rectangle(_scaled(inner), radius=5 * SCALE, outline=colour, width=3)

    def hatch(self, box: tuple[float, float, float, float]) -> None:
        left, top, right, bottom = _scaled(box)
        height = bottom - top
        tile = Image.new("RGB", (int(right - left), int(height)), "#f4e3e3")
        stripes = ImageDraw.Draw(tile)
        for start in range(-int(height), int(right - left), 16):
            stripes.line([(start, int(height)), (start + int(height), 0)], fill="#c98a8a", width=3)
        self._image.paste(tile, (int(left), int(top)))

    def line(self, points: Sequence[Point], colour: str, dash: tuple[int, int] | None) -> None:
        for start, end in pairwise(points):
            for a, b in _dashes(start, end, dash):
                self._draw.line([_times(a), _times(b)], fill=colour, width=3)

    def head(self, at: Point, colour: str) -> None:
        x, y = at
        self._draw.polygon([_times((x, y)), _times((x - 9, y - 4.5)), _times((x - 9, y + 4.5))], fill=colour)


def _times(point: Point) -> Point:
    return point[0] * SCALE, point[1] * SCALE


def _scaled(box: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
    return box[0] * SCALE, box[1] * SCALE, box[2] * SCALE, box[3] * SCALE


def _dashes(start: Point, end: Point, dash: tuple[int, int] | None) -> Iterator[tuple[Point, Point]]:
    length = hypot(end[0] - start[0], end[1] - start[1])
    if dash is None or length == 0:
        yield start, end
        return
    on, off = dash
    step = ((end[0] - start[0]) / length, (end[1] - start[1]) / length)
    at = 0.0
    while at < length:
        stop = min(at + on, length)
        yield (start[0] + step[0] * at, start[1] + step[1] * at), (start[0] + step[0] * stop, start[1] + step[1] * stop)
        at += on + off


def _cut(words: str, font: Font, most: float) -> str:
    if font.getlength(words) <= most:
        return words
    while words and font.getlength(f"{words}…") > most:
        words = words[:-1]
    return f"{words.rstrip()}…"


def _needs_wide(words: str) -> bool:
    """Whether the font that Pillow carries has not all of these characters."""
    return any(ord(character) > 0x17F and character not in "–—‘’“”•…·" for character in words)


@cache
def _load_font(size: int, wide: bool) -> Font:
    """Pillow's own font; for other scripts one of the machine's, if it has one."""
    if wide:
        for name in ("NotoSansCJK-Regular.ttc", "NotoSans-Regular.ttf", "DejaVuSans.ttf", "Arial Unicode.ttf"):
            try:
                return ImageFont.truetype(name, size)
            except OSError:
                continue
    return ImageFont.load_default(size)
