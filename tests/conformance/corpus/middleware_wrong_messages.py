"""Middleware around which an honest application breaks the rules of its protocol."""

from __future__ import annotations

from typing import Any

import anyio

from tests.conformance.corpus.middleware_wrong import altering, receiving, sending
from tests.conformance.corpus.model import App, Wrap, WrongMiddleware, body, ids, start


def with_footer(message: Any) -> Any:
    """Adds a line to every body, whatever its length is said to be."""
    if message["type"] == "http.response.body" and not message.get("more_body"):
        return [{**message, "body": message.get("body", b"") + b"\n"}]
    return None


def with_zero_length(message: Any) -> Any:
    """Says that there is no body."""
    if message["type"] == "http.response.start":
        others = [pair for pair in message.get("headers", ()) if pair[0] != b"content-length"]
        return [{**message, "headers": [*others, [b"content-length", b"0"]]}]
    return None


def with_a_second_length(message: Any) -> Any:
    """Adds a length to that which is there."""
    if message["type"] == "http.response.start":
        return [{**message, "headers": [*message.get("headers", ()), [b"content-length", b"5"]]}]
    return None


def in_capitals(message: Any) -> Any:
    """Header-Names-As-In-Books."""
    if message["type"] == "http.response.start":
        return [{**message, "headers": [[name.title(), value] for name, value in message.get("headers", ())]}]
    return None


def as_text(message: Any) -> Any:
    """Adds a field as str."""
    if message["type"] == "http.response.start":
        return [{**message, "headers": [*message.get("headers", ()), ["x-corpus", "1"]]}]
    return None


def body_first(app: App) -> App:
    """Holds the start back until the body has gone."""

    async def wrapped(scope: Any, receive: Any, send: Any) -> None:
        held: list[Any] = []

        async def sent(message: Any) -> None:
            if message["type"] == "http.response.start":
                held.append(message)
                return
            await send(message)
            while held:
                await send(held.pop())

        await app(scope, receive, sent)

    return wrapped


def last_is_lost(message: Any) -> Any:
    """An empty piece is nothing, the last one too."""
    return [] if message["type"] == "http.response.body" and not message.get("body") else None


def ends_when_empty(message: Any) -> Any:
    """An empty piece is the end."""
    if message["type"] == "http.response.body" and not message.get("body"):
        return [{**message, "more_body": False}]
    return None


def refuses_empty(message: Any) -> Any:
    """An empty piece is an error."""
    if message["type"] == "http.response.body" and not message.get("body") and message.get("more_body"):
        raise ValueError("an empty piece")


def twice(message: Any) -> Any:
    """Ends every response once more."""
    return [message, body()] if message["type"] == "http.response.body" and not message.get("more_body") else None


def answers_as_well(app: App) -> App:
    """Lets the application answer, and answers too."""

    async def wrapped(scope: Any, receive: Any, send: Any) -> None:
        await app(scope, receive, send)
        if scope["type"] == "http":
            await send(start(403))
            await send(body())

    return wrapped


def swallows_cancellation(app: App) -> App:
    """Catches everything and waits on: nothing it knows ends it."""

    async def wrapped(scope: Any, receive: Any, send: Any) -> None:
        await app(scope, receive, send)
        if scope["type"] == "http":
            await anyio.sleep_forever()

    return wrapped


def rejects_leaving(app: App) -> App:
    """No disconnect reaches the application."""

    async def wrapped(scope: Any, receive: Any, send: Any) -> None:
        async def received() -> Any:
            while (event := await receive())["type"] == "http.disconnect":  # noqa: ASYNC110  # the mistake
                await anyio.sleep(0.01)
            return event

        await app(scope, received, send)

    return wrapped


def numbered(event: Any) -> Any:
    """more_body says how much more."""
    return {**event, "more_body": int(event.get("more_body", False))} if event["type"] == "http.request" else event


def as_str(event: Any) -> Any:
    """The body is decoded for the application's convenience."""
    return {**event, "body": event.get("body", b"").decode()} if event["type"] == "http.request" else event


