"""Robots come and go as staff say, and are asked by staff as themselves."""

from __future__ import annotations

import pytest

from bridge.desk.robots import Ask, AskKind, build_question
from bridge.errors import Unknown
from bridge.ports import IssueRecord, Principal, Words
from policies.issue import Conclusion
from policies.names import Audience, Code, EventId, Role, UserId
from policies.outcomes import Refuse
from tests.bridge.desk.office import ROBOT, STAFF, Office, principal, user

ADA, BEN = STAFF[0], next(p for p in STAFF if p.login == "ben")
HELPER = principal("jokes", Role.ROBOT, audience=Audience.STAFF)


async def asked(office: Office, record: IssueRecord, ask: Ask, who: Principal = ADA, txn: str = "t1") -> Words | Refuse:
    words = await office.works.robots.ask(who, record.issue.id, ask, txn)
    await office.settle()
    return words


def said(office: Office, record: IssueRecord, who: UserId = ADA.user_id) -> list[str]:
    room = record.issue.staff_room
    assert room is not None
    return [body for sender, body in office.homeserver.bodies(room) if sender == who]


class TestCompany:
    async def test_a_robot_is_sent_away_and_brought_back(self, office: Office) -> None:
        record = await office.claimed_issue()
        assert ROBOT in office.joined(record.issue.staff_room)
        assert not isinstance(await office.works.robots.send_away(ADA.user_id, record.issue.id, ROBOT), Refuse)
        await office.settle()
        assert ROBOT not in office.joined(record.issue.staff_room)
        assert await office.works.robots.load_present(record.issue.id) == []
        await office.works.robots.bring(ADA.user_id, record.issue.id, ROBOT)
        await office.settle()
        assert await office.works.robots.load_present(record.issue.id) == [ROBOT]

    async def test_no_robot_ever_comes_into_the_guest_room(self, office: Office) -> None:
        record = await office.claimed_issue()
        await office.works.robots.bring(ADA.user_id, record.issue.id, ROBOT)
        await office.settle()
        assert ROBOT not in office.joined(record.issue.guest_room)

    async def test_by_command_too(self, office: Office) -> None:
        record = await office.claimed_issue()
        await office.say(ADA.user_id, record.issue.staff_room, "!robots remove iStackBuddy.forms.diagnostics")
        assert ROBOT not in office.joined(record.issue.staff_room)
        await office.say(ADA.user_id, record.issue.staff_room, "!robots add @istackbuddy.forms.diagnostics")
        assert ROBOT in office.joined(record.issue.staff_room)
        await office.say(ADA.user_id, record.issue.staff_room, "!robots")
        assert "Robots:\nIstackbuddy.Forms.Diagnostics (here)" in said(office, record, office.homeserver.bot)

    @pytest.mark.parametrize("typed", ["!robots add", "!robots dance now"])
    async def test_what_is_no_such_command_is_said_to_be_none(self, office: Office, typed: str) -> None:
        record = await office.claimed_issue()
        await office.say(ADA.user_id, record.issue.staff_room, typed)
        assert any("!robots add or remove" in body for body in said(office, record, office.homeserver.bot))

    async def test_a_person_is_not_brought_in_as_a_robot(self, office: Office) -> None:
        record = await office.claimed_issue()
        refusal = await office.works.robots.bring(ADA.user_id, record.issue.id, user("sam"))
        assert isinstance(refusal, Refuse)
        assert refusal.code is Code.ROBOTS_STAY_OUT


