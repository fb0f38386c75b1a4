"""A robot in a staff room: the real process, a real Synapse with our module, and real Matrix clients.

The tests play the bridge: they list people, make rooms and say what issue a room is about.
"""

from __future__ import annotations

import io
import json
import signal
import stat
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp
import nio
import pytest

from policies.issue import Conclusion, Issue, Side, Status, build_issue_state
from policies.names import ANSWER_KEY, ISSUE_STATE, Audience, EventId, IssueId, Role, RoomId, Tier, UserId
from policies.people import Person
from policies.rooms import RoomKind
from tests.builders.forms import asks, radio, raw_form, shown_if, text
from tests.e2e.colleague import Colleague
from tests.e2e.house import DemoLogin
from tests.homeserver.house import House, Someone
from tests.homeserver.standin import BridgeStandIn
from tests.robots import RobotsProcess, session_file
from tests.synapse import Synapse
from tests.until import until

pytestmark = pytest.mark.e2e

NAME = "iStackBuddy.forms.diagnostics"
ROBOT = UserId("@istackbuddy.forms.diagnostics:localhost")
CONTACT = raw_form(radio(1, "Yes", label="Newsletter?"), text(2, label="<b>E-mail</b>", logic=shown_if(asks(99))))


@dataclass
class Place:
    """A staff room, and who is in it."""

    house: House
    room: RoomId
    ada: Colleague
    robots: RobotsProcess

    async def set_issue(self, status: Status = Status.OPEN, epoch: int = 1) -> None:
        conclusion = Conclusion.RESOLVED if status is Status.CONCLUDED else None
        guest = UserId("@guest-gina:localhost")
        issue = Issue(IssueId("7"), "a subject", guest, status, Tier.T1, epoch=epoch, conclusion=conclusion)
        written = await self.house.bot.set_state(self.room, ISSUE_STATE, "", build_issue_state(issue, Side.STAFF))
        assert written.status == 200, written

    async def upload(self, name: str, data: bytes, **more: Any) -> EventId:
        answer, _ = await self.ada.client.upload(io.BytesIO(data), "application/json", name, filesize=len(data))
        assert isinstance(answer, nio.UploadResponse), answer
        info = {"mimetype": "application/json", "size": len(data)}
        content = {"msgtype": "m.file", "body": name, "filename": name, "url": answer.content_uri, "info": info}
        return await self.ada.send(self.room, "m.room.message", {**content, **more})

    async def ask(self, words: str, **more: Any) -> EventId:
        return await self.ada.say(self.room, f"!ask {NAME} {words}", **more)

    async def placeholder(self, question: EventId) -> Mapping[str, Any]:
        return await self.ada.wait_for(self.room, lambda e: is_answer(e, question, "pending"))

    async def answer(self, question: EventId, state: str = "done") -> Mapping[str, Any]:
        """The content of the finished answer."""
        event = await self.ada.wait_for(self.room, lambda e: is_answer(e, question, state), within=60)
        content: Mapping[str, Any] = event["content"].get("m.new_content", event["content"])
        return content

    def said_by_robot(self) -> list[Mapping[str, Any]]:
        return [e for e in self.ada.events.get(self.room, []) if e["sender"] == ROBOT and e["type"] == "m.room.message"]


def is_answer(event: Mapping[str, Any], question: EventId, state: str) -> bool:
    content = event["content"].get("m.new_content", event["content"])
    answer = content.get(ANSWER_KEY)
    return bool(answer) and (answer["question"], answer["state"], answer["kind"]) == (question, state, "chat")


