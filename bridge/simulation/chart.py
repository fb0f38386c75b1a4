"""A simulated day as a picture: how long guests waited, and how many waited at the same time."""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import timedelta
from io import BytesIO
from typing import Final

from PIL import Image, ImageDraw, ImageFont

from bridge.simulation.tally import Tally

WIDTH: Final = 1200
HEIGHT: Final = 840
LEFT, RIGHT = 90, 40
INK, FAINT, PAPER = "#1f2933", "#d5dbe1", "#ffffff"
CLAIMED, ANSWERED, WAITING = "#0b6e99", "#c2571a", "#5b4b8a"
MARKS: Final = (1, 2, 5, 10, 20, 30, 60, 120, 240, 480, 960, 1440, 2880)
"""Minutes at which a scale of minutes is marked."""


def build_chart(tally: Tally, title: str) -> bytes:
    """A PNG of 1200 × 840: above, what share of guests waited how long at most; below, the queue over the day."""
    image = Image.new("RGB", (WIDTH, HEIGHT), PAPER)
    draw = ImageDraw.Draw(image)
    draw.text((LEFT, 22), title, INK, ImageFont.load_default(24))
    _draw_waits(draw, tally, (LEFT, 110, WIDTH - RIGHT, 420))
    _draw_queue(draw, tally, (LEFT, 540, WIDTH - RIGHT, 780))
    out = BytesIO()
    image.save(out, "PNG", optimize=True)
    return out.getvalue()


Box = tuple[int, int, int, int]


def _draw_waits(draw: ImageDraw.ImageDraw, tally: Tally, box: Box) -> None:
    left, top, right, bottom = box
    small = ImageFont.load_default(15)
    draw.text((left, top - 40), "Share of issues that waited at most so long", INK, ImageFont.load_default(18))
    series = (
        ("until an employee took it", CLAIMED, _minutes(tally.claimed_after.values())),
        ("until the first answer", ANSWERED, _minutes(tally.answered_after.values())),
    )
    longest = max((values[-1] for _, _, values in series if values), default=1.0)
    marks = [mark for mark in MARKS if mark <= longest * 2][-9:] or [1]
    top_mark = max(longest, marks[-1])

    def across(minutes: float) -> float:
        # a root keeps the first minutes apart and the last hours on the page
        return left + (right - left) * math.sqrt(minutes / top_mark)

    for share in (0, 25, 50, 75, 100):
        y = bottom - (bottom - top) * share / 100
        draw.line((left, y, right, y), FAINT)
        draw.text((left - 52, y - 9), f"{share} %", INK, small)
    for mark in marks:
        draw.line((across(mark), top, across(mark), bottom), FAINT)
        draw.text((across(mark) - 12, bottom + 8), _spelt(mark), INK, small)
    for number, (name, colour, values) in enumerate(series):
        points = [(across(0), float(bottom))]
        for rank, value in enumerate(values, 1):
            points.append((across(value), bottom - (bottom - top) * rank / len(values)))
        if len(points) > 1:
            draw.line(points, colour, 3)
        y = bottom - 60 + 24 * number
        draw.line((right - 270, y + 9, right - 240, y + 9), colour, 4)
        draw.text((right - 230, y), f"{name} ({len(values)})", INK, small)


def _draw_queue(draw: ImageDraw.ImageDraw, tally: Tally, box: Box) -> None:
    left, top, right, bottom = box
    small = ImageFont.load_default(15)
    draw.text((left, top - 40), "Issues that nobody had taken yet, over the day", INK, ImageFont.load_default(18))
    busy = [(at, waiting) for at, waiting in tally.queue if at <= timedelta(hours=24)]
    hours = max((at.total_seconds() / 3600 for at, waiting in busy if waiting), default=1.0)
    most = max((waiting for _, waiting in busy), default=1) or 1
    for mark in range(0, most + 1, -(-most // 6)):
        y = bottom - (bottom - top) * mark / most
        draw.line((left, y, right, y), FAINT)
        draw.text((left - 40, y - 9), str(mark), INK, small)
    for hour in range(int(hours) + 1):
        x = left + (right - left) * hour / hours
        draw.text((x - 10, bottom + 8), f"{hour} h", INK, small)
    points: list[tuple[float, float]] = []
    for at, waiting in busy:
        x = left + (right - left) * min(at.total_seconds() / 3600 / hours, 1)
        y = bottom - (bottom - top) * waiting / most
        points += [(x, points[-1][1])] if points else []  # a step: the queue was that long until now
        points.append((x, y))
    if len(points) > 1:
        draw.line(points, WAITING, 2)


def _minutes(waits: Iterable[timedelta]) -> list[float]:
    return sorted(wait.total_seconds() / 60 for wait in waits)


def _spelt(minutes: int) -> str:
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h"
