"""A Synapse of several processes: a worker answers what other servers ask, by the same rules from the same rooms.

A proxy routes /_matrix/policy to the worker, as it does in production (here the gate).
"""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from policies.names import ANSWER_KEY
from tests.federation.town import Town, event_id_of, heard, open_town
from tests.homeserver.test_policy_module import is_refused
from tests.homeserver.workers import missing
from tests.until import until

pytestmark = [pytest.mark.e2e, pytest.mark.skipif(bool(missing()), reason=f"needs {', '.join(missing())}")]


@pytest.fixture(scope="module")
async def town(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    async with open_town(tmp_path_factory.mktemp("workers"), has_workers=True) as town:
        yield town


async def test_a_worker_is_asked_and_sees_rooms_people_and_changes_as_the_main_process_does(town: Town) -> None:
    ada, bob = await town.here.person("ada"), await town.there.register("bob")
    room = await town.guest_room([ada], bob)
    with town.gate.counting() as asked:
        event_id_of(await bob.say(room, "hello"))
        await heard(ada, room, "hello")
        assert is_refused(await bob.say(room, "x", **{ANSWER_KEY: {}}), "CHAPERONE_NOT_THE_WRITER")
        event_id_of(await ada.say(room, "hello bob"))
        await heard(bob, room, "hello bob")
    assert [event["sender"] for event in asked] == [bob.user_id] * 2
    await town.here.conclude(room)

    async def concluded() -> bool:
        answer = await bob.say(room, "still open?")
        return answer.status == 403 and is_refused(answer, "CHAPERONE_ISSUE_CONCLUDED")

    await until(concluded)
