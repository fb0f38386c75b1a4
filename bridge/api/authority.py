"""Who may use a route, and who may learn that it exists: pure, asked for every request.

A guest (and a robot) finds the routes of staff missing, exactly as a path that leads nowhere: nothing tells them that
there is something they may not do.
"""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType
from typing import Final

from policies.names import Code, Role, Rule
from policies.outcomes import ALLOW, Refuse, Verdict
from policies.people import RANK


class Who(StrEnum):
    """Whom a route is for."""

    ANYONE = "anyone"
    SIGNED_IN = "whoever is logged in"
    GUEST = "guests"
    STAFF = "employees, supervisors and admins"
    SUPERVISOR = "supervisors and admins"
    ADMIN = "admins"


_OF_STAFF: Final = frozenset({Who.STAFF, Who.SUPERVISOR, Who.ADMIN})
_LEAST: Final = MappingProxyType({Who.STAFF: Role.EMPLOYEE, Who.SUPERVISOR: Role.SUPERVISOR, Who.ADMIN: Role.ADMIN})


def may_know(who: Who, role: Role | None) -> bool:
    """Whether the route exists for somebody of this role. `None` is who brought no token: they read it in the docs."""
    return role is None or who not in _OF_STAFF or RANK[role] >= RANK[Role.EMPLOYEE]


def may_enter(who: Who, role: Role) -> Verdict:
    """Whether somebody who is logged in, and may know of the route, may use it."""
    least = _LEAST.get(who)
    if (role is Role.GUEST or who is not Who.GUEST) and (least is None or RANK[role] >= RANK[least]):
        return ALLOW
    return Refuse(Rule.S2, Code.NOT_PERMITTED, f"This is for {who.value} only.", {"role": role.value})
