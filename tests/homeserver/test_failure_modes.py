"""When a rule cannot be asked: guests are refused, staff as last known go on, and nobody gets a 500."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast

import pytest

from homeserver.errors import UnknownSynapse
from homeserver.module_config import ModuleConfig
from policies.names import Role, RoomAlias, ServerName, UserId
from policies.people import Directory, Person

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # Twisted deprecates what Synapse imports of it
    from synapse.module_api.errors import SynapseError
    from twisted.internet.defer import CancelledError

    from homeserver.policy_module import PolicyModule

CONFIG = ModuleConfig(
    bot=UserId("@chaperone:a"),
    policy_alias=RoomAlias("#chaperone-policy:a"),
    appservice_url="http://127.0.0.1:1",
    module_secret="m",
    robots_secret="r",
)
ADA, GINA = UserId("@ada:a"), UserId("@guest-gina:a")
ROOM = "!room"


class Broken:
    """Whatever is called here fails."""

    def __init__(self, fault: BaseException) -> None:
        self._fault = fault

    def __getattr__(self, name: str) -> Callable[..., Any]:
        async def fail(*args: object, **kwargs: object) -> None:
            raise self._fault

        fail.cache = SimpleNamespace(get_immediate=lambda key, default: default)  # type: ignore[attr-defined]  # as Synapse does
        return fail


class FakeRules:
    """Synapse's own, which allow everything."""

    async def check_event_allowed(self, event: object, context: object) -> tuple[bool, None]:
        return True, None

    async def on_new_event(self, event_id: str) -> None: ...

    async def check_can_deactivate_user(self, user_id: str, by_admin: bool) -> bool:
        return True

    async def check_can_shutdown_room(self, user_id: str | None, room_id: str) -> bool:
        return True


class FakeMembers:
    async def do_3pid_invite(self, room_id: str, inviter: object, medium: str, address: str) -> None: ...

    async def remote_knock(
        self, requester: object, remote_room_hosts: list[str], room_id: str, user: object, content: object
    ) -> None: ...


class FakeProfiles:
    async def set_displayname(
        self,
        *,
        target_user: object,
        requester: object,
        new_displayname: str,
        by_admin: bool = False,
        propagate: bool = True,
    ) -> None: ...


class FakeApi:
    """As much of `ModuleApi` as the module needs to be made, with a store that fails."""

    worker_name = "a worker"

    def __init__(self, fault: BaseException) -> None:
        broken = Broken(fault)
        self._store = self._device_handler = self._auth_handler = self._registration_handler = broken
        self.rules, self.members, self.profiles = FakeRules(), FakeMembers(), FakeProfiles()
        self._callbacks = SimpleNamespace(third_party_event_rules=self.rules)
        self._hs = SimpleNamespace(
            get_room_member_handler=lambda: self.members, get_profile_handler=lambda: self.profiles
        )
        self._storage_controllers = SimpleNamespace(state=broken)
        self.callbacks: dict[str, Any] = {}

    def register_third_party_rules_callbacks(self, **callbacks: Any) -> None:
        self.callbacks |= callbacks

    register_spam_checker_callbacks = register_third_party_rules_callbacks
    register_password_auth_provider_callbacks = register_third_party_rules_callbacks

    def register_web_resource(self, path: str, resource: object) -> None:
        self.path = path


def build_callbacks(fault: BaseException) -> dict[str, Any]:
    """The module's callbacks over a store that fails, after it has once read that Ada is an employee."""
    api = FakeApi(fault)
    module = PolicyModule(CONFIG, cast(Any, api))
    directory = Directory(CONFIG.bot, ServerName("a"), {ADA: Person(ADA, Role.EMPLOYEE)})
    module._policy_room._directory = directory
    return {**api.callbacks, "check_event_allowed": api.rules.check_event_allowed}


def event(sender: UserId) -> SimpleNamespace:
    return SimpleNamespace(type="m.room.message", sender=sender, content={}, room_id=ROOM, get_state_key=lambda: None)


CONTEXT = SimpleNamespace(state_group_before_event=1, state_map_before_event=None)
QUESTIONS: dict[str, Callable[[dict[str, Any], UserId], Any]] = {
    "check_event_allowed": lambda callbacks, who: callbacks["check_event_allowed"](event(who), CONTEXT),
    "user_may_create_room": lambda callbacks, who: callbacks["user_may_create_room"](who, {}),
    "user_may_create_room_alias": lambda callbacks, who: callbacks["user_may_create_room_alias"](who, None),
    "user_may_publish_room": lambda callbacks, who: callbacks["user_may_publish_room"](who, ROOM),
    "user_may_invite": lambda callbacks, who: callbacks["user_may_invite"](who, GINA, ROOM),
    "user_may_join_room": lambda callbacks, who: callbacks["user_may_join_room"](who, ROOM, True),
    "check_login_for_spam": lambda callbacks, who: callbacks["check_login_for_spam"](who, None, None, [], None),
}


@pytest.mark.parametrize("question", QUESTIONS)
class TestWithoutAStore:
    async def test_a_guest_is_refused_with_a_sentence(self, question: str) -> None:
        with pytest.raises(SynapseError) as raised:
            await QUESTIONS[question](build_callbacks(RuntimeError("no database")), GINA)
        assert (raised.value.code, raised.value.errcode) == (403, "CHAPERONE_NOT_PERMITTED")
        assert "try again" in raised.value.msg

    async def test_an_employee_goes_on(self, question: str) -> None:
        answer = await QUESTIONS[question](build_callbacks(RuntimeError("no database")), ADA)
        assert answer in {"NOT_SPAM", (True, None)}

    async def test_an_error_of_synapses_own_is_no_answer_either(self, question: str) -> None:
        answer = await QUESTIONS[question](build_callbacks(SynapseError(500, "store")), ADA)
        assert answer in {"NOT_SPAM", (True, None)}

    async def test_a_request_that_was_cancelled_stays_cancelled(self, question: str) -> None:
        with pytest.raises(CancelledError):
            await QUESTIONS[question](build_callbacks(CancelledError()), ADA)


async def test_a_guest_still_finds_nobody() -> None:
    callbacks = build_callbacks(RuntimeError("no database"))
    assert await callbacks["check_username_for_spam"]({}, GINA) is True
    assert await callbacks["check_username_for_spam"]({}, ADA) is False


async def test_nobody_registers_whatever_works_or_not() -> None:
    with pytest.raises(SynapseError) as raised:
        await build_callbacks(RuntimeError("no database"))["check_registration_for_spam"](None, "eve", [], None)
    assert raised.value.errcode == "CHAPERONE_NOT_PERMITTED"


def test_a_synapse_that_lacks_what_the_module_reaches_for_does_not_start() -> None:
    api = FakeApi(RuntimeError())
    api._store = cast(Any, SimpleNamespace(get_events=lambda: None))
    del api._device_handler
    with pytest.raises(UnknownSynapse) as raised:
        PolicyModule(CONFIG, cast(Any, api))
    assert "_device_handler.delete_all_devices_for_user" in raised.value.missing
    assert "_store.set_user_locked_status" in raised.value.missing
    assert "_store.get_events" not in raised.value.missing
