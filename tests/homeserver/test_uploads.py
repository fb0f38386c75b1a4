"""How much who may upload: the suspended nothing, guests less than staff."""

from __future__ import annotations

from collections.abc import AsyncIterator

import aiohttp
import pytest

from homeserver.settings import parse_size
from tests.homeserver.house import Answer, House, Someone
from tests.homeserver.test_policy_module import is_refused
from tests.synapse import Synapse

pytestmark = pytest.mark.e2e

KIB = 1024


@pytest.fixture(scope="module")
async def tight_house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """Where little is a lot."""
    limits = {"MAX_UPLOAD": "8K", "GUEST_MAX_UPLOAD": "2K", "GUEST_DAILY_UPLOAD": "3K"}
    settings = {f"CHAPERONE__HOMESERVER__{name}": size for name, size in limits.items()}
    synapse = Synapse(tmp_path_factory.mktemp("tight"), settings)
    synapse.start()
    async with aiohttp.ClientSession() as http:
        house = House(synapse, http)
        await house.open()
        yield house
    synapse.stop()


async def upload(house: House, who: Someone, size: int) -> Answer:
    url = f"{house.synapse.url}/_matrix/media/v3/upload"
    headers = {"Authorization": f"Bearer {who.token}", "Content-Type": "text/plain"}
    async with house._http.post(url, data=b"x" * size, headers=headers, params=who._query) as response:
        return Answer(response.status, await response.json())


async def test_a_guests_files_are_smaller_than_those_of_staff(tight_house: House) -> None:
    ada, gina = await tight_house.person("ada"), await tight_house.ghost("gina")
    assert (await upload(tight_house, ada, 8 * KIB)).status == 200
    refused = await upload(tight_house, gina, 2 * KIB + 1)
    assert (refused.status, refused.code) == (413, "CHAPERONE_TOO_LARGE")
    assert refused.body["error"] == "This file is too large: at most 2048 bytes are accepted from you."
    assert (await upload(tight_house, gina, 2 * KIB)).status == 200


async def test_a_guest_uploads_so_much_in_a_day_and_staff_as_much_as_they_need(tight_house: House) -> None:
    ben, hugo = await tight_house.person("ben"), await tight_house.ghost("hugo")
    for _ in range(3):
        assert (await upload(tight_house, ben, 2 * KIB)).status == 200
    assert (await upload(tight_house, hugo, 2 * KIB)).status == 200
    refused = await upload(tight_house, hugo, 2 * KIB)
    assert (refused.status, refused.code) == (413, "CHAPERONE_TOO_LARGE")
    assert "tomorrow" in refused.body["error"]


async def test_the_suspended_upload_nothing(tight_house: House) -> None:
    carl = await tight_house.person("carl")
    await tight_house.suspend(carl)
    assert is_refused(await upload(tight_house, carl, 1), "CHAPERONE_SUSPENDED")


async def test_a_file_whose_id_was_asked_for_beforehand_is_not_larger(tight_house: House) -> None:
    stranger = await tight_house.stranger("stranger")
    made = await tight_house.request("POST", "/_matrix/media/v1/create", {}, token=stranger.token)
    media = made.body["content_uri"].removeprefix("mxc://")
    url = f"{tight_house.synapse.url}/_matrix/media/v3/upload/{media}"
    headers = {"Authorization": f"Bearer {stranger.token}"}
    async with tight_house._http.put(url, data=b"x" * (2 * KIB + 1), headers=headers) as response:
        assert (response.status, (await response.json())["errcode"]) == (413, "CHAPERONE_TOO_LARGE")


async def test_a_client_is_told_beforehand(tight_house: House) -> None:
    for who, most in ((await tight_house.person("ada"), 8 * KIB), (await tight_house.stranger("stranger"), 2 * KIB)):
        config = await tight_house.request("GET", "/_matrix/client/v1/media/config", token=who.token)
        assert config.body == {"m.upload.size": most}


@pytest.mark.parametrize(("size", "expected"), [("1", 1), ("20K", 20480), ("3M", 3 * 2**20), ("1G", 2**30)])
def test_a_size_is_read_as_synapse_reads_it(size: str, expected: int) -> None:
    assert parse_size(size) == expected
