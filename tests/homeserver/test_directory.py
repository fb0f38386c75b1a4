"""The policy room: found by its alias, trusted if the bot made it alone and for this server, read when it changed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import aiohttp
import pytest

from homeserver.directory import PolicyRoom
from policies.names import KIND_KEY, EventId, Role, RoomAlias, RoomId, ServerName, UserId
from policies.people import Person, build_person
from policies.rooms import RoomKind
from tests.homeserver.house import House, build_policy_room
from tests.synapse import Synapse

BOT = UserId("@chaperone:a")
ADA = UserId("@ada:a")
ROOM = RoomId("!policy")
ALIAS = RoomAlias("#chaperone-policy:a")
CREATE = {KIND_KEY: "policy", "m.federate": False}


@dataclass(frozen=True)
class Stored:
    sender: str
    content: Mapping[str, Any]


@dataclass
class FakeReader:
    """Rooms in a dict, as Synapse would show them; counts what is asked."""

    state: dict[tuple[str, str], str] = field(default_factory=dict)
    stored: dict[str, Stored] = field(default_factory=dict)
    aliases: dict[str, RoomId] = field(default_factory=dict)
    has_cache: bool = True
    queries: int = 0
    read: list[str] = field(default_factory=list)

    async def current_state_ids(self, room_id: RoomId) -> Mapping[tuple[str, str], str]:
        return self.state

    async def events(self, event_ids: Collection[EventId]) -> Mapping[str, Stored]:
        self.read += event_ids
        return {event_id: self.stored[event_id] for event_id in event_ids if event_id in self.stored}

    async def aliases_of(self, room_id: RoomId) -> Sequence[str]:
        return [alias for alias, room in self.aliases.items() if room == room_id]

    async def room_at(self, alias: RoomAlias) -> RoomId | None:
        self.queries += 1
        return self.aliases.get(alias)

    def current_state_ids_at_hand(self, room_id: RoomId) -> Mapping[tuple[str, str], str] | None:
        return self.state if self.has_cache else None

    def aliases_at_hand(self, room_id: RoomId) -> Sequence[str]:
        return [alias for alias, room in self.aliases.items() if room == room_id] if self.has_cache else []

    def write(self, event_type: str, key: str, content: Mapping[str, Any], sender: str = BOT) -> str:
        """A new state event, and with it a new view of the state, as Synapse's cache would give."""
        event_id = f"${len(self.stored)}"
        self.stored[event_id] = Stored(sender, content)
        self.state = {**self.state, (event_type, key): event_id}
        return event_id

    def list_person(self, person: Person) -> str:
        return self.write("chat.chaperone.person", f"user:{person.user_id}", build_person(person))


@pytest.fixture
def reader() -> FakeReader:
    reader = FakeReader(aliases={ALIAS: ROOM})
    reader.write("m.room.create", "", CREATE)
    return reader


@pytest.fixture
def policy_room(reader: FakeReader) -> PolicyRoom:
    return PolicyRoom(reader, BOT, ServerName("a"), ALIAS)


async def role_of(policy_room: PolicyRoom, user_id: UserId = ADA) -> Role:
    return (await policy_room.load_directory()).who_is(user_id).role


class TestTrust:
    async def test_people_are_who_the_room_says(self, reader: FakeReader, policy_room: PolicyRoom) -> None:
        reader.list_person(Person(ADA, Role.SUPERVISOR))
        assert await role_of(policy_room) is Role.SUPERVISOR

    async def test_without_a_room_all_but_the_bot_are_guests(self, reader: FakeReader, policy_room: PolicyRoom) -> None:
        reader.list_person(Person(ADA, Role.SUPERVISOR))
        reader.aliases.clear()
        assert await role_of(policy_room) is Role.GUEST
        assert await role_of(policy_room, BOT) is Role.BRIDGE

    @pytest.mark.parametrize(
        ("sender", "content"),
        [
            (ADA, CREATE),
            (BOT, {**CREATE, "additional_creators": [ADA]}),
            (BOT, {KIND_KEY: "policy"}),
            (BOT, {**CREATE, "m.federate": True}),
            (BOT, {**CREATE, KIND_KEY: "staff"}),
            (BOT, {"m.federate": False}),
        ],
        ids=["another's", "with another creator", "federated by default", "federated", "of another kind", "of no kind"],
    )
    async def test_a_room_is_not_trusted_if_it_is(
        self, policy_room: PolicyRoom, reader: FakeReader, sender: str, content: dict[str, Any]
    ) -> None:
        reader.write("m.room.create", "", content, sender)
        reader.list_person(Person(ADA, Role.ADMIN))
        assert await role_of(policy_room) is Role.GUEST

    async def test_a_room_without_a_beginning_is_not_trusted(self, reader: FakeReader, policy_room: PolicyRoom) -> None:
        reader.state.clear()
        assert await role_of(policy_room) is Role.GUEST

    async def test_only_the_bots_entries_count(self, reader: FakeReader, policy_room: PolicyRoom) -> None:
        content = build_person(Person(ADA, Role.ADMIN))
        reader.write("chat.chaperone.person", f"user:{ADA}", content, sender=ADA)
        assert await role_of(policy_room) is Role.GUEST

    async def test_an_entry_that_makes_no_sense_is_a_guests(self, reader: FakeReader, policy_room: PolicyRoom) -> None:
        reader.write("chat.chaperone.person", f"user:{ADA}", {"user_id": ADA, "role": "emperor"})
        ben = UserId("@ben:a")
        reader.list_person(Person(ben, Role.EMPLOYEE))
        assert await role_of(policy_room) is Role.GUEST
        assert await role_of(policy_room, ben) is Role.EMPLOYEE

    async def test_a_room_that_loses_the_alias_loses_its_say(self, reader: FakeReader, policy_room: PolicyRoom) -> None:
        reader.list_person(Person(ADA, Role.EMPLOYEE))
        assert await role_of(policy_room) is Role.EMPLOYEE
        reader.aliases[ALIAS] = RoomId("!another")
        reader.write("m.room.create", "", CREATE, sender=ADA)
        assert await role_of(policy_room) is Role.GUEST
        assert policy_room.last_known.who_is(ADA).role is Role.GUEST


