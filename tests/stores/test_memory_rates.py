"""Counts in the memory of one process."""

from __future__ import annotations

import pytest

from asgikit.rates import SECOND, RateStore, per_hour, per_second
from asgikit.stores.memory_rates import SHARED, MemoryRates

ONE = (per_second(1),)


class Clock:
    def __init__(self) -> None:
        self.now = 0

    def __call__(self) -> int:
        return self.now


async def admitted(store: RateStore, key: str, cost: int = 1) -> bool:
    return not any(quota.wait for quota in await store.take(key, ONE, cost))


async def test_each_key_has_its_own_count() -> None:
    """One is spent, the other is not."""
    store = MemoryRates(clock=Clock())
    assert [await admitted(store, key) for key in ("a", "a", "b", "a")] == [True, False, True, False]


async def test_a_key_is_forgotten_when_all_of_it_is_back() -> None:
    """Not before: the room goes to others."""
    clock = Clock()
    store = MemoryRates(max_keys=1, clock=clock)
    assert await admitted(store, "a")
    clock.now = 2 * SECOND
    assert await admitted(store, "b")
    assert (len(store), await admitted(store, "b")) == (1, False)


async def test_many_keys_lift_nobodys_limit() -> None:
    """Those that are counted go on being counted; those beyond share what there is."""
    clock = Clock()
    store = MemoryRates(max_keys=3, clock=clock)
    assert await admitted(store, "victim")
    new = sum([await admitted(store, str(number)) for number in range(5 * SHARED)])
    assert (len(store), await admitted(store, "victim")) == (3, False)
    assert 2 < new <= SHARED + 2
    clock.now = 2 * SECOND
    assert all([await admitted(store, "late"), not await admitted(store, "late")])


async def test_who_has_shared_does_not_begin_anew() -> None:
    """When there is room again, while what was used still counts."""
    clock = Clock()
    store = MemoryRates(max_keys=1, clock=clock)
    seen: list[bool] = []
    for now, key in ((0, "a"), (SECOND // 2, "late"), (SECOND * 5 // 4, "late"), (SECOND * 3 // 2, "late"), (2 * SECOND, "late")):
        clock.now = now
        seen.append(await admitted(store, key))
    assert seen == [True, True, False, False, True]


async def test_what_is_refused_or_free_takes_no_room() -> None:
    """Nothing is kept of a key that has used nothing."""
    store = MemoryRates(clock=Clock())
    assert await admitted(store, "a", 0)
    assert not await admitted(store, "a", 2)
    assert len(store) == 0


async def test_a_key_lives_as_long_as_its_longest_rate() -> None:
    """Or the hour would begin anew after a second."""
    clock = Clock()
    store = MemoryRates(clock=clock)
    rates = (per_second(10), per_hour(1))
    await store.take("a", rates, 1)
    clock.now = 60 * SECOND
    assert [quota.wait > 0 for quota in await store.take("a", rates, 1)] == [False, True]


def test_no_keys_are_no_store() -> None:
    """Said when it is made."""
    with pytest.raises(ValueError, match="from 1"):
        MemoryRates(max_keys=0)
