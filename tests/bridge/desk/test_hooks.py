"""Other programs are told what befalls issues: each thing once, in order, for as long as it takes."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bridge.config import HookSettings, WebhookSettings
from bridge.desk.hook_calls import wait_after
from bridge.errors import HookFailed
from bridge.webhooks.sender import WebhookSender
from bridge.works import Works
from policies.hooks import HookEvent
from policies.issue import Conclusion
from tests.bridge.desk.office import GINA, Office, user
from tests.bridge.webhooks.receiver import open_receiver
from tests.fakes.homeserver import BOT, SERVER

SECRET = "a secret of sixteen"


@dataclass
class Sender:
    """`ports.HookSender` that fails as often as it is told to."""

    failures: dict[str, int] = field(default_factory=dict)
    final: bool = False
    tried: list[tuple[str, str]] = field(default_factory=list)
    told: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    async def deliver(self, hook: str, delivery: str, event: str, body: str, now: datetime) -> None:
        self.tried.append((hook, delivery))
        if self.failures.get(hook, 0) > 0:
            self.failures[hook] -= 1
            raise HookFailed(hook, "it answered 500", is_final=self.final)
        self.told.append((hook, json.loads(body)))

    def events(self, hook: str = "crm") -> list[str]:
        return [body["event"] for name, body in self.told if name == hook]


def hook(name: str = "crm", **more: Any) -> HookSettings:
    return HookSettings(name=name, url="https://hooks.example.org/", secret_file=Path("unread"), **more)


def connect(office: Office, sender: Any, *hooks: HookSettings) -> None:
    """Have the office's desk call these hooks."""
    works = Works(
        store=office.store,
        homeserver=office.homeserver,
        clock=office.clock,
        notices=office.notices,
        bot=BOT,
        server_name=SERVER,
        settings=office.settings,
        webhooks=WebhookSettings(hooks=hooks or (hook(),)),
        hook_sender=sender,
        between_looks=0,
    )
    office.desk, office.outbox, office.place, office.timers = works.desk, works.outbox, works.place, works.timers
    office.intake, office.people = works.intake, works.people


async def live(office: Office) -> None:
    """An issue from its beginning to its end, and on."""
    record = await office.claimed_issue()
    await office.desk.hand_over(user("ada"), record.issue.id, user("amy"))
    await office.desk.conclude(user("amy"), record.issue.id, Conclusion.RESOLVED, "It was field 7.")
    await office.settle()


async def test_a_hook_is_told_what_befalls_an_issue_in_order(office: Office) -> None:
    sender = Sender()
    connect(office, sender)
    await live(office)
    assert sender.events() == ["issue.opened", "issue.claimed", "issue.handed_over", "issue.concluded"]
    [_, (_, claimed), _, (_, concluded)] = sender.told
    assert claimed["issue"] == {
        "id": "1",
        "status": "open",
        "waiting_on": "staff",
        "tier": "T1",
        "assignee": user("ada"),
        "guest": user("guest-gina"),
        "group": False,
        "conclusion": None,
        "epoch": 1,
        "parent": None,
        "child": None,
        "opened_at": claimed["issue"]["opened_at"],
    }
    assert (concluded["issue"]["conclusion"], concluded["issue"]["concluded_by"]) == ("resolved", user("amy"))


async def test_a_hook_is_told_of_ratings_and_escalations(office: Office) -> None:
    sender = Sender()
    connect(office, sender, hook(events=(HookEvent.RATED, HookEvent.ESCALATED)))
    record = await office.claimed_issue()
    await office.say(user("ada"), record.issue.staff_room, "!escalate too hard for me")
    await office.desk.conclude(user("ada"), record.issue.id, Conclusion.RESOLVED, "")
    await office.settle()
    await office.desk.rate(await guest(office), record.issue.id, 5, "Thank you!")
    await office.settle()
    assert sender.events() == ["issue.escalated", "issue.rated"]
    assert sender.told[-1][1]["issue"]["rating"] == 5
    assert "Thank you" not in json.dumps(sender.told)


async def test_nothing_that_people_wrote_is_told(office: Office) -> None:
    sender = Sender()
    connect(office, sender)
    await live(office)
    text = json.dumps(sender.told)
    for words in ("Export fails", "It says 500", "field 7"):
        assert words not in text


async def test_what_people_wrote_is_told_where_the_settings_say_so(office: Office) -> None:
    sender = Sender()
    connect(office, sender, hook(with_words=True))
    await live(office)
    opened, concluded = sender.told[0][1]["issue"], sender.told[-1][1]["issue"]
    assert (opened["subject"], opened["message"]) == ("Export fails", "It says 500.")
    assert concluded["note"] == "It was field 7."


