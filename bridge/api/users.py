"""The list of people: `/users`. Supervisors read it, admins keep it; `bridge.desk.people` sees to what follows.

A change is answered once everything that follows from it is done, or, if that takes longer than the settings allow,
with ``state: pending``: a suspended employee has no power from the first moment on, and is taken out of their rooms
only when no guest is left alone by it. `GET /users/{principal_id}` says how it stands.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from bridge.api.answers import UsersPage, UserView
from bridge.api.authority import Who
from bridge.api.bodies import NoQuery, UserBody, UserChangeBody, UsersQuery
from bridge.api.errors import Errcode, build_no_such
from bridge.api.routes import V1, AnyRoute, Call, Route
from bridge.desk.people import Change
from bridge.desk.profiles import lane_of_person
from bridge.ports import Principal, PrincipalId, Profile, Transaction
from policies.names import Role, Standing, Tier
from policies.outcomes import Refuse
from policies.people import COVER_ROLES


async def build_user_views(tx: Transaction, principals: Sequence[Principal], capacity: int | None) -> list[UserView]:
    """What admins and supervisors see of people.

    :param capacity: of whoever has no number of their own.
    """
    profiles = await tx.principals.profiles([principal.user_id for principal in principals])
    off_duty, holds = await tx.duties.off(), await tx.issues.open_by_assignee()
    capacities = await tx.duties.capacities()
    return [
        UserView(
            id=principal.id,
            login=principal.login,
            user_id=principal.user_id,
            display_name=profiles[principal.user_id].display_name,
            role=principal.role,
            tier=None if principal.tier is None else principal.tier.name,
            status=principal.standing,
            on_duty=principal.user_id not in off_duty,
            capacity=capacities.get(principal.user_id, capacity) if principal.role is Role.EMPLOYEE else None,
            open_issues=holds.get(principal.user_id, 0),
            state="pending" if await tx.outbox.unfinished(lane_of_person(principal.user_id)) else "settled",
        )
        for principal in principals
    ]


async def list_users(call: Call[UsersQuery]) -> UsersPage:
    """GET /users."""
    asked = call.asked
    async with call.services.store.read() as tx:
        everybody = sorted(await tx.principals.list(), key=lambda principal: principal.login)
        profiles = await tx.principals.profiles([principal.user_id for principal in everybody])
        found = [p for p in everybody if _fits(asked, p, profiles[p.user_id])]
        if asked.on_duty is not None:
            off = await tx.duties.off()
            found = [p for p in found if p.role in COVER_ROLES and (p.user_id not in off) is asked.on_duty]
        page = found[: asked.limit]
        return UsersPage(
            users=await build_user_views(tx, page, call.services.settings.desk.capacity),
            next=page[-1].login if len(found) > asked.limit else None,
        )


def _fits(asked: UsersQuery, principal: Principal, profile: Profile) -> bool:
    text = (asked.q or "").casefold()
    return (
        asked.role in (None, principal.role.value)
        and asked.status in (None, principal.standing)
        and (text in principal.login.casefold() or text in profile.display_name.casefold())
        and (asked.cursor is None or principal.login > asked.cursor)
    )


async def show_user(call: Call[NoQuery]) -> UserView:
    """GET /users/{principal_id}."""
    return await _show(call, PrincipalId(call.path["principal_id"]))


async def _show(call: Call[NoQuery] | Call[UserBody] | Call[UserChangeBody], principal_id: PrincipalId) -> UserView:
    async with call.services.store.read() as tx:
        principal = await tx.principals.load(principal_id)
        if principal is None:
            raise build_no_such("user", principal_id)
        return (await build_user_views(tx, [principal], call.services.settings.desk.capacity))[0]


async def add_user(call: Call[UserBody]) -> UserView | Refuse:
    """POST /users."""
    asked, services = call.asked, call.services

    async def keep(tx: Transaction, principal: Principal) -> None:
        [view] = await build_user_views(tx, [principal], services.settings.desk.capacity)
        await call.keep(tx, view.model_copy(update={"state": "pending"}))

    newcomer = await services.enrolment.build_person(
        asked.login,
        asked.password,
        Role(asked.role),
        None if asked.tier is None else Tier[asked.tier],
        asked.display_name or asked.login,
        services.settings.matrix,
    )
    principal = await services.people.add(
        call.principal, newcomer.principal, newcomer.profile, newcomer.password_hash, keep
    )
    if isinstance(principal, Refuse):
        return principal
    await services.people.wait_until_settled(principal.user_id, services.settings.accounts.change_within_seconds)
    return await _show(call, principal.id)


async def change_user(call: Call[UserChangeBody]) -> UserView | Refuse:
    """PATCH /users/{principal_id}."""
    asked, services = call.asked, call.services
    change = Change(
        role=None if asked.role is None else Role(asked.role),
        tier=None if asked.tier is None else Tier[asked.tier],
        standing=None if asked.status is None else Standing(asked.status),
        on_duty=asked.on_duty,
        capacity=asked.capacity,
        sets_capacity="capacity" in asked.model_fields_set,
    )
    after = await services.people.change(call.principal, PrincipalId(call.path["principal_id"]), change)
    if isinstance(after, Refuse):
        return after
    await services.people.wait_until_settled(after.user_id, services.settings.accounts.change_within_seconds)
    return await _show(call, after.id)


ROUTES: Final[tuple[AnyRoute, ...]] = (
    Route(
        method="GET",
        path=f"{V1}/users",
        who=Who.SUPERVISOR,
        summary="The list of people, robots included",
        takes=UsersQuery,
        gives=UsersPage,
        handle=list_users,
    ),
    Route(
        method="POST",
        path=f"{V1}/users",
        who=Who.ADMIN,
        summary="Add somebody to the list",
        takes=UserBody,
        gives=UserView,
        handle=add_user,
        errors=(Errcode.USER_IN_USE,),
        status=201,
    ),
    Route(
        method="GET",
        path=f"{V1}/users/{{principal_id}}",
        who=Who.SUPERVISOR,
        summary="One of the list, and whether what follows from a change is done",
        takes=NoQuery,
        gives=UserView,
        handle=show_user,
        errors=(Errcode.NOT_FOUND,),
    ),
    Route(
        method="PATCH",
        path=f"{V1}/users/{{principal_id}}",
        who=Who.ADMIN,
        summary="Change what somebody is, suspend them, or let them back",
        takes=UserChangeBody,
        gives=UserView,
        handle=change_user,
        errors=(Errcode.NOT_FOUND,),
    ),
)
