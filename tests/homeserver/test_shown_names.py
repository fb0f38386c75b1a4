"""Guests are marked as guests, and look like nobody who works here (rule G5)."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from policies.rooms import RoomKind
from tests.homeserver.house import Answer, House, Someone
from tests.homeserver.root import administrate
from tests.homeserver.test_policy_module import is_refused
from tests.until import until

pytestmark = pytest.mark.e2e


async def rename(who: Someone, name: str) -> Answer:
    return await who.call("PUT", f"/profile/{quote(who.user_id)}/displayname", {"displayname": name})


async def name_of(who: Someone) -> str:
    return str((await who.done("GET", f"/profile/{quote(who.user_id)}")).get("displayname", ""))


@pytest.fixture(params=["ghost", "with an account here"])
async def guest(house: House, request: pytest.FixtureRequest) -> Someone:
    return await house.ghost("namely") if request.param == "ghost" else await house.stranger("namely")


class TestWhatIsRefused:
    @pytest.mark.parametrize(
        ("name", "code"),
        [
            ("Nora", "CHAPERONE_BRIDGE_WRITES_THIS"),
            ("Ada", "CHAPERONE_BRIDGE_WRITES_THIS"),
            ("Ada (guest)", "CHAPERONE_NOT_YOUR_NAME"),
            ("АDА (guest)", "CHAPERONE_NOT_YOUR_NAME"),
            ("Support (guest)", "CHAPERONE_NOT_YOUR_NAME"),
            ("iStackBuddy.forms.diagnostics (guest)", "CHAPERONE_NOT_YOUR_NAME"),
        ],
    )
    async def test_a_name_without_the_mark_or_of_somebody_else(
        self, house: House, ada: Someone, guest: Someone, name: str, code: str
    ) -> None:
        await house.robot("istackbuddy.forms.diagnostics")
        await rename(guest, "Nora (guest)")
        assert is_refused(await rename(guest, name), code)
        assert await name_of(guest) == "Nora (guest)"

    async def test_an_administrator_of_synapse_does_not_name_them_either(
        self, house: House, ada: Someone, root: Someone
    ) -> None:
        stranger = await house.stranger("named")
        path = f"/v2/users/{quote(stranger.user_id)}"
        refused = await administrate(house, root, "PUT", path, {"displayname": "Ada"})
        assert is_refused(refused, "CHAPERONE_BRIDGE_WRITES_THIS")


class TestWhatIsAllowed:
    async def test_a_marked_name_reaches_the_rooms(self, house: House, ada: Someone, guest: Someone) -> None:
        room = await house.make_room(RoomKind.GUEST, [ada], guest)
        assert (await rename(guest, "Odile (guest)")).status == 200

        async def shown() -> bool:
            member = await ada.done("GET", f"/rooms/{quote(room)}/state/m.room.member/{quote(guest.user_id)}")
            return bool(member.get("displayname") == "Odile (guest)")

        await until(shown)

    async def test_employees_are_called_what_they_want(self, house: House) -> None:
        erin = await house.person("erin")
        assert (await rename(erin, "Erin from support")).status == 200


class TestWhatIsRepaired:
    async def test_a_name_that_was_set_past_the_door(self, house: House, ada: Someone) -> None:
        stranger = await house.stranger("past")
        assert (await house.keep_account(stranger.user_id, display_name="Ada")).status == 200

        async def repaired() -> bool:
            return await name_of(stranger) == "Guest (guest)"

        await until(repaired)
        assert (await house.keep_account(stranger.user_id, display_name="Paula")).status == 200

        async def marked() -> bool:
            return await name_of(stranger) == "Paula (guest)"

        await until(marked)

    async def test_a_guest_who_wants_no_name_is_marked_all_the_same(self, guest: Someone) -> None:
        assert (await rename(guest, "")).status == 200

        async def marked() -> bool:
            answer = await guest.call("GET", f"/profile/{quote(guest.user_id)}")
            return str(answer.body.get("displayname", "")).endswith("namely (guest)")

        await until(marked)

    async def test_a_deactivated_guest_stays_nameless(self, house: House, root: Someone) -> None:
        stranger = await house.stranger("erased")
        path = f"/v1/deactivate/{quote(stranger.user_id)}"
        assert (await administrate(house, root, "POST", path, {"erase": True})).status == 200
        account = await administrate(house, root, "GET", f"/v2/users/{quote(stranger.user_id)}")
        assert not account.body["displayname"]
