"""Expiring: a bounded mapping whose entries have an end."""

from __future__ import annotations

from heapq import heapify, heappop, heappush
from typing import Final, Generic, final

from typing_extensions import TypeVar

T = TypeVar("T")

_STEPS: Final = 64  # entries that are looked at for one that wants room, so that nobody pays for all that have ended


@final
class Expiring(Generic[T]):
    """Values by key, each until a time of its own, never more than `limit` of them. Times are whole numbers of any unit.

    Whoever puts something new in asks `has_room` first: what to do where there is none is not decided here.
    """

    __slots__ = ("_ends", "_entries", "_limit")

    def __init__(self, limit: int) -> None:
        """Empty. Raises ValueError for a limit below 1."""
        if limit < 1:
            raise ValueError(f"limit is a number of entries from 1, not {limit}")
        self._limit: int = limit
        self._entries: dict[str, tuple[T, int]] = {}
        # One line for each key, with a time that is no later than its end: an entry that lives on pays nothing here.
        self._ends: list[tuple[int, str]] = []

    def __len__(self) -> int:
        """How many entries are held, some of which may have ended."""
        return len(self._entries)

    def get(self, key: str, now: int) -> T | None:
        """The value, None if there is none or its time has come."""
        entry = self._entries.get(key)
        return None if entry is None or entry[1] <= now else entry[0]

    def has_room(self, now: int) -> bool:
        """Whether one more fits in, once some of what has ended is gone."""
        for _ in range(_STEPS):
            if not self._ends or self._ends[0][0] > now:
                break
            _, key = heappop(self._ends)
            entry = self._entries.get(key)
            if entry is not None and entry[1] > now:
                heappush(self._ends, (entry[1], key))
            elif entry is not None:
                del self._entries[key]
        return len(self._entries) < self._limit

    def put(self, key: str, value: T, end: int) -> None:
        """Keeps a value until this time, in place of an earlier one of the key."""
        if key not in self._entries:
            heappush(self._ends, (end, key))
        self._entries[key] = (value, end)

    def discard(self, key: str) -> None:
        """Forgets a key, if it is there."""
        self._entries.pop(key, None)
        if len(self._ends) > 2 * len(self._entries) + _STEPS:
            self._ends = [(end, key) for key, (_, end) in self._entries.items()]
            heapify(self._ends)
