"""The robots there are: `/robots`, for staff. To a guest there are none, and no such route."""

from __future__ import annotations

from typing import Final

from bridge.api.answers import RobotsView, RobotView
from bridge.api.authority import Who
from bridge.api.bodies import NoQuery
from bridge.api.routes import V1, AnyRoute, Call, Route
from policies.names import Role


async def list_robots(call: Call[NoQuery]) -> RobotsView:
    """GET /robots."""
    async with call.services.store.read() as tx:
        directory = await tx.principals.directory()
        robots = [person for _, person in sorted(directory.people.items()) if person.role is Role.ROBOT]
        profiles = await tx.principals.profiles([robot.user_id for robot in robots])
    return RobotsView(
        robots=[
            RobotView(
                user_id=robot.user_id,
                display_name=profiles[robot.user_id].display_name if robot.user_id in profiles else robot.user_id,
                audience=robot.audience,
                status=robot.standing,
            )
            for robot in robots
            if robot.audience is not None
        ]
    )


ROUTES: Final[tuple[AnyRoute, ...]] = (
    Route(
        method="GET",
        path=f"{V1}/robots",
        who=Who.STAFF,
        summary="The robots there are",
        takes=NoQuery,
        gives=RobotsView,
        handle=list_robots,
    ),
)
