"""What is wrong with a running system, if anything: every invariant, looked at once (`chaperone doctor`).

    homeserver: each room's whole state, its addresses ┐
    database: people, issues, rooms, members, outbox   ┴▶ World ─▶ find_breaches ─▶ Breach(check, sentence, room, event)

Pure, over one `World`. What the outbox is still at is not held against it: an issue in the middle of a handover is not
in order yet. No guest alone, and no robot with a guest, are held against it always.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from bridge.desk.chats import LANE_OF_CHATS
from bridge.desk.cover import lane_of_search
from bridge.desk.profiles import lane_of_person
from bridge.desk.rooms import policy_alias, queue_alias, space_alias
from bridge.desk.spaces import CHILD, tier_of_space
from bridge.desk.work import lane_of_issue
from bridge.ports import DeadRow, IncomingEvent, IssueRecord, RoomRecord, Timer
from policies.cover import cover_of, guests_of
from policies.deadlines import OF_THE_ISSUE, Deadline
from policies.issue import Conclusion, Issue, Side, Status, build_issue_state
from policies.lifecycle import is_read_only
from policies.names import ISSUE_STATE, KIND_KEY, EventId, IssueId, RoomAlias, RoomId, ServerName, Tier, UserId
from policies.people import Directory, Person
from policies.permissions import may_be_in
from policies.policy_server import POLICY_STATE, PolicyServer
from policies.rooms import CHAT_KINDS, MUTED, STAFF_KINDS, STAFF_POWER, Membership, Room, RoomKind, build_power_levels

HERE = (Membership.JOIN, Membership.INVITE)
MEMBER = "m.room.member"


@dataclass(frozen=True, slots=True)
class Breach:
    """Something that must not be. `check` is a rule's name, or what was compared."""

    check: str
    sentence: str
    room: RoomId | None = None
    event: EventId | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class SeenRoom:
    """A room as the homeserver has it."""

    room_id: RoomId
    state: Mapping[tuple[str, str], IncomingEvent]
    room: Room
    aliases: Sequence[RoomAlias] = ()

    def event(self, event_type: str, state_key: str = "") -> EventId | None:
        """The event behind a piece of state."""
        found = self.state.get((event_type, state_key))
        return None if found is None else found.event_id

    def content(self, event_type: str) -> Mapping[str, object]:
        """A piece of state; empty if there is none."""
        found = self.state.get((event_type, ""))
        return {} if found is None else found.content


@dataclass(frozen=True, slots=True)
class World:
    """Everything that is looked at, read at about the same time."""

    server_name: ServerName
    rooms: Mapping[RoomId, SeenRoom]
    published: Directory
    """Who is who as the policy room says, and the doors of the homeserver with it."""
    listed: Directory
    """Who is who as the bridge's own list says."""
    issues: Mapping[IssueId, IssueRecord]
    records: Mapping[RoomId, RoomRecord]
    members: Mapping[RoomId, Mapping[UserId, Membership]]
    policy_server: PolicyServer | None
    chats: Collection[RoomId] = ()
    """The rooms of chats that were opened through the bridge."""
    dead: Sequence[DeadRow] = ()
    overdue: Sequence[Timer] = ()
    deadlines: Mapping[str, frozenset[Deadline]] = field(default_factory=dict)
    """What is set, by what it is about."""
    under_way: frozenset[str] = frozenset()
    """The lanes of the outbox that have something left to do."""

    def is_at_work_on(self, issue_id: IssueId) -> bool:
        """Whether what follows from something is still being done to an issue."""
        return not self.under_way.isdisjoint({lane_of_issue(issue_id), lane_of_search(issue_id)})

    def is_at_work_on_person(self, user_id: UserId) -> bool:
        """The same of a person."""
        return lane_of_person(user_id) in self.under_way


def find_breaches(world: World) -> list[Breach]:
    """All of them, in the order of the checks."""
    checks = (
        *(check(world, seen) for seen in world.rooms.values() for check in OF_EACH_ROOM),
        *(_check_issue(world, record.issue) for record in world.issues.values()),
        _check_directory(world),
        _check_spaces(world),
        _check_orphans(world),
        _check_rows(world),
    )
    return [breach for found in checks for breach in found]


