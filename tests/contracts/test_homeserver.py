"""What the bridge rests on in a homeserver: held by the fake of the tests, and by a real Synapse with our module."""

from __future__ import annotations

import pytest

from bridge.errors import MatrixError, MatrixRefused
from bridge.ports import IncomingEvent, RoomPlan
from policies.names import JOIN_KEY, KIND_KEY, REFUSED_EVENT, WORDS_KEY, Code, Role, RoomId, Standing, UserId
from policies.rooms import Membership, RoomKind
from tests.contracts.conftest import Place
from tests.until import until

HELLO = {"msgtype": "m.text", "body": "Hello."}


async def history(place: Place, room: RoomId) -> list[IncomingEvent]:
    """All of a room, oldest first."""
    events: list[IncomingEvent] = []
    before: str | None = None
    while True:
        page, before = await place.homeserver.load_newest(room, before, 100)
        events += page
        if before is None:
            return events[::-1]


async def bodies(place: Place, room: RoomId) -> list[str]:
    return [event.content["body"] for event in await history(place, room) if event.type == "m.room.message"]


class TestSending:
    async def test_the_same_transaction_id_is_the_same_event(self, place: Place) -> None:
        room = await place.room()
        first = await place.homeserver.send(room, "m.room.message", HELLO, "t1")
        again = await place.homeserver.send(room, "m.room.message", HELLO, "t1")
        other = await place.homeserver.send(room, "m.room.message", HELLO, "t2")
        assert first == again != other
        assert await bodies(place, room) == ["Hello."] * 2

    async def test_bot_staff_and_ghosts_say_things_as_themselves(self, place: Place) -> None:
        ada, gina = await place.employee(), await place.guest()
        room = await place.room(RoomKind.GUEST, ada)
        await place.bring_in(room, gina)
        for sender in (None, ada, gina):
            await place.homeserver.send(room, "m.room.message", HELLO, f"by {sender}", sender)
        senders = {e.sender for e in await history(place, room) if e.type == "m.room.message"}
        assert senders == {place.bot, ada, gina}

    async def test_what_was_sent_is_found_by_a_key_and_its_sender(self, place: Place) -> None:
        room, key = await place.room(), place.new_name()
        sent = await place.homeserver.send(room, "m.room.message", {**HELLO, WORDS_KEY: key}, "t")
        assert await place.homeserver.find_sent(room, None, WORDS_KEY, key) == sent
        assert await place.homeserver.find_sent(room, None, WORDS_KEY, "other") is None
        assert await place.homeserver.find_sent(room, UserId("@x:y"), WORDS_KEY, key) is None

    async def test_who_is_not_in_the_room_cannot_send(self, place: Place) -> None:
        ada, room = await place.employee(), await place.room()
        with pytest.raises(MatrixRefused):
            await place.homeserver.send(room, "m.room.message", HELLO, "t", ada)

    async def test_a_room_that_is_not_there_is_an_error_that_says_so(self, place: Place) -> None:
        with pytest.raises(MatrixError) as raised:
            await place.homeserver.send(RoomId("!nowhere"), "m.room.message", HELLO, "t")
        assert raised.value.status in {403, 404}


