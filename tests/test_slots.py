"""So many at once, and a queue for the others."""

from __future__ import annotations

import anyio
import anyio.lowlevel
import pytest

from asgikit.errors import ServiceUnavailable
from asgikit.slots import Slots

LONG = 1000


async def settled() -> None:
    """Everybody has run as far as they can."""
    await anyio.wait_all_tasks_blocked()


async def test_slots_are_taken_and_given_back() -> None:
    """As many as there are."""
    slots = Slots(2)
    await slots.acquire(LONG)
    await slots.acquire(LONG)
    with pytest.raises(ServiceUnavailable) as refused:
        await slots.acquire(LONG)
    assert (slots.free, refused.value.headers["retry-after"]) == (0, "1")
    slots.release()
    await slots.acquire(LONG)


async def test_those_who_wait_get_their_turn_in_order() -> None:
    """And nobody who comes later gets in before them."""
    slots, order = Slots(1, queue=2), list[str]()
    await slots.acquire(LONG)

    async def wait(name: str) -> None:
        await slots.acquire(LONG)
        order.append(name)

    async with anyio.create_task_group() as group:
        for name in ("first", "second"):
            group.start_soon(wait, name)
            await settled()
        slots.release()
        assert slots.free == 0  # the slot is the first one's already
        await settled()
        assert (order, slots.waiting) == (["first"], 1)
        slots.release()
    assert (order, slots.waiting, slots.free) == (["first", "second"], 0, 0)


async def test_a_full_queue_refuses_at_once() -> None:
    """While there is still time to answer."""
    slots = Slots(1, queue=1)
    await slots.acquire(LONG)
    async with anyio.create_task_group() as group:
        group.start_soon(slots.acquire, LONG)
        await settled()
        with pytest.raises(ServiceUnavailable):
            await slots.acquire(LONG)
        slots.release()


async def test_waiting_has_an_end() -> None:
    """And leaves no trace."""
    slots = Slots(1, queue=1)
    await slots.acquire(LONG)
    with pytest.raises(ServiceUnavailable):
        await slots.acquire(0.001)
    slots.release()
    assert (slots.free, slots.waiting) == (1, 0)


@pytest.mark.parametrize("handed", [False, True])
async def test_who_is_cancelled_keeps_no_slot(handed: bool) -> None:
    """Also if it was handed over just before: the next in the queue gets it."""
    slots = Slots(1, queue=2)
    await slots.acquire(LONG)
    async with anyio.create_task_group() as group:
        scopes = [anyio.CancelScope(), anyio.CancelScope()]

        async def wait(scope: anyio.CancelScope) -> None:
            with scope:
                await slots.acquire(LONG)

        for scope in scopes:
            group.start_soon(wait, scope)
            await settled()
        scopes[0].cancel()
        if handed:
            slots.release()
        await settled()
        assert (slots.waiting, slots.free) == (0 if handed else 1, 0)
        slots.release()
        await settled()
    assert slots.free == (1 if handed else 0)
