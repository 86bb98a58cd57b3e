"""What a connection needs of the server, and how an application is called: whatever it raises stays here."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Awaitable, Callable
from typing import Any, Literal, Protocol, TypeAlias

import anyio

from tests.conformance.tiny.habits import Habits
from tests.conformance.tiny.net import ClientGone

Outcome: TypeAlias = Literal["returned", "raised", "gone", "cancelled"]
App: TypeAlias = Callable[..., Awaitable[None]]


class Host(Protocol):
    """The server, for its connections."""

    app: App
    habits: Habits
    root_path: str
    namespace: dict[str, Any] | None
    shared: dict[str, Any]
    is_stopping: bool
    is_cancelling: bool

    def spawn(self, function: Callable[..., Awaitable[None]], *arguments: Any) -> None:
        """Runs something beside."""

    async def close_all(self) -> None:
        """Closes every connection."""


def log(text: str) -> None:
    """One entry of the server's log."""
    print(text, file=sys.stderr, flush=True)


async def call(host: Host, scope: dict[str, Any], receive: Any, send: Any) -> Outcome:
    """Calls the application and says how it ended; only a cancellation by the server itself gets through."""
    try:
        await host.app(scope, receive, send)
    except anyio.get_cancelled_exc_class():
        if host.is_cancelling or host.habits.has("cancels") or host.habits.breaks("WS-SCOPE-011"):
            raise
        log("ERROR: the application cancelled itself")
    except BaseException as error:
        return await _raised(host, error)
    else:
        return "returned"
    return "raised"


async def _raised(host: Host, error: BaseException) -> Outcome:
    habits = host.habits
    if isinstance(error, ClientGone):
        if habits.breaks("HTTP-DISC-010") or habits.breaks("WS-DISC-011"):
            log(f"ERROR: exception in the application\n{''.join(traceback.format_exception(error))}")
        return "gone"
    if habits.breaks("CORE-ERR-007") and not isinstance(error, Exception):
        os._exit(1)
    if not habits.breaks("HTTP-RESP-024"):
        log(f"ERROR: exception in the application\n{''.join(traceback.format_exception(error))}")
    if habits.breaks("CORE-ERR-004"):
        await host.close_all()
    return "raised"


async def stolen(host: Host, event: Callable[[], Awaitable[dict[str, Any]]]) -> dict[str, Any]:
    """The next event, taken by another task: if this one is cancelled, the event is lost."""
    box: list[dict[str, Any]] = []
    done = anyio.Event()

    async def take() -> None:
        box.append(await event())
        done.set()

    host.spawn(take)
    await done.wait()
    return box[0]
