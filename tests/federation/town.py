"""Two homeservers that speak with each other over TLS: ours with the module, behind a gate, and somebody else's.

The tests play the bridge, with the bridge's own plans for rooms. `House` is ours, as in tests/homeserver.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import quote

import aiohttp
import yaml

from bridge.desk.rooms import build_issue_room
from bridge.matrix.homeserver import _build_room
from policies.issue import Issue, Side, Status
from policies.names import IssueId, RoomAlias, RoomId, Tier
from policies.policy_server import PolicyServer, parse_policy_state
from tests.federation.certificates import Authority
from tests.federation.elsewhere import Elsewhere, build_neighbourhood
from tests.federation.gate import Gate
from tests.homeserver.house import Answer, House, Someone
from tests.homeserver.workers import Farm
from tests.synapse import Synapse, free_port
from tests.until import until

_numbers = count(1)


@dataclass
class Town:
    """Both of them."""

    synapse: Synapse
    gate: Gate
    here: House
    there: Elsewhere
    authority: Authority

    async def policy_server(self) -> PolicyServer:
        """What the module says the bridge shall put into rooms."""
        answer = await self.here.request(
            "GET", "/_synapse/chaperone/policy_server", token=self.synapse.secret("module_secret")
        )
        assert answer.status == 200, answer
        server = parse_policy_state(answer.body)
        assert server is not None
        return server

    async def guest_room(
        self, staff: Sequence[Someone] = (), *guests: Someone, version: str = "12", is_group: bool = False
    ) -> RoomId:
        """An issue's guest room, made as the bridge makes it; guests of either server come in by invitation."""
        number = next(_numbers)
        issue = Issue(
            IssueId(str(number)),
            "a subject",
            guests[0].user_id if guests else self.here.bot.user_id,
            Status.OPEN,
            Tier.T1,
        )
        alias = RoomAlias(f"#chaperone-test-{number}:{self.synapse.server_name}")
        request = _build_room(build_issue_room(issue, Side.GUEST, alias, await self.policy_server()))
        request["power_level_content_override"]["users"] |= dict.fromkeys([s.user_id for s in staff], 50)
        if is_group:
            request["creation_content"]["chat.chaperone.group"] = True
        if version != "12":  # before that a creator is not above all by itself
            request["room_version"] = version
            request["power_level_content_override"]["users"][self.here.bot.user_id] = 150
        room_id = RoomId((await self.here.bot.done("POST", "/createRoom", request))["room_id"])
        for employee in staff:
            await self.here.bring_in(room_id, employee)
        for guest in guests:
            await self.bring_in(room_id, guest)
        return room_id

    async def invite(self, room_id: RoomId, guest: Someone) -> None:
        """The bot invites somebody, and they know."""
        invited = await self.here.bot.invite(room_id, guest.user_id)
        assert invited.status == 200, invited
        await until(lambda: is_invited(guest, room_id))

    async def bodies_here(self, room_id: RoomId) -> list[str]:
        """What was said, as our own server has it, newest first."""
        return await bodies(self.here.bot, room_id)

    async def gone(self, room_id: RoomId, guest: Someone) -> None:
        """Wait until our server knows that somebody left."""

        async def ask() -> bool:
            return not await self.here.is_joined(room_id, guest)

        await until(ask)

    async def join(self, room_id: RoomId, guest: Someone) -> Answer:
        """Somebody comes, by their own server."""
        return await guest.call("POST", f"/join/{quote(room_id)}", {}, server_name=self.synapse.server_name)

    async def bring_in(self, room_id: RoomId, guest: Someone) -> None:
        """Invited, and joined on both servers."""
        await self.invite(room_id, guest)
        joined = await self.join(room_id, guest)
        assert joined.status == 200, joined
        await until(lambda: self.here.is_joined(room_id, guest))


async def is_invited(someone: Someone, room_id: RoomId) -> bool:
    """Whether their own server told them of an invitation."""
    synced = await someone.done("GET", "/sync", filter='{"room":{"timeline":{"limit":1}}}')
    return room_id in synced.get("rooms", {}).get("invite", {})


async def membership(seen_by: Someone, room_id: RoomId, of: Someone) -> str:
    """Somebody's membership, as somebody's server has it."""
    answer = await seen_by.call("GET", f"/rooms/{quote(room_id)}/state/m.room.member/{quote(of.user_id)}")
    return str(answer.body["membership"]) if answer.status == 200 else ""


async def sees(someone: Someone, room_id: RoomId, event_id: str) -> bool:
    """Whether somebody's server shows them an event, with its content."""
    answer = await someone.call("GET", f"/rooms/{quote(room_id)}/event/{quote(event_id)}")
    return answer.status == 200 and bool(answer.body["content"])


async def bodies(someone: Someone, room_id: RoomId) -> list[str]:
    """What was said, as somebody sees it, newest first."""
    return [content["body"] for content in await someone.messages(room_id, "m.room.message") if "body" in content]


async def heard(someone: Someone, room_id: RoomId, body: str) -> None:
    """Wait until somebody sees it said."""

    async def ask() -> bool:
        return body in await bodies(someone, room_id)

    await until(ask)


def event_id_of(answer: Answer) -> str:
    """The id of an event that was accepted."""
    assert answer.status == 200, answer
    return str(answer.body["event_id"])


@asynccontextmanager
async def open_town(directory: Path, *, has_gate: bool = True, has_workers: bool = False) -> AsyncIterator[Town]:
    """Start both.

    :param has_gate: otherwise our homeserver is met directly, and nobody counts.
    :param has_workers: ours is several processes, and a worker is asked about policy.
    """
    authority = Authority(directory)
    certificate, key = authority.issue("here")
    door = free_port()
    behind = free_port() if has_gate else door
    settings = {
        "CHAPERONE__MATRIX__SERVER_NAME": f"localhost:{door}",
        "CHAPERONE__HOMESERVER__FEDERATION__ENABLED": "true",
        "CHAPERONE__HOMESERVER__FEDERATION__PORT": str(behind),
        "CHAPERONE__HOMESERVER__FEDERATION__TLS_CERTIFICATE_PATH": str(certificate),
        "CHAPERONE__HOMESERVER__FEDERATION__TLS_PRIVATE_KEY_PATH": str(key),
    }
    ours: Synapse | Farm = Farm(directory, settings) if has_workers else Synapse(directory / "here", settings)
    synapse = ours.synapse if isinstance(ours, Farm) else ours
    policy_behind = f"http://127.0.0.1:{ours.workers[0]}" if isinstance(ours, Farm) else None
    change_config(synapse, build_neighbourhood(authority))
    gate = Gate(door, f"https://localhost:{behind}", certificate, key, authority.certificate, policy_behind)
    there = Elsewhere(directory, authority, "there")
    try:
        async with gate.open() if has_gate else nullcontext(), aiohttp.ClientSession() as http:
            await asyncio.to_thread(ours.start)
            here = House(synapse, http)
            await here.open()
            async with there.running():
                yield Town(synapse, gate, here, there, authority)
    finally:
        await asyncio.to_thread(ours.stop)


def change_config(synapse: Synapse, changes: Mapping[str, Any]) -> None:
    """Edit the rendered configuration, as its owner may."""
    path = synapse.data / "homeserver" / "homeserver.yaml"
    path.write_text(yaml.safe_dump(yaml.safe_load(path.read_text()) | dict(changes)))
