"""A small application that reads everything that a server gives it, and answers with what it saw."""

from __future__ import annotations

from typing import Any

import anyio

PATIENCE = 0.02
"""Seconds to wait for events that a server need not give: a few milliseconds are enough where nothing crosses a network."""


def pair(value: Any) -> tuple[Any, ...] | None:
    """A client or server address."""
    return None if value is None else tuple(value)


def view(scope: Any) -> dict[str, Any]:
    """What an application that takes the specification at its word sees of a scope."""
    asgi = scope.get("asgi", {})
    tls = (scope.get("extensions") or {}).get("tls")
    return {
        "version": (asgi.get("version", "2.0"), asgi.get("spec_version", "2.0")),
        "http": (scope.get("http_version", "1.1"), scope.get("scheme"), scope.get("method")),
        "target": (scope["path"], scope.get("raw_path"), scope.get("query_string") or b"", scope.get("root_path", "")),
        "headers": [(name.lower(), value) for name, value in scope["headers"]],
        "ends": (pair(scope.get("client")), pair(scope.get("server"))),
        "subprotocols": list(scope.get("subprotocols", [])),
        "state": sorted(scope.get("state", {})),
        "tls": tls and (tls["server_cert"], list(tls.get("client_cert_chain", ())), tls.get("client_cert_name")),
    }


async def honest(scope: Any, receive: Any, send: Any) -> None:
    """Serves HTTP, WebSocket and lifespan, and refuses everything else."""
    if scope["type"] == "http":
        await answer(scope, receive, send)
    elif scope["type"] == "websocket":
        await echo(scope, receive, send)
    elif scope["type"] == "lifespan":
        await live(receive, send)
    else:
        raise NotImplementedError(scope["type"])


async def answer(scope: Any, receive: Any, send: Any) -> None:
    """Reads the body, answers with the view and the body, and waits for the end of the connection."""
    seen, body = view(scope), b""
    while True:
        event = await receive()
        if event["type"] == "http.disconnect":
            await curious(receive)
            return
        if event["type"] != "http.request":
            raise ValueError(event["type"])
        body += event.get("body", b"")
        if not event.get("more_body", False):
            break
    content = repr((seen, body)).encode()
    fields = [(b"content-type", b"text/plain"), (b"content-length", b"%d" % len(content))]
    await send({"type": "http.response.start", "status": 200, "headers": fields})
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else content})
    await curious(receive)


async def curious(receive: Any) -> None:
    """Asks twice for more; a server may answer with disconnects, or not at all."""
    with anyio.move_on_after(PATIENCE):
        for _ in range(2):
            await receive()


async def echo(scope: Any, receive: Any, send: Any) -> None:
    """Accepts, says what it saw, and returns each message until the client leaves."""
    seen = view(scope)
    assert (await receive())["type"] == "websocket.connect"
    await send({"type": "websocket.accept"})
    await send({"type": "websocket.send", "text": repr(seen)})
    while (event := await receive())["type"] != "websocket.disconnect":
        if event["type"] != "websocket.receive":
            raise ValueError(event["type"])
        match event.get("text"), event.get("bytes"):
            case str(text), None:
                await send({"type": "websocket.send", "text": text})
            case None, bytes(data):
                await send({"type": "websocket.send", "bytes": data})
            case _:
                raise ValueError(event)
    await curious(receive)


async def refuse(scope: Any, receive: Any, send: Any) -> None:
    """Closes a WebSocket instead of accepting it, and waits for the end."""
    assert scope["type"] == "websocket"
    await receive()
    await send({"type": "websocket.close", "code": 1008})
    await curious(receive)


async def hang_up(scope: Any, receive: Any, send: Any) -> None:
    """Accepts a WebSocket, closes it, and waits for the end."""
    assert scope["type"] == "websocket"
    await receive()
    await send({"type": "websocket.accept"})
    await send({"type": "websocket.close"})
    await curious(receive)


async def hesitate(scope: Any, receive: Any, send: Any) -> None:
    """Asks twice before it answers the opening event of a WebSocket or lifespan, as one that watches for the end does."""
    first = await receive()
    with anyio.move_on_after(PATIENCE):
        await receive()
    if first["type"] == "websocket.connect":
        await send({"type": "websocket.accept"})
        await send({"type": "websocket.close"})
    else:
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})


async def live(receive: Any, send: Any) -> None:
    """Starts, stops, and looks whether anything comes after that."""
    assert (await receive())["type"] == "lifespan.startup"
    await send({"type": "lifespan.startup.complete"})
    assert (await receive())["type"] == "lifespan.shutdown"
    await send({"type": "lifespan.shutdown.complete"})
    await curious(receive)


async def fail(scope: Any, receive: Any, send: Any) -> None:
    """Cannot start, and looks whether anything comes after that."""
    assert scope["type"] == "lifespan"
    await receive()
    await send({"type": "lifespan.startup.failed", "message": "no database"})
    await curious(receive)
