"""Both rooms of an issue read as one story, by the timeline of each: nobody sees more here than there.

    guest room   ─▶ 3 · 5 ······· 9        the bridge counts events over all rooms, so their numbers are the order,
    staff room   ─▶ ·· 4 · 6 7 8 ··        and one cursor does for both

A page ends where the first of the rooms has been read to, so that nothing that comes later in a cursor is left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bridge.desk.timeline import Timeline, VisibleHistory
from bridge.desk.visible import VisibleEvent
from bridge.errors import Unknown
from bridge.ports import Principal
from policies.issue import Issue, Side


@dataclass(frozen=True, slots=True)
class Merged:
    """A stretch of both rooms. `cursor` is unmoved if nothing is left."""

    events: Sequence[tuple[Side, VisibleEvent]]
    cursor: int


async def load_merged(timeline: Timeline, reader: Principal, issue: Issue, since: int, limit: int) -> Merged | None:
    """What this reader may see of both rooms after `since`, oldest first; None if they were in neither."""
    found: list[tuple[Side, VisibleEvent]] = []
    horizons: list[int] = []
    read_to, may_read = since, False
    for side, room_id in ((Side.GUEST, issue.guest_room), (Side.STAFF, issue.staff_room)):
        if room_id is None:
            continue
        try:
            history = await timeline.load_history(reader, room_id, since, limit, onward=True)
        except Unknown:
            continue
        may_read = True
        if history.cursor < since:
            continue  # a cursor that is not of this room's
        found += [(side, event) for event in history.events if event.seq > since]
        read_to = max(read_to, history.cursor)
        if await _goes_on(timeline, reader, room_id, history):
            horizons.append(history.cursor)
    if not may_read:
        return None
    end = min(horizons, default=read_to)
    events = sorted(((s, e) for s, e in found if e.seq <= end), key=lambda one: one[1].seq)
    if len(events) > limit:
        events = events[:limit]
        end = events[-1][1].seq
    return Merged(events, end)


async def _goes_on(timeline: Timeline, reader: Principal, room_id: str, history: VisibleHistory) -> bool:
    """Whether there is more of this room behind the page."""
    following = await timeline.load_history(reader, room_id, history.cursor, 1, onward=True)
    return following.cursor > history.cursor
