"""Tasks that belong to no task group."""

from __future__ import annotations

from contextvars import ContextVar

import anyio

from asgikit.detached import spawn

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
