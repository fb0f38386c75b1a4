"""Oneself: `/me`. What one may do (the principal) and what one shows (the profile) are two things."""

from __future__ import annotations

from base64 import b64decode
from typing import Final

from bridge.api.answers import MeView, ProfileView
from bridge.api.authority import Who
from bridge.api.bodies import NoQuery, ProfileBody
from bridge.api.errors import ApiFault, Errcode
from bridge.api.pace import check_message
from bridge.api.routes import V1, AnyRoute, Call, Route
from bridge.desk.avatars import Avatars
from bridge.desk.errors import NoPicture
from bridge.desk.profiles import Picture
from bridge.errors import MatrixBusy, MatrixError
from bridge.ports import Profile
from policies.names import Code
from policies.outcomes import Refuse


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


async def change_profile(call: Call[ProfileBody]) -> ProfileView | Refuse:
    """PATCH /me/profile."""
    check_message(call.services.pace, call.principal)
    asked = call.asked
    picture = None
    if "avatar" in asked.model_fields_set:
        picture = Picture(None if asked.avatar is None else await _upload(call.services.avatars, asked.avatar))
    profile = await call.services.profiles.change(call.principal, asked.display_name, picture)
    return profile if isinstance(profile, Refuse) else build_profile_view(profile)


async def _upload(avatars: Avatars, base64: str) -> str:
    try:
        return await avatars.upload(b64decode(base64, validate=True))
    except (NoPicture, ValueError) as fault:
        why = fault.why if isinstance(fault, NoPicture) else "it is no Base64"
        faults = [{"where": "avatar", "fault": why}]
        raise ApiFault(Errcode.BAD_JSON, "The body does not fit.", {"faults": faults}) from fault
    except MatrixBusy:
        raise
    except MatrixError as fault:
        raise ApiFault(Errcode.HOMESERVER_AWAY, "The homeserver does not take the picture.") from fault


ROUTES: Final[tuple[AnyRoute, ...]] = (
    Route(
        method="GET",
        path=f"{V1}/me",
        who=Who.SIGNED_IN,
        for_widgets=True,
        summary="Who one is",
        takes=NoQuery,
        gives=MeView,
        handle=show_me,
    ),
    Route(
        method="PATCH",
        path=f"{V1}/me/profile",
        who=Who.SIGNED_IN,
        for_widgets=True,
        summary="Change what one shows",
        takes=ProfileBody,
        gives=ProfileView,
        handle=change_profile,
        errors=(Code.NOT_YOUR_NAME, Errcode.LIMIT_EXCEEDED, Errcode.HOMESERVER_AWAY),
    ),
)
