"""The robots there are, and those that help with an issue: `/robots`, `/issues/{issue_id}/robots`, `…/ask`.

For staff. To a guest there are none, and no such routes.
"""

from __future__ import annotations

from typing import Final
from uuid import uuid4

from bridge.api.answers import PresentRobotsView, RobotsView, RobotView, WrittenView
from bridge.api.authority import Who
from bridge.api.bodies import AskBody, NoQuery, RobotBody
from bridge.api.errors import Errcode, check_length
from bridge.api.issues import parse_issue_id
from bridge.api.pace import check_message
from bridge.api.routes import V1, AnyRoute, Call, Route
from bridge.desk.commands import parse_user
from bridge.desk.robots import Ask, AskKind, build_question
from bridge.ports import Transaction, Words
from policies.names import Code, IssueId, Role
from policies.outcomes import Refuse


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


async def list_present(call: Call[NoQuery]) -> PresentRobotsView:
    """GET /issues/{issue_id}/robots."""
    return await _present(call, parse_issue_id(call.path["issue_id"]))


async def _present(call: Call[NoQuery] | Call[RobotBody], issue_id: IssueId) -> PresentRobotsView:
    return PresentRobotsView(robots=[*await call.services.robots.load_present(issue_id)])


async def bring(call: Call[RobotBody]) -> PresentRobotsView | Refuse:
    """POST /issues/{issue_id}/robots."""
    issue_id = parse_issue_id(call.path["issue_id"])
    robot = parse_user(call.asked.robot, call.services.settings.matrix.server)
    record = await call.services.robots.bring(call.principal.user_id, issue_id, robot)
    return record if isinstance(record, Refuse) else await _present(call, issue_id)


async def send_away(call: Call[RobotBody]) -> PresentRobotsView | Refuse:
    """DELETE /issues/{issue_id}/robots."""
    issue_id = parse_issue_id(call.path["issue_id"])
    robot = parse_user(call.asked.robot, call.services.settings.matrix.server)
    record = await call.services.robots.send_away(call.principal.user_id, issue_id, robot)
    return record if isinstance(record, Refuse) else await _present(call, issue_id)


async def ask(call: Call[AskBody]) -> WrittenView | Refuse:
    """POST /issues/{issue_id}/ask."""
    issue_id = parse_issue_id(call.path["issue_id"])
    asked, services = call.asked, call.services
    robot = parse_user(asked.robot, services.settings.matrix.server)
    question = Ask(robot, asked.text, AskKind(asked.kind), asked.attachments)
    check_length("attachments", build_question(question), services.settings.desk.message_max)
    check_message(services.pace, call.principal)

    async def keep(tx: Transaction, words: Words) -> None:
        await call.keep(tx, _written(words))

    words = await services.robots.ask(call.principal, issue_id, question, asked.txn_id or uuid4().hex, keep)
    return words if isinstance(words, Refuse) else _written(words)


def _written(words: Words) -> WrittenView:
    return WrittenView(txn_id=words.txn_id, event_id=words.event_id)


_CHANGE_ERRORS: Final = (
    Errcode.NOT_FOUND,
    Code.STAFF_ONLY,
    Code.ROBOTS_STAY_OUT,
    Code.ISSUE_CONCLUDED,
    Code.ISSUE_NOT_OPEN,
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
    Route(
        method="GET",
        path=f"{V1}/issues/{{issue_id}}/robots",
        who=Who.STAFF,
        summary="The robots in an issue's staff room",
        takes=NoQuery,
        gives=PresentRobotsView,
        handle=list_present,
        errors=(Errcode.NOT_FOUND,),
    ),
    Route(
        method="POST",
        path=f"{V1}/issues/{{issue_id}}/robots",
        who=Who.STAFF,
        summary="Bring a robot into an issue's staff room",
        takes=RobotBody,
        gives=PresentRobotsView,
        handle=bring,
        errors=_CHANGE_ERRORS,
    ),
    Route(
        method="DELETE",
        path=f"{V1}/issues/{{issue_id}}/robots",
        who=Who.STAFF,
        summary="Send a robot away",
        takes=RobotBody,
        gives=PresentRobotsView,
        handle=send_away,
        errors=_CHANGE_ERRORS,
    ),
    Route(
        method="POST",
        path=f"{V1}/issues/{{issue_id}}/ask",
        who=Who.STAFF,
        summary="Ask a robot in the staff room, as oneself; it answers there, in a thread",
        takes=AskBody,
        gives=WrittenView,
        handle=ask,
        status=201,
        errors=(
            *_CHANGE_ERRORS,
            Code.NOT_A_MEMBER,
            Code.ASK_IN_STAFF_ROOM,
            Code.ROBOTS_MAY_NOT,
            Code.OLD_EPOCH,
            Code.TXN_REUSED,
        ),
    ),
)
