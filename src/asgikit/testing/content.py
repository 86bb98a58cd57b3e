"""The body of a request on its way to the application: given whole, or as it comes."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncGenerator, AsyncIterable
from functools import partial
from typing import final

import anyio
from anyio.lowlevel import checkpoint

from asgikit.detached import spawn
from asgikit.testing.failures import is_stop
from asgikit.testing.signal import Bell


@final
class Content:
    """What `receive()` gives of a body, piece by piece; what is cancelled while it waits loses nothing."""

    __slots__ = ("_left", "_pieces", "_scope", "_size", "_source", "_task", "_wanted", "complete", "error", "is_awaited", "news")

    def __init__(
        self, source: bytes | bytearray | memoryview | AsyncIterable[bytes], *, length: int | None = None, size: int | None = None
    ) -> None:
        """A body of `length` bytes if that was declared, in pieces of at most `size` bytes."""
        self._pieces: deque[bytes] = deque()
        self._source: AsyncIterable[bytes] | None = None
        self._left = length
        self._size = size
        self._wanted = Bell()
        self._task: object = None
        self._scope: anyio.CancelScope | None = None
        self.news: Bell = Bell()
        """Rings when there is more, or no more to come."""
        self.complete: bool = False
        """Whether everything is here."""
        self.is_awaited: bool = False
        """Whether the application waits for more of it."""
        self.error: BaseException | None = None
        """What the source raised: the client breaks off there."""
        if isinstance(source, bytes | bytearray | memoryview):
            self._cut(bytes(source))
            self.complete = True
        else:
            self._source = source

    @property
    def is_broken(self) -> bool:
        """Whether no more will come, and not everything is here."""
        return self.error is not None

    @property
    def has_next(self) -> bool:
        """Whether `next` has something to give."""
        return bool(self._pieces) or self.complete

    def next(self) -> tuple[bytes, bool]:
        """A piece, and whether more come."""
        piece = self._pieces.popleft() if self._pieces else b""
        self._wanted.ring()
        return piece, bool(self._pieces) or not self.complete

    def want(self) -> None:
        """The application asks: a source starts to be read now."""
        source, self._source = self._source, None
        if source is not None:
            self._scope = anyio.CancelScope()
            self._task = spawn(partial(self._run, source, self._scope))

    async def change(self) -> None:
        """Returns when there is more for the application, or no more to come."""
        self.is_awaited = True
        try:
            await self.news.wait()
        finally:
            self.is_awaited = False

    def stop(self) -> None:
        """The client has left, or has its answer: nothing more is read."""
        self._source = None
        if self._scope is not None:
            self._scope.cancel()

    async def aclose(self) -> None:
        """The same, and returns when the source is left alone."""
        self.stop()
        if self._scope is not None:
            await self._left_alone()

    async def _left_alone(self) -> None:
        with anyio.CancelScope(shield=True):
            while self._scope is not None:
                await self.news.wait()

    def _cut(self, data: bytes) -> None:
        step = self._size or len(data) or 1
        self._pieces.extend(data[at : at + step] for at in range(0, len(data), step))

    async def _run(self, source: AsyncIterable[bytes], scope: anyio.CancelScope) -> None:
        try:
            await self._read(source, scope)
        except BaseException as error:
            self.error = error  # the client's to raise
            if is_stop(error):
                raise
        finally:
            self._scope = None
            self.news.ring()

    async def _read(self, source: AsyncIterable[bytes], scope: anyio.CancelScope) -> None:
        pieces = aiter(source)
        try:
            with scope:
                async for chunk in pieces:
                    await self._put(chunk)
                if self._left:
                    raise ValueError(f"the content is {self._left} bytes shorter than its content-length")
                self.complete = True
        finally:
            await closed(pieces)

    async def _put(self, given: bytes) -> None:
        chunk = memoryview(given).tobytes()  # a text in its place is the test's mistake, not the application's
        if self._left is not None:
            self._left -= len(chunk)
            if self._left < 0:
                raise ValueError(f"the content is longer than its content-length, by {-self._left} bytes at least")
            self.complete = not self._left
        self._cut(chunk)
        self.news.ring()
        if not chunk:
            await checkpoint()  # one that gives nothing, for ever, lets the time pass
        while self._pieces:
            await self._wanted.wait()


async def closed(source: object) -> None:
    """Closes a generator that was not read to its end; anything else is left as it is."""
    if isinstance(source, AsyncGenerator):
        with anyio.CancelScope(shield=True):
            await source.aclose()
