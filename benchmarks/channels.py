"""`python -m benchmarks.channels`: a channel with many subscribers beside a loop over plain queues, in process, as ratios.

Every subscriber reads every message, and the others have their turn after each. Plain queues have no bound, no policy, no
history, no presence, and nobody can leave them: less cannot be done.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Final

from asgikit.stores.memory_channels import MemoryChannels

SUBSCRIBERS: Final = 1000
MESSAGES: Final = 100
BASE: Final = "a loop over asyncio.Queue"


async def plain() -> None:
    """A queue for each subscriber."""
    queues: list[asyncio.Queue[int | None]] = [asyncio.Queue() for _ in range(SUBSCRIBERS)]
    total = 0

    async def read(queue: asyncio.Queue[int | None]) -> None:
        nonlocal total
        while await queue.get() is not None:
            total += 1

    readers = [asyncio.ensure_future(read(queue)) for queue in queues]
    await asyncio.sleep(0)
    for number in (*range(MESSAGES), None):
        await asyncio.sleep(0)
        for queue in queues:
            queue.put_nowait(number)
    await asyncio.gather(*readers)
    assert total == SUBSCRIBERS * MESSAGES


async def channel(
    subscription: Callable[[int], AbstractAsyncContextManager[AsyncIterator[object]]], rooms: MemoryChannels[int]
) -> None:
    """A subscription for each number, and the end of all."""
    total = 0

    async def read(number: int) -> None:
        nonlocal total
        async with subscription(number) as feed:
            async for _ in feed:
                total += 1

    readers = [asyncio.ensure_future(read(number)) for number in range(SUBSCRIBERS)]
    await asyncio.sleep(0)
    for number in range(MESSAGES):
        await rooms["all"].publish(number)
    await rooms.__aexit__(None, None, None)
    await asyncio.gather(*readers)
    assert total >= SUBSCRIBERS * MESSAGES


async def subscribers() -> None:
    """Who only listens."""
    rooms = MemoryChannels[int]()
    await channel(lambda _: rooms["all"].subscribe(), rooms)


async def members() -> None:
    """The same, and everybody is told of everybody."""
    rooms = MemoryChannels[int]()
    await channel(lambda number: rooms["all"].join(str(number)), rooms)


SUBJECTS: Final[dict[str, Callable[[], Awaitable[None]]]] = {
    BASE: plain,
    "channel.subscribe()": subscribers,
    "channel.join(), with presence": members,
}


async def timed(subject: Callable[[], Awaitable[None]]) -> float:
    """The seconds that it takes once."""
    before = time.perf_counter()
    await subject()
    return time.perf_counter() - before


def main() -> None:
    """Rounds are interleaved, and the best of each counts."""
    parser = argparse.ArgumentParser("benchmarks.channels", description="a channel beside plain queues, as ratios.")
    parser.add_argument("--rounds", type=int, default=10, help="how often each is timed (default 10)")
    rounds = parser.parse_args().rounds
    times: dict[str, list[float]] = {name: [] for name in SUBJECTS}
    for _ in range(rounds):
        for name, subject in SUBJECTS.items():
            gc.collect()
            times[name].append(asyncio.run(timed(subject)))
    print(f"{MESSAGES} messages to {SUBSCRIBERS:,} subscribers, time as a multiple of the first:\n")
    for name, taken in times.items():
        print(f"{name:32} {min(taken) / min(times[BASE]):6.2f}")


if __name__ == "__main__":
    main()
