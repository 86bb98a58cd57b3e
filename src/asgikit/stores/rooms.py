"""The rooms behind channels in memory: who is subscribed, who is there, what was said last. Synchronous throughout."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable
from itertools import islice
from typing import Generic, Protocol, final

from typing_extensions import TypeVar

from asgikit.channels import Joined, Left, Message

T = TypeVar("T")
M = TypeVar("M", bound=Hashable)
T_contra = TypeVar("T_contra", contravariant=True)


class Inlet(Protocol[T_contra]):
    """Where what a subscriber is told goes."""

    def put(self, message: T_contra) -> None:
        """Takes a message; never waits."""
        ...

    def end(self) -> None:
        """Nothing comes any more."""
        ...


class Place(Inlet[Message[T_contra]], Protocol[T_contra, M]):
    """Where a member is told of the others, too."""

    @property
    def member(self) -> M:
        """Who."""
        ...

    def tell(self, change: Joined[M] | Left[M]) -> None:
        """Takes a change; never waits."""
        ...


@final
class Room(Generic[T, M]):
    """One channel: its subscribers, some of whom are members, and its last messages."""

    __slots__ = ("_inlets", "_is_over", "_members", "_past", "_places")

    def __init__(self, history: int) -> None:
        """Nobody is there; up to so many messages are remembered."""
        self._past: deque[T] = deque(maxlen=history)
        self._inlets: dict[Inlet[T], Callable[[T], None]] = {}
        self._places: dict[Place[T, M], Callable[[Message[T]], None]] = {}
        self._members: dict[M, int] = {}  # with the number of their places
        self._is_over: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether nobody is subscribed."""
        return not (self._inlets or self._places)

    @property
    def members(self) -> frozenset[M]:
        """Who is there."""
        return frozenset(self._members)

    def last(self, number: int) -> tuple[T, ...]:
        """Up to so many of the last messages, the oldest first."""
        return tuple(islice(self._past, max(0, len(self._past) - number), None))

    def publish(self, message: T) -> None:
        """Hands a message to every subscriber."""
        self._past.append(message)
        for put in self._inlets.values():
            put(message)
        if self._places:
            event = Message(message)
            for put_event in self._places.values():
                put_event(event)

    def add(self, inlet: Inlet[T]) -> None:
        """Somebody subscribes."""
        self._inlets[inlet] = inlet.put
        if self._is_over:
            inlet.end()

    def remove(self, inlet: Inlet[T]) -> None:
        """Somebody is subscribed no more."""
        del self._inlets[inlet]

    def join(self, place: Place[T, M]) -> None:
        """A member subscribes, for the first time or once more."""
        member = place.member
        count = self._members.get(member, 0)
        self._members[member] = count + 1
        if not count:
            self._tell(Joined(member))
        self._places[place] = place.put
        if self._is_over:
            place.end()

    def leave(self, place: Place[T, M]) -> None:
        """A member is subscribed no more, or once less."""
        member = place.member
        del self._places[place]
        self._members[member] -= 1
        if not self._members[member]:
            del self._members[member]
            self._tell(Left(member))

    def end(self) -> None:
        """Nothing comes any more for any subscriber, those to come included."""
        self._is_over = True
        for inlet in self._inlets:
            inlet.end()
        for place in self._places:
            place.end()

    def _tell(self, change: Joined[M] | Left[M]) -> None:
        for place in self._places:
            place.tell(change)


@final
class Rooms(Generic[T, M]):
    """Rooms by name: those with subscribers, and of those without the ones that were used last, for what they remember."""

    __slots__ = ("_empty", "_history", "_is_closed", "_open", "_retain")

    def __init__(self, history: int, retain: int) -> None:
        """Raises ValueError for numbers below zero."""
        if history < 0 or retain < 0:
            raise ValueError(f"history={history} and retain={retain} are numbers of messages and of channels, from zero")
        self._history: int = history
        self._retain: int = retain
        self._open: dict[str, Room[T, M]] = {}
        self._empty: dict[str, Room[T, M]] = {}  # the one that was used last is the last
        self._is_closed: bool = False

    def __len__(self) -> int:
        """How many there are."""
        return len(self._open) + len(self._empty)

    def find(self, name: str) -> Room[T, M]:
        """The room of this name; one that is in no list if there is none."""
        return self._open.get(name) or self._empty.get(name) or Room(0)

    def publish(self, name: str, message: T) -> None:
        """Hands a message to the subscribers of a room, and to its history if it is there or would be retained."""
        room = self._open.get(name)
        if room is not None:
            room.publish(message)
        elif self._history and self._retain and not self._is_closed:
            room = self._found(name)
            room.publish(message)
            self._keep(name, room)

    def open(self, name: str) -> Room[T, M]:
        """The room of this name, for somebody to subscribe."""
        room = self._open.get(name)
        if room is None:
            room = self._open[name] = self._found(name)
            if self._is_closed:
                room.end()
        return room

    def left(self, name: str) -> None:
        """Somebody has left: a room that is empty disappears, or is retained for its history."""
        room = self._open[name]
        if room.is_empty:
            del self._open[name]
            if self._retain and room.last(1) and not self._is_closed:
                self._keep(name, room)

    def close(self) -> None:
        """Ends every subscription, those to come included, and forgets what was retained."""
        self._is_closed = True
        self._empty.clear()
        for room in self._open.values():
            room.end()

    def _found(self, name: str) -> Room[T, M]:
        return self._empty.pop(name) if name in self._empty else Room(self._history)

    def _keep(self, name: str, room: Room[T, M]) -> None:
        self._empty[name] = room
        if len(self._empty) > self._retain:
            del self._empty[next(iter(self._empty))]
