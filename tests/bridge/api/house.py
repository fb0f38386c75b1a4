"""The API with everything real behind it but the homeserver: database, accounts, desk and timeline.

Who is in the house: the demo's cast (tests/builders/people.py) and two guests, who know nothing of each other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count
from typing import Any, Final

from aiohttp.test_utils import TestClient, TestServer
from aiohttp.web import Application, Request

from bridge.accounts.enrolment import Enrolment
from bridge.accounts.guests import Guests
from bridge.accounts.principals import Accounts
from bridge.api.cors import Cors
from bridge.api.middleware import build_middleware
from bridge.api.mount import add_routes
from bridge.api.readiness import Readiness
from bridge.api.routes import AnyRoute
from bridge.api.services import FloorServices, Services
from bridge.api.waiting import Waiting
from bridge.config import Settings
from bridge.desk.avatars import Avatars
from bridge.desk.catchup import CatchUp
from bridge.desk.explainer import Explainer
from bridge.desk.issues import Desk
from bridge.desk.people import People
from bridge.desk.profiles import Profiles
from bridge.desk.robots import Robots
from bridge.desk.timeline import Timeline
from bridge.gateway.limits import Pace
from bridge.gateway.notices import InProcessNotices
from bridge.ports import IncomingEvent, IssueRecord, Principal, PrincipalId, Profile, RoomRecord
from bridge.store.database import SqlStore
from policies.names import EventId, IssueId, RoomId, Standing, UserId
from policies.outcomes import Refuse
from policies.people import Person, localpart_of
from policies.rooms import Membership, RoomKind
from tests.bridge.api.door import Door, Reply
from tests.builders.people import BOT, guest
from tests.fakes.clock import FakeClock
from tests.fakes.homeserver import FakeHomeserver

PASSWORD: Final = "correct horse"
GINA: Final = guest("guest-gina")
HUGO: Final = guest("guest-hugo")
GUEST_ROOM: Final = RoomId("!guest")
STAFF_ROOM: Final = RoomId("!staff")


@dataclass
class House:
    """What a test talks to, and what it looks at behind."""

    app: Application
    door: Door
    store: SqlStore
    accounts: Accounts
    guests: Guests
    desk: Desk
    catch_up: CatchUp
    robots: Robots
    notices: InProcessNotices
    profiles: Profiles
    people: People
    enrolment: Enrolment
    timeline: Timeline
    floor: FloorServices
    homeserver: FakeHomeserver
    clock: FakeClock
    settings: Settings
    principals: Mapping[UserId, Principal]
    tokens: dict[UserId, str]

    async def ask(self, method: str, path: str, who: Person | None = None, body: Any = None, **more: Any) -> Reply:
        """Ask the API as somebody, or as nobody."""
        token = None if who is None else await self.token_of(who)
        return await self.door.ask(method, path, token, body, **more)

    def build_app(self, routes: Sequence[AnyRoute]) -> Application:
        """An application with other routes in front of the same house."""
        services = Services(
            accounts=self.accounts,
            guests=self.guests,
            desk=self.desk,
            catch_up=self.catch_up,
            robots=self.robots,
            notices=self.notices,
            waiting=Waiting(),
            profiles=self.profiles,
            avatars=Avatars(self.homeserver),
            people=self.people,
            enrolment=self.enrolment,
            explainer=Explainer(self.store, self.homeserver, BOT),
            timeline=self.timeline,
            floor=self.floor,
            store=self.store,
            clock=self.clock,
            settings=self.settings,
            readiness=Readiness(self.store, self.homeserver, self.clock),
            pace=Pace(self.settings.gateway, self.clock),
            document={},
        )
        app = Application(middlewares=[build_middleware(services, Cors(routes, self.settings.accounts.origins))])
        add_routes(app, routes, services)
        return app

    async def token_of(self, who: Person) -> str:
        """A token of theirs."""
        if who.user_id not in self.tokens:
            login = await self.accounts.login(localpart_of(who.user_id), PASSWORD, None)
            self.tokens[who.user_id] = login.token
        return self.tokens[who.user_id]

    def serve(self, app: Application) -> TestClient[Request, Application]:
        """A client of another application; `async with` starts and stops its server."""
        return TestClient(TestServer(app))

    async def suspend(self, who: Person) -> None:
        """They may not act any more."""
        async with self.store.write() as tx:
            await tx.principals.save(replace(self.principals[who.user_id], standing=Standing.SUSPENDED))

    async def open_issue(self, who: Person = GINA, subject: str = "Export fails") -> str:
        """An issue of this guest."""
        record = await self.desk.open_issue(self.principals[who.user_id], subject, "Hello?")
        assert not isinstance(record, Refuse)
        return record.issue.id

    async def claim(self, issue_id: str, who: Person, *, with_rooms: bool = True) -> IssueRecord:
        """The issue claimed, and its pair of rooms as the outbox would have made them."""
        record = await self.desk.claim(who.user_id, IssueId(issue_id))
        assert not isinstance(record, Refuse)
        if with_rooms:
            await self._make_rooms(record, who)
        return record

    async def _make_rooms(self, record: IssueRecord, who: Person) -> None:
        async with self.store.write() as tx:
            issue = replace(record.issue, guest_room=GUEST_ROOM, staff_room=STAFF_ROOM)
            await tx.issues.save(issue)
            await tx.rooms.add(RoomRecord(GUEST_ROOM, RoomKind.GUEST, issue.id))
            await tx.rooms.add(RoomRecord(STAFF_ROOM, RoomKind.STAFF, issue.id))
        for room, person in ((GUEST_ROOM, who), (STAFF_ROOM, who)):
            await self.happen(room, person, "m.room.member", {"membership": "join"}, person.user_id)
        await self.happen(GUEST_ROOM, None, "m.room.member", {"membership": "join"}, issue.guest)

    async def finish_work(self) -> None:
        """Let all that is to be done to the world count as done."""
        async with self.store.write() as tx:
            while rows := await tx.outbox.due(self.clock.now(), 100, frozenset()):
                for row in rows:
                    await tx.outbox.done(row.id, self.clock.now())

    async def happen(
        self,
        room: RoomId,
        sender: Person | None,
        event_type: str,
        content: Mapping[str, Any],
        state_key: str | None = None,
    ) -> EventId:
        """An event of a room as the application service would have stored it."""
        async with self.store.write() as tx:
            number = next(_NUMBERS)
            event = IncomingEvent(
                EventId(f"$event{number}"),
                room,
                event_type,
                sender.user_id if sender else BOT,
                1_800_000_000_000 + number,
                content,
                state_key,
            )
            [stored] = await tx.events.add([event])
            if event_type == "m.room.member" and state_key:
                membership = Membership(content["membership"])
                await tx.rooms.set_member(room, UserId(state_key), membership, stored.seq)
        return event.event_id


_NUMBERS = count(1)


def build_principal(person: Person) -> Principal:
    """The account of somebody of the cast; their login is the local part of their user id."""
    login = localpart_of(person.user_id)
    return Principal(
        PrincipalId(f"p-{login}"), login, person.role, person.tier, person.standing, person.user_id, person.audience
    )


def build_profile(person: Person) -> Profile:
    """A name to show."""
    return Profile(localpart_of(person.user_id).removeprefix("guest-").capitalize())
