"""Up and down the tiers: `/issues/{issue_id}/escalate`, `/deescalate`. And taking back what was shared: `/unshare`."""

from __future__ import annotations

from typing import Final

from bridge.api.answers import IssueView, UnsharedView
from bridge.api.authority import Who
from bridge.api.bodies import DeescalateBody, EscalateBody, UnshareBody
from bridge.api.errors import Errcode
from bridge.api.issue_views import build_view
from bridge.api.issues import parse_issue_id
from bridge.api.routes import V1, AnyRoute, Call, Route
from policies.escalation import Mode
from policies.names import Code, EventId
from policies.outcomes import Refuse


async def escalate(call: Call[EscalateBody]) -> IssueView | Refuse:
    """POST /issues/{issue_id}/escalate."""
    asked, issue_id = call.asked, parse_issue_id(call.path["issue_id"])
    actor = call.principal.user_id
    record = await call.services.desk.escalate(actor, issue_id, Mode(asked.mode), asked.reason, asked.note)
    if isinstance(record, Refuse):
        return record
    async with call.services.store.read() as tx:
        return await build_view(tx, record)


async def deescalate(call: Call[DeescalateBody]) -> IssueView | Refuse:
    """POST /issues/{issue_id}/deescalate."""
    issue_id = parse_issue_id(call.path["issue_id"])
    record = await call.services.desk.deescalate(call.principal.user_id, issue_id, call.asked.reason)
    if isinstance(record, Refuse):
        return record
    async with call.services.store.read() as tx:
        return await build_view(tx, record)


async def unshare(call: Call[UnshareBody]) -> UnsharedView | Refuse:
    """POST /issues/{issue_id}/unshare."""
    issue_id = parse_issue_id(call.path["issue_id"])
    taken = await call.services.desk.unshare(call.principal.user_id, issue_id, EventId(call.asked.event_id))
    return taken if isinstance(taken, Refuse) else UnsharedView(ids=taken)


ROUTES: Final[tuple[AnyRoute, ...]] = (
    Route(
        method="POST",
        path=f"{V1}/issues/{{issue_id}}/escalate",
        who=Who.STAFF,
        summary="One tier up, in place or to a new room; the answer names the child, which goes on",
        takes=EscalateBody,
        gives=IssueView,
        handle=escalate,
        errors=(
            Errcode.NOT_FOUND,
            Code.STAFF_ONLY,
            Code.ISSUE_CONCLUDED,
            Code.ISSUE_NOT_OPEN,
            Code.ALREADY_ESCALATED,
            Code.NOT_YOUR_ISSUE,
        ),
    ),
    Route(
        method="POST",
        path=f"{V1}/issues/{{issue_id}}/deescalate",
        who=Who.STAFF,
        summary="One tier down, or a supervisor called off",
        takes=DeescalateBody,
        gives=IssueView,
        handle=deescalate,
        errors=(Errcode.NOT_FOUND, Code.STAFF_ONLY, Code.ISSUE_CONCLUDED, Code.LOWEST_TIER, Code.NOT_YOUR_ISSUE),
    ),
    Route(
        method="POST",
        path=f"{V1}/issues/{{issue_id}}/unshare",
        who=Who.STAFF,
        summary="Take back the copy that the guest was given of an answer",
        takes=UnshareBody,
        gives=UnsharedView,
        handle=unshare,
        errors=(Errcode.NOT_FOUND, Code.STAFF_ONLY, Code.NOT_SHARED),
    ),
)
