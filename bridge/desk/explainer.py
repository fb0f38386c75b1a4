"""Why may somebody, or may they not: a question about people and rooms as they are now, put to `policies.explain`.

The room is read from the homeserver and not from the projection: what the doors decide by is its state.
"""

from __future__ import annotations

from bridge.errors import MatrixMissing, MatrixRefused, Unknown
from bridge.ports import Homeserver, IssueRecord, Store, Transaction
from policies.cases import Act, Case
from policies.explain import Explanation, explain
from policies.names import IssueId, RoomId, UserId
from policies.rooms import Room, RoomKind, parse_room


class Explainer:
    """Answers it."""

    def __init__(self, store: Store, homeserver: Homeserver, bot: UserId) -> None:
        self._store = store
        self._homeserver = homeserver
        self._bot = bot

    async def explain(
        self,
        actor: UserId,
        act: Act,
        *,
        room_id: RoomId | None = None,
        target: UserId | None = None,
        issue_id: IssueId | None = None,
        body: str | None = None,
        name: str | None = None,
    ) -> Explanation:
        """The verdict, and what it hangs on.

        :raises Unknown: if there is no such room or issue.
        """
        async with self._store.read() as tx:
            directory = await tx.principals.directory()
            record = await _load_issue(tx, issue_id, room_id)
        return explain(
            Case(
                actor,
                act,
                directory,
                Room(RoomKind.OTHER) if room_id is None else await self._load_room(room_id),
                target,
                None if record is None else record.issue,
                body=body or "Hello.",
                name=name or "",
            )
        )

    async def _load_room(self, room_id: RoomId) -> Room:
        try:
            return parse_room(await self._homeserver.load_whole_state(room_id), self._bot)
        except (MatrixMissing, MatrixRefused):
            raise Unknown("room", room_id) from None


async def _load_issue(tx: Transaction, issue_id: IssueId | None, room_id: RoomId | None) -> IssueRecord | None:
    if issue_id is None:
        return None if room_id is None else await tx.issues.load_by_room(room_id)
    record = await tx.issues.load(issue_id)
    if record is None:
        raise Unknown("issue", issue_id)
    return record