@pytest.fixture(scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """A Synapse of our own, since we kill what runs beside it."""
    synapse = Synapse(tmp_path_factory.mktemp("robots"))
    synapse.start()
    standin = BridgeStandIn(synapse.secret("module_secret"))
    async with aiohttp.ClientSession() as http, standin.listen(synapse):
        house = House(synapse, http)
        standin.passwords["@ada:localhost"] = "ada's"
        yield house
    synapse.stop()


@pytest.fixture(scope="module")
async def robots(house: House) -> AsyncIterator[RobotsProcess]:
    """Started before there is a policy room or an account, as it happens when everything starts at once."""
    robots = RobotsProcess(house.synapse, {"CHAPERONE__BOTS__GRACE_SECONDS": "0"})
    robots.spawn()
    await until(lambda: _has_tried(robots))
    await house.open()
    assert (await house.keep_account(ROBOT, display_name=NAME)).status == 200
    await house.list_person(Person(ROBOT, Role.ROBOT, audience=Audience.STAFF))
    await house.bring_in(house.policy_room, robot_of(house))
    await house.person("ada")
    await until(robots.is_ready, within_s=30)
    yield robots
    assert await robots.stop() == 0


async def _has_tried(robots: RobotsProcess) -> bool:
    return "robot.waiting" in robots.log.read_text()


def robot_of(house: House) -> Someone:
    return Someone(house, ROBOT, "")


@pytest.fixture
async def place(house: House, robots: RobotsProcess) -> AsyncIterator[Place]:
    """A fresh staff room of an open issue, with Ada and the robot."""
    if not robots.is_running:  # a test before this one ended between a kill and a start
        await robots.start()
    ada = await house.person("ada")
    room = await house.make_room(RoomKind.STAFF, [ada])
    async with Colleague(house.synapse.url, DemoLogin("ada", "ada's", ada.user_id)) as client:
        place = Place(house, room, client, robots)
        await place.set_issue()
        await house.bring_in(room, robot_of(house))
        yield place


class TestTheAnswer:
    async def test_a_placeholder_comes_in_a_thread_and_becomes_the_diagnosis(self, place: Place) -> None:
        await place.upload("contact.json", json.dumps(CONTACT).encode())
        question = await place.ask("contact.json")
        placeholder = await place.placeholder(question)
        answer = await place.answer(question)
        relation = placeholder["content"]["m.relates_to"]
        assert (relation["rel_type"], relation["event_id"]) == ("m.thread", question)
        assert answer[ANSWER_KEY]["robot"] == ROBOT
        assert "Error L01" in answer["body"]
        assert "<b>E-mail</b>" in answer["body"]
        assert "&lt;b&gt;E-mail&lt;/b&gt;" in answer["formatted_body"]
        assert answer["m.mentions"] == {}
        edit = [e for e in place.said_by_robot() if "m.new_content" in e["content"]][-1]
        assert edit["content"]["m.relates_to"] == {"rel_type": "m.replace", "event_id": placeholder["event_id"]}

    async def test_by_mention_in_reply_to_the_file(self, place: Place) -> None:
        file = await place.upload("contact.json", json.dumps(CONTACT).encode())
        await place.upload("other.json", b"[]")
        question = await place.ada.say(
            place.room,
            "what is wrong here?",
            **{"m.mentions": {"user_ids": [ROBOT]}, "m.relates_to": {"m.in_reply_to": {"event_id": file}}},
        )
        assert "from contact.json" in (await place.answer(question))["body"]

    async def test_a_follow_up_in_the_thread(self, place: Place) -> None:
        question = await place.ask(f"```\n{json.dumps(CONTACT)}\n```")
        assert "from the pasted JSON" in (await place.answer(question))["body"]
        await place.upload("contact.json", json.dumps(CONTACT).encode())
        relation = {"rel_type": "m.thread", "event_id": question, "is_falling_back": True}
        again = await place.ada.say(place.room, "and the file?", **{"m.relates_to": relation})
        assert "from contact.json" in (await place.answer(again))["body"]

    @pytest.mark.parametrize(
        ("data", "code"),
        [(b'{"id": "1", "fields": [', "FORM_NOT_JSON"), (b"[]", "FORM_IS_A_LIST"), (b"[" * 100_000, "FORM_TOO_DEEP")],
    )
    async def test_what_is_no_form_gets_a_clear_answer(self, place: Place, data: bytes, code: str) -> None:
        await place.upload("contact.json", data)
        assert code in (await place.answer(await place.ask("")))["body"]

    async def test_a_file_too_large_is_not_read_to_its_end(self, place: Place) -> None:
        await place.upload("large.json", b" " * (11 * 1024 * 1024), info={"size": 5})
        assert "FORM_TOO_LARGE" in (await place.answer(await place.ask("large.json")))["body"]

    async def test_without_a_form_it_says_how(self, place: Place) -> None:
        answer = await place.answer(await place.ask("what is wrong?"), "failed")
        assert "Upload its JSON" in answer["body"]


class TestWhoGetsNoAnswer:
    async def test_an_unlisted_person_gets_none_where_they_sit_with_an_employee_and_the_robot(
        self, place: Place, house: House
    ) -> None:
        ada, mallory = await house.person("ada"), await house.stranger("mallory")
        room = RoomId((await ada.done("POST", "/createRoom", {"preset": "private_chat"}))["room_id"])
        for user_id in (ROBOT, mallory.user_id):
            await ada.done("POST", f"/rooms/{room}/invite", {"user_id": user_id})
        assert (await mallory.join(room)).status == 200
        await until(lambda: has_robot(ada, room))
        assert (await mallory.say(room, f"!ask {NAME} hello")).status == 200
        await place.answer(await place.ask('{"fields": []}'))  # asked later, so what came before is decided
        assert await said_by_robot(ada, room) == 0

    async def test_an_unlisted_person_cannot_talk_to_it_alone(self, house: House, robots: RobotsProcess) -> None:
        mallory = await house.stranger("mallory")
        made = await mallory.call("POST", "/createRoom", {"invite": [ROBOT], "is_direct": True})
        assert made.status == 403

    async def test_an_employee_can(self, house: House, robots: RobotsProcess) -> None:
        ada = await house.person("ada")
        room = RoomId((await ada.done("POST", "/createRoom", {"preset": "private_chat"}))["room_id"])
        await ada.done("POST", f"/rooms/{room}/invite", {"user_id": ROBOT})
        await until(lambda: has_robot(ada, room))
        await ada.say(room, f"!ask {NAME} hello")

        async def answered() -> bool:
            return await said_by_robot(ada, room) == 2

        await until(answered)


async def has_robot(ada: Someone, room: RoomId) -> bool:
    return (await ada.members(room)).get(ROBOT) == "join"


async def said_by_robot(ada: Someone, room: RoomId) -> int:
    return sum(ANSWER_KEY in content for content in await ada.messages(room, "m.room.message"))


class TestEpochs:
    async def test_nothing_is_posted_into_a_concluded_issue(self, place: Place) -> None:
        await place.set_issue(Status.CONCLUDED)
        answer = await place.answer(await place.ask("{}"), "failed")
        assert "Issue 7 is concluded" in answer["body"]

    async def test_a_question_of_an_earlier_epoch_is_not_answered_in_a_later_one(self, place: Place) -> None:
        assert await place.robots.stop(signal.SIGINT) == 0
        question = await place.ask('{"fields": []}')
        await place.set_issue(Status.CONCLUDED)
        await place.set_issue(Status.OPEN, epoch=2)
        await place.robots.start()
        assert "was reopened since this was asked" in (await place.answer(question, "failed"))["body"]


class TestSurvival:
    async def test_killed_in_mid_answer_and_started_again_it_answers_once(self, place: Place) -> None:
        many = [radio(n, "Yes", html="x" * 500, logic=shown_if(asks(n - 1, "No"))) for n in range(1, 8000)]
        await place.upload("large.json", json.dumps(raw_form(radio(0, "Yes"), *many)).encode())
        question = await place.ask("large.json")
        await place.placeholder(question)
        place.robots.kill()
        assert not [e for e in place.said_by_robot() if _key(e)["state"] == "done"]
        await place.robots.start()
        assert "7,999 errors" in (await place.answer(question))["body"]
        await place.answer(await place.ask('{"fields": []}'))
        await place.ada.wait_for(place.room, lambda e: _is_last(e, question))
        of_question = [e for e in place.said_by_robot() if _key(e)["question"] == question]
        states = [(_key(e)["kind"], _key(e)["state"]) for e in of_question if _key(e)["state"] != "progress"]
        assert states == [("chat", "pending"), ("chat", "done"), ("graph", "done"), ("file", "done"), ("file", "done")]

    async def test_a_question_asked_while_it_was_down_is_answered_once(self, place: Place) -> None:
        place.robots.kill()
        question = await place.ask('{"fields": []}')
        for number in range(60):  # more than one answer to /sync holds
            await place.house.bot.say(place.room, f"talk {number}")
        await place.robots.start()
        assert "in 0 fields" in (await place.answer(question))["body"]

    async def test_a_lost_session_is_made_again(self, place: Place) -> None:
        assert await place.robots.stop() == 0
        file = session_file(place.house.synapse, "istackbuddy.forms.diagnostics")
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        file.write_text(file.read_text().replace(json.loads(file.read_text())["access_token"], "nonsense"))
        await place.robots.start()
        await place.answer(await place.ask('{"fields": []}'))

    async def test_it_goes_on_after_the_homeserver_was_killed(self, place: Place) -> None:
        synapse = place.house.synapse
        synapse.kill()
        synapse.start()
        await place.answer(await place.ask('{"fields": []}'))

    async def test_its_health_is_told(self, place: Place) -> None:
        assert place.robots.run("alive").stdout == "ready\n"
        assert place.robots.run("check").returncode == 0

    async def test_it_logs_neither_secrets_nor_what_was_said(self, place: Place) -> None:
        await place.answer(await place.ask('{"fields": [], "name": "Confidential"}'))
        log = place.robots.log.read_text()
        file = session_file(place.house.synapse, "istackbuddy.forms.diagnostics")
        secrets = [json.loads(file.read_text())["access_token"], place.house.robot_password(ROBOT)]
        assert "answer.done" in log
        assert not [secret for secret in [*secrets, "Confidential", "contact.json"] if secret in log]


def _is_last(event: Mapping[str, Any], question: EventId) -> bool:
    key = event["content"].get(ANSWER_KEY, {})
    return key.get("question") == question and str(event["content"].get("filename")).endswith(".html")


def _key(event: Mapping[str, Any]) -> Mapping[str, Any]:
    key: Mapping[str, Any] = event["content"].get("m.new_content", event["content"])[ANSWER_KEY]
    return key
