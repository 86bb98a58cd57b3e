"""Cached responses in the memory of one process."""

from __future__ import annotations

import pytest

from asgikit.stores.memory_cache import MemoryCache


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


async def test_a_value_is_there_until_its_time() -> None:
    """And then its room is free."""
    clock = Clock()
    store = MemoryCache(clock=clock)
    await store.set("a", b"1", 5)
    clock.now = 4.9
    assert await store.get("a") == b"1"
    clock.now = 5
    assert (await store.get("a"), store.size) == (None, 0)


async def test_what_was_used_longest_ago_makes_room() -> None:
    """Reading is using."""
    store = MemoryCache(max_bytes=3 * 400)
    for key in ("a", "b", "c"):
        await store.set(key, bytes(100), 5)
    await store.get("a")
    await store.set("d", bytes(100), 5)
    assert [key for key in ("a", "b", "c", "d") if await store.get(key) is not None] == ["a", "c", "d"]
    assert store.size <= 1200


async def test_what_is_too_large_is_not_kept() -> None:
    """Nor what it was to replace, which is out of date."""
    store = MemoryCache(max_bytes=2000)
    await store.set("a", b"small", 5)
    await store.set("a", bytes(1000), 5)
    assert (await store.get("a"), store.size) == (None, 0)


async def test_a_value_can_be_replaced_and_deleted() -> None:
    """As if it had never been."""
    store = MemoryCache()
    await store.set("a", bytes(100), 5)
    await store.set("a", b"1", 5)
    assert await store.get("a") == b"1"
    await store.delete("a")
    await store.delete("a")
    assert (await store.get("a"), store.size) == (None, 0)


def test_no_bytes_are_no_store() -> None:
    """Said when it is made."""
    with pytest.raises(ValueError, match="from 1"):
        MemoryCache(max_bytes=0)
