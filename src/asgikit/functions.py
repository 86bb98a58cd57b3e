"""What is given to us to be called: asynchronous functions and plain ones, and objects with methods, told apart at once."""

from __future__ import annotations

import inspect

from asgikit.errors import CompositionError


def require_async(function: object, what: str) -> None:
    """Raises CompositionError for what is no asynchronous function."""
    if not _is_async(function):
        name = getattr(function, "__name__", repr(function))
        raise CompositionError(
            f"{what} takes an asynchronous function: write `async def`, or blocking({name}) to run it in a thread"
        )


def require_sync(function: object, what: str) -> None:
    """Raises CompositionError for what is not callable, and for an asynchronous function: what that returns is always true."""
    if not callable(function) or _is_async(function):
        raise CompositionError(f"{what} takes a plain function, not {function!r}")


def has_methods(given: object, *names: str) -> bool:
    """Whether this is an object with methods of all these names; a class is none, however many it has."""
    return not isinstance(given, type) and all(callable(getattr(given, name, None)) for name in names)


def _is_async(function: object) -> bool:
    # A partial is as asynchronous as its function, an object as its __call__.
    return inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(getattr(function, "__call__", None))  # noqa: B004  # not whether
