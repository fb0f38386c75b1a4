"""Break-in: a supervisor enters a room uninvited, seen by all who are in it (rule B1).

    API, !breakin ─▶ may they? ─▶ audit log ─▶ outbox: { invited, joined by the module ─▶ announced }
    they are in an issue's room ─▶ `take_supervisor`: they may do there what staff may

Nobody is ever hidden: the membership is there for all to see, and where a guest is it is always announced too.
"""

from __future__ import annotations

from dataclasses import dataclass

from bridge.desk.audit import about_issue, about_room
from bridge.desk.work import Work, WorkPlace, lane_of_issue, lane_of_room
from bridge.errors import Unknown
from bridge.ports import IssueRecord, RoomRecord
from policies.actions import Enter, SetVoices
from policies.breakin import may_break_into
from policies.lifecycle import is_read_only
from policies.names import IssueId, Role, RoomId, UserId
from policies.outcomes import Refuse
from policies.rooms import Membership, RoomKind

ALWAYS_ANNOUNCED = frozenset({RoomKind.GUEST, RoomKind.LOUNGE})


async def take_supervisor(work: Work, record: IssueRecord, who: UserId) -> None:
    """Somebody is in one of an issue's rooms now: a supervisor is given what staff may do there."""
    if (await work.tx.principals.directory()).who_is(who).has_rank(Role.SUPERVISOR):
        may_write = not is_read_only(record.issue.status, record.issue.conclusion)
        await work.decide(lane_of_issue(record.issue.id), (SetVoices(record.issue.id, guest_may_write=may_write),))


@dataclass(frozen=True, slots=True)
class Entry:
    """A room somebody breaks into."""

    room: RoomRecord
    was_in: bool
    reads_past: bool
    """Whether their client shows them what was said before; not where it is encrypted, nor in a guest's room."""


class BreakIn:
    """Lets supervisors in."""

    def __init__(self, place: WorkPlace) -> None:
        self._place = place

    async def enter(self, actor: UserId, room_id: RoomId, *, announce: bool = True) -> Entry | Refuse:
        """One room.

        :raises Unknown: if the bridge is in no such room.
        """
        async with self._place.begin() as work:
            return await self.enter_within(work, actor, room_id, announce=announce)

    async def enter_within(
        self, work: Work, actor: UserId, room_id: RoomId, *, announce: bool = True
    ) -> Entry | Refuse:
        """`enter`, inside work that is under way."""
        room = await work.tx.rooms.load(room_id)
        if room is None:
            raise Unknown("room", room_id)
        about = about_room(room_id) if room.issue_id is None else about_issue(room.issue_id)
        person = (await work.tx.principals.directory()).who_is(actor)
        verdict = await work.ask(may_break_into, actor, person, room.kind, about=about)
        if isinstance(verdict, Refuse):
            return verdict
        announce = announce or room.kind in ALWAYS_ANNOUNCED
        was_in = await work.tx.rooms.membership(room_id, actor) is Membership.JOIN
        await work.note("broke in", actor, about=about, room=room_id, room_kind=room.kind, announced=announce)
        # Beside the issue's own lane: where something holds that up, a supervisor is needed most.
        await work.decide(lane_of_room(room_id), (Enter(room_id, actor, announce),))
        reads_past = await work.tx.rooms.shows_past(room_id) and not await work.tx.rooms.is_encrypted(room_id)
        return Entry(room, was_in, reads_past)

    async def enter_issue_within(self, work: Work, actor: UserId, issue_id: IssueId) -> list[Entry] | Refuse:
        """Both rooms of an issue; none if they are not made yet.

        :raises Unknown: if there is no such issue.
        """
        record = await work.tx.issues.load(issue_id)
        if record is None:
            raise Unknown("issue", issue_id)
        entries = []
        for room_id in (record.issue.guest_room, record.issue.staff_room):
            if room_id is not None and await work.tx.rooms.load(room_id) is not None:
                entry = await self.enter_within(work, actor, room_id)
                if isinstance(entry, Refuse):
                    return entry
                entries.append(entry)
        return entries
