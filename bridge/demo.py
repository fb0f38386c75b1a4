"""The people of the demo: one of each kind, so that a person who has just run `make up` can be all of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from policies.names import Role, Tier


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """Somebody to log in as. `key` is their name in ``ready.json``."""

    key: str
    login: str
    localpart: str
    display_name: str
    role: Role
    tier: Tier | None
    what: str


PEOPLE: Final = (
    DemoPerson("guest", "gina", "guest-gina", "Gina (guest)", Role.GUEST, None, "guest"),
    DemoPerson("t1", "ada", "ada", "Ada", Role.EMPLOYEE, Tier.T1, "employee, T1"),
    DemoPerson("t2", "ben", "ben", "Ben", Role.EMPLOYEE, Tier.T2, "employee, T2"),
    DemoPerson("t3", "cleo", "cleo", "Cleo", Role.EMPLOYEE, Tier.T3, "employee, T3"),
    DemoPerson("supervisor", "sam", "sam", "Sam", Role.SUPERVISOR, None, "supervisor"),
    DemoPerson("admin", "alex", "alex", "Alex", Role.ADMIN, None, "admin"),
)
