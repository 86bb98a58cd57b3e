"""Background work that outlives its request."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from contextvars import ContextVar
from functools import partial
from typing import Any

import anyio
import anyio.lowlevel
import pytest

from asgikit import App, Request, Response
from asgikit.background import JobQueue
from asgikit.errors import ServiceUnavailable
from asgikit.supervisor import Supervisor, Tally
from asgikit.testing import call, running

pytestmark = pytest.mark.virtual_time


class Work:
    """Jobs that wait until they may go on, and what has become of them."""

    def __init__(self) -> None:
        self.begun: list[int] = []
        self.done: list[int] = []
        self.most = 0
        self.go = anyio.Event()
        self._at_once = 0

    async def __call__(self, number: int) -> None:
        self.begun.append(number)
        self._at_once += 1
        self.most = max(self.most, self._at_once)
        try:
            await self.go.wait()
            self.done.append(number)
        finally:
            self._at_once -= 1


@pytest.fixture
def work() -> Work:
    """Fresh jobs."""
    return Work()


async def test_jobs_run_beside_the_block_and_are_waited_for(work: Work) -> None:
    """So many at a time."""
    async with Supervisor(concurrency=3, queue=100) as jobs:
        for number in range(10):
            await jobs.start(work, number)
        await anyio.wait_all_tasks_blocked()
        assert (sorted(work.begun), jobs.tally.running, jobs.tally.waiting) == ([0, 1, 2], 3, 7)
        work.go.set()
    assert (sorted(work.done), work.most) == (list(range(10)), 3)
    assert jobs.tally == Tally(running=0, waiting=0, succeeded=10, failed=0, refused=0, lost=0)


async def test_jobs_wait_in_the_order_in_which_they_came(work: Work) -> None:
    """Whoever had to wait for room among them."""
    work.go.set()
    async with Supervisor(concurrency=1, queue=2) as jobs:
        for number in range(10):
            await jobs.start(work, number)
    assert work.done == list(range(10))


async def test_a_job_that_fails_harms_no_other(work: Work, caplog: pytest.LogCaptureFixture) -> None:
    """It is logged and counted."""

    async def fails(error: BaseException) -> None:
        raise error

    work.go.set()
    async with Supervisor(concurrency=1) as jobs:
        for error in (ValueError("mine"), asyncio.CancelledError(), BaseExceptionGroup("", [BaseException()])):
            await jobs.start(fails, error)
        await jobs.start(work, 1)
    assert (work.done, jobs.tally.failed, jobs.tally.succeeded) == ([1], 3, 1)
    assert caplog.text.count("fails of a supervisor failed") == 3
    assert "ValueError: mine" in caplog.text


async def test_what_does_not_fit_is_refused(work: Work) -> None:
    """With an error that becomes 503, and the room is there again after it."""
    async with Supervisor(concurrency=1, queue=1) as jobs:
        for number in range(2):
            jobs.start_nowait(work, number)
        with pytest.raises(ServiceUnavailable) as refused:
            jobs.start_nowait(work, 2)
        work.go.set()
        await jobs.start(work, 3)
    assert (refused.value.status, "retry-after" in refused.value.headers) == (503, True)
    assert (work.done, jobs.tally.refused) == ([0, 1, 3], 1)


async def test_starting_waits_for_room(work: Work) -> None:
    """So whoever makes jobs makes them no faster than they are done; who gives up has started nothing."""
    async with Supervisor(concurrency=1, queue=0) as jobs:
        await jobs.start(work, 0)
        with anyio.move_on_after(0.01):
            await jobs.start(work, 1)
        async with anyio.create_task_group() as group:
            group.start_soon(jobs.start, work, 2)
            await anyio.wait_all_tasks_blocked()
            assert jobs.tally.waiting == 0
            work.go.set()
    assert work.done == [0, 2]


async def test_what_is_not_done_by_the_deadline_is_told(work: Work, caplog: pytest.LogCaptureFixture) -> None:
    """As values, in the log, as a number: what was cancelled and what never began; any of it can be run again."""
    with anyio.fail_after(5):
        async with Supervisor(concurrency=2, drain=0.01) as jobs:
            for number in range(3):
                await jobs.start(work, number)
    assert (work.done, sorted(work.begun), jobs.tally.lost) == ([], [0, 1], 3)
    assert sorted(lost.begun for lost in jobs.lost) == [False, True, True]
    assert caplog.text.count("was cancelled: the supervisor stopped") == 2
    assert caplog.text.count("never began: the supervisor stopped") == 1
    work.go.set()
    for lost in jobs.lost:
        await lost.task.job()
    assert sorted(work.done) == [0, 1, 2]


async def test_a_supervisor_that_has_stopped_refuses(work: Work) -> None:
    """Also those who were waiting for room."""
    refused: list[int] = []

    async def start(number: int) -> None:
        with pytest.raises(ServiceUnavailable):
            await jobs.start(work, number)
        refused.append(number)

    async with anyio.create_task_group() as group:
        async with Supervisor(concurrency=1, queue=1, drain=0.01) as jobs:
            for number in range(2):
                await jobs.start(work, number)
            for number in range(2, 5):
                group.start_soon(start, number)
            await anyio.wait_all_tasks_blocked()
        await start(5)
        with pytest.raises(ServiceUnavailable):
            jobs.start_nowait(work, 6)
    assert (sorted(refused), jobs.tally.refused, jobs.tally.lost) == ([2, 3, 4, 5], 5, 2)


async def test_jobs_may_start_jobs_while_it_drains(work: Work) -> None:
    """What one has accepted is done with all that belongs to it."""

    async def parent() -> None:
        await work.go.wait()
        await jobs.start(work, 1)

    async with Supervisor() as jobs:
        await jobs.start(parent)
        await anyio.wait_all_tasks_blocked()
        work.go.set()
    assert work.done == [1]


async def test_an_error_of_the_block_comes_out_as_it_is(work: Work) -> None:
    """In no group; the jobs are drained all the same."""
    error = ValueError("mine")
    with pytest.raises(ValueError, match="mine") as caught:
        async with Supervisor() as jobs:
            await jobs.start(work, 1)
            work.go.set()
            raise error
    assert (caught.value, work.done) == (error, [1])


async def test_a_cancelled_block_cancels_its_jobs(work: Work) -> None:
    """At once, for whoever cancels has no time; they are told all the same."""
    with anyio.fail_after(5):
        async with anyio.create_task_group() as group, Supervisor(concurrency=1, drain=60) as jobs:
            for number in range(3):
                await jobs.start(work, number)
            await anyio.wait_all_tasks_blocked()
            group.cancel_scope.cancel()
    assert (work.done, jobs.tally.lost, jobs.tally.running, jobs.tally.waiting) == ([], 3, 0, 0)


def test_a_lifespan_that_is_cancelled_natively_cancels_its_jobs(work: Work) -> None:
    """As asyncio does at the end of its run."""
    kept: list[Supervisor] = []

    async def live() -> None:
        async with Supervisor(drain=60) as jobs:
            kept.append(jobs)
            await jobs.start(work, 1)
            await anyio.sleep_forever()

    async def main() -> None:
        task = asyncio.create_task(live())
        await anyio.wait_all_tasks_blocked()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asyncio.wait_for(task, 5)

    asyncio.run(main())
    assert kept[0].tally.lost == 1


async def test_a_job_that_finishes_in_spite_of_the_deadline_is_not_lost(work: Work) -> None:
    """It may have shielded what must not be cut."""

    async def stubborn() -> None:
        with anyio.CancelScope(shield=True):
            await anyio.sleep(0.05)

    async with Supervisor(drain=0) as jobs:
        await jobs.start(stubborn)
        await anyio.wait_all_tasks_blocked()
    assert (jobs.tally.succeeded, jobs.lost) == (1, ())


@pytest.mark.parametrize("error", [SystemExit(3), KeyboardInterrupt()], ids=repr)
def test_what_ends_the_process_ends_the_block(error: BaseException) -> None:
    """And nothing goes on waiting."""

    async def main() -> None:
        async def fails() -> None:
            raise error

        async with Supervisor() as jobs:
            await jobs.start(fails)
            await anyio.sleep_forever()

    with pytest.raises(BaseExceptionGroup) as caught:
        anyio.run(main, backend="trio")
    assert caught.value.exceptions == (error,)


async def test_a_job_has_the_context_of_whoever_started_it() -> None:
    """Not that of the job whose end made room for it."""
    trace: ContextVar[int] = ContextVar("trace")
    seen: list[int] = []

    async def note() -> None:
        await anyio.lowlevel.checkpoint()
        seen.append(trace.get())

    async with Supervisor(concurrency=1) as jobs:
        for number in range(3):
            trace.set(number)
            await jobs.start(note)
        trace.set(99)
    assert seen == [0, 1, 2]


@pytest.mark.parametrize("wrong", [{"concurrency": 0}, {"queue": -1}, {"drain": -1}, {"drain": float("nan")}])
def test_numbers_out_of_range_are_refused(wrong: Any) -> None:
    """When it is made."""
    with pytest.raises(ValueError, match="concurrency is at least 1"):
        Supervisor(**wrong)


async def test_a_supervisor_has_to_run(work: Work) -> None:
    """The text says what to write; and it runs once."""
    idle = Supervisor()
    with pytest.raises(RuntimeError, match="async with Supervisor"):
        await idle.start(work, 1)
    with anyio.fail_after(5):  # there is nothing to wait for
        async with idle:
            pass
    with pytest.raises(RuntimeError, match="runs once"):
        async with idle:
            pass


async def test_it_is_a_resource_of_a_lifespan(work: Work) -> None:
    """Handlers start jobs on it; the server's shutdown waits for them; it is any JobQueue to them."""

    @asynccontextmanager
    async def lifespan() -> AsyncGenerator[JobQueue]:
        async with Supervisor() as jobs:
            yield jobs

    async def handler(request: Request[JobQueue]) -> Response:
        await request.state.start(work, 1)
        return Response.text("accepted", status=202)

    app = App(handler, lifespan=lifespan)
    async with running(app) as life:
        assert (await call(app, state=life.state)).status == 202
        assert work.done == []
        work.go.set()
    assert (work.done, life.messages[-1]["type"]) == ([1], "lifespan.shutdown.complete")


async def test_a_full_queue_is_503() -> None:
    """Without a word from the handler."""
    jobs = Supervisor(concurrency=1, queue=0, drain=0)

    async def handler(request: Request[None]) -> Response:
        jobs.start_nowait(anyio.sleep_forever)
        return Response.text("accepted", status=202)

    async with jobs:
        answers = [await call(App(handler)) for _ in range(2)]
    assert [answer.status for answer in answers] == [202, 503]
    assert (answers[1].headers["retry-after"], answers[1].error) == ("1", None)


async def test_many_jobs_leave_nothing_behind(work: Work) -> None:
    """No task and no memory for those that are done."""
    work.go.set()

    async def quick() -> None:
        await anyio.lowlevel.checkpoint()

    async with Supervisor(concurrency=4, queue=10) as jobs:
        for _ in range(500):
            await jobs.start(partial(quick))
        await anyio.wait_all_tasks_blocked()
        gc.collect()
        assert (jobs._running, len(jobs._waiting), jobs._room.value) == (set(), 0, 14)
    assert jobs.tally.succeeded == 500
