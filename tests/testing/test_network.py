"""WebSockets over a network: the client's half, against a server's half in memory."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import anyio
import httpx
import pytest
from websockets.frames import Frame, Opcode
from websockets.protocol import Protocol, Side

from asgikit.testing import Closed, NoAnswer, WebSocketClosed, WebSocketDenied
from asgikit.testing import network as module
from asgikit.testing.messages import AS_THEY_ARE
from asgikit.testing.network import NetworkSocket
from asgikit.testing.websocket import WebSocketSession, opened


class Server:
    """The other end of the connection; it answers a close, and nothing else by itself."""

    def __init__(self) -> None:
        self.protocol = Protocol(Side.SERVER)
        self.news = anyio.Event()
        self.heard: list[Any] = []
        self.is_gone = False
        self.fails = False

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109  # the library's
        while not (data := b"".join(self.protocol.data_to_send())) and not self.is_gone:
            await self.news.wait()
            self.news = anyio.Event()
        return data

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109  # the library's
        if self.fails:
            raise httpx.WriteError("the cable is out")
        self.protocol.receive_data(buffer)
        self.heard += [event for event in self.protocol.events_received() if isinstance(event, Frame)]
        self.news.set()

    async def aclose(self) -> None:
        self.is_gone = True
        self.news.set()


@asynccontextmanager
async def connected(server: Server, limit: float = 5) -> AsyncGenerator[WebSocketSession[str | bytes, str | bytes]]:
    headers = {"Sec-WebSocket-Protocol": "chat"}
    response = httpx.Response(101, headers=headers, extensions={"network_stream": server})
    async with opened(response, limit) as line:
        yield WebSocketSession(line, AS_THEY_ARE, AS_THEY_ARE, limit)


async def test_messages_go_both_ways() -> None:
    """In fragments, too; a ping is answered, and the test does not see it."""
    server = Server()
    async with connected(server) as ws:
        assert (ws.subprotocol, ws.headers["sec-websocket-protocol"], ws.closed) == ("chat", "chat", None)
        await ws.send("é")
        await ws.send(b"\xff")
        assert [(frame.opcode, bytes(frame.data)) for frame in server.heard] == [
            (Opcode.TEXT, "é".encode()),
            (Opcode.BINARY, b"\xff"),
        ]
        server.protocol.send_text(b"\xc3", fin=False)
        server.protocol.send_ping(b"ping")
        server.protocol.send_continuation(b"\xa9", fin=True)
        server.protocol.send_binary(b"")
        assert [await ws.receive(), await ws.receive()] == ["é", b""]
    assert [frame.opcode for frame in server.heard[2:]] == [Opcode.PONG, Opcode.CLOSE]


async def test_either_side_closes() -> None:
    """With its code and reason; what came before is still there."""
    server = Server()
    async with connected(server) as ws:
        server.protocol.send_text(b"last")
        server.protocol.send_close(4000, "enough")
        assert await ws.until_closed() == ws.closed == Closed(4000, "enough")
        assert [message async for message in ws] == ["last"]
        with pytest.raises(WebSocketClosed):
            await ws.send("late")
    other = Server()
    async with connected(other) as ws:
        await ws.close(4001, "bye")
        with pytest.raises(WebSocketClosed):
            await ws.receive()
    assert other.protocol.close_rcvd is not None
    assert (other.protocol.close_rcvd.code, other.protocol.close_rcvd.reason) == (4001, "bye")
    last = Server()
    async with connected(last) as ws:
        await ws.close(None)
    assert last.protocol.close_rcvd is not None
    assert last.protocol.close_rcvd.code == 1005


async def test_a_network_breaks() -> None:
    """On either side, or because the test fails: 1006, and the connection is given back."""
    server = Server()
    async with connected(server) as ws:
        server.is_gone = True
        assert await ws.until_closed() == Closed(1006)
    server = Server()
    async with connected(server) as ws:
        await ws.leave()
        assert (ws.closed, server.is_gone) == (Closed(1006), True)
    server = Server()
    async with connected(server) as ws:
        server.fails = True
        with pytest.raises(WebSocketClosed, match="1006"):
            await ws.send("a")
        server.is_gone = True
    server = Server()
    with pytest.raises(ZeroDivisionError):
        async with connected(server):
            raise ZeroDivisionError
    assert (server.is_gone, server.heard) == (True, [])


async def test_what_does_not_come_is_not_waited_for_without_end() -> None:
    """Nor is what a client that has paused does not read."""
    server = Server()
    async with connected(server, 0.01) as ws:
        with pytest.raises(NoAnswer, match=r"no message came for 0\.01 seconds"):
            await ws.receive()
        with pytest.raises(NoAnswer, match=r"was not closed for 0\.02 seconds"):
            await ws.until_closed(timeout=0.02)
        ws.pause()
        server.protocol.send_text(b"a")
        with pytest.raises(NoAnswer):
            await ws.receive()
        ws.resume()
        assert await ws.receive() == "a"


async def test_a_client_that_has_paused_still_closes() -> None:
    """It reads on for the server's half of that, and waits for nothing."""
    server = Server()
    with anyio.fail_after(2):
        async with connected(server) as ws:
            ws.pause()
    assert [frame.opcode.name for frame in server.heard] == ["CLOSE"]


async def test_a_refusal_is_the_library_s_response() -> None:
    """Read to its end."""
    response = httpx.Response(403, stream=httpx.ByteStream(b"no"))
    with pytest.raises(WebSocketDenied, match="403: b'no'"):
        async with opened(response, 5):
            pass


def test_what_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """The package, or the connection."""
    with pytest.raises(TypeError, match="does not hand over the connection"):
        NetworkSocket(httpx.Response(101), 5)
    monkeypatch.setattr(module, "protocol", None)
    with pytest.raises(ImportError, match=r"typed-asgikit\[server\]"):
        NetworkSocket(httpx.Response(101, extensions={"network_stream": Server()}), 5)
