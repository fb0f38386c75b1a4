"""The module inside Synapse: asks `policies` before an event, a room or a session exists.

                     directory (policy room, cached)        as much of the room's state as the rule looks at
                              └──────────────┬───────────────────────┘
    Synapse ── callback ──▶ question ──▶ policies.* ──▶ Allow ─▶ go on
            or doors.py       │                     └─▶ Refuse ─▶ 403 with code and sentence  ┐
                              └ anything failed ─▶ staff as last known: go on; guests: 403 ───┘▶ reports (afterwards)

Everything rests on room state alone: no other process is asked, so the rules hold while the bridge is down, and they
are the same on every worker. Failure mode of every callback: people without power are refused when in doubt, staff
never wait; an exception of ours never becomes a 500 of theirs. Accounts and rooms do not end when in doubt.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Any

from synapse.module_api import NOT_SPAM, EventBase, JsonDict, ModuleApi, RoomAlias, UserID, UserProfile
from synapse.module_api.errors import ConfigError
from twisted.internet.defer import CancelledError

from homeserver.accounts_resource import PATH, Accounts, AccountsResource
from homeserver.arrivals import Arrivals
from homeserver.closed_accounts import ClosedAccounts
from homeserver.company import Company
from homeserver.creation import may_make_room
from homeserver.demotions import Demotions
from homeserver.directory import PolicyRoom
from homeserver.doors import Door, Doors
from homeserver.drafts import Drafts
from homeserver.endings import Endings
from homeserver.errors import SettingsFaults
from homeserver.event_check import EventCheck
from homeserver.federation import Federation
from homeserver.internals import Internals
from homeserver.login import Login
from homeserver.module_config import ModuleConfig, parse_module_config
from homeserver.notices import Notices
from homeserver.refusals import UNSURE, Refusal
from homeserver.reports import Reports
from homeserver.room_states import Context, RoomStates
from homeserver.shown_names import ShownNames
from homeserver.start_resource import PATH as START_PATH
from homeserver.start_resource import StartResource
from homeserver.turns import Turns
from homeserver.uploads import Uploads
from policies.names import RoomId, UserId
from policies.outcomes import ALLOW, Refuse, Verdict
from policies.people import Directory, Person
from policies.permissions import (
    has_no_power,
    may_invite,
    may_invite_by_address,
    may_join,
    may_knock,
    may_name_room,
    may_publish_room,
    may_search_people,
)
from policies.rooms import Room

logger = logging.getLogger(__name__)

Question = Callable[[Directory], Awaitable[Verdict]]


class PolicyModule:
    """Composition root inside Synapse, and the callbacks about events and rooms."""

    def __init__(self, config: ModuleConfig, api: ModuleApi) -> None:
        self._api = api
        self._bot = config.bot
        internals = Internals(api)
        doors = Doors(api)
        self._policy_room = PolicyRoom(internals, config.bot, config.server_name, config.policy_alias)
        self._rooms = RoomStates(internals, config.bot)
        self._closed = ClosedAccounts(api)
        self._events = EventCheck(self._rooms, Drafts(internals), self._closed)
        self._reports = Reports(api, self._policy_room, config.bot)
        names = ShownNames(api, self._policy_room)
        turns = Turns(internals, doors)
        endings = Endings(internals, self._policy_room, self._rooms, self._closed, turns, self._reports)
        self._demotions = Demotions(internals, self._policy_room, self._rooms, self._closed, turns)
        login = Login(api, config, self._policy_room)
        accounts = Accounts(api, internals, config, names)
        doors.ask_first(Door.EVENT, self.check_event_allowed)
        doors.ask_first(Door.DEACTIVATION, endings.check_deactivation)
        doors.ask_first(Door.SHUTDOWN, endings.check_shutdown)
        doors.ask_first(Door.DISPLAY_NAME, names.check)
        doors.ask_first(Door.ADDRESS_INVITE, self.check_address_invite)
        doors.ask_first(Door.KNOCK_ELSEWHERE, self.check_knock_elsewhere)
        api.register_third_party_rules_callbacks(on_profile_update=names.on_profile_update)
        Uploads(api, config.uploads, self._policy_room)
        company = Company(api, config.bot, config.server_name)
        api.register_spam_checker_callbacks(
            user_may_create_room=self.user_may_create_room,
            user_may_create_room_alias=self.user_may_create_room_alias,
            user_may_publish_room=self.user_may_publish_room,
            user_may_invite=self.user_may_invite,
            user_may_join_room=self.user_may_join_room,
            check_username_for_spam=self.check_username_for_spam,
            check_registration_for_spam=accounts.check_registration,
            check_login_for_spam=login.check_login,
        )
        api.register_password_auth_provider_callbacks(
            auth_checkers={("m.login.password", ("password",)): login.check_password}
        )
        api.register_web_resource(PATH, AccountsResource(accounts, config.module_secret))
        api.register_web_resource(START_PATH, StartResource(config.module_secret))
        notices = Notices(api, internals, doors)
        company.watch(notices)
        Arrivals(api, internals, config, self._policy_room, self._rooms).watch(notices)
        self._federation = Federation(api, internals, config, self._policy_room, self._rooms, notices)

    @staticmethod
    def parse_config(config: dict[str, Any]) -> ModuleConfig:
        """Called by Synapse while it reads its own configuration."""
        try:
            return parse_module_config(config)
        except SettingsFaults as faulty:
            raise ConfigError("; ".join(faulty.faults)) from faulty

    async def check_event_allowed(self, event: EventBase, context: Context) -> None:
        """Every event made here, memberships included."""

        async def question(directory: Directory) -> Verdict:
            return await self._events.may_happen(event, context, directory)

        await self._pass_or_raise(UserId(event.sender), question, RoomId(event.room_id))
        try:
            await self._demotions.precede(event)
        except CancelledError:
            raise
        except Exception:
            logger.exception("entry=%s its guests were not looked after", event.get_state_key())
        try:
            facts = self._rooms.recall_facts(context) or await self._rooms.load_facts(context)
            self._federation.sign(event, facts.room)
        except CancelledError:
            raise
        except Exception:
            logger.exception("room=%s event=%s goes without our signature", event.room_id, event.type)

    async def user_may_create_room(self, user_id: str, request: JsonDict) -> Any:
        """All of a createRoom request; what is refused later leaves half a room behind."""
        creator = UserId(user_id)

        async def question(directory: Directory) -> Verdict:
            return may_make_room(creator, request, directory)

        return await self._pass_or_raise(creator, question)

    async def user_may_create_room_alias(self, user_id: str, alias: RoomAlias) -> Any:
        """An address for a room."""
        return await self._pass_or_raise_for(UserId(user_id), may_name_room)

    async def user_may_publish_room(self, user_id: str, room_id: str) -> Any:
        """An entry in the public list."""
        return await self._pass_or_raise_for(UserId(user_id), may_publish_room)

    async def user_may_invite(self, inviter: str, invitee: str, room_id: str) -> Any:
        """An invitation, before the event; from another server too."""

        async def question(directory: Directory) -> Verdict:
            if directory.is_local(UserId(inviter)):
                return ALLOW  # the event is asked about in a moment, with all that it would say
            room = await self._load_room(room_id)
            return may_invite(directory.who_is(UserId(inviter)), directory.who_is(UserId(invitee)), room, directory)

        return await self._pass_or_raise(UserId(inviter), question)

    async def user_may_join_room(self, user_id: str, room_id: str, is_invited: bool) -> Any:
        """A join, before the event; also of rooms elsewhere, of which there is no event here to check.

        `is_invited` is not looked at: it is False for a joined user's own new name, and says nothing of who invited.
        """

        async def question(directory: Directory) -> Verdict:
            person, people = directory.who_is(UserId(user_id)), (UserId(user_id), *directory.people)
            return await self._rooms.ask_now(RoomId(room_id), people, lambda room: may_join(person, room, directory))

        return await self._pass_or_raise(UserId(user_id), question)

    async def check_address_invite(self, room_id: str, inviter: UserID, *details: object, **more: object) -> None:
        """An invitation by e-mail or telephone number; the settings say no to it as well, but not why."""
        await self._pass_or_raise_for(UserId(inviter.to_string()), may_invite_by_address)

    async def check_knock_elsewhere(
        self, requester: object, hosts: object, room_id: str, user: UserID, content: object
    ) -> None:
        """A knock on a room of another server, of which there is no event here to check."""
        await self._pass_or_raise_for(UserId(user.to_string()), may_knock)

    async def check_username_for_spam(self, profile: UserProfile, requester: str) -> bool:
        """Whether to leave somebody out of what a search of the user directory finds."""

        async def question(directory: Directory) -> Verdict:
            return may_search_people(directory.who_is(UserId(requester)))

        return not await self._ask(UserId(requester), question)

    async def _load_room(self, room_id: str) -> Room:
        return await self._rooms.load_now(RoomId(room_id))

    async def _pass_or_raise_for(self, actor: UserId, rule: Callable[[Person], Verdict]) -> Any:
        async def question(directory: Directory) -> Verdict:
            return rule(directory.who_is(actor))

        return await self._pass_or_raise(actor, question)

    async def _pass_or_raise(self, actor: UserId, question: Question, room_id: RoomId | None = None) -> Any:
        verdict = await self._ask(actor, question)
        if isinstance(verdict, Refuse):
            logger.info("room=%s actor=%s rule=%s refused=%s", room_id, actor, verdict.rule, verdict.code)
            if room_id is not None:
                self._reports.report(verdict, room_id, actor)
            raise Refusal(verdict)
        return NOT_SPAM

    async def _ask(self, actor: UserId, question: Question) -> Verdict:
        try:
            return await question(await self._policy_room.load_directory())
        except CancelledError:
            raise
        except Exception:
            logger.exception("actor=%s a rule could not be asked", actor)
            return UNSURE if has_no_power(self._policy_room.last_known.who_is(actor)) else ALLOW
