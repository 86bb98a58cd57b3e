"""Small applications, right and wrong, and scopes to call them with."""

from __future__ import annotations

from typing import Any

import anyio

from asgikit.conformance.place import Place
from asgikit.conformance.scenario import Deliver

HTTP = Place.parse("GET /").scope()
WEBSOCKET = Place.parse("WS /").scope()
LIFESPAN = Place.parse("lifespan").scope()

START = {"type": "http.response.start", "status": 200, "headers": []}
END = {"type": "http.response.body", "body": b"hello"}
PIECE = {"type": "http.response.body", "body": b"x", "more_body": True}


def piece(body: bytes = b"", more: bool = False) -> Deliver:
    return Deliver({"type": "http.request", "body": body, "more_body": more})


def text(value: str) -> Deliver:
    return Deliver({"type": "websocket.receive", "text": value})


async def read(receive: Any) -> bytes | None:
    """The whole body, None if the client leaves before its end. Raises ValueError for an event that is none of HTTP."""
    body = b""
    while True:
        event = await receive()
        if event["type"] == "http.disconnect":
            return None
        if event["type"] != "http.request" or not isinstance(event.get("body", b""), bytes):
            raise ValueError(event)
        body += event.get("body", b"")
        if not event.get("more_body", False):
            return body


def named(scope: Any, name: bytes) -> bytes | None:
    return next((value for key, value in scope["headers"] if key.lower() == name), None)


async def right(scope: Any, receive: Any, send: Any) -> None:
    """Conforms: echoes bodies and messages, has a lifespan, and refuses everything else."""
    if scope["type"] == "http":
        body = await read(receive)
        if body is not None:
            await send(START)
            await send({"type": "http.response.body", "body": body or b"hello"})
    elif scope["type"] == "websocket":
        await echo(receive, send)
    elif scope["type"] == "lifespan":
        await receive()
        if "state" in scope:
            scope["state"]["ready"] = "yes"
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})
    else:
        raise ValueError(scope["type"])


async def echo(receive: Any, send: Any) -> None:
    await receive()
    try:
        await send({"type": "websocket.accept"})
        while (event := await receive())["type"] != "websocket.disconnect":
            data = {key: event[key] for key in ("text", "bytes") if event.get(key) is not None}
            if event["type"] != "websocket.receive" or not data:
                raise ValueError(event)
            await send({"type": "websocket.send", **data})
    except OSError:
        return


async def endless(scope: Any, receive: Any, send: Any) -> None:
    """Streams until send() raises, and longer."""
    await receive()
    await send(START)
    while True:
        await send(PIECE)


async def deaf(scope: Any, receive: Any, send: Any) -> None:
    """Takes no cancellation, and never ends."""
    while True:
        try:
            await anyio.sleep(60)
        except Exception:
            raise
        except GeneratorExit:
            raise
        except BaseException:
            continue


async def slow(scope: Any, receive: Any, send: Any) -> None:
    """Works for a while before it answers."""
    await receive()
    await anyio.sleep(0.05)
    await send(START)
    await send(END)
