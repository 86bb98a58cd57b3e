"""Start-up and shutdown."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import anyio
import pytest
from tests.driving import exchange

from asgikit import App, Request, Response
from asgikit.errors import InvalidEvent

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
