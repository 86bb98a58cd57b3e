"""Laws of slots: never too many at once, in order, and none is ever lost."""

from dataclasses import dataclass

import anyio
import anyio.lowlevel
from hypothesis import given
from hypothesis import strategies as st

from asgikit.errors import ServiceUnavailable
from asgikit.slots import Slots

backends = st.sampled_from(["asyncio", "trio"])


@dataclass(frozen=True)
class Plan:
    """Somebody: when they come, how long they stay, when they are cancelled, and whether they have any patience."""

    pause: int
    stay: int
    cancelled: int | None
    patient: bool


plans = st.builds(Plan, st.integers(0, 4), st.integers(0, 4), st.none() | st.integers(0, 8), st.sampled_from([True, True, False]))
many = st.lists(plans, max_size=10)


class Run:
    """What becomes of a crowd."""

    def __init__(self, limit, queue):
        self.slots = Slots(limit, queue)
        self.limit, self.queue = limit, queue
        self.inside, self.came, self.entered, self.refused = 0, [], [], []

    async def visit(self, number, plan, scope):
        with scope:
            for _ in range(plan.pause):
                await anyio.lowlevel.checkpoint()
            self.came.append(number)
            try:
                await self.slots.acquire(1000 if plan.patient else 1e-9)
            except ServiceUnavailable:
                self.refused.append(number)
                return
            try:
                self.entered.append(number)
                self.inside += 1
                assert self.inside <= self.limit
                assert self.slots.waiting <= self.queue
                for _ in range(plan.stay):
                    await anyio.lowlevel.checkpoint()
            finally:
                self.inside -= 1
                self.slots.release()

    async def run(self, plans):
        async with anyio.create_task_group() as group:
            for number, plan in enumerate(plans):
                scope = anyio.CancelScope()
                group.start_soon(self.visit, number, plan, scope)
                if plan.cancelled is not None:
                    group.start_soon(self.cancel, plan.cancelled, scope)

    async def cancel(self, after, scope):
        for _ in range(after):
            await anyio.lowlevel.checkpoint()
        scope.cancel()


@given(many, st.integers(1, 3), st.integers(0, 5), backends)
def test_every_slot_comes_back(planned, limit, queue, backend):
    """Whoever is cancelled, wherever they are; nobody is in who did not come, and who is patient and not cancelled is in or refused."""
    run = Run(limit, queue)
    anyio.run(run.run, planned, backend=backend)
    assert (run.slots.free, run.slots.waiting, run.inside) == (limit, 0, 0)
    fates = set(run.entered) | set(run.refused)
    assert len(fates) == len(run.entered) + len(run.refused)
    assert {number for number, plan in enumerate(planned) if plan.cancelled is None} <= fates


@given(many, st.integers(0, 5), backends)
def test_they_come_in_as_they_came(planned, queue, backend):
    """One after the other, but for who gives up."""
    run = Run(1, queue)
    anyio.run(run.run, planned, backend=backend)
    assert run.entered == [number for number in run.came if number in set(run.entered)]


@given(
    st.lists(st.builds(Plan, st.integers(0, 4), st.integers(0, 4), st.none(), st.just(True)), max_size=10),
    st.integers(1, 3),
    backends,
)
def test_nobody_is_refused_where_there_is_room_to_wait(planned, limit, backend):
    """However many come."""
    run = Run(limit, len(planned))
    anyio.run(run.run, planned, backend=backend)
    assert sorted(run.entered) == list(range(len(planned)))
