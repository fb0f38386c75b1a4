"""Logging out by the API ends the Matrix sessions of whoever does, staff and guests alike, and of nobody else."""

from __future__ import annotations

import asyncio

import aiohttp
import pytest

from tests.e2e.house import House
from tests.e2e.visitor import Visitor
from tests.until import until

pytestmark = pytest.mark.e2e


async def log_in_to_matrix(session: aiohttp.ClientSession, house: House, who: str) -> str:
    login = house.login(who)
    body = {
        "type": "m.login.password",
        "identifier": {"type": "m.id.user", "user": login.user_id},
        "password": login.password,
    }
    async with session.post(f"{house.homeserver}/_matrix/client/v3/login", json=body) as response:
        assert response.status == 200, await response.text()
        return str((await response.json())["access_token"])


@pytest.mark.parametrize("who", ["t3", "guest"])
async def test_a_logout_ends_ones_matrix_sessions(house: House, who: str) -> None:
    login = house.login(who)
    async with aiohttp.ClientSession() as session:
        if who == "guest":  # their ghost is made with their first issue
            async with Visitor(house.web, login.login, login.password) as guest:
                status, _ = await guest.call("POST", "/issues", {"subject": "Logging out", "message": "Hello?"})
                assert status == 201
        token, other = "", await log_in_to_matrix(session, house, "t2")

        async def is_let_in() -> bool:
            nonlocal token
            try:
                token = await log_in_to_matrix(session, house, who)
            except AssertionError:
                await asyncio.sleep(0.5)  # tries are counted
                return False
            return True

        async def is_alive(token: str) -> bool:
            headers = {"Authorization": f"Bearer {token}"}
            async with session.get(f"{house.homeserver}/_matrix/client/v3/account/whoami", headers=headers) as response:
                return response.status == 200

        async def is_over() -> bool:
            return not await is_alive(token)

        await until(is_let_in, within_s=20)
        assert await is_alive(token)
        async with Visitor(house.web, login.login, login.password) as person:
            assert (await person.call("POST", "/auth/logout"))[0] == 200
        await until(is_over, within_s=20)
        assert await is_alive(other)
