"""Middleware that may do what it does."""

from __future__ import annotations

import itertools
import time
from typing import Any

from tests.conformance.corpus.middleware_wrong import altering, receiving, sending
from tests.conformance.corpus.model import App, LegalMiddleware, Wrap, body


def mounts(scope: Any) -> Any:
    """Moves the application behind a prefix."""
    return {**scope, "root_path": "/mnt", "path": f"/mnt{scope['path']}", "raw_path": None} if "path" in scope else scope


def renames_the_client(scope: Any) -> Any:
    """Believes a proxy."""
    return (
        {**scope, "client": ("198.51.100.7", 0), "scheme": "wss" if scope["type"] == "websocket" else "https"}
        if "client" in scope
        else scope
    )


def adds_fields(scope: Any) -> Any:
    """Adds a field to a list of its own."""
    return {**scope, "headers": [*scope["headers"], (b"x-request-id", b"1")]} if "headers" in scope else scope


def fields_once(scope: Any) -> Any:
    """Adds keys that nobody knows, and a user."""
    return {**scope, "corpus": object(), "user": None, "session": {}}


def has_state(scope: Any) -> Any:
    """Writes to the state, which is there to be written to."""
    if "state" in scope:
        scope["state"]["corpus"] = 1


def offers(scope: Any) -> Any:
    """Offers an extension of its own."""
    return {**scope, "extensions": {**(scope.get("extensions") or {}), "corpus.spans": {}}}


def stamps(message: Any) -> Any:
    """Adds a field to what it copies."""
    if message["type"] == "http.response.start":
        return [{**message, "headers": [*message.get("headers", ()), (b"x-time", b"%d" % time.perf_counter_ns())]}]
    return None


def stamps_once(message: Any) -> Any:
    """Adds fields by a generator, which nobody can read twice."""
    if message["type"] == "http.response.start":
        return [{**message, "headers": itertools.chain(message.get("headers", ()), [[b"x-a", b"b"]])}]
    return None


def cuts(message: Any) -> Any:
    """Sends bodies byte by byte, with empty pieces between."""
    if message["type"] != "http.response.body":
        return None
    data, more = message.get("body", b""), message.get("more_body", False)
    pieces = [body(data[at : at + 1], True) for at in range(len(data))]
    return [*pieces, body(b"", True), {**message, "body": b"", "more_body": more}]


def cuts_requests(app: App) -> App:
    """Gives bodies byte by byte."""

    async def wrapped(scope: Any, receive: Any, send: Any) -> None:
        waiting: list[Any] = []

        async def received() -> Any:
            if not waiting:
                event = await receive()
                if event["type"] != "http.request" or len(event.get("body", b"")) < 2:
                    return event
                data = event["body"]
                waiting.extend(
                    {"type": "http.request", "body": data[at : at + 1], "more_body": True} for at in range(len(data) - 1)
                )
                waiting.append({**event, "body": data[-1:]})
            return waiting.pop(0)

        await app(scope, received, send)

    return wrapped


def buffers(app: App) -> App:
    """Holds back a whole response, to say how long it is."""

    async def wrapped(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        held: list[Any] = []

        async def sent(message: Any) -> None:
            kind = message["type"]
            if kind not in {"http.response.start", "http.response.body"}:
                await send(message)
                return
            held.append(message)
            if kind == "http.response.start" or message.get("more_body"):
                return
            whole = b"".join(each.get("body", b"") for each in held[1:])
            first = {**held[0], "headers": [pair for pair in held[0].get("headers", ()) if pair[0] != b"content-length"]}
            if first["status"] not in {204, 304} and scope["method"] != "HEAD":
                first["headers"].append([b"content-length", b"%d" % len(whole)])
            await send(first)
            await send({**message, "body": whole})
            held.clear()

        await app(scope, receive, sent)

    return wrapped


def encodes(app: App) -> App:
    """Makes bodies longer, without a length, where there is a body."""

    async def wrapped(scope: Any, receive: Any, send: Any) -> None:
        empty = False

        async def sent(message: Any) -> None:
            nonlocal empty
            if message["type"] == "http.response.start":
                empty = message["status"] in {204, 304} or scope["method"] == "HEAD"
                if not empty:
                    fields = [pair for pair in message.get("headers", ()) if pair[0] != b"content-length"]
                    message = {**message, "headers": [*fields, [b"content-encoding", b"corpus"], [b"vary", b"accept-encoding"]]}
            elif message["type"] == "http.response.body" and not empty:
                message = {**message, "body": message.get("body", b"").hex().encode()}
            await send(message)

        await app(scope, receive, sent if scope["type"] == "http" else send)

    return wrapped


def unchanged(event: Any) -> Any:
    """An event as it is."""
    return event


def copied(event: Any) -> Any:
    """A copy of an event, with a key more."""
    return {**event, "corpus": 1}


def drops_a_field(message: Any) -> Any:
    """Takes a field out."""
    if message["type"] == "http.response.start":
        return [{**message, "headers": [pair for pair in message.get("headers", ()) if pair[0] != b"server"]}]
    return None


MIDDLEWARE: dict[str, Wrap] = {
    "nothing": lambda app: app,
    "mounts": altering(mounts),
    "believes a proxy": altering(renames_the_client),
    "adds fields to the request": altering(adds_fields),
    "adds keys to the scope": altering(fields_once),
    "writes to the state": altering(has_state),
    "offers an extension": altering(offers),
    "stamps": sending(stamps),
    "stamps by a generator": sending(stamps_once),
    "drops a field": sending(drops_a_field),
    "cuts bodies": sending(cuts),
    "cuts requests": cuts_requests,
    "events unchanged": receiving(unchanged),
    "events copied": receiving(copied),
    "buffers": buffers,
    "encodes": encodes,
}
CASES = [LegalMiddleware(f"middleware: {name}", wrap) for name, wrap in MIDDLEWARE.items()]
