"""Invitations: `/invitations`. A link for one guest, made by an employee and given by them to whom they like."""

from __future__ import annotations

from typing import Final

from bridge.accounts.guests import Invited
from bridge.api.answers import InvitationView
from bridge.api.authority import Who
from bridge.api.bodies import InvitationBody
from bridge.api.errors import Errcode
from bridge.api.pace import check_message
from bridge.api.routes import V1, AnyRoute, Call, Route
from bridge.ports import Transaction
from policies.names import Code, IssueId
from policies.outcomes import Refuse


def build_invitation_view(invited: Invited) -> InvitationView:
    """The link, this once."""
    return InvitationView(link=invited.link, expires_at=invited.expires_at)


async def invite(call: Call[InvitationBody]) -> InvitationView | Refuse:
    """POST /invitations."""
    check_message(call.services.pace, call.principal)

    async def keep(tx: Transaction, invited: Invited) -> None:
        await call.keep(tx, build_invitation_view(invited))

    asked = call.asked
    issue_id = None if asked.issue_id is None else IssueId(asked.issue_id)
    invited = await call.services.guests.invite(call.principal, asked.name, keep, issue_id)
    return invited if isinstance(invited, Refuse) else build_invitation_view(invited)


ROUTES: Final[tuple[AnyRoute, ...]] = (
    Route(
        method="POST",
        path=f"{V1}/invitations",
        who=Who.STAFF,
        summary="Make a link by which one guest comes in, once; into a group issue if one is named",
        takes=InvitationBody,
        gives=InvitationView,
        handle=invite,
        errors=(
            Errcode.LIMIT_EXCEEDED,
            Errcode.NOT_FOUND,
            Code.ONE_GUEST_HERE,
            Code.ISSUE_CONCLUDED,
            Code.STAFF_ONLY,
        ),
        status=201,
    ),
)
