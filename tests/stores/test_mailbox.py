"""The queue of one subscriber: bounded, and full by its policy."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import anyio
import pytest

from asgikit.channels import Joined, Left, Message, Present, WhenFull
from asgikit.errors import SubscriberTooSlow
from asgikit.stores.mailbox import Mailbox, Seat


class Nowhere:
    async def publish(self, message: str, /) -> None:
        raise AssertionError(message)


def seat_among(members: set[str], size: int = 2, when_full: WhenFull = "drop_oldest") -> Seat[str, str]:
    return Seat(size, when_full, "ada", Nowhere(), lambda: frozenset(members))


def filled(when_full: WhenFull, count: int, size: int = 3) -> Mailbox[int]:
    mailbox = Mailbox[int](size, when_full)
    for number in range(count):
        mailbox.put(number)
    return mailbox


async def rest(messages: AsyncIterator[Any]) -> list[Any]:
    """What is left of one that has ended."""
    return [message async for message in messages]


@pytest.mark.parametrize(("when_full", "kept", "dropped"), [("drop_oldest", [2, 3, 4], 2), ("drop_newest", [0, 1, 2], 2)])
async def test_a_full_queue_drops_by_its_policy(when_full: WhenFull, kept: list[int], dropped: int) -> None:
    """And counts."""
    mailbox = filled(when_full, 5)
    mailbox.end()
    assert (await rest(mailbox), mailbox.dropped) == (kept, dropped)


async def test_a_full_queue_that_is_exactly_full_drops_nothing() -> None:
    """The limit is what it holds."""
    mailbox = filled("disconnect", 3)
    mailbox.end()
    assert (await rest(mailbox), mailbox.dropped) == ([0, 1, 2], 0)


async def test_a_subscriber_to_be_disconnected_is() -> None:
    """At once, and for good: what waited for it is gone, nothing comes any more."""
    mailbox = filled("disconnect", 4)
    mailbox.put(9)
    for _ in range(2):
        with pytest.raises(SubscriberTooSlow, match="more than 3 messages"):
            await anext(mailbox)


async def test_who_is_to_be_disconnected_can_be_told() -> None:
    """When it happens, or at once if it has happened; never for another policy."""
    told: list[str] = []
    mailbox = filled("disconnect", 3)
    mailbox.when_too_slow(lambda: told.append("early"))
    assert told == []
    mailbox.put(3)
    mailbox.put(4)
    mailbox.when_too_slow(lambda: told.append("late"))
    assert told == ["early", "late"]
    dropping = filled("drop_oldest", 3)
    dropping.when_too_slow(lambda: told.append("never"))
    dropping.put(3)
    assert told == ["early", "late"]


async def test_what_was_said_before_does_not_count() -> None:
    """A history longer than the queue is no reason to drop anything."""
    mailbox = Mailbox[int](1, "disconnect")
    mailbox.replay(range(5))
    mailbox.put(5)
    mailbox.end()
    assert await rest(mailbox) == [0, 1, 2, 3, 4, 5]


async def test_a_reader_waits_for_a_message_and_for_the_end() -> None:
    """Woken by either."""
    mailbox = Mailbox[int](1, "disconnect")
    read: list[int] = []

    async def reader() -> None:
        read.extend(await rest(mailbox))

    with anyio.fail_after(5):
        async with anyio.create_task_group() as group:
            group.start_soon(reader)
            for number in range(3):
                await anyio.wait_all_tasks_blocked()
                mailbox.put(number)
            await anyio.wait_all_tasks_blocked()
            mailbox.end()
    assert read == [0, 1, 2]


async def test_two_readers_share_one_subscription() -> None:
    """Each message goes to one of them, and both end."""
    mailbox = Mailbox[int](9, "disconnect")
    read: list[int] = []

    async def reader() -> None:
        read.extend(await rest(mailbox))

    with anyio.fail_after(5):
        async with anyio.create_task_group() as group:
            group.start_soon(reader)
            group.start_soon(reader)
            for number in range(4):
                await anyio.wait_all_tasks_blocked()
                mailbox.put(number)
            await anyio.wait_all_tasks_blocked()
            mailbox.end()
    assert sorted(read) == [0, 1, 2, 3]


async def test_a_reader_that_is_cancelled_loses_nothing() -> None:
    """The message that comes next is the next reader's."""
    mailbox = Mailbox[int](1, "disconnect")
    async with anyio.create_task_group() as group:
        group.start_soon(anext, mailbox)
        await anyio.wait_all_tasks_blocked()
        group.cancel_scope.cancel()
    mailbox.put(1)
    assert await anext(mailbox) == 1


def test_wrong_options_are_refused() -> None:
    """Before anybody waits."""
    wrong: Any = "drop"
    with pytest.raises(ValueError, match="one message at least"):
        Mailbox[int](0, "disconnect")
    with pytest.raises(ValueError, match="'drop_oldest', 'drop_newest' or 'disconnect'"):
        Mailbox[int](1, wrong)


async def test_a_member_is_told_who_is_there_first() -> None:
    """As it is when it reads, not as it was."""
    members = {"ada"}
    seat = seat_among(members)
    seat.replay([Message("before")])
    members.add("bob")
    seat.tell(Joined("bob"))
    seat.put(Message("hello"))
    assert [await anext(seat) for _ in range(3)] == [Present(frozenset(members)), Message("before"), Message("hello")]


async def test_a_member_is_told_who_comes_and_leaves() -> None:
    """Among the messages, in their order."""
    seat = seat_among({"ada"}, size=3)
    await anext(seat)
    for event in (Joined("bob"), Message("hello"), Left("bob")):
        seat.put(event) if isinstance(event, Message) else seat.tell(event)
    assert [await anext(seat) for _ in range(3)] == [Joined("bob"), Message("hello"), Left("bob")]


async def test_changes_that_do_not_fit_are_summed_up() -> None:
    """No message is dropped for them, whatever the policy, and nobody is disconnected."""
    members = {"ada"}
    seat = seat_among(members, when_full="disconnect")
    await anext(seat)
    seat.put(Message("one"))
    for name in "bcdef":
        members.add(name)
        seat.tell(Joined(name))
    seat.put(Message("two"))
    assert [await anext(seat) for _ in range(3)] == [Present(frozenset(members)), Message("one"), Message("two")]


async def test_a_message_takes_the_place_of_changes() -> None:
    """They are summed up before any message is dropped."""
    members = {"ada", "bob"}
    seat = seat_among(members)
    await anext(seat)
    seat.tell(Joined("bob"))
    for text in ("one", "two", "three"):
        seat.put(Message(text))
    assert [await anext(seat) for _ in range(3)] == [Present(frozenset(members)), Message("two"), Message("three")]
    assert seat.dropped == 1


async def test_a_reader_that_waits_is_told_of_a_change_that_did_not_fit() -> None:
    """Even if nothing else is in the queue by the time it looks."""
    members = {"ada"}
    seat = seat_among(members, size=1)
    await anext(seat)
    read: list[Any] = []

    async def reader() -> None:
        read.append(await anext(seat))

    with anyio.fail_after(5):
        async with anyio.create_task_group() as group:
            group.start_soon(reader)
            await anyio.wait_all_tasks_blocked()
            for name in ("bob", "eve"):
                members.add(name)
                seat.tell(Joined(name))
    assert read == [Present(frozenset({"ada", "bob", "eve"}))]
