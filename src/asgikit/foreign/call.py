"""Call: what runs in a task of its own, and may outlast the function that started it."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable
from typing import Final, final

import anyio

from asgikit.background import LOGGER
from asgikit.detached import spawn

CLEAN_UP: Final = 10.0
"""Seconds that a call has to end in once nobody needs it any more; then it is cancelled, and has as long again."""


def is_cancelled() -> bool:
    """Whether a cancellation is on its way up: a task that asyncio cancels learns of it once, and then could wait for ever."""
    return isinstance(sys.exception(), anyio.get_cancelled_exc_class())


@final
class Flag:
    """An event that costs nothing until somebody waits for it."""

    __slots__ = ("_event", "is_set")

    def __init__(self) -> None:
        """Not set."""
        self.is_set: bool = False
        self._event: anyio.Event | None = None

    def set(self) -> None:
        """Wakes all who wait."""
        self.is_set = True
        if self._event is not None:
            self._event.set()

    async def wait(self) -> None:
        """Returns when it is set."""
        if not self.is_set:
            self._event = self._event or anyio.Event()
            await self._event.wait()

    def fresh(self) -> Flag:
        """One that is not set: another one if this is."""
        return Flag() if self.is_set else self


@final
class Call:
    """One run of an application. It belongs to no task group: a scope that a middleware leaves does not end it.

    Whoever starts one has to wait for it, or to end it.
    """

    __slots__ = ("_done", "_name", "_scope", "_task", "error")

    def __init__(self, name: str) -> None:
        """The name is for the log."""
        self.error: BaseException | None = None
        self._name: str = name
        self._done: Flag = Flag()
        self._scope: anyio.CancelScope = anyio.CancelScope()
        self._task: object = None

    @property
    def is_done(self) -> bool:
        """Whether it has ended."""
        return self._done.is_set

    def start(self, function: Callable[[], Awaitable[None]], then: Callable[[], None]) -> None:
        """Runs the function in a copy of our context. `then` is called at its end, whatever that was; see `error`."""
        self._task = spawn(lambda: self._run(function, then))  # an event loop holds its tasks by weak references only

    async def _run(self, function: Callable[[], Awaitable[None]], then: Callable[[], None]) -> None:
        try:
            with self._scope:
                await function()
        except (anyio.get_cancelled_exc_class(), GeneratorExit):
            raise
        except BaseException as error:  # noqa: BLE001  # raised by whoever waits for us; trio would end with a task of the system
            self.error = error
        finally:
            self._done.set()
            then()

    async def wait(self) -> None:
        """Returns when it has ended."""
        await self._done.wait()

    async def outlast(self) -> None:
        """Waits for its end; if we are cancelled, for CLEAN_UP seconds more: it works on, and not for whoever cancels us."""
        if self._done.is_set:
            return
        try:
            if not is_cancelled():
                await self._done.wait()
        finally:
            with anyio.CancelScope(shield=True):
                await self.end(CLEAN_UP)

    async def end(self, grace: float) -> None:
        """Waits for its end, for so many seconds; then, and if we are cancelled ourselves, cancels it and waits again."""
        if self._done.is_set:
            return
        try:
            with anyio.move_on_after(grace):
                await self._done.wait()
        finally:
            if not self._done.is_set:
                self._scope.cancel()
                with anyio.move_on_after(CLEAN_UP, shield=True):
                    await self._done.wait()
                if not self._done.is_set:
                    LOGGER.error("%s does not end, though it was cancelled %s seconds ago", self._name, CLEAN_UP)
