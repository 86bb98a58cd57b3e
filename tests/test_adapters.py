"""Handlers inside other applications, and other frameworks' middleware around handlers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.middleware.sessions import SessionMiddleware

from asgikit import (
    App,
    Handler,
    HTTPError,
    Request,
    Response,
    Router,
    WebSocket,
    asgi_middleware,
    catch,
    get,
    param,
    root,
    to_asgi,
    websocket,
)
from asgikit.errors import CompositionError, InvalidEvent, ProtocolError
from asgikit.testing import call, play, talking, websocket_scope


@get(root / "items" / param("id", int))
async def item(request: Request[str], id: int) -> Response:
    assert request.route is not None
    return Response.text(f"{request.state} {id} {request.route.pattern}")


@get(root / "missing")
async def missing(request: Request[str]) -> Response:
    raise HTTPError(404, "nothing here")


@get(root / "broken")
async def broken(request: Request[str]) -> Response:
    raise ValueError("broken")


@websocket(root / "echo")
async def echo(request: Request[str]) -> Response:
    async def session(ws: WebSocket[str | bytes, str | bytes]) -> None:
        await ws.send(f"hello from {request.state}")

    return Response.upgrade(session)


routes = Router(item, missing, broken, echo)


async def quiet(ws: WebSocket[str | bytes, str | bytes]) -> None:
    """Says nothing, and is over at once."""


def upgrading_with(session: Callable[[WebSocket[str | bytes, str | bytes]], Awaitable[None]]) -> Handler[object]:
    async def handler(request: Request[object]) -> Response:
        return Response.upgrade(session)

    return handler


def served(handler: Router[str]) -> App[None]:
    return to_asgi(handler, lambda scope: "state")


async def test_a_handler_takes_its_state_from_the_scope() -> None:
    """Where another framework runs the lifespan, that is where it leaves what it has."""
    app = to_asgi(routes, lambda scope: str(scope.get("state", {}).get("db")))
    assert (await call(app, "GET", "/items/7", state={"db": "their db"})).text == "their db 7 /items/{id}"
    assert app.routes == routes.routes

    async def handler(request: Request[str]) -> Response:
        return Response.text(request.state)

    assert (await call(to_asgi(handler, lambda scope: scope["path"]), "GET", "/x")).text == "/x"


def test_a_state_that_is_no_function_is_refused() -> None:
    """A value would be the same for every request, and of no server."""
    wrong: Any = "state"
    with pytest.raises(CompositionError, match="a function from the scope"):
        to_asgi(routes, wrong)


async def test_their_middleware_is_ours() -> None:
    """The handler behind it has its route, its state and its arguments; the response is the middleware's."""
    gzip = asgi_middleware(lambda app: GZipMiddleware(app, minimum_size=1))
    answer = await call(served(routes.wrap(gzip)), "GET", "/items/7", headers={"accept-encoding": "gzip"})
    assert answer.headers["content-encoding"] == "gzip"
    plain = await call(served(routes.wrap(gzip)), "GET", "/items/7")
    assert plain.text == "state 7 /items/{id}"


async def test_what_they_put_into_the_scope_is_there() -> None:
    """A session, say, whose cookie comes with the response."""

    @get(root)
    async def count(request: Request[object]) -> Response:
        session: dict[str, int] = request.scope["session"]  # type: ignore[typeddict-item]  # theirs
        session["n"] = session.get("n", 0) + 1
        return Response.json(session["n"])

    app = App(Router(count).wrap(asgi_middleware(lambda app: SessionMiddleware(app, secret_key="key"))))
    first = await call(app)
    second = await call(app, headers={"cookie": first.headers["set-cookie"].partition(";")[0]})
    assert (first.text, second.text) == ("1", "2")


async def test_errors_are_responses_that_they_can_change() -> None:
    """Refusals are; what nobody expected passes through, to whoever catches it outside."""
    cors = asgi_middleware(lambda app: CORSMiddleware(app, allow_origins=["https://a.example"]))
    around = routes.wrap(cors).wrap(catch(ValueError, lambda request, error: Response.text(str(error), status=418)))
    refused = await call(served(around), "GET", "/missing", headers={"origin": "https://a.example"})
    assert (refused.status, refused.headers["access-control-allow-origin"]) == (404, "https://a.example")
    assert (await call(served(around), "GET", "/broken")).status == 418


async def test_a_middleware_may_answer_alone() -> None:
    """The handler is not reached."""
    cors = asgi_middleware(lambda app: CORSMiddleware(app, allow_origins=["https://a.example"]))
    headers = {"origin": "https://a.example", "access-control-request-method": "GET"}
    answer = await call(served(routes.wrap(cors)), "OPTIONS", "/items/7", headers=headers)
    assert (answer.status, answer.text) == (200, "OK")


async def test_sessions_pass_through_them() -> None:
    """From the handshake to the close."""
    app = served(routes.wrap(asgi_middleware(GZipMiddleware)))
    answer = await play(app, websocket_scope("/echo"), [{"type": "websocket.connect"}])
    assert [event["type"] for event in answer.events] == ["websocket.accept", "websocket.send", "websocket.close"]
    assert answer.events[1]["text"] == "hello from state"


