"""The desk and everything that keeps it going, wired once: for the bridge, for its tests and for the simulator.

what people do ─▶ desk ──┐                    ┌──▶ outbox ─▶ performer ─▶ homeserver
what Matrix tells ─▶ intake ─▶ work place ─▶ store
what is overdue ─▶ timers ──┘                 └──▶ notices ─▶ sockets
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from bridge.config import DeskSettings, WebhookSettings
from bridge.desk.breakin import BreakIn
from bridge.desk.catchup import CatchUp
from bridge.desk.chat import Chat
from bridge.desk.chats import Chats
from bridge.desk.clearing import act_on_clearing
from bridge.desk.cover import act_on_failure, act_on_silence
from bridge.desk.deadlines import build_acts
from bridge.desk.duty import Duty, act_on_edge
from bridge.desk.floor_talk import FloorTalk
from bridge.desk.founding import Founding
from bridge.desk.hook_calls import HookCaller
from bridge.desk.hooks import subscriptions_of
from bridge.desk.intake import Intake
from bridge.desk.issues import Desk
from bridge.desk.joining import BETWEEN_LOOKS, Joiner
from bridge.desk.outbox import OutboxLoop
from bridge.desk.people import People
from bridge.desk.perform import Perform, Performer
from bridge.desk.robots import Robots
from bridge.desk.roll import Roll
from bridge.desk.router import Router
from bridge.desk.seating import Seating
from bridge.desk.timers import Act, TimerLoop
from bridge.desk.whispers import Whispers
from bridge.desk.work import WorkPlace
from bridge.ports import Clock, Homeserver, HookSender, Notices, Store
from policies.deadlines import Deadline
from policies.names import ServerName, UserId

ACTS: Final[Mapping[Deadline, Act]] = {
    Deadline.COVER: act_on_failure,
    Deadline.SILENCE: act_on_silence,
    Deadline.CLEARING: act_on_clearing,
    Deadline.DUTY: act_on_edge,
}
"""What is done when a deadline passes, beside what the desk has to do."""


class Works:
    """Everything between the doors and the seams, and nothing of either."""

    def __init__(
        self,
        *,
        store: Store,
        homeserver: Homeserver,
        clock: Clock,
        notices: Notices,
        bot: UserId,
        server_name: ServerName,
        settings: DeskSettings,
        configuration: str = "",
        webhooks: WebhookSettings | None = None,
        hook_sender: HookSender | None = None,
        between_looks: float = BETWEEN_LOOKS,
    ) -> None:
        """Wire it.

        :param configuration: what the audit log calls the settings that were in force.
        :param between_looks: seconds between two looks whether somebody who was invited has been joined.
        """
        joiner = Joiner(homeserver, between_looks)
        seating = Seating(homeserver, joiner, server_name)
        roll = Roll(store, homeserver, seating, server_name)
        self.performer = Performer(store, homeserver, notices, clock, server_name, joiner, roll, settings.capacity)
        hooks = subscriptions_of(webhooks) if webhooks is not None and hook_sender is not None else ()
        perform: Perform = self.performer.perform
        if webhooks is not None and hook_sender is not None:
            give_up_after = timedelta(hours=webhooks.give_up_hours)
            perform = HookCaller(hook_sender, clock, give_up_after).around(perform)
        self.outbox = OutboxLoop(store, clock, perform, frozenset(hook.lane for hook in hooks))
        self.place = WorkPlace(store, clock, notices, self.outbox.wake, settings.patience, configuration, hooks)
        brought_in = [UserId(f"@{r.localpart}:{server_name}") for r in settings.robots if r.brought_in]
        reopen_within = timedelta(days=settings.reopen_days)
        self.desk = Desk(self.place, brought_in, reopen_within, settings.capacity, settings.called_in_at_most)
        self.timers = TimerLoop(self.place, {**ACTS, **build_acts(self.desk)})
        self.router = Router(self.desk, settings.routing, settings.capacity)
        self.place.finishes(self.router.route)
        self.duty = Duty(self.place, settings.capacity)
        self.robots = Robots(self.place, self.desk)
        self.people = People(self.place)
        self.break_in, self.whispers = BreakIn(self.place), Whispers(self.place)
        self.chats = Chats(self.place)
        floor = FloorTalk(self.duty, self.break_in, self.whispers, server_name)
        self.intake = Intake(self.place, Chat(self.desk, server_name, floor), bot)
        self.catch_up = CatchUp(store, homeserver, self.intake, clock)
        self.founding = Founding(store, homeserver, roll, seating, bot, server_name)
