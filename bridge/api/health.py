"""Alive (`/healthz`) and ready (`/readyz`): for whoever watches over processes. Outside of `/api/v1`, no login."""

from __future__ import annotations

from typing import Final

from bridge.api.answers import HealthView, ReadyView
from bridge.api.authority import Who
from bridge.api.bodies import NoQuery
from bridge.api.errors import ApiFault, Errcode
from bridge.api.routes import AnyRoute, Call, Route


async def be_alive(call: Call[NoQuery]) -> HealthView:
    """GET /healthz."""
    return HealthView()


async def be_ready(call: Call[NoQuery]) -> ReadyView:
    """GET /readyz."""
    parts = await call.services.readiness.load()
    missing = [name for name, answers in parts.items() if not answers]
    if missing:
        raise ApiFault(
            Errcode.NOT_READY,
            f"No answer from: {', '.join(missing)}.",
            {"ready": False, "parts": {name: "ok" if answers else "no answer" for name, answers in parts.items()}},
            {"Retry-After": "2"},
        )
    return ReadyView(parts=dict.fromkeys(parts, "ok"))


ROUTES: Final[tuple[AnyRoute, ...]] = (
    Route(
        method="GET",
        path="/healthz",
        who=Who.ANYONE,
        summary="Whether the process is alive",
        takes=NoQuery,
        gives=HealthView,
        handle=be_alive,
    ),
    Route(
        method="GET",
        path="/readyz",
        who=Who.ANYONE,
        summary="Whether database and homeserver answer",
        takes=NoQuery,
        gives=ReadyView,
        handle=be_ready,
        errors=(Errcode.NOT_READY,),
    ),
)
