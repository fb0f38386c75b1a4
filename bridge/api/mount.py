"""The API made from its declarations and hung into the application that serves pages and socket too."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version
from typing import Final

from aiohttp import web

from bridge.accounts.enrolment import Enrolment
from bridge.accounts.guests import Guests
from bridge.accounts.principals import Accounts
from bridge.api import (
    audit,
    auth,
    chats,
    docs,
    duty,
    escalations,
    feedback,
    health,
    invitations,
    issues,
    me,
    policy,
    rooms,
    supervision,
    timeline,
    users,
)
from bridge.api import robots as robots_routes
from bridge.api.cors import Cors
from bridge.api.entry import build_handler, build_wrong_method
from bridge.api.middleware import build_middleware
from bridge.api.openapi import build_openapi
from bridge.api.readiness import Pinged, Readiness
from bridge.api.routes import AnyRoute
from bridge.api.services import FloorServices, IssueDesk, Services
from bridge.api.waiting import Waiting
from bridge.config import Settings
from bridge.desk.avatars import Avatars
from bridge.desk.catchup import CatchUp
from bridge.desk.explainer import Explainer
from bridge.desk.people import People
from bridge.desk.profiles import Profiles
from bridge.desk.robots import Robots
from bridge.desk.timeline import Timeline
from bridge.gateway.limits import Pace
from bridge.ports import Clock, Notices, Store

ROUTES: Final[tuple[AnyRoute, ...]] = (
    *auth.ROUTES,
    *invitations.ROUTES,
    *me.ROUTES,
    *users.ROUTES,
    *duty.ROUTES,
    *chats.ROUTES,
    *supervision.ROUTES,
    *issues.ROUTES,
    *escalations.ROUTES,
    *feedback.ROUTES,
    *audit.ROUTES,
    *rooms.ROUTES,
    *timeline.ROUTES,
    *robots_routes.ROUTES,
    *policy.ROUTES,
    *health.ROUTES,
    *docs.ROUTES,
)
"""Every route there is."""


def add_api(
    app: web.Application,
    *,
    accounts: Accounts,
    guests: Guests,
    desk: IssueDesk,
    catch_up: CatchUp,
    robots: Robots,
    notices: Notices,
    profiles: Profiles,
    avatars: Avatars,
    people: People,
    enrolment: Enrolment,
    explainer: Explainer,
    timeline: Timeline,
    floor: FloorServices,
    store: Store,
    homeserver: Pinged,
    clock: Clock,
    settings: Settings,
    pace: Pace,
) -> None:
    """Hang the API into the application: its routes, and the middleware around everything the application serves."""
    services = Services(
        accounts=accounts,
        guests=guests,
        desk=desk,
        catch_up=catch_up,
        robots=robots,
        notices=notices,
        waiting=Waiting(),
        profiles=profiles,
        avatars=avatars,
        people=people,
        enrolment=enrolment,
        explainer=explainer,
        timeline=timeline,
        floor=floor,
        store=store,
        clock=clock,
        settings=settings,
        readiness=Readiness(store, homeserver, clock),
        pace=pace,
        document=build_openapi(ROUTES, version("chaperone")),
    )
    app.middlewares.append(build_middleware(services, Cors(ROUTES, settings.accounts.origins)))
    add_routes(app, ROUTES, services)


def add_routes(app: web.Application, routes: Sequence[AnyRoute], services: Services) -> None:
    """Tell the router. Under each path every method is answered, if only to say which there are."""
    by_path: dict[str, list[AnyRoute]] = {}
    for route in routes:
        by_path.setdefault(route.path, []).append(route)
    for path, declared in by_path.items():
        resource = app.router.add_resource(path)
        for route in declared:
            handler = build_handler(route, services)
            resource.add_route(route.method, handler)
            if route.method == "GET":
                resource.add_route("HEAD", handler)
        resource.add_route("*", build_wrong_method(tuple(declared), services))