async def test_who_is_told_what_people_wrote_is_told_where_a_guest_wants_to_be_told(office: Office) -> None:
    sender = Sender()
    connect(office, sender, hook(with_words=True, events=(HookEvent.CLAIMED,)))
    record = await office.open_issue()
    await office.desk.leave_contact(GINA, record.issue.id, "gina@example.org")
    await office.desk.claim(user("ada"), record.issue.id)
    await office.settle()
    assert sender.told[0][1]["issue"]["contact"] == "gina@example.org"


async def test_a_hook_is_told_only_what_it_wants_to_know(office: Office) -> None:
    sender = Sender()
    connect(office, sender, hook(events=(HookEvent.CLAIMED,)), hook("erp", events=(HookEvent.CONCLUDED,)))
    await live(office)
    assert sender.events("crm") == ["issue.claimed"]
    assert sender.events("erp") == ["issue.concluded"]


async def test_what_fails_is_tried_again_under_the_same_id(office: Office) -> None:
    sender = Sender({"crm": 3})
    connect(office, sender, hook(events=(HookEvent.OPENED,)))
    began = office.clock.now()
    await office.open_issue()
    assert len(sender.tried) == 4
    assert len(set(sender.tried)) == 1
    assert sender.events() == ["issue.opened"]
    assert office.clock.now() - began == wait_after(0) + wait_after(1) + wait_after(2)


async def test_one_hook_that_is_away_holds_up_neither_another_nor_the_issue(office: Office) -> None:
    sender = Sender({"crm": 10**6})
    connect(office, sender, hook("crm"), hook("erp"))
    record = await office.desk.open_issue((await guest(office)), "Export fails", "It says 500.")
    await office.desk.claim(user("ada"), record.issue.id)
    for _ in range(200):
        async with office.store.read() as tx:
            rows = await tx.outbox.due(office.clock.now(), 20, frozenset())
        for row in rows:
            await office.outbox.perform_row(row)
        events = office.homeserver.take()
        if events:
            await office.intake.receive(events)
        office.clock.advance(timedelta(milliseconds=50))
    assert sender.events("erp") == ["issue.opened", "issue.claimed"]
    assert (await office.record(record.issue.id)).issue.guest_room is not None


async def guest(office: Office) -> Any:
    async with office.store.read() as tx:
        found = await tx.principals.load_by_user(user("guest-gina"))
    assert found is not None
    return found


async def test_what_fails_for_a_day_is_given_up_and_seen_to_be(office: Office) -> None:
    sender = Sender({"crm": 10**6})
    connect(office, sender, hook(events=(HookEvent.OPENED,)))
    began = office.clock.now()
    await office.open_issue()
    assert timedelta(hours=24) <= office.clock.now() - began <= timedelta(hours=27)
    async with office.store.read() as tx:
        [dead] = await tx.outbox.dead()
    assert (dead.lane, dead.kind, dead.error) == ("hook:crm", "call hook", "it answered 500")


async def test_who_is_gone_is_given_up_at_once_and_the_next_delivery_is_tried(office: Office) -> None:
    sender = Sender({"crm": 1}, final=True)
    connect(office, sender)
    await live(office)
    assert sender.events() == ["issue.claimed", "issue.handed_over", "issue.concluded"]


async def test_work_that_fails_tells_nobody(office: Office) -> None:
    sender = Sender()
    connect(office, sender)
    record = await office.open_issue()

    async def fail() -> None:
        async with office.place.begin() as work:
            await office.desk.claim_within(work, user("ada"), record.issue.id)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fail()
    await office.settle()
    assert sender.events() == ["issue.opened"]


@asynccontextmanager
async def real_hook(office: Office) -> AsyncIterator[Any]:
    async with open_receiver() as receiver:
        settings = HookSettings(
            name="crm",
            url=receiver.url,
            secret_file=Path("unread"),
            events=(HookEvent.OPENED,),
            allow_http=True,
            allow_private=True,
        )
        connect(office, WebhookSender({"crm": settings}, {"crm": SECRET}, 5), settings)
        yield receiver


async def test_a_server_that_fails_and_then_does_not_hears_of_one_delivery_twice(office: Office) -> None:
    async with real_hook(office) as receiver:
        receiver.answers = [500]
        await office.open_issue()
    [(first, one), (second, other)] = receiver.heard
    assert one == other
    assert first["Chaperone-Delivery"] == second["Chaperone-Delivery"] == json.loads(one)["id"]
    assert first["Chaperone-Signature"] != second["Chaperone-Signature"]  # the second was made later
