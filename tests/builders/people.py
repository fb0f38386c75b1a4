"""People to test with: the demo's cast, and whoever else a test names.

`directory()` lists the cast; `directory(ada, guest("gina"))` lists just those who belong in it, as guests do not.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from policies.names import Audience, Role, ServerName, Standing, Tier, UserId
from policies.people import Directory, Person

SERVER: Final = ServerName("localhost")
ELSEWHERE: Final = ServerName("elsewhere.example")
BOT: Final = UserId(f"@chaperone:{SERVER}")


def user(localpart: str, server: ServerName = SERVER) -> UserId:
    """A user id."""
    return UserId(f"@{localpart}:{server}")


def employee(localpart: str, tier: Tier = Tier.T1, server: ServerName = SERVER) -> Person:
    """An active employee."""
    return Person(user(localpart, server), Role.EMPLOYEE, tier)


def supervisor(localpart: str) -> Person:
    """An active supervisor."""
    return Person(user(localpart), Role.SUPERVISOR)


def admin(localpart: str) -> Person:
    """An active admin, who keeps the accounts and is nobody's cover."""
    return Person(user(localpart), Role.ADMIN)


def staff_robot(localpart: str) -> Person:
    """A robot that serves employees."""
    return Person(user(localpart), Role.ROBOT, audience=Audience.STAFF)


def companion(localpart: str) -> Person:
    """A robot of the lounges."""
    return Person(user(localpart), Role.ROBOT, audience=Audience.LOUNGE)


def guest(localpart: str, server: ServerName = SERVER) -> Person:
    """A guest, as `Directory.who_is` describes one: nobody lists them."""
    return Person(user(localpart, server), Role.GUEST)


def suspended(person: Person) -> Person:
    """The same person, suspended."""
    return replace(person, standing=Standing.SUSPENDED)


ADA: Final = employee("ada", Tier.T1)
BEN: Final = employee("ben", Tier.T2)
CLEO: Final = employee("cleo", Tier.T3)
SAM: Final = supervisor("sam")
ALEX: Final = admin("alex")
DIAGNOSTICS: Final = staff_robot("istackbuddy.forms.diagnostics")
LUNA: Final = companion("companion.luna")
BRIDGE: Final = Person(BOT, Role.BRIDGE)

GINA: Final = guest("guest-gina")
"""A guest the bridge acts for."""
OTTO: Final = guest("otto")
"""A guest with an account of their own here."""
BOB: Final = guest("bob", ELSEWHERE)
"""A guest from another server."""

CAST: Final = (ADA, BEN, CLEO, SAM, ALEX, DIAGNOSTICS, LUNA)


def directory(*people: Person) -> Directory:
    """A directory of these people; of the whole cast if none are named. Guests are passed over: nobody lists them."""
    listed = people or CAST
    return Directory(BOT, SERVER, {p.user_id: p for p in listed if p.role is not Role.GUEST})
