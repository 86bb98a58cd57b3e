"""Servers as values: one that is wrong in one way, or legal but unusual, and what both are made of."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Any

import anyio

from tests.conformance.corpus_servers.honest import honest

App = Callable[..., Awaitable[None]]
Serve = Callable[[App], Awaitable[list[Any]]]
"""Calls the application once or more, as a server would; gives the messages that the application sent."""


@dataclass(frozen=True)
class WrongServer:
    """A server that breaks one rule; `also` are rules that may fairly be reported beside it."""

    name: str
    rule: str
    serve: Serve
    also: frozenset[str] = frozenset()
    app: App = honest


@dataclass(frozen=True)
class LegalServer:
    """A server of which nothing may be said, but in notes."""

    name: str
    serve: Serve
    app: App = honest


ABSENT = object()
"""The key is left out."""

PEM = "-----BEGIN CERTIFICATE-----\nMIIBAzCBqwIBAaA=\n-----END CERTIFICATE-----\n"


def merged(scope: dict[Any, Any], changes: dict[str, Any]) -> dict[Any, Any]:
    """The scope with keys changed, added or, if ABSENT, left out; `extra` adds keys that are no identifiers."""
    extra = changes.pop("extra", {})
    return {key: value for key, value in (scope | changes | extra).items() if value is not ABSENT}


def asgi(spec_version: Any = "2.5", version: Any = "3.0") -> dict[str, Any]:
    """The asgi key."""
    return merged({"version": version, "spec_version": spec_version}, {})


def http(**changes: Any) -> dict[Any, Any]:
    """A plain and complete scope of a request."""
    return merged(
        {
            "type": "http",
            "asgi": asgi(),
            "http_version": "1.1",
            "method": "GET",
            "scheme": "http",
            "path": "/a b",
            "raw_path": b"/a%20b",
            "query_string": b"x=1&y=2",
            "root_path": "",
            "headers": [(b"host", b"example.org"), (b"accept", b"*/*")],
            "client": ("127.0.0.1", 40000),
            "server": ("127.0.0.1", 8000),
        },
        changes,
    )


def post(**changes: Any) -> dict[Any, Any]:
    """The scope of a request that has a body of unsaid length."""
    return http(**{"method": "POST", "headers": [(b"host", b"example.org"), (b"transfer-encoding", b"chunked")]} | changes)


def sized(length: bytes, **changes: Any) -> dict[Any, Any]:
    """The scope of a request whose body has a length."""
    return http(**{"method": "POST", "headers": [(b"host", b"example.org"), (b"content-length", length)]} | changes)


def websocket(**changes: Any) -> dict[Any, Any]:
    """A plain and complete scope of a WebSocket."""
    return merged(
        {
            "type": "websocket",
            "asgi": asgi(),
            "http_version": "1.1",
            "scheme": "ws",
            "path": "/chat",
            "raw_path": b"/chat",
            "query_string": b"",
            "root_path": "",
            "headers": [(b"host", b"example.org"), (b"sec-websocket-protocol", b"one, two")],
            "client": ("127.0.0.1", 40000),
            "server": ("127.0.0.1", 8000),
            "subprotocols": ["one", "two"],
        },
        changes,
    )


def lifespan(**changes: Any) -> dict[Any, Any]:
    """A plain scope of a lifespan."""
    return merged({"type": "lifespan", "asgi": asgi("2.0"), "state": {}}, changes)


def tls(**changes: Any) -> dict[Any, Any]:
    """A request over TLS, with keys of the extension changed."""
    entry = merged({"server_cert": PEM, "tls_version": 0x0304, "cipher_suite": 0x1301}, changes)
    return http(scheme="https", extensions={"tls": entry})


REQUEST = {"type": "http.request", "body": b"", "more_body": False}
GONE = {"type": "http.disconnect"}
CONNECT = {"type": "websocket.connect"}
TEXT = {"type": "websocket.receive", "text": "hello"}
DATA = {"type": "websocket.receive", "bytes": b"hello"}
LEFT = {"type": "websocket.disconnect", "code": 1000, "reason": ""}
STARTUP = {"type": "lifespan.startup"}
SHUTDOWN = {"type": "lifespan.shutdown"}

EVENTS: dict[Any, list[Any]] = {
    "http": [REQUEST],
    "websocket": [CONNECT, TEXT, DATA, LEFT],
    "lifespan": [STARTUP, SHUTDOWN],
}
"""What a server delivers unless a case says otherwise."""


def piece(body: bytes, *, more: bool = True) -> dict[str, Any]:
    """An event with a piece of a body."""
    return {"type": "http.request", "body": body, "more_body": more}


class Session:
    """One connection: the events in their order, then the disconnect of its protocol, again and again or once."""

    def __init__(self, scope: Any, events: Iterable[Any] | None, *, repeats: bool = True) -> None:
        """Without events: the plain ones of the scope's type."""
        kind = scope.get("type") if isinstance(scope, dict) else None
        plain = EVENTS.get(kind if isinstance(kind, str) else "http", [REQUEST])
        self._events = [dict(event) if isinstance(event, dict) else event for event in (plain if events is None else events)]
        self._repeats = repeats
        self._last = {"http": GONE, "websocket": LEFT}.get(kind) if isinstance(kind, str) else GONE
        self.sent: list[Any] = []

    async def receive(self) -> Any:
        """The next event."""
        if self._events:
            event = self._events.pop(0)
            if isinstance(event, dict) and event.get("type") in ("http.disconnect", "websocket.disconnect"):
                self._last = dict(event) if self._repeats else None
            return event
        if self._last is None:
            await anyio.sleep_forever()
        last, self._last = self._last, self._last if self._repeats else None
        assert last is not None
        return dict(last)

    async def send(self, message: Any) -> None:
        """Keeps it."""
        self.sent.append(message)


def gives(scope: Any, events: Iterable[Any] | None = None, *, repeats: bool = True) -> Serve:
    """A server of one connection; the scope, when callable, is made anew for each call, as one-shot iterables need it."""
    kept = None if events is None else list(events)

    async def serve(app: App) -> list[Any]:
        value = scope() if callable(scope) else dict(scope) if type(scope) is dict else scope
        session = Session(value, kept, repeats=repeats)
        await app(value, session.receive, session.send)
        return session.sent

    return serve
