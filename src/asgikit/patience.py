"""Patience: how long we wait for what a client sends."""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable
from typing import TypeVar, final

import anyio

from asgikit.errors import RequestTimeout

T = TypeVar("T")


@final
class Patience:
    """Waits for each chunk of a request body no longer than `idle`, and for all of them no longer than `total` seconds."""

    __slots__ = ("_idle", "_left")

    def __init__(self, idle: float | None, total: float | None) -> None:
        """None is for ever. Raises ValueError for times that are not above 0."""
        if (idle is not None and not idle > 0) or (total is not None and not total > 0):
            raise ValueError("idle and total are times in seconds above 0, or None")
        self._idle: float = math.inf if idle is None else idle
        self._left: float = math.inf if total is None else total

    async def wait(self, following: Callable[[], Awaitable[T]]) -> T:
        """What comes next. Raises RequestTimeout."""
        began = anyio.current_time()  # only waiting counts: that we are slow with a chunk is not the client's fault
        with anyio.CancelScope(deadline=began + min(self._idle, self._left)):
            chunk = await following()
            self._left -= anyio.current_time() - began
            return chunk
        late = "the request body stopped coming" if self._idle < self._left else "the request body took too long"
        raise RequestTimeout(late, headers=(("connection", "close"),))
