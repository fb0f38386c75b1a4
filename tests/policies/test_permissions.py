"""What people may do apart from any room. Rooms: test_permissions_membership, test_permissions_events."""

from collections.abc import Callable

import pytest

from policies.names import Code, Rule
from policies.outcomes import ALLOW, Refuse, Verdict
from policies.people import Person
from policies.permissions import (
    has_no_power,
    may_act,
    may_break_in,
    may_create_room,
    may_log_in,
    may_name_room,
    may_publish_room,
    may_search_people,
)
from tests.builders.people import ADA, ALEX, BOB, BRIDGE, DIAGNOSTICS, GINA, LUNA, OTTO, SAM, suspended

STAFF = [ADA, SAM, ALEX]
GUESTS = [GINA, OTTO, BOB]
ROBOTS = [DIAGNOSTICS, LUNA]
SUSPENDED = [suspended(person) for person in (*STAFF, GINA, DIAGNOSTICS)]
DOORS = [may_create_room, may_name_room, may_publish_room, may_search_people]

Door = Callable[[Person], Verdict]


@pytest.mark.parametrize("door", DOORS)
class TestG1:
    """A guest makes no room, alias or space, publishes no room, and searches for nobody."""

    @pytest.mark.parametrize("person", [*STAFF, BRIDGE])
    def test_staff_and_the_bridge_do(self, door: Door, person: Person) -> None:
        assert door(person) is ALLOW

    @pytest.mark.parametrize("person", GUESTS)
    def test_guests_do_not(self, door: Door, person: Person) -> None:
        verdict = door(person)
        assert isinstance(verdict, Refuse)
        assert (verdict.rule, verdict.code) == (Rule.G1, Code.GUESTS_MAY_NOT)
        assert verdict.sentence.startswith("Guests may not ")

    @pytest.mark.parametrize("person", ROBOTS)
    def test_robots_do_not_either_and_are_told_as_robots(self, door: Door, person: Person) -> None:
        verdict = door(person)
        assert isinstance(verdict, Refuse)
        assert (verdict.rule, verdict.code) == (Rule.R1, Code.ROBOTS_MAY_NOT)
        assert verdict.sentence.startswith("Robots may not ")

    @pytest.mark.parametrize("person", SUSPENDED)
    def test_the_suspended_are_told_that_they_are(self, door: Door, person: Person) -> None:
        verdict = door(person)
        assert isinstance(verdict, Refuse)
        assert verdict.code is Code.SUSPENDED


class TestS2:
    """Suspended people have none of the powers of their role."""

    @pytest.mark.parametrize("person", [*STAFF, *GUESTS, *ROBOTS, BRIDGE])
    def test_whoever_is_not_suspended_acts(self, person: Person) -> None:
        assert may_act(person) is ALLOW

    @pytest.mark.parametrize("person", SUSPENDED)
    def test_the_suspended_do_not(self, person: Person) -> None:
        verdict = may_act(person)
        assert isinstance(verdict, Refuse)
        assert (verdict.rule, verdict.code) == (Rule.S2, Code.SUSPENDED)
        assert verdict.facts == {"standing": "suspended"}

    @pytest.mark.parametrize("person", [*GUESTS, *SUSPENDED])
    def test_guests_and_the_suspended_have_no_power(self, person: Person) -> None:
        assert has_no_power(person)

    @pytest.mark.parametrize("person", [*STAFF, *ROBOTS, BRIDGE])
    def test_everybody_else_has_some(self, person: Person) -> None:
        assert not has_no_power(person)


class TestLoggingIn:
    @pytest.mark.parametrize("person", [*STAFF, *GUESTS])
    def test_people_log_in(self, person: Person) -> None:
        assert may_log_in(person, by_own_secret=False) is ALLOW

    @pytest.mark.parametrize("robot", ROBOTS)
    def test_robots_log_in_by_their_own_secret_and_in_no_other_way(self, robot: Person) -> None:
        assert may_log_in(robot, by_own_secret=True) is ALLOW
        verdict = may_log_in(robot, by_own_secret=False)
        assert isinstance(verdict, Refuse)
        assert verdict.code is Code.ROBOTS_MAY_NOT

    @pytest.mark.parametrize("by_own_secret", [True, False])
    @pytest.mark.parametrize("person", SUSPENDED)
    def test_the_suspended_do_not(self, person: Person, by_own_secret: bool) -> None:
        verdict = may_log_in(person, by_own_secret=by_own_secret)
        assert isinstance(verdict, Refuse)
        assert verdict.code is Code.SUSPENDED

    @pytest.mark.parametrize("by_own_secret", [True, False])
    def test_nobody_logs_in_as_the_bridge(self, by_own_secret: bool) -> None:
        verdict = may_log_in(BRIDGE, by_own_secret=by_own_secret)
        assert isinstance(verdict, Refuse)
        assert verdict.code is Code.NOT_PERMITTED


class TestB1:
    """Only supervisors enter a restricted room uninvited."""

    @pytest.mark.parametrize("person", [SAM, ALEX, BRIDGE])
    def test_supervisors_and_above_break_in(self, person: Person) -> None:
        assert may_break_in(person) is ALLOW

    @pytest.mark.parametrize("person", [ADA, *GUESTS, *ROBOTS, suspended(SAM)])
    def test_nobody_else_does(self, person: Person) -> None:
        verdict = may_break_in(person)
        assert isinstance(verdict, Refuse)
        assert (verdict.rule, verdict.code) == (Rule.B1, Code.SUPERVISORS_ONLY)
