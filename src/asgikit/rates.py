"""Rates: how much of something a key may use in which time, in exact arithmetic, and the protocol of what keeps count."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass
from typing import Final, NamedTuple, Protocol, TypeAlias, final

SECOND: Final = 1_000_000_000
"""Nanoseconds."""

PARTS: Final = 16
"""Into so many parts a window is divided: what is used counts for one part longer than the window at most."""

_NAME: Final = re.compile(r"[ !#-\[\]-~]{1,64}")  # what a string of a structured field holds without escapes (RFC 9651, 3.3.3)


@final
@dataclass(frozen=True, slots=True)
class Rate:
    """So many units in so many seconds: at most that in any window of this length, wherever it begins.

    With a `burst` it is a token bucket: it holds that many units, which come back evenly at the rate, so that a window
    has the burst and the rate at most. The name is for clients and tells rates apart. Raises ValueError for numbers
    below 1, and for a name that is not printable ASCII without quotes and backslashes.
    """

    limit: int
    seconds: int
    _: KW_ONLY
    burst: int | None = None
    name: str = ""

    def __post_init__(self) -> None:
        """Checks the numbers, and makes a name where there is none."""
        numbers = (self.limit, self.seconds, 1 if self.burst is None else self.burst)
        if not all(type(number) is int and number >= 1 for number in numbers):
            raise ValueError(f"a rate is a number of units in a number of seconds, whole and from 1: not {numbers!r}")
        if not self.name:
            object.__setattr__(self, "name", f"{self.limit}/{self.seconds}s" + ("" if self.burst is None else f"+{self.burst}"))
        if _NAME.fullmatch(self.name) is None:
            raise ValueError(f"the name of a rate is printable ASCII without quotes and backslashes, not {self.name!r}")

    @property
    def quota(self) -> int:
        """Units that there are at most at once."""
        return self.limit if self.burst is None else self.burst

    @property
    def window(self) -> int:
        """Seconds in which the whole quota comes back."""
        return self.seconds if self.burst is None else -(-self.burst * self.seconds // self.limit)

    @property
    def unused(self) -> Usage:
        """Nothing is used of it."""
        return Marks(self.limit, self.seconds * SECOND, ()) if self.burst is None else Level(self, 0)


def per_second(limit: int, *, burst: int | None = None, name: str = "") -> Rate:
    """So many in any second. Raises as Rate does."""
    return Rate(limit, 1, burst=burst, name=name)


def per_minute(limit: int, *, burst: int | None = None, name: str = "") -> Rate:
    """So many in any minute. Raises as Rate does."""
    return Rate(limit, 60, burst=burst, name=name)


def per_hour(limit: int, *, burst: int | None = None, name: str = "") -> Rate:
    """So many in any hour. Raises as Rate does."""
    return Rate(limit, 60 * 60, burst=burst, name=name)


def per_day(limit: int, *, burst: int | None = None, name: str = "") -> Rate:
    """So many in any 24 hours. Raises as Rate does."""
    return Rate(limit, 24 * 60 * 60, burst=burst, name=name)


class Quota(NamedTuple):
    """What a key has left of a rate: units, and nanoseconds until what was asked for is there, and until all is."""

    remaining: int
    wait: int
    reset: int


class Level(NamedTuple):
    """What is used of a token bucket, as one number: when it is full again (the generic cell rate algorithm).

    Times are in nanoseconds times the limit, so that the time of one unit is whole.
    """

    rate: Rate
    full: int

    def wait(self, now: int, cost: int) -> int:
        """Nanoseconds until so many units are there, 0 if they are."""
        rate = self.rate
        over = max(self.full - now * rate.limit, 0) + (cost - rate.quota) * rate.seconds * SECOND
        return -(-over // rate.limit) if over > 0 else 0

    def charge(self, now: int, cost: int) -> Level:
        """With so many units less."""
        rate = self.rate
        return Level(rate, max(self.full, now * rate.limit) + cost * rate.seconds * SECOND)

    def quota(self, now: int, wait: int = 0) -> Quota:
        """What is left."""
        rate = self.rate
        used = max(self.full - now * rate.limit, 0)
        return Quota(rate.quota - -(-used // (rate.seconds * SECOND)), wait, -(-used // rate.limit))


class Marks(NamedTuple):
    """What is used of a sliding window: for each part of time, numbered from the beginning of the clock, how much."""

    limit: int
    window: int
    marks: tuple[tuple[int, int], ...]

    def _current(self, now: int) -> tuple[tuple[int, int], ...]:
        # A part counts until even its last moment is a window ago.
        oldest = now * PARTS // self.window - PARTS
        marks = self.marks
        if not marks or marks[0][0] >= oldest:
            return marks
        return tuple(mark for mark in marks if mark[0] >= oldest)

    def _over(self, part: int, now: int) -> int:
        """Nanoseconds until this part counts no more."""
        return -(-(part + PARTS + 1) * self.window // PARTS) - now

    def wait(self, now: int, cost: int) -> int:
        """Nanoseconds until so many units are there, 0 if they are; for more than there ever are, the whole window."""
        current = self._current(now)
        excess = cost - self.limit
        for _, used in current:
            excess += used
        if excess <= 0:
            return 0
        for part, used in current:
            excess -= used
            if excess <= 0:
                return self._over(part, now)
        return self.window

    def charge(self, now: int, cost: int) -> Marks:
        """With so many units less."""
        current, part = self._current(now), now * PARTS // self.window
        if cost == 0:
            return Marks(self.limit, self.window, current)
        if current and current[-1][0] >= part:  # a clock that goes back adds to the latest part
            return Marks(self.limit, self.window, (*current[:-1], (current[-1][0], current[-1][1] + cost)))
        return Marks(self.limit, self.window, (*current, (part, cost)))

    def quota(self, now: int, wait: int = 0) -> Quota:
        """What is left."""
        current = self._current(now)
        left = self.limit
        for _, used in current:
            left -= used
        return Quota(left, wait, self._over(current[-1][0], now) if current else 0)


Usage: TypeAlias = Level | Marks
"""What is used of one rate by one key."""


def take(usages: Sequence[Usage], now: int, cost: int) -> tuple[tuple[Quota, ...], tuple[Usage, ...] | None]:
    """Takes so many units from all of them, or none from any: what is left, and what is used then, None if they are refused.

    Raises ValueError for a cost below zero.
    """
    if cost < 0:
        raise ValueError(f"what a request costs is a number from zero, not {cost}")
    waits = [usage.wait(now, cost) for usage in usages]
    if any(waits):
        return tuple(usage.quota(now, wait) for usage, wait in zip(usages, waits, strict=True)), None
    charged = tuple(usage.charge(now, cost) for usage in usages)
    return tuple(usage.quota(now) for usage in charged), charged


class RateStore(Protocol):
    """Keeps count of what keys have used: in the memory of one process, or for several of them."""

    async def take(self, key: str, rates: Sequence[Rate], cost: int, /) -> tuple[Quota, ...]:
        """Takes so many units from all rates of a key, or none where one has too few: then its quota has a `wait`.

        One step, whoever else takes meanwhile, and one round trip. A key always comes with the same rates.
        """
        ...
