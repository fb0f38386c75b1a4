"""The composition root: the one place that knows which class stands behind which seam.

    start: store ─▶ appservice door (the homeserver may call) ─▶ web door (people may come) ─▶ found, then work
    stop:  sockets and doors ─▶ loops ─▶ store

The web door opens before the homeserver is known to be up: a guest's words are durable without it.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Final

import aiohttp
import structlog
from aiohttp import web

from bridge.accounts.assertions import Sites
from bridge.accounts.enrolment import Enrolment
from bridge.accounts.guests import Guests
from bridge.accounts.passwords import Passwords
from bridge.accounts.principals import Accounts
from bridge.accounts.tokens import Tokens
from bridge.accounts.tries import Tries
from bridge.api.mount import add_api
from bridge.api.services import FloorServices
from bridge.appservice.passwords import PasswordDoor
from bridge.appservice.streams import StreamDoor
from bridge.appservice.transactions import LARGEST_TRANSACTION, Transactions
from bridge.clock import SystemClock
from bridge.config import Settings
from bridge.demo import PEOPLE
from bridge.desk.avatars import Avatars
from bridge.desk.configuration import note_configuration, version_of
from bridge.desk.deadlines import ensure_deadlines
from bridge.desk.explainer import Explainer
from bridge.desk.profiles import Profiles
from bridge.desk.timeline import Timeline
from bridge.errors import Unknown
from bridge.gateway.limits import Pace
from bridge.gateway.notices import InProcessNotices
from bridge.gateway.socket import Gateway
from bridge.housekeeping import Housekeeping
from bridge.matrix.client import MatrixClient
from bridge.matrix.homeserver import SynapseHomeserver
from bridge.matrix.identities import Identities
from bridge.metrics import Metrics
from bridge.secret_files import Secrets
from bridge.store.database import SqlStore
from bridge.web.pages import add_pages
from bridge.webhooks.sender import WebhookSender
from bridge.works import Works
from policies.names import UserId

"""What happens when a deadline passes."""
THE_BRIDGE: Final = "bridge"
"""The session named in the tokens by which the bridge opens an employee's own Matrix session for them."""

log = structlog.get_logger()


