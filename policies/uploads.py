"""How large a file may be, and how much of them in a day, by who uploads it."""

from __future__ import annotations

from dataclasses import dataclass

from policies.names import Code, Rule
from policies.outcomes import ALLOW, Refuse, Verdict
from policies.people import Person
from policies.permissions import has_no_power, may_act


@dataclass(frozen=True, slots=True)
class UploadLimits:
    """In bytes. Staff and robots have no limit for a day."""

    largest: int = 20 * 2**20
    largest_of_guests: int = 5 * 2**20
    daily_of_guests: int = 100 * 2**20


def largest_upload(person: Person, limits: UploadLimits) -> int:
    """The largest file this person may upload; nothing at all if they may not act."""
    if not person.is_active:
        return 0
    return limits.largest_of_guests if has_no_power(person) else limits.largest


def daily_upload(person: Person, limits: UploadLimits) -> int | None:
    """How much this person may upload in a day; None if there is no limit."""
    return limits.daily_of_guests if has_no_power(person) else None


def may_upload(person: Person, size: int, limits: UploadLimits) -> Verdict:
    """S2: the suspended upload nothing. G1: guests' files are smaller than those of staff."""
    allowed = may_act(person)
    largest = largest_upload(person, limits)
    if not allowed or size <= largest:
        return allowed
    return Refuse(
        Rule.G1,
        Code.TOO_LARGE,
        f"This file is too large: at most {_mebibytes(largest)} are accepted from you.",
        {"size": str(size), "largest": str(largest), "role": person.role},
    )


def may_upload_more(person: Person, size: int, sent: int, limits: UploadLimits) -> Verdict:
    """G1: how much guests upload in a day has an end.

    :param sent: what they uploaded within the last day.
    """
    daily = daily_upload(person, limits)
    if daily is None or sent + size <= daily:
        return ALLOW
    return Refuse(
        Rule.G1,
        Code.TOO_LARGE,
        f"That is more than the {_mebibytes(daily)} that are accepted from you in a day. Please try again tomorrow.",
        {"sent": str(sent), "size": str(size), "daily": str(daily), "role": person.role},
    )


def _mebibytes(size: int) -> str:
    return f"{size / 2**20:.0f} MiB" if size >= 2**20 else f"{size} bytes"
