"""Servers that break what holds for every protocol: the call, the scope's frame, the shape of events, extensions."""

from __future__ import annotations

import math
from collections import UserDict
from enum import IntEnum
from types import MappingProxyType
from typing import Any

import anyio

from tests.conformance.corpus_servers.model import (
    ABSENT,
    CONNECT,
    DATA,
    LEFT,
    REQUEST,
    STARTUP,
    TEXT,
    App,
    Serve,
    Session,
    WrongServer,
    asgi,
    gives,
    http,
    lifespan,
    post,
    websocket,
)


class Number(IntEnum):
    """An int that does not survive a network hop as what it is."""

    ONE = 1


def calls(receive: Any = None, send: Any = None, scope: Any = http) -> Serve:
    """A server whose receive or send is not what it should be; each is made from a session."""

    async def serve(app: App) -> list[Any]:
        session = Session(scope(), None)
        await app(scope(), receive(session) if receive else session.receive, send(session) if send else session.send)
        return session.sent

    return serve


async def shares(app: App) -> list[Any]:
    """Two connections that live at the same time have one scope."""
    scope = http()

    async def connection() -> None:
        session = Session(scope, None)

        async def slow() -> Any:
            await anyio.sleep(0.01)
            return await session.receive()

        await app(scope, slow, session.send)

    async with anyio.create_task_group() as group:
        group.start_soon(connection)
        group.start_soon(connection)
    return []


def scopes(name: str, rule: str, *values: Any, also: frozenset[str] = frozenset()) -> list[WrongServer]:
    """One server for each scope."""
    return [WrongServer(f"{name} {number}", rule, gives(value), also) for number, value in enumerate(values, 1)]


def message(name: str, rule: str, *events: Any, also: frozenset[str] = frozenset()) -> list[WrongServer]:
    """One server for each event that it delivers as a piece of a request body, with the rest after it."""
    return [WrongServer(f"{name} {n}", rule, gives(post(), [event, REQUEST]), also) for n, event in enumerate(events, 1)]


def extra(value: Any) -> dict[str, Any]:
    """A piece of a request with one more key."""
    return {"type": "http.request", "body": b"", "more_body": True, "example.extra": value}


CALLS = [
    WrongServer("receive is no coroutine function", "CORE-APP-003", calls(receive=lambda _: lambda: dict(REQUEST))),
    WrongServer("receive is not callable", "CORE-APP-003", calls(receive=lambda _: 7)),
    WrongServer("receive needs an argument", "CORE-APP-003", calls(receive=lambda s: lambda limit: s.receive())),
    WrongServer("send is no coroutine function", "CORE-APP-003", calls(send=lambda s: s.sent.append)),
    WrongServer("send is not callable", "CORE-APP-003", calls(send=lambda _: "send")),
    WrongServer("send needs two arguments", "CORE-APP-003", calls(send=lambda s: lambda kind, message: s.send(message))),
    WrongServer("send takes keywords only", "CORE-APP-003", calls(send=lambda s: lambda *, message: s.send(message))),
    WrongServer(
        "websocket receive is no coroutine function", "CORE-APP-003", calls(lambda _: lambda: dict(CONNECT), scope=websocket)
    ),
    WrongServer("lifespan send is no coroutine function", "CORE-APP-003", calls(send=lambda s: s.sent.append, scope=lifespan)),
    WrongServer("two live connections share a scope", "CORE-SCOPE-008", shares),
]

FRAME = [
    *scopes("scope is no dict", "CORE-SCOPE-001", None, [("type", "http")], UserDict(http()), MappingProxyType(http()), "http"),
    *scopes("scope has no str type", "CORE-SCOPE-002", http(type=ABSENT), http(type=b"http"), http(type=None), http(type=1)),
    *scopes(
        "asgi is no dict", "CORE-SCOPE-003", http(asgi=ABSENT), http(asgi=None), http(asgi="3.0"), http(asgi=[("version", "3.0")])
    ),
    *scopes("websocket asgi", "CORE-SCOPE-003", websocket(asgi=ABSENT), websocket(asgi=asgi(version=b"3.0"))),
    *scopes(
        "lifespan asgi",
        "LIFE-SCOPE-001",
        lifespan(asgi=ABSENT),
        lifespan(asgi="3.0"),
        lifespan(asgi=asgi("2.0", version=3)),
        also=frozenset({"CORE-SCOPE-003"}),
    ),
    *scopes("asgi version", "CORE-SCOPE-003", *(http(asgi=asgi(version=v)) for v in (3.0, b"3.0", None, (3, 0), "", "three"))),
    *scopes("spec_version", "CORE-SCOPE-004", *(http(asgi=asgi(v)) for v in (2.3, b"2.3", None, (2, 3), "", "1.9", "3.0", "2"))),
    *scopes("websocket spec_version", "CORE-SCOPE-004", *(websocket(asgi=asgi(v)) for v in (2.3, None, "1.0"))),
    *scopes(
        "a key is no str",
        "CORE-SCOPE-005",
        http(extra={b"method": b"GET"}),
        http(extra={7: "seven"}),
        http(extra={None: 1}),
        http(asgi=asgi() | {3: "3.0"}),
        websocket(extra={b"path": b"/"}),
        lifespan(extra={("a", "b"): 1}),
    ),
]

