"""What guests say about their own issue: `/issues/{issue_id}/rating`, and `/contact`, where they want to be told."""

from __future__ import annotations

from typing import Final

from bridge.api.answers import GuestIssueView
from bridge.api.authority import Who
from bridge.api.bodies import ContactBody, RatingBody
from bridge.api.errors import Errcode
from bridge.api.issue_views import build_guest_view
from bridge.api.issues import parse_issue_id
from bridge.api.pace import check_message
from bridge.api.routes import V1, AnyRoute, Call, Route
from policies.names import Code
from policies.outcomes import Refuse


async def rate(call: Call[RatingBody]) -> GuestIssueView | Refuse:
    """POST /issues/{issue_id}/rating."""
    issue_id = parse_issue_id(call.path["issue_id"])
    check_message(call.services.pace, call.principal)
    record = await call.services.desk.rate(call.principal, issue_id, call.asked.rating, call.asked.comment)
    if isinstance(record, Refuse):
        return record
    async with call.services.store.read() as tx:
        return await build_guest_view(tx, record, call.principal.user_id)


async def leave_contact(call: Call[ContactBody]) -> GuestIssueView | Refuse:
    """POST /issues/{issue_id}/contact."""
    issue_id = parse_issue_id(call.path["issue_id"])
    check_message(call.services.pace, call.principal)
    record = await call.services.desk.leave_contact(call.principal, issue_id, call.asked.contact)
    if isinstance(record, Refuse):
        return record
    async with call.services.store.read() as tx:
        return await build_guest_view(tx, record, call.principal.user_id)


ROUTES: Final[tuple[AnyRoute, ...]] = (
    Route(
        method="POST",
        path=f"{V1}/issues/{{issue_id}}/rating",
        who=Who.GUEST,
        for_widgets=True,
        summary="Say how it was, once for each conclusion; it may be changed for some days",
        takes=RatingBody,
        gives=GuestIssueView,
        handle=rate,
        errors=(
            Errcode.NOT_FOUND,
            Errcode.LIMIT_EXCEEDED,
            Code.ISSUE_NOT_CONCLUDED,
            Code.ISSUE_CONCLUDED,
            Code.TOO_LATE,
        ),
    ),
    Route(
        method="POST",
        path=f"{V1}/issues/{{issue_id}}/contact",
        who=Who.GUEST,
        for_widgets=True,
        summary="Leave an address, to be told when somebody is there",
        takes=ContactBody,
        gives=GuestIssueView,
        handle=leave_contact,
        errors=(Errcode.NOT_FOUND, Errcode.LIMIT_EXCEEDED, Code.ISSUE_CONCLUDED),
    ),
)
