"""Responses whose bodies come as they are read, and that leave nothing behind when they are not read to their end."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Any, Final, Protocol, final

from typing_extensions import TypeVar

from asgikit.testing.library import Library, R

T = TypeVar("T")


class Source(Protocol):
    """A body that comes."""

    async def read(self) -> bytes | None:
        """The next piece; None behind the last."""
        ...


@final
class Reading:
    """What iterates over one body.

    The library leaves iterators that were not exhausted to the garbage collector, and trio warns of those.
    """

    def __init__(self, source: Source) -> None:
        """Nothing does yet."""
        self._source: Final = source
        self._begun: list[Any] = []
        self.size: int = 0
        """Bytes that were read."""

    def noted(self, iterator: AsyncGenerator[T]) -> AsyncGenerator[T]:
        """The same iterator, to be ended with the others."""
        self._begun.append(iterator)
        return iterator

    async def pieces(self, close: Callable[[], Awaitable[None]]) -> AsyncGenerator[bytes]:
        """The body, and the end of its response behind it."""
        while (piece := await self._source.read()) is not None:
            self.size += len(piece)
            yield piece
        await close()

    async def end(self) -> None:
        """Ends them all, the outermost first; one that runs has come to its end."""
        for iterator in self._begun:
            if not iterator.ag_running:
                await iterator.aclose()


def _above(base: Any) -> Any:  # noqa: ANN401  # the library is known when it runs
    return base


def streamed_class(library: Library[R]) -> Callable[..., R]:
    """The response of a library that ends with itself whatever iterates over its body."""
    base: Any = library.Response

    class Streamed(base):  # type: ignore[misc]  # known when it runs  # pyright: ignore[reportUntypedBaseClass]
        is_stream_consumed: bool

        def __init__(self, status: int, *, stream: Source, **options: object) -> None:
            _above(super()).__init__(status, stream=stream, **options)
            self._reading = Reading(stream)

        @property
        def num_bytes_downloaded(self) -> int:
            return self._reading.size

        def aiter_raw(self, chunk_size: int | None = None) -> AsyncGenerator[bytes]:
            if chunk_size is not None or self.is_closed or self.is_stream_consumed:
                return self._reading.noted(_above(super()).aiter_raw(chunk_size))
            self.is_stream_consumed = True
            return self._reading.noted(self._reading.pieces(self.aclose))

        def aiter_bytes(self, chunk_size: int | None = None) -> AsyncGenerator[bytes]:
            return self._reading.noted(_above(super()).aiter_bytes(chunk_size))

        def aiter_text(self, chunk_size: int | None = None) -> AsyncGenerator[str]:
            return self._reading.noted(_above(super()).aiter_text(chunk_size))

        def aiter_lines(self) -> AsyncGenerator[str]:
            return self._reading.noted(_above(super()).aiter_lines())

        async def aclose(self) -> None:
            await self._reading.end()
            await _above(super()).aclose()

    return Streamed
