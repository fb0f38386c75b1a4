"""What Synapse writes down at the most talkative level that settings know."""

from __future__ import annotations

import aiohttp
import pytest

from policies.rooms import RoomKind
from tests.homeserver.house import House
from tests.homeserver.standin import BridgeStandIn
from tests.synapse import Synapse

pytestmark = pytest.mark.e2e


async def test_the_log_has_requests_and_refusals_but_no_words_and_no_secrets(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    synapse = Synapse(tmp_path_factory.mktemp("talkative"), {"CHAPERONE__HOMESERVER__LOG_LEVEL": "INFO"})
    synapse.start()
    standin = BridgeStandIn(synapse.secret("module_secret"))
    async with aiohttp.ClientSession() as http, standin.listen(synapse):
        house = House(synapse, http)
        await house.open()
        ada, gina = await house.person("ada"), await house.ghost("gina")
        room = await house.make_room(RoomKind.GUEST, [ada], gina)
        await gina.say(room, "words-of-a-guest")
        await ada.leave(room)
        standin.passwords[ada.user_id] = "a-right-password"
        token = house.token_for("ada")
        assert (await house.log_in_by_password("ada", "a-right-password")).status == 200
        assert (await house.log_in_by_password("ada", "a-wrong-password")).status == 403
        assert (await house.log_in_by_jwt(token)).status == 200
    synapse.stop()
    log = synapse.log.read_text()
    assert "CHAPERONE_GUEST_ALONE" in log
    assert "POST /_matrix/client/v3/login" in log
    secrets = [path.read_text().strip() for path in (synapse.data / "secrets").iterdir()]
    for unsaid in ("words-of-a-guest", "a-right-password", "a-wrong-password", token, ada.token, *secrets):
        assert unsaid not in log