class TestAsking:
    async def test_a_question_is_in_the_staff_room_in_the_employees_own_name(self, office: Office) -> None:
        record = await office.claimed_issue()
        await asked(office, record, Ask(ROBOT, "contact.json"))
        assert said(office, record) == ["istackbuddy.forms.diagnostics: contact.json"]

    async def test_the_same_question_again_is_one_question(self, office: Office) -> None:
        record = await office.claimed_issue()
        first = await asked(office, record, Ask(ROBOT, "contact.json"))
        again = await asked(office, record, Ask(ROBOT, "contact.json"))
        assert isinstance(first, Words)
        assert isinstance(again, Words)
        assert first.id == again.id
        assert len(said(office, record)) == 1

    async def test_a_robot_that_was_sent_away_comes_to_be_asked(self, office: Office) -> None:
        record = await office.claimed_issue()
        await office.works.robots.send_away(ADA.user_id, record.issue.id, ROBOT)
        await office.settle()
        await asked(office, record, Ask(ROBOT, "contact.json"))
        assert ROBOT in office.joined(record.issue.staff_room)
        room = office.events(record.issue.staff_room)
        came = max(i for i, e in enumerate(room) if e.type == "m.room.member" and e.state_key == ROBOT)
        question = next(i for i, e in enumerate(room) if e.sender == ADA.user_id and e.type == "m.room.message")
        assert came < question

    async def test_who_is_not_in_the_staff_room_does_not_ask_there(self, office: Office) -> None:
        record = await office.claimed_issue()
        refusal = await asked(office, record, Ask(ROBOT, "contact.json"), BEN)
        assert isinstance(refusal, Refuse)
        assert refusal.code is Code.NOT_A_MEMBER

    async def test_nothing_is_asked_about_what_is_concluded(self, office: Office) -> None:
        record = await office.claimed_issue()
        await office.desk.conclude(ADA.user_id, record.issue.id, Conclusion.RESOLVED, "")
        await office.settle()
        refusal = await asked(office, record, Ask(ROBOT, "contact.json"))
        assert isinstance(refusal, Refuse)
        assert refusal.code is Code.ISSUE_CONCLUDED

    async def test_nobody_is_asked_where_there_is_no_room_yet(self, office: Office) -> None:
        record = await office.open_issue()
        refusal = await asked(office, record, Ask(ROBOT, "contact.json"))
        assert isinstance(refusal, Refuse)
        assert refusal.code is Code.ISSUE_NOT_OPEN

    async def test_an_event_of_the_staff_room_is_attached_by_replying_to_it(self, office: Office) -> None:
        record = await office.claimed_issue()
        upload = await office.say(ADA.user_id, record.issue.staff_room, "contact.json")
        await asked(office, record, Ask(ROBOT, "why?", attachments=[upload]))
        question = office.events(record.issue.staff_room)[-1]
        assert question.content["m.relates_to"]["m.in_reply_to"]["event_id"] == upload

    async def test_an_event_of_another_room_is_not_there(self, office: Office) -> None:
        record = await office.claimed_issue()
        elsewhere = await office.say(ADA.user_id, record.issue.guest_room, "Hello!")
        for event_id in (elsewhere, EventId("$nowhere")):
            with pytest.raises(Unknown):
                await asked(office, record, Ask(ROBOT, "why?", attachments=[event_id]))


@pytest.mark.parametrize(
    ("ask", "typed"),
    [
        (Ask(ROBOT, "why?"), "istackbuddy.forms.diagnostics: why?"),
        (Ask(ROBOT, "help", AskKind.COMMAND), "istackbuddy.forms.diagnostics: /help"),
        (Ask(ROBOT, "/help", AskKind.COMMAND), "istackbuddy.forms.diagnostics: /help"),
        (Ask(ROBOT, "only L03", AskKind.FORM, ["4711"]), "istackbuddy.forms.diagnostics: only L03 form 4711"),
        (Ask(ROBOT, "", AskKind.FORM, ["contact.json"]), "istackbuddy.forms.diagnostics: contact.json"),
        (
            Ask(ROBOT, "", AskKind.FORM, [{"id": 1}]),
            'istackbuddy.forms.diagnostics:\n```json\n{"id": 1}\n```',
        ),
    ],
)
def test_a_question_is_what_one_would_type(ask: Ask, typed: str) -> None:
    assert build_question(ask) == typed
