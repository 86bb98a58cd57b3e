"""Bodies: what a response can hold."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterable, Awaitable, Callable
from dataclasses import dataclass
from typing import TypeAlias, final

from asgikit.asgi import AnyReceive, AnySend
from asgikit.codings.coding import Encoder
from asgikit.http.ranges import Segments, length_of
from asgikit.stopping import Stopping


@final
@dataclass(frozen=True, slots=True, eq=False)
class Stream:
    """Chunks that are sent as they come; nothing of it runs before the response starts, or for HEAD."""

    chunks: AsyncIterable[bytes] | AsyncIterable[str]
    feed: Feed | None = None


async def end(chunks: object) -> None:
    """Closes what chunks come from, if it can be closed."""
    close: Callable[[], Awaitable[object]] | None = getattr(chunks, "aclose", None)
    if close is not None:
        await close()


@final
class Derived:
    """Chunks made from those of another stream. Closing them closes the other, also if neither has ever started."""

    __slots__ = ("_made", "_source")

    def __init__(self, made: AsyncGenerator[bytes, None], source: object) -> None:
        """A generator, and what it reads from."""
        self._made: AsyncGenerator[bytes, None] = made
        self._source: object = source

    def __aiter__(self) -> Derived:
        """Itself."""
        return self

    async def __anext__(self) -> bytes:
        """The next chunk that is made."""
        return await self._made.__anext__()

    async def aclose(self) -> None:
        """Ends the generator, then what it reads from."""
        await self._made.aclose()
        await end(self._source)


@final
@dataclass(frozen=True, slots=True)
class Feed:
    """A stream without an end of its own: `beat` is sent after `every` silent seconds, and it ends when the server stops."""

    every: float
    beat: bytes
    encoder: Encoder | None = None
    """What chunks and beats pass at last, in the order in which they are sent; another feed made of this one keeps it."""


@final
@dataclass(frozen=True, slots=True)
class File:
    """Content from a regular file, as it was when it was looked at: all of it, or spans with bytes between them.

    `modified` is in nanoseconds since 1970.
    """

    path: str
    size: int
    modified: int
    inode: tuple[int, int]
    segments: Segments

    def __len__(self) -> int:
        """Bytes that are sent."""
        return length_of(self.segments)


@final
@dataclass(frozen=True, slots=True, eq=False)
class Upgrade:
    """A WebSocket session that runs on the connection after it is accepted; it learns when the server is about to stop."""

    session: Callable[[AnyReceive, AnySend, Stopping], Awaitable[None]]
    subprotocol: str | None
    is_foreign: bool = False
    """Whether another framework has accepted it: to whom it opens, and with which subprotocol, is its own affair."""


Body: TypeAlias = bytes | Stream | File | Upgrade
"""Everything a response can hold; match it to the end with `assert_never`."""
