"""One call of an application: cancelled, and in the end abandoned whatever it catches."""

import contextvars
import sys
import time

import anyio
import anyio.lowlevel
import pytest

from asgikit.conformance import calling
from asgikit.conformance.calling import Call
from tests.conformance.sample_apps import deaf

pytestmark = pytest.mark.virtual_time


async def run(coroutine, act=None):
    call = Call(coroutine)
    with anyio.fail_after(5):
        async with anyio.create_task_group() as group:
            group.start_soon(call.run)
            await anyio.sleep(0.01)
            if act is not None:
                act(call)
    return call


async def test_a_call_returns():
    """Its outcome says so."""

    async def fine():
        await anyio.lowlevel.checkpoint()

    call = await run(fine)
    assert (call.outcome, call.error, call.left_set) == ("returned", None, ())
    assert call.ended.is_set()


@pytest.mark.parametrize("error", [ValueError("x"), SystemExit(3), ExceptionGroup("x", [OSError()])])
async def test_what_a_call_raises_is_kept(error):
    """It does not get out, not even the end of the program."""

    async def wrong():
        raise error

    call = await run(wrong)
    assert (call.outcome, call.error) == ("raised", error)


async def test_a_cancelled_call_is_cancelled():
    """The cancellation comes out where it went in."""
    call = await run(anyio.sleep_forever, Call.cancel)
    assert call.outcome == "cancelled"


async def test_a_call_may_return_in_spite_of_cancellation():
    """The outcome tells that it swallowed it."""

    async def swallows():
        try:
            await anyio.sleep(60)
        except BaseException:
            return

    call = await run(swallows, Call.cancel)
    assert call.outcome == "returned"
    assert call.cancelling


async def test_a_call_that_takes_no_cancellation_is_abandoned():
    """A loop around everything does not hang the kit."""

    async def wrong():
        await deaf(None, None, None)

    call = await run(wrong, Call.abandon)
    assert call.outcome == "hung"


async def test_a_cancellation_from_outside_goes_through():
    """Who cancels the drive is obeyed."""

    async def never():
        await anyio.sleep_forever()

    with anyio.move_on_after(0.05) as scope:
        await Call(never).run()
    assert scope.cancelled_caught


async def test_variables_that_a_call_leaves_set_are_named():
    """The next call in the same context would see them."""
    var = contextvars.ContextVar("the_variable")
    other = contextvars.ContextVar("the_other")

    async def sets():
        var.set(1)
        other.reset(other.set(1))

    assert (await run(sets)).left_set == ("the_variable",)


async def test_the_slowest_step_is_timed():
    """So long the event loop stood still."""

    async def blocks():
        time.sleep(0.05)  # noqa: ASYNC251  # it blocks on purpose
        await anyio.lowlevel.checkpoint()

    assert 0.04 < (await run(blocks)).slowest < 5


async def test_work_without_a_wait_is_timed():
    """Whoever computes keeps the event loop as well as whoever sleeps."""

    async def computes():
        began = time.thread_time()
        while time.thread_time() - began < 0.05:
            pass

    assert (await run(computes)).slowest >= 0.05


@pytest.mark.skipif(sys.platform != "linux", reason="nothing tells here whether a thread has waited")
async def test_a_machine_that_has_no_time_for_us_blocks_nothing(monkeypatch):
    """A step in which the clock goes on, and neither work is done nor anything waited for."""
    passed = 0.0

    async def overtaken():
        nonlocal passed
        passed += 60

    monkeypatch.setattr(calling, "monotonic", lambda: time.monotonic() + passed)
    assert (await run(overtaken)).slowest < 1
