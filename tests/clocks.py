"""Time that stands still while anything runs, and jumps to the next deadline when nothing does.

Limits and pauses of tests marked `virtual_time` cost no time, and how busy the machine is decides nothing. Not for tests in
which a thread or another process has work to do: to an event loop that looks like rest.
"""

from __future__ import annotations

import asyncio
import selectors
from typing import Any

import trio.testing

NO_THREADS = "a thread under virtual time: mark the test virtual_time(False)"


class _Selector(selectors.DefaultSelector):
    """Never waits for a deadline: goes to it."""

    now = 0.0

    def select(self, timeout: float | None = None) -> Any:
        found = super().select(timeout if timeout is None else 0)
        if not found and timeout:
            self.now += timeout
        return found


class _Loop(asyncio.SelectorEventLoop):
    """asyncio's event loop by the time of its selector."""

    def __init__(self) -> None:
        self._passed = _Selector()
        super().__init__(self._passed)

    def time(self) -> float:
        return self._passed.now

    def run_in_executor(self, *given: Any) -> Any:
        raise AssertionError(NO_THREADS)


def with_virtual_time(backend: str) -> tuple[str, dict[str, Any]]:
    """The backend and its options, for the fixture of anyio's plugin."""
    if backend == "trio":
        return backend, {"clock": trio.testing.MockClock(autojump_threshold=0)}
    return backend, {"loop_factory": _Loop}
