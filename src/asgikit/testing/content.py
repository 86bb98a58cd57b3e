"""The body of a request on its way to the application: given whole, or as it comes."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterable
from typing import Final, final

import anyio

from asgikit.detached import spawn
from asgikit.testing.signal import Bell

_NOTHING: Final = 0


@final
class Content:
    """What `receive()` gives of a body, piece by piece; what is cancelled while it waits loses nothing."""

    __slots__ = ("_left", "_pieces", "_pump", "_scope", "_size", "_source", "_wanted", "complete", "error", "news")

    def __init__(self, source: bytes | AsyncIterable[bytes], *, length: int | None = None, size: int | None = None) -> None:
        """A body of `length` bytes if that was declared, in pieces of at most `size` bytes."""
        self._pieces: deque[bytes] = deque()
        self._source: AsyncIterable[bytes] | None = None
        self._left = length
        self._size = size
        self._wanted = Bell()
        self._pump: object = None
        self._scope: anyio.CancelScope | None = None
        self.news: Bell = Bell()
        """Rings when there is more, or no more to come."""
        self.complete: bool = False
        """Whether everything is here."""
        self.error: Exception | None = None
        """What the source raised: the client breaks off there."""
        if isinstance(source, bytes):
            self._cut(source)
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
        if self._pump is None and self._source is not None:
            self._pump = spawn(self._run)

    def stop(self) -> None:
        """The client has left, or has its answer: nothing more is read."""
        if self._scope is not None:
            self._scope.cancel()
        self._source = None

    def _cut(self, data: bytes) -> None:
        step = self._size or len(data) or 1
        self._pieces.extend(data[at : at + step] for at in range(0, len(data), step))

    async def _run(self) -> None:
        source = self._source
        if source is None:
            return
        with anyio.CancelScope() as self._scope:
            try:
                async for chunk in source:
                    await self._put(chunk)
            except Exception as error:  # noqa: BLE001  # the client's to raise
                self.error = error
            else:
                self.complete = True
        self.news.ring()

    async def _put(self, chunk: bytes) -> None:
        if self._left is not None:
            self._left -= len(chunk)
            self.complete = self._left <= _NOTHING
        self._cut(chunk)
        self.news.ring()
        while self._pieces:
            await self._wanted.wait()
