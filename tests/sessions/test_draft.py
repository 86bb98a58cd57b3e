"""What a request makes of a session."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import anyio
import pytest

from asgikit import json
from asgikit.errors import ServiceUnavailable
from asgikit.sessions.draft import Draft
from asgikit.sessions.keepers import InStore
from asgikit.sessions.keeping import Keeping
from asgikit.sessions.policy import SessionPolicy
from asgikit.stores.memory_sessions import MemorySessions


@dataclass
class Store:
    """A memory that counts, and lets others between."""

    inner: MemorySessions
    gets: int = 0
    refuses: bool = False
    held: anyio.Event | None = None
    writing: anyio.Event | None = None

    async def get(self, key: str, /) -> bytes | None:
        self.gets += 1
        if self.held is not None:
            await self.held.wait()
        return await self.inner.get(key)

    async def wait(self) -> None:
        if self.writing is not None:
            await self.writing.wait()

    async def add(self, key: str, value: bytes, /, *, ttl: float, subject: str | None) -> None:
        await self.wait()
        await self.inner.add(key, value, ttl=ttl, subject=subject)

    async def replace(self, old: tuple[str, bytes], new: tuple[str, bytes], /, *, ttl: float, subject: str | None) -> bool:
        await self.wait()
        return not self.refuses and await self.inner.replace(old, new, ttl=ttl, subject=subject)

    async def delete(self, key: str, /) -> None:
        await self.inner.delete(key)

    async def keys(self, subject: str, /) -> frozenset[str]:
        return await self.inner.keys(subject)

    async def delete_all(self, subject: str, /) -> None:
        await self.inner.delete_all(subject)


def keeping(store: Store) -> Keeping[list[int]]:
    return Keeping(InStore(store), json(list[int]), [], SessionPolicy())


async def begun(store: Store) -> str:
    """The token of a session with one number."""
    draft = Draft(keeping(store), None)
    draft.change(lambda numbers: [*numbers, 1])
    await draft.commit()
    assert draft.cookie is not None
    return draft.cookie.value


async def test_two_tasks_that_ask_at_once_see_the_same_data() -> None:
    """Whatever order they are run in."""
    store = Store(MemorySessions())
    draft = Draft(keeping(store), await begun(store))
    draft.change(lambda numbers: [*numbers, 2])
    store.held = anyio.Event()
    seen: list[list[int]] = []

    async def ask() -> None:
        seen.append(await draft.value())

    async with anyio.create_task_group() as group:
        group.start_soon(ask)
        group.start_soon(ask)
        await anyio.wait_all_tasks_blocked()
        store.held.set()
    assert seen == [[1, 2], [1, 2]]


async def test_what_is_cleared_while_it_is_read_stays_cleared() -> None:
    """By another task of the same request."""
    store = Store(MemorySessions())
    draft = Draft(keeping(store), await begun(store))
    store.held = anyio.Event()
    seen: list[list[int]] = []

    async def ask() -> None:
        seen.append(await draft.value())

    async with anyio.create_task_group() as group:
        group.start_soon(ask)
        await anyio.wait_all_tasks_blocked()
        draft.clear()
        store.held.set()
    assert (seen, await draft.value()) == ([[]], [])
    await draft.commit()
    assert len(store.inner) == 0


async def written(store: Store, draft: Draft[list[int]], meanwhile: Callable[[], object]) -> None:
    """Saves, and does something else before the store has written."""
    await draft.value()
    store.writing = anyio.Event()
    async with anyio.create_task_group() as group:
        group.start_soon(draft.commit)
        await anyio.wait_all_tasks_blocked()
        meanwhile()
        store.writing.set()
    store.writing = None


@pytest.mark.parametrize("is_new", [True, False])
async def test_what_is_changed_while_it_is_written_is_written_next(is_new: bool) -> None:
    """By another task of the same request: nothing of it is lost."""
    store = Store(MemorySessions())
    draft = Draft(keeping(store), None if is_new else await begun(store))
    draft.change(lambda numbers: [*numbers, 2])

    def meanwhile() -> None:
        draft.change(lambda numbers: [*numbers, 3])
        draft.sign_in("ada")

    await written(store, draft, meanwhile)
    before = [2] if is_new else [1, 2]
    assert (await draft.value(), await draft.subject()) == ([*before, 3], "ada")
    await draft.commit()
    assert draft.cookie is not None
    other = Draft(keeping(store), draft.cookie.value)
    assert (await other.value(), await other.subject(), len(store.inner)) == ([*before, 3], "ada", 1)


@pytest.mark.parametrize("is_new", [True, False])
async def test_what_is_cleared_while_it_is_written_is_gone(is_new: bool) -> None:
    """Whatever token it has got."""
    store = Store(MemorySessions())
    draft = Draft(keeping(store), None if is_new else await begun(store))
    draft.change(lambda numbers: [*numbers, 2])
    draft.rotate()
    await written(store, draft, draft.clear)
    await draft.commit()
    assert (await draft.value(), len(store.inner)) == ([], 0)


async def test_what_is_read_anew_while_it_is_written_is_what_was_written() -> None:
    """Nothing is ended by looking."""
    store = Store(MemorySessions())
    draft = Draft(keeping(store), await begun(store))
    draft.change(lambda numbers: [*numbers, 2])
    await written(store, draft, draft.forget)
    assert (await draft.value(), len(store.inner)) == ([1, 2], 1)


@pytest.mark.parametrize("is_new", [True, False])
async def test_two_tasks_that_save_at_once_have_one_session(is_new: bool) -> None:
    """With what either has changed, once."""
    store = Store(MemorySessions())
    draft = Draft(keeping(store), None if is_new else await begun(store))
    draft.change(lambda numbers: [*numbers, 2])
    await draft.value()
    store.writing = anyio.Event()
    async with anyio.create_task_group() as group:
        group.start_soon(draft.commit)
        group.start_soon(draft.commit)
        await anyio.wait_all_tasks_blocked()
        store.writing.set()
    assert draft.cookie is not None
    assert await Draft(keeping(store), draft.cookie.value).value() == ([2] if is_new else [1, 2])
    assert len(store.inner) == 1


async def test_what_was_read_is_not_read_again() -> None:
    """Not for further changes, nor to write them."""
    store = Store(MemorySessions())
    draft = Draft(keeping(store), await begun(store))
    for number in (2, 3):
        draft.change(lambda numbers, number=number: [*numbers, number])
        await draft.value()
    await draft.commit()
    assert store.gets == 1
    assert await draft.value() == [1, 2, 3]


async def test_a_change_is_made_once_where_nobody_comes_between() -> None:
    """However often the data is asked for."""
    store = Store(MemorySessions())
    calls: list[int] = []

    def change(numbers: list[int]) -> list[int]:
        calls.append(1)
        return [*numbers, 2]

    draft = Draft(keeping(store), await begun(store))
    draft.change(change)
    assert await draft.value() == await draft.value() == [1, 2]
    await draft.commit()
    assert calls == [1]


async def test_each_session_has_a_default_of_its_own() -> None:
    """Even where it can be changed in place, which is written nowhere."""
    kept = keeping(Store(MemorySessions()))
    first, second = Draft(kept, None), Draft(kept, None)
    (await first.value()).append(7)
    assert await second.value() == []


async def test_who_is_never_first_gives_up() -> None:
    """After twenty times: 503, and the client can try again."""
    store = Store(MemorySessions())
    draft = Draft(keeping(store), await begun(store))
    store.refuses = True
    draft.change(lambda numbers: [*numbers, 2])
    with pytest.raises(ServiceUnavailable):
        await draft.commit()


async def test_a_change_that_raises_changes_nothing() -> None:
    """The program sees its own error."""
    store = Store(MemorySessions())
    token = await begun(store)
    draft = Draft(keeping(store), token)
    draft.change(lambda numbers: [*numbers, 1 // 0])
    with pytest.raises(ZeroDivisionError):
        await draft.commit()
    assert await Draft(keeping(store), token).value() == [1]


async def test_cleared_and_begun_anew() -> None:
    """Nothing of before, a new token, and the old one is gone."""
    store = Store(MemorySessions())
    old = await begun(store)
    draft = Draft(keeping(store), old)
    draft.sign_in("ada")
    draft.clear()
    draft.change(lambda numbers: [*numbers, 5])
    await draft.commit()
    assert draft.cookie is not None
    assert (await draft.value(), await draft.subject(), draft.cookie.value != old) == ([5], None, True)
    assert await Draft(keeping(store), old).value() == []
    assert len(store.inner) == 1
