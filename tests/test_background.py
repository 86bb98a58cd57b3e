"""Work after the response."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from functools import partial
from typing import Any

import anyio
import anyio.lowlevel
import pytest

from asgikit import App, Request, Response, WebSocket
from asgikit.background import Task, attempt, run_tasks
from asgikit.testing import call, exchanging, talking

pytestmark = pytest.mark.virtual_time

ORIGIN = "GET '/'"


@pytest.fixture
def seen() -> list[str]:
    """What has happened."""
    return []


def noting(seen: list[str], word: str, error: BaseException | None = None) -> Task:
    """A task that says so, and may fail."""

    async def note() -> None:
        await anyio.lowlevel.checkpoint()
        seen.append(word)
        if error is not None:
            raise error

    return Task(word, note)


async def test_tasks_run_in_order_and_apart(seen: list[str], caplog: pytest.LogCaptureFixture) -> None:
    """D25: one that fails is logged by its name, and stops no other."""
    await run_tasks([noting(seen, "first", ValueError("of the task")), noting(seen, "second")], ORIGIN)
    assert seen == ["first", "second"]
    assert "the background task first of GET '/' failed" in caplog.text
    assert "of the task" in caplog.text


@pytest.mark.parametrize(
    "error",
    [
        asyncio.CancelledError("of a future"),
        BaseExceptionGroup("many", [asyncio.CancelledError("of a future")]),
        ExceptionGroup("many", [ValueError("of the task")]),
        BaseException("of the task"),
    ],
    ids=repr,
)
async def test_whatever_a_task_raises_stops_no_other(
    error: BaseException, seen: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    """The cancellation of something that it waits for, groups, and what is no Exception."""
    await run_tasks([noting(seen, "first", error), noting(seen, "second")], ORIGIN)
    assert seen == ["first", "second"]
    assert "the background task first of GET '/' failed" in caplog.text


async def test_a_task_that_cannot_be_called_stops_no_other(seen: list[str], caplog: pytest.LogCaptureFixture) -> None:
    """A checker says so first."""
    untyped: Any = lambda count: None  # noqa: E731
    await run_tasks([Task.of(untyped, 1, 2), Task.of(untyped, 1), noting(seen, "second")], ORIGIN)
    assert (seen, caplog.text.count("TypeError")) == (["second"], 2)


def test_a_cancelled_future_stops_no_other(seen: list[str], caplog: pytest.LogCaptureFixture) -> None:
    """One of asyncio itself, which cancels whoever awaits it."""

    async def awaits() -> None:
        future = asyncio.get_running_loop().create_future()
        future.cancel()
        await future

    asyncio.run(run_tasks([Task.of(awaits), noting(seen, "second")], ORIGIN))
    assert seen == ["second"]
    assert "awaits of GET '/' failed" in caplog.text


@pytest.mark.parametrize("error", [SystemExit(3), BaseExceptionGroup("many", [KeyboardInterrupt()])], ids=repr)
def test_what_ends_the_process_ends_it(error: BaseException, seen: list[str], caplog: pytest.LogCaptureFixture) -> None:
    """As itself; what was still to do is logged."""
    with pytest.raises(type(error)) as caught:
        anyio.run(run_tasks, [noting(seen, "first", error), noting(seen, "second")], ORIGIN, backend="trio")
    assert (caught.value, seen) == (error, ["first"])
    assert "the background task second of GET '/' did not come to its end" in caplog.text


async def test_an_attempt_passes_our_own_cancellation_on() -> None:
    """Or nobody could end it."""
    with anyio.move_on_after(0.01) as scope:
        await attempt(Task("waits", anyio.sleep_forever), ORIGIN)
    assert scope.cancelled_caught


async def cancel_by_scope(run: Callable[[], Awaitable[None]], begun: anyio.Event) -> None:
    async with anyio.create_task_group() as group:
        group.start_soon(run)
        await begun.wait()
        group.cancel_scope.cancel()


async def cancel_natively(run: Callable[[], Awaitable[None]], begun: anyio.Event, times: int = 1) -> None:
    task: asyncio.Future[None] = asyncio.ensure_future(run())
    await begun.wait()
    for _ in range(times):
        task.cancel()
        await asyncio.sleep(0)
    with pytest.raises(asyncio.CancelledError):
        await task


CANCELS = [
    pytest.param("asyncio", cancel_by_scope, id="asyncio"),
    pytest.param("trio", cancel_by_scope, id="trio"),
    pytest.param("asyncio", cancel_natively, id="natively"),
    pytest.param("asyncio", partial(cancel_natively, times=3), id="again and again"),
]


@pytest.mark.parametrize(("backend", "cancel"), CANCELS)
def test_the_end_of_the_request_is_not_the_end_of_its_work(backend: str, cancel: Any, seen: list[str]) -> None:
    """Servers cancel it when the client leaves, some of them again and again."""

    async def main() -> None:
        begun, cancelled = anyio.Event(), anyio.Event()

        async def work() -> None:
            begun.set()
            await cancelled.wait()
            await anyio.sleep(0.01)
            seen.append("first")

        async with anyio.create_task_group() as group:
            group.start_soon(cancel, lambda: run_tasks([Task.of(work), noting(seen, "second")], ORIGIN), begun)
            await begun.wait()
            await anyio.sleep(0.01)
            cancelled.set()

    anyio.run(main, backend=backend)
    assert seen == ["first", "second"]


@pytest.mark.parametrize(("backend", "cancel"), CANCELS)
def test_the_work_of_a_cancelled_request_has_a_limit(
    backend: str, cancel: Any, seen: list[str], caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is not done by then is logged: what has begun, and what has not."""
    monkeypatch.setattr("asgikit.background.GRACE", 0.01)

    async def main() -> None:
        begun = anyio.Event()

        async def work() -> None:
            begun.set()
            await anyio.sleep_forever()

        with anyio.fail_after(5):
            await cancel(lambda: run_tasks([Task("endless", work), noting(seen, "second")], ORIGIN), begun)

    anyio.run(main, backend=backend)
    assert seen == []
    for name in ("endless", "second"):
        assert f"the background task {name} of GET '/' did not come to its end" in caplog.text


