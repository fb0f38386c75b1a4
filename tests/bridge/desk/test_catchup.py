"""What a killed homeserver forgot to tell is found, once, and in its place."""

from __future__ import annotations

import pytest

from bridge.desk.catchup import AT_A_TIME, CatchUp
from bridge.errors import HomeserverAway
from bridge.ports import IssueRecord
from policies.names import RoomId
from tests.bridge.desk.office import Office, user


@pytest.fixture
def catch_up(office: Office) -> CatchUp:
    return CatchUp(office.store, office.homeserver, office.intake, office.clock)


async def stored(office: Office, record: IssueRecord) -> list[str]:
    """The bodies of the guest room's messages, in the order in which the bridge has them."""
    async with office.store.read() as tx:
        stretches = [(0, None)]
        history = await tx.events.history(
            RoomId(str(record.issue.guest_room)), since=0, stretches=stretches, limit=1000
        )
    return [one.event.content["body"] for one in history.events if one.event.type == "m.room.message"]


def say_untold(office: Office, record: IssueRecord, body: str) -> None:
    office.homeserver.act(
        user("ada"), RoomId(str(record.issue.guest_room)), "m.room.message", {"msgtype": "m.text", "body": body}
    )


async def test_what_was_forgotten_comes_before_what_is_told_next(office: Office, catch_up: CatchUp) -> None:
    record = await office.claimed_issue()
    await catch_up.check()
    for number in range(AT_A_TIME + 5):
        say_untold(office, record, f"forgotten {number}")
    office.homeserver.restart(forgets=True)
    say_untold(office, record, "told")
    await catch_up.check()
    await office.settle()
    expected = ["It says 500.", *(f"forgotten {n}" for n in range(AT_A_TIME + 5)), "told"]
    assert await stored(office, record) == expected


async def test_the_same_start_is_not_looked_at_twice(office: Office, catch_up: CatchUp) -> None:
    record = await office.claimed_issue()
    await catch_up.check()
    say_untold(office, record, "on its way")
    await catch_up.check()
    assert await stored(office, record) == ["It says 500."]


async def test_a_command_that_was_forgotten_is_carried_out(office: Office, catch_up: CatchUp) -> None:
    record = await office.open_issue()
    await catch_up.check()
    office.homeserver.act(user("ada"), office.queue(), "m.room.message", {"body": f"!claim {record.issue.id}"})
    office.homeserver.restart(forgets=True)
    await catch_up.check()
    assert (await office.record(record.issue.id)).issue.assignee == user("ada")


async def test_a_homeserver_that_does_not_answer_is_not_caught_up_with(office: Office, catch_up: CatchUp) -> None:
    record = await office.claimed_issue()
    say_untold(office, record, "forgotten")
    office.homeserver.restart(forgets=True)
    office.homeserver.is_away = True
    with pytest.raises(HomeserverAway):
        await catch_up.check()
    office.homeserver.is_away = False
    await catch_up.check()
    assert (await stored(office, record))[-1] == "forgotten"


async def test_a_room_that_the_bridge_is_no_longer_in_holds_nothing_up(office: Office, catch_up: CatchUp) -> None:
    room = office.homeserver.make_room(user("ada"), user("amy"))
    await office.settle()
    del office.homeserver.rooms[room]
    record = await office.claimed_issue()
    await catch_up.check()
    say_untold(office, record, "forgotten")
    office.homeserver.restart(forgets=True)
    await catch_up.check()
    assert (await stored(office, record))[-1] == "forgotten"
