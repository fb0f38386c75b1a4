"""Who comes and goes, about which nobody asks: what is vetoed, what is not, and what is answered afterwards."""

from __future__ import annotations

import time
from urllib.parse import quote

import pytest

from policies.names import Role, RoomId, Tier
from policies.people import Person
from policies.policy_server import POLICY_STATE
from policies.rooms import RoomKind
from tests.federation.town import Town, bodies, event_id_of, heard, is_invited, membership
from tests.homeserver.house import Someone
from tests.homeserver.test_policy_module import is_refused
from tests.until import until

pytestmark = pytest.mark.e2e


class TestComing:
    async def test_the_first_of_a_server_who_is_not_invited_is_told_our_reason(
        self, town: Town, ada: Someone, bob: Someone
    ) -> None:
        room = await town.guest_room([ada])
        assert is_refused(await town.join(room, bob), "CHAPERONE_GUESTS_ARE_INVITED")

    async def test_nobody_invites_a_guest_of_another_server_before_there_is_cover(
        self, town: Town, bob: Someone
    ) -> None:
        room = await town.guest_room()
        assert is_refused(await town.here.bot.invite(room, bob.user_id), "CHAPERONE_NO_COVER")

    async def test_nobody_else_of_their_server_follows_without_an_invitation(
        self, town: Town, ada: Someone, bob: Someone, carl: Someone
    ) -> None:
        room = await town.guest_room([ada], bob, is_group=True)
        assert (await town.join(room, carl)).status == 403
        assert await membership(ada, room, carl) == ""

    async def test_cover_stays_from_the_invitation_on(self, town: Town, ada: Someone, bob: Someone) -> None:
        room = await town.guest_room([ada])
        await town.invite(room, bob)
        assert is_refused(await ada.leave(room), "CHAPERONE_GUEST_ALONE")
        kicked = await town.here.bot.call("POST", f"/rooms/{quote(room)}/kick", {"user_id": bob.user_id})
        assert kicked.status == 200
        assert (await ada.leave(room)).status == 200

    async def test_an_invitation_that_was_taken_back_brings_nobody_in(
        self, town: Town, ada: Someone, bob: Someone
    ) -> None:
        room = await town.guest_room([ada])
        await town.invite(room, bob)
        await town.here.bot.call("POST", f"/rooms/{quote(room)}/kick", {"user_id": bob.user_id})
        assert (await town.join(room, bob)).status == 403

    async def test_a_second_guest_of_their_server_comes_to_a_group(
        self, town: Town, ada: Someone, bob: Someone, carl: Someone
    ) -> None:
        room = await town.guest_room([ada], bob, carl, is_group=True)
        event_id_of(await carl.say(room, "me too"))
        await heard(bob, room, "me too")
        alone = await town.guest_room([ada], bob)
        assert is_refused(await town.here.bot.invite(alone, carl.user_id), "CHAPERONE_ONE_GUEST_HERE")


class TestGoing:
    async def test_a_guests_leave_is_never_held_up(self, town: Town, ada: Someone, bob: Someone) -> None:
        room = await town.guest_room([ada], bob)
        assert (await bob.leave(room)).status == 200
        await town.gone(room, bob)
        assert (await ada.leave(room)).status == 200

    async def test_an_invitation_can_be_turned_down(self, town: Town, ada: Someone, bob: Someone) -> None:
        room = await town.guest_room([ada])
        await town.invite(room, bob)
        assert (await bob.leave(room)).status == 200

        async def known() -> bool:
            return await membership(ada, room, bob) == "leave"

        await until(known)

    async def test_who_left_comes_back_by_another_invitation(self, town: Town, ada: Someone, bob: Someone) -> None:
        room = await town.guest_room([ada], bob)
        await bob.leave(room)
        await town.gone(room, bob)
        assert (await town.join(room, bob)).status == 403
        await town.bring_in(room, bob)
        event_id_of(await bob.say(room, "back again"))
        await heard(ada, room, "back again")

    async def test_who_was_removed_is_out_on_both_servers(self, town: Town, ada: Someone, bob: Someone) -> None:
        room = await town.guest_room([ada], bob)
        kicked = await ada.call("POST", f"/rooms/{quote(room)}/kick", {"user_id": bob.user_id})
        assert kicked.status == 200

        async def mute() -> bool:
            return (await bob.say(room, "still here?")).status == 403

        await until(mute)
        assert "still here?" not in (await bodies(ada, room))[:1]


