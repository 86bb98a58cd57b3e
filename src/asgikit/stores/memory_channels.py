"""Channels in the memory of one process: publishing is a loop over queues, and what nobody holds is gone."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Hashable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from types import TracebackType
from typing import Generic, Self, final

import anyio.lowlevel
from typing_extensions import TypeVar

from asgikit.channels import QUEUE, Membership, Message, Subscription, WhenFull
from asgikit.stores.mailbox import Mailbox, Seat
from asgikit.stores.rooms import Rooms

T = TypeVar("T")
M = TypeVar("M", bound=Hashable, default=str)


@final
class MemoryChannels(Generic[T, M]):
    """Channels of one process and one event loop. As a context manager it ends every subscription with its block.

    Each keeps up to `history` messages while somebody is subscribed to it; of those without subscribers, the `retain` that
    were used last keep theirs. Raises ValueError for numbers below zero.
    """

    __slots__ = ("_rooms",)

    def __init__(self, *, history: int = 0, retain: int = 0) -> None:
        """No channel takes memory before somebody uses it."""
        self._rooms: Rooms[T, M] = Rooms(history, retain)

    def __getitem__(self, name: str, /) -> MemoryChannel[T, M]:
        """The channel of this name."""
        return MemoryChannel(self._rooms, name)

    def __len__(self) -> int:
        """How many channels take memory: those with subscribers, and those that are retained."""
        return len(self._rooms)

    async def __aenter__(self) -> Self:
        """Itself."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Closes all: subscribers get what waits for them, and no more; what is published from now on goes nowhere."""
        self._rooms.close()


@final
class MemoryChannel(Generic[T, M]):
    """One channel, by its name; two of a name are one. Not for other threads: there, use anyio.from_thread.run."""

    __slots__ = ("_name", "_rooms")

    def __init__(self, rooms: Rooms[T, M], name: str) -> None:
        """Use `channels[name]`."""
        self._rooms: Rooms[T, M] = rooms
        self._name: str = name

    async def publish(self, message: T, /) -> None:
        """Puts a message into the queue of every subscriber, at once and in the same order for all.

        The others have their turn first, so that a publisher in a loop does not run away from readers that keep up. A
        publisher that is cancelled has published nothing.
        """
        await anyio.lowlevel.checkpoint()
        self._rooms.publish(self._name, message)

    def subscribe(
        self, *, history: int = 0, queue: int = QUEUE, when_full: WhenFull = "disconnect"
    ) -> AbstractAsyncContextManager[Subscription[T]]:
        """A subscription for as long as the block runs. Raises ValueError for a queue below one or a history below zero."""
        return self._subscribed(Mailbox[T](queue, when_full), _checked(history))

    def join(
        self, member: M, /, *, history: int = 0, queue: int = QUEUE, when_full: WhenFull = "disconnect"
    ) -> AbstractAsyncContextManager[Membership[T, M]]:
        """A subscription of somebody who is there for as long as the block runs. Raises what `subscribe` raises.

        TypeError for a member that has no hash after all, as a frozen dataclass with a list in it.
        """
        hash(member)  # before the room is open, which nobody would close
        return self._joined(Seat(queue, when_full, member, self, self._look), _checked(history))

    async def history(self, last: int, /) -> tuple[T, ...]:
        """Up to so many of the last messages, the oldest first. Raises ValueError for a number below zero."""
        return self._rooms.find(self._name).last(_checked(last))

    async def members(self) -> frozenset[M]:
        """Who is there."""
        return self._look()

    def _look(self) -> frozenset[M]:
        return self._rooms.find(self._name).members

    @asynccontextmanager
    async def _subscribed(self, mailbox: Mailbox[T], history: int) -> AsyncGenerator[Subscription[T]]:
        room = self._rooms.open(self._name)
        # Nothing waits between the history and what comes after it, so that no message is missing and none there twice.
        mailbox.replay(room.last(history))
        room.add(mailbox)
        try:
            yield mailbox
        finally:
            room.remove(mailbox)
            self._rooms.left(self._name)
            mailbox.clear()

    @asynccontextmanager
    async def _joined(self, seat: Seat[T, M], history: int) -> AsyncGenerator[Membership[T, M]]:
        room = self._rooms.open(self._name)
        seat.replay(map(Message, room.last(history)))
        room.join(seat)
        try:
            yield seat
        finally:
            room.leave(seat)
            self._rooms.left(self._name)
            seat.clear()


def _checked(history: int) -> int:
    if history < 0:
        raise ValueError(f"a history has no messages or some, not {history}")
    return history
