"""Which rooms other servers see, and whom they are told to ask about them."""

from __future__ import annotations

from dataclasses import replace

from bridge.ports import PrincipalId, Profile
from policies.names import RoomId, ServerName, UserId
from policies.policy_server import POLICY_STATE, PolicyServer, build_policy_state
from policies.rooms import Room
from tests.bridge.desk.office import STAFF, Office, user

FIRST = PolicyServer(ServerName("test"), "the first key")
SECOND = replace(FIRST, public_key="the second key")


async def guest_room(office: Office) -> RoomId:
    return RoomId(str((await office.claimed_issue()).issue.guest_room))


async def facts(office: Office) -> tuple[Room, Room]:
    """Of the guest room and the staff room of a new issue."""
    issue = (await office.claimed_issue()).issue
    return office.homeserver.facts(RoomId(str(issue.guest_room))), office.homeserver.facts(
        RoomId(str(issue.staff_room))
    )


def named_in(office: Office, room_id: RoomId) -> PolicyServer | None:
    return office.homeserver.facts(room_id).policy_server


async def test_without_other_servers_no_room_is_theirs_to_see(office: Office) -> None:
    guests, staffs = await facts(office)
    assert (guests.is_federated, guests.policy_server) == (False, None)
    assert (staffs.is_federated, staffs.policy_server) == (False, None)


async def test_a_guest_room_that_other_servers_see_says_whom_to_ask(office: Office) -> None:
    office.homeserver.policy_server = FIRST
    guests, staffs = await facts(office)
    assert (guests.is_federated, guests.policy_server) == (True, FIRST)
    assert (staffs.is_federated, staffs.policy_server) == (False, None)


async def test_a_new_key_is_told_to_the_rooms_that_name_the_old_one(office: Office) -> None:
    unseen = await guest_room(office)
    office.homeserver.policy_server = FIRST
    await office.founding.found()
    seen = await guest_room(office)
    office.homeserver.policy_server = SECOND
    await office.founding.found()
    assert named_in(office, seen) == SECOND
    assert named_in(office, unseen) is None


async def test_a_key_that_was_told_is_not_told_again(office: Office) -> None:
    office.homeserver.policy_server = FIRST
    await office.founding.found()
    room = await guest_room(office)
    await office.founding.found()
    assert [event.type for event in office.events(room)].count(POLICY_STATE) == 1


async def test_cut_off_anywhere_every_room_is_told_in_the_end(office: Office) -> None:
    office.homeserver.policy_server = FIRST
    await office.founding.found()
    rooms = [await guest_room(office), await guest_room(office)]
    for cut in range(60):
        newest = office.homeserver.policy_server = replace(FIRST, public_key=f"key {cut}")
        office.homeserver.cut_after = cut
        await office.founding.found()  # tries again until it is through
        office.homeserver.cut_after = None
        assert {named_in(office, room) for room in rooms} == {newest}


async def test_a_room_that_is_gone_holds_up_no_other(office: Office) -> None:
    office.homeserver.policy_server = FIRST
    gone, there = await guest_room(office), await guest_room(office)
    del office.homeserver.rooms[gone]
    office.homeserver.policy_server = SECOND
    await office.founding.found()
    assert named_in(office, there) == SECOND
    policy_room = next(room for alias, room in office.homeserver.aliases.items() if "-policy" in alias)
    assert office.homeserver.rooms[policy_room].state[POLICY_STATE, ""].content == build_policy_state(SECOND)


async def test_an_employee_of_another_server_is_given_no_power(office: Office) -> None:
    far = replace(STAFF[0], id=PrincipalId("far"), login="far", user_id=UserId("@far:elsewhere"))
    record = await office.claimed_issue()
    room_id = RoomId(str(record.issue.guest_room))
    async with office.store.write() as tx:
        await tx.principals.add(far, Profile("Far"), None, office.clock.now())
    state = office.homeserver.rooms[room_id].state
    state["m.room.member", far.user_id] = replace(
        state["m.room.member", user("ada")], sender=far.user_id, state_key=far.user_id
    )
    await office.desk.hand_over(user("ada"), record.issue.id, user("amy"))
    await office.settle()
    levels = state["m.room.power_levels", ""].content
    assert set(levels["users"]) == {user("ada"), user("amy")}
