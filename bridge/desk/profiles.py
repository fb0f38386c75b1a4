"""What people show of themselves, changed by themselves: kept here at once, and shown by the homeserver soon after.

A guest's name is marked as a guest's and looks like nobody's who works here (rule G5); the mark is the bridge's.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from bridge.desk.work import WorkPlace
from bridge.ports import Principal, Profile, Transaction
from policies.actions import ShowName, ShowPicture
from policies.names import Code, Role, Rule, UserId
from policies.names_shown import GUEST_MARK, build_guest_name
from policies.outcomes import Refuse


def lane_of_person(user_id: UserId) -> str:
    """Everything about a person happens in order: the name shown last is the one chosen last."""
    return f"person:{user_id}"


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture to show, by its content URI; or none."""

    uri: str | None


class Profiles:
    """Changes them."""

    def __init__(self, place: WorkPlace) -> None:
        self._place = place

    async def rename(self, principal: Principal, wanted: str) -> Profile | Refuse:
        """Show this principal by another name."""
        return await self.change(principal, wanted)

    async def change(
        self, principal: Principal, wanted: str | None = None, picture: Picture | None = None
    ) -> Profile | Refuse:
        """Show this principal otherwise. What is not given stays."""
        async with self._place.begin() as work:
            before = after = await work.tx.principals.profile(principal.id)
            if wanted is not None:
                name = await _build_name(work.tx, principal, wanted)
                if isinstance(name, Refuse):
                    return name
                after = replace(after, display_name=name)
            if picture is not None:
                after = replace(after, avatar=picture.uri)
            if after == before:
                return after
            await work.tx.principals.save_profile(principal.id, after)
            lane = lane_of_person(principal.user_id)
            if after.display_name != before.display_name:
                await work.decide(lane, (ShowName(principal.user_id),))
            if after.avatar != before.avatar:
                await work.decide(lane, (ShowPicture(principal.user_id),))
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
