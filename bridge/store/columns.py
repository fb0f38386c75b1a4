"""How values that databases disagree about are kept, so that every engine orders and returns them alike."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, Final, Generic, TypeVar

from sqlalchemy import BigInteger, Dialect, Integer, Text, TypeDecorator

from policies.names import IssueId

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
TICK: Final = timedelta(microseconds=1)

E = TypeVar("E", bound=StrEnum)

Number = BigInteger().with_variant(Integer(), "sqlite")
"""For keys that count up: SQLite counts in a column called INTEGER only."""


class Moment(TypeDecorator[datetime]):
    """A point in time as microseconds since 1970: the one form in which both engines order, subtract and average."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        return None if value is None else (value - EPOCH) // TICK

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:
        return None if value is None else EPOCH + value * TICK


class JsonText(TypeDecorator[dict[str, Any]]):
    """A JSON object as text. ASCII only: PostgreSQL stores no NUL and nobody stores half a surrogate pair."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any | None, dialect: Dialect) -> str | None:
        return None if value is None else json.dumps(value, separators=(",", ":"))

    def process_result_value(self, value: str | None, dialect: Dialect) -> dict[str, Any] | None:
        return None if value is None else json.loads(value)


class Word(TypeDecorator[E], Generic[E]):
    """A member of an enumeration as its value. No constraint in the database: which there are is said in `policies`."""

    impl = Text
    cache_ok = True

    def __init__(self, words: type[E]) -> None:
        super().__init__()
        self.words = words

    def process_bind_param(self, value: E | None, dialect: Dialect) -> str | None:
        return None if value is None else value.value

    def process_result_value(self, value: str | None, dialect: Dialect) -> E | None:
        return None if value is None else self.words(value)


def number_of(issue_id: IssueId) -> int:
    """The number that an issue's id is; 0, which no issue has, for text that is no id of ours."""
    return int(issue_id) if issue_id.isascii() and issue_id.isdecimal() and len(issue_id) <= 18 else 0