def both_kinds(event: Any) -> Any:
    """A message has both texts and bytes, so that nobody has to ask."""
    return {**event, "text": "one", "bytes": b"one"} if event["type"] == "websocket.receive" else event


def accepts_first(app: App) -> App:
    """Accepts for the application, which accepts too."""

    async def wrapped(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "websocket":
            await send({"type": "websocket.accept"})
        await app(scope, receive, send)

    return wrapped


def eats_connect(app: App) -> App:
    """Receives the first event of a WebSocket, and keeps it."""

    async def wrapped(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "websocket":
            await receive()
        await app(scope, receive, send)

    return wrapped


def completes_twice(message: Any) -> Any:
    """Says that it is ready, too."""
    return [message, message] if message["type"] == "lifespan.startup.complete" else None


def ends_lifespan(app: App) -> App:
    """The lifespan is none of its business, nor of anybody behind it."""

    async def wrapped(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "lifespan":
            await app(scope, receive, send)

    return wrapped


def no_bytes_path(scope: Any) -> Any:
    """The path as bytes."""
    return {**scope, "path": scope["path"].encode()} if "path" in scope else scope


RULES: list[tuple[str, str, Wrap, str]] = [
    ("adds to the body", "HTTP-SEM-008", sending(with_footer), "HTTP-SEM-010"),
    ("adds to an empty body", "HTTP-SEM-010", sending(with_footer), "HTTP-SEM-008"),
    ("says the body is empty", "HTTP-SEM-008", sending(with_zero_length), "HTTP-SEM-009 CORE-MW-005"),
    ("gives 204 a length", "HTTP-SEM-009", sending(with_zero_length), "HTTP-SEM-008 CORE-MW-005"),
    ("says the length twice", "HTTP-SEM-007", sending(with_a_second_length), "HTTP-SEM-008 HTTP-SEM-009"),
    ("writes names in capitals", "HTTP-RESP-005", sending(in_capitals), ""),
    ("adds a field as str", "HTTP-RESP-004", sending(as_text), ""),
    ("sends the body first", "HTTP-RESP-001", body_first, "HTTP-RESP-002 HTTP-RESP-017 HTTP-RESP-010 HTTP-RESP-019"),
    ("loses the last piece", "HTTP-RESP-019", sending(last_is_lost), "HTTP-RESP-010"),
    ("ends with an empty piece", "HTTP-RESP-017", sending(ends_when_empty), ""),
    ("refuses an empty piece", "HTTP-RESP-025", sending(refuses_empty), "HTTP-RESP-020"),
    ("ends twice", "HTTP-RESP-017", sending(twice), ""),
    ("answers as well", "HTTP-RESP-002", answers_as_well, "HTTP-RESP-017 CORE-MW-005"),
    ("stays", "CORE-APP-007", swallows_cancellation, ""),
    ("hides the disconnect", "CORE-APP-007", rejects_leaving, ""),
    ("decodes the body", "HTTP-REQ-002", receiving(as_str), ""),
    ("counts what is to come", "HTTP-REQ-003", receiving(numbered), ""),
    ("doubles messages", "WS-RECV-003", receiving(both_kinds), "WS-SEND-004"),
    ("accepts first", "WS-ACC-001", accepts_first, "WS-SEND-005 EXT-DENY-003"),
    ("eats connect", "WS-CONN-001", eats_connect, ""),
    ("is ready twice", "LIFE-ORD-002", sending(completes_twice, everywhere=True), ""),
    ("ends the lifespan", "LIFE-ORD-006", ends_lifespan, ""),
    ("gives the path as bytes", "HTTP-SCOPE-005", altering(no_bytes_path), "WS-SCOPE-004 HTTP-SCOPE-010 CORE-MW-004"),
]
CASES = [WrongMiddleware(f"middleware: {name}", rule, wrap, ids(also), 0.3) for name, rule, wrap, also in RULES]
