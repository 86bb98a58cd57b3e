"""Middleware that may call the application as it does, or not at all."""

from __future__ import annotations

import contextvars
from typing import Any

import anyio

from tests.conformance.corpus.model import App, LegalMiddleware, Wrap, body, start

number: contextvars.ContextVar[int] = contextvars.ContextVar("number")


def answers(app: App) -> App:
    """Refuses every request, whatever is behind it."""

    async def wrapped(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        await send(start(401, [[b"www-authenticate", b"Basic"]]))
        await send(body(b"" if scope["method"] == "HEAD" else b"no"))

    return wrapped


def refuses_sockets(app: App) -> App:
    """Refuses every WebSocket."""

    async def wrapped(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "websocket":
            await app(scope, receive, send)
            return
        await receive()
        await send({"type": "websocket.close", "code": 1008})

    return wrapped


def limits_time(app: App) -> App:
    """Gives the application a minute, in a task of its own."""

    async def wrapped(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        with anyio.move_on_after(60):
            await app(scope, receive, send)

    return wrapped


def in_a_task(app: App) -> App:
    """Runs the application in another task."""

    async def wrapped(scope: Any, receive: Any, send: Any) -> None:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(app, scope, receive, send)

    return wrapped


def in_turns(app: App) -> App:
    """Sends by a queue and another task."""

    async def wrapped(scope: Any, receive: Any, send: Any) -> None:
        into, out = anyio.create_memory_object_stream[Any](0)

        async def serve() -> None:
            async with into:
                await app(scope, receive, into.send)

        async with anyio.create_task_group() as tasks, out:
            tasks.start_soon(serve)
            async for message in out:
                await send(message)

    return wrapped


def notes(app: App) -> App:
    """Sets a variable for the application, and resets it."""

    async def wrapped(scope: Any, receive: Any, send: Any) -> None:
        token = number.set(1)
        try:
            await app(scope, receive, send)
        finally:
            number.reset(token)

    return wrapped


def catches(app: App) -> App:
    """Turns errors into 500, as long as that is possible."""

    async def wrapped(scope: Any, receive: Any, send: Any) -> None:
        begun = False

        async def sent(message: Any) -> None:
            nonlocal begun
            begun = begun or message["type"] == "http.response.start"
            await send(message)

        try:
            await app(scope, receive, sent)
        except OSError:
            raise
        except Exception:
            if begun or scope["type"] != "http":
                raise
            await send(start(500))
            await send(body(b"error"))

    return wrapped


class ByClass:
    """A middleware as a class."""

    def __init__(self, app: App, *, name: bytes = b"x-a") -> None:
        """Around an application."""
        self._app, self._name = app, name

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Hands everything on."""
        await self._app(scope, receive, send)


MIDDLEWARE: dict[str, Wrap] = {
    "answers": answers,
    "refuses sockets": refuses_sockets,
    "limits time": limits_time,
    "in a task": in_a_task,
    "in turns": in_turns,
    "a variable": notes,
    "catches": catches,
    "a class": ByClass,
    "twice": lambda app: ByClass(ByClass(catches(app))),
}
CASES = [LegalMiddleware(f"middleware: {name}", wrap) for name, wrap in MIDDLEWARE.items()]
