"""Waiting for news."""

from __future__ import annotations

import anyio

from asgikit.testing.signal import Bell


async def test_all_who_wait_are_woken() -> None:
    """And the bell can be rung again."""
    bell, woken = Bell(), list[int]()

    async def wait(number: int) -> None:
        await bell.wait()
        woken.append(number)

    for expected in ([1, 2], [1, 2, 1, 2]):
        async with anyio.create_task_group() as group:
            group.start_soon(wait, 1)
            group.start_soon(wait, 2)
            await anyio.wait_all_tasks_blocked()
            bell.ring()
        assert sorted(woken) == sorted(expected)
        with anyio.move_on_after(0) as scope:
            await bell.wait()
        assert scope.cancelled_caught


async def test_who_comes_later_waits_for_the_next_ring() -> None:
    """A ring that nobody has heard is gone."""
    bell = Bell()
    bell.ring()
    with anyio.move_on_after(0) as scope:
        await bell.wait()
    assert scope.cancelled_caught


async def test_who_gives_up_takes_nobody_with_it() -> None:
    """The others are still woken."""
    bell, woken = Bell(), list[str]()

    async def wait() -> None:
        await bell.wait()
        woken.append("woken")

    async with anyio.create_task_group() as group:
        group.start_soon(wait)
        await anyio.wait_all_tasks_blocked()
        with anyio.move_on_after(0):
            await bell.wait()
        bell.ring()
    assert woken == ["woken"]
