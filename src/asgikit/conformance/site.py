"""A small honest application, to put under a middleware: what comes out wrong is not its fault."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, MutableMapping
from typing import TypeAlias

from asgikit.asgi import AnyReceive, AnySend

UNKNOWN = "asgikit.unknown"
"""The name of a protocol, an extension, a message and a key that nothing knows."""

RESOURCE = "asgikit.resource"
"""The key of the scope that tells the site what is asked for, as a middleware may rewrite the path."""

Message: TypeAlias = Mapping[str, object]

_TEXT = ([b"content-type", b"text/plain; charset=utf-8"],)


class Site:
    """Answers `/`, `/stream`, `/empty`, `/unmodified`, `/once` and `/unknown`, echoes POST and WebSockets, has a lifespan.

    It keeps what it saw: whether it was called, the scope, the events.
    """

    def __init__(self) -> None:
        """Nothing has been seen yet."""
        self.scopes: list[Message] = []
        self.events: list[Message] = []
        self.changed: list[str] = []
        """The keys of a scope that somebody changed while it was served."""

    async def __call__(self, scope: Mapping[str, object], receive: AnyReceive, send: AnySend) -> None:
        """Serves one connection."""
        self.scopes.append(scope)
        before = {key: value for key, value in scope.items() if key != "state"}

        async def seen() -> Message:
            event = await receive()
            self.events.append(event)
            return event

        serve = {"http": self._http, "websocket": self._websocket, "lifespan": self._lifespan}.get(str(scope["type"]))
        if serve is None:
            await seen()
            await send({"type": f"{UNKNOWN}.reply", "value": 1})
        else:
            await serve(scope, seen, send)
        self.changed.extend(key for key in {**before, **scope} if key != "state" and before.get(key) != scope.get(key))

    async def _http(self, scope: Message, receive: AnyReceive, send: AnySend) -> None:
        body, path = b"", scope.get(RESOURCE, scope["path"])
        while True:
            event = await receive()
            if event["type"] == "http.disconnect":
                return
            body += bytes_of(event.get("body", b""))
            if event["type"] == "http.request" and not event.get("more_body", False):
                break
        if path == "/unknown":
            await receive()
            await send({"type": f"http.{UNKNOWN}", "value": 1})
        for message in _response(str(scope["method"]), str(path), body or b"hello"):
            await send(message)

    async def _websocket(self, scope: Message, receive: AnyReceive, send: AnySend) -> None:
        await receive()
        if scope.get(RESOURCE, scope["path"]) == "/refused":
            await send({"type": "websocket.close", "code": 1008})
            return
        await send({"type": "websocket.accept"})
        while (event := await receive())["type"] == "websocket.receive":
            await send({"type": "websocket.send", "bytes": event.get("bytes"), "text": event.get("text")})

    async def _lifespan(self, scope: Message, receive: AnyReceive, send: AnySend) -> None:
        await receive()
        state = scope.get("state")
        if isinstance(state, MutableMapping):
            state["site"] = "asgikit"
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})


def bytes_of(value: object) -> bytes:
    """The value, if it is bytes."""
    return value if isinstance(value, bytes) else b""


def _response(method: str, path: str, body: bytes) -> Iterator[Message]:
    if path in {"/empty", "/unmodified"}:
        yield {"type": "http.response.start", "status": 204 if path == "/empty" else 304, "headers": []}
        yield {"type": "http.response.body"}
        return
    length = [b"content-length", str(len(body)).encode()]
    fields = [*_TEXT] if path == "/stream" else [*_TEXT, length]
    headers = iter(fields) if path == "/once" else fields
    yield {"type": "http.response.start", "status": 200, "headers": headers} | ({UNKNOWN: 1} if path == "/unknown" else {})
    if method == "HEAD":
        yield {"type": "http.response.body"}
    elif path == "/stream":
        # Empty pieces end nothing (www, Response Body).
        for piece in (b"", *(bytes([byte]) for byte in body), b""):
            yield {"type": "http.response.body", "body": piece, "more_body": True}
        yield {"type": "http.response.body", "body": b"", "more_body": False}
    else:
        yield {"type": "http.response.body", "body": body}
