"""The whole shelf: each middleware is the same around a handler, a route, a router, a mounted application and a handshake."""

from __future__ import annotations

import pkgutil
from typing import Any

import pytest

import asgikit.middleware
from asgikit import App, Middleware, Request, Response, Router, WebSocket, get, mount, root, websocket
from asgikit.errors import NotFound
from asgikit.testing import Answer, call, play, websocket_scope
from tests.shelf import HEADERS, SCOPE, SHELF

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


def test_every_middleware_is_on_the_shelf() -> None:
    """None of the modules is left out of these tests."""
    modules = {module.name for module in pkgutil.iter_modules(asgikit.middleware.__path__)}
    assert modules == {name.partition(" ")[0] for name in SHELF}


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
    answers = {
        place: seen(await call(app, target="/x", headers=HEADERS, **SCOPE)) for place, app in places(SHELF[name]()).items()
    }
    assert answers["handler"][0] == 200
    assert [place for place, answer in answers.items() if answer != answers["handler"]] == []


@pytest.mark.parametrize("name", SHELF)
async def test_a_miss_and_a_refusal_get_the_same_fields(name: str) -> None:
    """Those that a response has, whoever made it: the router, a handler, an exception."""
    middleware = SHELF[name]()

    async def missing(request: Request[object]) -> Response:
        return Response.text("Not Found", status=404)

    expected = seen(await call(App(middleware(missing)), target="/x", headers=HEADERS, **SCOPE))
    assert expected[0] == 404
    raised = seen(await call(App(middleware(refuses)), target="/x", headers=HEADERS, **SCOPE))
    router = seen(await call(App(Router(get(root)(handler)).wrap(middleware)), target="/x", headers=HEADERS, **SCOPE))
    assert [name for name, _ in raised[2]] == [name for name, _ in expected[2]]
    assert router == expected


@pytest.mark.parametrize("name", SHELF)
async def test_a_socket_goes_through(name: str) -> None:
    """A handshake that nothing speaks against is accepted, and its session runs."""
    app = App(Router(websocket(root / "x", origins="*")(sockets)).wrap(SHELF[name]()))
    scope = websocket_scope("/x", headers=HEADERS, **{**SCOPE, "scheme": "wss"})
    answer = await play(app, scope, [{"type": "websocket.connect"}])
    assert answer.error is None
    assert [event["type"] for event in answer.events] == ["websocket.accept", "websocket.send", "websocket.close"]
    assert answer.events[1]["text"] == "/x"


@pytest.mark.parametrize("name", SHELF)
async def test_what_a_handler_has_begun_is_sent_to_head_alike(name: str) -> None:
    """The fields of GET, and no body."""
    app = App(Router(get(root / "x")(handler)).wrap(SHELF[name]()))
    got = seen(await call(app, "GET", "/x", headers=HEADERS, **SCOPE))
    head = seen(await call(app, "HEAD", "/x", headers=HEADERS, **SCOPE))
    assert (head[0], head[1], head[2]) == (got[0], b"", got[2])
