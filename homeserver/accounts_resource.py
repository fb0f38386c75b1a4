"""The bridge's way to accounts: what would need a server admin, and no more of it.

    PUT /_synapse/chaperone/accounts/{user_id}   Authorization: Bearer <module_secret>
        {"display_name": str, "locked": bool, "unlimited": bool, "log_out": bool = false}   ─▶ 200 {}

Makes the account if there is none (Synapse keeps no password for it), names it, locks or unlocks it, lifts or restores
Synapse's rate limits. Locking ends every session. So does logging out, for somebody who may act no more and still has
to count as cover until another one is there: a locked account counts as none. Said twice it does nothing more, so the
bridge repeats it after a crash. The bot's own token cannot do any of this, so a leaked one cannot either.
"""

from __future__ import annotations

import logging
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, StrictBool, StringConstraints, ValidationError
from synapse.api.errors import Codes
from synapse.http.servlet import parse_json_object_from_request
from synapse.http.site import SynapseRequest
from synapse.module_api import JsonDict, ModuleApi, UserID
from synapse.module_api.errors import SynapseError
from synapse.spam_checker_api import RegistrationBehaviour

from homeserver.internals import Internals
from homeserver.module_config import ModuleConfig
from homeserver.refusals import Refusal
from homeserver.secret_resource import SecretResource
from homeserver.shown_names import ShownNames
from policies.names import Code, Rule, UserId
from policies.outcomes import Refuse
from policies.people import domain_of

logger = logging.getLogger(__name__)

NO_REGISTRATION: Final = Refuse(Rule.S2, Code.NOT_PERMITTED, "There is no such account, and nobody makes their own.")
PATH: Final = "/_synapse/chaperone/accounts"


class Account(BaseModel):
    """What an account shall be."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    display_name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=256)]
    locked: StrictBool
    unlimited: StrictBool
    log_out: StrictBool = False


class Accounts:
    """Makes accounts be what the bridge says."""

    def __init__(self, api: ModuleApi, internals: Internals, config: ModuleConfig, names: ShownNames) -> None:
        self._api = api
        self._names = names
        self._internals = internals
        self._server_name = config.server_name
        self._registering: set[str] = set()

    async def perform(self, user_id: UserId, account: Account) -> None:
        """Make it so, in an order in which a crash leaves no more open than there was.

        :raises SynapseError: 400 for a user who is not ours to keep here.
        """
        if domain_of(user_id) != self._server_name or not user_id.startswith("@") or user_id != user_id.lower():
            raise SynapseError(400, "This is no user of this homeserver.", Codes.INVALID_PARAM)
        if self._internals.is_reserved(user_id):
            raise SynapseError(400, "This user belongs to the application service.", Codes.EXCLUSIVE)
        if await self._api.check_user_exists(user_id) is None:
            await self._register(user_id, account.display_name)
        await self._internals.set_locked(user_id, locked=account.locked)
        if account.log_out:
            await self._internals.end_sessions(user_id)
        await self._internals.set_unlimited(user_id, unlimited=account.unlimited)
        user = UserID.from_string(user_id)
        if (await self._api.get_profile_for_user(user.localpart)).display_name != account.display_name:
            await self._names.perform_rename(user_id, account.display_name)

    async def _register(self, user_id: UserId, display_name: str) -> None:
        localpart = UserID.from_string(user_id).localpart
        self._registering.add(localpart)
        try:
            await self._api.register_user(localpart, display_name)
        except SynapseError as refused:
            if refused.errcode != Codes.USER_IN_USE:
                raise
        finally:
            self._registering.discard(localpart)

    async def check_registration(self, *facts: object) -> RegistrationBehaviour:
        """`check_registration_for_spam`: nobody registers but through here, by a token for an unknown user neither.

        Failure mode: without this answer Synapse refuses.
        """
        _, username, *_ = facts
        if username not in self._registering:
            raise Refusal(NO_REGISTRATION)
        return RegistrationBehaviour.ALLOW


class AccountsResource(SecretResource):
    """The door to `Accounts`."""

    def __init__(self, accounts: Accounts, module_secret: str) -> None:
        super().__init__(module_secret)
        self._accounts = accounts

    async def _async_render_PUT(self, request: SynapseRequest) -> tuple[int, JsonDict]:  # noqa: N802 - Synapse's name
        self.authenticate(request)
        segments = request.postpath or []
        if len(segments) != 1:
            raise SynapseError(404, "There is nothing here.", Codes.UNRECOGNIZED)
        user_id = UserId(segments[0].decode("ascii", "replace"))
        try:
            account = Account.model_validate(parse_json_object_from_request(request))
        except ValidationError as invalid:
            faults = [
                f"{'.'.join(str(part) for part in fault['loc'])}: {fault['msg']}"
                for fault in invalid.errors(include_url=False, include_input=False)
            ]
            raise SynapseError(400, "; ".join(faults), Codes.BAD_JSON) from invalid
        await self._accounts.perform(user_id, account)
        logger.info("account=%s locked=%s unlimited=%s", user_id, account.locked, account.unlimited)
        return 200, {}
