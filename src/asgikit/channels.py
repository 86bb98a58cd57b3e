"""Channels: publish/subscribe with history and presence, as protocols that a store satisfies, and the events of a room.

Nothing here is synchronous that a store behind a network could not do at once. Such a store gets the codecs of messages and
members when it is made, so neither protocol knows of any.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Callable, Hashable
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import dataclass
from typing import Final, Generic, Literal, Protocol, TypeAlias, final

from typing_extensions import TypeVar

from asgikit.errors import SubscriberTooSlow

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
T_contra = TypeVar("T_contra", contravariant=True)
M = TypeVar("M", bound=Hashable, default=str)
M_co = TypeVar("M_co", bound=Hashable, covariant=True, default=str)

QUEUE: Final = 256
"""Messages that wait for a subscriber by default; what becomes of more is up to its policy."""

WhenFull: TypeAlias = Literal["drop_oldest", "drop_newest", "disconnect"]
"""What becomes of a message for a subscriber whose queue is full: it takes the place of the oldest, is lost, or ends the lot."""


def check_when_full(given: str) -> None:
    """Raises ValueError for what is no WhenFull."""
    if given not in {"drop_oldest", "drop_newest", "disconnect"}:
        raise ValueError(f"when_full is 'drop_oldest', 'drop_newest' or 'disconnect', not {given!r}")


@final
@dataclass(frozen=True, slots=True)
class Message(Generic[T_co]):
    """What somebody has published."""

    content: T_co


@final
@dataclass(frozen=True, slots=True)
class Present(Generic[M_co]):
    """Who is there: what a membership begins with, and what it goes on with after changes that were too many to tell."""

    members: frozenset[M_co]


@final
@dataclass(frozen=True, slots=True)
class Joined(Generic[M_co]):
    """Somebody is there who was not."""

    member: M_co


@final
@dataclass(frozen=True, slots=True)
class Left(Generic[M_co]):
    """Somebody is there no more."""

    member: M_co


Event: TypeAlias = Message[T] | Present[M] | Joined[M] | Left[M]
"""What the members of a channel are told; match it to the end with `assert_never`."""


class Subscription(Protocol[T_co]):
    """The messages for one subscriber, as it iterates over them, until the channel is closed.

    Reading raises SubscriberTooSlow once the queue of a subscriber to be disconnected is full; what was in it is gone.
    """

    @property
    def dropped(self) -> int:
        """How many messages its policy has dropped."""
        ...

    def when_too_slow(self, call: Callable[[], object], /) -> None:
        """Calls this once the subscriber is to be disconnected: it may be stuck with an earlier message, and not read."""
        ...

    def __aiter__(self) -> AsyncIterator[T_co]:
        """Itself."""
        ...

    async def __anext__(self) -> T_co:
        """The next message."""
        ...


class Membership(Subscription[Event[T, M_co]], Protocol[T, M_co]):
    """The subscription of somebody who is there: its messages, and among them who comes and leaves; who is there is the first."""

    @property
    def member(self) -> M_co:
        """Who."""
        ...

    async def publish(self, message: T, /) -> None:
        """Publishes to the same channel."""
        ...


class Publisher(Protocol[T_contra]):
    """Takes messages for a channel."""

    async def publish(self, message: T_contra, /) -> None:
        """Hands a message to everybody who is subscribed, in the order of each publisher. Waits for none of them."""
        ...


class Subscribable(Protocol[T_co]):
    """Gives the messages of a channel."""

    def subscribe(
        self, *, history: int = 0, queue: int = QUEUE, when_full: WhenFull = "disconnect"
    ) -> AbstractAsyncContextManager[Subscription[T_co]]:
        """A subscription, for as long as the block runs: up to so many of the last messages, then all that come.

        Up to `queue` messages wait for the subscriber, those of the history apart; one more goes by `when_full`. Raises
        ValueError for a queue below one and a history below zero.
        """
        ...

    async def history(self, last: int, /) -> tuple[T_co, ...]:
        """Up to so many of the last messages, the oldest first."""
        ...


class Channel(Publisher[T], Subscribable[T], Protocol[T, M]):
    """A room or a feed: messages of one type, whose members, if it has any, are of another."""

    def join(
        self, member: M, /, *, history: int = 0, queue: int = QUEUE, when_full: WhenFull = "disconnect"
    ) -> AbstractAsyncContextManager[Membership[T, M]]:
        """A subscription of somebody who is there for as long as the block runs; in several of them, until the last ends.

        Presence is never dropped, and never ends a subscription: where changes are too many, Present tells them all.
        """
        ...

    async def members(self) -> frozenset[M]:
        """Who is there."""
        ...


class Channels(Protocol[T, M]):
    """Channels by name. One of which nobody holds anything is not there; nobody has to make or remove any."""

    def __getitem__(self, name: str, /) -> Channel[T, M]:
        """The channel of this name."""
        ...


async def follow(subscription: AbstractAsyncContextManager[AsyncIterable[T]]) -> AsyncGenerator[T]:
    """The messages of a subscription that begins with the first look at them, for a response to stream.

    It ends for a subscriber that is too slow: a browser that reads server-sent events then comes back.
    """
    with suppress(SubscriberTooSlow):
        async with subscription as messages:
            async for message in messages:
                yield message
