"""Waiting for news, with a limit."""

from __future__ import annotations

import math
from typing import Final, final

import anyio
from anyio.lowlevel import checkpoint_if_cancelled

TURN: Final = 64
"""Events of an application that waits for nothing, after which others have their turn: else the time would stand still."""

_STEPS: Final = 8
"""Parts of a limit: what blocks the event loop costs one of them at most."""


@final
class Bell:
    """Wakes all who wait for it; can be used again, and costs nothing where nobody waits."""

    __slots__ = ("_event",)

    def __init__(self) -> None:
        """Silent."""
        self._event: anyio.Event | None = None

    def ring(self) -> None:
        """Wakes all who wait now."""
        if self._event is not None:
            self._event.set()
            self._event = None

    def next(self) -> anyio.Event:
        """Is set by the next ring."""
        if self._event is None:
            self._event = anyio.Event()
        return self._event

    async def wait(self) -> None:
        """Returns with the next ring."""
        event = self.next()
        await checkpoint_if_cancelled()  # asyncio: who always finds the ring there already, anyio does not cancel
        await event.wait()


@final
class Patience:
    """So many seconds to wait in which the event loop runs: what blocks it, as a debugger does, stops the clock."""

    __slots__ = ("_left", "_step", "spent")

    def __init__(self, limit: float | None) -> None:
        """Not begun yet; None is without an end."""
        self._left = math.inf if limit is None else limit
        self._step = self._left / _STEPS
        self.spent: float = 0.0
        """Seconds of it that were waited."""

    async def wait(self, bell: Bell) -> bool:
        """Returns with the next ring; false where there is none before this has come to its end."""
        rung = bell.next()
        await checkpoint_if_cancelled()  # as above
        while self._left > 0 and not rung.is_set():
            step = min(self._step, self._left)
            began = anyio.current_time()
            with anyio.move_on_after(step) as over:
                await rung.wait()
            waited = step if over.cancelled_caught else min(anyio.current_time() - began, step)
            self._left -= waited
            self.spent += waited
        return rung.is_set()
