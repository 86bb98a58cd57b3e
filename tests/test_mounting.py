"""Mounted applications among routes."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from asgikit import App, Handler, Request, Response, Router, from_asgi, get, host, mount, param, post, rest, root, websocket
from asgikit.errors import CompositionError, RouteConflict
from asgikit.mounting import foreign_in
from asgikit.testing import LifespanFailed, call, play, running, websocket_scope


class Named:
    """An application that says its name, and has a lifespan that it logs."""

    def __init__(self, name: str, log: list[str] | None = None, fails: str = "") -> None:
        self.name = name
        self.log = [] if log is None else log
        self.fails = fails

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.accept", "subprotocol": self.name})
        else:
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": f"{self.name} {scope['method']} {scope['path']}".encode()})

    async def _live(self, receive: Any, send: Any) -> None:
        for kind in ("startup", "shutdown"):
            await receive()
            self.log.append(f"{self.name} {kind}")
            if self.fails == kind:
                await send({"type": f"lifespan.{kind}.failed", "message": "no database"})
                return
            await send({"type": f"lifespan.{kind}.complete"})


@get(root / "api" / "own")
async def own(request: Request[object]) -> Response:
    return Response.text("own")


@post(root / "api" / param("name", str) / "edit")
async def edit(request: Request[object], name: str) -> Response:
    return Response.text(f"edit {name}")


@get(root / "api" / "files" / rest("path"))
async def files(request: Request[object], path: str) -> Response:
    return Response.text(f"file {path}")


app = App(Router(mount(root / "api", Named("api")), mount(root / "api" / "v2", Named("v2")), own, edit, files))


@pytest.mark.parametrize(
    ("method", "target", "expected"),
    [
        ("GET", "/api/own", "own"),
        ("POST", "/api/own", "api POST /api/own"),
        ("POST", "/api/x/edit", "edit x"),
        ("GET", "/api/x/edit", "api GET /api/x/edit"),
        ("GET", "/api/files/a/b", "file a/b"),
        ("PUT", "/api/files/a/b", "api PUT /api/files/a/b"),
        ("GET", "/api/files/a//b", "api GET /api/files/a//b"),
        ("GET", "/api/own/", "api GET /api/own/"),
        ("GET", "/api", "api GET /api"),
        ("GET", "/api/", "api GET /api/"),
        ("OPTIONS", "/api/own", "api OPTIONS /api/own"),
        ("WEBSOCKET", "/api/x", "api WEBSOCKET /api/x"),
        ("GET", "/api/v2", "v2 GET /api/v2"),
        ("GET", "/api/v2/own", "v2 GET /api/v2/own"),
        ("GET", "/api/v20", "api GET /api/v20"),
    ],
)
async def test_what_is_mounted_takes_what_no_route_answers(method: str, target: str, expected: str) -> None:
    """Whatever the order: routes first, then the deepest mount; so an application can be taken over path by path."""
    assert (await call(app, method, target)).text == expected


@pytest.mark.parametrize("target", ["/", "/ap", "/apix", "/API/x"])
async def test_what_is_beside_it_is_not_its(target: str) -> None:
    """A path begins with whole segments."""
    assert (await call(app, "GET", target)).status == 404


async def test_the_root_can_be_mounted() -> None:
    """For everything that is not there yet: also what would else be a redirect to a slash, or a 405."""
    legacy = App(Router(own, mount(root, Named("legacy"))))
    assert (await call(legacy, "GET", "/api/own")).text == "own"
    for target in ("/", "/any/thing", "/api/own/"):
        assert (await call(legacy, "GET", target)).text == f"legacy GET {target}"


async def test_a_host_can_be_mounted() -> None:
    """With nothing of the path in the root path."""
    hosted = App(Router(mount(host("old.example.com"), Named("old"))))
    assert (await call(hosted, "GET", "/x", headers={"host": "old.example.com:80"})).text == "old GET /x"
    assert (await call(hosted, "GET", "/x", headers={"host": "example.com"})).status == 404


async def test_handshakes_are_its_too() -> None:
    """Where no route of ours has one."""

    @websocket(root / "api" / "live")
    async def live(request: Request[object]) -> Response:
        return Response.text("no", status=409)

    both = App(Router(mount(root / "api", Named("api")), live))
    connect = [{"type": "websocket.connect"}]
    accepted = await play(both, websocket_scope("/api/chat", subprotocols=["api"]), connect)
    assert accepted.events[0]["subprotocol"] == "api"
    denied = await play(both, websocket_scope("/api/live", denial=True), connect)
    assert denied.events[0]["status"] == 409


def test_two_at_one_path_conflict() -> None:
    """Neither could be told from the other."""
    with pytest.raises(RouteConflict, match="/api and \\* /api answer the same requests"):
        Router(mount(root / "api", Named("a")), mount(root / "api", Named("b")))


def test_it_is_a_route_among_routes() -> None:
    """For tools: with a name, a pattern, and a URL."""
    route = mount(root / "api", Named("api"), name="legacy")
    assert (route.method, route.pattern, route.name) == ("*", "/api", "legacy")
    assert App(Router(route, own)).routes == (route, own)
    with pytest.raises(RouteConflict, match="'legacy' is given to"):
        Router(route, mount(root / "other", Named("other"), name="legacy"))


@pytest.mark.parametrize("path", [root / "api/", root / rest("path"), "/api"])
def test_where_nothing_can_be_mounted(path: Any) -> None:
    """Behind a slash or a rest, and where there is no path."""
    with pytest.raises(CompositionError, match="is nowhere to mount"):
        mount(path, Named("api"))


async def test_it_can_be_wrapped_and_called_alone() -> None:
    """As any route."""

    def renamed(handler: Handler[None]) -> Handler[None]:
        async def inner(request: Request[None]) -> Response:
            return (await handler(request)).with_header("x-by", request.route.name if request.route else "")

        return inner

    answer = await call(App(mount(root / "api", Named("api")).wrap(renamed)), "GET", "/api/x")
    assert (answer.headers["x-by"], answer.text) == ("Named", "api GET /api/x")


async def test_lifespans_run_inside_ours_in_order() -> None:
    """Ours first, for what it gives may be what theirs need; the last to start is the first to stop."""
    log: list[str] = []

    @asynccontextmanager
    async def lifespan() -> AsyncGenerator[int]:
        log.append("own startup")
        yield 7
        log.append("own shutdown")

    @get(root / "state")
    async def state(request: Request[int]) -> Response:
        return Response.json(request.state)

    whole = App(Router(Router(mount(root / "a", Named("a", log))), mount(root / "b", Named("b", log)), state), lifespan=lifespan)
    async with running(whole) as life:
        assert (await call(whole, "GET", "/state", state=life.state)).text == "7"
        log.append("running")
    expected = ["own startup", "a startup", "b startup", "running", "b shutdown", "a shutdown", "own shutdown"]
    assert log == expected


@pytest.mark.parametrize("where", ["startup", "shutdown"])
async def test_one_that_fails_fails_ours_with_its_name_and_reason(where: str) -> None:
    """What had started before it is stopped."""
    log: list[str] = []
    whole = App(Router(mount(root / "a", Named("a", log)), mount(root / "b", Named("b", log, fails=where), name="shop")))
    with pytest.raises(LifespanFailed) as failed:
        async with running(whole):
            pass
    verb = "start" if where == "startup" else "stop"
    reason = f"asgikit.errors.LifespanFailed: shop did not {verb}: no database"
    assert str(failed.value) == f"the {where} of the application failed: {reason}"
    assert log[-1] == "a shutdown"


def test_where_applications_are_found() -> None:
    """In routes, wrapped or nested; as the handler of a route, of misses, of everything."""

    def same(handler: Handler[Any]) -> Handler[Any]:
        return handler

    one, two = from_asgi(Named("one")), from_asgi(Named("two"))
    nested = Router(Router(get(root)(one).wrap(same)).wrap(same)).otherwise(two)
    assert foreign_in(nested) == (one, two)
    assert foreign_in(get(root)(one)) == foreign_in(one) == (one,)
    assert foreign_in(own) == foreign_in(same) == ()
