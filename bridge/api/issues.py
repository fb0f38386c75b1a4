"""Issues: `/issues…`. Guests open them and see their own; staff see all and act on them. The desk decides."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import Final

from bridge.accounts.principals import normal_login
from bridge.api.answers import GuestIssuesPage, GuestIssueView, IssuesPage, IssueView, SharedView
from bridge.api.authority import Who
from bridge.api.bodies import (
    BringGuestBody,
    ConcludeBody,
    GuestIssuesQuery,
    HandoverBody,
    IssueBody,
    IssuesQuery,
    NoBody,
    NoQuery,
    ReopenBody,
    ShareBody,
)
from bridge.api.errors import Errcode, build_no_such, check_length
from bridge.api.issue_views import build_guest_view, build_view, build_views
from bridge.api.pace import check_message
from bridge.api.routes import V1, AnyRoute, Call, Route
from bridge.desk.commands import parse_user
from bridge.errors import HomeserverAway, MatrixError
from bridge.ports import IssueRecord, Transaction
from policies.issue import Conclusion
from policies.names import Code, EventId, IssueId, Role, Tier, UserId
from policies.outcomes import Refuse

_ISSUE_ID: Final = re.compile(r"[1-9][0-9]{0,17}")


def parse_issue_id(text: str) -> IssueId:
    """The number of an issue from a path.

    :raises ApiFault: 404, as for a number that no issue has.
    """
    if not _ISSUE_ID.fullmatch(text):
        raise build_no_such("issue", text)
    return IssueId(text)


async def open_issue(call: Call[IssueBody]) -> GuestIssueView | Refuse:
    """POST /issues."""
    limits = call.services.settings.desk
    check_length("subject", call.asked.subject, limits.subject_max)
    check_length("message", call.asked.message, limits.message_max)
    check_message(call.services.pace, call.principal)

    async def keep(tx: Transaction, record: IssueRecord) -> None:
        await call.keep(tx, await build_guest_view(tx, record, call.principal.user_id))

    asked = call.asked
    record = await call.services.desk.open_issue(
        call.principal, asked.subject, asked.message, keep, is_group=asked.group
    )
    if isinstance(record, Refuse):
        return record
    async with call.services.store.read() as tx:
        return await build_guest_view(tx, record, call.principal.user_id)


async def list_issues(call: Call[IssuesQuery]) -> IssuesPage | GuestIssuesPage:
    """GET /issues."""
    asked = call.asked
    async with call.services.store.read() as tx:
        records = await tx.issues.list(
            guest_id=call.principal.id if call.is_guest else None,
            status=asked.status,
            tier=Tier[asked.tier] if asked.tier else None,
            assignee=UserId(asked.assignee) if asked.assignee else None,
            text=asked.q,
            before=IssueId(asked.cursor) if asked.cursor else None,
            limit=asked.limit + 1,
        )
        page = records[: asked.limit]
        following = page[-1].issue.id if len(records) > asked.limit else None
        if call.is_guest:
            views = [await build_guest_view(tx, record, call.principal.user_id) for record in page]
            return GuestIssuesPage(issues=views, next=following)
        return IssuesPage(issues=await build_views(tx, page), next=following)


async def show_issue(call: Call[NoQuery]) -> IssueView | GuestIssueView:
    """GET /issues/{issue_id}."""
    issue_id = parse_issue_id(call.path["issue_id"])
    async with call.services.store.read() as tx:
        record = await tx.issues.load(issue_id)
        if record is None or (call.is_guest and call.principal.user_id not in record.issue.everyone):
            raise build_no_such("issue", issue_id)
        return await _build_view_for(call, tx, record)


async def _build_view_for(
    call: Call[NoQuery] | Call[ReopenBody], tx: Transaction, record: IssueRecord
) -> IssueView | GuestIssueView:
    if call.is_guest:
        return await build_guest_view(tx, record, call.principal.user_id)
    return await build_view(tx, record)


async def _changed(
    call: Call[NoBody] | Call[BringGuestBody] | Call[HandoverBody] | Call[ConcludeBody], record: IssueRecord
) -> IssueView:
    async with call.services.store.read() as tx:
        return await build_view(tx, record)


async def claim(call: Call[NoBody]) -> IssueView | Refuse:
    """POST /issues/{issue_id}/claim."""
    record = await call.services.desk.claim(call.principal.user_id, parse_issue_id(call.path["issue_id"]))
    return record if isinstance(record, Refuse) else await _changed(call, record)


async def hand_over(call: Call[HandoverBody]) -> IssueView | Refuse:
    """POST /issues/{issue_id}/handover."""
    to = parse_user(call.asked.to, call.services.settings.matrix.server)
    issue_id = parse_issue_id(call.path["issue_id"])
    record = await call.services.desk.hand_over(call.principal.user_id, issue_id, to)
    return record if isinstance(record, Refuse) else await _changed(call, record)


async def bring_guest(call: Call[BringGuestBody]) -> IssueView | Refuse:
    """POST /issues/{issue_id}/guests."""
    issue_id = parse_issue_id(call.path["issue_id"])
    guest = parse_user(call.asked.guest, call.services.settings.matrix.server)
    async with call.services.store.read() as tx:
        found = await tx.principals.load_by_login(normal_login(call.asked.guest))
    if found is not None and found[0].role is Role.GUEST:
        guest = found[0].user_id
    record = await call.services.desk.bring_guest(call.principal.user_id, issue_id, guest)
    return record if isinstance(record, Refuse) else await _changed(call, record)


async def conclude(call: Call[ConcludeBody]) -> IssueView | Refuse:
    """POST /issues/{issue_id}/conclude."""
    issue_id = parse_issue_id(call.path["issue_id"])
    conclusion = Conclusion(call.asked.conclusion)
    record = await call.services.desk.conclude(call.principal.user_id, issue_id, conclusion, call.asked.note)
    return record if isinstance(record, Refuse) else await _changed(call, record)


async def reopen(call: Call[ReopenBody]) -> IssueView | GuestIssueView | Refuse:
    """POST /issues/{issue_id}/reopen."""
    issue_id = parse_issue_id(call.path["issue_id"])
    message = call.asked.message
    check_length("message", message or "", call.services.settings.desk.message_max)
    if call.is_guest:
        check_message(call.services.pace, call.principal)
    record = await call.services.desk.reopen(call.principal, issue_id, message)
    if isinstance(record, Refuse):
        return record
    async with call.services.store.read() as tx:
        return await _build_view_for(call, tx, record)


async def share(call: Call[ShareBody]) -> SharedView | Refuse:
    """POST /issues/{issue_id}/share."""
    issue_id = parse_issue_id(call.path["issue_id"])
    event_id = EventId(call.asked.event_id)
    async with call.services.store.read() as tx:
        record = await tx.issues.load(issue_id)
    if record is not None and record.issue.staff_room is not None:
        # Whoever reads along with a Matrix client may know of the answer before we were told; if the homeserver
        # does not say, what we were told has to do.
        with suppress(HomeserverAway, MatrixError):
            await call.services.catch_up.look_at(record.issue.staff_room)
    shared = await call.services.desk.share(call.principal.user_id, issue_id, event_id, call.asked.body)
    return shared if isinstance(shared, Refuse) else SharedView(id=shared)


ROUTES: Final[tuple[AnyRoute, ...]] = (
    Route(
        method="POST",
        path=f"{V1}/issues",
        who=Who.GUEST,
        for_widgets=True,
        summary="Open an issue with its first words",
        takes=IssueBody,
        gives=GuestIssueView,
        handle=open_issue,
        errors=(Errcode.LIMIT_EXCEEDED,),
        status=201,
    ),
    Route(
        method="GET",
        path=f"{V1}/issues",
        who=Who.SIGNED_IN,
        for_widgets=True,
        summary="List issues, newest first; guests see their own",
        takes=IssuesQuery,
        guests_take=GuestIssuesQuery,
        gives=IssuesPage,
        guests_get=GuestIssuesPage,
        handle=list_issues,
    ),
    Route(
        method="GET",
        path=f"{V1}/issues/{{issue_id}}",
        who=Who.SIGNED_IN,
        for_widgets=True,
        summary="One issue",
        takes=NoQuery,
        gives=IssueView,
        guests_get=GuestIssueView,
        handle=show_issue,
        errors=(Errcode.NOT_FOUND,),
    ),
    Route(
        method="POST",
        path=f"{V1}/issues/{{issue_id}}/claim",
        who=Who.STAFF,
        summary="Take a queued issue; of two at once exactly one gets it",
        takes=NoBody,
        gives=IssueView,
        handle=claim,
        errors=(
            Errcode.NOT_FOUND,
            Code.ALREADY_CLAIMED,
            Code.AT_CAPACITY,
            Code.ISSUE_CONCLUDED,
            Code.WRONG_TIER,
            Code.STAFF_ONLY,
        ),
    ),
    Route(
        method="POST",
        path=f"{V1}/issues/{{issue_id}}/handover",
        who=Who.STAFF,
        summary="Make a colleague answerable",
        takes=HandoverBody,
        gives=IssueView,
        handle=hand_over,
        errors=(Errcode.NOT_FOUND, Code.NOT_YOUR_ISSUE, Code.AT_CAPACITY, Code.STAFF_ONLY, Code.ISSUE_NOT_OPEN),
    ),
    Route(
        method="POST",
        path=f"{V1}/issues/{{issue_id}}/guests",
        who=Who.STAFF,
        summary="Bring another guest into a group issue",
        takes=BringGuestBody,
        gives=IssueView,
        handle=bring_guest,
        errors=(
            Errcode.NOT_FOUND,
            Code.ONE_GUEST_HERE,
            Code.ISSUE_CONCLUDED,
            Code.STAFF_ONLY,
            Code.NOT_PERMITTED,
        ),
    ),
    Route(
        method="POST",
        path=f"{V1}/issues/{{issue_id}}/conclude",
        who=Who.STAFF,
        summary="End the issue's present epoch",
        takes=ConcludeBody,
        gives=IssueView,
        handle=conclude,
        errors=(Errcode.NOT_FOUND, Code.ISSUE_CONCLUDED, Code.STAFF_ONLY),
    ),
    Route(
        method="POST",
        path=f"{V1}/issues/{{issue_id}}/reopen",
        who=Who.SIGNED_IN,
        summary="Go on with a concluded issue, as a new epoch; its guest may for some days",
        takes=ReopenBody,
        gives=IssueView,
        guests_get=GuestIssueView,
        handle=reopen,
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
        path=f"{V1}/issues/{{issue_id}}/share",
        who=Who.STAFF,
        summary="Give the guest a copy of a robot's answer",
        takes=ShareBody,
        gives=SharedView,
        handle=share,
        errors=(Errcode.NOT_FOUND, Code.NOTHING_TO_SHARE, Code.ISSUE_NOT_OPEN, Code.STAFF_ONLY),
    ),
)
