"""Why the rules say what they say, and what would have to be otherwise for them to say something else (rule A1).

    case ─▶ ask ─▶ verdict
       ├─ turn one fact ─▶ ask again ─▶ another verdict? that fact is named ┐
       └─ or two, or three at once, where one alone changes nothing ────────┘▶ for each rule the fewest

Nothing here knows a rule: what is named was tried. So an explanation cannot say other than the doors do.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final

from policies.cases import Case, ask
from policies.facts import FACTS, FACTS_OF_PEOPLE, Fact
from policies.names import Rule
from policies.outcomes import Refuse, Verdict

MOST_AT_ONCE: Final = 3
"""Facts that are turned together. What would take more is another case altogether."""
ENOUGH_AT_ONCE: Final = 2
"""So many are turned together for the sake of further rules, once one is known that has a say."""


@dataclass(frozen=True, slots=True)
class Turned:
    """A fact as it is, and as it would have to be."""

    fact: str
    now: str
    otherwise: str


@dataclass(frozen=True, slots=True)
class Flip:
    """What would turn the verdict, and by which rule: the one that refuses now, or the one that would."""

    rule: Rule
    facts: tuple[Turned, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """A verdict, and for each rule that has a say in it the smallest change that turns it."""

    verdict: Verdict
    flips: tuple[Flip, ...]


def explain(case: Case) -> Explanation:
    """Ask the rules, and find out what their answer hangs on: how things are, and who the people are."""
    verdict = ask(case)
    flips = (*_fewest(case, verdict, FACTS, MOST_AT_ONCE), *_fewest(case, verdict, FACTS_OF_PEOPLE, 1))
    return Explanation(verdict, tuple(sorted(flips, key=lambda flip: [*Rule].index(flip.rule))))


def _fewest(case: Case, verdict: Verdict, facts: Sequence[Fact], most_at_once: int) -> list[Flip]:
    """For each rule the smallest changes of these facts that turn the verdict."""
    known = [fact for fact in facts if fact.read(case) is not None]
    found: dict[Rule, list[Flip]] = {}
    for at_once in range(1, most_at_once + 1):
        before = {*found}
        for together in combinations(known, at_once):
            for turned, changed in _turns(case, together):
                rule = _turning_rule(verdict, ask(changed))
                if rule is not None and rule not in before:
                    found.setdefault(rule, []).append(Flip(rule, turned))
        if found and (isinstance(verdict, Refuse) or at_once == ENOUGH_AT_ONCE):
            break
    return [flip for flips in found.values() for flip in flips]


def _turning_rule(before: Verdict, after: Verdict) -> Rule | None:
    """The rule that makes the difference; None if there is no difference."""
    if isinstance(before, Refuse):
        return None if isinstance(after, Refuse) else before.rule
    return after.rule if isinstance(after, Refuse) else None


def _turns(case: Case, facts: tuple[Fact, ...]) -> Iterator[tuple[tuple[Turned, ...], Case]]:
    if not facts:
        yield (), case
        return
    first, rest = facts[0], facts[1:]
    now = first.read(case)
    if now is None:
        return  # with the others as they are now, it plays no part any more
    for setting in first.settings:
        if setting != now:
            for turned, changed in _turns(first.turn(case, setting), rest):
                yield (Turned(first.name, now, setting), *turned), changed
