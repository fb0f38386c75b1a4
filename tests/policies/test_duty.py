"""Who is on duty: weeks in the wall time of a zone, and who may switch whom."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from policies.duty import Schedule, Shift, is_scheduled, may_plan_duty, may_switch_duty, next_edge
from policies.names import Code
from policies.outcomes import ALLOW, Refuse
from policies.people import Person
from tests.builders.people import ADA, ALEX, BEN, DIAGNOSTICS, GINA, SAM, suspended

BERLIN = "Europe/Berlin"
MONDAY, TUESDAY, SUNDAY = 0, 1, 6
OFFICE_HOURS = Schedule(BERLIN, tuple(Shift(day, 9 * 60, 17 * 60) for day in range(5)))
NIGHT = Schedule(BERLIN, (Shift(MONDAY, 22 * 60, 6 * 60),))
MINUTE = timedelta(minutes=1)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


class TestAWeek:
    @pytest.mark.parametrize(
        ("now", "expected"),
        [
            ("2026-01-05T07:59", False),  # a Monday; Berlin is an hour ahead
            ("2026-01-05T08:00", True),
            ("2026-01-05T15:59", True),
            ("2026-01-05T16:00", False),
            ("2026-01-10T12:00", False),
        ],
    )
    def test_a_shift_goes_from_its_first_minute_to_before_its_last(self, now: str, expected: bool) -> None:
        assert is_scheduled(OFFICE_HOURS, at(now)) is expected

    def test_wall_time_is_kept_over_the_year(self) -> None:
        assert is_scheduled(OFFICE_HOURS, at("2026-07-06T07:00"))
        assert not is_scheduled(OFFICE_HOURS, at("2026-01-05T07:00"))

    def test_the_next_edge_is_where_it_changes(self) -> None:
        assert next_edge(OFFICE_HOURS, at("2026-01-05T07:00")) == at("2026-01-05T08:00")
        assert next_edge(OFFICE_HOURS, at("2026-01-05T08:00")) == at("2026-01-05T16:00")
        assert next_edge(OFFICE_HOURS, at("2026-01-09T16:00")) == at("2026-01-12T08:00")

    def test_one_shift_a_week_has_an_edge_next_week(self) -> None:
        assert next_edge(NIGHT, at("2026-01-06T05:00")) == at("2026-01-12T21:00")

    def test_shifts_that_meet_have_no_edge_between_them(self) -> None:
        split = Schedule(BERLIN, (Shift(MONDAY, 9 * 60, 12 * 60), Shift(MONDAY, 12 * 60, 17 * 60)))
        assert next_edge(split, at("2026-01-05T08:00")) == at("2026-01-05T16:00")

    def test_whoever_is_always_on_has_no_edge(self) -> None:
        always = Schedule(BERLIN, tuple(Shift(day, 0, 24 * 60) for day in range(7)))
        for now in ("2026-01-05T23:00", "2026-03-29T01:00", "2026-10-25T01:00"):
            assert is_scheduled(always, at(now))
            assert next_edge(always, at(now)) is None


class TestMidnight:
    def test_a_shift_goes_on_over_midnight(self) -> None:
        assert is_scheduled(NIGHT, at("2026-01-05T21:00"))
        assert is_scheduled(NIGHT, at("2026-01-06T04:59"))
        assert not is_scheduled(NIGHT, at("2026-01-06T05:00"))

    def test_sundays_night_goes_on_into_monday(self) -> None:
        night = Schedule(BERLIN, (Shift(SUNDAY, 22 * 60, 6 * 60),))
        assert is_scheduled(night, at("2026-01-05T03:00"))
        assert next_edge(night, at("2026-01-05T03:00")) == at("2026-01-05T05:00")


class TestClocksThatChange:
    """Berlin: 02:00 to 03:00 is not there on 2026-03-29, and is there twice on 2026-10-25, both Sundays."""

    def test_what_begins_in_the_missing_hour_begins_right_after_it(self) -> None:
        early = Schedule(BERLIN, (Shift(SUNDAY, 2 * 60 + 30, 8 * 60),))
        assert next_edge(early, at("2026-03-29T00:00")) == at("2026-03-29T01:30")

    def test_what_ends_in_the_missing_hour_does_not_leave_a_gap_before_what_begins_there(self) -> None:
        both = Schedule(BERLIN, (Shift(SUNDAY, 0, 2 * 60 + 30), Shift(SUNDAY, 2 * 60 + 30, 8 * 60)))
        now, ends = at("2026-03-28T23:00"), at("2026-03-29T06:00")
        while now < ends:
            assert is_scheduled(both, now)
            now += 10 * MINUTE

    def test_of_the_hour_that_is_there_twice_a_shift_has_both(self) -> None:
        late = Schedule(BERLIN, (Shift(SUNDAY, 0, 2 * 60 + 30),))
        assert next_edge(late, at("2026-10-25T00:00")) == at("2026-10-25T01:30")
        early = Schedule(BERLIN, (Shift(SUNDAY, 2 * 60 + 30, 8 * 60),))
        assert next_edge(early, at("2026-10-24T23:00")) == at("2026-10-25T00:30")

    def test_a_night_shift_is_an_hour_shorter_or_longer(self) -> None:
        night = Schedule(BERLIN, (Shift(5, 22 * 60, 6 * 60),))
        spring, autumn = at("2026-03-28T21:00"), at("2026-10-24T20:00")
        assert is_scheduled(night, spring)
        assert next_edge(night, spring) == spring + timedelta(hours=7)
        assert is_scheduled(night, autumn)
        assert next_edge(night, autumn) == autumn + timedelta(hours=9)


class TestWhoMay:
    @pytest.mark.parametrize("person", [ADA, SAM])
    def test_people_switch_themselves(self, person: Person) -> None:
        assert may_switch_duty(person, person) is ALLOW

    def test_a_supervisor_switches_others_and_makes_schedules(self) -> None:
        assert may_switch_duty(SAM, ADA) is ALLOW
        assert may_plan_duty(SAM, ADA) is ALLOW
        assert may_plan_duty(SAM, SAM) is ALLOW
        assert may_plan_duty(ALEX, ADA) is ALLOW

    def test_an_employee_switches_nobody_else_and_makes_no_schedule(self) -> None:
        for verdict in (may_switch_duty(ADA, BEN), may_plan_duty(ADA, ADA), may_switch_duty(GINA, ADA)):
            assert isinstance(verdict, Refuse)
            assert verdict.code is Code.SUPERVISORS_ONLY

    @pytest.mark.parametrize("target", [GINA, ALEX, DIAGNOSTICS, suspended(BEN)])
    def test_who_could_not_be_called_upon_is_neither_on_nor_off(self, target: Person) -> None:
        for verdict in (may_switch_duty(SAM, target), may_switch_duty(target, target), may_plan_duty(SAM, target)):
            assert isinstance(verdict, Refuse)
            assert verdict.code is Code.NOT_PERMITTED
