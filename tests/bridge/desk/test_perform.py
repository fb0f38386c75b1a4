"""Doing it exactly once: whatever answer is lost, whichever request never arrives, the end is the same."""

from __future__ import annotations

import os
from collections import Counter
from datetime import timedelta

import pytest

from bridge.ports import Words
from policies.issue import Conclusion, Status
from policies.names import WORDS_KEY, RoomId
from policies.rooms import Membership
from tests.bridge.desk.office import GINA, ROBOT, Office, open_office, user

CUTS = range(0, 80, 1 if os.environ.get("CHAPERONE_PROVE") else 6)
"""Requests that are done without an answer. There are fewer than eighty in a whole way: see the last test."""


async def walk(office: Office) -> None:
    """The whole way: open, write, claim, write, answer, share, hand over, conclude."""
    record = await office.open_issue()
    await office.desk.write(GINA, f"lobby:{record.issue.id}", "t1", "more")
    await office.desk.claim(user("ada"), record.issue.id)
    await office.settle()
    record = await office.record(record.issue.id)
    await office.desk.write(GINA, str(record.issue.guest_room), "t2", "hello?")
    await office.settle()
    answer = await office.answer(record.issue.staff_room)
    await office.desk.share(user("ada"), record.issue.id, answer, None)
    await office.settle()
    await office.desk.hand_over(user("ada"), record.issue.id, user("amy"))
    await office.settle()
    await office.desk.conclude(user("amy"), record.issue.id, Conclusion.RESOLVED, "")
    await office.settle()


async def outcome(office: Office) -> object:
    """What the world looks like afterwards, ids aside."""
    record = await office.record((await office.issues())[0].issue.id)
    guest_room, staff_room = RoomId(str(record.issue.guest_room)), RoomId(str(record.issue.staff_room))
    rooms = [guest_room, staff_room, office.queue()]
    return (
        len(office.homeserver.rooms),
        [alias for alias in office.homeserver.aliases if "-queue-" not in alias and "-policy" not in alias],
        [office.homeserver.bodies(room) for room in rooms],
        [sorted(office.homeserver.facts(room).joined()) for room in rooms],
        [Counter(e.type for e in office.events(room))["m.reaction"] for room in rooms],
        record.issue.status,
        office.homeserver.rooms[guest_room].state["m.room.power_levels", ""].content["users"],
    )


@pytest.fixture(scope="module")
async def uncut(tmp_path_factory: pytest.TempPathFactory) -> object:
    async with open_office(tmp_path_factory.mktemp("uncut")) as office:
        await walk(office)
        return await outcome(office)


async def test_the_whole_way_ends_as_it_should(office: Office) -> None:
    await walk(office)
    record = (await office.issues())[0]
    assert record.issue.status is Status.CONCLUDED
    assert office.homeserver.bodies(RoomId(str(record.issue.guest_room)))[:3] == [
        (GINA.user_id, "It says 500."),
        (GINA.user_id, "more"),
        (GINA.user_id, "hello?"),
    ]


@pytest.mark.prove
@pytest.mark.parametrize("which", CUTS)
async def test_a_lost_answer_changes_nothing(which: int, office: Office, uncut: object) -> None:
    office.homeserver.cut_after = which
    await walk(office)
    assert await outcome(office) == uncut


async def test_the_cuts_reach_to_the_end_of_the_way(office: Office) -> None:
    office.homeserver.cut_after = CUTS[-1]
    await walk(office)
    assert office.homeserver.cut_after is not None


async def test_while_the_homeserver_is_away_words_are_kept_and_then_posted_in_order(office: Office) -> None:
    record = await office.claimed_issue()
    office.homeserver.is_away = True
    for number in range(5):
        words = await office.desk.write(GINA, str(record.issue.guest_room), f"t{number}", f"words {number}")
        assert isinstance(words, Words)
    async with office.store.read() as tx:
        rows = await tx.outbox.due(office.clock.now(), 20, frozenset())
    for row in rows:
        await office.outbox.perform_row(row)
    office.homeserver.is_away = False
    await office.settle()
    bodies = [body for _, body in office.homeserver.bodies(RoomId(str(record.issue.guest_room)))]
    assert bodies[1:] == [f"words {number}" for number in range(5)]


async def test_words_older_than_transaction_ids_are_looked_up_before_they_are_sent_again(office: Office) -> None:
    record = await office.claimed_issue()
    room = RoomId(str(record.issue.guest_room))
    words = await office.desk.write(GINA, room, "t", "only once")
    assert isinstance(words, Words)
    # They were sent, but the bridge was gone for two days before it could write that down, and
    # the homeserver has forgotten the transaction id.
    office.homeserver.act(GINA.user_id, room, "m.room.message", {"body": "only once", WORDS_KEY: words.id})
    office.clock.advance(timedelta(days=2))
    await office.settle()
    assert [body for _, body in office.homeserver.bodies(room)].count("only once") == 1


async def test_words_that_the_homeserver_refuses_do_not_hold_up_the_issue(office: Office) -> None:
    record = await office.claimed_issue()
    room = RoomId(str(record.issue.guest_room))
    await office.desk.write(GINA, room, "t", "words of somebody removed")
    content = {"membership": "leave"}
    office.homeserver.act(user("ada"), room, "m.room.member", content, GINA.user_id)
    await office.settle()
    await office.desk.conclude(user("ada"), record.issue.id, Conclusion.UNRESOLVED, "")
    await office.settle()
    issue = office.homeserver.facts(room).issue
    assert issue is not None
    assert issue.status is Status.CONCLUDED


async def test_a_guest_is_not_brought_in_while_the_employee_is_not_there(office: Office) -> None:
    record = await office.open_issue()
    office.homeserver.joins_staff = False
    await office.desk.claim(user("ada"), record.issue.id)
    with pytest.raises(AssertionError, match="rest"):
        await office.settle(rounds=10)
    room = (await office.record(record.issue.id)).issue.guest_room
    assert room is not None
    assert office.homeserver.facts(room).membership_of(GINA.user_id) is Membership.LEAVE
    office.homeserver.joins_staff = True
    await office.settle()
    assert office.homeserver.facts(room).membership_of(GINA.user_id) is Membership.JOIN


async def test_robots_come_last_so_that_no_guest_waits_for_one(office: Office) -> None:
    record = await office.claimed_issue()
    guest_came = next(
        e for e in office.events(record.issue.guest_room) if e.type == "m.room.member" and e.state_key == GINA.user_id
    )
    robot_came = next(
        e for e in office.events(record.issue.staff_room) if e.type == "m.room.member" and e.state_key == ROBOT
    )
    assert guest_came.origin_server_ts < robot_came.origin_server_ts
