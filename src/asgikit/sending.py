"""Bodies on their way out: a stream or a file, until it ends, the client leaves, or the server stops."""

from __future__ import annotations

import math
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Final, Protocol, final

import anyio
from anyio.abc import TaskGroup

from asgikit.asgi import AnySend, Outbound
from asgikit.body import Feed, Stream
from asgikit.errors import ClientDisconnected, IncorrectLength
from asgikit.files import Reader, remaining

CLEAN_UP: Final = 10.0
"""Seconds that the iterator of a stream has for its clean-up after the client has left, if it is between two chunks then.

One that is waiting for its next chunk is cancelled there: clean-up that waits needs a shielded scope of its own."""


async def sent(send: AnySend, event: Outbound) -> bool:
    """Sends one event; False if the client has left (www, Disconnected Client)."""
    try:
        await send(event)
    except OSError:
        return False
    return True


class BodyEvent(Protocol):
    """Makes the event for a piece of a body."""

    def __call__(self, body: bytes = b"", *, more_body: bool = False) -> Outbound:
        """The event."""
        ...


@final
@dataclass(frozen=True, slots=True)
class Outlet:
    """Where the pieces of one body go, and what ends it before its time."""

    send: AnySend
    event: BodyEvent
    disconnected: Callable[[], Awaitable[None]]
    stopping: Callable[[], Awaitable[None]]

    async def say(self, body: bytes = b"", *, more: bool = False) -> bool:
        """Sends one piece; False if the client has left."""
        return await sent(self.send, self.event(body, more_body=more))


async def send_stream(body: Stream, length: int | None, outlet: Outlet) -> None:
    """Sends chunks until they end or the client leaves, whichever the server tells first; a feed until the server stops.

    Raises IncorrectLength for a stream that does not have this length, and what the stream raises.
    """
    sender = _Sender(body, length, outlet)
    try:
        async with anyio.create_task_group() as group:
            group.start_soon(_watch, outlet.disconnected, group, sender)
            if body.feed is not None:
                group.start_soon(_beat, body.feed, sender)
                group.start_soon(_stop, outlet.stopping, group, sender)
            await sender.run()
            group.cancel_scope.cancel()
    finally:
        await sender.close()
    if sender.error is not None and not isinstance(sender.error, ClientDisconnected):
        raise sender.error
    if sender.stopped:
        await outlet.say()


async def send_file(reader: Reader, first: bytes, length: int, outlet: Outlet) -> None:
    """Sends a file whose first chunk is read already. Raises IncorrectLength if it has been cut off meanwhile."""
    if len(first) == length:
        await outlet.say(first)
    else:
        await send_stream(Stream(_chunks(reader, first)), length, outlet)


async def _chunks(reader: Reader, first: bytes) -> AsyncIterator[bytes]:
    yield first
    async for chunk in remaining(reader):
        yield chunk


class _Sender:
    """One body on its way out. Errors are kept, so that no task group wraps them."""

    def __init__(self, body: Stream, declared: int | None, outlet: Outlet) -> None:
        self.error: Exception | None = None
        self.stopped = False
        self.quiet_since = 0.0
        self.busy = anyio.Lock(fast_acquire=True)
        self._outlet = outlet
        self._body = body
        self._left = declared
        self._iterator: object = None

    async def run(self) -> None:
        say = self._outlet.say if self._body.feed is None else self.say
        try:
            chunks: AsyncIterator[bytes | str] = self._body.chunks.__aiter__()
            self._iterator = chunks
            async for chunk in chunks:
                data = chunk.encode() if isinstance(chunk, str) else chunk
                self._count(len(data))
                if not await say(data, more=True):
                    return
            if self._left:
                raise IncorrectLength(f"the body ended {self._left} bytes before its content-length")
            await self._outlet.say()
        except Exception as error:  # noqa: BLE001  # raised again by whoever waits for us
            self.error = error

    async def say(self, body: bytes = b"", *, more: bool = False) -> bool:
        """Sends one chunk, while no other is being sent."""
        async with self.busy:
            self.quiet_since = anyio.current_time()
            return await self._outlet.say(body, more=more)

    async def close(self) -> None:
        try:
            await close_chunks(self._iterator or self._body.chunks)
        except Exception as error:  # noqa: BLE001  # the first error is the one that is raised
            self.error = self.error or error

    def _count(self, size: int) -> None:
        if self._left is not None:
            self._left -= size
            if self._left < 0:
                raise IncorrectLength("the body is longer than its content-length")


async def _watch(disconnected: Callable[[], Awaitable[None]], group: TaskGroup, sender: _Sender) -> None:
    try:
        await disconnected()
    except Exception as error:  # noqa: BLE001  # raised again by whoever waits for us
        sender.error = error
    group.cancel_scope.cancel()


async def _stop(stopping: Callable[[], Awaitable[None]], group: TaskGroup, sender: _Sender) -> None:
    await stopping()
    async with sender.busy:  # not in the middle of a chunk
        sender.stopped = True
        group.cancel_scope.cancel()


async def _beat(feed: Feed, sender: _Sender) -> None:
    sender.quiet_since = anyio.current_time()
    while not math.isinf(feed.every):
        due = sender.quiet_since + feed.every
        if (wait := due - anyio.current_time()) > 0:
            await anyio.sleep(wait)
        elif not await sender.say(feed.beat, more=True):
            return


async def close_chunks(chunks: object) -> None:
    """Ends an iterator, also one that never started, also while we are being cancelled."""
    close = getattr(chunks, "aclose", None)
    if close is not None:
        with anyio.move_on_after(CLEAN_UP, shield=True):
            await close()