async def test_without_a_cancellation_there_is_no_limit(seen: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """How long it may take is for who adds it to say."""
    monkeypatch.setattr("asgikit.background.GRACE", 0)
    await run_tasks([noting(seen, "first")], ORIGIN)
    assert seen == ["first"]


async def test_no_tasks_are_no_work() -> None:
    """Not even a step of the event loop."""
    with pytest.raises(StopIteration):
        run_tasks([], ORIGIN).send(None)


# With a request around it.


async def test_a_failure_is_logged_with_its_request(caplog: pytest.LogCaptureFixture) -> None:
    """Method, path, and the id that whoever is in front has given."""

    async def fails() -> None:
        raise ValueError

    async def handler(request: Request[None]) -> Response:
        return Response.text(request.id).then(fails)

    answer = await call(App(handler), "POST", "/a\nb", headers={"x-request-id": "abc-1"})
    assert answer.text == "abc-1"
    assert r"fails of POST '/a\nb' (request abc-1) failed" in caplog.text


async def one_chunk() -> Any:
    yield b"x"


STOPS = pytest.mark.parametrize("times", [None, 1, 3], ids=["for good", "once", "again and again"])


@STOPS
@pytest.mark.parametrize("streams", [True, False])
async def test_the_work_of_a_response_that_is_cut_off_is_done(times: int | None, streams: bool, seen: list[str]) -> None:
    """By a server that cancels the request while it is being sent."""

    async def handler(request: Request[None]) -> Response:
        made = Response.stream(one_chunk()) if streams else Response.text("x")
        return made.then(noting(seen, "done").job)

    async with exchanging(App(handler), buffer_size=0) as exchange:
        await anyio.wait_all_tasks_blocked()
        assert (exchange.status, exchange.complete, seen) == (200, False, [])
        await exchange.cancel(times)
    assert seen == ["done"]


@STOPS
async def test_the_work_of_a_response_that_is_cut_off_has_a_limit(
    times: int | None, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that stops does not wait for it for ever."""
    monkeypatch.setattr("asgikit.background.GRACE", 0.01)

    async def handler(request: Request[None]) -> Response:
        return Response.text("x").then(anyio.sleep_forever)

    async with exchanging(App(handler), buffer_size=0) as exchange:
        await anyio.wait_all_tasks_blocked()
        await exchange.cancel(times)
    assert "sleep_forever of GET '/'" in caplog.text


@STOPS
async def test_the_work_behind_a_session_that_is_cut_off_is_done(times: int | None, seen: list[str]) -> None:
    """By a server that cancels its sockets: somebody has left all the same."""

    async def session(ws: WebSocket[str | bytes, str | bytes]) -> None:
        await anyio.sleep_forever()

    async def handler(request: Request[None]) -> Response:
        return Response.upgrade(session).then(noting(seen, "left").job)

    async with talking(App(handler)) as client:
        await client.answered()
        await anyio.wait_all_tasks_blocked()
        await client.cancel(times)
    assert seen == ["left"]


async def test_the_work_of_a_stream_that_fails_is_not_done(seen: list[str]) -> None:
    """The response it belongs to was never sent."""

    async def chunks() -> Any:
        yield b"x"
        raise ValueError("ours")

    async def handler(request: Request[None]) -> Response:
        return Response.stream(chunks()).then(noting(seen, "done").job)

    answer = await call(App(handler))
    assert (type(answer.error), seen) == (ValueError, [])


async def test_a_context_variable_reaches_the_work() -> None:
    """Of the handler that adds it, as tracing needs it."""
    trace: ContextVar[str] = ContextVar("trace")
    seen: list[str] = []

    async def work() -> None:
        seen.append(trace.get())

    async def handler(request: Request[None]) -> Response:
        trace.set("abc")
        return Response.text("x").then(work)

    await call(App(handler))
    assert seen == ["abc"]