def _check_people(world: World, seen: SeenRoom) -> Iterator[Breach]:
    """G3, G4, R1, S2: who is where."""
    room, directory = seen.room, world.published
    guests = guests_of(room, directory)
    if guests and not cover_of(room, directory):
        for guest in sorted(guests):
            yield Breach("G3", f"{guest} is here without cover.", seen.room_id, seen.event(MEMBER, guest))
    if len(guests) > 1 and room.kind is not RoomKind.LOUNGE and not room.is_group:
        yield Breach("G4", f"Guests meet in a room for one: {', '.join(sorted(guests))}.", seen.room_id)
    for user_id, member in room.members.items():
        if member.membership not in HERE or world.is_at_work_on_person(user_id):
            continue
        verdict = may_be_in(directory.who_is(user_id), room)
        if not verdict and room.kind is not RoomKind.OTHER:
            rule = getattr(verdict, "rule", "S2")
            is_here = "is here" if member.membership is Membership.JOIN else "is invited here"
            yield Breach(str(rule), f"{user_id} {is_here}.", seen.room_id, seen.event(MEMBER, user_id))


def _check_settings(world: World, seen: SeenRoom) -> Iterator[Breach]:
    """S2, F1: history visibility, power levels, federation, encryption."""
    kind = seen.room.kind
    if kind is RoomKind.OTHER:
        return
    for event_type, key, expected in (
        ("m.room.history_visibility", "history_visibility", "shared" if kind in STAFF_KINDS else "joined"),
        ("m.room.join_rules", "join_rule", "invite"),
        ("m.room.guest_access", "guest_access", "forbidden"),
    ):
        found = seen.content(event_type).get(key)
        if found != expected:
            sentence = f"{key} is {found}, and should be {expected}."
            yield Breach("settings", sentence, seen.room_id, seen.event(event_type))
    if seen.event("m.room.encryption") is not None:
        yield Breach("settings", "The room is encrypted.", seen.room_id, seen.event("m.room.encryption"))
    yield from _check_power(world, seen)
    if kind in STAFF_KINDS and seen.room.is_federated:
        yield Breach("S2", "Other servers can see this room.", seen.room_id, seen.event("m.room.create"))
    elif kind is RoomKind.GUEST and seen.room.is_federated and seen.room.policy_server is None:
        yield Breach("F1", "Other servers can see this room, and do not ask ours.", seen.room_id)
    elif kind is RoomKind.GUEST and seen.room.policy_server not in (None, world.policy_server):
        yield Breach(
            "F1",
            "The room names a policy server that is not the present one.",
            seen.room_id,
            seen.event(POLICY_STATE),
        )


def _check_power(world: World, seen: SeenRoom) -> Iterator[Breach]:
    event = seen.event("m.room.power_levels")
    levels = dict(seen.content("m.room.power_levels"))
    users = levels.pop("users", {})
    expected = build_power_levels(seen.room.kind, ())
    if seen.room.kind is RoomKind.POLICY:
        expected["events_default"] = 100
    expected.pop("users")
    for key in expected:  # Synapse adds some of its own
        if levels.get(key) != expected[key]:
            yield Breach("settings", f"The power level “{key}” is not what we set.", seen.room_id, event)
    for user_id, level in users.items() if isinstance(users, Mapping) else ():
        person = world.published.who_is(user_id)
        if seen.room.membership_of(user_id) not in HERE or not isinstance(level, int):
            continue
        if level > (STAFF_POWER if person.is_staff else 0) and not world.is_at_work_on_person(user_id):
            yield Breach("G1", f"{user_id} has power {level} here.", seen.room_id, event)


def _check_projection(world: World, seen: SeenRoom) -> Iterator[Breach]:
    """The bridge knows the room, and who is in it, as it is."""
    record, issue_id = world.records.get(seen.room_id), None
    if seen.room.kind is RoomKind.OTHER:
        return
    if record is None:
        yield Breach("projection", f"The bridge does not know this {seen.room.kind} room.", seen.room_id)
        return
    if record.kind is not seen.room.kind:
        created = seen.content("m.room.create").get(KIND_KEY)
        yield Breach("projection", f"The bridge takes this {created} room for a {record.kind} room.", seen.room_id)
    issue_id = record.issue_id
    if issue_id is not None and world.is_at_work_on(issue_id):
        return
    known = world.members.get(seen.room_id, {})
    for user_id in sorted({*known, *seen.room.members}):
        here, there = known.get(user_id, Membership.LEAVE), seen.room.membership_of(user_id)
        if here is not there and not world.is_at_work_on_person(user_id):
            sentence = f"{user_id}: {there} in the room, {here} as the bridge knows it."
            yield Breach("projection", sentence, seen.room_id, seen.event(MEMBER, user_id))


