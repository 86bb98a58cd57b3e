"""WebSockets over a network: frames on the connection that the library has opened with its handshake."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Final, Protocol, TypeGuard, final

import anyio

from asgikit.http.headers import Headers
from asgikit.testing.failures import NoAnswer, WebSocketClosed
from asgikit.testing.library import HTTPResponse
from asgikit.testing.messages import Closed

if TYPE_CHECKING:
    from websockets import frames, protocol
else:
    try:
        from websockets import frames, protocol
    except ImportError:
        protocol = frames = None

_CHUNK: Final = 65_536

_CLOSING: Final = 5.0
"""Seconds that the server has for its half of the close."""


class NetworkStream(Protocol):
    """The connection behind a 101 response: the extension `network_stream` of httpx and httpx2."""

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109  # theirs
        """What has come, b"" at the end."""
        ...

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109  # theirs
        """Sends."""
        ...

    async def aclose(self) -> None:
        """Ends it."""
        ...


@final
class NetworkSocket:
    """The client's half of a WebSocket; it reads when the test receives, and not before."""

    __slots__ = ("_code", "_limit", "_messages", "_parts", "_paused", "_protocol", "_stream", "closed", "headers", "subprotocol")

    def __init__(self, response: HTTPResponse, limit: float | None) -> None:
        """On the connection of a 101 response. Raises ImportError without the package `websockets`."""
        if protocol is None:
            raise ImportError("WebSockets over a network need websockets: install the extra typed-asgikit[server]")
        stream = response.extensions.get("network_stream")
        if not _is_stream(stream):
            raise TypeError("this library does not hand over the connection of a 101 response")
        self._stream: NetworkStream = stream
        self._protocol = protocol.Protocol(protocol.Side.CLIENT, max_size=None)
        self._limit = limit
        self._messages: deque[str | bytes] = deque()
        self._parts: list[bytes] = []
        self._code: object = None
        self.headers: Headers = Headers.from_raw([(name.lower(), value) for name, value in response.headers.raw])
        self.subprotocol: str | None = self.headers.get("sec-websocket-protocol")
        self.closed: Closed | None = None
        """How it has ended, by whichever side."""
        self._paused = False

    async def next(self, limit: float | None = None) -> str | bytes:
        """The next message. Raises WebSocketClosed behind the last one, NoAnswer."""
        with anyio.move_on_after(self._limit if limit is None else limit):
            while not self._messages and self.closed is None:
                await self._read()
        if self._messages:
            return self._messages.popleft()
        if self.closed is not None:
            raise WebSocketClosed(*self.closed)
        raise NoAnswer(f"no message came for {self._limit if limit is None else limit:g} seconds")

    async def send(self, message: str | bytes) -> None:
        """Sends a message. Raises WebSocketClosed."""
        self._require_open()
        if isinstance(message, str):
            self._protocol.send_text(message.encode())
        else:
            self._protocol.send_binary(message)
        await self._flush()
        self._require_open()

    def _require_open(self) -> None:
        if self.closed is not None:
            raise WebSocketClosed(*self.closed)

    async def close(self, code: int, reason: str) -> None:
        """Closes; 1005 is a close frame without a code."""
        if self.closed is None:
            self.closed = Closed(code, reason)
            self._protocol.send_close(None if code == 1005 else code, reason)
            await self._flush()

    async def until_closed(self, limit: float | None = None) -> Closed:
        """Returns when it has ended. Raises NoAnswer."""
        with anyio.move_on_after(self._limit if limit is None else limit):
            while self.closed is None:
                await self._read()
        if self.closed is None:
            raise NoAnswer(f"the WebSocket was not closed for {self._limit if limit is None else limit:g} seconds")
        return self.closed

    async def drop(self, code: int = 1006) -> None:
        """Is gone without a close frame: the server sees no code."""
        self.closed = self.closed or Closed(code)
        await self._stream.aclose()

    def pause(self) -> None:
        """Reads nothing more."""
        self._paused = True

    def resume(self) -> None:
        """Reads on."""
        self._paused = False

    async def end(self) -> None:
        """Closes with 1000 if nobody has, and waits for the server's half of that."""
        self.resume()
        await self.close(1000, "")
        with anyio.move_on_after(_CLOSING):
            while self._protocol.close_rcvd is None and self._protocol.state is not protocol.State.CLOSED:
                await self._read()

    async def _read(self) -> None:
        if self._paused:
            await anyio.sleep_forever()
        try:
            data = await self._stream.read(_CHUNK)
        except Exception:  # noqa: BLE001  # of the library's own classes: the connection is broken
            data = b""
        if data:
            self._protocol.receive_data(data)
        else:
            self._protocol.receive_eof()
        for event in self._protocol.events_received():
            if isinstance(event, frames.Frame):
                self._take(event)
        await self._flush()
        received = self._protocol.close_rcvd
        if received is not None:
            self.closed = self.closed or Closed(received.code, received.reason)
        elif self.closed is None and (not data or self._protocol.state is protocol.State.CLOSED):
            self.closed = Closed(1006)

    def _take(self, frame: frames.Frame) -> None:
        if frame.opcode in {frames.Opcode.TEXT, frames.Opcode.BINARY}:
            self._code = frame.opcode
        elif frame.opcode is not frames.Opcode.CONT:
            return
        self._parts.append(bytes(frame.data))
        if frame.fin:
            data = b"".join(self._parts)
            self._parts.clear()
            self._messages.append(data.decode() if self._code is frames.Opcode.TEXT else data)

    async def _flush(self) -> None:
        for data in self._protocol.data_to_send():
            try:
                if data:
                    await self._stream.write(data)
            except Exception:  # noqa: BLE001  # as above
                self.closed = self.closed or Closed(1006)


def _is_stream(stream: object) -> TypeGuard[NetworkStream]:
    return hasattr(stream, "read") and hasattr(stream, "write")
