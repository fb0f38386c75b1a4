"""Nobody's guest stays alone when the directory says that they are no cover any more."""

from __future__ import annotations

import asyncio

import pytest

from policies.names import PERSON_STATE, Audience, Role, RoomId, Standing, Tier
from policies.people import Person
from policies.rooms import RoomKind
from tests.homeserver.house import House, Someone
from tests.homeserver.test_event_check import room_of_their_own
from tests.homeserver.test_races import joined

pytestmark = pytest.mark.e2e


async def perform_suspension(house: House, who: Someone) -> None:
    await house.suspend(who)


async def perform_promotion(house: House, who: Someone) -> None:
    """Admins are nobody's cover."""
    await house.list_person(Person(who.user_id, Role.ADMIN))


async def perform_removal(house: House, who: Someone) -> None:
    written = await house.bot.set_state(house.policy_room, PERSON_STATE, f"user:{who.user_id}", {})
    assert written.status == 200, written


WAYS = {"suspended": perform_suspension, "made an admin": perform_promotion, "taken off the list": perform_removal}


@pytest.mark.parametrize("way", WAYS)
class TestWhoeverCeasesToBeCover:
    async def test_their_guests_are_out_before_it_is_said(self, house: House, way: str) -> None:
        lena = await house.person(f"lena-{[*WAYS].index(way)}")
        kim = await house.ghost("kim")
        own = await room_of_their_own(lena, kim)
        ours = await house.make_room(RoomKind.GUEST, [lena], kim)
        await WAYS[way](house, lena)
        for room in (own, ours):
            assert kim.user_id not in await _who_is_in(house, lena, room)

    async def test_guests_with_somebody_else_stay(self, house: House, ada: Someone, way: str) -> None:
        mona = await house.person(f"mona-{[*WAYS].index(way)}")
        kim = await house.ghost("kim")
        room = await house.make_room(RoomKind.GUEST, [mona, ada], kim)
        await WAYS[way](house, mona)
        assert kim.user_id in await joined(house, room)
        assert (await ada.leave(room)).status == 403

    async def test_of_them_and_a_colleague_who_leaves_at_once_the_colleague_stays_or_the_guest_is_out(
        self, house: House, ada: Someone, way: str
    ) -> None:
        kim = await house.ghost("kim")
        for number in range(4):
            nick = await house.person(f"nick-{number}-{[*WAYS].index(way)}")
            room = await house.make_room(RoomKind.GUEST, [nick, ada], kim)
            _, left = await asyncio.gather(WAYS[way](house, nick), ada.leave(room))
            present = await joined(house, room)
            assert (kim.user_id in present) == (left.status == 403)
            assert (ada.user_id in present) == (left.status == 403)


class TestWhoeverStaysCover:
    async def test_nothing_happens_to_their_guests(self, house: House) -> None:
        olga, kim = await house.person("olga"), await house.ghost("kim")
        room = await house.make_room(RoomKind.GUEST, [olga], kim)
        await house.list_person(Person(olga.user_id, Role.EMPLOYEE, Tier.T3))
        await house.list_person(Person(olga.user_id, Role.SUPERVISOR))
        assert kim.user_id in await joined(house, room)

    async def test_whoever_is_back_at_once_is_cover_at_once(self, house: House) -> None:
        petra, kim = await house.person("petra"), await house.ghost("kim")
        room = await house.make_room(RoomKind.GUEST, [petra])
        await house.suspend(petra)
        await house.list_person(Person(petra.user_id, Role.EMPLOYEE, Tier.T1))
        await house.bring_in_guest(room, kim)

    async def test_an_entry_in_another_room_says_nothing(self, house: House, ada: Someone) -> None:
        kim = await house.ghost("kim")
        room = await house.make_room(RoomKind.GUEST, [ada], kim)
        elsewhere = await house.make_room(RoomKind.STAFF, [ada])
        gone = {"user_id": ada.user_id, "role": "employee", "status": Standing.SUSPENDED.value}
        assert (await house.bot.set_state(elsewhere, PERSON_STATE, f"user:{ada.user_id}", gone)).status == 200
        assert kim.user_id in await joined(house, room)

    async def test_robots_have_no_guests(self, house: House, ada: Someone) -> None:
        robot = await house.robot("istackbuddy.fsid.jokes")
        await house.list_person(Person(robot.user_id, Role.ROBOT, None, Standing.SUSPENDED, Audience.STAFF))
        await house.list_person(Person(robot.user_id, Role.ROBOT, audience=Audience.STAFF))


async def _who_is_in(house: House, owner: Someone, room: RoomId) -> set[str]:
    """The bot is not in every room."""
    try:
        return await joined(house, room)
    except AssertionError:
        return {user for user, membership in (await owner.members(room)).items() if membership == "join"}
