"""Logging in and out: `/auth/…`. Passwords, tokens and their limits are the accounts' business; this is their door."""

from __future__ import annotations

from typing import Final

from bridge.accounts.principals import Login
from bridge.api.answers import Done, KeysView, LoginView, PrincipalView
from bridge.api.authority import Who
from bridge.api.bodies import GuestBody, LoginBody, NoBody, NoQuery, RefreshBody
from bridge.api.errors import Errcode
from bridge.api.faults import ASSERTION_FAULTS, INVITATION_FAULTS
from bridge.api.routes import V1, AnyRoute, Call, Route
from bridge.ports import Principal
from policies.names import Code


def build_principal_view(principal: Principal) -> PrincipalView:
    """Who one is."""
    return PrincipalView(
        id=principal.id,
        role=principal.role,
        tier=None if principal.tier is None else principal.tier.name,
        user_id=principal.user_id,
    )


def build_login_view(login: Login) -> LoginView:
    """What a successful login answers."""
    return LoginView(
        token=login.token,
        expires_in=login.expires_in,
        refresh_token=login.refresh_token,
        principal=build_principal_view(login.principal),
    )


async def log_in(call: Call[LoginBody]) -> LoginView:
    """POST /auth/login."""
    asked = call.asked
    return build_login_view(
        await call.services.accounts.login(asked.login, asked.password, call.address, asked.audience)
    )


async def let_guest_in(call: Call[GuestBody]) -> LoginView:
    """POST /auth/guest."""
    asked, guests = call.asked, call.services.guests
    if asked.invitation is not None:
        return build_login_view(await guests.come_by_invitation(asked.invitation, call.address))
    return build_login_view(await guests.come_by_assertion(asked.assertion or "", call.origin, call.address))


async def refresh(call: Call[RefreshBody]) -> LoginView:
    """POST /auth/refresh."""
    return build_login_view(await call.services.accounts.refresh(call.asked.refresh_token, call.asked.audience))


async def log_out(call: Call[NoBody]) -> Done:
    """POST /auth/logout."""
    # This first: who hears that they are logged out is logged out everywhere, and who does not can ask again.
    await call.services.people.end_matrix_sessions(call.principal)
    await call.services.accounts.logout(call.authenticated.session_id)
    return Done()


async def show_keys(call: Call[NoQuery]) -> KeysView:
    """GET /auth/jwks.json."""
    return KeysView.model_validate(call.services.accounts.tokens.jwks())


ROUTES: Final[tuple[AnyRoute, ...]] = (
    Route(
        method="POST",
        path=f"{V1}/auth/login",
        who=Who.ANYONE,
        summary="Log in with login and password",
        takes=LoginBody,
        gives=LoginView,
        handle=log_in,
        errors=(Errcode.WRONG_PASSWORD, Code.SUSPENDED, Code.NOT_PERMITTED, Errcode.LIMIT_EXCEEDED),
    ),
    Route(
        method="POST",
        path=f"{V1}/auth/guest",
        who=Who.ANYONE,
        for_widgets=True,
        summary="Come in as a guest, by an invitation or by the word of a web site; each is used up by it",
        takes=GuestBody,
        gives=LoginView,
        handle=let_guest_in,
        errors=(
            *(code for code, _ in INVITATION_FAULTS.values()),
            *ASSERTION_FAULTS.values(),
            Code.SUSPENDED,
            Errcode.LIMIT_EXCEEDED,
        ),
    ),
    Route(
        method="POST",
        path=f"{V1}/auth/refresh",
        who=Who.ANYONE,
        for_widgets=True,
        summary="Exchange a refresh token for a new token and a new refresh token",
        takes=RefreshBody,
        gives=LoginView,
        handle=refresh,
        errors=(Errcode.UNKNOWN_TOKEN, Code.SUSPENDED, Code.NOT_PERMITTED),
    ),
    Route(
        method="POST",
        path=f"{V1}/auth/logout",
        who=Who.SIGNED_IN,
        for_widgets=True,
        summary="End this session at once, its sockets and all of one's Matrix devices included",
        takes=NoBody,
        gives=Done,
        handle=log_out,
    ),
    Route(
        method="GET",
        path=f"{V1}/auth/jwks.json",
        who=Who.ANYONE,
        summary="The public keys of the tokens",
        takes=NoQuery,
        gives=KeysView,
        handle=show_keys,
    ),
)
