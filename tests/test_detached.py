"""Tasks that belong to no task group."""

from __future__ import annotations

from contextvars import Context, ContextVar
from typing import Any

import anyio
import anyio.lowlevel

from asgikit.detached import spawn, spawner

NAME: ContextVar[str] = ContextVar("NAME")


async def test_a_task_outlasts_the_scope_in_which_it_was_started() -> None:
    """With the context of that moment."""
    ended, seen = anyio.Event(), []

    async def work() -> None:
        await anyio.lowlevel.checkpoint()
        seen.append(NAME.get())
        ended.set()

    NAME.set("then")
    async with anyio.create_task_group() as group:
        kept = spawn(work)
        group.cancel_scope.cancel()
    NAME.set("now")
    with anyio.fail_after(5):
        await ended.wait()
    assert (seen, kept is not None) == (["then"], True)


async def test_a_task_can_be_started_from_a_callback_of_the_event_loop() -> None:
    """In an empty context, as that of a signal handler: there nothing tells which event loop runs."""
    ended, start = anyio.Event(), spawner()

    async def work() -> None:
        await anyio.lowlevel.checkpoint()
        ended.set()

    token: Any = anyio.lowlevel.current_token()
    native = getattr(token, "native_token", token)
    if hasattr(native, "run_sync_soon"):
        native.run_sync_soon(start, work)
    else:
        native.call_soon(start, work, context=Context())
    with anyio.fail_after(5):
        await ended.wait()