SHAPE = [
    *message(
        "event is no dict", "CORE-MSG-001", None, b"body", ["http.request"], ("http.request", b""), MappingProxyType(REQUEST)
    ),
    *message(
        "event has no str type",
        "CORE-MSG-001",
        {"body": b"", "more_body": True},
        {"type": b"http.request", "more_body": True},
        {"type": None, "more_body": True},
    ),
    *message(
        "unknown event", "CORE-MSG-002", {"type": "http.reqest"}, {"type": "http.response.body"}, {"type": "http.request.chunk"}
    ),
    WrongServer("unknown websocket event", "CORE-MSG-002", gives(websocket(), [CONNECT, {"type": "websocket.ping"}, LEFT])),
    WrongServer(
        "websocket.send is delivered", "CORE-MSG-002", gives(websocket(), [CONNECT, {"type": "websocket.send", "text": ""}, LEFT])
    ),
    WrongServer("unknown lifespan event", "CORE-MSG-002", gives(lifespan(), [STARTUP, {"type": "lifespan.reload"}])),
    *message(
        "type of another protocol",
        "CORE-MSG-003",
        {"type": "websocket.receive", "text": ""},
        {"type": "request"},
        also=frozenset({"CORE-MSG-002"}),
    ),
    WrongServer(
        "http.disconnect on a websocket",
        "CORE-MSG-003",
        gives(websocket(), [CONNECT, {"type": "http.disconnect"}, LEFT]),
        frozenset({"CORE-MSG-002"}),
    ),
    *message(
        "value of another type",
        "CORE-MSG-004",
        extra({1, 2}),
        extra(object()),
        extra(bytearray(b"x")),
        extra([{"a": [1j]}]),
        extra(range(3)),
    ),
    WrongServer(
        "websocket value of another type", "CORE-MSG-004", gives(websocket(), [CONNECT, TEXT | {"when": frozenset()}, LEFT])
    ),
    WrongServer(
        "lifespan value of another type",
        "CORE-MSG-004",
        gives(lifespan(), [STARTUP | {"loop": object()}, {"type": "lifespan.shutdown"}]),
    ),
    *message("int too large", "CORE-MSG-005", extra(2**63), extra([{"n": -(2**63) - 1}])),
    WrongServer("websocket int too large", "CORE-MSG-005", gives(websocket(), [CONNECT, DATA | {"n": 1 << 64}, LEFT])),
    *message("float not finite", "CORE-MSG-006", extra(math.nan), extra(math.inf), extra([0.5, -math.inf])),
    *message(
        "key of event no str",
        "CORE-MSG-007",
        extra({1: "a"}),
        extra([{b"a": 1}]),
        {"type": "http.request", "more_body": True, b"x": 1},
    ),
    *message("unknown key", "CORE-MSG-012", extra(1)),
    *message("tuple", "CORE-MSG-008", extra((1, 2))),
    *message("subclass of a plain type", "CORE-MSG-009", extra(Number.ONE), extra(type("Text", (str,), {})("x"))),
]

EXTENSIONS = [
    *scopes(
        "extensions is no dict",
        "CORE-EXT-001",
        http(extensions=["tls"]),
        http(extensions="tls"),
        websocket(extensions=[]),
        http(extensions={"a"}),
    ),
    *scopes(
        "extension name is no str", "CORE-EXT-002", http(extensions={b"http.response.push": {}}), websocket(extensions={1: {}})
    ),
    *scopes(
        "extension is no dict",
        "CORE-EXT-003",
        http(extensions={"http.response.trailers": True}),
        http(extensions={"http.response.pathsend": None}),
        http(extensions={"example.custom": []}),
        http(scheme="https", extensions={"tls": "1.3"}),
        websocket(extensions={"websocket.http.response": 1}),
    ),
    *scopes(
        "extension of another protocol",
        "CORE-EXT-006",
        http(extensions={"websocket.http.response": {}}),
        websocket(extensions={"http.response.push": {}}),
        lifespan(extensions={"http.response.pathsend": {}}),
    ),
    *scopes("debug in production", "EXT-DEBUG-003", http(extensions={"http.response.debug": {}})),
    *scopes(
        "unix server before 2.2",
        "VER-002",
        http(asgi=asgi("2.1"), server=["/run/a.sock", None]),
        http(asgi=asgi("2.0"), server=("/run/a.sock", None)),
        http(asgi=asgi(ABSENT), server=("/run/a.sock", None)),
        websocket(asgi=asgi("2.1"), server=["/run/a.sock", None]),
    ),
]

SERVERS = [*CALLS, *FRAME, *SHAPE, *EXTENSIONS]
