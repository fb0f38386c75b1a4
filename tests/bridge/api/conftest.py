"""The house each test of the API gets, new and alone."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bridge.accounts.assertions import Sites
from bridge.accounts.enrolment import Enrolment
from bridge.accounts.guests import Guests
from bridge.accounts.tries import Tries
from bridge.api.mount import ROUTES, add_api
from bridge.api.openapi import build_openapi
from bridge.config import AccountsSettings, Settings, SiteSettings
from bridge.desk.catchup import CatchUp
from bridge.desk.chat import Chat
from bridge.desk.explainer import Explainer
from bridge.desk.intake import Intake
from bridge.desk.issues import Desk
from bridge.desk.people import People
from bridge.desk.profiles import Profiles
from bridge.desk.timeline import Timeline
from bridge.desk.work import WorkPlace
from bridge.gateway.limits import Pace
from bridge.ports import Notice
from bridge.store.database import SqlStore
from tests.bridge.api.door import Door
from tests.bridge.api.house import GINA, HUGO, PASSWORD, House, build_principal, build_profile
from tests.builders.accounts import build_accounts, build_passwords
from tests.builders.assertions import SHOP
from tests.builders.people import BOT, CAST, DIAGNOSTICS, SERVER
from tests.fakes.clock import MORNING, FakeClock
from tests.fakes.homeserver import FakeHomeserver


class _Silence:
    """`bridge.ports.Notices` that nobody listens to."""

    def publish(self, notice: Notice) -> None:
        """Tell nobody."""

    def subscribe(self) -> AsyncIterator[Notice]:
        """Nothing is ever heard."""
        raise NotImplementedError


@pytest.fixture(scope="session")
async def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with the tables and the people, made once: the houses get copies."""
    path = tmp_path_factory.mktemp("template") / "bridge.db"
    store = await SqlStore.open(f"sqlite+aiosqlite:///{path}", BOT)
    passwords = build_passwords()
    password_hash = await passwords.hash(PASSWORD)
    passwords.close()
    async with store.write() as tx:
        for person in (*CAST, GINA, HUGO):
            await tx.principals.add(build_principal(person), build_profile(person), password_hash, MORNING)
    await store.close()
    return path


@pytest.fixture(scope="session")
def sites(tmp_path_factory: pytest.TempPathFactory) -> tuple[SiteSettings, ...]:
    """The shop, whose visitors come in as guests."""
    return (SHOP.settings(tmp_path_factory.mktemp("sites")),)


@pytest.fixture
def house_settings(sites: tuple[SiteSettings, ...]) -> Settings:
    """What a test does not care about; nobody empties the outbox here."""
    return Settings(accounts=AccountsSettings(change_within_seconds=0, sites=sites))


@pytest.fixture
async def house(template: Path, tmp_path: Path, house_settings: Settings) -> AsyncIterator[House]:
    """A house, everything in it as a fresh installation has it."""
    shutil.copy(template, tmp_path / "bridge.db")
    store = await SqlStore.open(f"sqlite+aiosqlite:///{tmp_path / 'bridge.db'}", BOT)
    clock = FakeClock()
    settings = house_settings
    homeserver = FakeHomeserver()
    notices, passwords = _Silence(), build_passwords()
    accounts = build_accounts(store, clock, notices, settings, passwords)
    place = WorkPlace(store, clock, notices, lambda: None)
    guests = Guests(place, accounts, Sites(settings.accounts.sites), Tries(settings.accounts), clock, settings)
    desk, profiles = Desk(place, [DIAGNOSTICS.user_id]), Profiles(place)
    intake = Intake(place, Chat(desk, SERVER), BOT)
    catch_up = CatchUp(store, homeserver, intake, clock)
    people, enrolment = People(place), Enrolment(store, clock, passwords)
    timeline = Timeline(store)
    app = web.Application()
    add_api(
        app,
        accounts=accounts,
        guests=guests,
        desk=desk,
        catch_up=catch_up,
        profiles=profiles,
        people=people,
        enrolment=enrolment,
        explainer=Explainer(store, homeserver, BOT),
        timeline=timeline,
        store=store,
        homeserver=homeserver,
        clock=clock,
        settings=settings,
        pace=Pace(settings.gateway, clock),
    )
    async with TestClient(TestServer(app)) as client:
        yield House(
            app=app,
            door=Door(client, build_openapi(ROUTES, "0")),
            store=store,
            accounts=accounts,
            guests=guests,
            desk=desk,
            catch_up=catch_up,
            profiles=profiles,
            people=people,
            enrolment=enrolment,
            timeline=timeline,
            homeserver=homeserver,
            clock=clock,
            settings=settings,
            principals={p.user_id: build_principal(p) for p in (*CAST, GINA, HUGO)},
            tokens={},
        )
    passwords.close()
    await store.close()
