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
from bridge.api.services import FloorServices
from bridge.config import AccountsSettings, Settings, SiteSettings
from bridge.desk.avatars import Avatars
from bridge.desk.explainer import Explainer
from bridge.desk.profiles import Profiles
from bridge.desk.timeline import Timeline
from bridge.gateway.limits import Pace
from bridge.gateway.notices import InProcessNotices
from bridge.store.database import SqlStore
from bridge.works import Works
from tests.bridge.api.door import Door
from tests.bridge.api.house import GINA, HUGO, PASSWORD, House, build_principal, build_profile
from tests.builders.accounts import build_accounts, build_passwords
from tests.builders.assertions import SHOP
from tests.builders.people import BOT, CAST, SERVER
from tests.fakes.clock import MORNING, FakeClock
from tests.fakes.homeserver import FakeHomeserver


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
    notices, passwords = InProcessNotices(), build_passwords()
    accounts = build_accounts(store, clock, notices, settings, passwords)
    works = Works(
        store=store,
        homeserver=homeserver,
        clock=clock,
        notices=notices,
        bot=BOT,
        server_name=SERVER,
        settings=settings.desk,
        between_looks=0,
    )
    place = works.place
    guests = Guests(place, accounts, Sites(settings.accounts.sites), Tries(settings.accounts), clock, settings)
    profiles, enrolment = Profiles(place), Enrolment(store, clock, passwords)
    floor = FloorServices(duty=works.duty, break_in=works.break_in, whispers=works.whispers, chats=works.chats)
    timeline = Timeline(store)
    app = web.Application()
    add_api(
        app,
        accounts=accounts,
        guests=guests,
        desk=works.desk,
        catch_up=works.catch_up,
        robots=works.robots,
        notices=notices,
        profiles=profiles,
        avatars=Avatars(homeserver),
        people=works.people,
        enrolment=enrolment,
        explainer=Explainer(store, homeserver, BOT),
        timeline=timeline,
        floor=floor,
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
            desk=works.desk,
            catch_up=works.catch_up,
            robots=works.robots,
            notices=notices,
            profiles=profiles,
            people=works.people,
            enrolment=enrolment,
            timeline=timeline,
            floor=floor,
            homeserver=homeserver,
            clock=clock,
            settings=settings,
            principals={p.user_id: build_principal(p) for p in (*CAST, GINA, HUGO)},
            tokens={},
        )
    passwords.close()
    await store.close()
