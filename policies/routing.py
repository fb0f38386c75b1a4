"""Whom to turn to: people, best first, chosen from the directory and from what they are doing at the moment."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from policies.cover import is_cover
from policies.issue import Wanted
from policies.names import Role, Tier, UserId
from policies.people import Directory, Person


def decide_cover(
    directory: Directory,
    tier: Tier,
    on_duty: Collection[UserId],
    busy: Mapping[UserId, int],
    besides: Collection[UserId] = (),
) -> tuple[UserId, ...]:
    """Who could be cover in place of somebody who wants to go: same tier, then up, then supervisors (rule G3).

    The first is to be asked in first; the others follow where that fails. Empty means that the guest goes back to
    the lobby. Somebody with a lot to do is still better than nobody, so load only orders people of one rank.

    :param tier: the tier of the issue.
    :param on_duty: who may be called upon now. Nobody else is.
    :param busy: how many issues each holds; who is missing holds none.
    :param besides: who is not meant: whoever leaves, and whoever is in the room already.
    """
    candidates = []
    for person in directory.staff():
        steps = _steps_up(person, tier)
        if steps is None or person.user_id in besides or person.user_id not in on_duty:
            continue
        if is_cover(person.user_id, directory):
            candidates.append((steps, busy.get(person.user_id, 0), person.user_id))
    return tuple(user_id for _, _, user_id in sorted(candidates))


def decide_call(
    directory: Directory,
    tier: Tier,
    wanted: Wanted,
    on_duty: Collection[UserId],
    busy: Mapping[UserId, int],
    besides: Collection[UserId] = (),
) -> tuple[UserId, ...]:
    """Whom to call in for an escalated issue: everybody of its tier; where nobody of it is on duty, of the next one
    up; and where there is nobody at all, or nobody else would do, the supervisors. The least busy come first.

    :param besides: who is not meant: whoever answers for the issue.
    """
    ranked: dict[int, list[tuple[int, UserId]]] = {}
    for person in directory.staff():
        steps = _steps_up(person, tier)
        if steps is None or person.user_id in besides or person.user_id not in on_duty:
            continue
        if wanted is Wanted.SUPERVISOR and person.role is not Role.SUPERVISOR:
            continue
        if is_cover(person.user_id, directory):
            ranked.setdefault(steps, []).append((busy.get(person.user_id, 0), person.user_id))
    if not ranked:
        return ()
    return tuple(user_id for _, user_id in sorted(ranked[min(ranked)]))


def _steps_up(person: Person, tier: Tier) -> int | None:
    """How far above a tier somebody stands; None for who is below it. Supervisors stand above all tiers."""
    if person.role is Role.SUPERVISOR:
        return len(Tier)
    if person.tier is None or person.tier < tier:
        return None
    return person.tier - tier
