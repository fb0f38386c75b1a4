"""A room is read no further than a rule looks, and the verdict is the same as if all of it had been read."""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, Final, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from homeserver.closed_accounts import ClosedAccounts
from homeserver.room_states import FACTS, Key, NotRead, PartOfState, RoomStates
from policies.issue import Issue, Side, Status, build_issue_state
from policies.names import ISSUE_STATE, KIND_KEY, Audience, EventId, IssueId, Role, RoomId, ServerName, Tier, UserId
from policies.people import Directory, Person
from policies.permissions import Draft, may_send
from policies.rooms import Membership, RoomKind, parse_room

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # Twisted deprecates what Synapse imports of it
    from synapse.events.snapshot import EventContext

    from homeserver.drafts import Drafts
    from homeserver.event_check import EventCheck

BOT, ADA, BEN, ROBOT = UserId("@chaperone:a"), UserId("@ada:a"), UserId("@ben:a"), UserId("@robot:a")
GINA, HUGO, BOB = UserId("@guest-gina:a"), UserId("@guest-hugo:a"), UserId("@bob:b")
EVERYBODY = [BOT, ADA, BEN, ROBOT, GINA, HUGO, BOB]
ROOM = RoomId("!room")
DIRECTORY = Directory(
    BOT,
    ServerName("a"),
    {
        ADA: Person(ADA, Role.EMPLOYEE, Tier.T1),
        BEN: Person(BEN, Role.SUPERVISOR),
        ROBOT: Person(ROBOT, Role.ROBOT, audience=Audience.STAFF),
    },
)


@dataclass(frozen=True)
class Stored:
    sender: str
    content: Mapping[str, Any]


@dataclass
class FakeReader:
    """One room, as it is now and as it was before an event; counts which events are read."""

    state: dict[Key, Stored] = field(default_factory=dict)
    before: dict[Key, Stored] | None = None
    read: list[str] = field(default_factory=list)

    async def current_state_ids(self, room_id: RoomId, keys: Collection[Key] | None = None) -> Mapping[Key, str]:
        return {key: f"now {key}" for key in self.state}

    async def state_ids_before(self, context: Any, keys: Collection[Key] | None) -> Mapping[Key, str]:
        return {key: f"before {key}" for key in self._before if keys is None or key in keys}

    async def events(self, event_ids: Collection[EventId]) -> Mapping[str, Any]:
        self.read += event_ids
        known = {f"now {key}": event for key, event in self.state.items()}
        known |= {f"before {key}": event for key, event in self._before.items()}
        return {event_id: known[event_id] for event_id in event_ids if event_id in known}

    @property
    def _before(self) -> dict[Key, Stored]:
        return self.state if self.before is None else self.before


_groups = itertools.count(1)


def build_context(full: Mapping[Key, str] | None = None) -> Any:
    return SimpleNamespace(state_group_before_event=next(_groups), state_map_before_event=full)


def build_state(
    kind: RoomKind, members: Mapping[UserId, Membership], status: Status = Status.OPEN
) -> dict[Key, Stored]:
    issue = Issue(IssueId("1"), "a subject", GINA, status, Tier.T1, assignee=ADA)
    return {
        ("m.room.create", ""): Stored(BOT, {KIND_KEY: kind.value}),
        (ISSUE_STATE, ""): Stored(BOT, build_issue_state(issue, Side.GUEST)),
        **{("m.room.member", user_id): Stored(BOT, {"membership": m.value}) for user_id, m in members.items()},
    }


@pytest.fixture
def reader() -> FakeReader:
    return FakeReader(build_state(RoomKind.GUEST, dict.fromkeys(EVERYBODY, Membership.JOIN)))


@pytest.fixture
def rooms(reader: FakeReader) -> RoomStates:
    return RoomStates(reader, BOT)


