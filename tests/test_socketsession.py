"""Sessions: how each of them ends."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import anyio
import anyio.lowlevel
import pytest

from asgikit import App, Request, Response, WebSocket, json, root, websocket
from asgikit.errors import ClientDisconnected, PolicyViolation, UndecodableMessage
from asgikit.testing import play, talking, websocket_scope
from asgikit.websocket import SocketLimits
from tests.sockets import CONNECT, LEFT, Raw, binary, conversation, text, upgrading

pytestmark = pytest.mark.virtual_time


async def echo(ws: Raw) -> None:
    async for message in ws:
        await ws.send(message)


@dataclass(frozen=True)
class Said:
    text: str


async def test_a_session_runs_after_accept_and_is_closed() -> None:
    """With the response's fields on the accept, and 1000 at the end."""

    async def session(ws: Raw) -> None:
        await ws.send("hello")
        await ws.send(b"bytes")

    @websocket(root)
    async def handler(request: Request[object]) -> Response:
        return Response.upgrade(session, subprotocol="chat").with_header("x-a", "1")

    answer = await play(App(handler), websocket_scope(subprotocols=["chat"]), [CONNECT])
    assert answer.events == [
        {"type": "websocket.accept", "subprotocol": "chat", "headers": [(b"x-a", b"1")]},
        {"type": "websocket.send", "text": "hello"},
        {"type": "websocket.send", "bytes": b"bytes"},
        {"type": "websocket.close", "code": 1000},
    ]


@pytest.mark.parametrize(
    ("message", "code"),
    [(text("{"), 1007), (text("[]"), 1007), (binary(b"{}"), 1003), (text("x" * 101), 1009), (binary(b"x" * 101), 1009)],
)
async def test_a_message_that_is_none_closes_with_its_own_code(message: Any, code: int) -> None:
    """Undecodable is 1007, of the wrong kind 1003, too large 1009; that is no error of ours."""

    async def session(ws: WebSocket[Said, Said]) -> None:
        async for said in ws:
            await ws.send(said)

    limits = SocketLimits(message=100)
    answer = await conversation(session, message, receives=json(Said), sends=json(Said), limits=limits)
    assert (answer.events[-1]["type"], answer.events[-1]["code"], answer.error) == ("websocket.close", code, None)


async def test_a_long_reason_is_cut() -> None:
    """A close frame holds 123 bytes, whatever a decoder has to say."""

    class Wordy:
        def decode_message(self, data: str | bytes, /) -> str:
            raise UndecodableMessage("é" * 100)

        def encode_message(self, value: str, /) -> str:
            return value

    async def session(ws: WebSocket[str, str]) -> None:
        await ws.receive()

    answer = await conversation(session, text("x"), receives=Wordy(), sends=Wordy())
    assert answer.events[-1] == {"type": "websocket.close", "code": 1007, "reason": "é" * 61}


async def test_a_session_can_refuse_its_client() -> None:
    """1008, with what it says to the client."""

    async def session(ws: Raw) -> None:
        raise PolicyViolation("no shouting")

    answer = await conversation(session)
    assert (answer.events[-1], answer.error) == ({"type": "websocket.close", "code": 1008, "reason": "no shouting"}, None)


async def test_a_session_that_fails_closes_with_1011() -> None:
    """Nothing leaks, and the error is raised again, as itself, for the server's log."""

    async def session(ws: Raw) -> None:
        raise ValueError("secret")

    answer = await conversation(session)
    assert answer.events[-1] == {"type": "websocket.close", "code": 1011}
    assert isinstance(answer.error, ValueError)


@pytest.mark.parametrize("times", [None, 1])
async def test_a_session_that_is_cancelled_closes_with_1001(times: int | None) -> None:
    """As by a server that stops."""

    async def session(ws: Raw) -> None:
        await anyio.sleep_forever()

    async with talking(upgrading(session)) as client:
        await client.answered()
        await anyio.wait_all_tasks_blocked()
        await client.cancel(times)
    assert client.closed == (1001, "")


async def test_errors_alone_in_a_group_count_as_themselves() -> None:
    """A reader beside a writer is the usual shape of a chat."""

    async def beside(ws: Raw) -> None:
        async def read() -> None:
            while True:
                await ws.receive()

        async with anyio.create_task_group() as group:
            group.start_soon(read)

    assert (await conversation(beside, text("a"), LEFT)).error is None
    answer = await conversation(beside, text("x" * 11), limits=SocketLimits(message=10))
    assert (answer.events[-1]["code"], answer.error) == (1009, None)


