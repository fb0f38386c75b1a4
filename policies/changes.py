"""Somebody comes to be staff, ceases to be, or is something else from now on: who may say so, and what follows.

Somebody who may act no more is to lose their power at once, and yet no guest may be alone for a moment (G3). Whoever is
suspended, or locked, is no cover; so both come last, and what ends their power comes first:

    the bridge's list says so, API and socket sessions end    ┐ at once, in one transaction: from here on they are
    `EndSessions`   their Matrix sessions end                 ┘ refused every door, and cannot log in anew
    `AwaitRelief`   until somebody else is there for each of their guests, or the guest is in the lobby: as for
                    somebody who leaves; their membership stands in for them until then, though nobody can use it
    `TakeOut`       out of every room of ours: guests', staff's, queues, policy room
    `ListPerson`    the directory says so: from here on the module refuses them every room
    `TakeOut`       once more, for rooms they were let into by what was decided before
    `KeepAccount`   the account is locked                       ─▶ the change is reported done

Whoever comes, or comes back, goes the other way: account, directory, rooms.
"""

from __future__ import annotations

from policies.actions import Action, AwaitRelief, EndSessions, KeepAccount, ListPerson, Seat, TakeOut
from policies.names import Code, Role, Rule
from policies.outcomes import ALLOW, Refuse, Verdict
from policies.people import COVER_ROLES, STAFF_ROLES, Person


def may_change_person(actor: Person, before: Person, after: Person) -> Verdict:
    """S2: admins keep the list of people; not themselves, so that there always is one."""
    if not actor.has_rank(Role.ADMIN):
        return Refuse(
            Rule.S2,
            Code.NOT_PERMITTED,
            "Only admins may change who may do what.",
            {"role": actor.role, "standing": actor.standing},
        )
    if actor.user_id == before.user_id:
        return Refuse(
            Rule.S2, Code.NOT_PERMITTED, "Another admin has to change your own account.", {"whose": "your own"}
        )
    if before.role is not after.role and not {before.role, after.role} <= STAFF_ROLES:
        return Refuse(
            Rule.S2,
            Code.NOT_PERMITTED,
            f"A {before.role} does not become a {after.role}. Make a new account.",
            {"role": before.role},
        )
    if (after.role is Role.EMPLOYEE) is (after.tier is None):
        return Refuse(
            Rule.S2,
            Code.NOT_PERMITTED,
            "Every employee has a tier, and nobody else has one.",
            {"tier": str(after.tier)},
        )
    return ALLOW


def is_relieved(before: Person, after: Person) -> bool:
    """Whether guests who have this person need somebody else from now on."""
    return _is_cover(before) and not _is_cover(after)


def _is_cover(person: Person) -> bool:
    return person.is_active and person.role in COVER_ROLES


def decide_on_coming(person: Person) -> tuple[Action, ...]:
    """Somebody new is on the list. Guests are in no directory; they get a Matrix user when they first need one."""
    if person.role is Role.GUEST:
        return ()
    return (KeepAccount(person.user_id, locked=not person.is_active), ListPerson(person), *_seat(person))


def decide_on_change(before: Person, after: Person) -> tuple[Action, ...]:
    """Somebody on the list is something else from now on."""
    user_id = after.user_id
    relief = (AwaitRelief(user_id),) if is_relieved(before, after) else ()
    if after.is_active or not before.is_active:
        return (*relief, *decide_on_coming(after))
    if after.role is Role.GUEST:
        return (TakeOut(user_id),)
    return (
        EndSessions(user_id),
        *relief,
        TakeOut(user_id),
        ListPerson(after),
        TakeOut(user_id),
        KeepAccount(user_id, locked=True),
    )


def _seat(person: Person) -> tuple[Action, ...]:
    return (Seat(person.user_id),) if person.is_staff or person.is_staff_robot else ()
