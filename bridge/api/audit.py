"""What was decided about an issue: `/issues/{issue_id}/audit`, for those who supervise."""

from __future__ import annotations

from typing import Final

from bridge.api.answers import AuditEntryView, AuditPage
from bridge.api.authority import Who
from bridge.api.bodies import AuditQuery
from bridge.api.errors import Errcode, build_no_such
from bridge.api.issues import parse_issue_id
from bridge.api.routes import V1, AnyRoute, Call, Route
from bridge.chain import AuditEntry
from bridge.desk.audit import about_issue


def build_entry_view(entry: AuditEntry) -> AuditEntryView:
    """An entry as the API shows it."""
    verdict = entry.verdict or {}
    return AuditEntryView(
        seq=entry.seq,
        at=entry.at,
        actor=entry.actor,
        what=entry.what,
        facts=dict(entry.facts),
        allowed=verdict.get("allow"),
        rule=verdict.get("rule"),
        code=verdict.get("code"),
        reasons=dict(verdict.get("facts", {})),
        configuration=entry.configuration,
        hash=entry.hash,
    )


async def list_decisions(call: Call[AuditQuery]) -> AuditPage:
    """GET /issues/{issue_id}/audit."""
    issue_id = parse_issue_id(call.path["issue_id"])
    asked = call.asked
    async with call.services.store.read() as tx:
        if await tx.issues.load(issue_id) is None:
            raise build_no_such("issue", issue_id)
        entries = await tx.audit.entries(subject=about_issue(issue_id), after=asked.cursor, limit=asked.limit + 1)
    page = entries[: asked.limit]
    following = page[-1].seq if len(entries) > asked.limit else None
    return AuditPage(entries=[build_entry_view(entry) for entry in page], next=following)


ROUTES: Final[tuple[AnyRoute, ...]] = (
    Route(
        method="GET",
        path=f"{V1}/issues/{{issue_id}}/audit",
        who=Who.SUPERVISOR,
        summary="What was decided about an issue, by whom and by which facts, oldest first",
        takes=AuditQuery,
        gives=AuditPage,
        handle=list_decisions,
        errors=(Errcode.NOT_FOUND,),
    ),
)
