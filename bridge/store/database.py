"""The database as a whole: opened, brought up to date, and read or written one transaction at a time.

    async with store.write() as tx:      waits for its turn, BEGIN, … , COMMIT (or ROLLBACK if the block raises)
    async with store.read() as tx:       a snapshot; never waits for a writer, never makes one wait

One transaction inside another, in the same task, would wait for itself: pass `tx` on instead.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Self

from sqlalchemy import ColumnElement, Table, delete, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from bridge.store.audit import SqlAudit
from bridge.store.chats import SqlChats
from bridge.store.contacts import SqlContacts
from bridge.store.duties import SqlDuties
from bridge.store.engines import Engines, open_engines, wait_for_turn
from bridge.store.epochs import SqlEpochs
from bridge.store.events import SqlEvents
from bridge.store.figures import SqlFigures
from bridge.store.invitations import SqlInvitations
from bridge.store.issues import SqlIssues
from bridge.store.kept_answers import KEEP as KEEP_ANSWERS
from bridge.store.kept_answers import SqlKeptAnswers
from bridge.store.migrations import upgrade
from bridge.store.outbox import SqlOutbox
from bridge.store.principals import SqlPrincipals
from bridge.store.projection import SqlProjection
from bridge.store.rooms import SqlRooms
from bridge.store.sessions import SqlSessions
from bridge.store.shares import SqlShares
from bridge.store.site_guests import SqlSiteGuests
from bridge.store.tables import assertions, invitations, kept_answers, outbox, sessions
from bridge.store.timers import SqlTimers
from bridge.store.words import SqlWordsBox
from policies.names import UserId

KEEP: Final = timedelta(days=30)
"""How long what is over is kept. An event is recognised for ever."""


BITE: Final = 500
"""Rows that are forgotten in one transaction."""


@dataclass(frozen=True, slots=True)
class SqlTransaction:
    """Implements `bridge.ports.Transaction`."""

    connection: AsyncConnection
    bot: UserId

    @asynccontextmanager
    async def savepoint(self) -> AsyncIterator[None]:
        """A part of the transaction that is undone by itself if its block raises."""
        async with self.connection.begin_nested():
            yield

    @property
    def issues(self) -> SqlIssues:
        """The projection of issues."""
        return SqlIssues(self.connection)

    @property
    def epochs(self) -> SqlEpochs:
        """What became of each epoch."""
        return SqlEpochs(self.connection)

    @property
    def contacts(self) -> SqlContacts:
        """Where guests who wait are to be told."""
        return SqlContacts(self.connection)

    @property
    def shares(self) -> SqlShares:
        """The copies that guests were given."""
        return SqlShares(self.connection)

    @property
    def words(self) -> SqlWordsBox:
        """What was written over the gateway."""
        return SqlWordsBox(self.connection)

    @property
    def outbox(self) -> SqlOutbox:
        """What is to be done to the world."""
        return SqlOutbox(self.connection)

    @property
    def timers(self) -> SqlTimers:
        """Deadlines."""
        return SqlTimers(self.connection)

    @property
    def duties(self) -> SqlDuties:
        """Who may be called upon."""
        return SqlDuties(self.connection)

    @property
    def chats(self) -> SqlChats:
        """Chats among staff."""
        return SqlChats(self.connection)

    @property
    def figures(self) -> SqlFigures:
        """What can be counted."""
        return SqlFigures(self.connection)

    @property
    def events(self) -> SqlEvents:
        """What happened in rooms."""
        return SqlEvents(self.connection)

    @property
    def rooms(self) -> SqlRooms:
        """Our rooms and who is in them."""
        return SqlRooms(self.connection)

    @property
    def principals(self) -> SqlPrincipals:
        """Who is allowed."""
        return SqlPrincipals(self.connection, self.bot)

    @property
    def sessions(self) -> SqlSessions:
        """Logins under way."""
        return SqlSessions(self.connection)

    @property
    def invitations(self) -> SqlInvitations:
        """Links for guests."""
        return SqlInvitations(self.connection)

    @property
    def site_guests(self) -> SqlSiteGuests:
        """Who came by the word of a web site."""
        return SqlSiteGuests(self.connection)

    @property
    def kept_answers(self) -> SqlKeptAnswers:
        """Answers that are given again."""
        return SqlKeptAnswers(self.connection)

    @property
    def projection(self) -> SqlProjection:
        """What can be thrown away."""
        return SqlProjection(self.connection)

    @property
    def audit(self) -> SqlAudit:
        """What was decided."""
        return SqlAudit(self.connection)


class SqlStore:
    """Implements `bridge.ports.Store`."""

    def __init__(self, engines: Engines, bot: UserId) -> None:
        self._engines = engines
        self._bot = bot
        self._turn = asyncio.Lock()

    @classmethod
    async def open(cls, database_url: str, bot: UserId) -> Self:
        """Connect, make the tables or bring them up to date.

        :param bot: the bridge's own user, whom the directory names.
        """
        engines = open_engines(database_url)
        store = cls(engines, bot)
        try:
            async with store.write() as tx:
                await upgrade(tx.connection)
        except BaseException:
            await engines.close()
            raise
        return store

    async def close(self) -> None:
        """Close every connection. What is not committed is undone."""
        await self._engines.close()

    @asynccontextmanager
    async def write(self) -> AsyncIterator[SqlTransaction]:
        """One transaction at a time, in the order they were asked for."""
        async with self._turn, self._engines.writer.begin() as connection:
            await wait_for_turn(connection)
            yield SqlTransaction(connection, self._bot)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[SqlTransaction]:
        """A snapshot."""
        async with self._engines.reader.begin() as connection:
            yield SqlTransaction(connection, self._bot)

    async def prune(self, now: datetime) -> int:
        """Forget what has been over for a while, so that it does not grow for ever; answers how much it was.

        Little by little: between two bites whoever waits to write gets their turn. Dead rows of the outbox stay.
        """
        before = now - KEEP
        forgotten = 0
        for table, over in (
            (outbox, (outbox.c.finished_at < before) & outbox.c.dead.is_(False)),
            (sessions, sessions.c.expires_at < before),
            (invitations, invitations.c.expires_at < before),
            (assertions, assertions.c.expires_at < now),
            (kept_answers, kept_answers.c.kept_at <= now - KEEP_ANSWERS),
        ):
            forgotten += await self._prune(table, over)
        return forgotten

    async def _prune(self, table: Table, over: ColumnElement[bool]) -> int:
        key = tuple_(*table.primary_key.columns)
        statement = delete(table).where(key.in_(select(*table.primary_key.columns).where(over).limit(BITE)))
        forgotten = 0
        while True:
            async with self.write() as tx:
                count = (await tx.connection.execute(statement)).rowcount
            forgotten += count
            if count < BITE:
                return forgotten
