"""The edge: requests, errors, lifespans, state."""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import anyio
import pytest
from tests.driving import call, exchange, http_scope, running, websocket_scope

from asgikit import App, HTTPError, Request, Response, Router, after, catch, get, param, post, root, websocket
from asgikit.errors import CompositionError, InvalidEvent, ProtocolError, StateMissing, UnknownScope
from asgikit.middleware.cors import cors


@get(root)
async def hello(request: Request[object]) -> Response:
    return Response.text("Hello")


@get(root / "broken")
async def broken(request: Request[object]) -> Response:
    raise ValueError("a secret of ours")


@get(root / "refused")
async def refused(request: Request[object]) -> Response:
    raise HTTPError(409, "taken", log="by whom", headers=(("retry-after", "3"),))


async def test_a_handler_alone_is_an_application() -> None:
    """Any handler will do, not only a Router."""

    async def handler(request: Request[None]) -> Response:
        return Response.text(f"{request.method} {request.path} {request.state}")

    answer = await call(App(handler), "POST", "/a%20b")
    assert (answer.status, answer.text) == (200, "POST /a b None")
    assert (await call(App(hello))).text == "Hello"
    assert (await call(App(hello), target="/x")).status == 404


async def test_the_messages_are_those_of_the_specification() -> None:
    """A start with lower-case names in a list, then one body."""
    answer = await call(App(hello))
    assert answer.events == [
        {
            "type": "http.response.start",
            "status": 200,
            "headers": [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", b"5")],
        },
        {"type": "http.response.body", "body": b"Hello"},
    ]


async def test_an_unhandled_error_is_500_and_raised_again() -> None:
    """The client learns nothing, the server's log everything."""
    answer = await call(App(broken), target="/broken")
    assert (answer.status, answer.text) == (500, "Internal Server Error")
    assert isinstance(answer.error, ValueError)


async def test_debug_shows_the_traceback() -> None:
    """Only where it is asked for."""
    answer = await call(App(broken, debug=True), target="/broken")
    assert answer.status == 500
    assert "ValueError: a secret of ours" in answer.text
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"


async def test_an_http_error_is_a_response(caplog: pytest.LogCaptureFixture) -> None:
    """Its public text and headers go to the client, its other text to the log."""
    with caplog.at_level(logging.WARNING, "asgikit"):
        answer = await call(App(refused), target="/refused")
    assert (answer.status, answer.text, answer.headers["retry-after"], answer.error) == (409, "taken", "3", None)
    assert "by whom" in caplog.text


async def test_errors_keep_the_headers_of_outer_middleware() -> None:
    """D16: a CORS field on the 500 of the edge, on an HTTPError, and on what catch() makes of an error."""
    routes = Router(hello, broken, refused)
    origin = {"origin": "https://example.com"}
    app = App(routes.wrap(cors(["https://example.com"])))
    for target, status in (("/", 200), ("/broken", 500), ("/refused", 409), ("/missing", 404)):
        answer = await call(app, target=target, headers=origin)
        assert (answer.status, answer.headers.get("access-control-allow-origin")) == (status, "https://example.com")

    def say(request: Request[object], error: Exception) -> Response:
        return Response.text(f"caught {error}", status=503)

    outside = App(routes.wrap(cors(["https://example.com"])).wrap(catch(Exception, say)))
    inside = App(routes.wrap(catch(Exception, say)).wrap(cors(["https://example.com"])))
    for app in (outside, inside):
        answer = await call(app, target="/broken", headers=origin)
        assert (answer.status, answer.text, answer.error) == (503, "caught a secret of ours", None)
        assert answer.headers.get_all("access-control-allow-origin") == ("https://example.com",)


async def test_a_middleware_that_fails_on_an_error_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    """The first error is the one that is reported; the response still goes out."""

    def fail(request: Request[object], response: Response) -> Response:
        raise RuntimeError("second")

    answer = await call(App(Router(broken).wrap(after(fail))), target="/broken")
    assert (answer.status, type(answer.error)) == (500, ValueError)
    assert "second" in caplog.text


async def test_a_handler_that_returns_something_else_is_an_error() -> None:
    """The text names what came back; a type checker says so first."""

    @get(root)
    async def nothing(request: Request[object]) -> Any:
        return None

    answer = await call(App(nothing))
    assert answer.status == 500
    assert isinstance(answer.error, ProtocolError)
    assert "returned None" in str(answer.error)


def test_what_cannot_be_called_is_no_application() -> None:
    """At composition, not at the first request."""
    untyped: Any = 3
    with pytest.raises(CompositionError, match="not 3"):
        App(untyped)


async def test_an_unknown_scope_type_is_a_typed_error() -> None:
    """D29: raised, so that a server knows; nothing is sent."""
    answer = await exchange(App(hello), {"type": "mqtt"})
    assert isinstance(answer.error, UnknownScope)
    assert answer.events == []


async def test_a_client_that_left_is_no_error() -> None:
    """Whether send raises, as from 2.4 on, or receive says so while we read."""

    async def send(event: Any) -> None:
        raise OSError("gone")

    async def receive() -> Any:
        return {"type": "http.disconnect"}

    await App(hello)(http_scope(), receive, send)

    @post(root)
    async def reads(request: Request[object]) -> Response:
        return Response.text(str(len(await request.body())))

    answer = await exchange(
        App(reads), http_scope("POST"), [{"type": "http.request", "body": b"x", "more_body": True}, {"type": "http.disconnect"}]
    )
    assert (answer.events, answer.error) == ([], None)


async def test_work_after_the_response_runs_once_it_is_sent() -> None:
    """In order, one failure stopping no other."""
    seen: list[Any] = []

    async def note(what: str, number: int) -> None:
        seen.append((what, number))
        if what == "bad":
            raise RuntimeError(what)

    @get(root)
    async def handler(request: Request[object]) -> Response:
        return Response.text("x").then(note, "bad", 1).then(note, "good", 2)

    answer = await call(App(handler))
    assert (answer.body, answer.error, seen) == (b"x", None, [("bad", 1), ("good", 2)])


@asynccontextmanager
async def lifespan() -> AsyncGenerator[list[str]]:
    state = ["up"]
    yield state
    state.append("down")


async def say_state(request: Request[list[str]]) -> Response:
    return Response.text(" ".join(request.state))


@pytest.mark.parametrize("shared", [True, False])
async def test_the_state_of_the_lifespan_reaches_handlers(shared: bool) -> None:
    """Through the server's namespace where there is one, without it elsewhere."""
    app = App(say_state, lifespan=lifespan)
    state: dict[str, Any] | None = {} if shared else None
    async with running(app, state=state) as sent:
        answer = await call(app, state=dict(state)) if state is not None else await call(app)
        assert answer.text == "up"
    assert sent == [{"type": "lifespan.startup.complete"}, {"type": "lifespan.shutdown.complete"}]


async def test_two_lifespans_keep_their_states_apart() -> None:
    """Each request gets the state of the lifespan that the server hands it."""
    made: list[list[str]] = []

    @asynccontextmanager
    async def counted() -> AsyncGenerator[list[str]]:
        made.append([str(len(made))])
        yield made[-1]

    app = App(say_state, lifespan=counted)
    one: dict[str, Any] = {}
    two: dict[str, Any] = {}
    async with running(app, state=one), running(app, state=two):
        assert [(await call(app, state=dict(state))).text for state in (one, two)] == ["0", "1"]


async def test_the_end_of_one_lifespan_leaves_the_state_of_another() -> None:
    """Also where the server has no namespace, and the states are equal."""
    app = App(say_state, lifespan=lifespan)
    async with running(app):
        async with running(app):
            pass
        assert (await call(app)).text == "up"


async def test_without_its_lifespan_a_state_is_missing() -> None:
    """A 500 whose error says what has to run; also after the lifespan has ended."""
    app = App(say_state, lifespan=lifespan)
    for _ in range(2):
        answer = await call(app)
        assert answer.status == 500
        assert isinstance(answer.error, StateMissing)
        async with running(app):
            assert (await call(app)).text == "up"


def test_a_lifespan_without_its_decorator_is_refused() -> None:
    """At composition."""

    async def bare() -> AsyncGenerator[None]:
        yield

    untyped: Any = bare
    with pytest.raises(CompositionError, match="@asynccontextmanager"):
        App(hello, lifespan=untyped)


async def test_an_http_error_can_always_be_sent() -> None:
    """A lone surrogate in its text, which may come from a request, or a content-length of its own."""

    async def handler(request: Request[None]) -> Response:
        raise HTTPError(422, "unknown \ud800", headers={"content-length": "3"})

    answer = await call(App(handler))
    assert (answer.status, answer.text, answer.error) == (422, "unknown ?", None)


async def test_a_log_line_cannot_be_forged(caplog: pytest.LogCaptureFixture) -> None:
    """A line break in a path stays in its line."""

    async def handler(request: Request[None]) -> Response:
        raise HTTPError(503, "later")

    await call(App(handler), target="/a%0aERROR%20forged")
    assert len(caplog.records) == 1
    assert "\n" not in caplog.records[0].getMessage()


async def test_an_error_alone_in_a_group_counts_as_itself() -> None:
    """Task groups wrap what their tasks raise; a group of two is an error of ours."""

    async def refuse() -> None:
        raise HTTPError(409, "taken")

    @get(root / param("count", int))
    async def grouped(request: Request[object], count: int) -> Response:
        async with anyio.create_task_group() as group:
            for _ in range(count):
                group.start_soon(refuse)
        return Response.empty()

    answer = await call(App(grouped), target="/1")
    assert (answer.status, answer.text, answer.error) == (409, "taken", None)
    assert (await call(App(grouped), target="/2")).status == 500


async def test_work_after_the_response_to_an_error_runs_too() -> None:
    """As `after` may have added it."""
    seen: list[int] = []

    async def note(status: int) -> None:
        seen.append(status)

    app = App(Router(broken, refused).wrap(after(lambda request, response: response.then(note, response.status))))
    for target in ("/broken", "/refused"):
        await call(app, target=target)
    assert seen == [500, 409]


async def test_an_application_without_a_lifespan_still_starts_and_stops() -> None:
    """Servers may insist on the protocol."""
    async with running(App(hello)) as sent:
        pass
    assert [event["type"] for event in sent] == ["lifespan.startup.complete", "lifespan.shutdown.complete"]


async def test_a_plain_response_denies_a_handshake() -> None:
    """With the response where the server can send one, with a close elsewhere."""

    @websocket(root)
    async def deny(request: Request[object]) -> Response:
        return Response.text("no", status=403)

    connect = [{"type": "websocket.connect"}]
    answer = await exchange(App(deny), websocket_scope(denial=True), connect)
    assert [event["type"] for event in answer.events] == [
        "websocket.http.response.start",
        "websocket.http.response.body",
    ]
    assert answer.events[0]["status"] == 403
    answer = await exchange(App(deny), websocket_scope(), connect)
    assert answer.events == [{"type": "websocket.close", "code": 1000}]


async def test_a_handshake_without_a_route_is_denied() -> None:
    """404, also on a path that only speaks HTTP; errors are 500 and raised again."""
    answer = await exchange(App(hello), websocket_scope(denial=True), [{"type": "websocket.connect"}])
    assert answer.events[0]["status"] == 404

    @websocket(root)
    async def fails(request: Request[object]) -> Response:
        raise ValueError

    answer = await exchange(App(fails), websocket_scope(denial=True), [{"type": "websocket.connect"}])
    assert (answer.events[0]["status"], type(answer.error)) == (500, ValueError)


async def test_an_http_request_to_a_websocket_route_is_426() -> None:
    """With the upgrade that it needs (RFC 9110, 15.5.22)."""

    @websocket(root)
    async def socket(request: Request[object]) -> Response:
        return Response.text("no", status=403)

    answer = await call(App(socket))
    assert (answer.status, answer.headers["upgrade"]) == (426, "websocket")
    answer = await call(App(socket), http_version="2")  # which knows no such field (RFC 9113, 8.2.2)
    assert (answer.status, "upgrade" in answer.headers, "connection" in answer.headers) == (400, False, False)
    assert (await call(App(socket), "POST")).status == 404


async def test_an_upgrade_of_a_plain_request_is_an_error() -> None:
    """A 500 that says so, not a hanging connection."""

    async def session(ws: Any) -> None: ...

    @get(root)
    async def wrong(request: Request[object]) -> Response:
        return Response.upgrade(session)

    answer = await call(App(wrong))
    assert answer.status == 500
    assert isinstance(answer.error, ProtocolError)


async def test_a_server_that_breaks_the_protocol_is_told_so() -> None:
    """Events out of place raise InvalidEvent (asgi, Error Handling)."""
    answer = await exchange(App(hello), websocket_scope(), [{"type": "websocket.receive", "text": "x"}])
    assert isinstance(answer.error, InvalidEvent)
    answer = await exchange(App(hello), {"type": "lifespan", "asgi": {"version": "3.0"}}, [{"type": "lifespan.shutdown"}])
    assert isinstance(answer.error, InvalidEvent)
    answer = await exchange(App(hello), websocket_scope(), [{"type": "websocket.disconnect", "code": 1006}])
    assert (answer.events, answer.error) == ([], None)