class TestStaffOfAnotherServer:
    """They may be listed, and are in a guest's room as colleagues; they are nobody's cover (rule G3)."""

    async def test_their_leave_is_known_here_within_a_second_and_changes_nothing(
        self, town: Town, ada: Someone, gina: Someone
    ) -> None:
        dora = await town.there.register("dora")
        await town.here.list_person(Person(dora.user_id, Role.EMPLOYEE, Tier.T1))
        room = await town.guest_room([ada], dora)
        await town.here.bring_in_guest(room, gina)
        assert is_refused(await ada.leave(room), "CHAPERONE_GUEST_ALONE")
        began = time.monotonic()
        assert (await dora.leave(room)).status == 200
        await town.gone(room, dora)
        assert time.monotonic() - began < 1
        assert await town.here.is_joined(room, gina)
        assert await town.here.is_joined(room, ada)

    async def test_they_have_no_power_over_members(self, town: Town, ada: Someone, bob: Someone, carl: Someone) -> None:
        erin = await town.there.register("erin")
        await town.here.list_person(Person(erin.user_id, Role.EMPLOYEE, Tier.T1))
        room = await town.guest_room([ada], erin, bob)
        assert (await erin.invite(room, carl.user_id)).status == 403
        kicked = await erin.call("POST", f"/rooms/{quote(room)}/kick", {"user_id": bob.user_id})
        assert kicked.status == 403

    async def test_they_come_to_no_room_of_staff(self, town: Town, ada: Someone) -> None:
        fay = await town.there.register("fay")
        await town.here.list_person(Person(fay.user_id, Role.EMPLOYEE, Tier.T1))
        room = await town.here.make_room(RoomKind.STAFF, [ada])
        assert is_refused(await town.here.bot.invite(room, fay.user_id), "CHAPERONE_LOCAL_ONLY")


class TestRoomsOfOthers:
    async def test_nobody_there_invites_a_guest_or_an_employee_of_ours(
        self, town: Town, ada: Someone, gina: Someone, bob: Someone
    ) -> None:
        theirs = RoomId((await bob.done("POST", "/createRoom", {"preset": "private_chat"}))["room_id"])
        for target in (gina, ada):
            assert is_refused(await bob.invite(theirs, target.user_id), "CHAPERONE_GUESTS_MAY_NOT")
            assert await membership(bob, theirs, target) == ""

    async def test_a_guest_of_ours_does_not_go_there(self, town: Town, gina: Someone, bob: Someone) -> None:
        theirs = (await bob.done("POST", "/createRoom", {"preset": "public_chat"}))["room_id"]
        answer = await gina.call("POST", f"/join/{quote(theirs)}", {}, server_name=town.there.server_name)
        assert is_refused(answer, "CHAPERONE_GUESTS_ARE_INVITED")

    async def test_an_employee_may_and_what_happens_there_is_not_ours_to_judge(
        self, town: Town, ada: Someone, bob: Someone
    ) -> None:
        theirs = RoomId((await bob.done("POST", "/createRoom", {"preset": "public_chat"}))["room_id"])
        answer = await ada.call("POST", f"/join/{quote(theirs)}", {}, server_name=town.there.server_name)
        assert answer.status == 200
        event_id_of(await bob.set_state(theirs, "m.room.topic", "", {"topic": "theirs"}))

        async def told() -> bool:
            topic = await ada.call("GET", f"/rooms/{quote(theirs)}/state/m.room.topic")
            return topic.status == 200 and topic.body == {"topic": "theirs"}

        await until(told)


