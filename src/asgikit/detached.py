"""Tasks that belong to no task group: whoever starts one has to see to its end."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from contextvars import copy_context
from functools import partial
from typing import Protocol, TypeAlias, TypeGuard

import anyio.lowlevel

Work: TypeAlias = Callable[[], Coroutine[object, object, None]]


class _Loop(Protocol):
    def create_task(self, coroutine: Coroutine[object, object, None]) -> object: ...


def _is_loop(native: object) -> TypeGuard[_Loop]:
    return hasattr(native, "create_task")


def spawner() -> Callable[[Work], object]:
    """What starts tasks in this event loop, from a callback of it too, where nothing tells any more which loop that is."""
    token: object = anyio.lowlevel.current_token()
    native: object = getattr(token, "native_token", token)
    if _is_loop(native):
        create = native.create_task
        return lambda work: create(work())
    import trio.lowlevel  # noqa: PLC0415  # only who runs it has it

    return partial(trio.lowlevel.spawn_system_task, context=copy_context())


def spawn(work: Work) -> object:
    """A task outside of every task group, in a copy of our context; it must not raise, and is to be kept while it runs.

    anyio has no such thing, so each of its two event loops is asked for its own.
    """
    return spawner()(work)