OF_EACH_ROOM = (_check_people, _check_settings, _check_projection)


def _check_issue(world: World, issue: Issue) -> Iterator[Breach]:
    """L1: an open issue has an assignee in both rooms, a queued one has nobody; the rooms say what it is."""
    if world.is_at_work_on(issue.id):
        return
    rooms = {side: world.rooms.get(room) for side, room in _rooms_of(issue).items() if room is not None}
    for side, room_id in _rooms_of(issue).items():
        if room_id is not None and rooms.get(side) is None:
            yield Breach("orphan", f"The bridge is not in the {side} room of issue {issue.id}.", room_id)
    if issue.status is Status.OPEN:
        if issue.assignee is None:
            yield Breach("L1", f"Issue {issue.id} is open, and nobody's.")
        for side in Side:
            seen = rooms.get(side)
            if seen is None or (
                issue.assignee is not None and seen.room.membership_of(issue.assignee) is not Membership.JOIN
            ):
                where = None if seen is None else seen.room_id
                yield Breach("L1", f"Issue {issue.id}: {issue.assignee} is not in its {side} room.", where)
    yield from _check_line(world, issue)
    if issue.status is not Status.CONCLUDED and not world.deadlines.get(issue.id, frozenset()) & WAITING:
        yield Breach("L3", f"Issue {issue.id} is {issue.status}, and may wait for ever: it has no deadline.")
    if issue.status is Status.QUEUED and issue.assignee is not None:
        yield Breach("L1", f"Issue {issue.id} is queued, and {issue.assignee}'s.")
    for side, seen in rooms.items():
        if seen is not None:
            yield from _check_issue_state(issue, side, seen)


WAITING = OF_THE_ISSUE - {Deadline.CLEARING} | {Deadline.COVER}


def _check_line(world: World, issue: Issue) -> Iterator[Breach]:
    """L2: what was escalated to a new room is one conversation, and each of its issues knows the next."""
    child = None if issue.child is None else world.issues.get(issue.child)
    if issue.child is not None and (child is None or child.issue.parent != issue.id):
        yield Breach("L2", f"Issue {issue.id} goes on in issue {issue.child}, which does not know of it.")
    if (issue.conclusion is Conclusion.ESCALATED) is not (issue.child is not None):
        yield Breach(
            "L2", f"Issue {issue.id} was concluded as {issue.conclusion}, and goes on in {issue.child or 'no other'}."
        )


def _check_issue_state(issue: Issue, side: Side, seen: SeenRoom) -> Iterator[Breach]:
    event = seen.event(ISSUE_STATE)
    expected = build_issue_state(issue, side)
    written = seen.content(ISSUE_STATE)
    for key in sorted(expected.keys() | written.keys()):
        if written.get(key) != expected.get(key):
            sentence = f"Issue {issue.id}: the {side} room says {key} is {written.get(key)}, not {expected.get(key)}."
            yield Breach("state", sentence, seen.room_id, event)
    if side is not Side.GUEST:
        return
    users = seen.content("m.room.power_levels").get("users", {})
    for guest in issue.everyone:
        is_muted = isinstance(users, Mapping) and users.get(guest) == MUTED
        is_there = seen.room.membership_of(guest) is Membership.JOIN
        if is_there and is_muted is not is_read_only(issue.status, issue.conclusion):
            sentence = f"Issue {issue.id} is {issue.status}, and {guest} {'may not' if is_muted else 'may'} write."
            yield Breach("state", sentence, seen.room_id, seen.event("m.room.power_levels"))


def _rooms_of(issue: Issue) -> Mapping[Side, RoomId | None]:
    return {Side.GUEST: issue.guest_room, Side.STAFF: issue.staff_room}