class TestRooms:
    async def test_a_room_is_made_once_under_its_alias(self, place: Place) -> None:
        plan = RoomPlan(place.new_alias(), RoomKind.STAFF, "A room", "", {}, "shared")
        room = await place.homeserver.ensure_room(plan)
        assert await place.homeserver.ensure_room(plan) == room
        assert await place.homeserver.find_room(plan.alias) == room
        assert plan.alias in await place.homeserver.load_aliases(room)

    async def test_a_room_that_was_only_half_made_is_left_and_made_anew(self, place: Place) -> None:
        plan = RoomPlan(
            place.new_alias(), RoomKind.STAFF, "A room", "", {}, "shared", state=[("m.room.x", "", {"a": 1})]
        )
        half = await place.make_half(plan)
        room = await place.homeserver.ensure_room(plan)
        assert room != half
        assert (await place.homeserver.load_whole_state(room))["m.room.x", ""].content == {"a": 1}
        assert half not in await place.homeserver.load_rooms()
        assert await place.homeserver.ensure_room(plan) == room

    async def test_an_alias_that_was_dropped_leads_nowhere_and_may_be_dropped_again(self, place: Place) -> None:
        plan = RoomPlan(place.new_alias(), RoomKind.STAFF, "A room", "", {}, "shared")
        room = await place.homeserver.ensure_room(plan)
        for _ in range(2):
            await place.homeserver.drop_alias(plan.alias)
        assert await place.homeserver.find_room(plan.alias) is None
        assert await place.homeserver.load_aliases(room) == []
        assert await place.homeserver.ensure_room(plan) != room

    async def test_a_space_is_one_from_its_creation(self, place: Place) -> None:
        for kind, expected in ((RoomKind.SPACE, "m.space"), (RoomKind.QUEUE, None)):
            created = await place.homeserver.load_state(await place.room(kind), "m.room.create", "")
            assert created is not None
            assert created.get("type") == expected

    async def test_who_is_listed_in_a_space_is_state_that_only_we_write(self, place: Place) -> None:
        space, room = await place.room(RoomKind.SPACE), await place.room()
        assert await place.homeserver.load_state(space, "m.space.child", room) is None
        for content in ({"via": ["here"], "order": "1"}, {}):
            await place.homeserver.set_state(space, "m.space.child", room, content)
            assert await place.homeserver.load_state(space, "m.space.child", room) == content

    async def test_a_room_is_what_was_planned(self, place: Place) -> None:
        plan = RoomPlan(
            place.new_alias(),
            RoomKind.STAFF,
            "A room",
            "",
            {"state_default": 100},
            "shared",
            state=[("m.room.something", "key", {"a": 1})],
        )
        room = await place.homeserver.ensure_room(plan)
        state = await place.homeserver.load_whole_state(room)
        create = state["m.room.create", ""]
        assert (create.sender, create.content[KIND_KEY], create.content["m.federate"]) == (place.bot, "staff", False)
        assert state["m.room.history_visibility", ""].content["history_visibility"] == "shared"
        assert state["m.room.join_rules", ""].content["join_rule"] == "invite"
        assert state["m.room.power_levels", ""].content["state_default"] == 100
        assert state["m.room.name", ""].content["name"] == "A room"
        assert state["m.room.something", "key"].content == {"a": 1}
        assert await place.homeserver.load_state(room, "m.room.something", "key") == {"a": 1}
        assert await place.homeserver.load_state(room, "m.room.something", "else") is None
        assert room in await place.homeserver.load_rooms()

    async def test_the_same_state_again_is_no_new_event(self, place: Place) -> None:
        room = await place.room()
        seen = []
        for topic in ("one", "one", "two"):
            await place.homeserver.set_state(room, "m.room.topic", "", {"topic": topic})
            seen.append((await place.homeserver.load_whole_state(room))["m.room.topic", ""].event_id)
        assert seen[0] == seen[1] != seen[2]

    async def test_a_room_is_read_backwards_page_by_page(self, place: Place) -> None:
        room = await place.room()
        for number in range(5):
            await place.homeserver.send(room, "m.room.message", {**HELLO, "body": str(number)}, f"t{number}")
        page, before = await place.homeserver.load_newest(room, None, 3)
        assert [event.content["body"] for event in page] == ["4", "3", "2"]
        assert before is not None
        assert await bodies(place, room) == ["0", "1", "2", "3", "4"]


