"""Bodies on their way out: a stream or a file, until it ends, the client leaves, or the server stops."""

from __future__ import annotations

import math
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from time import monotonic
from typing import Final, Protocol, final

import anyio
import anyio.lowlevel
import anyio.to_thread

from asgikit.asgi import AnySend, Outbound
from asgikit.body import Feed, Stream
from asgikit.codings.coding import THREAD_SIZE, Encoder
from asgikit.errors import ClientDisconnected, IncorrectLength
from asgikit.files import Reader, remaining

CLEAN_UP: Final = 10.0
"""Seconds that the iterator of a stream has for its clean-up after the client has left, if it is between two chunks then.

One that is waiting for its next chunk is cancelled there: clean-up that waits needs a shielded scope of its own."""


TURN: Final = 0.05
"""Seconds after which a stream lets others have their turn, if neither its iterator nor the server has waited for anything."""


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


async def send_stream(body: Stream, length: int | None, outlet: Outlet) -> bool:
    """Sends chunks until they end or the client leaves, whichever the server tells first; a feed until the server stops.

    False if the client has not got all of it. Raises IncorrectLength for a stream that does not have this length, and
    what the stream raises.
    """
    sender = _Sender(body, length, outlet)
    async with anyio.create_task_group() as group:
        scope = group.cancel_scope
        group.start_soon(sender.watch, scope)
        if body.feed is not None:
            group.start_soon(sender.stop, scope)
            if not math.isinf(body.feed.every):
                group.start_soon(sender.beat, body.feed, scope)
        await sender.run(scope)
        scope.cancel()
    if sender.error is not None and not isinstance(sender.error, ClientDisconnected):
        raise sender.error
    if not sender.is_complete:
        return False
    return await outlet.say(b"" if sender.encoder is None else sender.encoder.finish())


async def send_file(reader: Reader, first: bytes, length: int, outlet: Outlet) -> bool:
    """Sends a file whose first chunk is read already; False if the client has not got all of it.

    Raises IncorrectLength if it has been cut off meanwhile.
    """
    if len(first) == length:
        return await outlet.say(first)
    return await send_stream(Stream(remaining(reader, first)), length, outlet)


