"""The open WebSocket connection: receive, send, iterate. It exists only between accept and close."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final, Generic, Protocol, final

import anyio
from typing_extensions import TypeVar

from asgikit.asgi import AnyReceive, AnySend, websocket_close, websocket_send
from asgikit.errors import ClientDisconnected, InvalidEvent, MessageTooLarge, SocketError, sole

In_co = TypeVar("In_co", covariant=True)
Out_contra = TypeVar("Out_contra", contravariant=True)
In = TypeVar("In")
Out = TypeVar("Out")

MESSAGE_LIMIT: Final = 1024 * 1024
"""Bytes of a message that a session takes by default; past it the connection closes with 1009."""


class MessageDecoder(Protocol[In_co]):
    """Reads a message of its own type."""

    def decode_message(self, data: str | bytes, /) -> In_co:
        """The value. Raises UndecodableMessage for a message that is none."""
        ...


class MessageEncoder(Protocol[Out_contra]):
    """Writes a message of its own type."""

    def encode_message(self, value: Out_contra, /) -> str | bytes:
        """The message: text for str, binary for bytes."""
        ...


@final
class RawMessages:
    """Messages as they are: text as str, binary as bytes."""

    __slots__ = ()

    def decode_message(self, data: str | bytes, /) -> str | bytes:
        """The message itself."""
        return data

    def encode_message(self, value: str | bytes, /) -> str | bytes:
        """The message itself."""
        return value


@final
class WebSocket(Generic[In_co, Out_contra]):
    """An accepted connection that receives `In` and sends `Out`; iterate over it for the messages."""

    __slots__ = ("_closed", "_decode", "_encode", "_limit", "_receive", "_send")

    def __init__(
        self,
        receive: AnyReceive,
        send: AnySend,
        decoder: MessageDecoder[In_co],
        encoder: MessageEncoder[Out_contra],
        limit: int = MESSAGE_LIMIT,
    ) -> None:
        """Made by the edge after it has accepted."""
        self._receive: AnyReceive = receive
        self._send: AnySend = send
        self._decode: Callable[[str | bytes], In_co] = decoder.decode_message
        self._encode: Callable[[Out_contra], str | bytes] = encoder.encode_message
        self._limit: int = limit
        self._closed: int | None = None

    @property
    def closed(self) -> int | None:
        """The close code, once either side has closed (RFC 6455, 7.4); None while the connection is open."""
        return self._closed

    async def receive(self) -> In_co:
        """The next message.

        Raises ClientDisconnected when there is none any more, UndecodableMessage or MessageTooLarge for one that
        the session does not take: left alone, they close the connection with 1007 or 1009.
        """
        if self._closed is not None:
            raise ClientDisconnected(f"the WebSocket is closed with {self._closed}")
        event = await self._receive()
        if event["type"] == "websocket.disconnect":
            code = event.get("code", 1005)
            self._closed = code if isinstance(code, int) else 1005
            raise ClientDisconnected(f"the client closed the WebSocket with {self._closed}")
        data = event.get("text")
        if data is None:
            data = event.get("bytes")
        if event["type"] != "websocket.receive" or not isinstance(data, str | bytes):
            raise InvalidEvent(f"the server sent {event['type']!r} without a message on a WebSocket")
        if len(data) > self._limit or (isinstance(data, str) and not data.isascii() and len(data.encode()) > self._limit):
            raise MessageTooLarge(f"a message of over {self._limit} bytes")
        return self._decode(data)

    async def send(self, message: Out_contra, /) -> None:
        """Sends one message. Raises ClientDisconnected if the connection is closed."""
        if self._closed is not None:
            raise ClientDisconnected(f"the WebSocket is closed with {self._closed}")
        try:
            await self._send(websocket_send(self._encode(message)))
        except OSError:
            self._closed = 1006
            raise ClientDisconnected("the client left the WebSocket") from None

    async def close(self, code: int = 1000, reason: str = "") -> None:
        """Closes the connection; nothing happens if it is closed.

        Raises ValueError for a code that an application may not send (RFC 6455, 7.4) or a reason over 123 bytes.
        """
        if not (code == 1000 or (1001 <= code <= 1014 and code not in {1004, 1005, 1006}) or 3000 <= code <= 4999):
            raise ValueError(f"an application cannot close a WebSocket with {code}")
        if len(reason.encode()) > 123:
            raise ValueError("the reason of a close frame is at most 123 bytes")
        if self._closed is None:
            self._closed = code
            with suppress(OSError):  # the client left first, which is what was asked for
                await self._send(websocket_close(code, reason))

    def __aiter__(self) -> WebSocket[In_co, Out_contra]:
        """The messages, until either side closes."""
        return self

    async def __anext__(self) -> In_co:
        """The next message."""
        try:
            return await self.receive()
        except ClientDisconnected:
            raise StopAsyncIteration from None


async def run_session(session: Callable[[WebSocket[In, Out]], Awaitable[None]], socket: WebSocket[In, Out]) -> None:
    """Runs a session and closes: 1000 when it returns, 1001 when it is cancelled, 1011 when it fails.

    What a client sent wrongly closes with its own code; a client that left is the end, not an error.
    """
    try:
        await session(socket)
    except anyio.get_cancelled_exc_class():
        with anyio.move_on_after(1, shield=True):
            await socket.close(1001)
        raise
    except Exception as error:
        only = sole(error)
        if isinstance(only, ClientDisconnected):
            return
        if not isinstance(only, SocketError):
            await socket.close(1011)
            raise
        await socket.close(only.code, str(only).encode("utf-8", "replace")[:123].decode("utf-8", "ignore"))
    else:
        await socket.close()
