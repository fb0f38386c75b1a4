"""The door of a guest room: guests come in by it, and go out.

    whoever opened the issue: a ghost        invited, joined; the issue waits for it
    another guest of a group, a ghost        invited, joined, beside the issue's own work
    another guest who acts for themselves,   invited; they come when they like, if they like
    here or on another server

An invitation that the rules refuse for good is told in the staff room, where somebody asked for it.
"""

from __future__ import annotations

from bridge.desk.cards import build_notice
from bridge.desk.joining import Joiner, lift_ban
from bridge.desk.line import build_notices
from bridge.desk.lobby import lane_of_guest
from bridge.errors import MatrixRefused, NotYet
from bridge.ports import Homeserver, Notices, OutboxRow, Store
from policies.actions import BringInGuest, InviteGuest, RemoveGuest
from policies.issue import Issue, Status
from policies.names import Code, IssueId, RoomId, UserId
from policies.rooms import Membership

HERE = (Membership.JOIN, Membership.INVITE)


class GuestDoor:
    """Performs what is decided about guests and their room."""

    def __init__(self, store: Store, homeserver: Homeserver, notices: Notices, joiner: Joiner) -> None:
        self._store = store
        self._homeserver = homeserver
        self._notices = notices
        self._joiner = joiner

    async def bring_in(self, row: OutboxRow, action: BringInGuest) -> None:
        """The guest who opened the issue; done when they are in."""
        issue = await self._load(action.issue_id)
        if issue.status is Status.QUEUED:
            return  # it went back to the lobby before they were in
        room_id = _room_of(issue)
        try:
            await self._let_in(room_id, issue.guest, by_themselves=False)
        except MatrixRefused as refused:
            if refused.errcode != Code.NO_COVER:
                raise
            # whoever was let in for this guest has left; their successor would be let in after the guest only
            if issue.status is Status.CONCLUDED or issue.assignee is None:
                return
            await self._joiner.join(room_id, issue.assignee, row.attempts)
            await self._let_in(room_id, issue.guest, by_themselves=False)
        async with self._store.read() as tx:
            notices = await build_notices(tx, issue)
        for notice in notices:
            self._notices.publish(notice)

    async def invite(self, row: OutboxRow, action: InviteGuest) -> None:
        """Another guest of a group; done when a ghost is in, and when anybody else is invited."""
        issue = await self._load(action.issue_id)
        if issue.status is not Status.OPEN:
            return  # the next claim invites them
        async with self._store.read() as tx:
            directory = await tx.principals.directory()
        room_id = _room_of(issue)
        try:
            await self._let_in(room_id, action.user_id, by_themselves=not directory.is_ghost(action.user_id))
        except MatrixRefused as refused:
            if refused.errcode == Code.NO_COVER:
                raise NotYet("nobody is there for them yet") from refused
            if issue.staff_room is None:
                raise NotYet(f"issue {issue.id} has no staff room yet") from refused
            note = build_notice(f"{action.user_id} could not be brought in: {refused.sentence}")
            await self._homeserver.send(issue.staff_room, "m.room.message", note, f"{row.key}.refused")

    async def await_companion(self, issue: Issue, user_id: UserId) -> None:
        """What another guest of a group wrote waits until they are in, if they are on the way.

        :raises NotYet: until then.
        """
        async with self._store.read() as tx:
            is_on_the_way = await tx.outbox.unfinished(lane_of_guest(issue.id, user_id)) > 0
        if is_on_the_way and await self._homeserver.load_membership(_room_of(issue), user_id) is not Membership.JOIN:
            raise NotYet(f"{user_id} is not in the room of issue {issue.id} yet")

    async def remove(self, action: RemoveGuest) -> None:
        """Every guest of the issue; done when they are out."""
        issue = await self._load(action.issue_id)
        room_id = _room_of(issue)
        for user_id in issue.everyone:
            if await self._homeserver.load_membership(room_id, user_id) in HERE:
                await self._homeserver.remove(room_id, user_id, action.reason)

    async def _let_in(self, room_id: RoomId, user_id: UserId, *, by_themselves: bool) -> None:
        membership = await self._homeserver.load_membership(room_id, user_id)
        if membership is Membership.JOIN:
            return
        if membership is Membership.BAN:
            await lift_ban(self._homeserver, room_id, user_id)
        if membership is not Membership.INVITE:
            await self._homeserver.invite(room_id, user_id, {})
        if not by_themselves:
            await self._homeserver.join(room_id, user_id)

    async def _load(self, issue_id: IssueId) -> Issue:
        async with self._store.read() as tx:
            record = await tx.issues.load(issue_id)
        assert record is not None  # noqa: S101  # issues are never deleted, and the row names one
        return record.issue


def _room_of(issue: Issue) -> RoomId:
    if issue.guest_room is None:
        raise NotYet(f"issue {issue.id} has no guest room yet")
    return issue.guest_room
