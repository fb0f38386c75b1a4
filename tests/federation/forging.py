"""What a server could send us that has a key and no scruples: events of its making, signed requests, broken ones."""

from __future__ import annotations

import copy
import json
import ssl
import time
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote

import aiohttp
from signedjson.sign import sign_json
from signedjson.types import SigningKey
from synapse.api.room_versions import KNOWN_ROOM_VERSIONS
from synapse.crypto.event_signing import add_hashes_and_signatures
from synapse.events import make_event_from_dict
from yarl import URL

from policies.names import RoomId, ServerName
from tests.federation.town import Town, event_id_of, sees
from tests.homeserver.house import Answer, Json, Someone
from tests.until import until

SIGN: Final = "/_matrix/policy/v1/sign"


class Forger:
    """Acts as a server."""

    def __init__(self, town: Town, server_name: ServerName, key: SigningKey) -> None:
        self.server_name = server_name
        self.key = key
        self._town = town
        self._trusted = ssl.create_default_context(cafile=str(town.authority.certificate))

    async def event(self, sender: Someone, room_id: RoomId, /, **changes: Json) -> dict[str, Any]:
        """An event as `sender`'s server would ask about it: a real one, changed, and signed anew."""
        template = await self._real_ask(sender, room_id)
        return self.signed({**template, **changes})

    def bare(self, sender: Someone, room_id: RoomId) -> dict[str, Any]:
        """An event that hangs in the air, which a policy server does not look at."""
        return {
            "type": "m.room.message",
            "room_id": room_id,
            "sender": sender.user_id,
            "content": {},
            "depth": 1,
            "origin_server_ts": time.time_ns() // 1_000_000,
            "auth_events": [],
            "prev_events": [],
        }

    async def _real_ask(self, sender: Someone, room_id: RoomId) -> dict[str, Any]:
        with self._town.gate.counting() as asked:
            said = event_id_of(await sender.say(room_id, "a template"))
            await until(lambda: sees(self._town.here.bot, room_id, said))
        return copy.deepcopy(asked[0])

    def signed(self, pdu: Mapping[str, Any], version: str = "12") -> dict[str, Any]:
        """The event with hash and signature of this server, and no others."""
        bare = {key: value for key, value in copy.deepcopy(dict(pdu)).items() if key not in ("hashes", "signatures")}
        add_hashes_and_signatures(KNOWN_ROOM_VERSIONS[version], bare, self.server_name, self.key)
        return bare

    async def again(self, event: Mapping[str, Any], content: Json) -> dict[str, Any]:
        """A like event that says something else."""
        return self.signed({**event, "content": content, "origin_server_ts": event["origin_server_ts"] + 1})

    async def send(self, pdu: Mapping[str, Any]) -> None:
        """Deliver an event, as if it had been accepted (server-server API, "Transactions"); it was processed then."""
        event_id = make_event_from_dict(copy.deepcopy(dict(pdu)), KNOWN_ROOM_VERSIONS["12"]).event_id
        body = {"origin": self.server_name, "origin_server_ts": pdu["origin_server_ts"], "pdus": [pdu]}

        async def sent() -> Answer | None:
            answer = await self.request("PUT", f"/_matrix/federation/v1/send/{event_id[1:]}", body)
            return None if answer.status == 429 else answer  # the server in whose name we send is sending too

        assert await until(sent) == Answer(200, {"pdus": {event_id: {}}})

        async def processed() -> bool:
            answer = await self.request("GET", f"/_matrix/federation/v1/event/{quote(event_id)}")
            return answer.status == 200

        await until(processed)

    async def ask(self, pdu: Json, **forged: Json) -> Answer:
        """Ask our policy server to sign."""
        return await self.request("POST", SIGN, pdu, **forged)

    async def request(
        self,
        method: str,
        path: str,
        body: Json = None,
        *,
        signed_body: Json = None,
        origin: ServerName | None = None,
        destination: str | None = None,
        authorization: str | None = "",
        raw: bytes | None = None,
    ) -> Answer:
        """A request of one server to another (server-server API, "Request Authentication").

        :param signed_body: what is signed instead of the body that is sent.
        :param authorization: the header; empty for the right one, None for none.
        """
        url = URL(f"https://localhost:{self._town.gate.port}{path}", encoded=True)
        content = body if signed_body is None else signed_body
        if authorization == "":
            authorization = self.authorize(method, path, content, origin, destination)
        headers = {"Content-Type": "application/json"} | (
            {"Authorization": authorization} if authorization is not None else {}
        )
        data = raw if raw is not None else None if body is None else json.dumps(body).encode()
        async with (
            aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=self._trusted)) as http,
            http.request(method, url, data=data, headers=headers) as response,
        ):
            return Answer(response.status, await response.json(content_type=None))

    def authorize(
        self, method: str, path: str, content: Json, origin: ServerName | None = None, destination: str | None = None
    ) -> str:
        """The header that proves who asks."""
        origin = origin or self.server_name
        destination = destination or self._town.synapse.server_name
        request = {"method": method, "uri": path, "origin": origin, "destination": destination}
        if content is not None:
            request["content"] = content
        signature = sign_json(request, origin, self.key)["signatures"][origin]["ed25519:" + self.key.version]
        return (
            f'X-Matrix origin="{origin}",key="ed25519:{self.key.version}",sig="{signature}",destination="{destination}"'
        )

    async def state(self, room_id: RoomId, at: str) -> list[dict[str, Any]]:
        """A room's state before an event, as our server tells it to others."""
        answer = await self.request(
            "GET", f"/_matrix/federation/v1/state/{quote(room_id)}?event_id={quote(at, safe='')}"
        )
        assert answer.status == 200, answer
        found: list[dict[str, Any]] = answer.body["pdus"]
        return found
