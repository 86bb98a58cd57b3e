"""Applications that cannot be called, or that take a scope of a type that nobody knows."""

from __future__ import annotations

import functools
from typing import Any

from tests.conformance.corpus.model import (
    LIFE,
    PLAIN,
    SOCKET,
    App,
    Wrong,
    body,
    event,
    exchange,
    ids,
    script,
    start,
)


def double(scope: Any) -> App:
    """The two callables of ASGI 2."""

    async def inner(receive: Any, send: Any) -> None:
        await send(start())
        await send(body())

    return inner


def synchronous(scope: Any, receive: Any, send: Any) -> None:
    """Nothing to await."""


def wsgi(environ: Any, start_response: Any) -> list[bytes]:
    """An application of another world."""
    return [b"hello"]


async def by_name(*, scope: Any, receive: Any, send: Any) -> None:
    """Positional arguments are not taken."""
    await send(start())
    await send(body())


async def with_four(scope: Any, receive: Any, send: Any, app: Any) -> None:
    """One argument too many."""
    await send(start())
    await send(body())


async def generating(scope: Any, receive: Any, send: Any) -> Any:
    """A generator, which cannot be awaited."""
    await send(start())
    yield await send(body())


def bare_list(scope: Any, receive: Any, send: Any) -> Any:
    """A list of coroutines is not awaitable."""
    return []


class Unready:
    """A class in the place of its instance: made, it is not awaitable."""

    def __init__(self, scope: Any, receive: Any, send: Any) -> None:
        """Takes what an application takes."""


CALLED = [
    Wrong(f"called: {name}", "CORE-APP-001", app, scenario)
    for name, app, scenario in (
        ("two callables", double, PLAIN),
        ("two callables, of a WebSocket", double, SOCKET),
        ("two callables, in a partial", functools.partial(double), PLAIN),
        ("a plain function", synchronous, PLAIN),
        ("a plain function, of a lifespan", synchronous, LIFE),
        ("a WSGI application", wsgi, PLAIN),
        ("by name only", by_name, PLAIN),
        ("four arguments", with_four, PLAIN),
        ("an async generator", generating, PLAIN),
        ("a list", bare_list, PLAIN),
        ("a class that cannot be awaited", Unready, PLAIN),
    )
]

UNKNOWN = exchange({"type": "corpus.nothing", "asgi": {"version": "3.0"}})


async def waits(scope: Any, receive: Any, send: Any) -> None:
    """Takes every scope for one that it knows."""
    await receive()


REFUSING = [
    Wrong("unknown scope: returns", "CORE-APP-005", script(), UNKNOWN),
    Wrong("unknown scope: waits for events", "CORE-APP-005", waits, UNKNOWN),
    Wrong(
        "unknown scope: answers as for http",
        "CORE-APP-005",
        script(start(), body()),
        UNKNOWN,
        also=ids("CORE-MSG-002 CORE-MSG-003"),
    ),
    Wrong(
        "unknown scope: answers, then raises",
        "CORE-APP-005",
        script(event("corpus.nothing.close"), ValueError("unknown")),
        UNKNOWN,
        also=ids("CORE-MSG-002"),
    ),
]

CASES = [*CALLED, *REFUSING]
