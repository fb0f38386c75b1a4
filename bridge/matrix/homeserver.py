"""`ports.Homeserver` on a real one. Each method says which part of the client-server API it speaks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, Final
from urllib.parse import quote

from bridge.errors import MatrixError, MatrixMissing, MatrixRefused, MatrixTaken
from bridge.event_format import parse_event
from bridge.matrix.client import Identity, MatrixClient, path
from bridge.matrix.identities import DEVICE, Identities
from bridge.ports import IncomingEvent, RoomPlan, is_whole
from policies.names import GROUP_KEY, KIND_KEY, EventId, RoomAlias, RoomId, UserId
from policies.policy_server import PolicyServer, parse_policy_state
from policies.rooms import Membership, RoomKind

APPSERVICE_ID: Final = "chaperone"
ALREADY_RETRYING: Final = "AlreadyCalled"
LOOK_BACK: Final = 200
"""How many events are searched for a message whose transaction id may have been forgotten."""


class SynapseHomeserver:
    """The homeserver, seen through its client-server API and the resource of our module in it."""

    def __init__(self, client: MatrixClient, identities: Identities, bot: UserId, module_secret: str) -> None:
        self._client = client
        self._who = identities
        self._bot = bot
        self._module = Identity(module_secret)

    async def _as(
        self,
        user_id: UserId | None,
        method: str,
        at: str,
        body: Mapping[str, Any] | None = None,
        params: Mapping[str, str] | None = None,
    ) -> Any:
        """One request as somebody. A session the homeserver has dropped is made anew, once."""
        identity = await self._who.load(user_id)
        try:
            return await self._client.request(method, at, identity, body=body, params=params)
        except MatrixError as fault:
            if fault.errcode != "M_UNKNOWN_TOKEN" or user_id is None or self._who.is_ours(user_id):
                raise
        self._who.forget(user_id)
        return await self._client.request(method, at, await self._who.load(user_id), body=body, params=params)

    async def ping(self) -> None:
        """Application service API, "Pinging".

        Synapse, having reached us, hurries its retries; where they are under way already it trips over its own timer
        and says that it failed (synapse/appservice/scheduler.py, `force_retry`, 1.163.2). It did not.
        """
        url = f"/_matrix/client/v1/appservice/{APPSERVICE_ID}/ping"
        try:
            await self._client.request("POST", url, self._who.bare(self._bot), body={})
        except MatrixError as fault:
            if ALREADY_RETRYING not in str(fault):
                raise

    async def load_start(self) -> str:
        answer = await self._client.request("GET", "/_synapse/chaperone/start", self._module)
        return str(answer["start"])

    async def load_newest(
        self, room_id: RoomId, before: str | None, limit: int
    ) -> tuple[Sequence[IncomingEvent], str | None]:
        """`GET /rooms/{roomId}/messages`, backwards."""
        params = {"dir": "b", "limit": str(limit)} | ({"from": before} if before else {})
        answer = await self._as(None, "GET", path("rooms", room_id, "messages"), params=params)
        return [parse_event(event) for event in answer["chunk"]], answer.get("end")

    async def ensure_bot(self) -> None:
        """The bridge's own user and its device."""
        await self._who.ensure(self._bot)

    async def ensure_ghost(self, user_id: UserId, display_name: str) -> None:
        await self._who.ensure(user_id)
        await self.set_display_name(user_id, display_name)

    async def log_out_ghost(self, user_id: UserId) -> None:
        """By their devices: all but the one that the bridge acts with."""
        try:
            answer = await self._as(user_id, "GET", path("devices"))
        except MatrixRefused:
            return  # there is no such ghost yet
        for device in answer["devices"]:
            if device["device_id"] != DEVICE:
                await self._as(user_id, "DELETE", path("devices", device["device_id"]), {})

    async def ensure_account(
        self, user_id: UserId, display_name: str, *, locked: bool, unlimited: bool, log_out: bool = False
    ) -> None:
        await self._client.request(
            "PUT",
            f"/_synapse/chaperone/accounts/{quote(user_id, safe='')}",
            self._module,
            body={"display_name": display_name, "locked": locked, "unlimited": unlimited, "log_out": log_out},
        )
        if locked or log_out:
            self._who.forget(user_id)

    async def load_policy_server(self) -> PolicyServer | None:
        content = await self._client.request("GET", "/_synapse/chaperone/policy_server", self._module)
        return parse_policy_state(content)

    async def ensure_room(self, plan: RoomPlan) -> RoomId:
        """`POST /createRoom` under an alias of our exclusive namespace: M_ROOM_IN_USE means it was done before.

        Or begun: Synapse gives the alias first, and then writes the room in several steps. One that was killed in the
        middle leaves a room without its settings, which is left to itself.
        """
        request = _build_room(plan)
        try:
            answer = await self._as(None, "POST", path("createRoom"), request)
        except MatrixTaken:
            room_id = await self.find_room(plan.alias)
            if room_id is None:
                raise
            if await self._is_whole(room_id, plan):
                return room_id
            with suppress(MatrixMissing, MatrixRefused):  # the bot may never have come in
                await self._as(None, "POST", path("rooms", room_id, "leave"), {})
            await self.drop_alias(plan.alias)
            answer = await self._as(None, "POST", path("createRoom"), request)
        return RoomId(str(answer["room_id"]))

    async def _is_whole(self, room_id: RoomId, plan: RoomPlan) -> bool:
        try:
            return is_whole(await self.load_whole_state(room_id), plan)
        except (MatrixMissing, MatrixRefused):
            return False

    async def drop_alias(self, alias: RoomAlias) -> None:
        with suppress(MatrixMissing):  # dropped before
            await self._as(None, "DELETE", path("directory", "room", alias))

    async def find_room(self, alias: RoomAlias) -> RoomId | None:
        try:
            answer = await self._as(None, "GET", path("directory", "room", alias))
        except MatrixMissing:
            return None
        return RoomId(str(answer["room_id"]))

    async def send(
        self, room_id: RoomId, event_type: str, content: Mapping[str, Any], txn_id: str, sender: UserId | None = None
    ) -> EventId:
        answer = await self._as(sender, "PUT", path("rooms", room_id, "send", event_type, txn_id), content)
        return EventId(str(answer["event_id"]))

    async def set_state(self, room_id: RoomId, event_type: str, state_key: str, content: Mapping[str, Any]) -> None:
        await self._as(None, "PUT", path("rooms", room_id, "state", event_type, state_key), content)

    async def load_state(self, room_id: RoomId, event_type: str, state_key: str) -> Mapping[str, Any] | None:
        try:
            content: Mapping[str, Any] = await self._as(
                None, "GET", path("rooms", room_id, "state", event_type, state_key)
            )
        except MatrixMissing:
            return None
        return content

    async def redact(self, room_id: RoomId, event_id: EventId, txn_id: str) -> None:
        await self._as(None, "PUT", path("rooms", room_id, "redact", event_id, txn_id), {})

    async def load_rooms(self) -> Sequence[RoomId]:
        answer = await self._as(None, "GET", path("joined_rooms"))
        return [RoomId(str(room_id)) for room_id in answer["joined_rooms"]]

    async def load_whole_state(self, room_id: RoomId) -> Mapping[tuple[str, str], IncomingEvent]:
        answer = await self._as(None, "GET", path("rooms", room_id, "state"))
        events = [parse_event({**event, "room_id": room_id}) for event in answer]
        return {(event.type, event.state_key or ""): event for event in events}

    async def load_aliases(self, room_id: RoomId) -> Sequence[RoomAlias]:
        answer = await self._as(None, "GET", path("rooms", room_id, "aliases"))
        return [RoomAlias(str(alias)) for alias in answer["aliases"]]

    async def load_members(self, room_id: RoomId) -> Mapping[UserId, Membership]:
        answer = await self._as(None, "GET", path("rooms", room_id, "members"))
        return {UserId(event["state_key"]): Membership(event["content"]["membership"]) for event in answer["chunk"]}

    async def load_membership(self, room_id: RoomId, user_id: UserId) -> Membership:
        try:
            content = await self._as(None, "GET", path("rooms", room_id, "state", "m.room.member", user_id))
        except MatrixMissing:
            return Membership.LEAVE
        return Membership(content["membership"])

    async def invite(self, room_id: RoomId, user_id: UserId, content: Mapping[str, Any]) -> None:
        """By the membership event itself: `/invite` does not take content of ours."""
        await self.set_state(room_id, "m.room.member", user_id, {"membership": "invite", **content})

    async def join(self, room_id: RoomId, user_id: UserId) -> None:
        await self._as(user_id, "POST", path("join", room_id), {})

    async def remove(self, room_id: RoomId, user_id: UserId, reason: str) -> None:
        await self._as(None, "POST", path("rooms", room_id, "kick"), {"user_id": user_id, "reason": reason})

    async def find_sent(self, room_id: RoomId, sender: UserId | None, key: str, value: str) -> EventId | None:
        sender = sender or self._bot
        answer = await self._as(
            None,
            "GET",
            path("rooms", room_id, "messages"),
            params={"dir": "b", "limit": str(LOOK_BACK), "filter": f'{{"senders":["{sender}"]}}'},
        )
        for event in answer["chunk"]:
            if event["sender"] == sender and event.get("content", {}).get(key) == value:
                return EventId(str(event["event_id"]))
        return None

    async def set_display_name(self, user_id: UserId, display_name: str) -> None:
        await self._as(user_id, "PUT", path("profile", user_id, "displayname"), {"displayname": display_name})

    async def set_avatar(self, user_id: UserId, uri: str | None) -> None:
        await self._as(user_id, "PUT", path("profile", user_id, "avatar_url"), {"avatar_url": uri or ""})

    async def upload(self, data: bytes, content_type: str, name: str) -> str:
        return await self._client.upload(data, content_type, name, await self._who.load(None))

    async def copy_media(self, uri: str, name: str) -> str:
        server, _, media_id = uri.removeprefix("mxc://").partition("/")
        identity = await self._who.load(None)
        at = f"/_matrix/client/v1/media/download/{quote(server, safe='')}/{quote(media_id, safe='')}"
        data, content_type = await self._client.download(at, identity)
        return await self._client.upload(data, content_type, name, identity)


def _build_room(plan: RoomPlan) -> dict[str, Any]:
    """The body of createRoom (client-server API, "Creation"). Staff and guests are invited afterwards, in order."""
    creation: dict[str, Any] = {KIND_KEY: plan.kind.value}
    if not plan.federated:
        creation["m.federate"] = False
    if plan.is_group:
        creation[GROUP_KEY] = True
    if plan.kind is RoomKind.SPACE:
        creation["type"] = "m.space"
    return {
        "room_alias_name": plan.alias[1:].partition(":")[0],
        "name": plan.name,
        "topic": plan.topic,
        "preset": "private_chat",
        "visibility": "private",
        "creation_content": creation,
        "power_level_content_override": plan.power_levels,
        "initial_state": [
            {
                "type": "m.room.history_visibility",
                "state_key": "",
                "content": {"history_visibility": plan.history_visibility},
            },
            {"type": "m.room.guest_access", "state_key": "", "content": {"guest_access": "forbidden"}},
            *({"type": kind, "state_key": key, "content": content} for kind, key, content in plan.state),
        ],
    }
