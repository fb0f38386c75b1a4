"""What the bridge would have made on a bare Synapse, made by plain requests: directory, people, rooms.

Acts with the application service's token as the bot, and as ghosts; staff and robots act by sessions of their own.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import quote

import aiohttp
import jwt

from homeserver.keys import derive_robot_password
from policies.issue import Conclusion, Issue, Side, Status, build_issue_state
from policies.names import (
    ISSUE_STATE,
    JOIN_KEY,
    KIND_KEY,
    PERSON_KEY_PREFIX,
    PERSON_STATE,
    Audience,
    IssueId,
    Role,
    RoomId,
    Standing,
    Tier,
    UserId,
)
from policies.people import Person, build_person
from policies.rooms import RoomKind, build_power_levels
from tests.synapse import Synapse
from tests.until import until

CLIENT = "/_matrix/client/v3"
Json = Any


@dataclass(frozen=True, slots=True)
class Answer:
    """Status and body of a response."""

    status: int
    body: Json

    @property
    def code(self) -> str:
        """The errcode; empty if there is none."""
        return str(self.body.get("errcode", "")) if isinstance(self.body, dict) else ""


class Homeserver(Protocol):
    """Where a user's requests go."""

    async def request(
        self,
        method: str,
        path: str,
        body: Json = None,
        *,
        token: str | None = None,
        query: Mapping[str, str] | None = None,
    ) -> Answer: ...


class Someone:
    """A user to act as."""

    def __init__(self, house: Homeserver, user_id: UserId, token: str, *, masquerades: bool = False) -> None:
        self.user_id = user_id
        self.token = token
        self._house = house
        self._query = {"user_id": user_id} if masquerades else {}
        self._txn = itertools.count()

    async def call(self, method: str, path: str, body: Json = None, **query: str) -> Answer:
        """Any request of the client-server API."""
        return await self._house.request(method, CLIENT + path, body, token=self.token, query={**self._query, **query})

    async def done(self, method: str, path: str, body: Json = None, **query: str) -> Json:
        """The same, where anything but success is a failure of the test."""
        answer = await self.call(method, path, body, **query)
        assert answer.status == 200, f"{self.user_id} {method} {path}: {answer}"
        return answer.body

    async def say(self, room_id: RoomId, text: str = "hello", **content: Json) -> Answer:
        return await self.send(room_id, "m.room.message", {"msgtype": "m.text", "body": text, **content})

    async def send(self, room_id: RoomId, event_type: str, content: Json) -> Answer:
        txn = f"{time.monotonic_ns()}.{next(self._txn)}"
        return await self.call("PUT", f"/rooms/{quote(room_id)}/send/{event_type}/{txn}", content)

    async def set_state(self, room_id: RoomId, event_type: str, state_key: str, content: Json) -> Answer:
        return await self.call(
            "PUT", f"/rooms/{quote(room_id)}/state/{event_type}/{quote(state_key, safe='')}", content
        )

    async def invite(self, room_id: RoomId, user_id: UserId, **content: Json) -> Answer:
        return await self.set_state(room_id, "m.room.member", user_id, {"membership": "invite", **content})

    async def join(self, room: str) -> Answer:
        return await self.call("POST", f"/join/{quote(room, safe='')}", {})

    async def leave(self, room_id: RoomId) -> Answer:
        return await self.call("POST", f"/rooms/{quote(room_id)}/leave", {})

    async def members(self, room_id: RoomId) -> dict[str, str]:
        """Everybody's membership, as this user sees it."""
        chunk = (await self.done("GET", f"/rooms/{quote(room_id)}/members"))["chunk"]
        return {event["state_key"]: event["content"]["membership"] for event in chunk}

    async def messages(self, room_id: RoomId, event_type: str) -> list[Json]:
        """Contents of a room's events of one type, newest first."""
        found = await self.done("GET", f"/rooms/{quote(room_id)}/messages", dir="b", limit="100")
        return [event["content"] for event in found["chunk"] if event["type"] == event_type]


