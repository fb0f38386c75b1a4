from __future__ import annotations

from typing import Any

import pytest

from policies.people import Person
from tests.bridge.api.house import GINA, House
from tests.builders.people import ADA, BEN, DIAGNOSTICS, SAM


async def opened(house: House, who: Person, **body: Any) -> Any:
    return (await house.ask("POST", "/chats", who, body)).body


class TestOpening:
    async def test_two_people_have_one_direct_chat(self, house: House) -> None:
        first = await opened(house, ADA, kind="direct", **{"with": ["ben"]})
        assert first["people"] == [ADA.user_id, BEN.user_id]
        assert (first["kind"], first["name"], first["state"], first["room_id"]) == (
            "direct",
            "Ada · Ben",
            "pending",
            None,
        )
        again = await opened(house, BEN, kind="direct", **{"with": [ADA.user_id]})
        assert again["id"] == first["id"]

    async def test_notes_to_oneself_are_there_once(self, house: House) -> None:
        first, again = [await opened(house, ADA, kind="solo") for _ in range(2)]
        assert first["id"] == again["id"]
        assert first["people"] == [ADA.user_id]

    async def test_each_group_is_its_own_and_robots_come_along(self, house: House) -> None:
        wanted: dict[str, Any] = {"with": ["ben"], "robots": ["istackbuddy.forms.diagnostics"], "name": "Exports"}
        first, second = [await opened(house, ADA, kind="group", **wanted) for _ in range(2)]
        assert first["id"] != second["id"]
        assert first["people"] == [ADA.user_id, BEN.user_id, DIAGNOSTICS.user_id]
        assert first["name"] == "Exports"

    async def test_sent_twice_with_one_key_it_is_one_group(self, house: House) -> None:
        headers = {"Idempotency-Key": "0123456789abcdef"}
        replies = [
            await house.ask("POST", "/chats", ADA, {"kind": "group", "with": ["ben"]}, headers=headers)
            for _ in range(2)
        ]
        assert replies[0].body == replies[1].body

    @pytest.mark.parametrize(
        ("body", "code"),
        [
            ({"kind": "direct", "with": ["guest-gina"]}, "CHAPERONE_STAFF_ONLY"),
            ({"kind": "direct", "with": ["nobody"]}, "CHAPERONE_STAFF_ONLY"),
            ({"kind": "direct", "with": ["ben", "sam"]}, "CHAPERONE_NOT_PERMITTED"),
            ({"kind": "direct"}, "CHAPERONE_NOT_PERMITTED"),
            ({"kind": "solo", "with": ["ben"]}, "CHAPERONE_NOT_PERMITTED"),
            ({"kind": "group"}, "CHAPERONE_NOT_PERMITTED"),
        ],
    )
    async def test_what_is_no_such_chat_is_refused(self, house: House, body: Any, code: str) -> None:
        reply = await house.ask("POST", "/chats", ADA, body)
        assert (reply.status, reply.errcode) == (403, code)

    async def test_to_guests_there_is_no_such_thing(self, house: House) -> None:
        assert (await house.ask("POST", "/chats", GINA, {"kind": "solo"})).status == 404


class TestListing:
    async def test_one_sees_ones_own(self, house: House) -> None:
        chat = await opened(house, ADA, kind="direct", **{"with": ["ben"]})
        for who, expected in ((ADA, [chat["id"]]), (BEN, [chat["id"]]), (SAM, [])):
            reply = await house.ask("GET", "/chats", who)
            assert [one["id"] for one in reply.body["chats"]] == expected
