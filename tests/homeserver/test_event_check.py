"""Every way to be refused an event at a real Synapse: who comes and goes, who says what to whom, who deletes what."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest

from policies.names import (
    ISSUE_STATE,
    KIND_KEY,
    PERSON_STATE,
    REFUSED_EVENT,
    SHARED_KEY,
    Role,
    RoomId,
    UserId,
)
from policies.rooms import RoomKind
from tests.homeserver.house import Answer, House, Someone, build_room
from tests.homeserver.test_policy_module import is_refused
from tests.until import until

pytestmark = pytest.mark.e2e

ROBOT = "istackbuddy.forms.diagnostics"


async def remove(who: Someone, room: RoomId, whom: Someone, action: str) -> Answer:
    return await who.call("POST", f"/rooms/{quote(room)}/{action}", {"user_id": whom.user_id})


async def redact(who: Someone, room: RoomId, event_id: str) -> Answer:
    return await who.call(
        "PUT", f"/rooms/{quote(room)}/redact/{quote(event_id)}/{quote(who.user_id)}{event_id[:9]}", {}
    )


async def state_event(house: House, room: RoomId, event_type: str) -> str:
    state = await house.bot.done("GET", f"/rooms/{quote(room)}/state")
    return next(str(event["event_id"]) for event in state if event["type"] == event_type)


async def reports_of(house: House, room: RoomId) -> list[Any]:
    return [c for c in await house.bot.messages(house.policy_room, REFUSED_EVENT) if c["room"] == room]


async def room_of_their_own(owner: Someone, guest: Someone, **request: Any) -> RoomId:
    """A room that an employee made, with a guest in it."""
    made = await owner.done("POST", "/createRoom", {"invite": [guest.user_id], **request})
    room = RoomId(made["room_id"])
    assert (await guest.join(room)).status == 200
    return room


class TestRemovingTheLastCover:
    @pytest.mark.parametrize("action", ["kick", "ban"])
    async def test_neither_the_bridge_nor_anybody_else_does_it(
        self, house: House, ada: Someone, gina: Someone, action: str
    ) -> None:
        alex = await house.person("alex", Role.ADMIN, None)
        room = await house.make_room(RoomKind.GUEST, [ada, alex], gina)
        for who in (house.bot, alex):
            assert is_refused(await remove(who, room, ada, action), "CHAPERONE_GUEST_ALONE")
        assert await house.is_joined(room, ada)

    async def test_the_bridge_is_told_who_wanted_whom_out(self, house: House, ada: Someone, gina: Someone) -> None:
        alex = await house.person("alex", Role.ADMIN, None)
        room = await house.make_room(RoomKind.GUEST, [ada, alex], gina)
        await remove(alex, room, ada, "kick")
        await ada.leave(room)

        async def both() -> list[Any] | None:
            reports = await reports_of(house, room)
            return reports if len(reports) == 2 else None

        told = {(report["actor"], report["target"]) for report in await until(both)}
        assert told == {(alex.user_id, ada.user_id), (ada.user_id, ada.user_id)}

    async def test_nor_by_writing_the_membership_as_state(self, house: House, ada: Someone, gina: Someone) -> None:
        room = await house.make_room(RoomKind.GUEST, [ada], gina)
        for membership in ("leave", "ban"):
            for who in (house.bot, ada):
                refused = await who.set_state(room, "m.room.member", ada.user_id, {"membership": membership})
                assert is_refused(refused, "CHAPERONE_GUEST_ALONE")

    async def test_nor_by_inviting_or_knocking_out_of_the_room(self, house: House, ada: Someone, gina: Someone) -> None:
        room = await house.make_room(RoomKind.GUEST, [ada], gina)
        for membership in ("invite", "knock"):
            answer = await ada.set_state(room, "m.room.member", ada.user_id, {"membership": membership})
            assert answer.status == 403, answer
        assert await house.is_joined(room, ada)

    async def test_nor_in_a_room_that_they_made_themselves(self, house: House, ada: Someone, gina: Someone) -> None:
        room = await room_of_their_own(ada, gina)
        assert is_refused(await ada.leave(room), "CHAPERONE_GUEST_ALONE")


class TestComingIn:
    async def test_guests_do_not_knock(self, house: House, ada: Someone) -> None:
        knockable = [{"type": "m.room.join_rules", "state_key": "", "content": {"join_rule": "knock"}}]
        made = await ada.done("POST", "/createRoom", {"initial_state": knockable})
        stranger = await house.stranger("knocker")
        assert is_refused(
            await stranger.call("POST", f"/knock/{quote(made['room_id'])}", {}), "CHAPERONE_GUESTS_MAY_NOT"
        )
        ben = await house.person("ben")
        assert (await ben.call("POST", f"/knock/{quote(made['room_id'])}", {})).status == 200

    async def test_guests_do_not_knock_elsewhere(self, house: House) -> None:
        stranger = await house.stranger("knocker")
        answer = await stranger.call("POST", f"/knock/{quote('!far:away')}", {}, via="away")
        assert is_refused(answer, "CHAPERONE_GUESTS_MAY_NOT")

    async def test_guests_do_not_join_elsewhere(self, house: House) -> None:
        stranger = await house.stranger("knocker")
        answer = await stranger.call("POST", f"/join/{quote('!far:away')}", {}, via="away")
        assert is_refused(answer, "CHAPERONE_GUESTS_ARE_INVITED")

    @pytest.mark.parametrize(
        ("who", "code"), [("gina", "CHAPERONE_GUESTS_MAY_NOT"), ("ada", "CHAPERONE_NOT_PERMITTED")]
    )
    async def test_nobody_is_invited_by_address(
        self, house: House, ada: Someone, gina: Someone, who: str, code: str
    ) -> None:
        room = await room_of_their_own(ada, gina)
        someone = {"ada": ada, "gina": gina}[who]
        address = {"id_server": "id.test", "id_access_token": "t", "medium": "email", "address": "a@b.test"}
        assert is_refused(await someone.call("POST", f"/rooms/{quote(room)}/invite", address), code)
        state = await someone.set_state(room, "m.room.third_party_invite", "token", {"display_name": "a"})
        assert is_refused(state, code)
        assert is_refused(await someone.call("POST", "/createRoom", {"invite_3pid": [address]}), code)

    async def test_robots_are_not_invited_to_a_guest_and_guests_not_among_staff(
        self, house: House, ada: Someone, gina: Someone
    ) -> None:
        robot = await house.robot(ROBOT)
        room = await house.make_room(RoomKind.GUEST, [ada], gina)
        for who in (house.bot, ada):
            assert is_refused(await who.invite(room, robot.user_id), "CHAPERONE_ROBOTS_STAY_OUT")
            staff_room = await house.make_room(RoomKind.STAFF, [ada])
            assert is_refused(await who.invite(staff_room, gina.user_id), "CHAPERONE_STAFF_ONLY")

    async def test_a_second_guest_is_not_invited(self, house: House, ada: Someone, gina: Someone) -> None:
        room = await house.make_room(RoomKind.GUEST, [ada], gina)
        other = await house.ghost("second")
        assert is_refused(await ada.invite(room, other.user_id), "CHAPERONE_ONE_GUEST_HERE")

    async def test_an_administrator_of_synapse_who_is_nobody_is_a_guest(
        self, house: House, ada: Someone, root: Someone
    ) -> None:
        """The callbacks about joins, invitations and new rooms pass by them; the events do not."""
        room = await house.make_room(RoomKind.STAFF, [ada])
        assert is_refused(await root.join(room), "CHAPERONE_GUESTS_ARE_INVITED")
        assert is_refused(await root.call("POST", "/createRoom", {}), "CHAPERONE_GUESTS_MAY_NOT")
        forced = await house.request(
            "POST", f"/_synapse/admin/v1/join/{quote(room)}", {"user_id": root.user_id}, token=root.token
        )
        assert forced.status == 403, forced
        made = await house.request(
            "POST", f"/_synapse/admin/v1/rooms/{quote(room)}/make_room_admin", {}, token=root.token
        )
        assert made.status in {400, 403}, made


class TestPowerOverARoom:
    async def test_no_guest_is_given_power(self, house: House, ada: Someone, gina: Someone) -> None:
        room = await room_of_their_own(ada, gina)
        levels = await ada.done("GET", f"/rooms/{quote(room)}/state/m.room.power_levels/")
        given = {**levels, "users": {**levels["users"], gina.user_id: 50}}
        assert is_refused(await ada.set_state(room, "m.room.power_levels", "", given), "CHAPERONE_GUESTS_MAY_NOT")
        everybody = {**levels, "users_default": 50}
        assert is_refused(await ada.set_state(room, "m.room.power_levels", "", everybody), "CHAPERONE_GUESTS_MAY_NOT")

    async def test_who_is_there_for_a_guest_is_not_silenced(self, house: House, gina: Someone, ada: Someone) -> None:
        alex = await house.person("alex", Role.ADMIN, None)
        made = await alex.done("POST", "/createRoom", {"invite": [ada.user_id]})
        room = RoomId(made["room_id"])
        assert (await ada.join(room)).status == 200
        assert (await alex.invite(room, gina.user_id)).status == 200
        assert (await gina.join(room)).status == 200
        levels = await alex.done("GET", f"/rooms/{quote(room)}/state/m.room.power_levels/")
        silent = {**levels, "invite": 50, "events_default": 10}
        assert is_refused(await alex.set_state(room, "m.room.power_levels", "", silent), "CHAPERONE_GUEST_ALONE")

    async def test_a_guest_with_power_uses_none_of_it(self, house: House, ada: Someone, gina: Someone) -> None:
        """A room may give everybody power before a guest comes."""
        room = await room_of_their_own(ada, gina, power_level_content_override={"users_default": 100})
        assert is_refused(await gina.set_state(room, "m.room.name", "", {"name": "mine"}), "CHAPERONE_GUESTS_MAY_NOT")
        assert is_refused(await remove(gina, room, ada, "kick"), "CHAPERONE_GUESTS_MAY_NOT")
        said = await ada.say(room)
        assert is_refused(await redact(gina, room, said.body["event_id"]), "CHAPERONE_GUESTS_MAY_NOT")

    async def test_in_our_rooms_nobody_else_sets_any(self, house: House, ada: Someone, gina: Someone) -> None:
        room = await house.make_room(RoomKind.GUEST, [ada], gina)
        assert is_refused(await ada.set_state(room, "m.room.power_levels", "", {}), "CHAPERONE_BRIDGE_WRITES_THIS")


class TestDeleting:
    async def test_a_guest_takes_back_their_own_words_only(self, house: House, ada: Someone, gina: Someone) -> None:
        room = await house.make_room(RoomKind.GUEST, [ada], gina)
        own, other = (await gina.say(room)).body["event_id"], (await ada.say(room)).body["event_id"]
        assert is_refused(await redact(gina, room, other), "CHAPERONE_GUESTS_MAY_NOT")
        assert is_refused(await redact(gina, room, "$of-nobody-here"), "CHAPERONE_GUESTS_MAY_NOT")
        assert (await redact(gina, room, own)).status == 200

    async def test_a_guest_does_not_reach_into_another_room(self, house: House, ada: Someone, gina: Someone) -> None:
        room, other = [await house.make_room(RoomKind.GUEST, [ada], gina) for _ in range(2)]
        elsewhere = (await gina.say(other)).body["event_id"]
        assert is_refused(await redact(gina, room, elsewhere), "CHAPERONE_GUESTS_MAY_NOT")

    async def test_an_employee_deletes_words_and_no_state(self, house: House, ada: Someone, gina: Someone) -> None:
        room = await house.make_room(RoomKind.GUEST, [ada], gina)
        await house.conclude(room)
        issue = await state_event(house, room, ISSUE_STATE)
        assert is_refused(await redact(ada, room, issue), "CHAPERONE_BRIDGE_WRITES_THIS")
        assert is_refused(await gina.say(room), "CHAPERONE_ISSUE_CONCLUDED")
        said = await ada.say(room)
        assert (await redact(ada, room, said.body["event_id"])).status == 200


class TestQuestionsInTheWrongRoom:
    CODE = "CHAPERONE_ASK_IN_STAFF_ROOM"

    @pytest.fixture
    async def room(self, house: House, ada: Someone, gina: Someone) -> RoomId:
        await house.robot(ROBOT)
        return await house.make_room(RoomKind.GUEST, [ada], gina)

    def pill(self, robot: UserId) -> dict[str, str]:
        html = f'<a href="https://matrix.to/#/{robot}">iStackBuddy.forms.diagnostics</a>: why?'
        return {"format": "org.matrix.custom.html", "formatted_body": html}

    async def test_however_the_robot_is_addressed(self, house: House, ada: Someone, room: RoomId) -> None:
        robot = house.user_id(ROBOT)
        assert is_refused(await ada.say(room, "!ask why?"), self.CODE)
        assert is_refused(await ada.say(room, "iStackBuddy.forms.diagnostics: why?"), self.CODE)
        assert is_refused(await ada.say(room, "why?", **{"m.mentions": {"user_ids": [robot]}}), self.CODE)
        assert is_refused(await ada.say(room, "why?", **self.pill(robot)), self.CODE)

    async def test_a_robot_that_is_spoken_of_is_not_addressed(self, ada: Someone, room: RoomId) -> None:
        assert (await ada.say(room, "I asked iStackBuddy.forms.diagnostics about it.")).status == 200

    async def test_a_message_does_not_become_a_question_by_an_edit(
        self, house: House, ada: Someone, room: RoomId
    ) -> None:
        said = await ada.say(room, "One moment.")
        edit = {
            "m.new_content": {"msgtype": "m.text", "body": "!ask why?"},
            "m.relates_to": {"rel_type": "m.replace", "event_id": said.body["event_id"]},
        }
        assert is_refused(await ada.say(room, "* One moment.", **edit), self.CODE)

    async def test_a_guest_is_not_told_that_there_are_robots(self, gina: Someone, room: RoomId) -> None:
        assert (await gina.say(room, "!ask why?")).status == 200

    async def test_the_bridge_is_told_which_robot_it_was(self, house: House, ada: Someone, room: RoomId) -> None:
        await ada.say(room, "iStackBuddy.forms.diagnostics: why?")
        assert await until(lambda: reports_of(house, room)) == [
            {
                "room": room,
                "actor": ada.user_id,
                "rule": "R2",
                "code": self.CODE,
                "robot": house.user_id(ROBOT),
            }
        ]

    async def test_in_the_staff_room_it_is_asked(self, house: House, ada: Someone) -> None:
        staff_room = await house.make_room(RoomKind.STAFF, [ada])
        assert (await ada.say(staff_room, "!ask why?")).status == 200


class TestForgery:
    async def test_employees_forge_nothing_of_ours(self, house: House, ada: Someone, gina: Someone) -> None:
        room = await house.make_room(RoomKind.GUEST, [ada], gina)
        code = "CHAPERONE_NOT_THE_WRITER"
        assert is_refused(await ada.say(room, "x", **{SHARED_KEY: {"id": "1"}}), code)
        assert is_refused(await ada.send(room, "m.reaction", {"chat.chaperone.anything": 1}), code)
        own_name = {"membership": "join", "chat.chaperone.join": True}
        assert is_refused(await ada.set_state(room, "m.room.member", ada.user_id, own_name), code)
        made = RoomId((await ada.done("POST", "/createRoom", {}))["room_id"])
        assert is_refused(await ada.set_state(made, PERSON_STATE, f"user:{ada.user_id}", {"role": "admin"}), code)
        assert is_refused(await ada.set_state(made, "m.room.topic", "", {"topic": "x", KIND_KEY: "guest"}), code)

    async def test_not_even_the_bridge_makes_a_room_ours_that_is_not(self, house: House, ada: Someone) -> None:
        upgrade = await ada.call("POST", "/createRoom", build_room(RoomKind.GUEST, [ada.user_id]))
        assert is_refused(upgrade, "CHAPERONE_NOT_THE_WRITER")


class TestTheUserDirectory:
    async def test_guests_do_not_find_each_other_where_they_meet(self, house: House, ada: Someone) -> None:
        one, other = await house.stranger("searching"), await house.stranger("searchable")
        lounge = await house.make_room(RoomKind.LOUNGE, [ada])
        for guest in (one, other):
            await house.bot.invite(lounge, guest.user_id)
            assert (await guest.join(lounge)).status == 200

        async def ada_finds_them() -> bool:
            found = await ada.done("POST", "/user_directory/search", {"search_term": "search"})
            return {one.user_id, other.user_id} <= {user["user_id"] for user in found["results"]}

        assert await until(ada_finds_them), "or they would not be found for another reason"
        for guest in (one, other):
            found = await guest.done("POST", "/user_directory/search", {"search_term": "search"})
            assert found["results"] == []


class TestRegistration:
    @pytest.mark.parametrize("kind", ["user", "guest"])
    async def test_nobody_registers(self, house: House, kind: str) -> None:
        answer = await house.request(
            "POST", "/_matrix/client/v3/register", {"username": "eve", "password": "x"}, query={"kind": kind}
        )
        assert answer.status == 403, answer

    async def test_an_employees_session_makes_no_other_session(self, house: House, ada: Someone) -> None:
        assert (await ada.call("POST", "/login/get_token", {})).status in {403, 404}
