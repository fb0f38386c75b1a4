"""Who may upload how much."""

import pytest

from policies.names import Code
from policies.outcomes import ALLOW, Refuse
from policies.people import Person
from policies.uploads import UploadLimits, daily_upload, largest_upload, may_upload, may_upload_more
from tests.builders.people import ADA, ALEX, BOB, BRIDGE, DIAGNOSTICS, GINA, suspended

LIMITS = UploadLimits(largest=20 * 2**20, largest_of_guests=5 * 2**20, daily_of_guests=7 * 2**20)
POWER = [ADA, ALEX, DIAGNOSTICS, BRIDGE]


class TestG1:
    """Guests' files are smaller than those of staff, and fewer."""

    @pytest.mark.parametrize("person", POWER)
    def test_staff_and_robots_upload_what_they_need(self, person: Person) -> None:
        assert may_upload(person, LIMITS.largest, LIMITS) is ALLOW
        assert not may_upload(person, LIMITS.largest + 1, LIMITS)
        assert may_upload_more(person, LIMITS.largest, 2**40, LIMITS) is ALLOW
        assert daily_upload(person, LIMITS) is None

    @pytest.mark.parametrize("person", [GINA, BOB])
    def test_guests_upload_less(self, person: Person) -> None:
        assert may_upload(person, LIMITS.largest_of_guests, LIMITS) is ALLOW
        verdict = may_upload(person, LIMITS.largest_of_guests + 1, LIMITS)
        assert isinstance(verdict, Refuse)
        assert (verdict.code, verdict.facts["largest"]) == (Code.TOO_LARGE, str(LIMITS.largest_of_guests))
        assert "5 MiB" in verdict.sentence

    def test_guests_upload_so_much_in_a_day(self) -> None:
        assert may_upload_more(GINA, 2**20, 6 * 2**20, LIMITS) is ALLOW
        verdict = may_upload_more(GINA, 2**20, 6 * 2**20 + 1, LIMITS)
        assert isinstance(verdict, Refuse)
        assert "7 MiB" in verdict.sentence

    def test_small_limits_are_said_in_bytes(self) -> None:
        verdict = may_upload(GINA, 11, UploadLimits(largest_of_guests=10))
        assert isinstance(verdict, Refuse)
        assert "10 bytes" in verdict.sentence


class TestS2:
    """The suspended upload nothing."""

    @pytest.mark.parametrize("person", [ADA, DIAGNOSTICS, GINA])
    def test_they_upload_nothing(self, person: Person) -> None:
        gone = suspended(person)
        verdict = may_upload(gone, 0, LIMITS)
        assert isinstance(verdict, Refuse)
        assert verdict.code is Code.SUSPENDED
        assert largest_upload(gone, LIMITS) == 0
