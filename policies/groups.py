"""Group issues: several guests in one room that was made for it (rule G4).

    opened as a group ─▶ claimed ─▶ room made for several ─▶ its guest ─▶ others, whom staff bring in one by one
                                                                           ├─ a ghost: invited, and joined
                                                                           └─ anybody else: invited, and comes

Whether guests may meet in a room stands in its create event, which nobody can change: an issue is a group from its
beginning or never. Whoever comes later sees what is said from then on.
"""

from __future__ import annotations

from typing import Final

from policies.actions import Action, InviteGuest, PrepareGhost
from policies.issue import Issue, Status
from policies.lifecycle import only_staff
from policies.names import Code, Role, Rule, UserId
from policies.outcomes import ALLOW, Refuse, Verdict
from policies.people import Directory, Person

SOMEBODY: Final = UserId("")
"""A guest of whom nothing is known yet."""


def may_bring_guest(issue: Issue, actor: Person, guest: Person) -> Verdict:
    """G4: staff bring another guest into a group issue, and into no other."""
    allowed = only_staff(actor, "bring a guest in")
    if not allowed:
        return allowed
    if not guest.is_guest:
        return Refuse(
            Rule.S2,
            Code.NOT_PERMITTED,
            f"{guest.user_id} is no guest: hand the issue over to them, or invite them in the room.",
            {"role of the other": guest.role},
        )
    if guest.user_id in issue.everyone:
        return ALLOW
    if not issue.is_group:
        return Refuse(
            Rule.G4,
            Code.ONE_GUEST_HERE,
            f"Issue {issue.id} is for one guest, who is to meet no other. Open a group issue instead.",
            {"group": "no"},
        )
    if issue.status is Status.CONCLUDED:
        return Refuse(
            Rule.L1, Code.ISSUE_CONCLUDED, f"Issue {issue.id} is concluded; reopen it first.", {"status": issue.status}
        )
    return ALLOW


def may_invite_guest(issue: Issue, actor: Person) -> Verdict:
    """G4: staff give a link by which another guest comes into a group issue; who comes is seen when they do."""
    return may_bring_guest(issue, actor, Person(SOMEBODY, Role.GUEST))


def decide_on_bringing(issue: Issue, guest: Person, directory: Directory) -> tuple[Action, ...]:
    """Another guest is invited; at once if the issue has a room, with the next claim if it waits for one."""
    prepare = (PrepareGhost(guest.user_id),) if directory.is_ghost(guest.user_id) else ()
    return (*prepare, *((InviteGuest(issue.id, guest.user_id),) if issue.status is Status.OPEN else ()))
