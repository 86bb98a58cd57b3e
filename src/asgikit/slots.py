"""Slots: so many at once, and a queue for those who wait for their turn."""

from __future__ import annotations

from typing import Final, final

import anyio

from asgikit.errors import ServiceUnavailable

_BUSY: Final = "there is too much to do: try again later"


@final
class _Turn:
    """Somebody who waits."""

    __slots__ = ("come", "news")

    def __init__(self) -> None:
        self.news: anyio.Event = anyio.Event()
        self.come: bool = False


@final
class Slots:
    """At most `limit` holders at once; up to `queue` others wait, first come first served.

    A slot that comes free goes to the one who has waited longest, and never to somebody who comes just then.
    """

    __slots__ = ("_free", "_queue", "_waiting")

    def __init__(self, limit: int, queue: int = 0) -> None:
        """All free."""
        self._free: int = limit
        self._queue: int = queue
        self._waiting: dict[_Turn, None] = {}  # in order, and any of them can leave at once

    @property
    def free(self) -> int:
        """How many can be had without waiting."""
        return self._free

    @property
    def waiting(self) -> int:
        """How many wait."""
        return len(self._waiting)

    async def acquire(self, patience: float) -> None:
        """Takes a slot; waits for one up to so many seconds. Who gets one has to release it.

        Raises ServiceUnavailable if the queue is full, or the time is over.
        """
        if self._free:
            self._free -= 1
            return
        if len(self._waiting) >= self._queue:
            raise ServiceUnavailable(_BUSY, log="all slots are taken, and the queue is full", retry_after=1)
        turn = _Turn()
        self._waiting[turn] = None
        try:
            with anyio.move_on_after(patience):
                await turn.news.wait()
        except BaseException:
            # Cancelled, perhaps after the slot was handed to us: then it is the next one's.
            if turn.come:
                self.release()
            else:
                del self._waiting[turn]
            raise
        if not turn.come:
            del self._waiting[turn]
            raise ServiceUnavailable(_BUSY, log=f"no slot came free in {patience} s", retry_after=1)

    def release(self) -> None:
        """Gives a slot to the one who has waited longest, or back."""
        for turn in self._waiting:
            del self._waiting[turn]
            turn.come = True
            turn.news.set()
            return
        self._free += 1
