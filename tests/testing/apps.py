"""Small raw applications for the tests of the kit."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

Scope = Mapping[str, Any]
Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]


def start(status: int = 200, *headers: tuple[bytes, bytes], **more: object) -> dict[str, object]:
    return {"type": "http.response.start", "status": status, "headers": [list(pair) for pair in headers], **more}


def body(data: bytes = b"", *, more: bool = False) -> dict[str, object]:
    return {"type": "http.response.body", "body": data, "more_body": more}


def sending(*events: Mapping[str, object]) -> App:
    """An application that sends these and returns."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            raise NotImplementedError
        for event in events:
            await send(event)

    return app


async def read(receive: Receive) -> bytes:
    """The body of the request."""
    data, more = b"", True
    while more:
        event = await receive()
        assert event["type"] == "http.request", event
        data += event.get("body", b"")
        more = event.get("more_body", False)
    return data


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    """Sends back what it is sent."""
    if scope["type"] == "lifespan":
        raise NotImplementedError
    data = await read(receive)
    await send(start(200, (b"content-length", str(len(data)).encode())))
    await send(body(data))


def keeping(scopes: list[Any]) -> App:
    """An application that keeps the scopes that it is called with."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            raise NotImplementedError
        scopes.append(scope)
        await send(start(204))
        await send(body())

    return app
