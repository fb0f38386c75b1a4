"""Where a module's callback would be too dear, too silent, or is not there at all, ours is asked ahead of Synapse.

    Synapse calls ─▶ ours, with the same arguments ── raises ──▶ the client gets our code and sentence
                          └ returns ─▶ Synapse's own method, and in it whatever other modules registered

Registered the usual way, `check_event_allowed` and `on_new_event` have the whole state of the room loaded for each
event; a refused deactivation or shutdown loses its sentence; and nobody is asked about a display name, an invitation
by address, or a knock elsewhere. All of these are Synapse's own methods, so at the start each is looked at: where one
has gone, or takes other arguments, Synapse does not start.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Awaitable, Callable
from enum import Enum
from typing import Any, Final

from synapse.module_api import ModuleApi

from homeserver.errors import UnknownSynapse
from homeserver.internals import reach

Ours = Callable[..., Awaitable[None]]
Theirs = Callable[..., Awaitable[Any]]

_RULES: Final = "_callbacks.third_party_event_rules"
_MEMBERS: Final = "_hs.get_room_member_handler()"
_PROFILES: Final = "_hs.get_profile_handler()"


class Door(Enum):
    """A method of Synapse's: whose it is, seen from `ModuleApi`, its name, and the arguments that ours rely on."""

    EVENT = (_RULES, "check_event_allowed", "event, context")
    NEW_EVENT = (_RULES, "on_new_event", "event_id")
    DEACTIVATION = (_RULES, "check_can_deactivate_user", "user_id, by_admin")
    SHUTDOWN = (_RULES, "check_can_shutdown_room", "user_id, room_id")
    DISPLAY_NAME = (_PROFILES, "set_displayname", "target_user, requester, new_displayname, by_admin, propagate")
    ADDRESS_INVITE = (_MEMBERS, "do_3pid_invite", "room_id, inviter, medium, address")
    MEMBERSHIP = (_MEMBERS, "update_membership_locked", "requester, target, room_id, action")
    KNOCK_ELSEWHERE = (_MEMBERS, "remote_knock", "requester, remote_room_hosts, room_id, user, content")

    @property
    def owner(self) -> str:
        """The way to the object that has the method."""
        return self.value[0]

    @property
    def method(self) -> str:
        """The method's name."""
        return self.value[1]

    @property
    def arguments(self) -> list[str]:
        """The first of its arguments, in order."""
        return self.value[2].split(", ")


class Doors:
    """All of them, checked."""

    def __init__(self, api: ModuleApi) -> None:
        """:raises UnknownSynapse: naming each method that is not there, or not as it was."""
        self._owners = {path: reach(api, path) for path in {door.owner for door in Door}}
        missing = [f"{door.owner}.{door.method}({door.value[2]})" for door in Door if not self._is_there(door)]
        if missing:
            raise UnknownSynapse(sorted(missing))

    def ask_first(self, door: Door, ours: Ours) -> None:
        """From now on have `ours` asked first; it refuses by raising `Refusal`."""

        async def both(theirs: Theirs, *args: Any, **kwargs: Any) -> Any:
            await ours(*args, **kwargs)
            return await theirs(*args, **kwargs)

        self.stand_around(door, both)

    def stand_around(self, door: Door, ours: Callable[..., Awaitable[Any]]) -> None:
        """From now on have `ours` called instead, with Synapse's own method before the arguments."""
        theirs = getattr(self._owners[door.owner], door.method)
        setattr(self._owners[door.owner], door.method, functools.wraps(theirs)(functools.partial(ours, theirs)))

    def _is_there(self, door: Door) -> bool:
        method = getattr(self._owners[door.owner], door.method, None)
        if not callable(method):
            return False
        return [*inspect.signature(method).parameters][: len(door.arguments)] == door.arguments
