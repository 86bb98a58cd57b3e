"""Cached responses in the memory of one process."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic
from typing import Final, final

MAX_BYTES: Final = 64 * 1024 * 1024
"""Bytes of keys and values that are kept by default."""

_OVERHEAD: Final = 256  # what an entry takes beside its key and its value, roughly


@final
class MemoryCache:
    """Values by key, up to `max_bytes` of them: what was used longest ago makes room. `clock` gives seconds."""

    __slots__ = ("_clock", "_entries", "_limit", "_size")

    def __init__(self, *, max_bytes: int = MAX_BYTES, clock: Callable[[], float] = monotonic) -> None:
        """Empty. Raises ValueError for `max_bytes` below 1."""
        if max_bytes < 1:
            raise ValueError(f"max_bytes is a number of bytes from 1, not {max_bytes}")
        self._entries: dict[str, tuple[bytes, float]] = {}  # the one that was used last is the last
        self._limit: int = max_bytes
        self._size: int = 0
        self._clock: Callable[[], float] = clock

    @property
    def size(self) -> int:
        """How many bytes are kept, with what keeping them takes."""
        return self._size

    async def get(self, key: str, /) -> bytes | None:
        """As CacheStore says; never waits."""
        entry = self._entries.pop(key, None)
        if entry is None:
            return None
        if entry[1] <= self._clock():
            self._size -= _size(key, entry[0])
            return None
        self._entries[key] = entry
        return entry[0]

    async def set(self, key: str, value: bytes, seconds: int, /) -> None:
        """As CacheStore says; never waits. What would take more than half of the room is not kept."""
        self._drop(key)
        size = _size(key, value)
        if 2 * size > self._limit:
            return
        self._size += size
        self._entries[key] = (value, self._clock() + seconds)
        while self._size > self._limit:
            self._drop(next(iter(self._entries)))

    async def delete(self, key: str, /) -> None:
        """As CacheStore says; never waits."""
        self._drop(key)

    def _drop(self, key: str) -> None:
        entry = self._entries.pop(key, None)
        if entry is not None:
            self._size -= _size(key, entry[0])


def _size(key: str, value: bytes) -> int:
    return len(key) + len(value) + _OVERHEAD
