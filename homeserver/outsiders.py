"""What people of other servers do, judged here: once for the policy server, and once more when it arrives.

    their server ──asks──▶ policy_server ──▶ Judge.may_happen ─▶ refused before it exists, with code and sentence
    it arrives ──────────▶ check_event_for_spam
                             member event ─────────▶ pass: leaves and joins are never vetoed, as that would only make us
                             │                             believe what nobody else does
                             our signature ────────▶ pass: decided then, and not again (who is present may have changed)
                             not in a room of ours ▶ pass: not ours to judge
                             none, or a bad one ───▶ Judge.may_happen ─▶ hidden here; elsewhere our signature is missed
    a name that poses ───▶ removed by the bot: nobody asks before a name is changed

Failure mode: what cannot be judged is refused.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Any

from synapse.api.errors import Codes
from synapse.module_api import NOT_SPAM, EventBase, ModuleApi
from twisted.internet.defer import CancelledError

from homeserver.directory import PolicyRoom
from homeserver.drafts import Drafts
from homeserver.internals import Internals
from homeserver.module_config import ModuleConfig
from homeserver.notices import Notices
from homeserver.policy_keys import PolicyKeys
from homeserver.refusals import UNSURE, raise_if_refused
from homeserver.room_states import RoomStates
from policies.content import text_at
from policies.names import RoomId, UserId
from policies.names_shown import may_show_name
from policies.outcomes import Refuse, Verdict
from policies.people import Directory, domain_of
from policies.permissions import may_invite, may_send
from policies.rooms import Membership, RoomKind

logger = logging.getLogger(__name__)


class Judge:
    """Asks the rules about an event of somebody elsewhere, in the room as it is now."""

    def __init__(self, policy_room: PolicyRoom, rooms: RoomStates, drafts: Drafts) -> None:
        self._policy_room = policy_room
        self._rooms = rooms
        self._drafts = drafts

    async def may_happen(self, event: EventBase) -> Verdict:
        """Whether the rules allow it."""

        async def question(directory: Directory) -> Verdict:
            draft = await self._drafts.load(event)
            return await self._rooms.ask_now(
                RoomId(event.room_id), [draft.sender], lambda room: may_send(draft, room, directory)
            )

        return await self._ask(event, question)

    async def may_invite(self, event: EventBase) -> Verdict:
        """Whether somebody elsewhere may invite somebody of ours."""

        async def question(directory: Directory) -> Verdict:
            inviter, invited = directory.who_is(UserId(event.sender)), directory.who_is(UserId(event.state_key))
            return may_invite(inviter, invited, await self._rooms.load_now(RoomId(event.room_id)), directory)

        return await self._ask(event, question)

    async def _ask(self, event: EventBase, question: Callable[[Directory], Awaitable[Verdict]]) -> Verdict:
        try:
            verdict = await question(await self._policy_room.load_directory())
        except CancelledError:
            raise
        except Exception:
            logger.exception("actor=%s room=%s a rule could not be asked", event.sender, event.room_id)
            return UNSURE
        if isinstance(verdict, Refuse):
            logger.info("room=%s actor=%s rule=%s refused=%s", event.room_id, event.sender, verdict.rule, verdict.code)
        return verdict


def is_membership(event: EventBase) -> bool:
    """Whether this is somebody's membership, and not a message that calls itself so."""
    return event.type == "m.room.member" and event.get_state_key() is not None


class Outsiders:
    """The module's callbacks about what comes from other servers."""

    def __init__(
        self,
        api: ModuleApi,
        internals: Internals,
        config: ModuleConfig,
        keys: PolicyKeys,
        judge: Judge,
        policy_room: PolicyRoom,
        rooms: RoomStates,
    ) -> None:
        self._api = api
        self._internals = internals
        self._bot = config.bot
        self._server_name = config.server_name
        self._keys = keys
        self._judge = judge
        self._policy_room = policy_room
        self._rooms = rooms

    def watch(self, notices: Notices) -> None:
        """Begin."""
        self._api.register_spam_checker_callbacks(
            check_event_for_spam=self.check_event_for_spam,
            federated_user_may_invite=self.federated_user_may_invite,
        )
        notices.watch(self.follow)

    def _is_ours(self, user_id: str) -> bool:
        return domain_of(UserId(user_id)) == self._server_name

    async def check_event_for_spam(self, event: EventBase) -> Any:
        """Every event that arrives, and our own messages, which `check_event_allowed` has decided."""
        if self._is_ours(event.sender) or is_membership(event) or self._keys.has_signed(event):
            return NOT_SPAM
        kind = await self._rooms.ask_now(RoomId(event.room_id), (), lambda room: room.kind)
        if kind is RoomKind.OTHER:
            return NOT_SPAM
        return NOT_SPAM if await self._judge.may_happen(event) else Codes.FORBIDDEN

    async def federated_user_may_invite(self, event: EventBase) -> Any:
        """Somebody elsewhere invites somebody of ours, mostly to rooms of which we know nothing."""
        raise_if_refused(await self._judge.may_invite(event))
        return NOT_SPAM

    def follow(self, event: EventBase) -> None:
        """Look at the names people of other servers show, after the fact."""
        if (
            event.type == "m.room.member"
            and event.content.get("membership") == Membership.JOIN
            and text_at(event.content, "displayname")
            and not self._is_ours(event.sender)
        ):
            self._api.run_as_background_process("chaperone_outsider", self._perform_removal, event)

    async def _perform_removal(self, event: EventBase) -> None:
        """G5, after the fact: whoever shows a name that poses is removed, told why, and may be invited again."""
        try:
            room = await self._rooms.load_now(RoomId(event.room_id))
            if room.kind is RoomKind.OTHER:
                return
            directory = await self._policy_room.load_directory()
            person = directory.who_is(UserId(event.sender))
            verdict = may_show_name(person, text_at(event.content, "displayname"), room, directory)
            if isinstance(verdict, Refuse):
                logger.warning("room=%s actor=%s removed: %s", event.room_id, event.sender, verdict.code)
                await self._internals.perform_removal(
                    self._bot, person.user_id, RoomId(event.room_id), verdict.sentence
                )
        except Exception:
            logger.exception("room=%s actor=%s not removed", RoomId(event.room_id), event.sender)
