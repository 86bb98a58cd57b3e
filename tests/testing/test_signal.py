"""Waiting for news."""

from __future__ import annotations

import math
import time

import anyio
import anyio.lowlevel
import pytest

from asgikit.testing.signal import Bell, Patience


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


@pytest.mark.parametrize("limit", [None, 60.0])
async def test_who_always_finds_news_can_be_cancelled(limit: float | None) -> None:
    """One that rings at every turn of the event loop keeps nobody there for ever."""
    bell, patience = Bell(), Patience(limit)

    async def ring() -> None:
        while True:
            bell.ring()
            await anyio.lowlevel.checkpoint()

    async with anyio.create_task_group() as group:
        group.start_soon(ring)
        with anyio.move_on_after(0.05) as scope:
            while True:
                await (bell.wait() if limit is None else patience.wait(bell))
        group.cancel_scope.cancel()
    assert scope.cancelled_caught


async def test_patience_comes_to_its_end() -> None:
    """And has none left then."""
    bell, patience = Bell(), Patience(0.02)
    assert not await patience.wait(bell)
    assert patience.spent == 0.02
    assert not await patience.wait(bell)
    assert not await Patience(0).wait(bell)


async def test_a_ring_ends_the_wait() -> None:
    """And what is left is for the next one."""
    bell, patience = Bell(), Patience(None)
    async with anyio.create_task_group() as group:
        for _ in range(2):
            group.start_soon(patience.wait, bell)
            await anyio.wait_all_tasks_blocked()
            bell.ring()
    assert patience.spent < math.inf


async def test_what_blocks_the_event_loop_stops_the_clock() -> None:
    """A debugger, for one, or an import that takes long."""
    bell, patience = Bell(), Patience(0.4)

    async def block() -> None:
        time.sleep(1)  # noqa: ASYNC251  # it is to block
        bell.ring()

    async with anyio.create_task_group() as group:
        group.start_soon(block)
        assert await patience.wait(bell)
    assert patience.spent <= 0.05
