"""What kind of day it is to be: who comes, when, and how patient everybody is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Plan:
    """A day. Times are means of exponential distributions unless they say otherwise; shares are from 0 to 1."""

    guests: int = 1000
    employees: int = 30
    seed: int = 1
    hours: float = 10
    """For which guests come. Whoever works begins and ends within two hours of that."""
    crashes: int = 0
    """How often the bridge is killed, at random points."""
    # --- guests
    think: timedelta = timedelta(minutes=2)
    """Until a guest looks again, and answers if it is their turn."""
    patience: timedelta = timedelta(minutes=90)
    """Until a guest who waits goes away without a word."""
    wander: float = 0.08
    """The share of answers after which a guest is never heard of again."""
    returns: float = 0.08
    """The share of conclusions that a guest does not accept: they reopen, once."""
    rates: float = 0.5
    # --- employees
    look: timedelta = timedelta(minutes=1)
    """Until an employee looks again."""
    at_once: int = 4
    """Issues that an employee takes on by hand at the same time."""
    exchanges: float = 3
    """Answers until an issue is solved, in the mean."""
    escalates: float = 0.06
    """The share of answers that are an escalation instead."""
    lunch: float = 0.004
    """The share of looks after which an employee is away for an hour without telling anybody."""