class TestWhatItCosts:
    async def test_an_unchanged_room_is_neither_looked_up_nor_read_again(
        self, reader: FakeReader, policy_room: PolicyRoom
    ) -> None:
        reader.list_person(Person(ADA, Role.EMPLOYEE))
        first = await policy_room.load_directory()
        reader.queries, reader.read = 0, []
        assert await policy_room.load_directory() is first
        assert (reader.queries, reader.read) == (0, [])

    async def test_only_entries_that_are_new_are_read(self, reader: FakeReader, policy_room: PolicyRoom) -> None:
        people = [UserId(f"@p{number}:a") for number in range(50)]
        for user_id in people:
            reader.list_person(Person(user_id, Role.EMPLOYEE))
        await policy_room.load_directory()
        reader.read = []
        changed = reader.list_person(Person(people[7], Role.SUPERVISOR))
        assert await role_of(policy_room, people[7]) is Role.SUPERVISOR
        assert await role_of(policy_room, people[8]) is Role.EMPLOYEE
        assert reader.read == [changed]

    async def test_whoever_is_taken_off_the_list_is_a_guest_at_once(
        self, reader: FakeReader, policy_room: PolicyRoom
    ) -> None:
        reader.list_person(Person(ADA, Role.EMPLOYEE))
        assert await role_of(policy_room) is Role.EMPLOYEE
        reader.write("chat.chaperone.person", f"user:{ADA}", {})
        assert await role_of(policy_room) is Role.GUEST


@pytest.fixture
async def empty_house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """A Synapse of its own, on which nobody has made anything yet."""
    synapse = Synapse(tmp_path_factory.mktemp("bare"))
    synapse.start()
    async with aiohttp.ClientSession() as http:
        yield House(synapse, http)
    synapse.stop()


@pytest.mark.e2e
async def test_a_house_is_built_on_nothing_and_only_a_room_of_the_bots_own_counts(empty_house: House) -> None:
    house = empty_house
    ada = await house.stranger("ada")
    alias = quote(f"#chaperone-policy:{house.synapse.server_name}", safe="")

    async def make(request: Any) -> RoomId:
        house.policy_room = RoomId((await house.bot.done("POST", "/createRoom", request))["room_id"])
        await house.list_person(Person(ada.user_id, Role.SUPERVISOR))
        return house.policy_room

    async def is_staff() -> bool:
        return (await ada.call("POST", "/createRoom", {})).status == 200

    assert not await is_staff(), "before there is a policy room everybody is a guest"
    queue = await house.make_room(RoomKind.QUEUE)
    assert (await house.bot.invite(queue, ada.user_id)).code == "CHAPERONE_STAFF_ONLY"

    federated = await make(build_policy_room(**{"m.federate": True}))
    assert not await is_staff()
    await house.bot.done("DELETE", f"/directory/room/{alias}")

    await make(build_policy_room(additional_creators=[ada.user_id]))
    assert not await is_staff()
    await house.bot.done("DELETE", f"/directory/room/{alias}")

    await make(build_policy_room())
    assert await is_staff()
    await house.bring_in(queue, ada)
    await house.bot.done("DELETE", f"/directory/room/{alias}")
    assert not await is_staff(), "a room that loses the alias loses its say at once"

    await house.bot.done("PUT", f"/directory/room/{alias}", {"room_id": federated})
    assert not await is_staff()
