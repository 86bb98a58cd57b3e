"""Work after the response is sent: isolated, one task after the other, failures logged."""

from __future__ import annotations

import logging
import math
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, Protocol, Self, TypeAlias, TypeVarTuple, final

import anyio

from asgikit.detached import spawn
from asgikit.errors import ResponseTimeout
from asgikit.groups import is_base_group

Ts = TypeVarTuple("Ts")

LOGGER: Final = logging.getLogger("asgikit")

GRACE: Final = 10.0
"""Seconds that the work after a response has left once the server cancels the request."""

Job: TypeAlias = Callable[[], Awaitable[object]]


class JobQueue(Protocol):
    """Takes jobs that go on apart from any request: a Supervisor in this process, or an engine that runs them elsewhere."""

    async def start(self, function: Callable[[*Ts], Awaitable[object]], /, *args: *Ts) -> None:
        """Returns when the job is accepted, not when it is done."""
        ...


@final
@dataclass(frozen=True, slots=True)
class Task:
    """A function with its arguments, to be run once."""

    name: str
    job: Job

    @classmethod
    def of(cls, function: Callable[[*Ts], Awaitable[object]], /, *args: *Ts) -> Self:
        """This call, named as the function is."""
        return cls(getattr(function, "__qualname__", repr(function)), lambda: function(*args))


async def attempt(task: Task, origin: object) -> bool:
    """Runs a task; False if it failed, which is logged with what it belongs to.

    Raises what ends the process, and our own cancellation; one of something that the task waits for is a failure.
    """
    try:
        await task.job()
    except Exception:
        LOGGER.exception("the background task %s of %s failed", task.name, origin)
        return False
    except BaseException as error:
        if _ends_the_process(error) or anyio.current_effective_deadline() == -math.inf:
            raise
        LOGGER.exception("the background task %s of %s failed", task.name, origin)
        return False
    return True


def _ends_the_process(error: BaseException) -> bool:
    if is_base_group(error):
        return any(map(_ends_the_process, error.exceptions))
    return isinstance(error, KeyboardInterrupt | SystemExit | GeneratorExit)


async def run_tasks(tasks: Sequence[Task], origin: object, *, cancelled: bool = False) -> None:
    """Runs every task in order; one that fails is logged and stops no other.

    If the request is cancelled, before or meanwhile, they have GRACE seconds left; what is not done by then is logged.
    Raises what ends the process.
    """
    if tasks:
        work = _Work(tasks, origin)
        if cancelled:
            work.hurry()
        # A task of its own: a server that cancels the request cancels only the task that it knows.
        running = spawn(work.run)
        try:
            await work.over.wait()
        except anyio.get_cancelled_exc_class():
            work.hurry()
            await work.outlast()
            raise
        del running  # kept until here
        if work.fatal is not None:
            raise work.fatal


async def run_behind(sending: Awaitable[None], tasks: Sequence[Task], origin: object) -> None:
    """Awaits the sending of a response, then runs its tasks, also if it is cancelled or takes too long; not if it fails.

    Servers cancel what is under way when the client leaves, or when they stop: the work is not the client's.
    """
    try:
        await sending
    except anyio.get_cancelled_exc_class():
        await run_tasks(tasks, origin, cancelled=True)
        raise
    except ResponseTimeout:
        await run_tasks(tasks, origin)
        raise
    await run_tasks(tasks, origin)


class _Work:
    """The tasks of one response."""

    __slots__ = ("_left", "_origin", "_scope", "fatal", "over")

    def __init__(self, tasks: Sequence[Task], origin: object) -> None:
        self.over = anyio.Event()
        self.fatal: BaseException | None = None
        self._left = list(reversed(tasks))
        self._origin = origin
        self._scope = anyio.CancelScope(shield=True)

    def hurry(self) -> None:
        self._scope.deadline = min(self._scope.deadline, anyio.current_time() + GRACE)

    async def outlast(self) -> None:
        """Waits for the end, however often we are cancelled meanwhile: it comes soon."""
        with anyio.CancelScope(shield=True):
            while not self.over.is_set():
                with suppress(anyio.get_cancelled_exc_class()):
                    await self.over.wait()

    async def run(self) -> None:
        try:
            with self._scope:
                while self._left:
                    await attempt(self._left[-1], self._origin)
                    self._left.pop()
        except BaseException as error:  # noqa: BLE001  # raised again as itself, which a task group would wrap
            self.fatal = error
        for task in reversed(self._left):
            LOGGER.error("the background task %s of %s did not come to its end", task.name, self._origin)
        self.over.set()
