"""The floor: ASGI callables written by hand, with no framework."""

from __future__ import annotations

from typing import Any

import msgspec

from benchmarks.scenarios import ADDED, HELLO, NAME, ASGIApp

_TEXT = b"text/plain; charset=utf-8"
_encode = msgspec.json.Encoder().encode
_ADDED = [(name.encode(), value.encode()) for name, value in ADDED.items()]


async def live(receive: Any, send: Any) -> None:
    """Answers a lifespan that has nothing to do."""
    await receive()
    await send({"type": "lifespan.startup.complete"})
    await receive()
    await send({"type": "lifespan.shutdown.complete"})


async def _answer(send: Any, body: bytes, content_type: bytes = _TEXT, more: Any = ()) -> None:
    headers = [(b"content-length", str(len(body)).encode()), (b"content-type", content_type), *more]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def plain() -> ASGIApp:
    """One path, compared as it is."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await live(receive, send)
        elif scope["path"] == "/":
            await _answer(send, HELLO.encode())

    return app


def user() -> ASGIApp:
    """One path, split by hand."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await live(receive, send)
            return
        _, users, id = scope["path"].split("/")
        if users == "users":
            await _answer(send, _encode({"id": int(id), "name": NAME}), b"application/json")

    return app


def numbered(count: int) -> ASGIApp:
    """The routes as one set of names."""
    names = {f"r{number}" for number in range(count)}

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await live(receive, send)
            return
        _, name, id, end = scope["path"].split("/")
        if name in names and end == "x":
            await _answer(send, str(int(id)).encode())

    return app


def wrapped() -> ASGIApp:
    """The five headers, written at once."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await live(receive, send)
        elif scope["path"] == "/":
            await _answer(send, HELLO.encode(), more=_ADDED)

    return app
