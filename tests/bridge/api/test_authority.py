from __future__ import annotations

import pytest

from bridge.api.authority import Who, may_enter, may_know
from policies.names import Code, Role
from policies.outcomes import Refuse

OF_STAFF = [Who.STAFF, Who.SUPERVISOR, Who.ADMIN]
STAFF = [Role.EMPLOYEE, Role.SUPERVISOR, Role.ADMIN]


@pytest.mark.parametrize("role", [Role.GUEST, Role.ROBOT])
@pytest.mark.parametrize("who", list(Who))
def test_guests_and_robots_know_no_route_of_staff(who: Who, role: Role) -> None:
    assert may_know(who, role) is (who not in OF_STAFF)


@pytest.mark.parametrize("role", STAFF)
@pytest.mark.parametrize("who", list(Who))
def test_staff_know_every_route(who: Who, role: Role) -> None:
    assert may_know(who, role)


@pytest.mark.parametrize("who", list(Who))
def test_who_reads_the_documents_without_a_token_knows_every_route(who: Who) -> None:
    assert may_know(who, None)


@pytest.mark.parametrize(
    ("who", "allowed"),
    [
        (Who.ANYONE, [Role.GUEST, Role.ROBOT, *STAFF]),
        (Who.SIGNED_IN, [Role.GUEST, Role.ROBOT, *STAFF]),
        (Who.GUEST, [Role.GUEST]),
        (Who.STAFF, STAFF),
        (Who.SUPERVISOR, [Role.SUPERVISOR, Role.ADMIN]),
        (Who.ADMIN, [Role.ADMIN]),
    ],
)
def test_a_route_lets_in_whom_it_is_for_and_nobody_else(who: Who, allowed: list[Role]) -> None:
    everybody = [Role.GUEST, Role.ROBOT, *STAFF]
    assert [role for role in everybody if may_enter(who, role)] == [role for role in everybody if role in allowed]


def test_who_may_not_is_told_whom_the_route_is_for() -> None:
    verdict = may_enter(Who.SUPERVISOR, Role.EMPLOYEE)
    assert isinstance(verdict, Refuse)
    assert verdict.code is Code.NOT_PERMITTED
    assert verdict.sentence == "This is for supervisors and admins only."
    assert verdict.facts == {"role": "employee"}
