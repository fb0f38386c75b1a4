"""What a homeserver that was killed forgot to tell, found before anything newer is taken in.

    a new start of the homeserver speaks ─▶ for each living room: newest events, backwards, up to one we know
                                                                    └▶ taken in, in order, like a transaction
    only then its transactions

Synapse notes how far it has told an application service before it has stored the transaction that tells it
(synapse/handlers/appservice.py, 1.163.2): killed in between, it skips those events for ever. Looking before its new
transactions are taken in keeps the order in which we store events the order of the room.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Final

import structlog

from bridge.desk.intake import Intake
from bridge.errors import BridgeError, MatrixMissing, MatrixRefused
from bridge.ports import Clock, Homeserver, IncomingEvent, Store
from policies.names import RoomId

AT_A_TIME: Final = 20
"""Events asked for at once. Mostly the newest is known, and one request a room is all."""
ROOMS_AT_ONCE: Final = 8
ENDED_SINCE: Final = timedelta(days=1)
"""Rooms of issues that ended before this are left alone: nobody may write there."""
BETWEEN_LOOKS: Final = 5.0
"""Seconds between two looks whether the homeserver was started anew without having anything to tell."""

log = structlog.get_logger()


class CatchUp:
    """Knows which start of the homeserver it has caught up with."""

    def __init__(self, store: Store, homeserver: Homeserver, intake: Intake, clock: Clock) -> None:
        self._store = store
        self._homeserver = homeserver
        self._intake = intake
        self._clock = clock
        self._start: str | None = None
        self._looking = asyncio.Lock()

    async def check(self) -> None:
        """Return once nothing is missing of what was said before this start of the homeserver.

        :raises BridgeError: if the homeserver did not answer; then nothing newer may be taken in yet.
        """
        async with self._looking:
            start = await self._homeserver.load_start()
            if start == self._start:
                return
            async with self._store.read() as tx:
                rooms = await tx.rooms.living(self._clock.now() - ENDED_SINCE)
            free = asyncio.Semaphore(ROOMS_AT_ONCE)

            async def look(room_id: RoomId) -> int:
                async with free:
                    return await self._take_missed(room_id)

            found = sum(await asyncio.gather(*(look(room_id) for room_id in rooms)))
            log.info("catchup.done", rooms=len(rooms), events=found)
            self._start = start

    async def run(self) -> None:
        """Look again and again, until cancelled: a start that has nothing to tell may have forgotten something too."""
        while True:
            try:
                await self.check()
            except BridgeError as fault:
                log.info("catchup.waiting", fault=type(fault).__name__)
            await asyncio.sleep(BETWEEN_LOOKS)

    async def look_at(self, room_id: RoomId) -> None:
        """Take in what a room has that the homeserver has not told yet: whoever asks may have seen it there already.

        :raises BridgeError: if the homeserver did not answer.
        """
        await self._take_missed(room_id)

    async def _take_missed(self, room_id: RoomId) -> int:
        missed = await self._load_missed(room_id)
        if missed:
            await self._intake.receive(missed)
        return len(missed)

    async def _load_missed(self, room_id: RoomId) -> Sequence[IncomingEvent]:
        """What was said after the newest event we know, oldest first."""
        missed: list[IncomingEvent] = []
        before: str | None = None
        while True:
            try:
                events, before = await self._homeserver.load_newest(room_id, before, AT_A_TIME)
            except (MatrixRefused, MatrixMissing) as fault:
                log.info("catchup.left_out", room=room_id, errcode=fault.errcode)  # closed, or the bridge was taken out
                return ()
            async with self._store.read() as tx:
                known = await tx.events.known([event.event_id for event in events])
            for event in events:
                if event.event_id in known:
                    return missed[::-1]
                missed.append(event)
            if before is None or not events:
                return missed[::-1]
