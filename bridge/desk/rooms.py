"""The rooms Chaperone makes: their names, topics, visibility and first state."""

from __future__ import annotations

from typing import Any, Final

from bridge.ports import Chat, RoomPlan
from policies.issue import Issue, Side, build_issue_state
from policies.names import ISSUE_STATE, RoomAlias, RoomId, ServerName, Tier, UserId
from policies.policy_server import POLICY_STATE, PolicyServer, build_policy_state
from policies.rooms import RoomKind, build_power_levels

LONGEST_NAME: Final = 60
_TOPICS: Final = {
    RoomKind.DIRECT: "A chat of two. A supervisor can come in, and is seen when they do.",
    RoomKind.GROUP: "A chat of staff. Whoever is here may invite others of the staff.",
    RoomKind.SOLO: "Notes to oneself.",
}


def policy_alias(server_name: ServerName) -> RoomAlias:
    """Where Synapse's module looks for the directory."""
    return RoomAlias(f"#chaperone-policy:{server_name}")


def queue_alias(tier: Tier, server_name: ServerName) -> RoomAlias:
    """Where a tier's queue is listed."""
    return RoomAlias(f"#chaperone-queue-{tier.name.lower()}:{server_name}")


def build_policy_room(server_name: ServerName) -> RoomPlan:
    """The room whose state is the directory. It never federates."""
    return RoomPlan(
        alias=policy_alias(server_name),
        kind=RoomKind.POLICY,
        name="Chaperone · who is who",
        topic="The directory of staff and robots. Kept by Chaperone.",
        power_levels=build_power_levels(RoomKind.POLICY, ()) | {"events_default": 100},
        history_visibility="shared",
    )


def build_queue_room(tier: Tier, server_name: ServerName) -> RoomPlan:
    """The room that lists the issues waiting for a tier, a card each."""
    return RoomPlan(
        alias=queue_alias(tier, server_name),
        kind=RoomKind.QUEUE,
        name=f"{tier} · queue",
        topic="Issues that wait. Tap ✋ under one to claim it, or write !claim. !help lists what else there is.",
        power_levels=build_power_levels(RoomKind.QUEUE, ()),
        history_visibility="shared",
    )


def space_alias(tier: Tier, server_name: ServerName) -> RoomAlias:
    """Where a tier's rooms are listed."""
    return RoomAlias(f"#chaperone-space-{tier.name.lower()}:{server_name}")


def build_space(tier: Tier, server_name: ServerName) -> RoomPlan:
    """The space in which a tier finds its queue and the rooms of its issues."""
    return RoomPlan(
        alias=space_alias(tier, server_name),
        kind=RoomKind.SPACE,
        name=f"{tier} · desk",
        topic=f"The queue of {tier}, and both rooms of each of its issues that has not ended.",
        power_levels=build_power_levels(RoomKind.SPACE, ()),
        history_visibility="shared",
    )


def build_issue_room(issue: Issue, side: Side, alias: RoomAlias, policy_server: PolicyServer | None = None) -> RoomPlan:
    """One of an issue's pair. The guest's room carries nothing from which the staff's could be known to exist.

    :param policy_server: whom other servers shall ask. Without one they do not get to see the room (rule F1).
    """
    staff = [issue.assignee] if issue.assignee else []
    state: list[tuple[str, str, dict[str, Any]]] = [(ISSUE_STATE, "", build_issue_state(issue, side))]
    subject = issue.subject if len(issue.subject) <= LONGEST_NAME else issue.subject[: LONGEST_NAME - 1] + "…"
    if side is Side.GUEST:
        if policy_server is not None:
            state.append((POLICY_STATE, "", build_policy_state(policy_server)))
        return RoomPlan(
            alias=alias,
            kind=RoomKind.GUEST,
            name=f"{issue.id} · {subject}",
            topic=issue.subject,
            power_levels=build_power_levels(RoomKind.GUEST, staff),
            history_visibility="joined",
            federated=policy_server is not None,
            is_group=issue.is_group,
            state=state,
        )
    return RoomPlan(
        alias=alias,
        kind=RoomKind.STAFF,
        name=f"{issue.id} · staff",
        topic=f"{issue.subject} — the guest's room: {link_to(issue.guest_room)}",
        power_levels=build_power_levels(RoomKind.STAFF, staff),
        history_visibility="shared",
        state=state,
    )


def build_chat_room(chat: Chat, alias: RoomAlias) -> RoomPlan:
    """A chat among staff. It never federates; a supervisor who comes in reads what was said before, too."""
    return RoomPlan(
        alias=alias,
        kind=chat.kind,
        name=chat.name,
        topic=_TOPICS[chat.kind],
        power_levels=build_power_levels(chat.kind, [chat.opened_by]),
        history_visibility="shared",
    )


def link_to(target: RoomId | UserId | None) -> str:
    """A link that every Matrix client opens (specification, appendices, "matrix.to navigation")."""
    return f"https://matrix.to/#/{target}" if target else "none yet"
