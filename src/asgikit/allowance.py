"""Allowance: how much of a body there may be, however it is read."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import final

from asgikit.errors import ContentTooLarge


@final
class Cap(int):
    """Bytes that a body may have in all, where a plain number says how many of them are kept."""

    __slots__ = ()


@final
class Allowance:
    """What of one body is still allowed."""

    __slots__ = ("_encoded", "_excess", "_passed", "cap")

    def __init__(self, cap: int, declared: int | None) -> None:
        """The whole `cap`; nothing, if the length that is declared is past it."""
        self.cap: int = cap
        self._excess: bool = declared is not None and declared > cap
        self._passed: int = 0
        self._encoded: int = 0

    def check(self, kept: bytes | None) -> None:
        """Raises ContentTooLarge if the body is known to be past the cap."""
        if self._excess or len(kept or b"") > self.cap:
            raise too_large(self.cap)

    def count_encoded(self, size: int) -> None:
        """Counts what came of a body that is decoded: it may decode to nothing. Raises ContentTooLarge as `take` does."""
        self._encoded += size
        if self._encoded > self.cap:
            self._passed = self.cap + 1
            raise too_large(self.cap)

    async def take(self, following: Callable[[], Awaitable[bytes | None]]) -> bytes | None:
        """The chunk that follows, None for the end. Raises ContentTooLarge for the one that is past the cap, and from then on."""
        chunk = None if self._passed > self.cap else await following()
        self._passed += len(chunk or b"")
        if self._passed > self.cap:
            raise too_large(self.cap)
        return chunk


def too_large(limit: int) -> ContentTooLarge:
    """What a client is told whose content is past a limit."""
    return ContentTooLarge(f"the content is over {limit} bytes")
