"""Small applications as people write them, right in every way: WebSockets and lifespans."""

from __future__ import annotations

import itertools
import json
from typing import Any
from urllib.parse import parse_qs

import anyio

from tests.conformance.corpus.battery_legal import at
from tests.conformance.corpus.battery_wrong_others import only
from tests.conformance.corpus.model import ACCEPT, CLOSE, COMPLETE, DONE, FAILED, App, event


async def heard(receive: Any) -> Any:
    """What the client says next, or None if it has left; ValueError for what is no event."""
    message = await receive()
    if message["type"] == "websocket.disconnect":
        return None
    if message["type"] != "websocket.receive":
        raise ValueError(f"unknown event {message['type']}")
    text, data = message.get("text"), message.get("bytes")
    if text is None and data is None:
        raise ValueError("a message without data")
    return data if text is None else text


def said(data: Any) -> dict[str, Any]:
    """A message."""
    return event("websocket.send", text=data) if isinstance(data, str) else event("websocket.send", bytes=data)


async def echo(scope: Any, receive: Any, send: Any) -> None:
    """Sends back."""
    await receive()
    await send(ACCEPT)
    while (data := await heard(receive)) is not None:
        await send(said(data))


async def text_only(scope: Any, receive: Any, send: Any) -> None:
    """Closes where bytes come."""
    await receive()
    await send(ACCEPT)
    while (data := await heard(receive)) is not None:
        if not isinstance(data, str):
            await send(event("websocket.close", code=1003))
            return
        await send(said(data))


async def bytes_only(scope: Any, receive: Any, send: Any) -> None:
    """Closes where text comes."""
    await receive()
    await send(ACCEPT)
    while (data := await heard(receive)) is not None:
        if isinstance(data, str):
            await send(event("websocket.close", code=1003, reason="binary only"))
            return
        await send(said(data))


async def json_only(scope: Any, receive: Any, send: Any) -> None:
    """Closes where it is no JSON."""
    await receive()
    await send(ACCEPT)
    while (data := await heard(receive)) is not None:
        try:
            await send(said(json.dumps(json.loads(data))))
        except ValueError:
            await send(event("websocket.close", code=1007))
            return


async def refuses(scope: Any, receive: Any, send: Any) -> None:
    """Nobody may come in."""
    await receive()
    await send(event("websocket.close", code=1008))


async def denies(scope: Any, receive: Any, send: Any) -> None:
    """The same, by a response where that is offered."""
    await receive()
    if "websocket.http.response" not in (scope.get("extensions") or {}):
        await send(CLOSE)
        return
    await send(event("websocket.http.response.start", status=401, headers=[[b"www-authenticate", b"Basic"]]))
    await send(event("websocket.http.response.body"))


async def talks_first(scope: Any, receive: Any, send: Any) -> None:
    """Greets, by the subprotocol that was agreed on."""
    await receive()
    offered = list(scope.get("subprotocols", ()))
    await send(event("websocket.accept", subprotocol=offered[0] if offered else None))
    await send(said(f"hello {(parse_qs((scope.get('query_string') or b'').decode()))}"))
    while (data := await heard(receive)) is not None:
        await send(said(data))


async def one_question(scope: Any, receive: Any, send: Any) -> None:
    """Answers once and closes."""
    await receive()
    await send(ACCEPT)
    while (data := await heard(receive)) is not None:
        await send(said(data))
        await send(event("websocket.close", code=1000, reason="done"))
        return


async def broadcasts(scope: Any, receive: Any, send: Any) -> None:
    """Says something all the time, whether or not it is asked."""
    await receive()
    await send(ACCEPT)

    async def listen() -> None:
        while await heard(receive) is not None:
            pass
        tasks.cancel_scope.cancel()

    try:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(listen)
            for number in range(1000):
                try:
                    await send(said(str(number)))
                except OSError:
                    break
                await anyio.sleep(0.002)
            tasks.cancel_scope.cancel()
    except BaseExceptionGroup as errors:
        raise errors.exceptions[0] from None


async def notes_the_end(scope: Any, receive: Any, send: Any) -> None:
    """Looks at code and reason."""
    await receive()
    await send(ACCEPT)
    while True:
        message = await receive()
        if message["type"] == "websocket.disconnect":
            f"{message.get('code', 1005)} {(message.get('reason') or '').strip()}".encode()
            return
        if message["type"] != "websocket.receive" or (message.get("text") is None and message.get("bytes") is None):
            raise ValueError("no message")


def counting() -> App:
    """Numbers its conversations."""
    numbers = itertools.count()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send(ACCEPT)
        await send(said(str(next(numbers))))
        while (data := await heard(receive)) is not None:
            await send(said(data))

    return app


async def closes_at_last(scope: Any, receive: Any, send: Any) -> None:
    """Closes when the client has left, in vain."""
    await echo(scope, receive, send)
    try:
        await send(CLOSE)
    except OSError:
        return


async def lives(scope: Any, receive: Any, send: Any) -> None:
    """As the specification shows it."""
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            await send(COMPLETE)
        elif message["type"] == "lifespan.shutdown":
            await send(DONE)
            return


async def needs_state(scope: Any, receive: Any, send: Any) -> None:
    """Says that it cannot live without state."""
    await receive()
    if "state" not in scope:
        await send(event("lifespan.startup.failed", message="the server has no lifespan state"))
        return
    scope["state"]["pool"] = object()
    await send(COMPLETE)
    await receive()
    await send(DONE)


async def fails(scope: Any, receive: Any, send: Any) -> None:
    """Has no database."""
    await receive()
    await send(FAILED)


async def has_none(scope: Any, receive: Any, send: Any) -> None:
    """Knows no lifespan."""
    raise NotImplementedError(scope["type"])


async def works(scope: Any, receive: Any, send: Any) -> None:
    """Has work to do in the meantime."""
    await receive()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(anyio.sleep_forever)
        await send(COMPLETE)
        await receive()
        tasks.cancel_scope.cancel()
    await send(DONE)


SOCKETS: dict[str, App] = {
    "echo": echo,
    "text": text_only,
    "bytes": bytes_only,
    "json": json_only,
    "refuses": refuses,
    "denies": denies,
    "first": talks_first,
    "once": one_question,
    "broadcast": broadcasts,
    "end": notes_the_end,
    "count": counting(),
    "at_last": closes_at_last,
}
LIVES: dict[str, App] = {"lives": lives, "state": needs_state, "fails": fails, "none": has_none, "works": works}

CASES = [
    *at("WS /chat?room=1", **{name: only("websocket", app) for name, app in SOCKETS.items()}),
    *at("lifespan", **{name: only("lifespan", app) for name, app in LIVES.items()}),
]
