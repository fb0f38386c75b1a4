"""Rooms as supervisors see them from outside: what each is for, who is in it, how many of whom."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bridge.ports import RoomRecord, Transaction
from policies.names import Role, Tier, UserId
from policies.people import Directory
from policies.rooms import Membership


@dataclass(frozen=True, slots=True)
class HeadCount:
    """How many of each are in a room. The bridge, who is in all of them, does not count."""

    guests: int
    staff: int
    robots: int
    invited: int


@dataclass(frozen=True, slots=True)
class ListedRoom:
    """A room and how many are in it."""

    record: RoomRecord
    heads: HeadCount
    is_encrypted: bool


@dataclass(frozen=True, slots=True)
class Participant:
    """Somebody who is in a room, or invited to it."""

    user_id: UserId
    name: str
    role: Role
    tier: Tier | None
    membership: Membership


async def load_listed(tx: Transaction, record: RoomRecord, directory: Directory) -> ListedRoom:
    """One room."""
    members = await tx.rooms.members(record.room_id)
    return ListedRoom(record, count_heads(members, directory), await tx.rooms.is_encrypted(record.room_id))


def count_heads(members: Mapping[UserId, Membership], directory: Directory) -> HeadCount:
    """Who is there."""
    joined = [directory.who_is(user) for user, membership in members.items() if membership is Membership.JOIN]
    guests = sum(person.is_guest for person in joined)
    robots = sum(person.role is Role.ROBOT for person in joined)
    bridge = sum(person.is_bridge for person in joined)
    invited = sum(membership is Membership.INVITE for user, membership in members.items() if user != directory.bot)
    return HeadCount(guests, len(joined) - guests - robots - bridge, robots, invited)


async def load_participants(tx: Transaction, record: RoomRecord) -> list[Participant]:
    """Everybody but the bridge, in the order of their user ids."""
    directory = await tx.principals.directory()
    members = await tx.rooms.members(record.room_id)
    present = sorted(u for u, m in members.items() if m in (Membership.JOIN, Membership.INVITE) and u != directory.bot)
    profiles = await tx.principals.profiles(present)
    return [
        Participant(
            user_id=user_id,
            name=profiles[user_id].display_name if user_id in profiles else user_id,
            role=directory.who_is(user_id).role,
            tier=directory.who_is(user_id).tier,
            membership=members[user_id],
        )
        for user_id in present
    ]
