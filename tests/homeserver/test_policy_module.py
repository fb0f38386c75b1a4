"""The rules at Synapse's doors, on a real Synapse: refused before anything exists, with code and sentence."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from policies.names import ANSWER_KEY, ISSUE_STATE, JOIN_KEY, KIND_KEY, PERSON_STATE, REFUSED_EVENT, Role, RoomId
from policies.rooms import RoomKind
from tests.homeserver.house import Answer, House, Someone
from tests.until import until

pytestmark = pytest.mark.e2e


def is_refused(answer: Answer, code: str) -> bool:
    """Status 403 with this code and a sentence for a person."""
    assert answer.status == 403, answer
    assert answer.code == code, answer
    assert answer.body["error"].endswith((".", "!")), answer
    assert answer.body["rule"]
    assert isinstance(answer.body["facts"], dict)
    return True


class TestTheLastCover:
    async def test_the_last_employee_may_not_leave_a_guest_alone(
        self, house: House, ada: Someone, gina: Someone
    ) -> None:
        room = await house.make_room(RoomKind.GUEST, [ada], gina)
        refused = await ada.leave(room)
        assert is_refused(refused, "CHAPERONE_GUEST_ALONE")
        assert "!handover" in refused.body["error"]
        assert await house.is_joined(room, ada)

    async def test_the_bridge_learns_of_it_in_the_policy_room(self, house: House, ada: Someone, gina: Someone) -> None:
        room = await house.make_room(RoomKind.GUEST, [ada], gina)
        for _ in range(3):
            await ada.leave(room)
        expected = {
            "room": room,
            "actor": ada.user_id,
            "rule": "G3",
            "code": "CHAPERONE_GUEST_ALONE",
            "target": ada.user_id,
        }

        async def reports() -> list[object]:
            return [c for c in await house.bot.messages(house.policy_room, REFUSED_EVENT) if c["room"] == room]

        assert await until(reports) == [expected], "one report a minute, however often it is tried"

    async def test_the_last_employee_may_not_be_removed(
        self, house: House, ada: Someone, ben: Someone, gina: Someone
    ) -> None:
        room = await house.make_room(RoomKind.GUEST, [ada], gina)
        for action in ("kick", "ban"):
            refused = await house.bot.call("POST", f"/rooms/{quote(room)}/{action}", {"user_id": ada.user_id})
            assert is_refused(refused, "CHAPERONE_GUEST_ALONE")

    async def test_an_employee_leaves_when_another_remains(
        self, house: House, ada: Someone, ben: Someone, gina: Someone
    ) -> None:
        room = await house.make_room(RoomKind.GUEST, [ada, ben], gina)
        assert (await ada.leave(room)).status == 200
        assert is_refused(await ben.leave(room), "CHAPERONE_GUEST_ALONE")

    async def test_an_employee_leaves_when_no_guest_is_there(self, house: House, ada: Someone, gina: Someone) -> None:
        room = await house.make_room(RoomKind.GUEST, [ada], gina)
        assert (await gina.leave(room)).status == 200
        assert (await ada.leave(room)).status == 200

    async def test_a_robot_is_no_cover(self, house: House, ada: Someone) -> None:
        robot = await house.robot("istackbuddy.forms.diagnostics")
        room = await house.make_room(RoomKind.GUEST, [ada])
        assert is_refused(await house.bot.invite(room, robot.user_id), "CHAPERONE_ROBOTS_STAY_OUT")

    async def test_the_last_employee_may_change_their_own_name(self, house: House, ada: Someone, gina: Someone) -> None:
        room = await house.make_room(RoomKind.GUEST, [ada], gina)
        await ada.done("PUT", f"/profile/{quote(ada.user_id)}/displayname", {"displayname": "Ada L."})

        async def renamed() -> bool:
            member = await ada.done("GET", f"/rooms/{quote(room)}/state/m.room.member/{quote(ada.user_id)}")
            return bool(member["displayname"] == "Ada L.")

        assert await until(renamed)
        await house.keep_account(ada.user_id, display_name="Ada")


class TestWhatGuestsMayNot:
    @pytest.mark.parametrize("who", ["ghost", "stranger"])
    async def test_a_guest_may_not_create_a_room(self, house: House, who: str) -> None:
        guest = await house.ghost("maker") if who == "ghost" else await house.stranger("stranger")
        assert is_refused(await guest.call("POST", "/createRoom", {}), "CHAPERONE_GUESTS_MAY_NOT")
        space = {"creation_content": {"type": "m.space"}}
        assert is_refused(await guest.call("POST", "/createRoom", space), "CHAPERONE_GUESTS_MAY_NOT")

    async def test_a_guest_may_not_invite(self, house: House, ada: Someone, gina: Someone) -> None:
        room = await house.make_room(RoomKind.GUEST, [ada], gina)
        other = await house.ghost("other")
        refused = await gina.call("POST", f"/rooms/{quote(room)}/invite", {"user_id": other.user_id})
        assert is_refused(refused, "CHAPERONE_GUESTS_MAY_NOT")

    async def test_a_guest_may_not_join_a_room_uninvited(self, house: House, ada: Someone) -> None:
        stranger = await house.stranger("stranger")
        room = await house.make_room(RoomKind.GUEST, [ada])
        assert is_refused(await stranger.join(room), "CHAPERONE_GUESTS_ARE_INVITED")

    async def test_an_open_door_is_none_for_a_guest(self, house: House, ada: Someone) -> None:
        stranger = await house.stranger("stranger")
        made = await ada.done("POST", "/createRoom", {"preset": "public_chat"})
        assert is_refused(await stranger.join(made["room_id"]), "CHAPERONE_GUESTS_ARE_INVITED")

    async def test_a_refusal_does_not_tell_a_guest_that_it_was_a_room_of_staff(
        self, house: House, ada: Someone
    ) -> None:
        stranger = await house.stranger("stranger")
        answers = [
            await stranger.join(await house.make_room(RoomKind.STAFF, [ada])),
            await stranger.join(await house.make_room(RoomKind.GUEST, [ada])),
            await stranger.join(RoomId("!nowhere")),
        ]
        assert {repr(answer.body) for answer in answers[:2]} == {repr(answers[0].body)}
        assert is_refused(answers[0], "CHAPERONE_GUESTS_ARE_INVITED")

    async def test_a_guest_may_not_name_or_publish_a_room(self, house: House, ada: Someone) -> None:
        stranger = await house.stranger("stranger")
        room = await house.make_room(RoomKind.GUEST, [ada], None)
        await house.bot.invite(room, stranger.user_id)
        assert (await stranger.join(room)).status == 200
        alias = quote(f"#mine:{house.synapse.server_name}", safe="")
        named = await stranger.call("PUT", f"/directory/room/{alias}", {"room_id": room})
        published = await stranger.call("PUT", f"/directory/list/room/{quote(room)}", {"visibility": "public"})
        assert is_refused(named, "CHAPERONE_GUESTS_MAY_NOT")
        assert is_refused(published, "CHAPERONE_GUESTS_MAY_NOT")

    async def test_a_guest_may_not_change_the_settings_of_a_room(
        self, house: House, ada: Someone, gina: Someone
    ) -> None:
        room = await house.make_room(RoomKind.GUEST, [ada], gina)
        refused = await gina.set_state(room, "m.room.topic", "", {"topic": "mine"})
        assert is_refused(refused, "CHAPERONE_GUESTS_MAY_NOT")

    async def test_a_guest_may_not_remove_others(self, house: House, ada: Someone, gina: Someone) -> None:
        room = await house.make_room(RoomKind.GUEST, [ada], gina)
        refused = await gina.call("POST", f"/rooms/{quote(room)}/kick", {"user_id": ada.user_id})
        assert is_refused(refused, "CHAPERONE_GUESTS_MAY_NOT")

    async def test_a_guest_is_not_brought_in_where_nobody_is(self, house: House, gina: Someone) -> None:
        room = await house.make_room(RoomKind.GUEST)
        assert is_refused(await house.bot.invite(room, gina.user_id), "CHAPERONE_NO_COVER")

    async def test_a_guest_who_was_invited_does_not_join_after_cover_has_gone(
        self, house: House, ada: Someone, gina: Someone
    ) -> None:
        room = await house.make_room(RoomKind.GUEST, [ada])
        assert (await house.bot.invite(room, gina.user_id)).status == 200
        assert (await ada.leave(room)).status == 200
        assert is_refused(await gina.join(room), "CHAPERONE_NO_COVER")

    async def test_a_guest_finds_nobody_in_the_user_directory(self, house: House, ada: Someone, ben: Someone) -> None:
        stranger = await house.stranger("stranger")
        room = await house.make_room(RoomKind.GUEST, [ada, ben])
        await house.bot.invite(room, stranger.user_id)
        await stranger.join(room)

        async def ben_finds_ada() -> bool:
            found = await ben.done("POST", "/user_directory/search", {"search_term": "ada"})
            return any(user["user_id"] == ada.user_id for user in found["results"])

        assert await until(ben_finds_ada), "or the guest would find nobody for another reason"
        found = await stranger.done("POST", "/user_directory/search", {"search_term": "ada"})
        assert found["results"] == []

    async def test_a_guest_looks_up_nobody_who_shares_no_room(self, house: House, ada: Someone) -> None:
        loner = await house.stranger("loner")
        answer = await loner.call("GET", f"/profile/{quote(ada.user_id)}")
        assert answer.status == 403

    async def test_a_guest_reads_a_concluded_issue_and_no_longer_writes(
        self, house: House, ada: Someone, gina: Someone
    ) -> None:
        room = await house.make_room(RoomKind.GUEST, [ada], gina)
        assert (await gina.say(room, "thank you")).status == 200
        await house.conclude(room)
        assert is_refused(await gina.say(room), "CHAPERONE_ISSUE_CONCLUDED")
        assert (await ada.say(room)).status == 200
        assert "thank you" in [content.get("body") for content in await gina.messages(room, "m.room.message")]


class TestRoomsOfStaff:
    async def test_somebody_unlisted_is_not_invited(self, house: House, ada: Someone) -> None:
        stranger = await house.stranger("stranger")
        for kind in (RoomKind.STAFF, RoomKind.QUEUE, RoomKind.POLICY):
            room = await house.make_room(kind)
            assert is_refused(await house.bot.invite(room, stranger.user_id), "CHAPERONE_STAFF_ONLY")

    async def test_who_is_no_longer_listed_neither_speaks_nor_comes_back(self, house: House, ada: Someone) -> None:
        carl = await house.person("carl")
        room = await house.make_room(RoomKind.STAFF, [ada, carl])
        assert (await carl.say(room)).status == 200
        await house.bot.set_state(house.policy_room, PERSON_STATE, f"user:{carl.user_id}", {})
        assert is_refused(await carl.say(room), "CHAPERONE_STAFF_ONLY")
        assert (await carl.leave(room)).status == 200
        assert is_refused(await house.bot.invite(room, carl.user_id), "CHAPERONE_STAFF_ONLY")

    async def test_a_staff_robot_comes_in_and_answers(self, house: House, ada: Someone) -> None:
        robot = await house.robot("istackbuddy.forms.diagnostics")
        room = await house.make_room(RoomKind.STAFF, [ada, robot])
        assert (await robot.say(room, "…", **{ANSWER_KEY: {"state": "pending"}})).status == 200

    async def test_a_robot_makes_no_room_and_invites_nobody(self, house: House, ada: Someone, ben: Someone) -> None:
        robot = await house.robot("istackbuddy.forms.diagnostics")
        room = await house.make_room(RoomKind.STAFF, [ada, robot])
        assert is_refused(await robot.call("POST", "/createRoom", {}), "CHAPERONE_ROBOTS_MAY_NOT")
        assert is_refused(await robot.invite(room, ben.user_id), "CHAPERONE_ROBOTS_MAY_NOT")


class TestWhatOnlyTheBridgeWrites:
    async def test_nobody_else_writes_our_state(self, house: House, ada: Someone) -> None:
        room = await house.make_room(RoomKind.STAFF, [ada])
        made = await ada.done("POST", "/createRoom", {})
        for place in (room, RoomId(made["room_id"])):
            refused = await ada.set_state(place, ISSUE_STATE, "", {"status": "concluded"})
            assert is_refused(refused, "CHAPERONE_NOT_THE_WRITER")

    async def test_nobody_else_writes_our_keys(self, house: House, ada: Someone, gina: Someone) -> None:
        room = await house.make_room(RoomKind.GUEST, [ada], gina)
        for someone in (ada, gina):
            assert is_refused(await someone.say(room, "x", **{ANSWER_KEY: {}}), "CHAPERONE_NOT_THE_WRITER")
            hidden = {"m.new_content": {"msgtype": "m.text", "body": "x", ANSWER_KEY: {}}}
            assert is_refused(await someone.say(room, "x", **hidden), "CHAPERONE_NOT_THE_WRITER")
            assert is_refused(await someone.send(room, REFUSED_EVENT, {}), "CHAPERONE_NOT_THE_WRITER")

    async def test_nobody_else_has_the_module_join_people(self, house: House, ada: Someone, ben: Someone) -> None:
        made = await ada.done("POST", "/createRoom", {})
        refused = await ada.invite(RoomId(made["room_id"]), ben.user_id, **{JOIN_KEY: True})
        assert is_refused(refused, "CHAPERONE_NOT_THE_WRITER")

    async def test_an_employee_does_not_change_the_settings_of_our_rooms(
        self, house: House, ada: Someone, gina: Someone
    ) -> None:
        room = await house.make_room(RoomKind.GUEST, [ada], gina)
        refused = await ada.set_state(room, "m.room.history_visibility", "", {"history_visibility": "world_readable"})
        assert is_refused(refused, "CHAPERONE_BRIDGE_WRITES_THIS")


class TestRoomsThatPeopleMake:
    async def test_employees_make_rooms_of_their_own(self, house: House, ada: Someone, ben: Someone) -> None:
        made = await ada.done("POST", "/createRoom", {"name": "Lunch", "topic": "today", "invite": [ben.user_id]})
        assert (await ben.join(made["room_id"])).status == 200
        assert (await ben.leave(RoomId(made["room_id"]))).status == 200

    async def test_a_room_that_claims_to_be_ours_is_refused_whole(self, house: House, ada: Someone) -> None:
        before = await ada.done("GET", "/joined_rooms")
        claimed = {"creation_content": {KIND_KEY: RoomKind.STAFF.value}}
        forged = {"initial_state": [{"type": ISSUE_STATE, "state_key": "", "content": {}}]}
        for request in (claimed, forged):
            assert is_refused(await ada.call("POST", "/createRoom", request), "CHAPERONE_NOT_THE_WRITER")
        assert await ada.done("GET", "/joined_rooms") == before

    async def test_an_admin_is_no_cover_for_a_guest_in_a_room_of_their_own(self, house: House, gina: Someone) -> None:
        alex = await house.person("alex", Role.ADMIN, None)
        before = await alex.done("GET", "/joined_rooms")
        refused = await alex.call("POST", "/createRoom", {"invite": [gina.user_id]})
        assert is_refused(refused, "CHAPERONE_NO_COVER")
        assert await alex.done("GET", "/joined_rooms") == before


class TestGhosts:
    async def test_a_repeat_by_a_ghosts_device_is_one_event(self, house: House, ada: Someone, gina: Someone) -> None:
        room = await house.make_room(RoomKind.GUEST, [ada], gina)
        await gina.call("PUT", "/devices/BRIDGE", {})
        path = f"/rooms/{quote(room)}/send/m.room.message/outbox-1"
        content = {"msgtype": "m.text", "body": "once"}
        first = await gina.done("PUT", path, content, device_id="BRIDGE")
        assert await gina.done("PUT", path, content, device_id="BRIDGE") == first

    async def test_nobody_takes_a_ghosts_name_or_an_alias_of_ours(self, house: House, ada: Someone) -> None:
        made = await ada.done("POST", "/createRoom", {})
        alias = quote(f"#chaperone-mine:{house.synapse.server_name}", safe="")
        answer = await ada.call("PUT", f"/directory/room/{alias}", {"room_id": made["room_id"]})
        assert (answer.status, answer.code) == (400, "M_EXCLUSIVE")
