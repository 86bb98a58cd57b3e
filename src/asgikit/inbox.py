"""Inbox: a request's body, read once from the server, and the news that the client left."""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable, Iterator, Mapping
from functools import partial
from typing import Final, Protocol, final

import anyio

from asgikit.allowance import Allowance, too_large
from asgikit.asgi import AnyReceive
from asgikit.errors import BodyConsumed, ClientDisconnected, HTTPError, InvalidEvent
from asgikit.patience import Patience

BODY_LIMIT: Final = 2 * 1024 * 1024
"""Bytes of a request body that are kept by default; past it the answer is 413."""

SMALL: Final = 4 * 1024
"""Bytes of a chunk that is not worth keeping by itself."""

READ_AHEAD: Final = 64 * 1024
"""Bytes of an unread request body that are held while watching for the client to leave."""

UNREAD: Final = 5.0
"""Seconds that they are held for somebody to read them; then the body is dropped, for the client may be gone behind it."""


class Decoder(Protocol):
    """Takes the coding off a body. Raises an HTTPError for one that is malformed, or too large."""

    def feed(self, data: bytes, /) -> Iterator[bytes]:
        """What this piece decodes to, in pieces of bounded size."""
        ...

    def finish(self) -> None:
        """Says that no more comes."""
        ...