async def test_a_client_that_leaves_several_tasks_is_no_error() -> None:
    """A group of nothing but ClientDisconnected; another error in it counts alone."""

    async def session(ws: Raw) -> None:
        raise ExceptionGroup("both", [ClientDisconnected(), ExceptionGroup("deeper", [ClientDisconnected()])])

    async def failing(ws: Raw) -> None:
        raise ExceptionGroup("both", [ClientDisconnected(), ValueError()])

    assert (await conversation(session)).error is None
    answer = await conversation(failing)
    assert (answer.events[-1]["code"], type(answer.error)) == (1011, ValueError)


async def test_a_socket_is_told_that_the_server_stops() -> None:
    """1001 while it waits for a message; the session ends as if the client had left."""
    ended: list[int | None] = []

    async def session(ws: Raw) -> None:
        await echo(ws)
        ended.append(ws.close_code)

    app = upgrading(session)
    async with talking(app) as client:
        client.say("a")
        await client.until(1)
        app.stop()
        await client.end()
    assert (client.closed, ended, client.error) == ((1001, "the server is stopping"), [1001], None)


async def test_a_session_that_hears_nothing_of_the_end_is_cancelled(monkeypatch: pytest.MonkeyPatch) -> None:
    """After a time to clean up, so that no server waits for it for ever."""
    monkeypatch.setattr("asgikit.closing.CLEAN_UP", 0.01)
    monkeypatch.setattr("asgikit.closing.PROMPT", 0.01)
    cleaned: list[bool] = []

    async def session(ws: Raw) -> None:
        try:
            app.stop()
            await anyio.sleep_forever()
        finally:
            cleaned.append(True)

    app = upgrading(session)
    async with talking(app) as client:
        await client.end()
    assert (client.closed, cleaned, client.error) == ((1001, "the server is stopping"), [True], None)


async def test_a_session_that_starts_while_the_server_stops_is_closed() -> None:
    """At once; one that begins later is refused."""

    async def handler(_: Request[None]) -> Response:
        app.stop()
        return Response.upgrade(echo)

    app = App(handler)
    async with talking(app) as client:
        await client.end()
    assert client.closed == (1001, "the server is stopping")


async def test_an_idle_socket_is_closed() -> None:
    """1001, for the client has broken no rule (RFC 6455, 7.4.1)."""
    async with talking(upgrading(echo, limits=SocketLimits(idle=0.05))) as client:
        await client.end()
    assert (client.closed, client.error) == ((1001, "no message for 0.05 seconds"), None)


async def test_messages_in_either_direction_keep_a_socket_open() -> None:
    """As long as one comes or goes in time."""

    async def session(ws: Raw) -> None:
        for _ in range(3):
            await anyio.sleep(0.4)
            await ws.send("tick")
        async for _ in ws:
            pass

    async with talking(upgrading(session, limits=SocketLimits(idle=1))) as client:
        await client.until(3)
        for _ in range(3):
            await anyio.sleep(0.4)
            client.say("x")
        assert client.closed is None
    assert client.error is None


async def test_a_client_that_reads_nothing_is_idle(monkeypatch: pytest.MonkeyPatch) -> None:
    """A message that never goes through is none; the session that hangs on it is cancelled."""
    monkeypatch.setattr("asgikit.closing.CLEAN_UP", 0.01)
    monkeypatch.setattr("asgikit.closing.PROMPT", 0.01)

    async def session(ws: Raw) -> None:
        while True:
            await ws.send("x")

    async with talking(upgrading(session, limits=SocketLimits(idle=0.05))) as client:
        client.pause()
        await client.end()
    assert client.closed == (1001, "no message for 0.05 seconds")


async def test_a_queued_message_that_no_server_takes_closes_with_1011(caplog: pytest.LogCaptureFixture) -> None:
    """As without a queue, though whoever has sent it has gone on: the close goes out, and no group comes of it."""

    async def session(ws: Raw) -> None:
        async with ws.until_closed():
            await ws.send("\ud800")
            await anyio.sleep_forever()

    async with talking(upgrading(session, limits=SocketLimits(queue=3))) as client:
        await client.end()
    assert (client.closed, client.error) == ((1011, ""), None)
    assert caplog.messages == ["a message in the queue of a WebSocket could not be sent"]