class _Sender:
    """One body on its way out, and what goes on beside it. Errors are kept, so that no task group wraps them."""

    __slots__ = (
        "_beating",
        "_body",
        "_busy",
        "_cut",
        "_finished",
        "_iterator",
        "_left",
        "_outlet",
        "_over",
        "_quiet_since",
        "_stopped",
        "encoder",
        "error",
    )

    def __init__(self, body: Stream, declared: int | None, outlet: Outlet) -> None:
        self.error: Exception | None = None
        self.encoder = None if body.feed is None else body.feed.encoder
        self._body = body
        self._left = declared
        self._outlet = outlet
        self._iterator: AsyncIterator[bytes | str] | None = None
        self._busy = False  # whether the iterator stands between two chunks, or has ended
        self._over = False  # nothing more is to be sent
        self._finished = False
        self._stopped = False
        self._cut = False  # whether the client has left, or an event may have gone out in part
        self._beating: anyio.Event | None = None
        self._quiet_since = monotonic()

    @property
    def is_complete(self) -> bool:
        """Whether the last event may follow: all chunks are sent, or the server has stopped us between two."""
        return (self._finished or self._stopped) and not self._cut and self._beating is None

    async def run(self, scope: anyio.CancelScope) -> None:
        """Sends the chunks and closes their iterator: in the task and inside the scope in which it may have opened its own."""
        try:
            await self._send_chunks()
        except Exception as error:  # noqa: BLE001  # raised again by whoever waits for us
            self.error = self.error or error
        except BaseException:
            self._cut = self._cut or self._busy
            self._busy = True
            await self._close(scope, shield=True)
            raise
        self._busy = True
        if self._beating is not None:
            await self._beating.wait()
        await self._close(scope, shield=scope.cancel_called)

    async def _send_chunks(self) -> None:
        send, event = self._outlet.send, self._outlet.event
        chunks: AsyncIterator[bytes | str] = self._body.chunks.__aiter__()
        self._iterator = chunks
        turn = self._quiet_since
        async for chunk in chunks:
            self._busy = True
            data = chunk.encode() if isinstance(chunk, str) else chunk
            size = len(data)
            if self._left is not None:
                self._count(self._left - size)
            if self._beating is not None:
                await self._beating.wait()
            if self._quiet_since - turn > TURN:  # what compresses well fills no buffer: the news that the client left would wait
                await anyio.lowlevel.checkpoint()
                turn = monotonic()
            if not self._over:
                if self.encoder is not None:  # what is encoded has to be sent, for what follows builds on it
                    data = await _encoded(self.encoder, data)
                try:  # as in sent(), without the call: each is a tenth of what a chunk takes
                    await send(event(data, more_body=True))
                except OSError:
                    self._cut = self._over = True
            if self._over:
                return
            self._quiet_since = monotonic()
            self._busy = False
        if self._left:
            raise IncorrectLength(f"the body ended {self._left} bytes before its content-length")
        self._finished = True

    async def _close(self, scope: anyio.CancelScope, *, shield: bool) -> None:
        chunks = self._body.chunks if self._iterator is None else self._iterator
        try:
            if shield:
                await close_chunks(chunks)
            elif (close := getattr(chunks, "aclose", None)) is not None:
                # With no scope of our own around it, for scopes end in the order in which they began, the latest first.
                scope.deadline = anyio.current_time() + CLEAN_UP
                await _closed(close)
        except Exception as error:  # noqa: BLE001  # the first error is the one that is raised
            self.error = self.error or error

    def _count(self, left: int) -> None:
        self._left = left
        if left < 0:
            raise IncorrectLength("the body is longer than its content-length")

    def _end(self, scope: anyio.CancelScope) -> None:
        """Cancels the iterator where it waits; while an event is on its way, that one is the last."""
        self._over = True
        if self._busy or self._beating is not None:
            scope.deadline = min(scope.deadline, anyio.current_time() + CLEAN_UP)
        else:
            scope.cancel()

    async def watch(self, scope: anyio.CancelScope) -> None:
        """Ends it when the client leaves."""
        try:
            await self._outlet.disconnected()
        except Exception as error:  # noqa: BLE001  # raised again by whoever waits for us
            self.error = self.error or error
        self._cut = True
        self._end(scope)

    async def stop(self, scope: anyio.CancelScope) -> None:
        """Ends it when the server is about to stop."""
        await self._outlet.stopping()
        self._stopped = True
        self._end(scope)

    async def beat(self, feed: Feed, scope: anyio.CancelScope) -> None:
        """Sends the beat whenever it is time, and no chunk is on its way."""
        while not self._over:
            wait = feed.every if self._busy else self._quiet_since + feed.every - monotonic()
            if wait > 0:
                await anyio.sleep(wait)
                continue
            beating = self._beating = anyio.Event()
            try:
                beat = feed.beat if feed.encoder is None else feed.encoder.encode(feed.beat)
                await self._outlet.send(self._outlet.event(beat, more_body=True))
                self._beating = None
            except OSError:
                self._over = True
            except Exception as error:  # noqa: BLE001  # raised again by whoever waits for us
                self.error = self.error or error
                self._over = True
            beating.set()
            self._quiet_since = monotonic()
        if not self._busy:
            scope.cancel()


async def _encoded(encoder: Encoder, data: bytes) -> bytes:
    return encoder.encode(data) if len(data) < THREAD_SIZE else await anyio.to_thread.run_sync(encoder.encode, data)


async def close_chunks(chunks: object) -> None:
    """Ends an iterator, also one that never started, also while we are being cancelled."""
    close = getattr(chunks, "aclose", None)
    if close is not None:
        with anyio.move_on_after(CLEAN_UP, shield=True):
            await _closed(close)


async def _closed(close: Callable[[], Awaitable[object]]) -> None:
    try:
        await close()
    except BaseExceptionGroup as group:
        # A generator that has a task group around a yield: the group wraps what ends generators.
        rest = group.split(GeneratorExit)[1]
        if rest is not None:
            raise rest from None
