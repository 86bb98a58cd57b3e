"""One call of an application in a task of its own: it can be cancelled, and in the end abandoned whatever it catches."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Coroutine, Generator
from contextlib import suppress
from contextvars import Context, copy_context
from time import monotonic, thread_time
from typing import Any, Final, Literal, TypeAlias, final

import anyio

if sys.platform == "linux":
    from resource import RUSAGE_THREAD, getrusage

    def _waits() -> int | None:
        return getrusage(RUSAGE_THREAD).ru_nvcsw

else:

    def _waits() -> int | None:
        """Nothing tells."""


Outcome: TypeAlias = Literal["returned", "raised", "hung", "cancelled"]
"""How a call ended: "hung" if it had to be stopped, "cancelled" if it ended with the cancellation that it was given."""

_OWN_VARIABLES: Final = frozenset({"decimal_context", "current_async_library_cvar"})
"""Context variables that belong to the interpreter and to the event loops."""


class Abandoned(BaseException):
    """The call was dropped where it stood: nothing else would have ended it."""


@final
class Call:
    """One call of an application. Run it in a task group; then look at its outcome."""

    __slots__ = ("_coroutine", "_scope", "_steps", "_task", "cancelling", "ended", "error", "left_set", "outcome")

    def __init__(self, coroutine: Callable[[], Coroutine[object, None, None]]) -> None:
        """Calls this, once."""
        self.outcome: Outcome | None = None
        self.error: BaseException | None = None
        self.ended: anyio.Event = anyio.Event()
        self.cancelling: bool = False
        self.left_set: tuple[str, ...] = ()
        """The names of the context variables that the call has left at other values than it found."""
        self._coroutine = coroutine
        self._scope = anyio.CancelScope()
        self._steps: _Steps | None = None
        self._task: asyncio.Task[Any] | None = None

    @property
    def slowest(self) -> float:
        """The seconds that its slowest step between two waits worked or blocked: so long it kept the event loop from others."""
        return 0.0 if self._steps is None else self._steps.slowest

    async def run(self) -> None:
        """Runs it to its end. Raises nothing of what it raises but the end of the program."""
        self._task = _current_task()
        before = copy_context()
        self._steps = _Steps(self._coroutine())
        try:
            with self._scope:
                await self._steps
            self.outcome = "cancelled" if self._scope.cancelled_caught else "returned"
        except Abandoned:
            self.outcome = "hung"
        except (KeyboardInterrupt, GeneratorExit):
            raise
        except anyio.get_cancelled_exc_class():
            if not self.cancelling:
                raise
            self.outcome = "cancelled"
        except BaseException as error:  # noqa: BLE001  # an application can raise SystemExit too
            self.error = error
            self.outcome = "raised"
        finally:
            self.left_set = _changed(before, copy_context())
            self.ended.set()

    def cancel(self) -> None:
        """Cancels the task: once on asyncio, as servers do there; until it ends on Trio."""
        self.cancelling = True
        if self._task is not None:
            self._task.cancel()
        else:
            self._scope.cancel()

    def abandon(self) -> None:
        """Drops it at its next step, whatever it catches."""
        if self._steps is not None:
            self._steps.abandoned = True
        self.cancel()


@final
class _Steps:
    """Hands every step of a coroutine on, and can drop it between two of them."""

    __slots__ = ("_coroutine", "abandoned", "slowest")

    def __init__(self, coroutine: Coroutine[Any, Any, None]) -> None:
        self._coroutine = coroutine
        self.abandoned = False
        self.slowest = 0.0

    def __await__(self) -> Generator[Any, Any, None]:
        value: Any = None
        error: BaseException | None = None
        while True:
            began = _times()
            try:
                wait = self._coroutine.send(value) if error is None else self._coroutine.throw(error)
            except StopIteration:
                return
            finally:
                self.slowest = max(self.slowest, _taken(began, _times()))
            value = error = None
            try:
                value = yield wait
            except BaseException as caught:  # noqa: BLE001  # all of them are the coroutine's
                error = caught
            if self.abandoned:
                self._drop()
                raise Abandoned from None

    def _drop(self) -> None:
        with suppress(Exception):  # "coroutine ignored GeneratorExit" above all
            self._coroutine.close()


_Times: TypeAlias = tuple[float, float, int | None]
"""The clock, the processor time of this thread, and how often it has waited, where the system tells."""


def _times() -> _Times:
    return monotonic(), thread_time(), _waits()


def _taken(began: _Times, ended: _Times) -> float:
    """The seconds that a step has worked or waited: not those in which a busy machine did not let it run."""
    never_waited = ended[2] is not None and ended[2] == began[2]
    return ended[1] - began[1] if never_waited else ended[0] - began[0]


def _current_task() -> asyncio.Task[Any] | None:
    try:
        return asyncio.current_task()
    except RuntimeError:  # on Trio there is no loop
        return None


def _changed(before: Context, after: Context) -> tuple[str, ...]:
    missing = object()
    changed = (var.name for var, value in after.items() if before.get(var, missing) is not value)
    return tuple(sorted(name for name in changed if name not in _OWN_VARIABLES))
