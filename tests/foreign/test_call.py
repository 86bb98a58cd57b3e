"""What runs beside a request."""

from __future__ import annotations

from contextvars import ContextVar

import anyio
import anyio.lowlevel
import pytest

from asgikit.foreign import call as module
from asgikit.foreign.call import Call, Flag

pytestmark = pytest.mark.virtual_time

colour: ContextVar[str] = ContextVar("colour", default="none")


async def test_a_call_outlasts_the_scope_it_was_started_in() -> None:
    """A middleware's time limit is over; the application goes on."""
    go, seen = anyio.Event(), list[str]()

    async def work() -> None:
        await go.wait()
        seen.append("done")

    call = Call("app")
    with anyio.CancelScope() as scope:
        call.start(work, lambda: seen.append("then"))
        scope.cancel()
        await anyio.lowlevel.checkpoint()
    assert not call.is_done
    go.set()
    with anyio.fail_after(5):
        await call.wait()
    assert seen == ["done", "then"]


async def test_a_call_has_our_context() -> None:
    """What a middleware has set is there: the identity of a request, a span."""
    seen: list[str] = []

    async def work() -> None:
        seen.append(colour.get())

    call = Call("app")
    colour.set("red")
    call.start(work, lambda: None)
    await call.outlast()
    assert seen == ["red"]


@pytest.mark.parametrize("error", [ValueError("no"), KeyboardInterrupt(), BaseExceptionGroup("several", [KeyboardInterrupt()])])
async def test_an_error_is_kept_for_whoever_waits(error: BaseException) -> None:
    """It reaches no event loop, which could only end the process or complain."""

    async def work() -> None:
        raise error

    call = Call("app")
    call.start(work, lambda: None)
    await call.outlast()
    assert call.error is error


async def test_past_its_grace_a_call_is_cancelled_and_waited_for() -> None:
    """With its clean-up."""
    seen: list[str] = []

    async def work() -> None:
        try:
            await anyio.sleep_forever()
        finally:
            seen.append("cleaned")

    call = Call("app")
    call.start(work, lambda: None)
    await anyio.lowlevel.checkpoint()
    await call.end(0)
    assert (seen, call.error, call.is_done) == (["cleaned"], None, True)


async def test_who_is_cancelled_while_waiting_cancels_the_call() -> None:
    """And leaves when that has ended."""
    seen: list[str] = []

    async def work() -> None:
        try:
            await anyio.sleep_forever()
        finally:
            with anyio.CancelScope(shield=True):
                await anyio.lowlevel.checkpoint()
            seen.append("cleaned")

    call = Call("app")
    call.start(work, lambda: None)
    with anyio.move_on_after(0.01):
        await call.end(5)
    assert seen == ["cleaned"]


async def test_a_call_that_does_not_end_is_reported(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """Nobody waits for it for ever."""
    monkeypatch.setattr(module, "CLEAN_UP", 0.01)
    go = anyio.Event()

    async def work() -> None:
        with anyio.CancelScope(shield=True):
            await go.wait()

    call = Call("the stubborn")
    call.start(work, lambda: None)
    await anyio.lowlevel.checkpoint()
    await call.end(0)
    assert "the stubborn does not end" in caplog.text
    go.set()
    await call.wait()


async def test_a_flag_wakes_all_who_wait() -> None:
    """And is there for who comes later; a fresh one is not set."""
    flag = Flag()
    assert flag.fresh() is flag
    async with anyio.create_task_group() as group:
        group.start_soon(flag.wait)
        group.start_soon(flag.wait)
        await anyio.wait_all_tasks_blocked()
        flag.set()
    await flag.wait()
    assert not flag.fresh().is_set


async def test_work_outlasts_whoever_waits_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """For some seconds; then it is cancelled too."""
    seen: list[str] = []

    async def work(go: anyio.Event) -> None:
        try:
            await go.wait()
            seen.append("done")
        except anyio.get_cancelled_exc_class():
            seen.append("cancelled")
            raise

    never, soon = anyio.Event(), anyio.Event()
    for go in (soon, never):
        monkeypatch.setattr(module, "CLEAN_UP", 0.05 if go is never else 5)
        call = Call("app")
        call.start(lambda go=go: work(go), lambda: None)  # type: ignore[misc]  # bound now
        with anyio.CancelScope() as scope:
            scope.cancel()
            async with anyio.create_task_group() as group:
                group.start_soon(call.outlast)
                soon.set()
    assert seen == ["done", "cancelled"]
