"""What a route is: one declaration that the router, the check of who may, and the OpenAPI document are made from."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Generic, Literal, TypeVar

from pydantic import BaseModel

from bridge.accounts.principals import Authenticated
from bridge.api.authority import Who, may_know
from bridge.api.errors import AnyCode, Errcode
from bridge.api.repeats import Repeat
from bridge.api.services import Services
from bridge.ports import Principal, Transaction
from policies.names import Code, Role
from policies.outcomes import Refuse

V1: Final = "/api/v1"

Asked = TypeVar("Asked", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Call(Generic[Asked]):
    """One request, let in and parsed."""

    services: Services
    asked: Asked
    path: Mapping[str, str]
    """The parts of the path that the route names in braces."""
    address: str | None
    """Whom the limits of logins count."""
    caller: Authenticated | None
    origin: str | None = None
    """Whose page a browser says it asks for."""
    repeat: Repeat | None = None
    """Set if the request says that it may be the repetition of another."""

    async def keep(self, tx: Transaction, answer: BaseModel) -> None:
        """Keep the answer for a repetition, in the transaction that makes what it tells of.

        :raises AnsweredMeanwhile: for `entry` alone.
        """
        if self.repeat is not None:
            await self.repeat.keep(tx, answer)

    @property
    def authenticated(self) -> Authenticated:
        """Who calls, on a route that is not for anyone."""
        if self.caller is None:
            raise RuntimeError("this route is declared for anyone, so nobody is known to call it")
        return self.caller

    @property
    def principal(self) -> Principal:
        """Whose session this is."""
        return self.authenticated.principal

    @property
    def is_guest(self) -> bool:
        """Whether the answer goes to somebody from outside. Robots see no more than guests."""
        return sees_as_guest(self.caller)


def sees_as_guest(caller: Authenticated | None) -> bool:
    """Whether the guests' models apply: to everybody who is not staff."""
    return caller is None or caller.principal.role in (Role.GUEST, Role.ROBOT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Route(Generic[Asked]):
    """One path and method. What guests may ask and get is declared apart where it is less."""

    method: Literal["GET", "POST", "PATCH", "DELETE"]
    path: str
    who: Who
    summary: str
    takes: type[Asked]
    """The query of a GET, the JSON body of everything else."""
    gives: type[BaseModel]
    handle: Callable[[Call[Asked]], Awaitable[BaseModel | Refuse]]
    errors: tuple[AnyCode, ...] = ()
    """What the route itself may answer; `all_errors` adds what every such route may."""
    status: int = 200
    guests_take: type[BaseModel] | None = None
    guests_get: type[BaseModel] | None = None
    for_widgets: bool = False
    """Whether pages of the web sites of the settings may ask it too (CORS)."""

    @property
    def has_body(self) -> bool:
        """Whether what is asked stands in the body."""
        return self.method != "GET"

    @property
    def makes_something(self) -> bool:
        """Whether a repetition has to be known as one; its handler calls `Call.keep`."""
        return self.method == "POST" and self.status == 201

    @property
    def can_be_repeated(self) -> bool:
        """Whether a repetition under the same `Idempotency-Key` is answered alike: all that somebody posts."""
        return self.method == "POST" and self.who is not Who.ANYONE

    @property
    def all_errors(self) -> tuple[AnyCode, ...]:
        """Every code this route may answer with, each once."""
        codes: list[AnyCode] = [Errcode.BAD_REQUEST, Errcode.UNKNOWN]
        if self.has_body:
            codes += [Errcode.NOT_JSON, Errcode.BAD_JSON, Code.TOO_LARGE]
        codes.append(Errcode.INVALID_PARAM)
        if self.can_be_repeated:
            codes.append(Code.TXN_REUSED)
        if self.who is not Who.ANYONE:
            codes += [Errcode.MISSING_TOKEN, Errcode.UNKNOWN_TOKEN, Errcode.LIMIT_EXCEEDED]
        if not may_know(self.who, Role.GUEST):
            codes.append(Errcode.UNKNOWN_ROUTE)
        if self.who in (Who.GUEST, Who.SUPERVISOR, Who.ADMIN):
            codes.append(Code.NOT_PERMITTED)
        return tuple(dict.fromkeys((*codes, *self.errors)))


AnyRoute = Route[Any]
