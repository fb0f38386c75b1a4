"""What stands in a room so that other servers ask us: nobody takes it away, and it outlasts the people in the room."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from homeserver.accounts_resource import PATH
from homeserver.policy_server import STATE_PATH
from policies.names import ANSWER_KEY, Role, RoomId, Tier
from policies.people import Person
from policies.policy_server import POLICY_STATE, build_policy_state
from tests.federation.forging import Forger
from tests.federation.town import Town, event_id_of, heard, sees
from tests.homeserver.house import Someone
from tests.homeserver.test_policy_module import is_refused
from tests.until import until

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def forger(town: Town) -> Forger:
    return Forger(town, town.there.server_name, town.there.signing_key)


class TestNobodyTakesItAway:
    async def test_neither_an_employee_nor_a_guest_sets_it(self, town: Town, ada: Someone, bob: Someone) -> None:
        room = await town.guest_room([ada], bob)
        theirs = {"via": town.there.server_name, "public_keys": {"ed25519": "AAAA"}}
        assert is_refused(await ada.set_state(room, POLICY_STATE, "", theirs), "CHAPERONE_BRIDGE_WRITES_THIS")
        # a policy server is not asked about its own state, so that power levels are what holds here
        answer = await bob.set_state(room, POLICY_STATE, "", theirs)
        assert (answer.status, answer.code) == (403, "M_FORBIDDEN")

    async def test_somebody_elsewhere_with_the_power_of_an_employee_does_not_either(
        self, town: Town, ada: Someone, bob: Someone
    ) -> None:
        room = await town.guest_room([ada], bob)
        levels = await town.here.bot.done("GET", f"/rooms/{quote(room)}/state/m.room.power_levels")
        levels["users"][bob.user_id] = 50
        given = event_id_of(await town.here.bot.set_state(room, "m.room.power_levels", "", levels))
        await until(lambda: sees(bob, room, given))
        answer = await bob.set_state(room, POLICY_STATE, "", {"via": town.there.server_name})
        assert (answer.status, answer.code) == (403, "M_FORBIDDEN")
        assert is_refused(await bob.set_state(room, "m.room.topic", "", {"topic": "mine"}), "CHAPERONE_GUESTS_MAY_NOT")

    async def test_nobody_replaces_the_room(self, town: Town, ada: Someone, bob: Someone) -> None:
        room = await town.guest_room([ada], bob)
        for somebody in (ada, bob):
            answer = await somebody.call("POST", f"/rooms/{quote(room)}/upgrade", {"new_version": "12"})
            assert answer.status == 403, answer
        assert (await town.here.bot.call("GET", f"/rooms/{quote(room)}/state/m.room.tombstone")).status == 404

    async def test_a_room_that_replaces_one_of_ours_is_closed_to_other_servers_until_it_has_a_guard(
        self, town: Town, ada: Someone, bob: Someone
    ) -> None:
        room = await town.guest_room([ada], bob, version="11")
        upgraded = await town.here.bot.done("POST", f"/rooms/{quote(room)}/upgrade", {"new_version": "12"})
        after = RoomId(upgraded["replacement_room"])
        await town.here.bring_in(after, ada)
        assert is_refused(await town.here.bot.invite(after, bob.user_id), "CHAPERONE_LOCAL_ONLY")
        content = build_policy_state(await town.policy_server())
        event_id_of(await town.here.bot.set_state(after, POLICY_STATE, "", content))
        await town.bring_in(after, bob)
        assert is_refused(await bob.say(after, "x", **{ANSWER_KEY: {}}), "CHAPERONE_NOT_THE_WRITER")


class TestItOutlastsThePeople:
    async def test_it_holds_after_the_last_person_here_left(self, town: Town, ada: Someone) -> None:
        """No rule lets this happen while a guest is there, but it may with a colleague of another server."""
        dora = await town.there.register("dora.of.elsewhere")
        await town.here.list_person(Person(dora.user_id, Role.EMPLOYEE, Tier.T1))
        room = await town.guest_room([ada], dora)
        assert (await ada.leave(room)).status == 200
        assert await town.here.is_joined(room, town.here.bot)
        assert is_refused(await dora.say(room, "x", **{ANSWER_KEY: {}}), "CHAPERONE_NOT_THE_WRITER")
        event_id_of(await dora.say(room, "nobody there?"))

    async def test_a_guest_whose_only_employee_is_suspended_is_taken_out(
        self, town: Town, ada: Someone, bob: Someone
    ) -> None:
        room = await town.guest_room([ada], bob)
        await town.here.suspend(ada)
        try:
            await town.gone(room, bob)
        finally:
            await town.here.reinstate(ada)
        await town.bring_in(room, bob)

    async def test_nobody_removes_the_bot(self, town: Town, ada: Someone, bob: Someone) -> None:
        room = await town.guest_room([ada], bob)
        for somebody in (ada, bob):
            answer = await somebody.call("POST", f"/rooms/{quote(room)}/kick", {"user_id": town.here.bot.user_id})
            assert answer.status == 403
        assert await town.here.is_joined(room, town.here.bot)


class TestWhoComesLate:
    async def test_they_fetch_what_was_said_without_a_question_to_us(
        self, town: Town, ada: Someone, bob: Someone, carl: Someone
    ) -> None:
        room = await town.guest_room([ada], is_group=True)
        visible = {"history_visibility": "shared"}
        event_id_of(await town.here.bot.set_state(room, "m.room.history_visibility", "", visible))
        for number in range(60):
            event_id_of(await ada.say(room, f"before {number}"))
        with town.gate.counting() as asked:
            await town.bring_in(room, bob)
            await heard(bob, room, "before 0")
        assert [event["type"] for event in asked] == []


class TestOlderAndHostileServers:
    async def test_what_they_did_not_ask_about_is_hidden_here_if_the_rules_refuse_it(
        self, town: Town, ada: Someone, bob: Someone
    ) -> None:
        room = await town.guest_room([ada], bob)
        event_id_of(await bob.say(room, "honest before"))
        async with town.there.not_asking():
            refused = event_id_of(await bob.say(room, "I am a robot", **{ANSWER_KEY: {}}))
            event_id_of(await bob.say(room, "harmless"))
            await heard(ada, room, "harmless")
        event_id_of(await bob.say(room, "honest after"))
        await heard(ada, room, "honest after")
        assert await sees(bob, room, refused)
        assert not await sees(ada, room, refused)

    async def test_their_redaction_of_what_others_said_has_no_effect_here(
        self, town: Town, forger: Forger, ada: Someone, bob: Someone
    ) -> None:
        """Of what we said. Whose words on their own server they take back, Matrix leaves to that server."""
        room = await town.guest_room([ada], bob)
        said = event_id_of(await ada.say(room, "ada's"))
        await forger.send(await forger.event(bob, room, type="m.room.redaction", content={"redacts": said}))
        assert await sees(ada, room, said)

    async def test_after_a_conclusion_they_are_not_heard_here(self, town: Town, ada: Someone, bob: Someone) -> None:
        room = await town.guest_room([ada], bob)
        await town.here.conclude(room)
        async with town.there.not_asking():
            event_id_of(await bob.say(room, "one more thing"))
        said = event_id_of(await ada.say(room, "the last word"))
        await until(lambda: sees(bob, room, said))
        assert await town.bodies_here(room) == ["the last word"]

    async def test_what_was_signed_before_things_changed_is_not_judged_again(
        self, town: Town, forger: Forger, ada: Someone, bob: Someone
    ) -> None:
        room = await town.guest_room([ada], bob)
        event = await forger.event(bob, room, content={"msgtype": "m.text", "body": "on its way"})
        signed = await forger.ask(event)
        assert signed.status == 200
        await town.here.conclude(room)
        unsigned = await forger.again(event, {"msgtype": "m.text", "body": "late"})
        event["signatures"] |= signed.body
        await forger.send(event)
        await forger.send(unsigned)
        assert await town.bodies_here(room) == ["on its way", "a template"]

    async def test_a_bad_signature_is_none(self, town: Town, forger: Forger, ada: Someone, bob: Someone) -> None:
        room = await town.guest_room([ada], bob)
        good, bad = (
            await forger.event(bob, room),
            await forger.event(bob, room, content={ANSWER_KEY: {}, "body": "bad"}),
        )
        bad["signatures"] |= (await forger.ask(good)).body
        await forger.send(bad)
        assert "bad" not in await town.bodies_here(room)

    async def test_what_was_hidden_here_is_not_signed_later(
        self, town: Town, forger: Forger, ada: Someone, bob: Someone
    ) -> None:
        room = await town.guest_room([ada], bob)
        event = await forger.event(bob, room, content={"msgtype": "m.text", "body": "late"})
        await town.here.conclude(room)
        await forger.send(event)
        assert "late" not in await town.bodies_here(room)
        await town.here.reopen(room)
        assert is_refused(await forger.ask(event), "CHAPERONE_NOT_PERMITTED")

    async def test_what_is_shown_here_is_signed_later_whatever_the_rules_say_by_then(
        self, town: Town, forger: Forger, ada: Someone, bob: Someone
    ) -> None:
        room = await town.guest_room([ada], bob)
        event = await forger.event(bob, room, content={"msgtype": "m.text", "body": "in time"})
        await forger.send(event)
        assert "in time" in await town.bodies_here(room)
        await town.here.conclude(room)
        assert (await forger.ask(event)).status == 200


async def test_the_doors_for_the_bridge_are_not_where_other_servers_knock(town: Town, forger: Forger) -> None:
    secret = f"Bearer {town.synapse.secret('module_secret')}"
    for method, path in (("GET", STATE_PATH), ("PUT", f"{PATH}/@ada:{town.synapse.server_name}")):
        answer = await forger.request(method, path, {} if method == "PUT" else None, authorization=secret)
        assert (answer.status, answer.code) == (404, "M_UNRECOGNIZED")
