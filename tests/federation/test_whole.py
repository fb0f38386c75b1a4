"""The whole of Chaperone with federation enabled: what an issue's rooms say to other servers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import aiohttp
import pytest

from tests.e2e.house import House
from tests.e2e.visitor import Visitor
from tests.synapse import free_port
from tests.until import until

pytestmark = pytest.mark.e2e


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    house = House(
        tmp_path / "var",
        CHAPERONE__HOMESERVER__BEHIND_PROXY="true",
        CHAPERONE__HOMESERVER__FEDERATION__ENABLED="true",
        CHAPERONE__HOMESERVER__FEDERATION__PORT=str(free_port()),
    )
    await house.start()
    yield house
    await house.stop()


async def test_a_guest_room_names_us_and_a_staff_room_is_ours_alone(house: House) -> None:
    guest, ada = house.login("guest"), house.login("t1")
    as_token = (house.data / "secrets" / "as_token").read_text().strip()

    async def state(room_id: str, event_type: str) -> Any:
        url = f"{house.homeserver}/_matrix/client/v3/rooms/{quote(room_id)}/state/{event_type}"
        async with (
            aiohttp.ClientSession() as http,
            http.get(url, headers={"Authorization": f"Bearer {as_token}"}, params={"format": "content"}) as response,
        ):
            return await response.json() if response.status == 200 else None

    async with (
        Visitor(house.web, guest.login, guest.password) as visitor,
        Visitor(house.web, ada.login, ada.password) as employee,
    ):
        _, opened = await visitor.call("POST", "/issues", {"subject": "From afar", "message": "hello"})
        await employee.call("POST", f"/issues/{opened['id']}/claim", {})

        async def rooms() -> tuple[str, str] | None:
            _, issue = await employee.call("GET", f"/issues/{opened['id']}")
            both = issue["guest_room"], issue["staff_room"]
            return both if all(both) else None

        guest_room, staff_room = await until(rooms, within_s=30)
    named = await state(guest_room, "m.room.policy")
    assert named["via"] == "localhost"
    assert named["public_keys"]["ed25519"]
    assert "m.federate" not in await state(guest_room, "m.room.create")
    assert await state(staff_room, "m.room.policy") is None
    assert (await state(staff_room, "m.room.create"))["m.federate"] is False
