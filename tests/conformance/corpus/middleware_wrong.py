"""Middleware that breaks a law around an honest application."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.conformance.corpus.model import App, Wrap, WrongMiddleware, ids, start

KNOWN = {"http", "websocket", "lifespan"}


def altering(change: Callable[[Any], Any]) -> Wrap:
    """A middleware that does this with the scope and hands it on, or what comes of it."""

    def wrap(app: App) -> App:
        async def wrapped(scope: Any, receive: Any, send: Any) -> None:
            await app(change(scope) or scope, receive, send)

        return wrapped

    return wrap


def sending(change: Callable[[Any], Any], *, everywhere: bool = False) -> Wrap:
    """A middleware that turns each message of an HTTP response into others, a list; None hands it on."""

    def wrap(app: App) -> App:
        async def wrapped(scope: Any, receive: Any, send: Any) -> None:
            async def sent(message: Any) -> None:
                messages = change(message) if everywhere or scope["type"] == "http" else None
                for each in [message] if messages is None else messages:
                    await send(each)

            await app(scope, receive, sent)

        return wrapped

    return wrap


def receiving(change: Callable[[Any], Any]) -> Wrap:
    """A middleware that turns each event into another."""

    def wrap(app: App) -> App:
        async def wrapped(scope: Any, receive: Any, send: Any) -> None:
            async def received() -> Any:
                return change(await receive())

            await app(scope, received, send)

        return wrapped

    return wrap


def sets(scope: Any) -> None:
    """Puts a key in."""
    scope["corpus"] = 1


def strips(scope: Any) -> None:
    """Moves the application behind a prefix."""
    if "path" in scope:
        scope.update(root_path="/mnt", path="/mnt" + scope["path"], raw_path=None)


def appends(scope: Any) -> None:
    """Adds a field to the list that is there."""
    if "headers" in scope:
        scope["headers"].append([b"x-corpus", b"1"])


def pops(scope: Any) -> None:
    """Takes a key out."""
    scope.pop("server", None)


def offers(scope: Any) -> None:
    """Offers an extension that it has."""
    if scope.get("extensions") is not None:
        scope["extensions"]["corpus"] = {}
    elif scope["type"] != "lifespan":
        scope["extensions"] = {"corpus": {}}


def keeps_and_changes(app: App) -> App:
    """Notes in the scope what comes back."""

    async def wrapped(scope: Any, receive: Any, send: Any) -> None:
        copy = {**scope}

        async def sent(message: Any) -> None:
            copy["corpus.last"] = message["type"]
            await send(message)

        await app(copy, receive, sent)

    return wrapped


def keeps_and_changes_on_receive(app: App) -> App:
    """Removes what is used up."""

    async def wrapped(scope: Any, receive: Any, send: Any) -> None:
        copy = {**scope}

        async def received() -> Any:
            copy.pop("raw_path", None)
            copy["corpus"] = 1
            return await receive()

        await app(copy, received, send)

    return wrapped


def swallows_types(app: App) -> App:
    """Serves what it knows."""

    async def wrapped(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] in KNOWN:
            await app(scope, receive, send)

    return wrapped


def refuses_types(app: App) -> App:
    """Asserts that it knows."""

    async def wrapped(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] not in KNOWN:
            raise ValueError(scope["type"])
        await app(scope, receive, send)

    return wrapped


def rebuilds(scope: Any) -> Any:
    """A scope of the keys that are known."""
    known = "type asgi http_version method scheme path raw_path query_string root_path headers client server state subprotocols extensions"
    return {key: scope[key] for key in known.split() if key in scope} if scope["type"] in KNOWN else scope


def forgets_extensions(scope: Any) -> Any:
    """Extensions are for later."""
    return {**scope, "extensions": {}} if "extensions" in scope else scope


def two_types(message: Any) -> Any:
    """A response has two messages."""
    return None if message["type"] in {"http.response.start", "http.response.body"} else []


def insists(message: Any) -> Any:
    """A response has two messages, really."""
    if message["type"] not in {"http.response.start", "http.response.body"}:
        raise RuntimeError(message["type"])


def rebuilt_start(message: Any) -> Any:
    """Messages are made anew, of what is known."""
    if message["type"] == "http.response.start":
        return [start(message["status"], message.get("headers", []))]
    return None


def only_requests(event: Any) -> Any:
    """An event that is not known is a disconnect."""
    return event if event["type"].split(".")[0] != "http" or event["type"] == "http.request" else {"type": "http.disconnect"}


def looks_first(message: Any) -> Any:
    """Looks through the headers, and sends them on."""
    if message["type"] == "http.response.start":
        any(name == b"etag" for name, _ in message.get("headers", ()))
    return None


def appends_to_headers(message: Any) -> Any:
    """A dict of the fields, and then what is left of them."""
    if message["type"] == "http.response.start":
        names = {bytes(name) for name, _ in message.get("headers", ())}
        extra = [] if b"x-corpus" in names else [[b"x-corpus", b"1"]]
        return [{**message, "headers": [*message.get("headers", ()), *extra]}]
    return None


LAWS: list[tuple[str, str, Wrap, str]] = [
    ("sets a key", "CORE-MW-001", altering(sets), "CORE-MW-002"),
    ("changes the path", "CORE-MW-001", altering(strips), ""),
    ("appends to the headers", "CORE-MW-001", altering(appends), ""),
    ("takes a key out", "CORE-MW-001", altering(pops), ""),
    ("offers an extension in place", "CORE-MW-001", altering(offers), ""),
    ("keeps the scope", "CORE-MW-002", keeps_and_changes, ""),
    ("keeps the scope, and changes it on receive", "CORE-MW-002", keeps_and_changes_on_receive, ""),
    ("swallows unknown types", "CORE-MW-004", swallows_types, ""),
    ("refuses unknown types", "CORE-MW-004", refuses_types, ""),
    ("drops unknown keys of the scope", "CORE-MW-004", altering(rebuilds), ""),
    ("drops extensions", "CORE-MW-004", altering(forgets_extensions), ""),
    ("drops unknown messages", "CORE-MW-004", sending(two_types), ""),
    ("raises for unknown messages", "CORE-MW-004", sending(insists), "HTTP-RESP-020"),
    ("drops unknown keys of messages", "CORE-MW-004", sending(rebuilt_start), ""),
    ("drops unknown events", "CORE-MW-004", receiving(only_requests), ""),
    ("consumes headers", "CORE-MW-005", sending(looks_first), ""),
    ("consumes headers, and adds one", "CORE-MW-005", sending(appends_to_headers), ""),
]
CASES = [WrongMiddleware(f"middleware: {name}", rule, wrap, ids(also), 0.3) for name, rule, wrap, also in LAWS]
