"""Channels in memory: everything that a channel promises, on both event loops."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import anyio
import anyio.lowlevel
import pytest

from asgikit.channels import Channel, Channels, Joined, Left, Message, Present
from asgikit.errors import SubscriberTooSlow
from asgikit.stores.memory_channels import MemoryChannels


async def test_a_message_goes_to_every_subscriber_of_its_channel() -> None:
    """And to none of another."""
    rooms: Channels[str] = MemoryChannels()
    async with rooms["a"].subscribe() as one, rooms["a"].subscribe() as two, rooms["b"].subscribe() as other:
        await rooms["a"].publish("hello")
        await rooms["b"].publish("bye")
        assert [await anext(feed) for feed in (one, two, other)] == ["hello", "hello", "bye"]


async def test_who_subscribes_may_ask_for_what_was_said_last() -> None:
    """Then comes what is said from then on, and nothing is missing or there twice."""
    room: Channel[int] = MemoryChannels[int](history=3, retain=1)["a"]
    for number in range(5):
        await room.publish(number)
    assert await room.history(2) == (3, 4)
    async with room.subscribe(history=9) as whole, room.subscribe(history=1) as last, room.subscribe() as new:
        await room.publish(5)
        assert [await anext(whole) for _ in range(4)] == [2, 3, 4, 5]
        assert [await anext(last) for _ in range(2)] == [4, 5]
        assert await anext(new) == 5
    assert await room.history(9) == (3, 4, 5)


async def test_members_are_told_of_each_other() -> None:
    """Who is there, who comes, what is said, who leaves."""
    room: Channel[str, int] = MemoryChannels[str, int]()["a"]
    async with room.join(1) as one:
        async with room.join(2) as two:
            await two.publish("hello")
            assert await room.members() == {1, 2}
            assert [await anext(two) for _ in range(2)] == [Present(frozenset({1, 2})), Message("hello")]
        assert await room.members() == {1}
        assert (one.member, two.member) == (1, 2)
        assert [await anext(one) for _ in range(2)] == [Present(frozenset({1})), Message("hello")]
    assert await room.members() == frozenset()


async def test_presence_follows_a_member_that_reads() -> None:
    """A change is one event."""
    room = MemoryChannels[str]()["a"]
    async with room.join("ada") as ada:
        assert await anext(ada) == Present(frozenset({"ada"}))
        async with room.join("bob"), room.join("bob"):
            assert await anext(ada) == Joined("bob")
        assert await anext(ada) == Left("bob")


async def test_a_subscription_ends_with_its_block() -> None:
    """However the block ends; nothing of it is left."""
    rooms = MemoryChannels[str](history=5)
    for open_one in (rooms["a"].subscribe, lambda: rooms["a"].join("ada")):
        with pytest.raises(KeyError):
            async with open_one() as feed:
                await rooms["a"].publish("unread")
                raise KeyError
        assert [message async for message in feed] == []
        assert (len(rooms), await rooms["a"].members()) == (0, frozenset())


async def test_a_subscriber_that_is_cancelled_leaves() -> None:
    """While it waits."""
    rooms = MemoryChannels[str]()

    async def wait() -> None:
        async with rooms["a"].join("ada") as feed:
            async for _ in feed:
                pass

    async with anyio.create_task_group() as group:
        group.start_soon(wait)
        await anyio.wait_all_tasks_blocked()
        assert len(rooms) == 1
        group.cancel_scope.cancel()
    assert len(rooms) == 0


async def test_closing_ends_every_subscription() -> None:
    """What waits is read first; who subscribes afterwards is at the end at once, and what is published goes nowhere."""
    rooms = MemoryChannels[str](history=1, retain=1)
    read: list[Any] = []

    async def reader() -> None:
        async with rooms["a"].subscribe() as feed:
            read.extend([message async for message in feed])

    with anyio.fail_after(5):
        async with anyio.create_task_group() as group, rooms:
            group.start_soon(reader)
            await anyio.wait_all_tasks_blocked()
            await rooms["a"].publish("hello")
        await rooms["a"].publish("late")
        async with rooms["a"].subscribe(history=9) as late, rooms["a"].join("ada") as seat:
            await rooms["a"].publish("late")
            assert [event async for event in late] == [event async for event in seat] == []
    assert read == ["hello"]


async def test_a_publisher_in_a_loop_does_not_run_away_from_its_readers() -> None:
    """Each message lets the others go first, so a queue of one is enough for a reader that keeps up."""
    room = MemoryChannels[int]()["a"]
    read: list[int] = []

    async def reader(*, task_status: anyio.abc.TaskStatus[None]) -> None:
        async with room.subscribe(queue=2) as feed:
            task_status.started()
            async for number in feed:
                read.append(number)
                if number == 99:
                    return

    with anyio.fail_after(5):
        async with anyio.create_task_group() as group:
            await group.start(reader)
            for number in range(100):
                await room.publish(number)
    assert read == list(range(100))


async def test_a_subscriber_that_does_not_read_holds_up_nobody() -> None:
    """It is disconnected; the others have everything."""
    room = MemoryChannels[int]()["a"]
    async with room.subscribe(queue=3) as lazy, room.subscribe() as quick:
        for number in range(5):
            await room.publish(number)
        assert [await anext(quick) for _ in range(5)] == [0, 1, 2, 3, 4]
        with pytest.raises(SubscriberTooSlow):
            await anext(lazy)


async def test_a_publisher_that_is_cancelled_has_published_nothing() -> None:
    """All or nothing."""
    room = MemoryChannels[int]()["a"]
    async with room.subscribe() as feed:
        with anyio.CancelScope() as scope:
            scope.cancel()
            await room.publish(1)
        assert scope.cancelled_caught
        await room.publish(2)
        assert await anext(feed) == 2


async def test_another_thread_publishes_through_the_event_loop() -> None:
    """As documented."""
    room = MemoryChannels[int]()["a"]
    async with room.subscribe() as feed:
        await anyio.to_thread.run_sync(anyio.from_thread.run, room.publish, 1)
        assert await anext(feed) == 1


async def test_many_rooms_that_were_used_once_take_no_memory() -> None:
    """Whatever names clients make up."""
    rooms = MemoryChannels[int](history=10, retain=3)
    for number in range(1000):
        async with rooms[str(number)].join("ada"):
            await rooms[str(number)].publish(number)
        await rooms[f"nobody in {number}"].publish(number)
    assert len(rooms) == 3


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: MemoryChannels[int](history=-1),
        lambda: MemoryChannels[int]()["a"].subscribe(history=-1),
        lambda: MemoryChannels[int]()["a"].join("ada", queue=0),
    ],
)
def test_wrong_numbers_are_refused_at_once(wrong: Callable[[], object]) -> None:
    """Not when somebody enters the block."""
    with pytest.raises(ValueError):
        wrong()


async def test_a_history_below_zero_is_refused() -> None:
    """Here as well."""
    with pytest.raises(ValueError):
        await MemoryChannels[int]()["a"].history(-1)


async def test_a_member_without_a_hash_opens_no_room() -> None:
    """A frozen dataclass with a list in it passes type checkers; the name of the room may come from the client."""

    @dataclass(frozen=True)
    class User:
        roles: list[str] = field(default_factory=list[str])

    rooms = MemoryChannels[str, User]()
    for name in "abc":
        with pytest.raises(TypeError, match="unhashable"):
            async with rooms[name].join(User()):
                pass
    assert len(rooms) == 0