class TestFacts:
    async def test_they_are_read_once_for_a_state_that_does_not_change(
        self, rooms: RoomStates, reader: FakeReader
    ) -> None:
        context = build_context()
        assert rooms.recall_facts(context) is None
        facts = await rooms.load_facts(context)
        assert (facts.room.kind, rooms.recall_facts(context)) == (RoomKind.GUEST, facts)
        assert set(reader.read) <= {f"before {key}" for key in FACTS}

    async def test_another_state_is_read_anew(self, rooms: RoomStates, reader: FakeReader) -> None:
        await rooms.load_facts(build_context())
        reader.state = build_state(RoomKind.GUEST, {}, Status.QUEUED)
        facts = await rooms.load_facts(build_context())
        assert facts.room.issue is not None
        assert facts.room.issue.status is Status.QUEUED

    async def test_a_state_given_in_full_is_not_taken_for_the_one_whose_number_stands_beside_it(
        self, rooms: RoomStates, reader: FakeReader
    ) -> None:
        """In createRoom many events carry the number of the state that the first of them built on."""
        context = build_context(full={("m.room.create", ""): "$1"})
        await rooms.load_facts(context)
        assert rooms.recall_facts(context) is None
        assert rooms.recall_facts(SimpleNamespace(**{**vars(context), "state_map_before_event": None})) is None

    async def test_an_event_that_builds_on_nothing_is_of_a_room_of_which_nothing_is_known(
        self, rooms: RoomStates, reader: FakeReader
    ) -> None:
        """Synapse's context of it does not even say that there is no state."""
        reader.before = {}
        facts = await rooms.load_facts(EventContext.for_outlier(cast(Any, None)))
        assert facts.room.kind is RoomKind.OTHER

    async def test_nobody_in_the_room_can_be_overlooked_in_them(self, rooms: RoomStates) -> None:
        facts = await rooms.load_facts(build_context())
        with pytest.raises(NotRead):
            facts.room.membership_of(GINA)
        with pytest.raises(NotRead):
            list(facts.room.joined())

    async def test_no_more_than_some_are_remembered(self, rooms: RoomStates, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("homeserver.room_states.REMEMBERED", 2)
        contexts = [build_context() for _ in range(3)]
        for context in contexts:
            await rooms.load_facts(context)
        assert [rooms.recall_facts(context) is not None for context in contexts] == [False, True, True]


class TestAsking:
    async def test_only_those_are_read_who_are_named(self, rooms: RoomStates, reader: FakeReader) -> None:
        assert await rooms.ask_now(ROOM, [ADA], lambda room: room.membership_of(ADA)) is Membership.JOIN
        assert f"now {('m.room.member', GINA)}" not in reader.read

    async def test_a_rule_that_looks_further_gets_to_see_everybody(self, rooms: RoomStates) -> None:
        assert set(await rooms.ask_now(ROOM, [ADA], lambda room: [*room.joined()])) == set(EVERYBODY)
        assert set(await rooms.ask_before(build_context(), [], lambda room: [*room.joined()])) == set(EVERYBODY)

    async def test_somebody_named_whom_the_room_never_heard_of_has_left(self, rooms: RoomStates) -> None:
        stranger = UserId("@stranger:a")
        assert await rooms.ask_now(ROOM, [stranger], lambda room: room.membership_of(stranger)) is Membership.LEAVE

    def test_a_part_of_the_state_has_no_size(self) -> None:
        part = PartOfState({}, [("m.room.create", "")])
        assert part.get(("m.room.create", "")) is None
        with pytest.raises(NotRead):
            len(part)
        with pytest.raises(NotRead):
            part.get(("m.room.topic", ""))


class Accounts:
    """Nobody's account is closed."""

    async def get_userinfo_by_id(self, user_id: str) -> Any:
        return SimpleNamespace(is_deactivated=False, locked=False, suspended=False)

    def get_current_time_msec(self) -> int:
        return 0


def build_check(reader: FakeReader) -> EventCheck:
    return EventCheck(RoomStates(reader, BOT), Drafts(reader), ClosedAccounts(Accounts()))


def build_event(draft: Draft, parents: int) -> Any:
    return SimpleNamespace(
        type=draft.type,
        sender=draft.sender,
        content=draft.content,
        room_id=ROOM,
        get_state_key=lambda: draft.state_key,
        prev_event_ids=lambda: ["$"] * parents,
    )


_people = st.sampled_from(EVERYBODY)
_kinds = st.sampled_from([*RoomKind])
_members = st.dictionaries(_people, st.sampled_from([*Membership]))
_memberships = st.builds(
    Draft,
    type=st.just("m.room.member"),
    sender=_people,
    content=st.fixed_dictionaries({"membership": st.sampled_from([*[m.value for m in Membership], "nonsense"])}),
    state_key=_people,
)
_others = st.builds(
    Draft,
    type=st.sampled_from(["m.room.message", "m.room.topic", "m.room.power_levels", "m.reaction", ISSUE_STATE]),
    sender=_people,
    content=st.sampled_from([{"body": "!ask robot"}, {"body": "hello"}, {"users_default": 50}, {}]),
    state_key=st.sampled_from([None, ""]),
)


@settings(max_examples=400, deadline=None)
@given(_kinds, _members, st.one_of(_memberships, _others), st.sampled_from([1, 10]))
async def test_the_verdict_is_that_of_the_whole_state(
    kind: RoomKind, members: dict[UserId, Membership], draft: Draft, parents: int
) -> None:
    state = build_state(kind, members)
    expected = may_send(draft, parse_room(cast(Any, state), BOT), DIRECTORY)
    check = build_check(FakeReader(state))
    assert await check.may_happen(build_event(draft, parents), build_context(), DIRECTORY) == expected


class TestLooseEnds:
    """Synapse lets an event build on ten others at most; a leave may be among those that it leaves out."""

    BEFORE: Final = dict.fromkeys((ADA, BEN, GINA), Membership.JOIN)
    NOW: Final = {**BEFORE, ADA: Membership.LEAVE}

    async def may_ben_leave(self, now: Mapping[UserId, Membership], parents: int) -> bool:
        reader = FakeReader(build_state(RoomKind.GUEST, now), build_state(RoomKind.GUEST, self.BEFORE))
        draft = Draft("m.room.member", BEN, {"membership": "leave"}, BEN)
        return bool(await build_check(reader).may_happen(build_event(draft, parents), build_context(), DIRECTORY))

    async def test_a_leave_that_was_left_out_counts(self) -> None:
        assert await self.may_ben_leave(self.BEFORE, parents=10)
        assert not await self.may_ben_leave(self.NOW, parents=10)

    async def test_an_event_that_builds_on_everything_is_judged_by_that(self) -> None:
        assert await self.may_ben_leave(self.NOW, parents=9)
