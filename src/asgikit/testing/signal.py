"""Waiting for news, with a limit."""

from __future__ import annotations

from typing import final

import anyio


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

    async def wait(self) -> None:
        """Returns with the next ring."""
        if self._event is None:
            self._event = anyio.Event()
        await self._event.wait()
