"""Accounts are closed and rooms shut down only where no guest is left alone by it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from urllib.parse import quote

import pytest

from policies.rooms import RoomKind
from tests.homeserver.house import Answer, House, Someone
from tests.homeserver.root import administrate
from tests.homeserver.test_event_check import reports_of
from tests.homeserver.test_policy_module import is_refused
from tests.until import until

pytestmark = pytest.mark.e2e

Ending = Callable[[House, Someone, Someone], Awaitable[Answer]]


async def _deactivate(house: House, root: Someone, who: Someone) -> Answer:
    return await administrate(house, root, "POST", f"/v1/deactivate/{quote(who.user_id)}", {"erase": False})


async def _erase(house: House, root: Someone, who: Someone) -> Answer:
    return await administrate(house, root, "POST", f"/v1/deactivate/{quote(who.user_id)}", {"erase": True})


async def _edit(house: House, root: Someone, who: Someone) -> Answer:
    return await administrate(house, root, "PUT", f"/v2/users/{quote(who.user_id)}", {"deactivated": True})


ENDINGS: dict[str, Ending] = {"deactivated": _deactivate, "erased": _erase, "edited": _edit}


@pytest.mark.parametrize("ending", ENDINGS)
class TestAccounts:
    async def test_the_last_cover_stays(self, house: House, root: Someone, gina: Someone, ending: str) -> None:
        dora = await house.person(f"dora-{ending}")
        room = await house.make_room(RoomKind.GUEST, [dora], gina)
        refused = await ENDINGS[ending](house, root, dora)
        assert is_refused(refused, "CHAPERONE_GUEST_ALONE")
        assert (await dora.say(room, "still here")).status == 200
        assert await until(lambda: reports_of(house, room)) == [
            {
                "room": room,
                "actor": root.user_id,
                "rule": "G3",
                "code": "CHAPERONE_GUEST_ALONE",
                "target": dora.user_id,
            }
        ]

    async def test_whoever_is_not_the_last_goes_and_is_out_of_the_room(
        self, house: House, root: Someone, ada: Someone, gina: Someone, ending: str
    ) -> None:
        emil = await house.person(f"emil-{ending}")
        room = await house.make_room(RoomKind.GUEST, [emil, ada], gina)
        assert (await ENDINGS[ending](house, root, emil)).status == 200

        async def is_out() -> bool:
            return not await house.is_joined(room, emil)

        await until(is_out)
        assert is_refused(await ada.leave(room), "CHAPERONE_GUEST_ALONE")


class TestWhoseAccountIsClosed:
    async def test_a_guests_own_account_may_always_be_closed(self, house: House, root: Someone, ada: Someone) -> None:
        frida = await house.stranger("frida")
        await house.make_room(RoomKind.GUEST, [ada], frida)
        assert (await _deactivate(house, root, frida)).status == 200

    async def test_the_bridges_own_never(self, house: House, root: Someone) -> None:
        itself = {"type": "m.login.application_service", "username": "chaperone", "inhibit_login": True}
        made = await house.bot.call("POST", "/register", itself)
        assert made.status == 200 or made.body["errcode"] == "M_USER_IN_USE"
        assert is_refused(await _deactivate(house, root, house.bot), "CHAPERONE_NOT_PERMITTED")

    @pytest.mark.parametrize("how", ["locked", "suspended"])
    async def test_an_employee_whom_synapse_has_shut_out_is_no_cover(
        self, house: House, root: Someone, ada: Someone, gina: Someone, how: str
    ) -> None:
        """No hook is asked about it; so from then on others stay because of the guest, and this one may go."""
        gone = await house.person(f"shut-out-{how}")
        room = await house.make_room(RoomKind.GUEST, [gone, ada], gina)
        if how == "locked":
            shut_out = await administrate(house, root, "PUT", f"/v2/users/{quote(gone.user_id)}", {"locked": True})
        else:
            shut_out = await administrate(house, root, "PUT", f"/v1/suspend/{quote(gone.user_id)}", {"suspend": True})
        assert shut_out.status in {200, 201}, shut_out
        assert is_refused(await ada.leave(room), "CHAPERONE_GUEST_ALONE")
        removed = await house.bot.call("POST", f"/rooms/{quote(room)}/kick", {"user_id": gone.user_id})
        assert removed.status == 200, removed


class TestRooms:
    @pytest.mark.parametrize("version", ["v1", "v2"])
    @pytest.mark.parametrize("purge", [True, False])
    async def test_a_room_with_a_guest_is_neither_shut_down_nor_purged(
        self, house: House, root: Someone, ada: Someone, gina: Someone, version: str, purge: bool
    ) -> None:
        room = await house.make_room(RoomKind.GUEST, [ada], gina)
        refused = await administrate(
            house, root, "DELETE", f"/{version}/rooms/{quote(room)}", {"purge": purge, "force_purge": purge}
        )
        assert is_refused(refused, "CHAPERONE_GUEST_ALONE")
        assert (await gina.say(room)).status == 200
        assert await house.is_joined(room, ada)

    async def test_a_room_whose_guest_was_taken_out_is_purged(
        self, house: House, root: Someone, ada: Someone, gina: Someone
    ) -> None:
        room = await house.make_room(RoomKind.GUEST, [ada], gina)
        assert (await gina.leave(room)).status == 200
        begun = await administrate(house, root, "DELETE", f"/v2/rooms/{quote(room)}", {"purge": True})
        assert begun.status == 200, begun

        async def status() -> bool:
            path = f"/v2/rooms/delete_status/{begun.body['delete_id']}"
            return bool((await administrate(house, root, "GET", path)).body["status"] == "complete")

        await until(status)

    async def test_the_policy_room_stays(self, house: House, root: Someone) -> None:
        refused = await administrate(house, root, "DELETE", f"/v2/rooms/{quote(house.policy_room)}", {})
        assert is_refused(refused, "CHAPERONE_NOT_PERMITTED")


class TestAtTheSameMoment:
    async def test_of_an_account_that_closes_and_a_colleague_who_leaves_one_stays(
        self, house: House, root: Someone, ada: Someone, gina: Someone
    ) -> None:
        for number in range(6):
            goer = await house.person(f"goer-{number}")
            room = await house.make_room(RoomKind.GUEST, [goer, ada], gina)
            closed, left = await asyncio.gather(_deactivate(house, root, goer), ada.leave(room))
            assert sorted([closed.status, left.status]) == [200, 403], (closed, left)