def _check_spaces(world: World) -> Iterator[Breach]:
    """The rooms of an issue that has not ended are in the space of its tier, and in no other."""
    homes = {
        room_id: tier_of_space(record.issue)
        for record in world.issues.values()
        for room_id in _rooms_of(record.issue).values()
        if room_id is not None and not world.is_at_work_on(record.issue.id)
    }
    for tier in Tier:
        alias = space_alias(tier, world.server_name)
        space = next((seen for seen in world.rooms.values() if alias in seen.aliases), None)
        if space is None:
            continue  # told of by `_check_orphans`
        listed = {RoomId(key) for (kind, key), event in space.state.items() if kind == CHILD and event.content}
        for room_id, home in homes.items():
            if (home is tier) is not (room_id in listed):
                sentence = f"{room_id} is {'not ' if home is tier else ''}listed in the space of {tier}."
                yield Breach("space", sentence, space.room_id, space.event(CHILD, room_id))


def _check_directory(world: World) -> Iterator[Breach]:
    """S2: who is who is the same in the policy room and in the bridge's list."""
    policy_room = next((s.room_id for s in world.rooms.values() if s.room.kind is RoomKind.POLICY), None)
    people = world.published.people, world.listed.people
    for user_id in sorted({*people[0], *people[1]}):
        published, listed = (directory.get(user_id) for directory in people)
        if published != listed and not world.is_at_work_on_person(user_id):
            sentence = f"{user_id} is {_describe(published)} in the policy room, and {_describe(listed)} on the list."
            yield Breach("directory", sentence, policy_room)


def _describe(person: Person | None) -> str:
    if person is None:
        return "nobody"
    return " ".join(str(part) for part in (person.standing, person.tier, person.audience, person.role) if part)


def _check_orphans(world: World) -> Iterator[Breach]:
    """Rooms that belong to nothing, and addresses that were only for the making of a room."""
    ours = {room for record in world.issues.values() for room in _rooms_of(record.issue).values()}
    fixed = {policy_alias(world.server_name): RoomKind.POLICY}
    may_be_in_the_making = any(lane.startswith("issue:") for lane in world.under_way)
    chat_under_way = any(lane.startswith(LANE_OF_CHATS) for lane in world.under_way)
    fixed |= {queue_alias(tier, world.server_name): RoomKind.QUEUE for tier in Tier}
    fixed |= {space_alias(tier, world.server_name): RoomKind.SPACE for tier in Tier}
    for seen in world.rooms.values():
        record = world.records.get(seen.room_id)
        is_under_way = record is not None and record.issue_id is not None and world.is_at_work_on(record.issue_id)
        is_stray = seen.room.kind in (RoomKind.GUEST, RoomKind.STAFF) and seen.room_id not in ours
        if is_stray and not may_be_in_the_making:
            yield Breach("orphan", f"This {seen.room.kind} room belongs to no issue.", seen.room_id)
        is_chat = seen.room.kind in CHAT_KINDS
        if is_chat and seen.room_id not in world.chats and not chat_under_way:
            yield Breach("orphan", f"This {seen.room.kind} room belongs to no chat.", seen.room_id)
        is_under_way = is_under_way or (is_chat and chat_under_way)
        for alias in seen.aliases:
            if alias not in fixed and seen.room.kind is not RoomKind.OTHER and not is_under_way:
                yield Breach("orphan", f"{alias} was for the making of this room only.", seen.room_id)
    for alias, kind in fixed.items():
        holders = [seen for seen in world.rooms.values() if alias in seen.aliases and seen.room.kind is kind]
        if len(holders) != 1:
            yield Breach("orphan", f"{alias} leads to no {kind} room of ours.")


def _check_rows(world: World) -> Iterator[Breach]:
    """What was given up, and deadlines that passed unnoticed (L3)."""
    for row in world.dead:
        yield Breach("outbox", f"Row {row.id} ({row.kind}, {row.lane}) was given up: {row.error}.")
    for timer in world.overdue:
        yield Breach(
            "L3", f"A deadline passed at {timer.due_at:%Y-%m-%d %H:%M:%S} UTC: {timer.kind} of {timer.subject}."
        )
