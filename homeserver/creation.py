"""A room that somebody wants to make, judged as a whole before any of it exists.

What is refused in the middle of createRoom leaves half a room behind. So whatever the request would write is asked
here first, against the room as it would be once its creator is in it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from policies.content import as_mapping, text_at
from policies.names import UserId
from policies.outcomes import ALLOW, Verdict
from policies.people import Directory
from policies.permissions import Draft, may_create_room, may_invite_by_address, may_send
from policies.rooms import Membership, parse_room


@dataclass(frozen=True, slots=True)
class _Written:
    sender: str
    content: Mapping[str, Any]


def may_make_room(creator: UserId, request: Mapping[str, Any], directory: Directory) -> Verdict:
    """Whether all of a createRoom request may be done.

    :param request: its body as the client sent it, of any shape; malformed parts are Synapse's to refuse.
    """
    allowed = may_create_room(directory.who_is(creator))
    if not allowed:
        return allowed
    created = Draft("m.room.create", creator, as_mapping(request.get("creation_content")), "")
    state = {
        ("m.room.create", ""): _Written(creator, created.content),
        ("m.room.member", creator): _Written(creator, {"membership": Membership.JOIN.value}),
    }
    if request.get("invite_3pid"):
        return may_invite_by_address(directory.who_is(creator))
    for draft in (created, *_drafts(creator, request)):
        verdict = may_send(draft, parse_room(state, directory.bot), directory)
        if not verdict:
            return verdict
        if draft.state_key is not None and draft is not created:
            # the next is judged in the room as this one leaves it: of two guests each alone would be let in
            state[draft.type, draft.state_key] = _Written(creator, draft.content)
    return ALLOW


def _drafts(creator: UserId, request: Mapping[str, Any]) -> Iterator[Draft]:
    for event in _list(request.get("initial_state")):
        content = as_mapping(event)
        yield Draft(
            text_at(content, "type"), creator, as_mapping(content.get("content")), text_at(content, "state_key")
        )
    for invited in _list(request.get("invite")):
        yield Draft("m.room.member", creator, {"membership": Membership.INVITE.value}, str(invited))


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
