"""Which robots are in the staff room of an issue: brought in and sent away by staff, one by one (rule R2)."""

from __future__ import annotations

from policies.actions import Action, LetIn, SendAway, Tell
from policies.issue import Issue, Side, Status
from policies.names import Code, Role, Rule
from policies.outcomes import ALLOW, Refuse, Verdict
from policies.people import Person, localpart_of


def may_change_company(issue: Issue, actor: Person, robot: Person) -> Verdict:
    """R2: employees bring a staff robot into the staff room of an issue that is not concluded, or send it away."""
    if not actor.has_rank(Role.EMPLOYEE):
        return Refuse(
            Rule.R2,
            Code.STAFF_ONLY,
            "Only employees may bring robots in and send them away.",
            {"role": actor.role, "standing": actor.standing},
        )
    if not robot.is_staff_robot:
        return Refuse(
            Rule.R2,
            Code.ROBOTS_STAY_OUT,
            f"{localpart_of(robot.user_id)} is no robot that serves employees. !robots lists those there are.",
            {"role": robot.role, "audience": robot.audience or "none", "standing": robot.standing},
        )
    if issue.status is Status.CONCLUDED:
        return Refuse(
            Rule.L1, Code.ISSUE_CONCLUDED, f"Issue {issue.id} is concluded; reopen it first.", {"status": issue.status}
        )
    if issue.staff_room is None:
        return Refuse(
            Rule.L1,
            Code.ISSUE_NOT_OPEN,
            f"Issue {issue.id} has no staff room yet; claim it first.",
            {"status": issue.status},
        )
    return ALLOW


def decide_on_bringing_robot(issue: Issue, actor: Person, robot: Person) -> tuple[Action, ...]:
    """It is let in, and the staff room is told by whom."""
    said = f"{actor.user_id} brought {localpart_of(robot.user_id)} in."
    return (LetIn(issue.id, Side.STAFF, robot.user_id), Tell(issue.id, Side.STAFF, said))


def decide_on_sending_robot_away(issue: Issue, actor: Person, robot: Person) -> tuple[Action, ...]:
    """It goes, and with it whatever it was about to answer."""
    said = f"{actor.user_id} sent {localpart_of(robot.user_id)} away."
    return (SendAway(issue.id, robot.user_id), Tell(issue.id, Side.STAFF, said))
