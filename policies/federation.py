"""People of other servers in our rooms (rule F1).

    message, reaction, redaction, state     their server asks ours first: refused before it exists
    invitation, removal, ban                power levels: nobody of another server has any here
    first join of their server              ours makes the template: refused before it exists
    later joins, leaves, names              nobody asks: what follows from them must be right without it

So the rules hold for them only where their server is told to ask ours, and nobody of another server is brought into a
room where it is not. What nobody asks about is made harmless: an invitation to somebody of another server counts as
their presence (`policies.cover.guests_of`), so that cover cannot go before they come; a leave of theirs takes no cover
away; a name that poses is answered by removal (`homeserver.outsiders`).
"""

from __future__ import annotations

from policies.names import Code, Rule
from policies.outcomes import ALLOW, Refuse, Verdict
from policies.people import Directory, Person
from policies.rooms import Room, RoomKind


def may_come_from_elsewhere(person: Person, room: Room, directory: Directory) -> Verdict:
    """F1: people of other servers come only into rooms where their servers ask ours first.

    The listed ones among them may be in rooms that people made among themselves, as there is nobody to guard there.
    """
    if directory.is_local(person.user_id) or is_guarded(room, directory):
        return ALLOW
    if room.kind is RoomKind.OTHER and not person.is_guest:
        return ALLOW
    return Refuse(
        Rule.F1,
        Code.LOCAL_ONLY,
        "People of other servers come only into rooms where Chaperone's rules reach their server too, and this is "
        "none of them. Open an issue with them instead.",
        {"kind": room.kind, "policy server": "none" if room.policy_server is None else room.policy_server.via},
    )


def is_guarded(room: Room, directory: Directory) -> bool:
    """Whether other servers ask ours before they accept an event here."""
    return room.policy_server is not None and room.policy_server.via == directory.server_name
