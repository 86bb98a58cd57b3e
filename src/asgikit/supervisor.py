"""Supervisor: background work that outlives its request, bounded, drained at shutdown, and never lost in silence."""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable
from contextvars import Context, copy_context
from dataclasses import dataclass
from types import TracebackType
from typing import Self, TypeVarTuple, final

import anyio
import anyio.abc

from asgikit.background import LOGGER, Task, attempt
from asgikit.errors import ServiceUnavailable

Ts = TypeVarTuple("Ts")


@final
@dataclass(frozen=True, slots=True)
class Lost:
    """A job that did not come to its end before the deadline: `begun` and cancelled, or never begun."""

    task: Task
    begun: bool


@final
@dataclass(frozen=True, slots=True)
class Tally:
    """How many jobs of a supervisor are running and waiting now, and what has become of the others."""

    running: int
    waiting: int
    succeeded: int
    failed: int
    refused: int
    lost: int


@final
@dataclass(slots=True, eq=False)
class _Job:
    task: Task
    context: Context


@final
class Supervisor:
    """Runs jobs beside the requests, for as long as its `async with` block lasts: a resource for a lifespan.

    Up to `concurrency` jobs run at a time and up to `queue` more wait, in the order in which they came. At the end of the
    block those that are accepted have `drain` seconds to come to their ends; then they are cancelled, logged, and counted
    in `lost`. Is a JobQueue.
    """

    __slots__ = (
        "_closed",
        "_concurrency",
        "_drain",
        "_failed",
        "_group",
        "_idle",
        "_lost",
        "_refused",
        "_room",
        "_running",
        "_succeeded",
        "_waiting",
    )

    def __init__(self, *, concurrency: int = 16, queue: int = 1000, drain: float = 10.0) -> None:
        """Raises ValueError for a concurrency below 1, or a negative queue or drain."""
        if concurrency < 1 or queue < 0 or not drain >= 0:
            raise ValueError("concurrency is at least 1, queue at least 0, drain a time in seconds from 0")
        self._concurrency = concurrency
        self._drain = drain
        self._room: anyio.Semaphore = anyio.Semaphore(concurrency + queue)
        self._group: anyio.abc.TaskGroup | None = None
        self._closed = False
        self._idle: anyio.Event | None = None
        self._running: set[_Job] = set()
        self._waiting: deque[_Job] = deque()
        self._lost: list[Lost] = []
        self._succeeded = 0
        self._failed = 0
        self._refused = 0

    @property
    def lost(self) -> tuple[Lost, ...]:
        """The jobs that did not come to their ends, once the block has ended: to be kept for another time, say."""
        return tuple(self._lost)

    @property
    def tally(self) -> Tally:
        """How things stand, for metrics."""
        return Tally(
            running=len(self._running),
            waiting=len(self._waiting),
            succeeded=self._succeeded,
            failed=self._failed,
            refused=self._refused,
            lost=len(self._lost),
        )

    async def start(self, function: Callable[[*Ts], Awaitable[object]], /, *args: *Ts) -> None:
        """Returns when there is room for the job and it is accepted; a failure of it is logged.

        Raises ServiceUnavailable once the supervisor has stopped, also while we wait.
        """
        self._require_open()
        await self._room.acquire()
        try:
            self._require_open()
        except ServiceUnavailable:
            self._room.release()  # for the next one who waits, who is refused too
            raise
        self._accept(Task.of(function, *args))

    def start_nowait(self, function: Callable[[*Ts], Awaitable[object]], /, *args: *Ts) -> None:
        """Accepts the job if there is room. Raises ServiceUnavailable, which becomes 503, if there is none."""
        self._require_open()
        try:
            self._room.acquire_nowait()
        except anyio.WouldBlock:
            self._refused += 1
            raise _unavailable("the queue of background work is full") from None
        self._accept(Task.of(function, *args))

    def _require_open(self) -> None:
        if self._closed:
            self._refused += 1
            raise _unavailable("background work has stopped")
        if self._group is None:
            raise RuntimeError("the supervisor is not running: write `async with Supervisor() as jobs:` in the lifespan")

    def _accept(self, task: Task) -> None:
        job = _Job(task, copy_context())
        if len(self._running) < self._concurrency:
            self._begin(job)
        else:
            self._waiting.append(job)

    def _begin(self, job: _Job) -> None:
        self._running.add(job)
        # In the context of whoever started it, though it may be another job whose end has made room.
        job.context.run(self._spawn, job)

    def _spawn(self, job: _Job) -> None:
        if self._group is not None:
            self._group.start_soon(self._run, job, name=job.task.name)

    async def _run(self, job: _Job) -> None:
        ended = False
        try:
            if await attempt(job.task, "a supervisor"):
                self._succeeded += 1
            else:
                self._failed += 1
            ended = True
        finally:
            self._running.discard(job)
            self._room.release()
            if not ended:
                self._lose(job.task, begun=True)
            if self._waiting:
                self._begin(self._waiting.popleft())
            elif self._idle is not None and not self._running:
                self._idle.set()

    def _lose(self, task: Task, *, begun: bool) -> None:
        self._lost.append(Lost(task, begun))
        LOGGER.error("the background task %s %s: the supervisor stopped", task.name, "was cancelled" if begun else "never began")

    async def __aenter__(self) -> Self:
        """Itself, ready. Raises RuntimeError the second time."""
        if self._group is not None:
            raise RuntimeError("a supervisor runs once: make another one for another lifespan")
        self._group = await anyio.create_task_group().__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Waits for the jobs, then cancels them: at once, if the block was cancelled; its error goes on as it is."""
        if self._group is None:
            return
        try:
            if error is None or isinstance(error, Exception):
                await self._drained()
        finally:
            self._close()
            self._group.cancel_scope.cancel()
            await self._group.__aexit__(None, None, None)

    async def _drained(self) -> None:
        """Jobs may start jobs meanwhile: they are part of what is to be done."""
        if self._running:
            self._idle = anyio.Event()
            with anyio.move_on_after(self._drain):
                await self._idle.wait()

    def _close(self) -> None:
        self._closed = True
        while self._waiting:
            self._lose(self._waiting.popleft().task, begun=False)


def _unavailable(reason: str) -> ServiceUnavailable:
    return ServiceUnavailable("too much is going on: try again later", log=reason, retry_after=1)
