"""Who may begin a session. Synapse keeps no password; people's are the bridge's to check, robots' are derived.

    m.login.password ─▶ check_password ─▶ robot? HMAC(robots_secret, user id), here, whether or not the bridge runs
                                       └▶ anybody else: POST <bridge>/_chaperone/check_password
    login.jwt ─────────▶ (Synapse verifies the token)
    either ────────────▶ check_login ─▶ rule: not the bot, not the suspended, robots by their own secret only

Failure mode: without the bridge nobody but robots logs in by password; sessions that exist are not touched.
"""

from __future__ import annotations

import hmac
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Collection
from typing import Any, Final

from synapse.api.errors import HttpResponseException
from synapse.module_api import NOT_SPAM, LoginResponse, ModuleApi
from twisted.internet.defer import CancelledError

from homeserver.directory import PolicyRoom
from homeserver.internals import request_id
from homeserver.keys import derive_robot_password
from homeserver.module_config import ModuleConfig
from homeserver.refusals import UNSURE, raise_if_refused
from policies.names import Role, UserId
from policies.outcomes import Verdict
from policies.people import domain_of
from policies.permissions import has_no_power, may_log_in

logger = logging.getLogger(__name__)

LONGEST_PASSWORD: Final = 1024
PROVEN_KEPT: Final = 1000
"""Requests whose robot's secret was right and whose login has not been asked about yet; more are not under way."""

CheckedLogin = tuple[str, Callable[[LoginResponse], Awaitable[None]] | None]


class Login:
    """The module's callbacks about sessions."""

    def __init__(self, api: ModuleApi, config: ModuleConfig, policy_room: PolicyRoom) -> None:
        self._api = api
        self._config = config
        self._policy_room = policy_room
        self._proven: OrderedDict[str, UserId] = OrderedDict()

    async def check_password(self, username: str, login_type: str, login_dict: dict[str, Any]) -> CheckedLogin | None:
        """Synapse's password provider: the user whose password it is, or None.

        Failure mode: an exception here is taken by Synapse for a wrong password.
        """
        password = login_dict.get("password")
        user_id = self._qualify(username)
        if user_id is None or not isinstance(password, str) or not 0 < len(password) <= LONGEST_PASSWORD:
            return None
        person = (await self._policy_room.load_directory()).who_is(user_id)
        if person.is_bridge:
            return None
        if person.role is Role.ROBOT:
            if not self._is_robots_own(user_id, password):
                return None
        elif not await self._ask_bridge(user_id, password):
            return None
        if await self._api.check_user_exists(user_id) != user_id:
            logger.warning("login=%s password is right, but there is no such account", user_id)
            return None
        return user_id, None

    def _qualify(self, username: str) -> UserId | None:
        """Every user id here is lower case, whatever a person types."""
        typed = username.strip().lower()
        user_id = UserId(typed if typed.startswith("@") else f"@{typed}:{self._config.server_name}")
        return user_id if domain_of(user_id) == self._config.server_name else None

    def _is_robots_own(self, user_id: UserId, password: str) -> bool:
        right = derive_robot_password(self._config.robots_secret, user_id)
        request = request_id()
        if request is None or not hmac.compare_digest(right.encode(), password.encode()):
            return False
        self._proven[request] = user_id
        while len(self._proven) > PROVEN_KEPT:
            self._proven.popitem(last=False)
        return True

    async def _ask_bridge(self, user_id: UserId, password: str) -> bool:
        try:
            answer = await self._api.http_client.post_json_get_json(
                f"{self._config.appservice_url}/_chaperone/check_password",
                {"user_id": user_id, "password": password},
                headers={
                    b"Authorization": [f"Bearer {self._config.module_secret}".encode()],
                    # Logins are rare. A kept connection may be to a bridge that is gone, and a POST is not retried.
                    b"Connection": [b"close"],
                },
            )
        except HttpResponseException as refused:
            if refused.code != 403:
                logger.warning("login=%s the bridge answered status=%s: refused", user_id, refused.code)
            return False
        except CancelledError:
            raise
        except Exception as unreachable:
            logger.warning("login=%s the bridge is out of reach (%s): refused", user_id, type(unreachable).__name__)
            return False
        return isinstance(answer, dict) and answer.get("user_id") == user_id

    async def check_login(
        self,
        user_id: str,
        device_id: str | None,
        initial_display_name: str | None,
        request_info: Collection[tuple[str | None, str]],
        auth_provider_id: str | None = None,
    ) -> Any:
        """`check_login_for_spam`: asked after whatever proved who it is, before there is a session.

        Failure mode: if the directory cannot be read, people known as staff log in and nobody else does.
        """
        by_own_secret = self._proven.pop(request_id() or "", None) == user_id
        raise_if_refused(await self._may_log_in(UserId(user_id), by_own_secret=by_own_secret))
        return NOT_SPAM

    async def _may_log_in(self, user_id: UserId, *, by_own_secret: bool) -> Verdict:
        try:
            person = (await self._policy_room.load_directory()).who_is(user_id)
        except CancelledError:
            raise
        except Exception:
            logger.exception("login=%s the directory cannot be read", user_id)
            person = self._policy_room.last_known.who_is(user_id)
            if has_no_power(person):
                return UNSURE
        return may_log_in(person, by_own_secret=by_own_secret)
