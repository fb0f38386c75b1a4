"""The bridge's own way to rooms that other servers see: by its client, its plans and its care for the key."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import quote

import aiohttp
import pytest

from bridge.desk.policy_server import perform_policy_server
from bridge.desk.rooms import build_issue_room
from bridge.matrix.client import MatrixClient
from bridge.matrix.homeserver import SynapseHomeserver
from bridge.matrix.identities import Identities
from bridge.ports import RoomRecord
from bridge.store.database import SqlStore
from policies.issue import Issue, Side, Status
from policies.names import ANSWER_KEY, IssueId, RoomAlias, RoomId, Tier, UserId
from policies.policy_server import POLICY_STATE, build_policy_state
from policies.rooms import RoomKind
from tests.federation.town import Town, event_id_of, heard
from tests.homeserver.house import Someone
from tests.homeserver.test_policy_module import is_refused

pytestmark = pytest.mark.e2e


@pytest.fixture
async def homeserver(town: Town) -> AsyncIterator[SynapseHomeserver]:
    """Ours, as the bridge sees it."""

    async def no_token(user_id: UserId) -> str:
        raise AssertionError(user_id)

    synapse = town.synapse
    async with aiohttp.ClientSession() as session:
        client = MatrixClient(synapse.url, session)
        identities = Identities(client, synapse.secret("as_token"), synapse.bot, synapse.server_name, no_token)
        homeserver = SynapseHomeserver(client, identities, synapse.bot, synapse.secret("module_secret"))
        await homeserver.ensure_bot()
        yield homeserver


async def make_room(town: Town, homeserver: SynapseHomeserver, number: int) -> RoomId:
    issue = Issue(IssueId(str(number)), "a subject", UserId("@x:y"), Status.OPEN, Tier.T1)
    alias = RoomAlias(f"#chaperone-of-the-bridge-{number}:{town.synapse.server_name}")
    return await homeserver.ensure_room(
        build_issue_room(issue, Side.GUEST, alias, await homeserver.load_policy_server())
    )


async def test_a_guest_of_another_server_comes_to_a_room_as_the_bridge_makes_it(
    town: Town, homeserver: SynapseHomeserver, ada: Someone, bob: Someone
) -> None:
    assert await homeserver.load_policy_server() == await town.policy_server()
    room = await make_room(town, homeserver, 1)
    await town.here.bring_in(room, ada)
    await town.bring_in(room, bob)
    event_id_of(await bob.say(room, "hello"))
    await heard(ada, room, "hello")
    assert is_refused(await bob.say(room, "x", **{ANSWER_KEY: {}}), "CHAPERONE_NOT_THE_WRITER")


async def test_the_bridge_tells_rooms_of_a_newer_key_once(
    town: Town, homeserver: SynapseHomeserver, tmp_path: Path
) -> None:
    newest = build_policy_state(await town.policy_server())
    named_before = {"via": town.synapse.server_name, "public_keys": {"ed25519": "AAAA"}}
    room, untold = await make_room(town, homeserver, 2), await make_room(town, homeserver, 3)
    await homeserver.set_state(room, POLICY_STATE, "", named_before)
    await homeserver.set_state(untold, POLICY_STATE, "", named_before)
    store = await SqlStore.open(f"sqlite+aiosqlite:///{tmp_path / 'bridge.db'}", town.synapse.bot)
    try:
        async with store.write() as tx:
            await tx.rooms.add(RoomRecord(room, RoomKind.GUEST, None))
        await perform_policy_server(store, homeserver, town.here.policy_room)
        assert await homeserver.load_state(room, POLICY_STATE, "") == newest
        async with store.write() as tx:
            await tx.rooms.add(RoomRecord(untold, RoomKind.GUEST, None))
        await perform_policy_server(store, homeserver, town.here.policy_room)
        assert await homeserver.load_state(untold, POLICY_STATE, "") == named_before
    finally:
        await store.close()
    assert await homeserver.load_state(room, "m.room.tombstone", "") is None
    history = await town.here.bot.done("GET", f"/rooms/{quote(room)}/messages", dir="b", limit="50")
    assert [event["type"] for event in history["chunk"]].count(POLICY_STATE) == 3
