"""Pages, API and socket over a desk at work, for a browser: whoever acts here, what follows happens by itself."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

from bridge.accounts.assertions import Sites
from bridge.accounts.enrolment import Enrolment
from bridge.accounts.guests import Guests
from bridge.accounts.tries import Tries
from bridge.api.mount import add_api
from bridge.api.services import FloorServices
from bridge.config import MatrixSettings
from bridge.desk.avatars import Avatars
from bridge.desk.catchup import CatchUp
from bridge.desk.explainer import Explainer
from bridge.desk.profiles import Profiles
from bridge.desk.timeline import Timeline
from bridge.ports import IssueRecord
from bridge.web.pages import add_pages
from policies.issue import Conclusion
from tests.bridge.gateway.hall import ADA, GINA, Hall, Parts, open_hall
from tests.browser.chromium import Tab
from tests.builders.accounts import build_passwords
from tests.fakes.homeserver import SERVER
from tests.until import until

PASSWORD = "correct horse"


def serve_all(app: web.Application, parts: Parts) -> None:
    """As `bridge.app` does."""
    office = parts.office
    sites, tries = Sites(parts.settings.accounts.sites), Tries(parts.settings.accounts)
    here = parts.settings.model_copy(update={"matrix": MatrixSettings(server_name=SERVER)})
    add_api(
        app,
        accounts=parts.accounts,
        guests=Guests(office.place, parts.accounts, sites, tries, office.clock, here),
        desk=office.desk,
        catch_up=CatchUp(office.store, office.homeserver, office.intake, office.clock),
        robots=office.works.robots,
        notices=office.notices,
        profiles=Profiles(office.place),
        avatars=Avatars(office.homeserver),
        people=office.people,
        enrolment=Enrolment(office.store, office.clock, build_passwords()),
        explainer=Explainer(office.store, office.homeserver, office.homeserver.bot),
        timeline=Timeline(office.store),
        floor=FloorServices(
            duty=office.works.duty,
            break_in=office.works.break_in,
            whispers=office.works.whispers,
            chats=office.works.chats,
        ),
        store=office.store,
        homeserver=office.homeserver,
        clock=office.clock,
        settings=parts.settings,
        pace=parts.pace,
    )
    parts.gateway.add_to(app)
    add_pages(app)


@dataclass
class Parlour:
    """Where a guest and an employee meet."""

    hall: Hall

    @property
    def url(self) -> str:
        return str(self.hall.client.make_url("/")).rstrip("/")

    async def newest(self) -> IssueRecord:
        """The issue that was started last."""
        async with self.hall.office.store.read() as tx:
            return (await tx.issues.list(limit=1))[0]

    async def claim(self) -> None:
        """An employee takes the issue; when this returns the waiting words are in the room."""
        await self.hall.office.desk.claim(ADA.user_id, (await self.newest()).issue.id)

        async def is_ready() -> bool:
            issue = (await self.newest()).issue
            async with self.hall.office.store.read() as tx:
                return issue.guest_room is not None and not await tx.words.waiting(issue.id)

        await until(is_ready)

    async def bodies(self) -> list[str]:
        """What stands in the guest room on the homeserver."""
        room = (await self.newest()).issue.guest_room
        assert room is not None
        return [body for _, body in self.hall.office.homeserver.bodies(room)]

    async def say(self, body: str) -> None:
        """An employee writes to the guest."""
        room = (await self.newest()).issue.guest_room
        assert room is not None
        self.hall.office.homeserver.act(ADA.user_id, room, "m.room.message", {"msgtype": "m.text", "body": body})

    async def conclude(self) -> None:
        issue_id = (await self.newest()).issue.id
        await self.hall.office.desk.conclude(ADA.user_id, issue_id, Conclusion.RESOLVED, "Done.")

    async def cut(self) -> None:
        """Every socket breaks, as on a bad network."""
        for reader in self.hall.gateway.fanout.readers():
            reader.fail()

    async def enter(self, tab: Tab) -> None:
        """The guest opens the page and logs in."""
        await tab.open(f"{self.url}/chat")
        await tab.fill("#login", GINA.login)
        await tab.fill("#password", PASSWORD)
        await tab.press("Enter", 13, "\r")


@asynccontextmanager
async def open_parlour(directory: Path) -> AsyncIterator[Parlour]:
    async with open_hall(directory, serve_all) as hall:
        password_hash = await hall.accounts._passwords.hash(PASSWORD)
        async with hall.office.store.write() as tx:
            await tx.principals.set_password(GINA.id, password_hash)
        working = asyncio.create_task(_work(hall))
        try:
            yield Parlour(hall)
        finally:
            working.cancel()
            with suppress(asyncio.CancelledError):
                await working


async def _work(hall: Hall) -> None:
    while True:
        await hall.office.settle()
        await asyncio.sleep(0.02)
