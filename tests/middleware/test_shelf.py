"""The whole shelf: each middleware is the same around a handler, a route, a router, a mounted application and a handshake."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from asgikit import App, Middleware, Request, Response, Router, WebSocket, get, json, mount, root, websocket
from asgikit.config import Secret
from asgikit.doublesubmit import CSRFTokens
from asgikit.errors import NotFound
from asgikit.middleware.body_limit import body_limit
from asgikit.middleware.cache import cache
from asgikit.middleware.compress import compress
from asgikit.middleware.concurrency_limit import concurrency_limit
from asgikit.middleware.conditional import conditional
from asgikit.middleware.cors import cors
from asgikit.middleware.csrf import csrf
from asgikit.middleware.decompress import decompress
from asgikit.middleware.error_pages import on_status
from asgikit.middleware.errors import errors, on
from asgikit.middleware.etag import etag
from asgikit.middleware.problem_details import problem_details
from asgikit.middleware.rate_limit import rate_limit
from asgikit.middleware.security_headers import security_headers
from asgikit.middleware.sessions import sessions
from asgikit.middleware.timeouts import timeouts
from asgikit.rates import per_hour
from asgikit.stores.memory_sessions import MemorySessions
from tests.driving import Answer, call, exchange, websocket_scope

SHELF: dict[str, Callable[[], Any]] = {
    "body_limit": lambda: body_limit(1000),
    "cache": cache,
    "compress": compress,
    "concurrency_limit": lambda: concurrency_limit(10),
    "conditional": conditional,
    "cors": lambda: cors(["https://a.example"]),
    "csrf": csrf,
    "csrf tokens": lambda: csrf(tokens=CSRFTokens(keys=Secret("k-0123456789abcdef-0123456789abcdef"), always=True)),
    "decompress": decompress,
    "sessions": lambda: sessions(MemorySessions(), json(dict[str, str]), default={}),
    "security_headers": security_headers,
    "etag": etag,
    "rate_limit": lambda: rate_limit(per_hour(100)),
    "errors": lambda: errors(on(LookupError, lambda request, error: Response.text("no such key", status=404))),
    "on_status": lambda: on_status({404: lambda request, response: Response.html("<p>nothing here")}),
    "problem_details": problem_details,
    "timeouts": lambda: timeouts(request=60),
}
HEADERS = {"host": "example.com", "origin": "https://a.example", "accept-encoding": "gzip", "sec-fetch-site": "same-site"}
VOLATILE = {"x-request-id", "server-timing", "ratelimit"}
TEXT = "hello " * 200


async def handler(request: Request[object]) -> Response:
    return Response.text(TEXT)


async def foreign(scope: Any, receive: Any, send: Any) -> None:
    fields = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(TEXT)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": fields})
    await send({"type": "http.response.body", "body": TEXT.encode()})


async def refuses(request: Request[object]) -> Response:
    raise NotFound("nothing here")


async def sockets(request: Request[object]) -> Response:
    async def session(ws: WebSocket[Any, Any]) -> None:
        await ws.send(request.path)

    return Response.upgrade(session)


def places(middleware: Middleware) -> dict[str, App[None]]:
    """The same answer from four places."""
    route = get(root / "x")(handler)
    return {
        "handler": App(middleware(handler)),
        "route": App(Router(route.wrap(middleware))),
        "router": App(Router(Router(route)).wrap(middleware)),
        "called": App(middleware(Router(route))),
        "mounted": App(Router(mount(root / "x", foreign, lifespan="off")).wrap(middleware)),
    }


def seen(answer: Answer) -> tuple[int, bytes, list[tuple[str, str]]]:
    assert answer.error is None
    return answer.status, answer.body, sorted(field for field in answer.headers if field[0] not in VOLATILE)


@pytest.mark.parametrize("name", SHELF)
async def test_it_is_the_same_everywhere(name: str) -> None:
    """Status, fields and body."""
    answers = {place: seen(await call(app, target="/x", headers=HEADERS)) for place, app in places(SHELF[name]()).items()}
    assert answers["handler"][0] == 200
    assert [place for place, answer in answers.items() if answer != answers["handler"]] == []


@pytest.mark.parametrize("name", SHELF)
async def test_a_miss_and_a_refusal_get_the_same_fields(name: str) -> None:
    """Those that a response has, whoever made it: the router, a handler, an exception."""
    middleware = SHELF[name]()

    async def missing(request: Request[object]) -> Response:
        return Response.text("Not Found", status=404)

    expected = seen(await call(App(middleware(missing)), target="/x", headers=HEADERS))
    assert expected[0] == 404
    raised = seen(await call(App(middleware(refuses)), target="/x", headers=HEADERS))
    router = seen(await call(App(Router(get(root)(handler)).wrap(middleware)), target="/x", headers=HEADERS))
    assert [name for name, _ in raised[2]] == [name for name, _ in expected[2]]
    assert router == expected


@pytest.mark.parametrize("name", SHELF)
async def test_a_socket_goes_through(name: str) -> None:
    """A handshake that nothing speaks against is accepted, and its session runs."""
    app = App(Router(websocket(root / "x", origins="*")(sockets)).wrap(SHELF[name]()))
    scope = websocket_scope("/x", headers=HEADERS)
    answer = await exchange(app, scope, [{"type": "websocket.connect"}])
    assert answer.error is None
    assert [event["type"] for event in answer.events] == ["websocket.accept", "websocket.send", "websocket.close"]
    assert answer.events[1]["text"] == "/x"


@pytest.mark.parametrize("name", SHELF)
async def test_what_a_handler_has_begun_is_sent_to_head_alike(name: str) -> None:
    """The fields of GET, and no body."""
    app = App(Router(get(root / "x")(handler)).wrap(SHELF[name]()))
    got = seen(await call(app, "GET", "/x", headers=HEADERS))
    head = seen(await call(app, "HEAD", "/x", headers=HEADERS))
    assert (head[0], head[1], head[2]) == (got[0], b"", got[2])
