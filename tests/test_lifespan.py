"""Start-up and shutdown."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import anyio
import pytest

from asgikit import App, Request, Response
from asgikit.errors import InvalidEvent
from asgikit.lifespan import serve_lifespan, serve_nothing
from tests.driving import exchange

SCOPE = {"type": "lifespan", "asgi": {"version": "3.0"}}
BOTH = [{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}]


async def handler(request: Request[None]) -> Response:
    return Response.empty()


def failing(where: str) -> App[None]:
    @asynccontextmanager
    async def lifespan() -> AsyncGenerator[None]:
        if where == "startup":
            raise ValueError("no database")
        yield
        raise ValueError("no goodbye")

    return App(handler, lifespan=lifespan)


@pytest.mark.parametrize(("where", "events"), [("startup", 1), ("shutdown", 2)])
async def test_a_failing_lifespan_is_reported_with_its_reason(where: str, events: int, caplog: pytest.LogCaptureFixture) -> None:
    """To the server as a message, to the log with its traceback; nothing is raised."""
    answer = await exchange(failing(where), SCOPE, BOTH)
    reason = "ValueError: no database" if where == "startup" else "ValueError: no goodbye"
    assert answer.error is None
    assert len(answer.events) == events
    assert answer.events[-1] == {"type": f"lifespan.{where}.failed", "message": reason}
    assert "Traceback" in caplog.text


async def test_events_out_of_order_are_refused() -> None:
    """A server that does this is broken (lifespan, Startup)."""
    answer = await exchange(failing("shutdown"), SCOPE, list(reversed(BOTH)))
    assert isinstance(answer.error, InvalidEvent)


async def test_a_cancelled_lifespan_cleans_up() -> None:
    """As when a server does not wait for shutdown."""
    seen: list[str] = []

    @asynccontextmanager
    async def lifespan() -> AsyncGenerator[None]:
        try:
            yield
        finally:
            seen.append("closed")

    waiting = [BOTH[0]]

    async def receive() -> Any:
        if not waiting:
            await anyio.sleep_forever()
        return waiting.pop()

    async def send(event: Any) -> None:
        group.cancel_scope.cancel()

    async with anyio.create_task_group() as group:
        await App(handler, lifespan=lifespan)(SCOPE, receive, send)
    assert seen == ["closed"]


@asynccontextmanager
async def told(order: list[str]) -> AsyncGenerator[None]:
    order.append("started")
    try:
        yield
    finally:
        order.append("left")


@pytest.mark.parametrize("with_lifespan", [True, False])
async def test_whoever_waits_is_told_before_the_lifespan_is_left(with_lifespan: bool) -> None:
    """Feeds end while what they need is still there."""
    order: list[str] = []
    waiting = list(BOTH)

    async def receive() -> Any:
        return waiting.pop(0)

    async def send(event: Any) -> None:
        order.append(event["type"].removeprefix("lifespan."))

    def stop() -> None:
        order.append("stop")

    if with_lifespan:
        await serve_lifespan(lambda: told(order), lambda state: order.append("published"), stop, receive, send)
        expected = ["started", "published", "startup.complete", "stop", "left", "shutdown.complete"]
    else:
        await serve_nothing(receive, send, stop)
        expected = ["startup.complete", "stop", "shutdown.complete"]
    assert order == expected


async def test_a_lifespan_that_does_not_start_stops_nobody() -> None:
    """Another of the same application may be serving."""

    @asynccontextmanager
    async def failing() -> AsyncGenerator[None]:
        raise ValueError
        yield

    async def receive() -> Any:
        return BOTH[0]

    async def send(event: Any) -> None:
        sent.append(event["type"])

    sent: list[str] = []
    stopped: list[None] = []
    await serve_lifespan(failing, lambda state: None, lambda: stopped.append(None), receive, send)
    assert (sent, stopped) == (["lifespan.startup.failed"], [])
