"""Start-up and shutdown as one context manager of typed state."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from traceback import format_exception_only
from typing import TypeAlias

from typing_extensions import TypeVar

from asgikit.asgi import (
    AnyReceive,
    AnySend,
    shutdown_complete,
    shutdown_failed,
    startup_complete,
    startup_failed,
)
from asgikit.background import LOGGER
from asgikit.errors import InvalidEvent

S = TypeVar("S")

Lifespan: TypeAlias = Callable[[], AbstractAsyncContextManager[S]]
"""A function decorated with `@asynccontextmanager`, or anything else that gives such a context manager."""


async def serve_nothing(receive: AnyReceive, send: AnySend, stop: Callable[[], None]) -> None:
    """Answers the lifespan protocol where there is nothing to start; `stop` is called at shutdown."""
    await expect(receive, "lifespan.startup")
    await send(startup_complete())
    await expect(receive, "lifespan.shutdown")
    stop()
    await send(shutdown_complete())


async def serve_lifespan(
    lifespan: Lifespan[S], publish: Callable[[S], None], stop: Callable[[], None], receive: AnyReceive, send: AnySend
) -> None:
    """Enters the lifespan at startup, publishes its state, calls `stop` and leaves it at shutdown (lifespan, Scope).

    A failure is logged, and reported to the server with its reason.
    """
    await expect(receive, "lifespan.startup")
    started = False
    try:
        async with lifespan() as state:
            publish(state)
            started = True
            await send(startup_complete())
            await expect(receive, "lifespan.shutdown")
            stop()
    except Exception as error:  # noqa: BLE001  # reported to the server, which ends the process
        LOGGER.exception("the lifespan failed at %s", "shutdown" if started else "startup")
        reason = "".join(format_exception_only(error)).strip()
        await send(shutdown_failed(reason) if started else startup_failed(reason))
    else:
        await send(shutdown_complete())


async def expect(receive: AnyReceive, kind: str) -> None:
    """Receives the one event that can come here. Raises InvalidEvent for another."""
    event = await receive()
    if event["type"] != kind:
        raise InvalidEvent(f"the server sent {event['type']!r} where the lifespan protocol has {kind!r}")
