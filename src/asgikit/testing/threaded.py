"""Content that blocks, as generators and files do: read in a worker thread, so that the event loop goes on."""

from __future__ import annotations

import io
from collections.abc import AsyncGenerator, Callable, Iterable, Iterator
from functools import partial
from typing import Final, TypeGuard, final

from anyio import CapacityLimiter, to_thread

_CHUNK: Final = 65_536


@final
class Blocking:
    """An iterator that is read piece by piece, each in a worker thread; one that is given up there ends behind its piece."""

    __slots__ = ("_is_given_up", "_pieces")

    def __init__(self, pieces: Iterable[bytes]) -> None:
        """A file is read in pieces of 64 KiB, and not line by line."""
        self._pieces: Iterator[bytes] = iter(partial(pieces.read, _CHUNK), b"") if _is_file(pieces) else iter(pieces)
        self._is_given_up = False

    async def each(self) -> AsyncGenerator[bytes]:
        """The pieces; a generator is closed behind them, or as soon as it lets itself be closed."""
        limiter = CapacityLimiter(1)  # of its own: the threads of the application are as many as without us
        try:
            while piece := await to_thread.run_sync(self._next, abandon_on_cancel=True, limiter=limiter):
                yield piece[0]
        finally:
            self._is_given_up = True
            if not getattr(self._pieces, "gi_running", False):  # else the thread closes it
                self._close()

    def _next(self) -> tuple[bytes] | None:
        for piece in self._pieces:
            if self._is_given_up:
                self._close()
            return (piece,)
        return None

    def _close(self) -> None:
        close: object = getattr(self._pieces, "close", None)  # a generator has it
        if callable(close):
            close()


def length_of(content: object) -> int | None:
    """The bytes that are left of a file; None where that cannot be told."""
    if not _is_file(content):
        return None
    try:
        at = content.tell()
        end = content.seek(0, io.SEEK_END)
        content.seek(at)
    except (AttributeError, OSError, TypeError):
        return None
    return end - at


def _is_file(content: object) -> TypeGuard[io.BufferedIOBase]:
    read: Callable[..., object] | None = getattr(content, "read", None)
    return callable(read)
