"""Uploads by who makes them: the suspended none, guests smaller ones and fewer. Files fill a disk for good.

Whoever uploads is known before a byte is read, by the size that the request announces; what is announced is enforced
by Synapse's listener. What the file is, is not looked at here: the callback for that is not told whose it is.

Failure mode: while the directory cannot be read guests upload nothing, and staff what they always may.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Final

from synapse.config.repository import MediaUploadLimit
from synapse.module_api import JsonDict, ModuleApi
from twisted.internet.defer import CancelledError

from homeserver.directory import PolicyRoom
from homeserver.refusals import UNSURE, raise_if_refused
from policies.names import UserId
from policies.outcomes import ALLOW, Verdict
from policies.people import Person
from policies.permissions import has_no_power
from policies.uploads import UploadLimits, daily_upload, largest_upload, may_upload, may_upload_more

logger = logging.getLogger(__name__)

DAY_MS: Final = 24 * 60 * 60 * 1000


class Uploads:
    """The module's callbacks about media."""

    def __init__(self, api: ModuleApi, limits: UploadLimits, policy_room: PolicyRoom) -> None:
        self._policy_room = policy_room
        self._limits = limits
        api.register_media_repository_callbacks(
            get_media_config_for_user=self.get_media_config_for_user,
            is_user_allowed_to_upload_media_of_size=self.is_user_allowed_to_upload_media_of_size,
            get_media_upload_limits_for_user=self.get_media_upload_limits_for_user,
            on_media_upload_limit_exceeded=self.on_media_upload_limit_exceeded,
        )

    async def get_media_config_for_user(self, user_id: str) -> JsonDict | None:
        """What a client is told beforehand."""
        person = await self._who_is(UserId(user_id))
        return None if person is None else {"m.upload.size": largest_upload(person, self._limits)}

    async def is_user_allowed_to_upload_media_of_size(self, user_id: str, size: int) -> bool:
        """One file."""
        raise_if_refused(await self._ask(UserId(user_id), lambda person: may_upload(person, size, self._limits)))
        return True

    async def get_media_upload_limits_for_user(self, user_id: str) -> list[MediaUploadLimit] | None:
        """How much over which time. An empty list is no limit."""
        person = await self._who_is(UserId(user_id))
        daily = None if person is None else daily_upload(person, self._limits)
        return [] if daily is None else [MediaUploadLimit(max_bytes=daily, time_period_ms=DAY_MS)]

    async def on_media_upload_limit_exceeded(
        self, user_id: str, limit: MediaUploadLimit, sent_bytes: int, attempted_bytes: int
    ) -> None:
        """Synapse is about to refuse; its own refusal has neither our code nor a sentence."""
        raise_if_refused(
            await self._ask(
                UserId(user_id), lambda person: may_upload_more(person, attempted_bytes, sent_bytes, self._limits)
            )
        )

    async def _ask(self, user_id: UserId, rule: Callable[[Person], Verdict]) -> Verdict:
        person = await self._who_is(user_id)
        if person is not None:
            return rule(person)
        return UNSURE if has_no_power(self._policy_room.last_known.who_is(user_id)) else ALLOW

    async def _who_is(self, user_id: UserId) -> Person | None:
        """None if it cannot be known now."""
        try:
            return (await self._policy_room.load_directory()).who_is(user_id)
        except CancelledError:
            raise
        except Exception:
            logger.exception("user=%s the directory cannot be read", user_id)
            return None
