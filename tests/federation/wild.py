"""A module for the other server in our tests, by which it misbehaves, or is older than it is.

    PUT /_test/asks {"asks": false}     from now on nobody is asked about anything, and nothing is held against it

Never part of Chaperone: it is loaded by the other server alone.
"""

from __future__ import annotations

from typing import Any

from synapse.http.servlet import parse_json_object_from_request
from synapse.http.site import SynapseRequest
from synapse.module_api import DirectServeJsonResource, EventBase, ModuleApi


class Wild:
    """Stands between that server and its own conscience."""

    def __init__(self, config: None, api: ModuleApi) -> None:
        self.asks = True
        policy: Any = api._hs.get_room_policy_handler()
        ask, allowed = policy.ask_policy_server_to_sign_event, policy.is_event_allowed

        async def ask_or_not(event: EventBase, verify: bool = False) -> None:
            if self.asks:
                await ask(event, verify=verify)

        async def allowed_or_who_cares(event: EventBase) -> bool:
            return not self.asks or bool(await allowed(event))

        policy.ask_policy_server_to_sign_event = ask_or_not
        policy.is_event_allowed = allowed_or_who_cares
        api.register_web_resource("/_test/asks", Switch(self))

    @staticmethod
    def parse_config(config: object) -> None:
        """There is nothing to configure."""


class Switch(DirectServeJsonResource):
    """Turns it on and off."""

    isLeaf = True  # noqa: N815 - Twisted's name

    def __init__(self, wild: Wild) -> None:
        super().__init__()
        self._wild = wild

    async def _async_render_PUT(self, request: SynapseRequest) -> tuple[int, dict[str, Any]]:  # noqa: N802 - Synapse's name
        self._wild.asks = bool(parse_json_object_from_request(request)["asks"])
        return 200, {}
