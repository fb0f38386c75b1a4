"""What people show of themselves, changed by themselves: kept here at once, and shown by the homeserver soon after.

A guest's name is marked as a guest's and looks like nobody's who works here (rule G5); the mark is the bridge's.
"""

from __future__ import annotations

from dataclasses import replace

from bridge.desk.work import WorkPlace
from bridge.ports import Principal, Profile, Transaction
from policies.actions import ShowName
from policies.names import Code, Role, Rule, UserId
from policies.names_shown import GUEST_MARK, build_guest_name
from policies.outcomes import Refuse


def lane_of_person(user_id: UserId) -> str:
    """Everything about a person happens in order: the name shown last is the one chosen last."""
    return f"person:{user_id}"


class Profiles:
    """Changes them."""

    def __init__(self, place: WorkPlace) -> None:
        self._place = place

    async def rename(self, principal: Principal, wanted: str) -> Profile | Refuse:
        """Show this principal by another name."""
        async with self._place.begin() as work:
            name = await _build_name(work.tx, principal, wanted)
            if isinstance(name, Refuse):
                return name
            before = await work.tx.principals.profile(principal.id)
            after = replace(before, display_name=name)
            if after != before:
                await work.tx.principals.save_profile(principal.id, after)
                await work.decide(lane_of_person(principal.user_id), (ShowName(principal.user_id),))
            return after


async def _build_name(tx: Transaction, principal: Principal, wanted: str) -> str | Refuse:
    if principal.role is not Role.GUEST:
        return " ".join(wanted.split())
    listed = [p.user_id for p in await tx.principals.list() if p.role is not Role.GUEST]
    shown = [profile.display_name for profile in (await tx.principals.profiles(listed)).values()]
    name = build_guest_name(wanted, "", await tx.principals.directory(), shown)
    if name != GUEST_MARK:
        return name
    return Refuse(
        Rule.G5,
        Code.NOT_YOUR_NAME,
        f"The name “{wanted}” looks like that of somebody who works here. Please choose another one.",
        {"name": wanted},
    )