class TestComingAndGoing:
    async def test_the_module_joins_staff_whom_the_bot_invites_with_the_key(self, place: Place) -> None:
        ada = await place.employee()
        room = await place.room(RoomKind.STAFF, ada)
        assert await place.homeserver.load_membership(room, ada) is Membership.JOIN
        assert (await place.homeserver.load_members(room))[ada] is Membership.JOIN

    async def test_without_the_key_they_stay_invited(self, place: Place) -> None:
        ada, ben = await place.employee(), await place.employee()
        room = await place.room(RoomKind.STAFF)
        await place.homeserver.invite(room, ada, {})
        await place.let_in(room, ben)  # later, so by now ada would be in
        assert await place.homeserver.load_membership(room, ada) is Membership.INVITE

    async def test_somebody_the_room_never_heard_of_has_left(self, place: Place) -> None:
        room = await place.room()
        assert await place.homeserver.load_membership(room, UserId("@nobody:test")) is Membership.LEAVE

    async def test_a_ghost_comes_in_while_there_is_cover_and_not_without(self, place: Place) -> None:
        gina, empty = await place.guest(), await place.room()
        with pytest.raises(MatrixRefused) as raised:
            await place.bring_in(empty, gina)
        assert raised.value.errcode == Code.NO_COVER
        room = await place.room(RoomKind.GUEST, await place.employee())
        await place.bring_in(room, gina)
        assert await place.homeserver.load_membership(room, gina) is Membership.JOIN

    @pytest.mark.parametrize("role", [Role.ADMIN, Role.ROBOT])
    async def test_admins_and_robots_are_no_cover_and_robots_stay_out(self, place: Place, role: Role) -> None:
        somebody = await place.employee(role)
        room = await place.room()
        if role is Role.ROBOT:
            with pytest.raises(MatrixRefused) as raised:
                await place.homeserver.invite(room, somebody, {JOIN_KEY: {"attempt": 0}})
            assert raised.value.errcode == Code.ROBOTS_STAY_OUT
        else:
            await place.let_in(room, somebody)
        with pytest.raises(MatrixRefused) as raised:
            await place.bring_in(room, await place.guest())
        assert raised.value.errcode == Code.NO_COVER

    async def test_the_suspended_and_guests_come_into_no_room_of_staff(self, place: Place) -> None:
        room = await place.room(RoomKind.STAFF)
        for user_id in (await place.employee(standing=Standing.SUSPENDED), await place.guest()):
            with pytest.raises(MatrixRefused):
                await place.homeserver.invite(room, user_id, {JOIN_KEY: {"attempt": 0}})

    async def test_somebody_who_is_locked_is_no_cover_until_unlocked(self, place: Place) -> None:
        ada, gina = await place.employee(), await place.guest()
        room = await place.room(RoomKind.GUEST, ada)
        await place.keep(ada, locked=True)
        with pytest.raises(MatrixRefused) as raised:
            await place.bring_in(room, gina)
        assert raised.value.errcode == Code.NO_COVER
        await place.keep(ada)
        await place.bring_in(room, gina)

    async def test_the_last_cover_is_not_removed_and_the_bridge_is_told(self, place: Place) -> None:
        ada, gina = await place.employee(), await place.guest()
        room = await place.room(RoomKind.GUEST, ada)
        await place.bring_in(room, gina)
        with pytest.raises(MatrixRefused) as raised:
            await place.homeserver.remove(room, ada, "bye")
        assert raised.value.errcode == Code.GUEST_ALONE

        async def report() -> IncomingEvent | None:
            newest, _ = await place.homeserver.load_newest(place.policy_room, None, 10)
            return next((e for e in newest if e.type == REFUSED_EVENT and e.content["room"] == room), None)

        told = await until(report)
        assert (told.sender, told.state_key) == (place.bot, None)
        assert dict(told.content) == {
            "room": room,
            "actor": place.bot,
            "target": ada,
            "rule": "G3",
            "code": Code.GUEST_ALONE,
        }

    async def test_a_guest_is_removed_and_then_the_last_cover(self, place: Place) -> None:
        ada, gina = await place.employee(), await place.guest()
        room = await place.room(RoomKind.GUEST, ada)
        await place.bring_in(room, gina)
        for user_id in (gina, ada):
            await place.homeserver.remove(room, user_id, "bye")
            assert await place.homeserver.load_membership(room, user_id) is Membership.LEAVE

    @pytest.mark.parametrize("is_group", [True, False])
    async def test_guests_meet_in_a_room_that_was_made_for_it_and_in_no_other(
        self, place: Place, is_group: bool
    ) -> None:
        plan = RoomPlan(place.new_alias(), RoomKind.GUEST, "A room", "", {}, "joined", is_group=is_group)
        room = await place.homeserver.ensure_room(plan)
        await place.let_in(room, await place.employee())
        await place.bring_in(room, await place.guest())
        if is_group:
            await place.bring_in(room, await place.guest())
        else:
            with pytest.raises(MatrixRefused) as raised:
                await place.bring_in(room, await place.guest())
            assert raised.value.errcode == Code.ONE_GUEST_HERE

    async def test_who_was_removed_comes_back_the_same_way(self, place: Place) -> None:
        ada, gina = await place.employee(), await place.guest()
        room = await place.room(RoomKind.GUEST, ada)
        for _ in range(2):
            await place.bring_in(room, gina)
            await place.homeserver.remove(room, gina, "bye")
        await place.homeserver.remove(room, ada, "bye")
        await place.let_in(room, ada)
        assert await place.homeserver.load_membership(room, ada) is Membership.JOIN


class TestPeople:
    async def test_ghosts_and_accounts_are_made_once_and_named_again(self, place: Place) -> None:
        gina, ada = await place.guest(), await place.employee()
        await place.homeserver.ensure_ghost(gina, "Gina Two (guest)")
        await place.keep(ada)

    async def test_a_guests_words_after_the_end_are_refused(self, place: Place) -> None:
        ada, gina = await place.employee(), await place.guest()
        room = await place.room(RoomKind.GUEST, ada)
        await place.bring_in(room, gina)
        ended = {"id": "7", "side": "guest", "status": "concluded", "conclusion": "resolved", "epoch": 1}
        await place.homeserver.set_state(room, "chat.chaperone.issue", "", ended)
        with pytest.raises(MatrixRefused) as raised:
            await place.homeserver.send(room, "m.room.message", HELLO, "t", gina)
        assert raised.value.errcode == Code.ISSUE_CONCLUDED
