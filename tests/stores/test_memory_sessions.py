"""Sessions in memory."""

from __future__ import annotations

import pytest

from asgikit.sessions.keepers import SessionStore
from asgikit.stores.memory_sessions import MemorySessions


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


async def test_each_is_kept_for_its_time() -> None:
    """And takes no memory when another comes after it."""
    clock = Clock()
    store = MemorySessions(clock=clock)
    await store.add("a", b"1", ttl=10, subject="ada")
    clock.now = 9.9
    assert await store.get("a") == b"1"
    clock.now = 10
    assert (await store.get("a"), await store.keys("ada")) == (None, frozenset())
    await store.add("b", b"2", ttl=10, subject=None)
    await store.add("c", b"3", ttl=10, subject=None)
    clock.now = 20
    await store.add("d", b"4", ttl=10, subject=None)
    assert len(store) == 1


async def test_past_the_limit_the_one_unused_longest_goes() -> None:
    """Reading is use."""
    store = MemorySessions(limit=2)
    await store.add("a", b"1", ttl=10, subject="ada")
    await store.add("b", b"2", ttl=10, subject="ada")
    await store.get("a")
    await store.add("c", b"3", ttl=10, subject=None)
    assert [await store.get(key) for key in "abc"] == [b"1", None, b"3"]
    assert await store.keys("ada") == {"a"}


async def test_a_value_has_a_size() -> None:
    """Nothing is changed by one that is too large."""
    store = MemorySessions(size=3)
    await store.add("a", b"123", ttl=10, subject=None)
    with pytest.raises(ValueError, match="4 bytes"):
        await store.add("b", b"1234", ttl=10, subject=None)
    with pytest.raises(ValueError, match="4 bytes"):
        await store.replace(("a", b"123"), ("b", b"1234"), ttl=10, subject=None)
    assert await store.get("a") == b"123"


@pytest.mark.parametrize("options", [{"limit": 0}, {"size": 0}])
def test_no_room_at_all_is_refused(options: dict[str, int]) -> None:
    """When it is made."""
    with pytest.raises(ValueError):
        MemorySessions(**options)


async def test_somebody_has_none_when_all_are_deleted() -> None:
    """Nobody else loses any."""
    store: SessionStore = MemorySessions()
    for key, subject in (("a", "ada"), ("b", "bob"), ("c", "ada"), ("d", None)):
        await store.add(key, b"", ttl=10, subject=subject)
    assert await store.keys("ada") == {"a", "c"}
    await store.delete_all("ada")
    await store.delete_all("nobody")
    assert [await store.get(key) for key in "abcd"] == [None, b"", None, b""]


async def test_one_is_replaced_if_it_is_as_it_was() -> None:
    """Its subject can change with it."""
    store = MemorySessions()
    await store.add("a", b"1", ttl=10, subject=None)
    assert not await store.replace(("a", b"0"), ("b", b"2"), ttl=10, subject=None)
    assert not await store.replace(("x", b"1"), ("b", b"2"), ttl=10, subject=None)
    assert await store.replace(("a", b"1"), ("b", b"2"), ttl=10, subject="ada")
    assert [await store.get(key) for key in "ab"] == [None, b"2"]
    assert await store.keys("ada") == {"b"}


async def test_none_goes_for_one_that_has_gone() -> None:
    """What is over makes room first, however lately it was used."""
    clock = Clock()
    store = MemorySessions(limit=2, clock=clock)
    await store.add("old", b"1", ttl=100, subject=None)
    await store.add("brief", b"2", ttl=1, subject=None)
    clock.now = 5
    await store.add("new", b"3", ttl=100, subject=None)
    assert [await store.get(key) for key in ("old", "brief", "new")] == [b"1", None, b"3"]


async def test_writing_again_and_again_takes_no_memory() -> None:
    """Neither under one key, nor under ever new ones."""
    store = MemorySessions(limit=4)
    for number in range(1000):
        await store.add(f"{number % 2 * number}", b"x", ttl=100, subject=f"{number}")
    assert len(store) == 4
    assert len(store._ends) <= 2 * 4 + 65
    assert len(store._subjects) == 4
