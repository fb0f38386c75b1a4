"""Which start of Synapse this is, so that the bridge notices when it was another.

    GET /_synapse/chaperone/start   Authorization: Bearer <module_secret>   ─▶ 200 {"start": "<random>"}

Synapse notes how far it has told an application service before the transaction that tells it is stored. Killed in
between, it never tells: what was said just then would be missing from the bridge for ever. So the bridge looks for
itself what was said whenever a new start speaks to it.
"""

from __future__ import annotations

from typing import Final
from uuid import uuid4

from synapse.http.site import SynapseRequest
from synapse.module_api import JsonDict

from homeserver.secret_resource import SecretResource

PATH: Final = "/_synapse/chaperone/start"


class StartResource(SecretResource):
    """One of it is made each time Synapse starts."""

    def __init__(self, module_secret: str) -> None:
        super().__init__(module_secret)
        self._start = uuid4().hex

    async def _async_render_GET(self, request: SynapseRequest) -> tuple[int, JsonDict]:  # noqa: N802 - Synapse's name
        self.authenticate(request)
        return 200, {"start": self._start}