async def test_what_a_handshake_has_to_fulfil_holds_inside_them() -> None:
    """Whose page it is, and what it offers; a route that says otherwise around them has looked already."""
    passing = asgi_middleware(lambda app: app)

    async def accept(request: Request[object]) -> Response:
        return Response.upgrade(quiet, subprotocol="chat" if request.headers.get("x-chat") else None)

    async def shaken(app: App[None], headers: dict[str, str]) -> Any:
        scope = websocket_scope("/", headers={"host": "a.example", **headers}, denial=True)
        return (await play(app, scope, [{"type": "websocket.connect"}])).events[0]

    other = {"origin": "https://b.example"}
    assert (await shaken(App(passing(accept)), other))["status"] == 403
    assert (await shaken(App(passing(accept)), {"x-chat": "1"}))["status"] == 400
    assert (await shaken(App(Router(websocket(root, origins="*")(passing(accept)))), other))["type"] == "websocket.accept"


async def test_sessions_inside_them_learn_that_the_server_stops() -> None:
    """And close with 1001, as others do."""

    async def waiting(ws: WebSocket[str | bytes, str | bytes]) -> None:
        await ws.send("ready")
        async for _ in ws:
            pass

    app = App(asgi_middleware(lambda app: app)(upgrading_with(waiting)))
    async with talking(app) as client:
        await client.until(1)
        app.stop()
        assert await client.until_closed() == (1001, "the server is stopping")


async def test_logs_name_the_same_request_inside_them(caplog: pytest.LogCaptureFixture) -> None:
    """By one id, unless they give another; a refusal's reason for the log is in it."""

    @get(root)
    async def handler(request: Request[object]) -> Response:
        raise HTTPError(503, "not now", log=f"seen as {request.id}")

    def named(inside: Handler[object]) -> Handler[object]:
        def outer(request: Request[object]) -> Awaitable[Response]:
            request.connection.id = "mine"
            return inside(request)

        return outer

    def renaming(app: Any) -> Any:
        async def outer(scope: Any, receive: Any, send: Any) -> None:
            await app({**scope, "headers": [(b"x-request-id", b"theirs")]}, receive, send)

        return outer

    for theirs, id in (lambda app: app, "mine"), (renaming, "theirs"):
        assert (await call(App(Router(handler).wrap(asgi_middleware(theirs)).wrap(named)))).text == "not now"
        assert f"503 not now (seen as {id})" in caplog.text


async def test_work_behind_the_response_runs_behind_them() -> None:
    """And a stream is sent by them."""
    done: list[str] = []

    async def work() -> None:
        done.append("work")

    async def chunks() -> Any:
        yield b"a"
        yield b"b"

    @get(root)
    async def handler(request: Request[object]) -> Response:
        return Response.stream(chunks()).then(work)

    answer = await call(App(Router(handler).wrap(asgi_middleware(GZipMiddleware))))
    assert (answer.body, done) == (b"ab", ["work"])


async def test_a_middleware_that_breaks_the_protocol_is_found_out() -> None:
    """A scope that it made up, a handshake without its beginning."""

    def inventing(app: Any) -> Any:
        async def outer(scope: Any, receive: Any, send: Any) -> None:
            await app({"type": scope["type"], "path": "/"}, receive, send)

        return outer

    def hasty(app: Any) -> Any:
        async def outer(scope: Any, receive: Any, send: Any) -> None:
            async def nothing() -> Any:
                return {"type": "websocket.receive"}

            await app(scope, nothing, send)

        return outer

    answer = await call(served(routes.wrap(asgi_middleware(inventing))), "GET", "/items/7")
    assert isinstance(answer.error, ProtocolError)
    answer = await play(served(routes.wrap(asgi_middleware(hasty))), websocket_scope("/echo"), [{"type": "websocket.connect"}])
    assert isinstance(answer.error, InvalidEvent)


@pytest.mark.parametrize("wrong", [5, lambda app: None])
def test_what_is_no_middleware_is_refused(wrong: Any) -> None:
    """When it is put together."""
    with pytest.raises(CompositionError):
        routes.wrap(asgi_middleware(wrong))


@pytest.mark.parametrize("origin", ["https://evil.example", "null"])
async def test_another_page_opens_no_socket_behind_another_frameworks_middleware(origin: str) -> None:
    """A handler that is no websocket() route is checked as at the edge, which takes what passed the middleware for foreign."""

    async def session(ws: WebSocket[str | bytes, str | bytes]) -> None:
        await ws.send("secret")

    async def bare(request: Request[None]) -> Response:
        return Response.upgrade(session)

    scope = websocket_scope(headers=[("host", "good.example"), ("origin", origin)])
    answer = await play(App(asgi_middleware(lambda app: app)(bare)), scope, [{"type": "websocket.connect"}])
    assert [event["type"] for event in answer.events] == ["websocket.close"]
