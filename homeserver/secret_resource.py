"""A door of the module that only the bridge opens: by the module's secret, and not where other servers knock.

Synapse mounts what a module serves on each of its listeners, on that for other servers too. There these doors are not.
"""

from __future__ import annotations

import hmac

from synapse.api.errors import Codes
from synapse.http.site import SynapseRequest
from synapse.module_api import DirectServeJsonResource
from synapse.module_api.errors import SynapseError

from homeserver.synapse_config import FEDERATION_TAG


class SecretResource(DirectServeJsonResource):
    """Base of the resources that are for the bridge."""

    isLeaf = True  # noqa: N815 - Twisted's name

    def __init__(self, module_secret: str) -> None:
        super().__init__()
        self._authorization = f"Bearer {module_secret}".encode()

    def authenticate(self, request: SynapseRequest) -> None:
        """Let the bridge pass.

        :raises SynapseError: 404 to other servers, 401 to whoever does not know the secret.
        """
        if request.synapse_site.site_tag == FEDERATION_TAG:
            raise SynapseError(404, "There is nothing here.", Codes.UNRECOGNIZED)
        given = request.requestHeaders.getRawHeaders(b"Authorization") or []
        if len(given) != 1:
            raise SynapseError(401, "This needs the module's secret.", Codes.MISSING_TOKEN)
        if not hmac.compare_digest(given[0], self._authorization):
            raise SynapseError(401, "This is not the module's secret.", Codes.UNKNOWN_TOKEN)
