"""Telling rooms whom other servers shall ask about them, once that is somebody else than it was (rule F1).

    the module's newest key ── is what the policy room says? ─▶ nothing to do
                                     └─ no ─▶ each room that names an older one ─▶ then the policy room, last

A room made from now on names the newest key from the start. Cut off in the middle, it is done again: the policy room,
where the key means nothing to anybody else, is told once every other room was. The homeserver signs in each room by
the key that the room names, so that it does not matter how long this takes.
"""

from __future__ import annotations

import structlog

from bridge.errors import MatrixMissing, MatrixRefused
from bridge.ports import Homeserver, Store
from policies.names import RoomId
from policies.policy_server import POLICY_STATE, build_policy_state
from policies.rooms import RoomKind

log = structlog.get_logger()


async def perform_policy_server(store: Store, homeserver: Homeserver, policy_room: RoomId) -> None:
    """Put the newest key into every room that other servers can see."""
    server = await homeserver.load_policy_server()
    if server is None:
        return
    newest = build_policy_state(server)
    if await homeserver.load_state(policy_room, POLICY_STATE, "") == newest:
        return
    async with store.read() as tx:
        rooms = [room.room_id for kind in (RoomKind.GUEST, RoomKind.LOUNGE) for room in await tx.rooms.of_kind(kind)]
    told = 0
    for room_id in rooms:
        try:
            named = await homeserver.load_state(room_id, POLICY_STATE, "")
            if named is None or named == newest:  # without one, other servers do not see the room
                continue
            await homeserver.set_state(room_id, POLICY_STATE, "", newest)
            told += 1
        except (MatrixRefused, MatrixMissing) as fault:  # it is gone, or not ours any more
            log.warning("policy_server.room_not_told", room=room_id, errcode=fault.errcode)
    await homeserver.set_state(policy_room, POLICY_STATE, "", newest)
    log.info("policy_server.changed", rooms=told)
