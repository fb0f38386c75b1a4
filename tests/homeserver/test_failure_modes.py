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
from tests.homeserver.fake_api import FakeApi, FakeRules

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # Twisted deprecates what Synapse imports of it
    from synapse.module_api import UserID
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


def build_callbacks(fault: BaseException) -> dict[str, Any]:
    """The module's callbacks over a store that fails, after it has once read that Ada is an employee."""
    api = FakeApi(fault)
    module = PolicyModule(CONFIG, cast(Any, api))
    directory = Directory(CONFIG.bot, ServerName("a"), {ADA: Person(ADA, Role.EMPLOYEE)})
    module._policy_room._directory = directory
    rules = {name: getattr(api.rules, name) for name in vars(FakeRules) if not name.startswith("_")}
    others = {"set_displayname": api.profiles.set_displayname, "do_3pid_invite": api.members.do_3pid_invite}
    return {**api.callbacks, **rules, **others}


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
    "set_displayname": lambda callbacks, who: callbacks["set_displayname"](
        target_user=UserID.from_string(who), requester=None, new_displayname="Gina (guest)"
    ),
    "is_user_allowed_to_upload_media_of_size": lambda callbacks, who: callbacks[
        "is_user_allowed_to_upload_media_of_size"
    ](who, 1),
    "on_media_upload_limit_exceeded": lambda callbacks, who: callbacks["on_media_upload_limit_exceeded"](
        who, None, 1, 1
    ),
}
PASSED = {"NOT_SPAM", (True, None), True, None}
ENDINGS: dict[str, Callable[[dict[str, Any], UserId], Any]] = {
    "check_can_deactivate_user": lambda callbacks, who: callbacks["check_can_deactivate_user"](who, False),
    "check_can_shutdown_room": lambda callbacks, who: callbacks["check_can_shutdown_room"](who, ROOM),
}


@pytest.mark.parametrize("question", QUESTIONS)
class TestWithoutAStore:
    async def test_a_guest_is_refused_with_a_sentence(self, question: str) -> None:
        with pytest.raises(SynapseError) as raised:
            await QUESTIONS[question](build_callbacks(RuntimeError("no database")), GINA)
        assert (raised.value.code, raised.value.errcode) == (403, "CHAPERONE_NOT_PERMITTED")
        assert "try again" in raised.value.msg

    async def test_an_employee_goes_on(self, question: str) -> None:
        assert await QUESTIONS[question](build_callbacks(RuntimeError("no database")), ADA) in PASSED

    async def test_an_error_of_synapses_own_is_no_answer_either(self, question: str) -> None:
        assert await QUESTIONS[question](build_callbacks(SynapseError(500, "store")), ADA) in PASSED

    async def test_a_request_that_was_cancelled_stays_cancelled(self, question: str) -> None:
        with pytest.raises(CancelledError):
            await QUESTIONS[question](build_callbacks(CancelledError()), ADA)


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("who", [ADA, GINA])
class TestEndingsWithoutAStore:
    async def test_what_cannot_be_checked_does_not_end(self, ending: str, who: UserId) -> None:
        with pytest.raises(SynapseError) as raised:
            await ENDINGS[ending](build_callbacks(RuntimeError("no database")), who)
        assert (raised.value.code, raised.value.errcode) == (403, "CHAPERONE_NOT_PERMITTED")

    async def test_a_request_that_was_cancelled_stays_cancelled(self, ending: str, who: UserId) -> None:
        with pytest.raises(CancelledError):
            await ENDINGS[ending](build_callbacks(CancelledError()), who)


async def test_a_guest_is_told_no_size_and_has_no_limit_of_a_day_that_is_anybodys() -> None:
    callbacks = build_callbacks(RuntimeError("no database"))
    assert await callbacks["get_media_config_for_user"](GINA) is None
    assert await callbacks["get_media_upload_limits_for_user"](GINA) == []


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
