"""Oneself: `/me`. What one may do (the principal) and what one shows (the profile) are two things."""

from __future__ import annotations

from typing import Final

from bridge.api.answers import MeView, ProfileView
from bridge.api.authority import Who
from bridge.api.bodies import NoQuery
from bridge.api.routes import V1, AnyRoute, Call, Route
from bridge.ports import Profile


def build_profile_view(profile: Profile) -> ProfileView:
    """What one shows."""
    return ProfileView(display_name=profile.display_name, avatar=profile.avatar)


async def show_me(call: Call[NoQuery]) -> MeView:
    """GET /me."""
    principal = call.principal
    async with call.services.store.read() as tx:
        profile = await tx.principals.profile(principal.id)
    return MeView(
        id=principal.id,
        login=principal.login,
        role=principal.role,
        tier=None if principal.tier is None else principal.tier.name,
        status=principal.standing,
        user_id=principal.user_id,
        profile=build_profile_view(profile),
    )


ROUTES: Final[tuple[AnyRoute, ...]] = (
    Route(
        method="GET",
        path=f"{V1}/me",
        who=Who.SIGNED_IN,
        summary="Who one is",
        takes=NoQuery,
        gives=MeView,
        handle=show_me,
    ),
)
