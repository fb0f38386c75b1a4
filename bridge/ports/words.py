"""What was written over the gateway."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NewType, Protocol

from bridge.ports.people import PrincipalId
from policies.names import EventId, IssueId, UserId

WordsId = NewType("WordsId", str)
"""Random, so that nobody can guess it from another one."""


@dataclass(frozen=True, slots=True)
class Words:
    """What somebody wrote over the gateway: durable before it is acknowledged, one row per (author, place, txn id)."""

    id: WordsId
    author: PrincipalId
    sender: UserId
    place: str
    """A room id; for a guest's words in their own issue always ``lobby:<issue id>``, wherever they were written, so
    that a message sent to the lobby and again to the room that opened meanwhile is one message.
    """
    txn_id: str
    body: str
    issue_id: IssueId | None
    at: datetime
    reply_to: EventId | None = None
    event_id: EventId | None = None
    """Set once the words are in the room."""


class WordsBox(Protocol):
    """What was written over the gateway."""

    async def add(self, words: Words) -> Words | None:
        """Store it. None if it is new; the words already there if (author, place, txn id) was seen before."""

    async def load_by_txn(self, author: PrincipalId, place: str, txn_id: str) -> Words | None:
        """The words an author gave this transaction id in this place."""

    async def load(self, words_id: WordsId) -> Words | None: ...
    async def waiting(self, issue_id: IssueId) -> Sequence[Words]:
        """Words of the lobby that are in no room yet, in the order they were written."""

    async def place(self, words_id: WordsId, event_id: EventId) -> None:
        """They are in the room now."""

    async def in_lobby(self, issue_id: IssueId) -> Sequence[Words]:
        """All words written in the issue's lobby, placed or not, in order."""

    async def txn_ids(self, author: PrincipalId, ids: Sequence[WordsId]) -> Mapping[WordsId, str]:
        """The author's own transaction ids, so that their client recognises its messages."""
