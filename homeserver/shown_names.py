"""The names guests show on this homeserver (rule G5): refused where they are set, repaired where they were.

    PUT /profile/…/displayname ─▶ marked, and nobody's who is listed? ─ no ─▶ 403, nothing has changed
    set past that (by the bridge through the module, by another module), or taken away ─▶ put right at once

To refuse the memberships that a new name makes would not do: the name itself would stay changed.

Failure mode: while the directory cannot be read, guests change no name, and nothing is repaired.
"""

from __future__ import annotations

import logging
from typing import Final, Protocol

from synapse.module_api import ModuleApi, ProfileInfo, UserID
from twisted.internet.defer import CancelledError

from homeserver.directory import PolicyRoom
from homeserver.refusals import UNSURE, raise_if_refused
from policies.names import UserId
from policies.names_shown import build_guest_name, may_show_name
from policies.outcomes import ALLOW, Verdict
from policies.people import localpart_of
from policies.permissions import has_no_power
from policies.rooms import Room, RoomKind

logger = logging.getLogger(__name__)

NOWHERE: Final = Room(RoomKind.OTHER)
"""A name is set for all rooms at once, so it is held against no room in particular."""
SPARE: Final = "Guest"
"""What somebody is called whose name was somebody else's."""


class Requester(Protocol):
    """Who asks, as Synapse knows them."""

    @property
    def authenticated_entity(self) -> str: ...


class ShownNames:
    """Looks at names that are set, before and after."""

    def __init__(self, api: ModuleApi, policy_room: PolicyRoom) -> None:
        self._api = api
        self._policy_room = policy_room
        self._trusted: set[str] = set()

    async def perform_rename(self, user_id: UserId, name: str) -> None:
        """Have somebody shown by another name, on the bridge's behalf."""
        self._trusted.add(user_id)
        try:
            await self._api.set_displayname(UserID.from_string(user_id), name)
        finally:
            self._trusted.discard(user_id)

    async def check(
        self, *, target_user: UserID, requester: object, new_displayname: object, **options: object
    ) -> None:
        """Somebody is about to show another name."""
        user_id = UserId(target_user.to_string())
        if user_id not in self._trusted and isinstance(new_displayname, str):
            raise_if_refused(await self._may_show(user_id, new_displayname.strip()))

    async def _may_show(self, user_id: UserId, name: str) -> Verdict:
        try:
            directory = await self._policy_room.load_directory()
            return may_show_name(directory.who_is(user_id), name, NOWHERE, directory)
        except CancelledError:
            raise
        except Exception:
            logger.exception("user=%s the directory cannot be read", user_id)
            return UNSURE if has_no_power(self._policy_room.last_known.who_is(user_id)) else ALLOW

    async def on_profile_update(
        self, user_id: str, new_profile: ProfileInfo, by_admin: bool, deactivation: bool
    ) -> None:
        """Somebody shows another name, another picture, or no name any more."""
        if not deactivation:
            name = new_profile.display_name or ""
            self._api.run_as_background_process("chaperone_name", self._perform_repair, UserId(user_id), name)

    async def _perform_repair(self, user_id: UserId, name: str) -> None:
        try:
            directory = await self._policy_room.load_directory()
            person = directory.who_is(user_id)
            if not person.is_guest or (name and may_show_name(person, name, NOWHERE, directory)):
                return
            logger.warning("user=%s showed a name that guests may not, and was renamed", user_id)
            shown = build_guest_name(name or localpart_of(user_id), SPARE, directory)
            await self._api.set_displayname(UserID.from_string(user_id), shown)
        except Exception:
            logger.exception("user=%s shows a name that guests may not", user_id)