@final
class Inbox:
    """The receiving side of one request: chunks of the body, then the news that the client left."""

    __slots__ = (
        "_ahead",
        "_broken",
        "_complete",
        "_decoder",
        "_gone",
        "_held",
        "_keeping",
        "_kept",
        "_others",
        "_parts",
        "_pieces",
        "_receive",
        "_receiving",
        "_refused",
        "_room",
        "_streamed",
        "_wanted",
        "allowance",
        "has_content",
        "patience",
    )

    def __init__(self, receive: AnyReceive) -> None:
        """Reads from this callable, never twice at a time."""
        self._receive: AnyReceive = receive
        self._ahead: deque[bytes] = deque()
        self._held = 0
        self._complete = False
        self._decoder: Decoder | None = None
        self._broken: HTTPError | None = None
        self._pieces: Iterator[bytes] = iter(())
        self._gone = False
        self._kept: bytes | None = None
        self._parts: list[bytes | bytearray] = []
        self._streamed = False
        self._refused = False
        self._keeping: anyio.Lock = anyio.Lock(fast_acquire=True)
        self._receiving = False
        self._others: anyio.Event | None = None
        self._room: anyio.Event = anyio.Event()
        self._wanted = False
        self.has_content: bool = False  # whether some of it has come
        self.allowance: Allowance | None = None  # of every reader: see middleware.body_limit
        self.patience: Patience | None = None  # of readers without limits of their own: see middleware.timeouts

    @property
    def is_waiting(self) -> bool:
        """Whether somebody waits, or has given up waiting, for more of the body."""
        return self._wanted

    @property
    def is_decoded(self) -> bool:
        """Whether the body is read through a decoder."""
        return self._decoder is not None

    @property
    def is_at_end(self) -> bool:
        """Whether everything is read, as far as we know without waiting."""
        return self._complete and not self._ahead and self._decoder is None

    def decode(self, decoder: Decoder) -> None:
        """Has the body read through this. Raises BodyConsumed if somebody has read of it."""
        if self._kept is not None or self._streamed or self._refused or self._parts:
            raise BodyConsumed("the body is read already: what decodes it has to come before")
        self._decoder = decoder

    def patiently(self, idle: float | None, total: float | None) -> Callable[[], Awaitable[bytes | None]]:
        """How to wait for the next chunk: for so long at most, or as long as `patience` says.

        Raises ValueError for times that are not above 0.
        """
        following = self.next if self.allowance is None else partial(self.allowance.take, self.next)
        patience = self.patience if idle is total is None else Patience(idle, total)
        return following if patience is None else partial(patience.wait, following)

    async def read(self, limit: int, declared: int | None, idle: float | None = None, total: float | None = None) -> bytes:
        """The whole body, kept for the next call.

        Raises ContentTooLarge past `limit` bytes (before reading, if `declared` says so), ClientDisconnected if the
        client leaves before the end, BodyConsumed if the body was streamed before, RequestTimeout as `stream` does.
        """
        if self.allowance is not None:
            limit = min(limit, self.allowance.cap)
        async with self._keeping:
            if self._kept is None:
                if self._streamed:
                    raise BodyConsumed("the body was streamed: read request.body() first to keep it")
                if self._refused or (declared is not None and declared > limit):
                    raise too_large(limit)
                self._kept = await self._whole(limit, self.patiently(idle, total))
        if len(self._kept) > limit:
            raise too_large(limit)
        return self._kept

    async def _whole(self, limit: int, following: Callable[[], Awaitable[bytes | None]]) -> bytes:
        # The parts stay with us, so that who asks again after a cancelled read gets all of them.
        size = sum(map(len, self._parts))
        while (chunk := await following()) is not None:
            size += len(chunk)
            if size > limit:
                self._refused = True  # some of it is gone: nobody can have the whole body any more
                raise too_large(limit)
            # Small chunks are put together as they come: each by itself takes more memory than what is in it.
            if self._parts and len(chunk) < SMALL:
                last = self._parts[-1]
                if not isinstance(last, bytearray):
                    last = self._parts[-1] = bytearray(last)
                last += chunk
            else:
                self._parts.append(chunk)
        return bytes(self._parts[0]) if len(self._parts) == 1 else b"".join(self._parts)

    def stream(self, idle: float | None = None, total: float | None = None) -> Chunks:
        """The body in chunks, none of them empty; the kept body if it was read before.

        Raises, when it is iterated, ClientDisconnected if the client leaves before the end, BodyConsumed the second time,
        RequestTimeout if we wait for more than `idle` seconds for a chunk, or `total` seconds in all.
        """
        return Chunks(self, idle, total)

    def begin(self) -> bytes | None:
        """Begins to stream: the kept body, None if it is still to come.

        Raises BodyConsumed if somebody has begun before, ContentTooLarge if it is known to be past what is allowed.
        """
        if self.allowance is not None:
            self.allowance.check(self._kept)
        if self._kept is not None:
            return self._kept
        if self._streamed or self._refused or self._parts or self._keeping.locked():
            raise BodyConsumed("the body is read or was streamed before: read request.body() first to keep it")
        self._streamed = True
        return None

    async def next(self) -> bytes | None:
        """The next chunk, perhaps empty; None behind the last. Raises ClientDisconnected."""
        while True:
            if self._decoder is not None and (piece := self._decoded(self._decoder)) is not None:
                return piece
            if self._ahead:
                chunk = self._ahead.popleft()
                self._held -= len(chunk)
                self._room.set()
                if self._decoder is None:
                    return chunk
                if self.allowance is not None:
                    self.allowance.count_encoded(len(chunk))
                self._pieces = self._decoder.feed(chunk)
            elif self._complete:
                return None
            elif self._gone:
                raise ClientDisconnected("the client left before the end of the request body")
            else:
                await self._pull()

    def _decoded(self, decoder: Decoder) -> bytes | None:
        """The next piece of what has come. A body that fails once fails for good: nobody takes what is left for all of it."""
        if self._broken is not None:
            raise self._broken
        try:
            piece = next(self._pieces, None)
            if piece is None and self._complete and not self._ahead:
                decoder.finish()
        except HTTPError as error:
            self._broken = error
            raise
        return piece

    async def disconnected(self) -> None:
        """Returns when the client has left.

        What is left of the body is held meanwhile, up to READ_AHEAD bytes. Past that it waits for a reader, and drops
        the body if none comes for UNREAD seconds: behind it the client may be gone.
        """
        while not self._gone:
            if self._held < READ_AHEAD:
                await self._pull()
                continue
            if self._room.is_set():
                self._room = anyio.Event()
            with anyio.move_on_after(UNREAD):
                await self._room.wait()
            if self._held >= READ_AHEAD and not self._streamed and not self._keeping.locked():
                self._refused = True
                self._ahead.clear()
                self._held = 0

    async def _pull(self) -> None:
        """Receives the next event, or waits until somebody else has: who comes second looks again what there is."""
        if self._receiving:
            self._others = self._others or anyio.Event()
            await self._others.wait()
            return
        self._receiving = True  # not a lock, which costs as much as all else that is done for a chunk
        self._wanted = not self._complete
        try:
            event = await self._receive()
            self._wanted = False
        finally:
            self._receiving = False
            if self._others is not None:
                self._others.set()
                self._others = None
        self._take(event)

    def _take(self, event: Mapping[str, object]) -> None:
        kind = event["type"]
        if kind == "http.request":
            body = event.get("body", b"")
            if not isinstance(body, bytes):
                raise InvalidEvent(f"the body of http.request is not bytes but {type(body).__name__}")
            self.has_content = self.has_content or bool(body)
            if body and not self._refused:
                self._ahead.append(body)
                self._held += len(body)
            self._complete = not event.get("more_body", False)
        elif kind == "http.disconnect":
            self._gone = True
        else:
            raise InvalidEvent(f"the server sent {kind!r} on an HTTP connection")


@final
class Chunks:
    """A body on its way in. The next chunk is asked for when the one before is done with."""

    __slots__ = ("_begun", "_done", "_inbox", "_next")

    def __init__(self, inbox: Inbox, idle: float | None, total: float | None) -> None:
        """Made by `stream()`."""
        self._inbox: Inbox = inbox
        self._next: Callable[[], Awaitable[bytes | None]] = inbox.patiently(idle, total)
        self._begun = False
        self._done = False

    def __aiter__(self) -> Chunks:
        """Itself."""
        return self

    async def __anext__(self) -> bytes:
        """The next chunk. Raises what `stream` says."""
        if not self._begun:
            kept = self._inbox.begin()
            self._begun = True
            self._done = kept is not None
            if kept:
                return kept
        while not self._done:
            chunk = await self._next()
            if chunk:
                return chunk
            self._done = chunk is None
        raise StopAsyncIteration
