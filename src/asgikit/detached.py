"""Tasks that belong to no task group: whoever starts one has to see to its end."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from contextvars import copy_context
from typing import Protocol, TypeGuard

import anyio.lowlevel


class _Loop(Protocol):
    def create_task(self, coroutine: Coroutine[object, object, None]) -> object: ...


def _is_loop(native: object) -> TypeGuard[_Loop]:
    return hasattr(native, "create_task")


def spawn(function: Callable[[], Coroutine[object, object, None]]) -> object:
    """A task outside of every task group, in a copy of our context; it must not raise, and is to be kept while it runs.

    anyio has no such thing, so each of its two event loops is asked for its own.
    """
    token: object = anyio.lowlevel.current_token()
    native: object = getattr(token, "native_token", token)
    if _is_loop(native):
        return native.create_task(function())
    import trio.lowlevel  # noqa: PLC0415  # only who runs it has it

    return trio.lowlevel.spawn_system_task(function, context=copy_context())
