"""Everything of the module that is there for other servers, put together; there is none of it without them.

    check_event_allowed ──allowed──▶ Federation.sign: our own events carry our signature from the start, so that no
                                     server has to ask about them, and none loses one while we cannot answer

Without that, a removal made while the policy server does not answer would be dropped by the other servers, and who was
removed would go on writing there.
"""

from __future__ import annotations

import logging

from synapse.events import EventBase
from synapse.module_api import ModuleApi

from homeserver.directory import CREATE, PolicyRoom
from homeserver.drafts import Drafts
from homeserver.federation_internals import FederationInternals
from homeserver.internals import Internals
from homeserver.module_config import ModuleConfig
from homeserver.notices import Notices
from homeserver.outsiders import Judge, Outsiders
from homeserver.policy_keys import PolicyKeys
from homeserver.policy_server import SIGN_PATH, STATE_PATH, PolicyServer, SignResource, StateResource
from homeserver.room_states import RoomStates
from policies.names import UserId
from policies.people import domain_of
from policies.policy_server import KEY_ID, POLICY_STATE
from policies.rooms import Room, RoomKind, parse_room

logger = logging.getLogger(__name__)


class Federation:
    """Signs our own events, if there is anybody to show the signature to."""

    def __init__(
        self,
        api: ModuleApi,
        internals: Internals,
        config: ModuleConfig,
        policy_room: PolicyRoom,
        rooms: RoomStates,
        notices: Notices,
    ) -> None:
        self._bot = config.bot
        self._server_name = config.server_name
        self._keys = PolicyKeys(config.server_name, config.policy_keys) if config.policy_keys else None
        api.register_web_resource(STATE_PATH, StateResource(config.module_secret, self._keys))
        if self._keys is None:
            return
        theirs = FederationInternals(api, self._keys)
        theirs.tell_all_at_joins()
        judge = Judge(policy_room, rooms, Drafts(internals))
        server = PolicyServer(theirs, self._keys, judge, rooms)
        api.register_web_resource(SIGN_PATH, SignResource(api, theirs, server))
        Outsiders(api, internals, config, self._keys, judge, policy_room, rooms).watch(notices)

    def sign(self, event: EventBase, room: Room) -> None:
        """Put our signature on an event of our own that other servers may see.

        Failure mode: it goes without, and they ask.

        :param room: as it was before the event. That we are its policy server is not said in it at first.
        """
        if self._keys is None or event.type == POLICY_STATE or domain_of(UserId(event.sender)) != self._server_name:
            return
        if (event.type, event.get_state_key()) == CREATE:
            room = parse_room({CREATE: event}, self._bot)
        if room.kind is RoomKind.OTHER or not room.is_federated:
            return
        try:
            signature = self._keys.sign(event, room.policy_server)
            event.signatures.add_signature(self._server_name, KEY_ID, signature)
        except Exception:
            logger.exception("room=%s event=%s goes without our signature", event.room_id, event.type)
