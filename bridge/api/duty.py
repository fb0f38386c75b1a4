"""On and off duty: `/me/duty` for oneself, `/users/{principal_id}/duty` for supervisors, who make schedules too."""

from __future__ import annotations

from typing import Final

from bridge.api.answers import DutyView, ScheduleView, ShiftView
from bridge.api.authority import Who
from bridge.api.bodies import DutyBody, NoQuery, ScheduleBody, ShiftBody, SwitchDutyBody
from bridge.api.errors import Errcode, build_no_such
from bridge.api.routes import V1, AnyRoute, Call, Route
from bridge.desk.duty import DutyNow
from bridge.ports import PrincipalId
from policies.duty import MINUTES, Schedule, Shift
from policies.names import Code, UserId
from policies.outcomes import Refuse

WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def parse_schedule(body: ScheduleBody) -> Schedule:
    """A week as the rules want it."""
    return Schedule(body.zone, tuple(_parse_shift(shift) for shift in body.shifts))


def _parse_shift(body: ShiftBody) -> Shift:
    begins, ends = (int(text[:2]) * 60 + int(text[3:]) for text in (body.begins, body.ends))
    return Shift(WEEKDAYS.index(body.weekday), begins, ends)


def _show_minute(minute: int) -> str:
    return f"{minute % MINUTES // 60:02}:{minute % 60:02}"


def build_duty_view(now: DutyNow) -> DutyView:
    """How it stands with somebody."""
    shifts = () if now.schedule is None else now.schedule.shifts
    shown = [
        ShiftView(weekday=WEEKDAYS[s.weekday], begins=_show_minute(s.begins), ends=_show_minute(s.ends)) for s in shifts
    ]
    return DutyView(
        user_id=now.user_id,
        on_duty=now.on_duty,
        schedule=None if now.schedule is None else ScheduleView(zone=now.schedule.zone, shifts=shown),
        next_switch=now.next_edge,
        open_issues=now.holds,
        capacity=now.capacity,
    )


async def show_mine(call: Call[NoQuery]) -> DutyView:
    """GET /me/duty."""
    return build_duty_view(await call.services.floor.duty.show(call.principal.user_id))


async def switch_mine(call: Call[SwitchDutyBody]) -> DutyView | Refuse:
    """PATCH /me/duty."""
    who = call.principal.user_id
    now = await call.services.floor.duty.switch(who, who, on=call.asked.on_duty)
    return now if isinstance(now, Refuse) else build_duty_view(now)


async def show_duty(call: Call[NoQuery]) -> DutyView:
    """GET /users/{principal_id}/duty."""
    return build_duty_view(await call.services.floor.duty.show(await _load_user(call)))


async def change_duty(call: Call[DutyBody]) -> DutyView | Refuse:
    """PATCH /users/{principal_id}/duty."""
    duty, asked, actor = call.services.floor.duty, call.asked, call.principal.user_id
    who = await _load_user(call)
    now: DutyNow | Refuse = await duty.show(who)
    if "schedule" in asked.model_fields_set:
        now = await duty.plan(actor, who, None if asked.schedule is None else parse_schedule(asked.schedule))
    if asked.on_duty is not None and not isinstance(now, Refuse):
        now = await duty.switch(actor, who, on=asked.on_duty)
    return now if isinstance(now, Refuse) else build_duty_view(now)


async def _load_user(call: Call[NoQuery] | Call[DutyBody]) -> UserId:
    principal_id = PrincipalId(call.path["principal_id"])
    async with call.services.store.read() as tx:
        principal = await tx.principals.load(principal_id)
        if principal is None or principal.user_id not in (await tx.principals.directory()).people:
            raise build_no_such("user", principal_id)
    return principal.user_id


ROUTES: Final[tuple[AnyRoute, ...]] = (
    Route(
        method="GET",
        path=f"{V1}/me/duty",
        who=Who.STAFF,
        summary="Whether one is on duty, and what one has to do",
        takes=NoQuery,
        gives=DutyView,
        handle=show_mine,
    ),
    Route(
        method="PATCH",
        path=f"{V1}/me/duty",
        who=Who.STAFF,
        summary="Go on or off duty, until one's schedule switches next",
        takes=SwitchDutyBody,
        gives=DutyView,
        handle=switch_mine,
        errors=(Code.NOT_PERMITTED,),
    ),
    Route(
        method="GET",
        path=f"{V1}/users/{{principal_id}}/duty",
        who=Who.SUPERVISOR,
        summary="Whether somebody is on duty, and their schedule",
        takes=NoQuery,
        gives=DutyView,
        handle=show_duty,
        errors=(Errcode.NOT_FOUND,),
    ),
    Route(
        method="PATCH",
        path=f"{V1}/users/{{principal_id}}/duty",
        who=Who.SUPERVISOR,
        summary="Put somebody on or off duty, or give them a schedule",
        takes=DutyBody,
        gives=DutyView,
        handle=change_duty,
        errors=(Errcode.NOT_FOUND, Code.NOT_PERMITTED),
    ),
)
