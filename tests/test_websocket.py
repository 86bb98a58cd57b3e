"""Sessions on an open WebSocket."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import anyio
import anyio.lowlevel
import pytest

from asgikit import App, Request, Response, WebSocket, json, root, websocket
from asgikit.errors import ClientDisconnected, InvalidEvent, UndecodableMessage
from tests.driving import Answer, exchange, websocket_scope

Raw = WebSocket[str | bytes, str | bytes]
CONNECT = {"type": "websocket.connect"}
LEFT = {"type": "websocket.disconnect", "code": 1001}


def text(message: str) -> dict[str, object]:
    return {"type": "websocket.receive", "text": message, "bytes": None}


def binary(message: bytes) -> dict[str, object]:
    return {"type": "websocket.receive", "bytes": message}


async def conversation(session: Any, *events: Any, **upgrade: Any) -> Answer:
    @websocket(root)
    async def handler(request: Request[object]) -> Response:
        return Response.upgrade(session, **upgrade).with_header("x-a", "1")

    return await exchange(App(handler), websocket_scope(), [CONNECT, *events])


async def echo(ws: Raw) -> None:
    async for message in ws:
        await ws.send(message)


async def test_a_session_runs_after_accept_and_is_closed() -> None:
    """With the response's fields on the accept, and 1000 at the end."""

    async def session(ws: Raw) -> None:
        await ws.send("hello")
        await ws.send(b"bytes")

    answer = await conversation(session, subprotocol="chat")
    assert answer.events == [
        {"type": "websocket.accept", "subprotocol": "chat", "headers": [(b"x-a", b"1")]},
        {"type": "websocket.send", "text": "hello"},
        {"type": "websocket.send", "bytes": b"bytes"},
        {"type": "websocket.close", "code": 1000},
    ]


async def test_messages_are_iterated_until_the_client_leaves() -> None:
    """Text and binary; then nothing is sent any more."""
    answer = await conversation(echo, text("a"), binary(b"b"), text(""), LEFT)
    assert [event.get("text", event.get("bytes")) for event in answer.events[1:]] == ["a", b"b", ""]
    assert answer.error is None


@dataclass(frozen=True)
class Said:
    text: str


async def test_typed_messages() -> None:
    """Through codecs, each its own way."""

    async def session(ws: WebSocket[Said, list[int]]) -> None:
        async for said in ws:
            await ws.send([len(said.text)])

    answer = await conversation(session, text('{"text":"abc"}'), LEFT, receives=json(Said), sends=json(list[int]))
    assert answer.events[1] == {"type": "websocket.send", "text": "[3]"}


@pytest.mark.parametrize(
    ("message", "code"), [(text("{"), 1007), (text("[]"), 1007), (binary(b"\xff"), 1007), (text("x" * 101), 1009)]
)
async def test_a_message_that_is_none_closes_with_its_own_code(message: Any, code: int) -> None:
    """D22, D23: undecodable is 1007, too large 1009; that is no error of ours."""

    async def session(ws: WebSocket[Said, Said]) -> None:
        async for said in ws:
            await ws.send(said)

    answer = await conversation(session, message, receives=json(Said), sends=json(Said), limit=100)
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


async def test_a_session_that_fails_closes_with_1011() -> None:
    """Nothing leaks, and the error is raised again for the server's log."""

    async def session(ws: Raw) -> None:
        raise ValueError("secret")

    answer = await conversation(session)
    assert answer.events[-1] == {"type": "websocket.close", "code": 1011}
    assert isinstance(answer.error, ValueError)


async def test_a_session_that_is_cancelled_closes_with_1001() -> None:
    """As when the server stops."""
    sent: list[Any] = []

    async def session(ws: Raw) -> None:
        group.cancel_scope.cancel()
        await anyio.sleep_forever()

    @websocket(root)
    async def handler(request: Request[object]) -> Response:
        return Response.upgrade(session)

    async def receive() -> Any:
        return CONNECT

    async def send(event: Any) -> None:
        await anyio.lowlevel.checkpoint()
        sent.append(event)

    async with anyio.create_task_group() as group:
        await App(handler)(websocket_scope(), receive, send)
    assert sent[-1] == {"type": "websocket.close", "code": 1001}


async def test_a_session_can_close() -> None:
    """Once, with a code and a reason; afterwards nothing is sent."""

    async def session(ws: Raw) -> None:
        assert ws.closed is None
        await ws.close(4000, "enough")
        await ws.close(4001)
        assert ws.closed == 4000
        with pytest.raises(ClientDisconnected):
            await ws.send("late")
        with pytest.raises(ClientDisconnected):
            await ws.receive()

    answer = await conversation(session)
    assert answer.events[1:] == [{"type": "websocket.close", "code": 4000, "reason": "enough"}]


@pytest.mark.parametrize(
    ("code", "reason"), [(0, ""), (999, ""), (1005, ""), (1006, ""), (1015, ""), (5000, ""), (1000, "é" * 62)]
)
async def test_a_close_that_no_frame_can_hold_is_refused(code: int, reason: str) -> None:
    """Reserved codes, and reasons over 123 bytes (RFC 6455, 5.5 and 7.4)."""

    async def session(ws: Raw) -> None:
        await ws.close(code, reason)

    assert isinstance((await conversation(session)).error, ValueError)


async def test_sending_to_a_client_that_left_is_one_typed_error() -> None:
    """Whether the server raises or we know already; left alone it ends the session quietly."""
    seen: list[Any] = []

    async def session(ws: Raw) -> None:
        with pytest.raises(ClientDisconnected):
            await ws.send("x")
        seen.append(ws.closed)
        await ws.send("again")

    @websocket(root)
    async def handler(request: Request[object]) -> Response:
        return Response.upgrade(session)

    async def receive() -> Any:
        return CONNECT

    async def send(event: Any) -> None:
        if event["type"] == "websocket.send":
            raise ConnectionResetError

    await App(handler)(websocket_scope(), receive, send)
    assert seen == [1006]


async def test_errors_alone_in_a_group_count_as_themselves() -> None:
    """A reader beside a writer is the usual shape of a chat."""

    async def beside(ws: Raw, *events: Any) -> None:
        async def read() -> None:
            while True:
                await ws.receive()

        async with anyio.create_task_group() as group:
            group.start_soon(read)

    assert (await conversation(beside, text("a"), LEFT)).error is None
    answer = await conversation(beside, text("x" * 11), limit=10)
    assert (answer.events[-1]["code"], answer.error) == (1009, None)


async def test_the_limit_counts_bytes() -> None:
    """Of text in UTF-8."""
    assert (await conversation(echo, text("é" * 6), limit=10)).events[-1]["code"] == 1009
    assert (await conversation(echo, text("é" * 5), LEFT, limit=10)).events[-1]["text"] == "é" * 5


async def test_the_close_code_of_the_client_is_known() -> None:
    """1005 where it gave none."""
    seen: list[Any] = []

    async def session(ws: Raw) -> None:
        async for _ in ws:
            pass
        seen.append(ws.closed)

    await conversation(session, LEFT)
    await conversation(session, {"type": "websocket.disconnect"})
    assert seen == [1001, 1005]


async def test_an_event_without_a_message_is_refused() -> None:
    """Exactly one of text and bytes is there (www, Receive)."""
    answer = await conversation(echo, {"type": "websocket.receive", "text": None})
    assert isinstance(answer.error, InvalidEvent)
