"""Taking back what was shared."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bridge.errors import Unknown
from bridge.ports import IssueRecord
from policies.issue import Conclusion
from policies.names import Code, EventId
from policies.outcomes import Refuse
from tests.bridge.desk.office import GINA, Office, user
from tests.bridge.desk.test_escalations import ADA, said


def code(outcome: object) -> Code:
    assert isinstance(outcome, Refuse)
    return outcome.code


class TestUnsharing:
    async def shared(self, office: Office) -> tuple[IssueRecord, str]:
        record = await office.claimed_issue()
        answer = await office.answer(record.issue.staff_room)
        await office.desk.share(ADA, record.issue.id, answer, None)
        await office.settle()
        return record, answer

    def gone(self, office: Office, record: IssueRecord) -> list[str]:
        return [e.content["redacts"] for e in office.events(record.issue.guest_room) if e.type == "m.room.redaction"]

    async def test_in_reply_to_the_answer_its_copy_is_redacted_and_the_staff_room_says_who_did(
        self, office: Office
    ) -> None:
        record, answer = await self.shared(office)
        assert record.issue.guest_room is not None
        copy = office.homeserver.messages(record.issue.guest_room)[-1]
        relation = {"m.relates_to": {"m.in_reply_to": {"event_id": answer}}}
        await office.say(ADA, record.issue.staff_room, "!unshare", **relation)
        assert self.gone(office, record) == [copy.event_id]
        assert said(office, record.issue.staff_room)[-1] == f"The guest's copy of this was taken back, by {ADA}."
        await office.say(ADA, record.issue.staff_room, "!unshare", **relation)
        assert "has no copy" in said(office, record.issue.staff_room)[-1]

    async def test_in_reply_to_the_note_about_one_share_that_copy_alone(self, office: Office) -> None:
        record, answer = await self.shared(office)
        assert record.issue.staff_room is not None
        first_note = office.homeserver.messages(record.issue.staff_room)[-1]
        office.clock.advance(timedelta(seconds=1))
        await office.desk.share(ADA, record.issue.id, EventId(answer), "in other words")
        await office.settle()
        taken = await office.desk.unshare(ADA, record.issue.id, first_note.event_id)
        await office.settle()
        assert isinstance(taken, list)
        assert len(taken) == len(self.gone(office, record)) == 1
        async with office.store.read() as tx:
            shares = await tx.shares.of_issue(record.issue.id)
        assert [one.taken_back_by for one in shares] == [ADA, None]

    async def test_after_the_conclusion_as_well(self, office: Office) -> None:
        record, answer = await self.shared(office)
        await office.desk.conclude(ADA, record.issue.id, Conclusion.RESOLVED, "")
        await office.settle()
        [answer_event] = [e for e in office.events(record.issue.staff_room) if e.event_id == answer]
        assert isinstance(await office.desk.unshare(ADA, record.issue.id, answer_event.event_id), list)
        await office.settle()
        assert len(self.gone(office, record)) == 1

    async def test_guests_do_not_and_what_is_not_in_the_staff_room_is_unknown(self, office: Office) -> None:
        record, answer = await self.shared(office)
        [event] = [e for e in office.events(record.issue.staff_room) if e.event_id == answer]
        assert code(await office.desk.unshare(GINA.user_id, record.issue.id, event.event_id)) is Code.STAFF_ONLY
        assert record.issue.guest_room is not None
        copy = office.homeserver.messages(record.issue.guest_room)[-1]
        with pytest.raises(Unknown):
            await office.desk.unshare(user("ada"), record.issue.id, copy.event_id)