class House:
    """A Synapse with its people."""

    def __init__(self, synapse: Synapse, http: aiohttp.ClientSession) -> None:
        self.synapse = synapse
        self._http = http
        self._people: dict[str, Someone] = {}
        self.bot = Someone(self, synapse.bot, synapse.secret("as_token"))
        self.policy_room = RoomId("")

    async def request(
        self,
        method: str,
        path: str,
        body: Json = None,
        *,
        token: str | None = None,
        query: Mapping[str, str] | None = None,
    ) -> Answer:
        """Any request to Synapse."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        async with self._http.request(
            method, self.synapse.url + path, json=body, headers=headers, params=query
        ) as response:
            return Answer(response.status, await response.json(content_type=None))

    def user_id(self, localpart: str) -> UserId:
        return UserId(f"@{localpart}:{self.synapse.server_name}")

    async def open(self) -> None:
        """Make the policy room, or find it, as the bridge does at its start."""
        alias = f"#chaperone-policy:{self.synapse.server_name}"
        made = await self.bot.call("POST", "/createRoom", build_policy_room())
        if made.code == "M_ROOM_IN_USE":
            made = await self.bot.call("GET", f"/directory/room/{quote(alias, safe='')}")
        assert made.status == 200, made
        self.policy_room = RoomId(made.body["room_id"])

    async def list_person(self, person: Person) -> None:
        """Write somebody into the directory."""
        listed = await self.bot.set_state(
            self.policy_room, PERSON_STATE, f"{PERSON_KEY_PREFIX}{person.user_id}", build_person(person)
        )
        assert listed.status == 200, listed

    async def keep_account(self, user_id: UserId, **changes: Json) -> Answer:
        """Ask the module for an account, as the bridge does."""
        return await self.request(
            "PUT",
            f"/_synapse/chaperone/accounts/{quote(user_id, safe='')}",
            {"display_name": user_id[1:].partition(":")[0], "locked": False, "unlimited": True, **changes},
            token=self.synapse.secret("module_secret"),
        )

    def token_for(self, localpart: str, **claims: Json) -> str:
        """A JWT as the bridge signs them for Matrix."""
        now = int(time.time())
        payload = {"iss": "chaperone", "aud": "matrix", "sub": localpart, "iat": now, "exp": now + 60, **claims}
        return jwt.encode(payload, self.synapse.secret("jwt_private.pem"), algorithm="EdDSA")

    async def log_in(self, body: Json) -> Answer:
        return await self.request("POST", f"{CLIENT}/login", body)

    async def log_in_by_jwt(self, token: str) -> Answer:
        return await self.log_in({"type": "org.matrix.login.jwt", "token": token})

    async def log_in_by_password(self, user: str, password: str) -> Answer:
        identifier = {"type": "m.id.user", "user": user}
        return await self.log_in({"type": "m.login.password", "identifier": identifier, "password": password})

    async def person(self, localpart: str, role: Role = Role.EMPLOYEE, tier: Tier | None = Tier.T1) -> Someone:
        """A listed employee (or other staff) with a session; the same one for the same name."""
        if localpart not in self._people:
            user_id = self.user_id(localpart)
            kept = await self.keep_account(user_id)
            assert kept.status == 200, kept
            await self.list_person(Person(user_id, role, tier))
            session = await self.log_in_by_jwt(self.token_for(localpart))
            assert session.status == 200, session
            self._people[localpart] = Someone(self, user_id, session.body["access_token"])
        return self._people[localpart]

    async def robot(self, localpart: str) -> Someone:
        """A listed staff robot with a session."""
        if localpart not in self._people:
            user_id = self.user_id(localpart)
            assert (await self.keep_account(user_id)).status == 200
            await self.list_person(Person(user_id, Role.ROBOT, audience=Audience.STAFF))
            session = await self.log_in_by_password(user_id, self.robot_password(user_id))
            assert session.status == 200, session
            self._people[localpart] = Someone(self, user_id, session.body["access_token"])
        return self._people[localpart]

    def robot_password(self, user_id: UserId) -> str:
        return derive_robot_password(self.synapse.secret("robots_secret"), user_id)

    async def stranger(self, localpart: str) -> Someone:
        """A local account that nobody listed, with a session: a guest."""
        if localpart not in self._people:
            assert (await self.keep_account(self.user_id(localpart))).status == 200
            session = await self.log_in_by_jwt(self.token_for(localpart))
            assert session.status == 200, session
            self._people[localpart] = Someone(self, self.user_id(localpart), session.body["access_token"])
        return self._people[localpart]

    async def ghost(self, name: str) -> Someone:
        """A guest for whom the application service acts."""
        localpart = f"guest-{name}"
        if localpart not in self._people:
            made = await self.bot.call(
                "POST",
                "/register",
                {"type": "m.login.application_service", "username": localpart, "inhibit_login": True},
            )
            assert made.status == 200, made
            ghost = Someone(self, self.user_id(localpart), self.synapse.secret("as_token"), masquerades=True)
            self._people[localpart] = ghost
        return self._people[localpart]

    async def suspend(self, someone: Someone) -> None:
        await self.list_person(Person(someone.user_id, Role.EMPLOYEE, Tier.T1, Standing.SUSPENDED))

    async def reinstate(self, someone: Someone) -> None:
        await self.list_person(Person(someone.user_id, Role.EMPLOYEE, Tier.T1))

    async def make_room(self, kind: RoomKind, staff: Sequence[Someone] = (), guest: Someone | None = None) -> RoomId:
        """A room of ours: made by the bot, staff joined by the module, then the guest by themselves."""
        made = await self.bot.done("POST", "/createRoom", build_room(kind, [s.user_id for s in staff]))
        room_id = RoomId(made["room_id"])
        for employee in staff:
            await self.bring_in(room_id, employee)
        if guest is not None:
            await self.bring_in_guest(room_id, guest)
        return room_id

    async def bring_in_guest(self, room_id: RoomId, guest: Someone) -> None:
        """Invited by the bot, joined by themselves."""
        invited = await self.bot.invite(room_id, guest.user_id)
        assert invited.status == 200, invited
        joined = await guest.join(room_id)
        assert joined.status == 200, joined

    async def bring_in(self, room_id: RoomId, employee: Someone) -> None:
        """Invite as the bridge does, and wait for the module."""
        invited = await self.bot.invite(room_id, employee.user_id, **{JOIN_KEY: True})
        assert invited.status == 200, invited
        await until(lambda: self.is_joined(room_id, employee))

    async def is_joined(self, room_id: RoomId, someone: Someone) -> bool:
        return (await self.bot.members(room_id)).get(someone.user_id) == "join"

    async def conclude(self, room_id: RoomId) -> None:
        """Say in the guest room that its issue is over."""
        await self._write_issue(room_id, Status.CONCLUDED, Conclusion.RESOLVED)

    async def reopen(self, room_id: RoomId) -> None:
        """Say that it goes on."""
        await self._write_issue(room_id, Status.OPEN, None)

    async def _write_issue(self, room_id: RoomId, status: Status, conclusion: Conclusion | None) -> None:
        guest = UserId("@guest-x:localhost")
        issue = Issue(IssueId("1"), "a subject", guest, status, Tier.T1, conclusion=conclusion)
        written = await self.bot.set_state(room_id, ISSUE_STATE, "", build_issue_state(issue, Side.GUEST))
        assert written.status == 200, written


def build_policy_room(**creation_content: Json) -> Json:
    """The request by which the bridge makes the policy room."""
    return {
        "room_alias_name": "chaperone-policy",
        "creation_content": {KIND_KEY: RoomKind.POLICY.value, "m.federate": False, **creation_content},
        "preset": "private_chat",
        "power_level_content_override": build_power_levels(RoomKind.POLICY, ()),
    }


def build_room(kind: RoomKind, staff: Sequence[UserId]) -> Json:
    """The request by which the bridge makes a room."""
    return {
        "creation_content": {KIND_KEY: kind.value, "m.federate": False},
        "preset": "private_chat",
        "power_level_content_override": build_power_levels(kind, staff),
        "initial_state": [
            {
                "type": "m.room.history_visibility",
                "state_key": "",
                "content": {"history_visibility": "joined" if kind is RoomKind.GUEST else "shared"},
            }
        ],
    }
