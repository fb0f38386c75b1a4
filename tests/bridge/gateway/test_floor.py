"""The floor as a place: figures for supervisors, at once and whenever they change."""

from __future__ import annotations

import pytest

from bridge.ports import Principal
from policies.names import UserId
from tests.bridge.gateway.hall import ADA, GINA, SAM, Hall


class TestTheFloor:
    async def test_a_supervisor_is_shown_how_it_stands(self, hall: Hall) -> None:
        await hall.office.open_issue()
        window = await hall.open(SAM)
        history = await window.join("floor")
        assert (history["events"], history["complete"]) == ([], True)
        stats = await window.next("stats")
        assert stats["room"] == "floor"
        assert [queue["waiting"] for queue in stats["figures"]["queues"]] == [1, 0, 0]

    async def test_what_changes_is_told_of(self, hall: Hall) -> None:
        window = await hall.open(SAM)
        await window.join("floor")
        await window.next("stats")
        record = await hall.office.open_issue()
        assert (await window.next("stats"))["figures"]["queues"][0]["waiting"] == 1
        await hall.office.desk.claim(ADA.user_id, record.issue.id)
        figures = (await window.next("stats"))["figures"]
        assert figures["open"] == [{"tier": "T1", "assignee": ADA.user_id, "issues": 1}]

    async def test_so_is_who_goes_off_duty(self, hall: Hall) -> None:
        window = await hall.open(SAM)
        await window.join("floor")
        assert ADA.user_id in on_duty(await window.next("stats"))
        await hall.office.duty.switch(ADA.user_id, ADA.user_id, on=False)
        assert ADA.user_id not in on_duty(await window.next("stats"))

    async def test_after_leaving_nothing_more_comes(self, hall: Hall) -> None:
        window = await hall.open(SAM)
        await window.join("floor")
        await window.next("stats")
        await window.send("leave", room="floor")
        await window.rest()
        await hall.office.open_issue()
        assert await window.rest() == []

    @pytest.mark.parametrize("who", [ADA, GINA], ids=["employee", "guest"])
    async def test_to_everybody_else_there_is_no_such_place(self, hall: Hall, who: Principal) -> None:
        window = await hall.open(who)
        await window.send("join", room="floor")
        assert (await window.next("error"))["errcode"] == "CHAPERONE_UNKNOWN_ROOM"

    async def test_nothing_is_said_there(self, hall: Hall) -> None:
        window = await hall.open(SAM)
        await window.join("floor")
        await window.next("stats")
        await window.say("floor", "Hello?", "t1")
        assert (await window.next("error"))["errcode"] == "CHAPERONE_UNKNOWN_ROOM"


def on_duty(stats: dict[str, dict[str, list[dict[str, UserId]]]]) -> list[UserId]:
    return [one["user_id"] for one in stats["figures"]["on_duty"]]
