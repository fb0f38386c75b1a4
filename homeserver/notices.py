"""What has happened, told to whoever in the module waits for it.

Synapse tells modules of new events too, but reads the whole state of the room for each. Here an event comes alone, and
whoever needs more reads it in the background: the delivery of the event waits until all are told.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from synapse.module_api import EventBase, ModuleApi

from homeserver.doors import Door, Doors
from homeserver.internals import Internals
from policies.names import EventId

logger = logging.getLogger(__name__)

Watcher = Callable[[EventBase], None]


class Notices:
    """Tells of new events, of other servers' too."""

    def __init__(self, api: ModuleApi, internals: Internals, doors: Doors) -> None:
        self._internals = internals
        self._watchers: list[Watcher] = []
        if api.worker_name is None:  # with workers every process sees every event; one of them is enough
            doors.ask_first(Door.NEW_EVENT, self._tell)

    def watch(self, watcher: Watcher) -> None:
        """From now on have the watcher told of each event. It has to be quick."""
        self._watchers.append(watcher)

    async def _tell(self, event_id: str) -> None:
        """Failure mode: what a watcher fails at is logged, and the event is delivered all the same."""
        try:
            event = await self._internals.event(EventId(event_id))
            if event is not None:
                for watcher in self._watchers:
                    watcher(event)
        except Exception:
            logger.exception("event=%s not told of", event_id)
