"""What nio makes of answers that are sparse, limited, broken or none, over real HTTP in this process."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from aiohttp import web

from bots.errors import FileTooLarge, MatrixAway, MatrixError, MatrixMissing, MatrixRefused, SessionLost
from bots.events import Invitation
from bots.matrix import NioHomeserver
from policies.names import EventId, RoomAlias, RoomId, UserId

ROBOT = UserId("@robot:localhost")
V12 = RoomId("!31hneApxJ_1o-63DmFrpeqnkFfWppnzWso1JvH3ogLM")
OLD = RoomId("!abc:localhost")
MESSAGE = {
    "event_id": "$1",
    "type": "m.room.message",
    "sender": "@ada:localhost",
    "origin_server_ts": 5,
    "content": {"msgtype": "m.text", "body": "hello"},
}

Reply = Callable[[web.Request], web.Response]


class Server:
    """Answers every request as the test says, one after the other; the last answer stays."""

    def __init__(self) -> None:
        self.replies: list[Reply] = []
        self.requests: list[tuple[str, str]] = []
        self.authorization: list[str] = []

    def json(self, body: Any, status: int = 200) -> None:
        self.replies.append(lambda request: web.json_response(body, status=status))

    def raw(self, body: bytes, content_type: str = "application/octet-stream", status: int = 200) -> None:
        self.replies.append(lambda request: web.Response(body=body, status=status, content_type=content_type))

    async def handle(self, request: web.Request) -> web.Response:
        await request.read()
        self.requests.append((request.method, request.path_qs))
        self.authorization.append(request.headers.get("Authorization", ""))
        return (self.replies.pop(0) if len(self.replies) > 1 else self.replies[0])(request)


@pytest.fixture
async def server() -> Server:
    return Server()


@pytest.fixture
async def homeserver(server: Server) -> AsyncIterator[NioHomeserver]:
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", server.handle)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    homeserver = NioHomeserver(f"http://127.0.0.1:{runner.addresses[0][1]}", ROBOT)
    homeserver.resume("token", "DEVICE")
    yield homeserver
    await homeserver.close()
    await runner.cleanup()


def sync_answer(**rooms: Any) -> dict[str, Any]:
    return {"next_batch": "s2", "rooms": rooms}


class TestSync:
    @pytest.mark.parametrize("room_id", [V12, OLD])
    async def test_messages_of_rooms_of_any_version(
        self, server: Server, homeserver: NioHomeserver, room_id: RoomId
    ) -> None:
        timeline = {"events": [MESSAGE], "limited": True, "prev_batch": "s1"}
        server.json(sync_answer(join={room_id: {"timeline": timeline}}))
        (chunk,) = (await homeserver.sync("s0", 1)).chunks
        assert (chunk.room_id, chunk.gap, chunk.events[0].content["body"]) == (room_id, "s1", "hello")

    @pytest.mark.parametrize("room_id", [V12, OLD])
    @pytest.mark.parametrize(
        "rooms", [{"join": {}}, {"leave": {}}, {"invite": {}}, {"join": {"timeline": {"events": []}}}]
    )
    async def test_sparse_answers(
        self, server: Server, homeserver: NioHomeserver, room_id: RoomId, rooms: dict[str, Any]
    ) -> None:
        server.json(sync_answer(**{kind: {room_id: entry} for kind, entry in rooms.items()}))
        assert (await homeserver.sync(None, 0)).next_batch == "s2"

    async def test_an_answer_with_nothing_in_it(self, server: Server, homeserver: NioHomeserver) -> None:
        server.json({"next_batch": "s2"})
        batch = await homeserver.sync(None, 0)
        assert (batch.chunks, batch.invitations) == ((), ())

    async def test_events_without_an_events_shape_are_passed_over(
        self, server: Server, homeserver: NioHomeserver, caplog: pytest.LogCaptureFixture
    ) -> None:
        odd = [{}, {"type": "m.room.message", "content": "secret"}, {**MESSAGE, "content": {"msgtype": 3}}, MESSAGE]
        server.json(sync_answer(join={V12: {"timeline": {"events": odd}}}))
        with caplog.at_level(logging.DEBUG):
            (chunk,) = (await homeserver.sync(None, 0)).chunks
        assert chunk.events[-1].content["body"] == "hello"
        assert "secret" not in caplog.text

    async def test_invitations_to_us(self, server: Server, homeserver: NioHomeserver) -> None:
        member = {"type": "m.room.member", "sender": "@ada:localhost", "content": {"membership": "invite"}}
        stripped = [{**member, "state_key": ROBOT}, {**member, "state_key": "@x:localhost"}, {"type": "m.room.name"}]
        server.json(sync_answer(invite={V12: {"invite_state": {"events": stripped}}}))
        assert (await homeserver.sync(None, 0)).invitations == (Invitation(V12, UserId("@ada:localhost")),)

    async def test_only_our_own_token_counts(self, server: Server, homeserver: NioHomeserver) -> None:
        server.json({"next_batch": "s2"})
        await homeserver.sync(None, 0)
        await homeserver.sync(None, 0)
        assert not any("since" in path for _, path in server.requests)

    async def test_nothing_is_kept_of_rooms(self, server: Server, homeserver: NioHomeserver) -> None:
        server.json(sync_answer(join={OLD: {"timeline": {"events": [MESSAGE]}}}))
        await homeserver.sync(None, 0)
        assert not homeserver._client.rooms


class TestAnswersThatAreNone:
    @pytest.mark.parametrize(
        ("status", "body", "kind"),
        [
            (401, {"errcode": "M_UNKNOWN_TOKEN", "error": "who?"}, SessionLost),
            (403, {"errcode": "M_FORBIDDEN", "error": "no"}, MatrixRefused),
            (404, {"errcode": "M_NOT_FOUND", "error": "none"}, MatrixMissing),
            (500, {"errcode": "M_UNKNOWN", "error": "broken"}, MatrixAway),
            (502, {}, MatrixAway),
            (200, [], MatrixAway),
            (200, {"next_batch": 5}, MatrixAway),
        ],
    )
    async def test_each_is_raised_as_what_it_means(
        self, server: Server, homeserver: NioHomeserver, status: int, body: Any, kind: type[MatrixError]
    ) -> None:
        server.json(body, status)
        with pytest.raises(MatrixError) as raised:
            await homeserver.sync(None, 0)
        assert type(raised.value) is kind

    async def test_a_page_of_html_is_none(self, server: Server, homeserver: NioHomeserver) -> None:
        server.raw(b"<html>Bad gateway</html>", "text/html", 502)
        for ask in _every_request(homeserver):
            with pytest.raises(MatrixAway):
                await ask()

    async def test_nobody_there(self) -> None:
        homeserver = NioHomeserver("http://127.0.0.1:1", ROBOT)
        homeserver.resume("token", "DEVICE")
        for ask in _every_request(homeserver):
            with pytest.raises(MatrixAway):
                await ask()
        await homeserver.close()

    async def test_without_a_session_there_is_none_to_use(self) -> None:
        homeserver = NioHomeserver("http://127.0.0.1:1", ROBOT)
        with pytest.raises(SessionLost):
            await homeserver.send(V12, {}, "txn")
        await homeserver.close()


def _every_request(homeserver: NioHomeserver) -> list[Callable[[], Awaitable[Any]]]:
    return [
        lambda: homeserver.sync(None, 0),
        lambda: homeserver.load_page(V12),
        lambda: homeserver.load_event(V12, EventId("$1")),
        lambda: homeserver.load_state(V12),
        lambda: homeserver.load_state_at(V12, EventId("$1")),
        lambda: homeserver.find_room(RoomAlias("#x:localhost")),
        lambda: homeserver.join(V12),
        lambda: homeserver.send(V12, {}, "txn"),
        lambda: homeserver.load_file("mxc://localhost/a", 10),
        lambda: homeserver.upload(b"x", "text/plain", "x.txt"),
        lambda: homeserver.log_in("password", "DEVICE"),
    ]


class TestLimits:
    async def test_a_limit_is_waited_out_for_as_long_as_the_homeserver_says(
        self, server: Server, homeserver: NioHomeserver
    ) -> None:
        server.json({"errcode": "M_LIMIT_EXCEEDED", "error": "slow down", "retry_after_ms": 10}, 429)
        server.json({"event_id": "$2"})
        assert await homeserver.send(V12, {"body": "x"}, "txn") == "$2"
        assert len({path for _, path in server.requests}) == 1  # the same transaction


class TestFiles:
    async def test_a_file_comes_by_the_authenticated_endpoint(self, server: Server, homeserver: NioHomeserver) -> None:
        server.raw(b"{}", "application/json")
        assert await homeserver.load_file("mxc://localhost/abc", 10) == b"{}"
        assert server.requests == [("GET", "/_matrix/client/v1/media/download/localhost/abc")]
        assert server.authorization == ["Bearer token"]

    async def test_it_is_not_read_beyond_the_limit(self, server: Server, homeserver: NioHomeserver) -> None:
        server.raw(b"x" * 11)
        with pytest.raises(FileTooLarge):
            await homeserver.load_file("mxc://localhost/abc", 10)

    @pytest.mark.parametrize(
        "uri", ["", "https://evil.example/a", "mxc://", "mxc://host", "mxc://host/../a", "mxc:///a"]
    )
    async def test_what_is_no_address_is_not_fetched(self, server: Server, homeserver: NioHomeserver, uri: str) -> None:
        with pytest.raises(MatrixMissing):
            await homeserver.load_file(uri, 10)
        assert not server.requests

    async def test_an_upload_has_an_address(self, server: Server, homeserver: NioHomeserver) -> None:
        server.json({"content_uri": "mxc://localhost/new"})
        assert await homeserver.upload(b"x", "text/plain", "x.txt") == "mxc://localhost/new"


class TestState:
    async def test_the_state_at_an_event_is_asked_for_without_events_around_it(
        self, server: Server, homeserver: NioHomeserver
    ) -> None:
        server.json({"event": MESSAGE, "state": [{**MESSAGE, "type": "a.b", "state_key": "k"}, {}]})
        state = await homeserver.load_state_at(V12, EventId("$1"))
        assert list(state) == [("a.b", "k")]
        assert server.requests[0][1].endswith("/context/$1?limit=0")

    async def test_a_thread_comes_oldest_first_with_what_edits_made_of_it(
        self, server: Server, homeserver: NioHomeserver
    ) -> None:
        edit = {"content": {"m.new_content": {"body": "goodbye"}}}
        edited = {**MESSAGE, "event_id": "$2", "unsigned": {"m.relations": {"m.replace": edit}}}
        server.json({"chunk": [edited, MESSAGE]})
        first, second = await homeserver.load_thread(V12, EventId("$root"))
        assert (first.newest, second.newest) == ({}, {"body": "goodbye"})
        assert server.requests[-1][1].endswith("/relations/$root/m.thread?limit=100")

    async def test_an_answer_that_is_no_json_is_none(self, server: Server, homeserver: NioHomeserver) -> None:
        server.raw(b"<html>")
        with pytest.raises(MatrixAway):
            await homeserver.load_thread(V12, EventId("$root"))

    async def test_an_event_that_is_not_there_is_none(self, server: Server, homeserver: NioHomeserver) -> None:
        server.json({"errcode": "M_NOT_FOUND", "error": "none"}, 404)
        assert await homeserver.load_event(V12, EventId("$1")) is None
        assert await homeserver.find_room(RoomAlias("#x:localhost")) is None

    async def test_history_has_an_end(self, server: Server, homeserver: NioHomeserver) -> None:
        server.json({"chunk": [MESSAGE], "start": "t1"})
        page = await homeserver.load_page(V12, files_only=True)
        assert (len(page.events), page.before) == (1, None)


class TestLogin:
    async def test_the_device_is_the_one_asked_for(self, server: Server, homeserver: NioHomeserver) -> None:
        server.json({"user_id": ROBOT, "device_id": "DEVICE", "access_token": "new"})
        assert await homeserver.log_in("password", "DEVICE") == ("new", "DEVICE")
        server.replies.clear()
        server.json({"event_id": "$2"})
        await homeserver.send(V12, {}, "txn")
        assert server.authorization == ["", "Bearer new"]
