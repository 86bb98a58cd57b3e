"""The one place where a response becomes ASGI messages."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from typing import Final, Protocol

import anyio
from anyio.abc import TaskGroup

from asgikit.asgi import (
    AnyReceive,
    AnySend,
    Outbound,
    WebSocketScope,
    response_body,
    response_start,
    websocket_accept,
    websocket_close,
    websocket_response_body,
    websocket_response_start,
)
from asgikit.body import Stream, Upgrade
from asgikit.errors import ClientDisconnected, IncorrectLength, ProtocolError
from asgikit.handler import error_response
from asgikit.http.content import BODILESS
from asgikit.request import Request
from asgikit.response import Response

CLEAN_UP: Final = 10.0
"""Seconds that the iterator of a stream has for its clean-up after the client has left, if it is between two chunks then.

One that is waiting for its next chunk is cancelled there: clean-up that waits needs a shielded scope of its own."""


async def deliver(request: Request[object], response: Response, send: AnySend) -> None:
    """Sends a response to an HTTP request; that the client leaves before the end is no error.

    HEAD, 204 and 304 send no body, and start no stream. Raises IncorrectLength for a stream that does not have its
    content-length, ProtocolError for an upgrade, and what the stream raises.
    """
    body = response.body
    if isinstance(body, Upgrade):
        await deliver(request, error_response(ProtocolError()), send)
        raise ProtocolError("Response.upgrade() answers a WebSocket handshake, not an HTTP request")
    silent = request.method == "HEAD" or response.status in BODILESS
    started = await _sent(send, response_start(response.status, response.raw_headers))
    if isinstance(body, bytes):
        if started:
            await _sent(send, response_body(b"" if silent else body))
    elif started and not silent:
        await _stream(body, _Sender(body, _declared(response), send, response_body), request.disconnected)
    else:
        await _close(body.chunks)
        if started:
            await _sent(send, response_body())


async def _sent(send: AnySend, event: Outbound) -> bool:
    """Sends one event; False if the client has left (www, Disconnected Client)."""
    try:
        await send(event)
    except OSError:
        return False
    return True


def _declared(response: Response) -> int | None:
    lengths = [value for name, value in response.raw_headers if name == b"content-length"]
    return int(lengths[0]) if lengths else None


async def _stream(body: Stream, sender: _Sender, disconnected: Callable[[], Awaitable[None]]) -> None:
    """Sends chunks until they end or the client leaves, whichever the server tells first."""
    try:
        async with anyio.create_task_group() as group:
            group.start_soon(_watch, disconnected, group, sender)
            await sender.run()
            group.cancel_scope.cancel()
    finally:
        await sender.close()
    if sender.error is not None and not isinstance(sender.error, ClientDisconnected):
        raise sender.error


class _Event(Protocol):
    """Makes the event for a piece of a body."""

    def __call__(self, body: bytes = b"", *, more_body: bool = False) -> Outbound: ...


class _Sender:
    """One stream on its way out. Errors are kept, so that no task group wraps them."""

    def __init__(self, body: Stream, declared: int | None, send: AnySend, event: _Event) -> None:
        self._body = body
        self._left = declared
        self._send = send
        self._event = event
        self._iterator: object = None
        self.error: Exception | None = None

    async def run(self) -> None:
        try:
            chunks: AsyncIterator[bytes | str] = self._body.chunks.__aiter__()
            self._iterator = chunks
            async for chunk in chunks:
                data = chunk.encode() if isinstance(chunk, str) else chunk
                self._count(len(data))
                if not await _sent(self._send, self._event(data, more_body=True)):
                    return
            if self._left:
                raise IncorrectLength(f"the stream ended {self._left} bytes before its content-length")
            await _sent(self._send, self._event())
        except Exception as error:  # noqa: BLE001  # raised again by whoever waits for us
            self.error = error

    async def close(self) -> None:
        try:
            await _close(self._iterator or self._body.chunks)
        except Exception as error:  # noqa: BLE001  # the first error is the one that is raised
            self.error = self.error or error

    def _count(self, size: int) -> None:
        if self._left is not None:
            self._left -= size
            if self._left < 0:
                raise IncorrectLength("the stream is longer than its content-length")


async def _watch(disconnected: Callable[[], Awaitable[None]], group: TaskGroup, sender: _Sender) -> None:
    try:
        await disconnected()
    except Exception as error:  # noqa: BLE001  # raised again by whoever waits for us
        sender.error = error
    group.cancel_scope.cancel()


async def _close(chunks: object) -> None:
    """Ends an iterator, also one that never started, also while we are being cancelled."""
    close = getattr(chunks, "aclose", None)
    if close is not None:
        with anyio.move_on_after(CLEAN_UP, shield=True):
            await close()


async def deliver_handshake(scope: WebSocketScope, response: Response, receive: AnyReceive, send: AnySend) -> None:
    """Answers a WebSocket handshake: an upgrade accepts it and runs its session, any other response denies it.

    The denial is the response where the server can send one, and a close (403) elsewhere.
    """
    body = response.body
    if isinstance(body, Upgrade):
        if await _sent(send, websocket_accept(body.subprotocol, response.raw_headers)):
            await body.session(receive, send)
    elif "websocket.http.response" not in (scope.get("extensions") or {}):
        await _sent(send, websocket_close())
    elif not await _sent(send, websocket_response_start(response.status, response.raw_headers)):
        if isinstance(body, Stream):
            await _close(body.chunks)
    elif isinstance(body, bytes):
        await _sent(send, websocket_response_body(body))
    else:
        sender = _Sender(body, _declared(response), send, websocket_response_body)
        await _stream(body, sender, partial(_hung_up, receive))


async def _hung_up(receive: AnyReceive) -> None:
    while (await receive())["type"] != "websocket.disconnect":
        pass  # nothing else can come before the handshake is answered
