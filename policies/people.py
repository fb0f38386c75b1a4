"""Who is who, decided in one function: `Directory.who_is`.

The directory of staff and robots is a set of ``chat.chaperone.person`` state events in the policy room, which
only the bridge may write. Whoever is not listed there is a guest: unknown means least power.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, Final

from policies.content import text_at, text_or_none
from policies.errors import MalformedState
from policies.names import (
    PERSON_KEY_PREFIX,
    PERSON_STATE,
    Audience,
    Role,
    ServerName,
    Standing,
    Tier,
    UserId,
)

STAFF_ROLES = frozenset({Role.EMPLOYEE, Role.SUPERVISOR, Role.ADMIN})
COVER_ROLES = frozenset({Role.EMPLOYEE, Role.SUPERVISOR})
RANK = MappingProxyType(
    {Role.ROBOT: 0, Role.GUEST: 0, Role.EMPLOYEE: 1, Role.SUPERVISOR: 2, Role.ADMIN: 3, Role.BRIDGE: 4}
)


@dataclass(frozen=True, slots=True)
class Person:
    """One listed (or unlisted: then a guest) user. `tier` is set for employees, `audience` for robots."""

    user_id: UserId
    role: Role
    tier: Tier | None = None
    standing: Standing = Standing.ALLOWED
    audience: Audience | None = None

    @property
    def is_active(self) -> bool:
        """Listed people who are suspended keep their role in lists, and none of its powers."""
        return self.standing is Standing.ALLOWED

    @property
    def is_staff(self) -> bool:
        """An active employee, supervisor or admin."""
        return self.is_active and self.role in STAFF_ROLES

    @property
    def is_staff_robot(self) -> bool:
        """An active robot that serves employees."""
        return self.is_active and self.role is Role.ROBOT and self.audience is Audience.STAFF

    @property
    def is_bridge(self) -> bool:
        """The application service's own user."""
        return self.role is Role.BRIDGE

    @property
    def is_guest(self) -> bool:
        """Someone from outside, for whom cover must be present."""
        return self.role is Role.GUEST

    def has_rank(self, role: Role) -> bool:
        """Active, and at least `role` in the order employee < supervisor < admin."""
        return self.is_active and RANK[self.role] >= RANK[role]


def localpart_of(user_id: UserId) -> str:
    """The part of a user id before the server."""
    return user_id.removeprefix("@").partition(":")[0]


GHOST_PREFIX: Final = "guest-"
"""What the localparts of ghosts begin with: the application service's own namespace."""


def domain_of(user_id: UserId) -> ServerName:
    """The server part of a user id (Matrix specification, appendices, "User Identifiers")."""
    return ServerName(user_id.partition(":")[2])


@dataclass(frozen=True, slots=True)
class Directory:
    """Everybody who is somebody, as of one moment."""

    bot: UserId
    server_name: ServerName
    people: Mapping[UserId, Person] = field(default_factory=dict)

    def who_is(self, user_id: UserId) -> Person:
        """The person behind a user id; a guest if nobody listed them."""
        if user_id == self.bot:
            return Person(user_id, Role.BRIDGE)
        return self.people.get(user_id) or Person(user_id, Role.GUEST)

    def is_local(self, user_id: UserId) -> bool:
        """Whether the user belongs to this homeserver."""
        return domain_of(user_id) == self.server_name

    def without(self, closed: Collection[UserId]) -> Directory:
        """The same people, some of whom can do nothing: their accounts are closed, though they are listed still."""
        ended = {u: replace(p, standing=Standing.SUSPENDED) for u, p in self.people.items() if u in closed}
        return replace(self, people={**self.people, **ended}) if ended else self

    def is_ghost(self, user_id: UserId) -> bool:
        """Whether the bridge acts for this user. Other guests act for themselves, here or on another server."""
        return self.is_local(user_id) and localpart_of(user_id).startswith(GHOST_PREFIX)

    def staff(self) -> Iterable[Person]:
        """Active staff in the order of their user ids, so that choices among them repeat."""
        return (p for _, p in sorted(self.people.items()) if p.is_staff)

    def robots(self) -> Iterable[Person]:
        """All robots, suspended ones too, in the order of their user ids."""
        return (p for _, p in sorted(self.people.items()) if p.role is Role.ROBOT)


def parse_person(state_key: str, content: Mapping[str, Any]) -> Person:
    """Read one directory entry.

    :raises MalformedState: naming the fault, where the entry is not one the bridge would have written.
    """
    user_id = text_at(content, "user_id")
    tier = text_or_none(PERSON_STATE, content, "tier")
    audience = text_or_none(PERSON_STATE, content, "audience")
    if not user_id or state_key != f"{PERSON_KEY_PREFIX}{user_id}":
        raise MalformedState(PERSON_STATE, "user_id does not fit the state key")
    try:
        person = Person(
            user_id=UserId(user_id),
            role=Role(text_at(content, "role")),
            tier=None if tier is None else Tier[tier],
            standing=Standing(text_at(content, "status")),
            audience=None if audience is None else Audience(audience),
        )
    except (ValueError, KeyError) as fault:
        raise MalformedState(PERSON_STATE, f"unknown value {fault}") from fault
    if person.role is Role.BRIDGE:
        raise MalformedState(PERSON_STATE, "the bridge is known by configuration, not by listing")
    return person


def build_person(person: Person) -> dict[str, Any]:
    """The content that `parse_person` reads back."""
    return {
        "user_id": person.user_id,
        "role": person.role.value,
        "tier": None if person.tier is None else person.tier.name,
        "status": person.standing.value,
        "audience": None if person.audience is None else person.audience.value,
    }
