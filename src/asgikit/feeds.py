"""Values of a stream as the chunks that carry them."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable
from typing import Final, Generic, final

from typing_extensions import TypeVar

from asgikit.body import Feed, end
from asgikit.codec import Encoder
from asgikit.http.sse import ServerSentEvent

T = TypeVar("T")

BEAT: Final = b":\n\n"
"""A comment, which readers of an event stream skip: it keeps proxies and clients from giving the connection up."""

NO_BEAT: Final = float("inf")
"""Seconds between beats of a feed that has none."""


@final
class Chunks(Generic[T]):
    """The values of an iterable, each encoded when it comes; closing it closes the iterable."""

    __slots__ = ("_encode", "_iterator", "_next", "_values")

    def __init__(self, values: AsyncIterable[T], encode: Callable[[T], bytes]) -> None:
        """Raises TypeError for what is no asynchronous iterable."""
        if not hasattr(values, "__aiter__"):
            raise TypeError(f"{values!r} is no asynchronous iterable: call the async generator function, or write one")
        self._values: AsyncIterable[T] = values
        self._encode: Callable[[T], bytes] = encode
        self._iterator: AsyncIterator[T] | None = None
        self._next: Callable[[], Awaitable[T]] = self._first

    def __aiter__(self) -> AsyncIterator[bytes]:
        """Itself; the iterable is started when its first value is asked for, and once."""
        return self

    async def __anext__(self) -> bytes:
        """The next value, encoded."""
        return self._encode(await self._next())

    def _first(self) -> Awaitable[T]:
        self._iterator = self._values.__aiter__()
        self._next = self._iterator.__anext__
        return self._next()

    async def aclose(self) -> None:
        """Ends the iterable, also one that never started."""
        await end(self._values if self._iterator is None else self._iterator)


def beats(seconds: float | None) -> Feed:
    """A feed with a beat after so many silent seconds, without one for None. Raises ValueError unless they are positive."""
    if seconds is not None and not seconds > 0:
        raise ValueError(f"keep_alive is a time in seconds, or None for none, not {seconds!r}")
    return Feed(NO_BEAT if seconds is None else seconds, BEAT)


def in_event(codec: Encoder[T]) -> Callable[[T], bytes]:
    """How a value becomes the data of an event. What the codec makes is split into lines as the format asks for."""

    def encode(value: T) -> bytes:
        return ServerSentEvent(codec.encode(value).decode()).encode()

    return encode


def on_line(codec: Encoder[T]) -> Callable[[T], bytes]:
    """How a value becomes a line. JSON holds no line break but as an escape, and one inside a string cannot be otherwise."""

    def encode(value: T) -> bytes:
        line = codec.encode(value)
        return (line.replace(b"\n", b" ") if b"\n" in line else line) + b"\n"

    return encode
