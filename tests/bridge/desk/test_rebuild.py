"""What Matrix has can be thrown away and rebuilt: lists, counts and histories are the same as before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pytest
from sqlalchemy import delete, insert, select, update

from bridge.desk.rebuild import Progress, Rebuild, Rebuilt, sort_into_conversations
from bridge.desk.timeline import Timeline
from bridge.errors import HomeserverAway
from bridge.ports import Words
from bridge.store.tables import audit, endings, events, issues, members, rooms, stays, words
from policies.escalation import Mode
from policies.issue import Conclusion, IssueState, Side, Status
from policies.names import IssueId, RoomId, Tier
from policies.rooms import RoomKind
from tests.bridge.desk.office import GINA, STAFF, Office, user
from tests.fakes.homeserver import BOT

ADA, AMY = user("ada"), user("amy")
READERS = (*STAFF[:2], GINA)
NEVER_THROWN_AWAY = (audit, endings, words)


@dataclass
class Seen:
    """Everything that people are shown, and what must stay."""

    issues: list[Any]
    queue: Sequence[str]
    members: Mapping[RoomId, Any]
    histories: dict[str, list[Any]]
    kept: list[Any]


async def look(office: Office) -> Seen:
    timeline = Timeline(office.store)
    async with office.store.read() as tx:
        records = list(await tx.issues.list())
        queue = [record.issue.id for record in await tx.issues.queued(Tier.T1)]
        known = sorted(await tx.projection.rooms())
        people = {room: dict(await tx.rooms.members(room)) for room in known}
        kept = [[tuple(row) for row in await tx.connection.execute(select(table))] for table in NEVER_THROWN_AWAY]
    histories: dict[str, list[Any]] = {}
    for reader in READERS:
        for room in known:
            if await timeline.may_read(reader, room) is not None:
                history = await timeline.load_history(reader, room, None, 1000)
                histories[f"{reader.login} {room}"] = [
                    (e.event_id, e.sender, e.content, e.txn_id) for e in history.events
                ]
    return Seen(records, queue, people, histories, kept)


async def live(office: Office) -> None:
    """A handful of issues, in every state."""
    first = await office.claimed_issue()
    await office.say(ADA, first.issue.guest_room, "Which form?")
    await office.desk.write(GINA, str(first.issue.guest_room), "mine", "The contact form.")
    await office.settle()
    answer = await office.answer(first.issue.staff_room)
    await office.desk.share(ADA, first.issue.id, answer, None)
    await office.settle()
    second = await office.claimed_issue()
    await office.desk.conclude(ADA, second.issue.id, Conclusion.RESOLVED, "It was field 7.")
    await office.settle()
    third = await office.claimed_issue()
    await office.desk.hand_over(ADA, third.issue.id, AMY)
    await office.settle()
    await office.leave(ADA, third.issue.guest_room)
    await office.open_issue("Waits", "Hello?")
    fifth = await office.claimed_issue()
    await office.desk.conclude(ADA, fifth.issue.id, Conclusion.UNRESOLVED, "")
    await office.settle()
    await office.desk.reopen(GINA, fifth.issue.id, "It is back.")
    await office.settle()


async def rebuild(office: Office) -> Rebuilt:
    return await Rebuild(office.store, office.homeserver, BOT).run()


async def throw_away(office: Office) -> None:
    async with office.store.write() as tx:
        for table in (events, members, stays, rooms):
            await tx.connection.execute(delete(table))


async def test_all_is_the_same_as_before(office: Office) -> None:
    await live(office)
    before = await look(office)
    done = await rebuild(office)
    assert await look(office) == before
    assert done.issues == 4
    assert done.ahead == ()


async def test_all_is_the_same_after_the_rooms_were_lost(office: Office) -> None:
    await live(office)
    before = await look(office)
    await throw_away(office)
    await rebuild(office)
    assert await look(office) == before


async def test_what_was_escalated_is_the_same_too(office: Office) -> None:
    first, second = await office.claimed_issue(), await office.claimed_issue()
    await office.desk.escalate(ADA, first.issue.id, Mode.NEW_ROOM, "too hard")
    await office.desk.escalate(ADA, second.issue.id, Mode.IN_PLACE, "too hard")
    await office.settle()
    before = await look(office)
    await throw_away(office)
    await rebuild(office)
    assert await look(office) == before
    for record in before.issues:
        async with office.store.write() as tx:
            await tx.issues.save(replace(record.issue, wanted=None, parent=None, child=None))
    await rebuild(office)
    assert (await look(office)).issues == before.issues


async def test_what_is_wrong_in_an_issue_is_put_right(office: Office) -> None:
    await live(office)
    before = await look(office)
    async with office.store.write() as tx:
        wrong = {"status": Status.CONCLUDED, "tier": 3, "assignee": "@nobody:test", "conclusion": Conclusion.RESOLVED}
        await tx.connection.execute(update(issues).where(issues.c.id == 1).values(wrong))
        await tx.connection.execute(update(issues).where(issues.c.id == 2).values(status=Status.OPEN, epoch=7))
    await rebuild(office)
    assert await look(office) == before


async def test_issues_whose_rows_are_gone_come_back(office: Office) -> None:
    await live(office)
    before = await look(office)
    async with office.store.write() as tx:
        await tx.connection.execute(delete(issues))
    await throw_away(office)
    await rebuild(office)
    after = await look(office)

    def essence(seen: Seen) -> list[Any]:
        return [
            replace(r, issue=replace(r.issue, subject=""), queued_at=r.opened_at, card=None, desk_card=None)
            for r in seen.issues
        ]

    assert essence(after) == essence(before)
    assert (after.queue, after.members, after.kept) == (before.queue, before.members, before.kept)
    named = {r.issue.id: r.issue.subject for r in after.issues}
    assert named["1"] == "Export fails"
    assert named["4"] == "Hello?", "where no room is named for it, its first words are all there is"


async def test_the_desk_goes_on_afterwards(office: Office) -> None:
    await live(office)
    await rebuild(office)
    record = await office.record(IssueId("1"))
    await office.say(ADA, record.issue.guest_room, "Try it now.")
    written = await office.desk.write(GINA, str(record.issue.guest_room), "more", "It works!")
    assert isinstance(written, Words)
    await office.settle()
    await office.desk.conclude(ADA, record.issue.id, Conclusion.RESOLVED, "")
    await office.settle()
    bodies = [body for _, body in office.homeserver.bodies(record.issue.guest_room or RoomId(""))]
    assert bodies.count("It works!") == 1


async def test_words_that_are_in_the_room_are_not_posted_again(office: Office) -> None:
    """The bridge died after the homeserver had taken them, and lost what it knew."""
    record = await office.claimed_issue()
    async with office.store.write() as tx:
        placed = (await tx.connection.execute(select(words.c.id, words.c.event_id))).first()
        assert placed is not None
        await tx.connection.execute(update(words).values(event_id=None))
        await tx.connection.execute(delete(events))
    await rebuild(office)
    async with office.store.read() as tx:
        assert await tx.words.waiting(record.issue.id) == []
        assert (await tx.connection.execute(select(words.c.event_id))).scalar_one() == placed.event_id


async def test_interrupted_it_is_run_again(office: Office) -> None:
    await live(office)
    before = await look(office)
    for after in range(0, 60, 7):
        office.homeserver.cut_after = after
        try:
            await rebuild(office)
        except HomeserverAway:
            continue
        finally:
            office.homeserver.cut_after = None
    assert (await look(office)).members == before.members
    await rebuild(office)
    assert await look(office) == before


async def test_an_issue_that_is_ahead_of_its_rooms_stays_as_it_is(office: Office) -> None:
    record = await office.claimed_issue()
    await office.desk.conclude(ADA, record.issue.id, Conclusion.RESOLVED, "")  # and nothing of it is done yet
    done = await rebuild(office)
    assert done.ahead == (record.issue.id,)
    assert (await office.record(record.issue.id)).issue.status is Status.CONCLUDED
    await office.settle()
    assert (await rebuild(office)).ahead == ()
    assert (await office.record(record.issue.id)).issue.status is Status.CONCLUDED


async def test_a_room_that_is_there_no_more_is_forgotten(office: Office) -> None:
    async with office.store.write() as tx:
        await tx.connection.execute(insert(rooms).values(room_id="!gone", kind=RoomKind.GUEST))
    done = await rebuild(office)
    assert done.gone == 1
    async with office.store.read() as tx:
        assert await tx.rooms.load(RoomId("!gone")) is None


async def test_how_far_it_is_is_told(office: Office) -> None:
    await live(office)
    told: list[Progress] = []
    done = await Rebuild(office.store, office.homeserver, BOT).run(told.append)
    assert [one.done for one in told] == sorted(one.done for one in told)
    assert told[-1] == Progress(done.rooms, done.rooms, done.events)


@pytest.mark.parametrize("limit", [1, 3])
async def test_long_rooms_are_read_to_their_beginning(
    office: Office, limit: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bridge.desk.rebuild.AT_A_TIME", limit)
    monkeypatch.setattr("bridge.desk.rebuild.BITE", limit)
    await live(office)
    before = await look(office)
    await throw_away(office)
    await rebuild(office)
    assert await look(office) == before


def test_the_rooms_of_one_conversation_are_read_together() -> None:
    def state(number: str, side: Side, **more: Any) -> IssueState:
        return IssueState(IssueId(number), side, Status.OPEN, None, 1, **more)

    states = {
        RoomId("!g1"): state("1", Side.GUEST),
        RoomId("!s1"): state("1", Side.STAFF, child=IssueId("3")),
        RoomId("!q"): None,
        RoomId("!g2"): state("2", Side.GUEST),
        RoomId("!g3"): state("3", Side.GUEST),
        RoomId("!s3"): state("3", Side.STAFF, parent=IssueId("1")),
    }
    found = sorted(sorted(conversation.rooms) for conversation in sort_into_conversations(states))
    assert found == [["!g1", "!g3", "!s1", "!s3"], ["!g2"], ["!q"]]


async def test_rooms_beside_issues_keep_their_names_and_kinds(office: Office) -> None:
    for kind, others in ((RoomKind.DIRECT, [AMY]), (RoomKind.GROUP, [AMY]), (RoomKind.SOLO, [])):
        await office.chats.open(ADA, kind, others)
    office.homeserver.make_room(ADA, AMY, name="Lunch", encrypted=True)
    await office.settle()

    async def everything() -> list[Any]:
        async with office.store.read() as tx:
            found = [(one, one.name, one.room_id) for one in await tx.rooms.list(limit=1000)]
            return [(*one, await tx.rooms.members(one[2]), await tx.rooms.is_encrypted(one[2])) for one in found]

    before = await everything()
    await Rebuild(office.store, office.homeserver, BOT).run()
    assert await everything() == before