class Bridge:
    """The bridge in one process."""

    def __init__(self, settings: Settings, secrets: Secrets) -> None:
        self._settings = settings
        self._secrets = secrets
        self._runners: list[web.AppRunner] = []
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Wire everything and open the doors."""
        settings, secrets = self._settings, self._secrets
        matrix, desk_settings = settings.matrix, settings.desk
        clock, notices = SystemClock(), InProcessNotices()
        sites = Sites(settings.accounts.sites)
        settings.bridge.data.joinpath("bridge").mkdir(mode=0o700, parents=True, exist_ok=True)
        self._store = store = await SqlStore.open(settings.bridge.database_url, matrix.bot_id)
        self._session = session = aiohttp.ClientSession()

        tokens = Tokens(secrets.jwt_private_pem, settings.accounts)
        self._passwords = passwords = Passwords()
        tries = Tries(settings.accounts)
        accounts = Accounts(
            store=store,
            tokens=tokens,
            passwords=passwords,
            tries=tries,
            notices=notices,
            clock=clock,
            settings=settings,
        )

        async def matrix_token(user_id: UserId) -> str:
            async with store.read() as tx:
                principal = await tx.principals.load_by_user(user_id)
            if principal is None:
                raise Unknown("principal", user_id)
            return tokens.mint(principal, THE_BRIDGE, "matrix", clock.now())

        client = MatrixClient(matrix.homeserver_url, session)
        identities = Identities(client, secrets.as_token, matrix.bot_id, matrix.server, matrix_token)
        homeserver = SynapseHomeserver(client, identities, matrix.bot_id, secrets.module_secret)

        works = Works(
            store=store,
            homeserver=homeserver,
            clock=clock,
            notices=notices,
            bot=matrix.bot_id,
            server_name=matrix.server,
            settings=desk_settings,
            configuration=version_of(settings),
            webhooks=settings.webhooks,
            hook_sender=WebhookSender(
                {hook.name: hook for hook in settings.webhooks.hooks}, secrets.hooks, settings.webhooks.timeout_seconds
            ),
        )
        await note_configuration(works.place, settings, matrix.bot_id)
        desk = works.desk
        timeline = Timeline(store)
        pace = Pace(settings.gateway, clock)
        self._gateway = gateway = Gateway(accounts, desk, timeline, store, notices, clock, settings, pace)

        enrolment = Enrolment(store, clock, passwords)
        for robot in settings.robots:
            await enrolment.ensure_robot(matrix.user_id(robot.localpart), robot.name, robot.audience)
        await works.people.retire_robots([matrix.user_id(robot.localpart) for robot in settings.robots])
        if settings.demo.enabled and secrets.demo_password is not None:
            for person in PEOPLE:
                await enrolment.ensure(
                    person.login,
                    secrets.demo_password,
                    person.role,
                    person.tier,
                    person.display_name,
                    matrix.user_id(person.localpart),
                )

        metrics = Metrics(store, clock, lambda: len(gateway.fanout.readers()))
        door = web.Application(client_max_size=LARGEST_TRANSACTION)
        Transactions(works.intake, works.catch_up, notices, secrets.hs_token, metrics.told).add_to(door)
        PasswordDoor(accounts, secrets.module_secret).add_to(door)
        if secrets.robots_secret:
            StreamDoor(store, notices, secrets.robots_secret).add_to(door)
        await self._open(door, settings.bridge.appservice_bind, settings.bridge.appservice_port)

        people = web.Application(middlewares=[metrics.watch])
        add_api(
            people,
            accounts=accounts,
            guests=Guests(works.place, accounts, sites, tries, clock, settings),
            desk=desk,
            catch_up=works.catch_up,
            robots=works.robots,
            notices=notices,
            profiles=Profiles(works.place),
            avatars=Avatars(homeserver),
            people=works.people,
            enrolment=enrolment,
            explainer=Explainer(store, homeserver, matrix.bot_id),
            timeline=timeline,
            floor=FloorServices(duty=works.duty, break_in=works.break_in, whispers=works.whispers, chats=works.chats),
            store=store,
            homeserver=works.founding,
            clock=clock,
            settings=settings,
            pace=pace,
        )
        gateway.add_to(people)
        add_pages(people)
        await gateway.start()
        if settings.bridge.metrics_port is not None:
            await self._open(metrics.build_app(), settings.bridge.metrics_bind, settings.bridge.metrics_port)
        await self._open(people, settings.bridge.bind, settings.bridge.port)

        self._tasks.append(asyncio.create_task(self._found_and_work(works)))
        log.info("bridge.started", port=settings.bridge.port, appservice_port=settings.bridge.appservice_port)

    async def _found_and_work(self, works: Works) -> None:
        await works.founding.found()
        await ensure_deadlines(works.place)
        await works.router.route_waiting(works.place)
        log.info("bridge.founded")
        async with asyncio.TaskGroup() as loops:
            loops.create_task(works.catch_up.run())
            loops.create_task(works.outbox.run())
            loops.create_task(works.timers.run())
            loops.create_task(Housekeeping(self._store, SystemClock()).run())

    async def _open(self, app: web.Application, host: str, port: int) -> None:
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=2)
        await runner.setup()
        await web.TCPSite(runner, host, port).start()
        self._runners.append(runner)

    async def stop(self) -> None:
        """Close the doors, let go of what is under way (it will be performed again), close the store."""
        await self._gateway.stop()
        for runner in reversed(self._runners):
            await runner.cleanup()
        for task in self._tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        await self._session.close()
        await self._store.close()
        self._passwords.close()
        log.info("bridge.stopped")
