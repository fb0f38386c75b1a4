"""Runs the robots, each with a session of its own, until it is told to stop.

    settings, registry ─▶ one Attendant per robot ─▶ all ready: said once, and in the ready file
                             └─ ends by a fault ─▶ logged, and begun again after a pause

This is the one place that names concrete classes.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Final

import structlog

from bots.allowance import Allowance
from bots.attendant import Attendant, Post
from bots.config import Settings
from bots.delivery import Delivery
from bots.directory import PolicyRoom
from bots.health import BEAT_SECONDS, ReadyFile
from bots.intake import Intake
from bots.live import LiveWords
from bots.login import Login
from bots.logs import where
from bots.matrix import NioHomeserver
from bots.metrics import Metrics
from bots.patience import PatientHomeserver, patiently
from bots.ports import Account
from bots.robot import Robot
from bots.session import SessionStore, derive_password
from policies.people import Directory, localpart_of

log = structlog.get_logger(__name__)

PAUSE_SECONDS: Final = 5.0
"""Before a robot that ended by a fault is begun again."""


class Host:
    """All robots of one process."""

    def __init__(self, settings: Settings, secret: str, robots: Sequence[Robot]) -> None:
        self._settings = settings
        self._secret = secret
        self._robots = robots
        self._ready_file = ReadyFile(settings.bots.ready_file)
        self._ready = {robot.name: False for robot in robots}
        self._metrics = Metrics()

    async def run(self, stopped: asyncio.Event) -> None:
        """Until `stopped` is set. What is nearly answered then is finished first."""
        self._ready_file.remove()
        stop_serving = self._serve_metrics()
        tasks = [asyncio.create_task(self._keep_running(robot), name=robot.name) for robot in self._robots]
        tasks.append(asyncio.create_task(self._beat(), name="beat"))
        try:
            await stopped.wait()
        finally:
            log.info("bots.stopping")
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            stop_serving()
            self._ready_file.remove()
            log.info("bots.stopped")

    def _serve_metrics(self) -> Callable[[], None]:
        port, bind = self._settings.bots.metrics_port, self._settings.bots.metrics_bind
        try:
            return self._metrics.serve(port, bind) if port else lambda: None
        except OSError as fault:  # robots without figures are better than none
            log.warning("bots.no_metrics", port=port, fault=type(fault).__name__)
            return lambda: None

    async def _keep_running(self, robot: Robot) -> None:
        user_id = self._settings.matrix.user_id(robot.name)
        while True:
            account = NioHomeserver(self._settings.matrix.homeserver_url, user_id)
            try:
                attendant = build_attendant(self._settings, self._secret, robot, account, self._metrics)
                await attendant.run(lambda: self._say_ready(robot))
            except Exception as fault:
                log.error("robot.fault", robot=user_id, **where(fault))  # noqa: TRY400  # its words may hold what was asked
            finally:
                self._ready[robot.name] = False
                with suppress(Exception):
                    await account.close()
            await asyncio.sleep(PAUSE_SECONDS)

    def _say_ready(self, robot: Robot) -> None:
        self._ready[robot.name] = True
        log.info("robot.ready", robot=robot.name)
        if all(self._ready.values()):
            self._ready_file.write(self._ready, time.time())
            log.info("bots.ready", robots=sorted(self._ready))

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(BEAT_SECONDS)
            self._ready_file.write(self._ready, time.time())


def build_attendant(settings: Settings, secret: str, robot: Robot, account: Account, metrics: Metrics) -> Attendant:
    """One robot with everything it works with."""
    user_id = settings.matrix.user_id(robot.name)
    bot, chosen = settings.matrix.bot_id, settings.bots
    store = SessionStore(chosen.directory / f"{localpart_of(user_id)}.json", user_id)
    login = Login(account, store, derive_password(secret, user_id))
    patient = PatientHomeserver(account, login)
    live = LiveWords(chosen.bridge_url, secret, user_id)
    load_directory = _build_directory_loader(PolicyRoom(patient, settings.matrix.policy_alias, bot))
    return Attendant(
        Post(
            user_id=user_id,
            homeserver=account,
            patient=patient,
            login=login,
            store=store,
            intake=Intake(robot, user_id, patient, bot, load_directory),
            delivery=Delivery(robot, user_id, patient, bot, chosen.deadline_seconds, time.monotonic, metrics, live),
            load_directory=load_directory,
            allowance=Allowance(chosen.questions_per_minute),
            answers_at_once=chosen.answers_at_once,
            sync_seconds=chosen.sync_seconds,
            oldest_at_first_login_seconds=chosen.answer_after_first_login_hours * 3600,
            grace_seconds=chosen.grace_seconds,
            now=time.time,
        )
    )


def _build_directory_loader(policy_room: PolicyRoom) -> Callable[[], Awaitable[Directory]]:
    async def load() -> Directory:
        return await patiently(policy_room.load_directory)

    return load
