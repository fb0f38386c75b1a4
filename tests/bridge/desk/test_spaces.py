"""A tier finds its queue and both rooms of its issues in one place, and nowhere what has ended."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bridge.desk.rooms import space_alias
from bridge.desk.spaces import CHILD, PARENT
from bridge.ports import IssueRecord
from policies.issue import Conclusion
from policies.names import KIND_KEY, RoomId, Tier
from policies.rooms import RoomKind
from tests.bridge.desk.office import GINA, Office, user
from tests.fakes.homeserver import SERVER


def space_of(office: Office, tier: Tier) -> RoomId:
    return office.homeserver.aliases[space_alias(tier, SERVER)]


def listed(office: Office, tier: Tier) -> set[str]:
    state = office.homeserver.rooms[space_of(office, tier)].state
    return {key for (kind, key), event in state.items() if kind == CHILD and event.content}


def rooms_of(record: IssueRecord) -> set[str]:
    return {str(record.issue.guest_room), str(record.issue.staff_room)}


def parents(office: Office, room: RoomId | None) -> set[str]:
    assert room is not None
    state = office.homeserver.rooms[room].state
    return {key for (kind, key), event in state.items() if kind == PARENT and event.content}


class TestWhatIsFounded:
    @pytest.mark.parametrize("tier", Tier)
    async def test_each_tier_has_a_space_with_its_queue(self, office: Office, tier: Tier) -> None:
        space = space_of(office, tier)
        created = office.homeserver.rooms[space].state["m.room.create", ""].content
        assert (created["type"], created[KIND_KEY], created["m.federate"]) == ("m.space", RoomKind.SPACE, False)
        assert listed(office, tier) == {office.queue(tier)}
        assert parents(office, office.queue(tier)) == {space}

    async def test_its_people_and_the_supervisors_are_in_it_and_nobody_else(self, office: Office) -> None:
        assert office.joined(space_of(office, Tier.T1)) == {
            office.homeserver.bot,
            user("ada"),
            user("amy"),
            user("sam"),
            user("alex"),
        }

    async def test_founding_again_says_nothing_new(self, office: Office) -> None:
        before = len(office.events(space_of(office, Tier.T1)))
        await office.founding.found()
        assert len(office.events(space_of(office, Tier.T1))) == before


class TestIssues:
    async def test_a_claimed_issue_is_in_the_space_of_its_tier(self, office: Office) -> None:
        record = await office.claimed_issue()
        assert listed(office, Tier.T1) == {office.queue(), *rooms_of(record)}
        assert listed(office, Tier.T2) == {office.queue(Tier.T2)}

    async def test_both_sides_stand_next_to_each_other_in_the_order_of_their_numbers(self, office: Office) -> None:
        first, second = await office.claimed_issue(), await office.claimed_issue()
        state = office.homeserver.rooms[space_of(office, Tier.T1)].state
        places = {key: event.content["order"] for (kind, key), event in state.items() if kind == CHILD}
        assert sorted(places, key=lambda key: places[key]) == [
            office.queue(),
            first.issue.guest_room,
            first.issue.staff_room,
            second.issue.guest_room,
            second.issue.staff_room,
        ]

    async def test_the_guests_room_says_nothing_of_it(self, office: Office) -> None:
        record = await office.claimed_issue()
        assert parents(office, record.issue.guest_room) == set()
        assert parents(office, record.issue.staff_room) == {space_of(office, Tier.T1)}

    async def test_a_concluded_issue_leaves_the_space(self, office: Office) -> None:
        record = await office.claimed_issue()
        await office.desk.conclude(user("ada"), record.issue.id, Conclusion.RESOLVED, "")
        await office.settle()
        assert listed(office, Tier.T1) == {office.queue()}
        assert parents(office, record.issue.staff_room) == set()

    async def test_a_reopened_one_comes_back(self, office: Office) -> None:
        record = await office.claimed_issue()
        await office.desk.conclude(user("ada"), record.issue.id, Conclusion.RESOLVED, "")
        await office.desk.reopen(GINA, record.issue.id, "It fails again.")
        await office.settle()
        assert listed(office, Tier.T1) == {office.queue(), *rooms_of(record)}

    async def test_with_its_tier_it_moves_to_the_other_space(self, office: Office) -> None:
        record = await office.claimed_issue()
        async with office.place.begin() as work:
            await work.save(replace(record.issue, tier=Tier.T2))
        await office.settle()
        assert listed(office, Tier.T1) == {office.queue()}
        assert listed(office, Tier.T2) == {office.queue(Tier.T2), *rooms_of(record)}
        assert parents(office, record.issue.staff_room) == {space_of(office, Tier.T2)}
