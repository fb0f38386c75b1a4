"""Who is given an issue that nobody took: automatic routing, and how many issues one person holds at most.

    issue waits, somebody is free ─▶ of its tier, active, on duty, below their capacity ─┬ least-loaded: the fewest open
                                                                                         └ round-robin: the next in turn
                                                                    nobody of these ─▶ it waits

Nobody is given an issue of another tier: those who may take one beyond theirs do so by themselves. A supervisor is
given none, and may take any number.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from policies.names import Code, Role, Rule, Tier, UserId
from policies.outcomes import ALLOW, Refuse, Verdict
from policies.people import Directory, Person


class Routing(StrEnum):
    """How issues find people."""

    MANUAL = "manual"
    """People take what they like."""
    LEAST_LOADED = "least-loaded"
    """Whoever has the fewest open issues is given the next; among equals, by turns."""
    ROUND_ROBIN = "round-robin"
    """Everybody is given one in turn."""


@dataclass(frozen=True, slots=True)
class Floor:
    """How things stand among the staff.

    :param holds: how many open issues each has; who is missing has none.
    :param capacities: how many each may have, where that is their own number.
    :param capacity: for everybody else; None for no limit.
    """

    off_duty: Collection[UserId] = ()
    holds: Mapping[UserId, int] = field(default_factory=dict)
    capacities: Mapping[UserId, int] = field(default_factory=dict)
    capacity: int | None = None

    def capacity_of(self, user_id: UserId) -> int | None:
        """How many open issues somebody may have; None for no limit."""
        return self.capacities.get(user_id, self.capacity)

    def is_full(self, person: Person) -> bool:
        """Whether somebody holds as many issues as they may."""
        most = self.capacity_of(person.user_id)
        return person.role is Role.EMPLOYEE and most is not None and self.holds.get(person.user_id, 0) >= most


def may_take_more(person: Person, holds: int, capacity: int | None) -> Verdict:
    """L1: an employee has no more open issues than their capacity; a supervisor is never limited."""
    if person.role is not Role.EMPLOYEE or capacity is None or holds < capacity:
        return ALLOW
    return Refuse(
        Rule.L1,
        Code.AT_CAPACITY,
        f"{person.user_id} has {holds} open issues, and may have {capacity}. "
        "Conclude one or hand one over first, or ask a supervisor.",
        {"open issues": str(holds), "capacity": str(capacity)},
    )


def decide_assignee(
    routing: Routing, directory: Directory, tier: Tier, floor: Floor, last: UserId | None
) -> UserId | None:
    """Who is given the next issue of a tier; None if nobody is free, or people take issues by themselves.

    :param last: who was given the one before: the turn goes on from them, whether they are there still or not.
    """
    free = [
        person.user_id
        for person in directory.staff()
        if person.role is Role.EMPLOYEE
        and person.tier is tier
        and person.user_id not in floor.off_duty
        and directory.is_local(person.user_id)
        and not floor.is_full(person)
    ]
    in_turn = [u for u in free if last is not None and u > last] + [u for u in free if last is None or u <= last]
    match routing:
        case Routing.MANUAL:
            return None
        case Routing.ROUND_ROBIN:
            return in_turn[0] if in_turn else None
        case Routing.LEAST_LOADED:
            return min(in_turn, key=lambda user_id: floor.holds.get(user_id, 0), default=None)
