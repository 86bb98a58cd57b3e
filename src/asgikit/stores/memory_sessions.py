"""Sessions in the memory of one process: bounded, each for its time."""

from __future__ import annotations

import heapq
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import final


@dataclass(frozen=True, slots=True)
class _Entry:
    value: bytes
    expires: float
    subject: str | None


@final
class MemorySessions:
    """A session store for one process: up to `limit` sessions of `size` bytes at most; past that the one unused longest goes.

    Whoever sends a new session with each request can push others out; limit the rate of what makes sessions. The clock
    gives seconds, of any beginning. Raises ValueError for a limit or a size below one.
    """

    __slots__ = ("_clock", "_ends", "_entries", "_limit", "_size", "_subjects")

    def __init__(self, *, limit: int = 10_000, size: int = 16_384, clock: Callable[[], float] = time.monotonic) -> None:
        """No session yet."""
        if limit < 1 or size < 1:
            raise ValueError(f"limit is in sessions and size in bytes, each from one on, not {limit} and {size}")
        self._limit: int = limit
        self._size: int = size
        self._clock: Callable[[], float] = clock
        self._entries: OrderedDict[str, _Entry] = OrderedDict()  # what was used last is at the end
        self._ends: list[tuple[float, str]] = []  # a heap
        self._subjects: dict[str, set[str]] = {}

    def __len__(self) -> int:
        """How many take memory."""
        return len(self._entries)

    async def get(self, key: str, /) -> bytes | None:
        """What is kept; None if there is nothing, or its time is over."""
        entry = self._live(key)
        if entry is None:
            return None
        self._entries.move_to_end(key)
        return entry.value

    async def add(self, key: str, value: bytes, /, *, ttl: float, subject: str | None) -> None:
        """Keeps it for `ttl` seconds. Raises ValueError past `size` bytes."""
        self._put(key, value, ttl, subject)

    async def replace(self, old: tuple[str, bytes], new: tuple[str, bytes], /, *, ttl: float, subject: str | None) -> bool:
        """Puts one in the place of another if that is still there as it was. Raises ValueError past `size` bytes."""
        entry = self._live(old[0])
        if entry is None or entry.value != old[1]:
            return False
        self._check(new[1])
        self._drop(old[0])
        self._put(*new, ttl, subject)
        return True

    async def delete(self, key: str, /) -> None:
        """Keeps it no longer."""
        self._drop(key)

    async def keys(self, subject: str, /) -> frozenset[str]:
        """The keys of all that belongs to somebody, and whose time is not over."""
        return frozenset(key for key in tuple(self._subjects.get(subject, ())) if self._live(key) is not None)

    async def delete_all(self, subject: str, /) -> None:
        """Keeps nothing of somebody's any longer."""
        for key in tuple(self._subjects.get(subject, ())):
            self._drop(key)

    def _live(self, key: str) -> _Entry | None:
        entry = self._entries.get(key)
        if entry is not None and entry.expires <= self._clock():
            self._drop(key)
            return None
        return entry

    def _check(self, value: bytes) -> None:
        if len(value) > self._size:
            raise ValueError(f"a session of {len(value)} bytes, where {self._size} are the most: have less in it")

    def _put(self, key: str, value: bytes, ttl: float, subject: str | None) -> None:
        self._check(value)
        self._drop(key)
        self._entries[key] = _Entry(value, self._clock() + ttl, subject)
        if subject is not None:
            self._subjects.setdefault(subject, set()).add(key)
        heapq.heappush(self._ends, (self._entries[key].expires, key))
        self._expire()
        if len(self._entries) > self._limit:
            self._drop(next(iter(self._entries)))

    def _expire(self) -> None:
        """Drops all that are over: no session has to go for one that has gone already."""
        now = self._clock()
        while self._ends and self._ends[0][0] <= now:
            self._live(heapq.heappop(self._ends)[1])
        # Ends of what was replaced or deleted stay until they come; there are never many more of them than of sessions.
        if len(self._ends) > 2 * len(self._entries) + 64:
            self._ends = [(entry.expires, key) for key, entry in self._entries.items()]
            heapq.heapify(self._ends)

    def _drop(self, key: str) -> None:
        entry = self._entries.pop(key, None)
        if entry is None or entry.subject is None:
            return
        own = self._subjects[entry.subject]
        own.discard(key)
        if not own:
            del self._subjects[entry.subject]
