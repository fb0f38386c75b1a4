"""The rules, asked what they would say: `/policy/explain`, for supervisors."""

from __future__ import annotations

from typing import Any, Final

from bridge.api.answers import ExplanationView, FlipView, TurnedView
from bridge.api.authority import Who
from bridge.api.bodies import ExplainBody
from bridge.api.errors import ApiFault, Errcode
from bridge.api.routes import V1, AnyRoute, Call, Route
from bridge.desk.commands import parse_user
from policies.cases import NEEDS_ISSUE, NEEDS_ROOM, NEEDS_TARGET
from policies.explain import Explanation
from policies.names import IssueId, RoomId
from policies.outcomes import Refuse


def build_explanation_view(explanation: Explanation) -> ExplanationView:
    """What was found out."""
    verdict = explanation.verdict
    refusal: dict[str, Any] = {"allowed": True, "rule": None, "code": None, "sentence": None, "facts": {}}
    if isinstance(verdict, Refuse):
        refusal = {
            "allowed": False,
            "rule": verdict.rule,
            "code": verdict.code,
            "sentence": verdict.sentence,
            "facts": dict(verdict.facts),
        }
    flips = [
        FlipView(
            rule=flip.rule,
            facts=[TurnedView(fact=one.fact, now=one.now, otherwise=one.otherwise) for one in flip.facts],
        )
        for flip in explanation.flips
    ]
    return ExplanationView(**refusal, flips=flips)


async def explain_policy(call: Call[ExplainBody]) -> ExplanationView:
    """POST /policy/explain."""
    asked, server = call.asked, call.services.settings.matrix.server
    for where, missing in (
        ("room", asked.action in NEEDS_ROOM - NEEDS_ISSUE and asked.room is None),
        ("issue", asked.action in NEEDS_ISSUE and asked.room is None and asked.issue is None),
        ("target", asked.action in NEEDS_TARGET and asked.target is None),
    ):
        if missing:
            faults = [{"where": where, "fault": f"is needed to {asked.action.replace('_', ' ')}"}]
            raise ApiFault(Errcode.BAD_JSON, "The body does not fit.", {"faults": faults})
    explanation = await call.services.explainer.explain(
        parse_user(asked.actor, server),
        asked.action,
        room_id=None if asked.room is None else RoomId(asked.room),
        target=None if asked.target is None else parse_user(asked.target, server),
        issue_id=None if asked.issue is None else IssueId(asked.issue),
        body=asked.body,
        name=asked.name,
    )
    return build_explanation_view(explanation)


ROUTES: Final[tuple[AnyRoute, ...]] = (
    Route(
        method="POST",
        path=f"{V1}/policy/explain",
        who=Who.SUPERVISOR,
        summary="What the rules would say, and what their answer hangs on",
        takes=ExplainBody,
        gives=ExplanationView,
        handle=explain_policy,
        errors=(Errcode.NOT_FOUND, Errcode.HOMESERVER_AWAY),
    ),
)
