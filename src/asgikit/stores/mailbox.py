"""The bounded queue of one subscriber: putting never waits, and what is too much goes by its policy."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable, Iterable
from typing import Generic, Self

import anyio
from typing_extensions import TypeVar

from asgikit.channels import Event, Joined, Left, Message, Present, Publisher, WhenFull, check_when_full
from asgikit.errors import SubscriberTooSlow

T = TypeVar("T")
M = TypeVar("M", bound=Hashable)


class Mailbox(Generic[T]):
    """A subscription whose messages are put in by whoever publishes, in the same event loop."""

    __slots__ = ("_calls", "_dropped", "_is_over", "_is_too_slow", "_items", "_kind", "_past", "_size", "_waiter", "_when_full")

    def __init__(self, size: int, when_full: WhenFull) -> None:
        """Raises ValueError for a queue that holds nothing, and for a policy that there is not."""
        if size < 1:
            raise ValueError(f"the queue of a subscriber holds one message at least, not {size}")
        check_when_full(when_full)
        self._size: int = size
        self._when_full: WhenFull = when_full
        self._past: deque[T] = deque()
        self._items: deque[T] = deque()
        self._dropped: int = 0
        self._calls: list[Callable[[], object]] = []
        self._is_over: bool = False
        self._is_too_slow: bool = False
        self._waiter: anyio.Event | None = None
        self._kind: type[anyio.Event] | None = None

    @property
    def dropped(self) -> int:
        """How many messages the policy has dropped."""
        return self._dropped

    def when_too_slow(self, call: Callable[[], object], /) -> None:
        """Calls this once the subscriber is to be disconnected; at once if it is already."""
        self._calls.append(call)
        if self._is_too_slow:
            call()

    def replay(self, messages: Iterable[T]) -> None:
        """What comes before everything that is put in; the queue does not count it."""
        self._past.extend(messages)

    def put(self, message: T) -> None:
        """Keeps a message until it is read, or does with it what the policy says."""
        if self._is_over or (len(self._items) >= self._size and not self._make_room()):
            return
        self._items.append(message)
        self._wake()

    def end(self) -> None:
        """Nothing comes any more; what is there can be read."""
        self._is_over = True
        self._wake()

    def clear(self) -> None:
        """Nothing comes any more, and nothing is there."""
        self._past.clear()
        self._items.clear()
        self.end()

    def _make_room(self) -> bool:
        """Whether another message may come into the full queue."""
        if self._when_full == "disconnect":
            self._is_too_slow = True
            self.clear()
            for call in self._calls:
                call()
            return False
        self._dropped += 1
        if self._when_full == "drop_newest":
            return False
        self._items.popleft()
        return True

    def _wake(self) -> None:
        if self._waiter is not None:
            self._waiter.set()
            self._waiter = None

    def __aiter__(self) -> Self:
        """Itself."""
        return self

    async def __anext__(self) -> T:
        """The next message; it waits only where there is none. Raises SubscriberTooSlow."""
        while not (self._items or self._is_ready()):
            if self._is_too_slow:
                raise SubscriberTooSlow(f"more than {self._size} messages were waiting for you")
            if self._is_over:
                raise StopAsyncIteration
            if self._waiter is None:
                self._waiter = self._new_event()
            await self._waiter.wait()
        return self._take()

    def _new_event(self) -> anyio.Event:
        # An Event asks which event loop runs, each time anew; the class of one that is made knows.
        event = anyio.Event() if self._kind is None else self._kind()
        self._kind = type(event)
        return event

    def _is_ready(self) -> bool:
        return bool(self._items or self._past)

    def _take(self) -> T:
        return (self._past or self._items).popleft()


class Seat(Mailbox[Event[T, M]], Generic[T, M]):
    """The subscription of a member. Changes of presence that do not fit are told all at once, by who is there by then."""

    __slots__ = ("_channel", "_is_outdated", "_look", "_member")

    def __init__(
        self, size: int, when_full: WhenFull, member: M, channel: Publisher[T], look: Callable[[], frozenset[M]]
    ) -> None:
        """`look` says who is there. Raises what a Mailbox raises."""
        super().__init__(size, when_full)
        self._member: M = member
        self._channel: Publisher[T] = channel
        self._look: Callable[[], frozenset[M]] = look
        self._is_outdated: bool = True  # whether who is there has to be told before anything else

    @property
    def member(self) -> M:
        """Who."""
        return self._member

    async def publish(self, message: T, /) -> None:
        """Publishes to the same channel."""
        await self._channel.publish(message)

    def tell(self, change: Joined[M] | Left[M]) -> None:
        """A change of who is there; nothing of it is lost, and no message for it."""
        if self._is_over or self._is_outdated:
            return
        if len(self._items) < self._size:
            self._items.append(change)
            self._wake()
        else:
            self._summarise()

    def _summarise(self) -> None:
        self._is_outdated = True
        messages = [item for item in self._items if isinstance(item, Message)]
        self._items.clear()
        self._items.extend(messages)

    def _make_room(self) -> bool:
        if not self._is_outdated:
            self._summarise()
            if len(self._items) < self._size:
                return True
        return super()._make_room()

    def _is_ready(self) -> bool:
        return (self._is_outdated and not self._is_over) or super()._is_ready()

    def _take(self) -> Event[T, M]:
        if self._is_outdated and not self._is_over:
            self._is_outdated = False
            return Present(self._look())
        return super()._take()
