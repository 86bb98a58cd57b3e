"""Rates in the memory of one process."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from time import monotonic_ns
from typing import Final, TypeAlias, final

from asgikit.rates import Quota, Rate, Usage, take
from asgikit.stores.expiring import Expiring

MAX_KEYS: Final = 100_000
"""Keys that are counted apart by default: some 50 MB at the most."""

SHARED: Final = 1024
"""Counts that all other keys share while there are more."""

_Place: TypeAlias = tuple[tuple[Rate, ...], int]


@final
class MemoryRates:
    """Counts for the keys of one process. A key is forgotten as soon as its whole quota is back.

    Whoever has many keys can neither fill the memory nor end the limits of others: while `max_keys` are counted, those that
    come new share 1024 counts among them, chosen by a hash that nobody outside knows. `clock` gives nanoseconds.
    """

    __slots__ = ("_clock", "_counts", "_shared")

    def __init__(self, *, max_keys: int = MAX_KEYS, clock: Callable[[], int] = monotonic_ns) -> None:
        """Nothing is counted yet. Raises ValueError for `max_keys` below 1."""
        self._counts: Expiring[tuple[Usage, ...]] = Expiring(max_keys)
        self._shared: dict[_Place, tuple[Usage, ...]] = {}
        self._clock: Callable[[], int] = clock

    def __len__(self) -> int:
        """How many keys are counted apart."""
        return len(self._counts)

    async def take(self, key: str, rates: Sequence[Rate], cost: int, /) -> tuple[Quota, ...]:
        """As RateStore says; never waits. Raises ValueError for a cost below zero."""
        now = self._clock()
        usages = self._counts.get(key, now)
        if usages is None:
            if self._shared or not self._counts.has_room(now):
                place = (tuple(rates), hash(key) % SHARED)
                if self._is_used(place, now) or not self._counts.has_room(now):
                    return self._take_shared(place, now, cost)
            usages = tuple(rate.unused for rate in rates)
        quotas, used = take(usages, now, cost)
        if used is not None and cost:
            self._counts.put(key, used, now + max(quota.reset for quota in quotas))
        return quotas

    def _is_used(self, place: _Place, now: int) -> bool:
        """Whether something is used of a shared count: perhaps by this very key, which must not begin anew because of it."""
        usages = self._shared.get(place)
        if usages is None or any(usage.quota(now).reset for usage in usages):
            return usages is not None
        del self._shared[place]
        return False

    def _take_shared(self, place: _Place, now: int, cost: int) -> tuple[Quota, ...]:
        usages = self._shared.get(place)
        quotas, used = take(tuple(rate.unused for rate in place[0]) if usages is None else usages, now, cost)
        if used is not None:
            self._shared[place] = used
        return quotas
