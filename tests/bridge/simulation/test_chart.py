from __future__ import annotations

from datetime import timedelta
from io import BytesIO

import pytest
from PIL import Image

from bridge.simulation.chart import build_chart
from bridge.simulation.clock import MORNING
from bridge.simulation.tally import Tally
from policies.names import IssueId


@pytest.mark.parametrize("issues", [0, 1, 300])
def test_a_day_is_a_picture_however_much_happened_on_it(issues: int) -> None:
    tally = Tally(MORNING)
    for number in range(issues):
        tally.claimed_after[IssueId(str(number))] = timedelta(seconds=number**2)
        tally.queue.append((timedelta(minutes=number), number % 7))
    image = Image.open(BytesIO(build_chart(tally, "A day")))
    assert (image.format, image.size) == ("PNG", (1200, 840))
    colours = {colour for _, colour in image.convert("RGB").getcolors(100_000) or ()}
    assert (11, 110, 153) in colours  # the curve’s own, in the legend at least
