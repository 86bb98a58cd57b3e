"""Laws of background work: every job that is accepted has one fate, and never too many run at once."""

from dataclasses import dataclass

import anyio
import anyio.lowlevel
import pytest
from hypothesis import given
from hypothesis import strategies as st

from asgikit.background import Task, run_tasks
from asgikit.errors import ServiceUnavailable
from asgikit.supervisor import Supervisor

backends = st.sampled_from(["asyncio", "trio"])


@dataclass(frozen=True)
class Plan:
    """A job: how many steps it takes, whether it fails, and what the one who starts it does before."""

    steps: int
    error: type[BaseException] | None
    pause: int
    waits: bool


plans = st.builds(
    Plan, st.integers(0, 4), st.sampled_from([None, None, ValueError, BaseException]), st.integers(0, 3), st.booleans()
)
many = st.lists(plans, max_size=12)


class Run:
    """What became of the jobs of one supervisor."""

    def __init__(self, concurrency, queue):
        self.concurrency, self.queue = concurrency, queue
        self.begun, self.ended, self.accepted, self.refused = [], [], [], []
        self._at_once = 0

    async def job(self, number, plan):
        self.begun.append(number)
        self._at_once += 1
        assert self._at_once <= self.concurrency
        try:
            for _ in range(plan.steps):
                await anyio.lowlevel.checkpoint()
        finally:
            self._at_once -= 1
        self.ended.append(number)
        if plan.error is not None:
            raise plan.error

    async def start(self, jobs, planned):
        for number, plan in enumerate(planned):
            for _ in range(plan.pause):
                await anyio.lowlevel.checkpoint()
            try:
                if plan.waits:
                    await jobs.start(self.job, number, plan)
                else:
                    jobs.start_nowait(self.job, number, plan)
            except ServiceUnavailable:
                self.refused.append(number)
            else:
                self.accepted.append(number)
            assert jobs.tally.waiting <= self.queue


@given(many, st.integers(1, 3), st.integers(0, 3), backends)
def test_whatever_is_accepted_is_done_once(planned, concurrency, queue, backend):
    """With time enough; in order, if there is one at a time; only what does not wait is ever refused."""
    run = Run(concurrency, queue)

    async def main():
        async with Supervisor(concurrency=concurrency, queue=queue, drain=60) as jobs:
            await run.start(jobs, planned)
        return jobs

    jobs = anyio.run(main, backend=backend)
    assert sorted(run.ended) == run.accepted
    assert concurrency > 1 or run.begun == run.accepted
    assert not any(planned[number].waits for number in run.refused)
    failed = sum(planned[number].error is not None for number in run.accepted)
    assert (jobs.tally.failed, jobs.tally.succeeded) == (failed, len(run.accepted) - failed)
    assert (jobs.tally.refused, jobs.lost, jobs.tally.running, jobs.tally.waiting) == (len(run.refused), (), 0, 0)


@given(many, st.integers(1, 3), st.integers(0, 3), st.integers(0, 12), st.booleans(), backends)
def test_whatever_is_accepted_is_done_or_lost(planned, concurrency, queue, after, cancels, backend):
    """Not both, and not neither, whenever the end comes: by the deadline, or by a cancellation."""
    run = Run(concurrency, queue)
    kept = []

    async def main():
        async with anyio.create_task_group() as outer, Supervisor(concurrency=concurrency, queue=queue, drain=0) as jobs:
            kept.append(jobs)
            async with anyio.create_task_group() as group:
                group.start_soon(run.start, jobs, planned)
                for _ in range(after):
                    await anyio.lowlevel.checkpoint()
                group.cancel_scope.cancel()
            if cancels:
                outer.cancel_scope.cancel()
                await anyio.lowlevel.checkpoint()

    anyio.run(main, backend=backend)
    (jobs,) = kept
    tally = jobs.tally
    assert tally.succeeded + tally.failed == len(run.ended)
    assert tally.succeeded + tally.failed + tally.lost == len(run.accepted)
    assert sum(lost.begun for lost in jobs.lost) >= len(run.begun) - len(run.ended)
    assert (tally.running, tally.waiting) == (0, 0)


@given(st.lists(plans, min_size=1, max_size=5), st.integers(0, 20), backends)
def test_the_work_of_a_response_is_done_in_order_whatever_happens(planned, after, backend):
    """Also if its request is cancelled at any step."""
    ended = []

    async def job(number, plan):
        for _ in range(plan.steps):
            await anyio.lowlevel.checkpoint()
        ended.append(number)
        if plan.error is not None:
            raise plan.error

    async def main():
        async with anyio.create_task_group() as group:
            tasks = [Task.of(job, number, plan) for number, plan in enumerate(planned)]
            group.start_soon(run_tasks, tasks, "a request")
            for _ in range(after):
                await anyio.lowlevel.checkpoint()
            group.cancel_scope.cancel()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("asgikit.background.LOGGER.exception", lambda *args: None)
        anyio.run(main, backend=backend)
    assert ended in ([], list(range(len(planned))))
    assert ended or after == 0
