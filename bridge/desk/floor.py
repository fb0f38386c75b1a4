"""How things stand among the staff: who is on duty, what each holds, and how much each may hold."""

from __future__ import annotations

from bridge.desk.work import Work
from bridge.ports import Transaction
from policies.assignment import Floor, may_take_more
from policies.names import UserId
from policies.outcomes import ALLOW, Verdict
from policies.people import Person


async def load_floor(tx: Transaction, capacity: int | None) -> Floor:
    """All of it, as of now.

    :param capacity: of whoever has no number of their own.
    """
    return Floor(
        off_duty=await tx.duties.off(),
        holds=await tx.issues.open_by_assignee(),
        capacities=await tx.duties.capacities(),
        capacity=capacity,
    )


async def ask_for_room(work: Work, actor: UserId, person: Person, capacity: int | None) -> Verdict:
    """Whether somebody may be given one more issue. Inside one transaction, so that two at once count each other."""
    floor = await load_floor(work.tx, capacity)
    most = floor.capacity_of(person.user_id)
    if most is None:
        return ALLOW
    return await work.ask(may_take_more, actor, person, floor.holds.get(person.user_id, 0), most)
