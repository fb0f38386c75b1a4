"""The policy server of our rooms: other servers ask here before an event of theirs exists (rule F1, MSC4284).

    POST /_matrix/policy/v1/sign   Authorization: X-Matrix …    the event

    who asks? ─ 401 ─▶ too often? ─ 429 ─▶ a room that we guard? ─ 404 ─▶ are they in it? ─ 403 ─▶ signed? ─ 400
      ─▶ whole? ─ 400 ─▶ our own event, a membership, or shown here already? ─ yes ─▶ sign
                                     └─ no ─▶ the rules ─▶ refused: 403, with our code and sentence, which Synapse
                                                      └─▶ allowed: sign                  hands on to the person as is

The order is the design. Nothing is told to who is not in the room. The hash is checked before anything is judged, as
the signature does not cover what a redaction would take away. Our own events are signed whoever asks and whatever the
rules say by now: they were decided when they were made, and after our last person left we still have to sign that
leave. Memberships are signed because nobody asks before one exists (a server that did would find the power levels in
its way): to refuse one would only make a third server believe what we do not. What was decided here before is not
decided again, as rules that look at who is present may say otherwise by now.

Failure mode: other servers' people cannot write while this does not answer; our own events were signed when made.
"""

from __future__ import annotations

import json
import logging
from typing import Final, NoReturn

from synapse.api.errors import Codes, LimitExceededError
from synapse.events import EventBase
from synapse.http.site import SynapseRequest
from synapse.module_api import DirectServeJsonResource, JsonDict, ModuleApi
from synapse.module_api.errors import SynapseError

from homeserver.federation_internals import FederationInternals, known_version
from homeserver.outsiders import Judge, is_membership
from homeserver.pace import Pace
from homeserver.policy_keys import PolicyKeys
from homeserver.refusals import raise_if_refused
from homeserver.room_states import RoomStates
from homeserver.secret_resource import SecretResource
from policies.names import Code, RoomId, Rule, ServerName, UserId
from policies.outcomes import ALLOW, Refuse, Verdict
from policies.people import domain_of
from policies.policy_server import KEY_ID, build_policy_state

logger = logging.getLogger(__name__)

SIGN_PATH: Final = "/_matrix/policy/v1/sign"
STATE_PATH: Final = "/_synapse/chaperone/policy_server"
LARGEST_EVENT: Final = 65_536
"""Bytes (specification, "Size limits")."""
HIDDEN: Final = Refuse(Rule.F1, Code.NOT_PERMITTED, "This was not accepted when it arrived.", {"shown here": "no"})


class PolicyServer:
    """Signs what may be."""

    def __init__(self, internals: FederationInternals, keys: PolicyKeys, judge: Judge, rooms: RoomStates) -> None:
        self._internals = internals
        self._keys = keys
        self._judge = judge
        self._rooms = rooms
        self._server_name = keys.newest.via

    async def sign(self, origin: ServerName, pdu: JsonDict) -> JsonDict:
        """Our signature of an event.

        :param origin: the server that asks, authenticated.
        :raises SynapseError: as drawn above.
        """
        room_id, version = pdu.get("room_id"), None
        if room_id is None and pdu.get("type") == "m.room.create":  # from version 12 on the event is the id
            content = pdu.get("content")
            version = known_version(content.get("room_version") if isinstance(content, dict) else None)
            room_id = self._internals.parse(pdu, version).room_id
        if not isinstance(room_id, str):
            raise SynapseError(400, "The event names no room.", Codes.BAD_JSON)
        version = await self._internals.version_of(RoomId(room_id))
        named = await self._rooms.ask_now(RoomId(room_id), (), lambda room: room.policy_server)
        if named is None or named.via != self._server_name:
            raise SynapseError(404, "This server is not asked about that room.", Codes.NOT_FOUND)
        sender = pdu.get("sender")
        is_ours = isinstance(sender, str) and domain_of(UserId(sender)) == self._server_name
        if not is_ours and not await self._internals.is_in_room(origin, RoomId(room_id)):
            raise SynapseError(403, "Your server is not in that room.", Codes.FORBIDDEN)
        event = self._internals.parse(pdu, version)
        if "third_party_invite" in event.content:  # nobody has to sign such an event as its sender
            raise SynapseError(400, "Invitations by address are not used here.", Codes.BAD_JSON)
        await self._internals.check(event, version)
        if not is_ours and not is_membership(event):
            raise_if_refused(await self._verdict(event))
        return {self._server_name: {KEY_ID: self._keys.answer(event, named)}}

    async def _verdict(self, event: EventBase) -> Verdict:
        match await self._internals.accepted(event.event_id):
            case None:
                return await self._judge.may_happen(event)
            case True:
                return ALLOW
            case False:
                return HIDDEN


class SignResource(DirectServeJsonResource):
    """The door for other servers."""

    isLeaf = True  # noqa: N815 - Twisted's name

    def __init__(self, api: ModuleApi, internals: FederationInternals, server: PolicyServer) -> None:
        super().__init__()
        self._api = api
        self._internals = internals
        self._server = server
        self._pace = Pace()

    async def _async_render_POST(self, request: SynapseRequest) -> tuple[int, JsonDict]:  # noqa: N802 - Synapse's name
        pdu = _parse_body(request)
        origin = await self._internals.authenticate(request, pdu)
        wait_ms = self._pace.take(origin, self._api.get_current_time_msec())
        if wait_ms:
            logger.warning("origin=%s asks too often", origin)
            raise LimitExceededError("chaperone_policy_server", retry_after_ms=wait_ms)
        return 200, await self._server.sign(origin, pdu)


class StateResource(SecretResource):
    """What the bridge puts into rooms as ``m.room.policy``; nothing, if there are no other servers for us."""

    def __init__(self, module_secret: str, keys: PolicyKeys | None) -> None:
        super().__init__(module_secret)
        self._content = build_policy_state(keys.newest) if keys is not None else {}

    async def _async_render_GET(self, request: SynapseRequest) -> tuple[int, JsonDict]:  # noqa: N802 - Synapse's name
        self.authenticate(request)
        return 200, self._content


def _parse_body(request: SynapseRequest) -> JsonDict:
    """Synapse's own parser writes a body that is no JSON into the log; what people say does not belong there."""
    body = request.content.read(LARGEST_EVENT + 1) if request.content is not None else b""
    if len(body) > LARGEST_EVENT:
        raise SynapseError(413, "No event is so large.", Codes.TOO_LARGE)
    try:
        pdu = json.loads(body, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as unreadable:
        raise SynapseError(400, "This is no JSON.", Codes.NOT_JSON) from unreadable
    if not isinstance(pdu, dict):
        raise SynapseError(400, "This is no event.", Codes.BAD_JSON)
    return pdu


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)