class TestNames:
    async def test_who_takes_the_name_of_somebody_who_works_here_is_removed_and_told_why(
        self, town: Town, ada: Someone, bob: Someone
    ) -> None:
        room = await town.guest_room([ada])
        eve = await town.there.register("eve")
        await town.invite(room, eve)
        await eve.done("PUT", f"/profile/{quote(eve.user_id)}/displayname", {"displayname": "Ada (support)"})
        assert (await town.join(room, eve)).status == 200

        async def removed() -> str:
            event = await town.here.bot.call("GET", f"/rooms/{quote(room)}/state/m.room.member/{quote(eve.user_id)}")
            return str(event.body.get("reason", "")) if event.body["membership"] == "leave" else ""

        assert "looks like that of somebody who works here" in await until(removed)

        async def out() -> bool:
            return await membership(eve, room, eve) == "leave" or (await eve.say(room, "x")).status == 403

        await until(out)

    async def test_who_is_called_so_already_is_not_invited(self, town: Town, ada: Someone) -> None:
        room = await town.guest_room([ada])
        paul = await town.there.register("paul")
        await paul.done("PUT", f"/profile/{quote(paul.user_id)}/displayname", {"displayname": "Support"})
        assert is_refused(await town.here.bot.invite(room, paul.user_id), "CHAPERONE_NOT_YOUR_NAME")

    async def test_who_changes_their_name_to_such_a_one_is_removed_too(self, town: Town, ada: Someone) -> None:
        mallory = await town.there.register("mallory")
        room = await town.guest_room([ada], mallory)
        name = f"/profile/{quote(mallory.user_id)}/displayname"
        await mallory.done("PUT", name, {"displayname": "Mallory"})
        await mallory.done("PUT", name, {"displayname": "Αdа"})
        await town.gone(room, mallory)

    async def test_any_other_name_is_theirs_to_show(self, town: Town, ada: Someone) -> None:
        zoe = await town.there.register("zoe")
        await zoe.done("PUT", f"/profile/{quote(zoe.user_id)}/displayname", {"displayname": "Zoë from Zürich"})
        room = await town.guest_room([ada], zoe)
        event_id_of(await zoe.say(room, "hello"))
        await heard(ada, room, "hello")
        assert await town.here.is_joined(room, zoe)


class TestUnguardedRooms:
    async def test_nobody_of_another_server_comes_to_a_room_that_people_made(
        self, town: Town, ada: Someone, ben: Someone, bob: Someone
    ) -> None:
        made = await ada.done("POST", "/createRoom", {"invite": [ben.user_id]})
        assert is_refused(await ada.invite(made["room_id"], bob.user_id), "CHAPERONE_LOCAL_ONLY")
        public = await ada.done("POST", "/createRoom", {"preset": "public_chat"})
        assert is_refused(await town.join(public["room_id"], bob), "CHAPERONE_GUESTS_ARE_INVITED")

    async def test_nobody_of_another_server_comes_to_a_room_of_ours_that_lost_its_guard(
        self, town: Town, ada: Someone, bob: Someone
    ) -> None:
        room = await town.guest_room([ada])
        await town.invite(room, bob)
        event_id_of(await town.here.bot.set_state(room, POLICY_STATE, "", {}))
        assert is_refused(await town.join(room, bob), "CHAPERONE_LOCAL_ONLY")

    async def test_rooms_of_staff_do_not_federate(self, town: Town, ada: Someone, bob: Someone) -> None:
        room = await town.here.make_room(RoomKind.STAFF, [ada])
        assert is_refused(await town.here.bot.invite(room, bob.user_id), "CHAPERONE_STAFF_ONLY")
        answer = await town.join(room, bob)
        assert answer.status == 403
        assert not await is_invited(bob, room)
