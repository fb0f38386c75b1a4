"""What must be true after each step of a simulated day, and at its end.

each event, in the moment in which it exists ─▶ who is in its room (G3, R1, S2, G4)
each step ─▶ the issues that changed: one status, one deadline at least, one conclusion an epoch, the rooms' word
the end ─▶ nothing waits, nothing is lost, doubled, out of order, given up or forgotten
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, MutableMapping
from datetime import UTC, datetime
from typing import Any, Final

from bridge.ports import IncomingEvent, IssueRecord, Store
from bridge.simulation.homeserver import FakeHomeserver
from bridge.simulation.tally import Tally
from policies.cover import cover_of, guests_of
from policies.issue import Conclusion, Status
from policies.names import WORDS_KEY, IssueId, Role, RoomId, UserId
from policies.people import Directory
from policies.rooms import STAFF_KINDS, Membership, Room, RoomKind

_NEVER: Final = datetime(9999, 1, 1, tzinfo=UTC)
LOUD: Final = frozenset({"error", "critical", "exception"})


class Promises:
    """Looks, and keeps a list of what it saw broken."""

    def __init__(self, homeserver: FakeHomeserver, store: Store) -> None:
        self._homeserver = homeserver
        self._store = store
        self.broken: list[tuple[str, str]] = []

    def hear(self, event: IncomingEvent) -> None:
        """An event that exists now."""
        if event.type not in {"m.room.member", "m.room.create"}:
            return
        room = self._homeserver.facts(event.room_id)
        for promise in broken_in(room, self._homeserver.directory()):
            self.broken.append((promise, f"{event.room_id} after {event.event_id} of {event.sender}"))

    def read_log(self, entries: list[MutableMapping[str, Any]]) -> None:
        """What the bridge logged since it was last read: a fault that it survived is a fault."""
        for entry in entries:
            if entry.get("log_level") in LOUD:
                self.broken.append(("no fault is swallowed", str(dict(entry))))
        entries.clear()

    async def check_issues(self, changed: Iterable[IssueId]) -> list[IssueRecord]:
        """The issues that a step changed; answers them."""
        seen = []
        async with self._store.read() as tx:
            for issue_id in changed:
                record = await tx.issues.load(issue_id)
                if record is None:
                    self.broken.append(("no issue is lost", issue_id))
                    continue
                seen.append(record)
                endings = await tx.issues.endings(issue_id)
                self._check_issue(record, [ending.epoch for ending in endings])
        return seen

    def _check_issue(self, record: IssueRecord, ended: list[int]) -> None:
        issue = record.issue
        is_open, is_over = issue.status is Status.OPEN, issue.status is Status.CONCLUDED
        for promise, holds in (
            ("an open issue has an assignee, and no other has", (issue.assignee is not None) == is_open or is_over),
            ("who waits on whom is known while an issue is open", (issue.waiting_on is not None) == is_open),
            ("a concluded issue has a conclusion, and no other has", (issue.conclusion is not None) == is_over),
            ("each epoch that ended has one conclusion", ended == [*range(1, issue.epoch + is_over)]),
        ):
            if not holds:
                self.broken.append((promise, f"issue {issue.id}: {issue}"))

    async def check_deadlines(self) -> None:
        """L3: whatever is not over has a deadline, or something under way."""
        async with self._store.read() as tx:
            timed = {timer.subject for timer in await tx.timers.due(_NEVER, 1_000_000)}
            for status in (Status.QUEUED, Status.OPEN):
                for record in await tx.issues.list(status=status, limit=1_000_000):
                    if record.issue.id not in timed:
                        self.broken.append(("nothing waits for ever", f"issue {record.issue.id}, {status}"))

    async def check_end(self, tally: Tally) -> None:
        """When everybody has gone."""
        async with self._store.read() as tx:
            records = await tx.issues.list(limit=1_000_000)
            _, dead = await tx.outbox.backlog()
        for record in records:
            if record.issue.status is not Status.CONCLUDED:
                self.broken.append(("every issue ends", f"issue {record.issue.id}: {record.issue}"))
        if dead:
            self.broken.append(("nothing that was decided is given up", f"{dead} rows"))
        began = [r for r in records if r.issue.parent is None]
        if len({r.guest_id for r in began}) != len(began) or len(began) < tally.guests:
            self.broken.append(("no issue is lost or doubled", f"{len(began)} issues of {tally.guests} guests"))
        self._check_rooms(records)
        self._check_words(records, tally)

    def _check_rooms(self, records: Iterable[IssueRecord]) -> None:
        owned = {room for r in records for room in (r.issue.guest_room, r.issue.staff_room) if room is not None}
        for room_id in self._homeserver.rooms:
            kind = self._homeserver.facts(room_id).kind
            if kind in (RoomKind.GUEST, RoomKind.STAFF) and room_id not in owned:
                self.broken.append(("no room is an orphan", room_id))

    def _check_words(self, records: Iterable[IssueRecord], tally: Tally) -> None:
        """Each guest's accepted words are in their conversation once, in order, if it ever had a room."""
        heard: dict[UserId, list[str]] = defaultdict(list)
        for record in sorted(records, key=lambda r: int(r.issue.id)):
            for event in self._said(record.issue.guest_room):
                if event.sender == record.issue.guest and WORDS_KEY in event.content:
                    heard[event.sender].append(str(event.content["body"]))
        for guest, bodies in heard.items():
            doubled = [body for body, times in Counter(bodies).items() if times > 1]
            if doubled:
                self.broken.append(("no words are doubled", f"{guest}: {doubled}"))
            missing = [body for body in tally.accepted[guest] if body not in bodies]
            if missing and not self._never_placed(guest, records):
                self.broken.append(("no words are lost", f"{guest}: {missing}"))
            numbers = [int(body.rsplit(" ", 1)[1]) for body in bodies]
            if numbers != sorted(numbers):
                self.broken.append(("words keep their order", f"{guest}: {bodies}"))

    def _never_placed(self, guest: UserId, records: Iterable[IssueRecord]) -> bool:
        """Whether the guest's last epoch ended in the queue: what was said in it is read at the desk, in no room."""
        return any(
            r.issue.guest == guest and r.issue.conclusion is Conclusion.GUEST_DISENGAGED and r.issue.assignee is None
            for r in records
        )

    def _said(self, room_id: RoomId | None) -> list[IncomingEvent]:
        return [] if room_id is None else self._homeserver.messages(room_id)


def broken_in(room: Room, directory: Directory) -> list[str]:
    """The promises about who is in a room that are broken in this one."""
    guests, broken = guests_of(room, directory), []
    joined = [user for user, member in room.members.items() if member.membership is Membership.JOIN]
    if guests and not cover_of(room, directory):
        broken.append("no guest is alone (G3)")
    if room.kind is RoomKind.GUEST and any(directory.who_is(user).role is Role.ROBOT for user in joined):
        broken.append("no robot is in a guest room (R1)")
    if room.kind is RoomKind.GUEST and not room.is_group and len(guests) > 1:
        broken.append("no guest meets another (G4)")
    if room.kind in STAFF_KINDS and guests:
        broken.append("no guest is in a room of staff (S2)")
    return broken
