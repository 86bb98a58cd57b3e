"""Values from elsewhere, kept for a while."""

from __future__ import annotations

from dataclasses import dataclass, field

import anyio
import anyio.lowlevel
import pytest

from asgikit.auth.kept import Kept, Lifetimes
from asgikit.errors import ServiceUnavailable

pytestmark = pytest.mark.virtual_time

TIMES = Lifetimes(timeout=5, cooldown=60, lifetime=3600, grace=10_000)


@dataclass
class Source:
    """Counts; breaks on demand; has a clock."""

    now: float = 0
    fetched: int = 0
    broken: bool = False
    max_age: float | None = None
    gate: anyio.Event | None = None
    begun: anyio.Event = field(default_factory=anyio.Event)

    async def fetch(self) -> tuple[int, float | None]:
        self.fetched += 1
        self.begun.set()
        if self.gate is not None:
            await self.gate.wait()
        if self.broken:
            raise ServiceUnavailable("no")
        return self.fetched, self.max_age

    def kept(self) -> Kept[int]:
        return Kept(self.fetch, TIMES, lambda: self.now)


async def test_it_is_fetched_once_and_kept() -> None:
    """Until its lifetime is over."""
    source = Source()
    kept = source.kept()
    assert [await kept.get(), await kept.get()] == [1, 1]
    source.now = 3599
    assert await kept.get() == 1
    source.now = 3600
    assert await kept.get() == 2


@pytest.mark.parametrize(("said", "lifetime"), [(600.0, 600), (0.0, 300), (1e9, 86400)])
async def test_its_server_says_how_long_within_bounds(said: float, lifetime: float) -> None:
    """From five minutes to a day."""
    source = Source(max_age=said)
    kept = source.kept()
    await kept.get()
    source.now = lifetime - 1
    assert await kept.get() == 1
    source.now = lifetime
    assert await kept.get() == 2


async def test_what_does_not_fit_is_fetched_anew_once_in_a_while() -> None:
    """A client that asks for names that do not exist cannot make us ask more often."""
    source = Source()
    kept = source.kept()
    assert await kept.get() == 1
    for _ in range(3):
        assert await kept.get(lambda value: value > 5) == 1
    source.now = 59.9
    assert await kept.get(lambda value: value > 5) == 1
    source.now = 60
    for _ in range(3):
        assert await kept.get(lambda value: value > 5) == 2
    assert source.fetched == 2


async def test_an_old_value_is_better_than_none() -> None:
    """For as long as grace says."""
    source = Source()
    kept = source.kept()
    await kept.get()
    source.broken, source.now = True, 5000
    assert await kept.get() == 1
    assert source.fetched == 2
    assert await kept.get() == 1
    assert source.fetched == 2
    source.now = 10_000
    for _ in range(2):
        with pytest.raises(ServiceUnavailable):
            await kept.get()
    assert source.fetched == 3


async def test_without_any_value_it_is_tried_again_soon() -> None:
    """503 until then, without asking."""
    source = Source(broken=True)
    kept = source.kept()
    for now in (0, 4.9):
        source.now = now
        with pytest.raises(ServiceUnavailable):
            await kept.get()
    assert source.fetched == 1
    source.broken, source.now = False, 5
    assert await kept.get() == 2


async def test_many_who_ask_at_once_cause_one_fetch() -> None:
    """The others wait for it."""
    source = Source(gate=anyio.Event())
    kept = source.kept()
    got: list[int] = []

    async def ask() -> None:
        got.append(await kept.get())

    async with anyio.create_task_group() as group:
        for _ in range(10):
            group.start_soon(ask)
        await source.begun.wait()
        assert source.gate is not None
        source.gate.set()
    assert (got, source.fetched) == ([1] * 10, 1)


async def test_who_comes_while_it_is_fetched_waits() -> None:
    """With nothing yet, and for what the old value has not."""
    source = Source(gate=anyio.Event())
    kept = source.kept()
    got: list[int] = []

    async def ask(least: int) -> None:
        got.append(await kept.get(lambda value: value >= least))

    for least in (1, 2):
        async with anyio.create_task_group() as group:
            group.start_soon(ask, least)
            await source.begun.wait()
            group.start_soon(ask, least)
            await anyio.wait_all_tasks_blocked()
            assert source.gate is not None
            source.gate.set()
        source.now, source.gate, source.begun = 100, anyio.Event(), anyio.Event()
    assert (got, source.fetched) == ([1, 1, 2, 2], 2)


async def test_while_it_is_fetched_anew_the_old_value_serves() -> None:
    """Nobody waits for a provider that is slow, if they need not."""
    source = Source()
    kept = source.kept()
    await kept.get()
    source.now, source.gate, source.begun = 4000, anyio.Event(), anyio.Event()
    async with anyio.create_task_group() as group:
        group.start_soon(kept.get)
        await source.begun.wait()
        with anyio.fail_after(1):
            assert await kept.get() == 1
        source.gate.set()
    assert await kept.get() == 2


async def test_a_fetch_goes_on_when_its_cause_has_left() -> None:
    """Clients that leave cannot keep everybody else from getting anything."""
    source = Source(gate=anyio.Event())
    kept = source.kept()
    async with anyio.create_task_group() as group:
        group.start_soon(kept.get)
        await source.begun.wait()
        group.cancel_scope.cancel()
        assert source.gate is not None
        source.gate.set()
    assert await kept.get() == 1
    assert source.fetched == 1


async def test_a_fetch_that_hangs_is_given_up() -> None:
    """By its own limit."""
    source = Source(gate=anyio.Event())
    kept = Kept(source.fetch, Lifetimes(timeout=0.01, cooldown=60), lambda: source.now)
    with pytest.raises(ServiceUnavailable):
        await kept.get()


async def test_who_waits_for_a_fetch_that_takes_its_time_to_fail_does_not_try_again() -> None:
    """Else they would wait for one another, each for the time that a fetch may take."""
    source = Source(broken=True, gate=anyio.Event())
    kept = source.kept()
    refused: list[ServiceUnavailable] = []

    async def ask() -> None:
        try:
            await kept.get()
        except ServiceUnavailable as error:
            refused.append(error)

    async with anyio.create_task_group() as group:
        for _ in range(3):
            group.start_soon(ask)
        await source.begun.wait()
        await anyio.wait_all_tasks_blocked()
        source.now = 5
        assert source.gate is not None
        source.gate.set()
    assert (len(refused), source.fetched) == (3, 1)
    source.now, source.broken = 10, False
    assert await kept.get() == 2


async def test_a_fetch_with_a_bug_is_not_tried_by_every_request() -> None:
    """What it raises is raised, and then the source rests."""
    tried = 0

    async def buggy() -> tuple[int, float | None]:
        nonlocal tried
        tried += 1
        raise LookupError("a bug")

    kept = Kept(buggy, TIMES, lambda: 0)
    with pytest.raises(LookupError):
        await kept.get()
    with pytest.raises(ServiceUnavailable):
        await kept.get()
    assert tried == 1


@pytest.mark.parametrize("times", [{"timeout": 0}, {"cooldown": 1}, {"lifetime": 1}, {"grace": 1}, {"grace": float("inf")}])
def test_times_that_cannot_be_meant_are_refused(times: dict[str, float]) -> None:
    """When they are given."""
    with pytest.raises(ValueError):
        Lifetimes(**times)
