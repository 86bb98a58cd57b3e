"""The edge: requests, errors, lifespans, state."""

from __future__ import annotations

import logging
import signal
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import anyio
import pytest

from asgikit import App, HTTPError, Request, Response, Router, after, catch, get, mount, param, post, root, websocket
from asgikit.errors import ClientDisconnected, CompositionError, InvalidEvent, ProtocolError, StateMissing, UnknownScope
from asgikit.http.sse import ServerSentEvent
from asgikit.middleware.cors import cors
from asgikit.testing import Exchange, Life, call, exchanging, http_scope, lifespan_scope, play, running, websocket_scope


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
    answer = await play(App(hello), {"type": "mqtt"})
    assert isinstance(answer.error, UnknownScope)
    assert answer.events == []


async def test_a_client_that_left_is_no_error() -> None:
    """Whether send raises, as from 2.4 on, or receive says so while we read."""
    async with exchanging(App(hello)) as exchange:
        exchange.leave()
        await exchange.end()
        assert ("send" in {step.kind for step in exchange.steps}, exchange.error) == (True, None)

    @post(root)
    async def reads(request: Request[object]) -> Response:
        return Response.text(str(len(await request.body())))

    answer = await play(
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
    async with running(app, keeps_state=shared) as life:
        answer = await call(app, state=life.state) if shared else await call(app)
        assert answer.text == "up"
    assert life.messages == [{"type": "lifespan.startup.complete"}, {"type": "lifespan.shutdown.complete"}]


async def test_two_lifespans_keep_their_states_apart() -> None:
    """Each request gets the state of the lifespan that the server hands it."""
    made: list[list[str]] = []

    @asynccontextmanager
    async def counted() -> AsyncGenerator[list[str]]:
        made.append([str(len(made))])
        yield made[-1]

    app = App(say_state, lifespan=counted)
    async with running(app) as one, running(app) as two:
        assert [(await call(app, state=life.state)).text for life in (one, two)] == ["0", "1"]


async def test_the_end_of_one_lifespan_leaves_the_state_of_another() -> None:
    """Also where the server has no namespace, and the states are equal."""
    app = App(say_state, lifespan=lifespan)
    async with running(app, keeps_state=False):
        async with running(app, keeps_state=False):
            pass
        assert (await call(app)).text == "up"


async def test_without_its_lifespan_a_state_is_missing() -> None:
    """A 500 whose error says what has to run; also after the lifespan has ended."""
    app = App(say_state, lifespan=lifespan)
    for _ in range(2):
        answer = await call(app)
        assert answer.status == 500
        assert isinstance(answer.error, StateMissing)
        async with running(app, keeps_state=False):
            assert (await call(app)).text == "up"


@pytest.mark.parametrize("shared", [True, False])
async def test_the_state_that_a_lifespan_has_given_can_be_looked_at(shared: bool) -> None:
    """As long as one runs; where two do, each has its own."""
    app = App(say_state, lifespan=lifespan)
    with pytest.raises(StateMissing, match="no lifespan runs"):
        print(app.state)
    async with running(app, keeps_state=shared):
        app.state.append("seen")
        assert (await call(app)).text == "up seen"
        async with running(app, keeps_state=shared):
            with pytest.raises(StateMissing, match="2 lifespans run"):
                print(app.state)
        assert app.state == ["up", "seen"]
    with pytest.raises(StateMissing, match="no lifespan runs"):
        print(app.state)


async def test_an_application_without_a_lifespan_has_no_state() -> None:
    """Before, while and after a server runs its lifespan."""
    app = App(hello)
    assert app.state is None
    async with running(app):
        assert app.state is None
    assert app.state is None


@asynccontextmanager
async def never() -> AsyncGenerator[list[str]]:
    raise AssertionError("this lifespan is not to run")
    yield []


@pytest.mark.parametrize("shared", [True, False])
async def test_a_state_in_place_of_the_lifespan(shared: bool) -> None:
    """With and without the lifespan protocol, which is answered and runs nothing; the application of before is as it was."""
    app = App(say_state, lifespan=never)
    fake = ["fake"]
    given = app.with_state(fake)
    assert given.state is fake
    assert (await call(given)).text == "fake"
    async with running(given, keeps_state=shared) as life:
        answer = await call(given, state=life.state) if shared else await call(given)
        assert answer.text == "fake"
    assert [message["type"] for message in life.messages] == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
    assert (await call(given)).text == "fake"
    assert isinstance((await call(app)).error, StateMissing)
    assert (await call(given.with_state(["another"]))).text == "another"


async def test_a_given_state_is_nobody_elses() -> None:
    """Not of the lifespan that runs in the same namespace, which keeps its own."""
    app = App(say_state, lifespan=lifespan)
    given = app.with_state(["fake"])
    async with (
        running(app) as life,
        running(lambda scope, receive, send: given({**scope, "state": life.state}, receive, send)),
    ):
        assert [(await call(each, state=life.state)).text for each in (app, given)] == ["up", "fake"]
        assert (app.state, given.state) == (["up"], ["fake"])


async def test_a_handshake_has_the_given_state() -> None:
    """As any request."""
    given = App(say_state, lifespan=never).with_state(["fake"])
    answer = await play(given, websocket_scope(denial=True), [{"type": "websocket.connect"}])
    assert answer.events[-1]["body"] == b"fake"


async def test_an_application_with_another_state_is_otherwise_the_same() -> None:
    """Its handler, its routes, and what it was told when it was made."""

    @post(root / "fails")
    async def fails(request: Request[list[str]]) -> Response:
        await request.body()
        raise KeyError("a secret")

    app = App(Router(fails), lifespan=never, debug=True, body_limit=10)
    given = app.with_state([])
    assert given.routes == app.routes == (fails,)
    assert (await call(given, "POST", "/fails", body=b"x" * 11)).status == 413
    assert "KeyError" in (await call(given, "POST", "/fails")).text
    app.stop()
    assert (await call(given, "GET", "/")).status == 404


@pytest.mark.parametrize("signals", [True, False])
async def test_an_application_with_another_state_minds_signals_as_before(signals: bool) -> None:
    """Or leaves them alone. One that was ignored, as in the background of a shell, stays so: here it is not."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        async with running(App(say_state, lifespan=never, signals=signals).with_state([])):
            assert (signal.getsignal(signal.SIGINT) is signal.default_int_handler) is not signals
    finally:
        signal.signal(signal.SIGINT, before)


async def test_what_is_mounted_starts_all_the_same() -> None:
    """Its state is not the App's to replace."""
    seen: list[str] = []

    @asynccontextmanager
    async def inner() -> AsyncGenerator[None]:
        seen.append("started")
        yield
        seen.append("stopped")

    app = App(Router(mount(root / "in", App(hello, lifespan=inner))), lifespan=never).with_state([])
    async with running(app, keeps_state=False):
        assert (await call(app, target="/in")).status == 200
    assert seen == ["started", "stopped"]


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
    async with running(App(hello)) as life:
        pass
    assert [message["type"] for message in life.messages] == ["lifespan.startup.complete", "lifespan.shutdown.complete"]


async def test_a_plain_response_denies_a_handshake() -> None:
    """With the response where the server can send one, with a close elsewhere."""

    @websocket(root)
    async def deny(request: Request[object]) -> Response:
        return Response.text("no", status=403)

    connect = [{"type": "websocket.connect"}]
    answer = await play(App(deny), websocket_scope(denial=True), connect)
    assert [event["type"] for event in answer.events] == [
        "websocket.http.response.start",
        "websocket.http.response.body",
    ]
    assert answer.events[0]["status"] == 403
    answer = await play(App(deny), websocket_scope(), connect)
    assert answer.events == [{"type": "websocket.close", "code": 1000}]


async def test_a_handshake_without_a_route_is_denied() -> None:
    """404, also on a path that only speaks HTTP; errors are 500 and raised again."""
    answer = await play(App(hello), websocket_scope(denial=True), [{"type": "websocket.connect"}])
    assert answer.events[0]["status"] == 404

    @websocket(root)
    async def fails(request: Request[object]) -> Response:
        raise ValueError

    answer = await play(App(fails), websocket_scope(denial=True), [{"type": "websocket.connect"}])
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
    answer = await play(App(hello), websocket_scope(), [{"type": "websocket.receive", "text": "x"}])
    assert isinstance(answer.error, InvalidEvent)
    answer = await play(App(hello), lifespan_scope(), [{"type": "lifespan.shutdown"}])
    assert isinstance(answer.error, InvalidEvent)
    answer = await play(App(hello), websocket_scope(), [{"type": "websocket.disconnect", "code": 1006}])
    assert (answer.events, answer.error) == ([], None)


# Feeds and the end of the server.


class Feed:
    """A feed of an App, and whether its generator is closed."""

    def __init__(self, *, keep_alive: float | None = 60) -> None:
        self.closed = anyio.Event()
        self._keep_alive = keep_alive

    async def handler(self, request: Request[None]) -> Response:
        async def events() -> AsyncGenerator[ServerSentEvent]:
            try:
                yield ServerSentEvent("first")
                await anyio.sleep_forever()
            finally:
                self.closed.set()

        return Response.sse(events(), keep_alive=self._keep_alive)


async def flowing(exchange: Exchange) -> None:
    """Its first event is here, and it is silent now."""
    assert await exchange.read() == b"data: first\n\n"
    await anyio.wait_all_tasks_blocked()
    assert not exchange.complete


@pytest.mark.parametrize("spec_version", [None, "2.0", "2.1", "2.2", "2.3", "2.4", "2.5"])
@pytest.mark.parametrize("leaves_after", [1, 2, 4])
async def test_a_feed_ends_when_the_client_leaves(spec_version: Any, leaves_after: int) -> None:
    """D20, at every spec level: before it, in its silence, at a beat."""
    feed = Feed(keep_alive=0.002)
    answer = await call(App(feed.handler), spec_version=spec_version, leaves_after=leaves_after)
    # A client may leave before there is anything to close.
    assert (feed.closed.is_set() or len(answer.events) < 2, answer.error) == (True, None)
    assert answer.events[-1] != {"type": "http.response.body", "body": b"", "more_body": False}


async def test_a_feed_ends_when_the_app_is_told_to_stop() -> None:
    """With its last event, and its generator is closed."""
    feed = Feed()
    app = App(feed.handler)
    async with exchanging(app) as exchange:
        assert await exchange.read() == b"data: first\n\n"
        app.stop()
        assert await exchange.read() is None
        await exchange.end()
    assert feed.closed.is_set()


async def test_what_is_no_feed_goes_on_when_the_server_stops() -> None:
    """A download, JSON lines, and the work after them come to their own ends."""
    done: list[str] = []

    async def values() -> AsyncGenerator[int]:
        yield 1
        app.stop()
        yield 2

    async def chunks() -> AsyncGenerator[bytes]:
        async for value in values():
            yield b"%d\n" % value

    async def handler(request: Request[None]) -> Response:
        made = Response.json_lines(values()) if request.path == "/lines" else Response.stream(chunks())
        return made.then(note, request.path)

    async def note(path: str) -> None:
        done.append(path)

    for target in ("/lines", "/chunks"):
        app = App(handler)
        answer = await call(app, target=target)
        assert (answer.body, answer.events[-1]["more_body"]) == (b"1\n2\n", False)
    assert done == ["/lines", "/chunks"]


@pytest.mark.parametrize("with_lifespan", [True, False])
async def test_a_feed_ends_with_the_lifespan(with_lifespan: bool) -> None:
    """For servers that tell at once; the feeds of the next lifespan are alive again."""
    feeds: list[Feed] = []

    async def handler(request: Request[Any]) -> Response:
        return await feeds[-1].handler(request)

    app: App[Any] = App(handler, lifespan=lifespan) if with_lifespan else App(handler)
    for _ in range(2):
        feed = Feed()
        feeds.append(feed)
        async with AsyncExitStack() as stack:
            async with running(app, keeps_state=False):
                exchange = await stack.enter_async_context(exchanging(app))
                await flowing(exchange)
            assert await exchange.read() is None
            await exchange.end()
        assert feed.closed.is_set()


@pytest.mark.parametrize("with_lifespan", [True, False])
@pytest.mark.parametrize("shared", [True, False])
@pytest.mark.parametrize("before", [True, False])
async def test_the_end_of_one_lifespan_does_not_end_the_feeds_of_another(with_lifespan: bool, shared: bool, before: bool) -> None:
    """As when two servers run one App, and one of them stops: feeds that have begun before that, and after."""
    feed = Feed()
    app: App[Any] = App(feed.handler, lifespan=lifespan) if with_lifespan else App(feed.handler)
    async with running(app, keeps_state=shared) as life, AsyncExitStack() as stack:

        async def begun() -> Exchange:
            exchange = await stack.enter_async_context(exchanging(app, state=life.state))
            await flowing(exchange)
            return exchange

        async with running(app, keeps_state=shared):
            early = await begun() if before else None
        await anyio.wait_all_tasks_blocked()
        exchange = early or await begun()
        assert not exchange.complete
        app.stop()
        assert await exchange.read() is None


async def test_the_end_of_a_lifespan_ends_its_feeds_while_another_goes_on() -> None:
    """Where the server says whose they are."""
    app = App(Feed().handler)
    async with AsyncExitStack() as stack, running(app) as one:
        async with running(app) as two:
            exchanges = [await stack.enter_async_context(exchanging(app, state=life.state)) for life in (one, two)]
            for exchange in exchanges:
                await flowing(exchange)
        await anyio.wait_all_tasks_blocked()
        assert [exchange.complete for exchange in exchanges] == [False, True]


@pytest.mark.parametrize("backends", [("asyncio", "trio"), ("trio", "asyncio"), ("asyncio", "asyncio")])
def test_an_app_can_run_in_one_loop_after_another(backends: tuple[str, str]) -> None:
    """Nothing of the first is left in it."""
    feeds: list[Feed] = []

    async def handler(request: Request[None]) -> Response:
        return await feeds[-1].handler(request)

    async def once() -> None:
        feeds.append(Feed())
        async with exchanging(app) as exchange, running(app, keeps_state=False):
            assert await exchange.read() == b"data: first\n\n"
            app.stop()
            assert await exchange.read() is None

    app = App(handler)
    for backend in backends:
        anyio.run(once, backend=backend)


async def test_a_feed_that_fails_is_an_error_of_the_server() -> None:
    """As itself, and its body is not ended as if it were complete."""

    async def handler(request: Request[None]) -> Response:
        async def events() -> AsyncGenerator[ServerSentEvent]:
            yield ServerSentEvent("first")
            raise ValueError("broken")

        return Response.sse(events())

    answer = await call(App(handler))
    assert isinstance(answer.error, ValueError)
    assert [event["body"] for event in answer.events[1:]] == [b"data: first\n\n"]
    assert answer.events[-1]["more_body"]


# New work while it drains.


REFUSED = (503, "this server is about to stop: try again")


async def test_new_requests_are_refused_while_it_drains() -> None:
    """With when to come back, and the last on their connection; not before, not after the lifespan, not after another start."""
    app = App(hello)
    async with running(app, keeps_state=False):
        assert (await call(app)).status == 200
        app.stop()
        answer = await call(app)
        assert ((answer.status, answer.text), answer.error) == (REFUSED, None)
        assert (answer.headers["retry-after"], answer.headers["connection"]) == ("5", "close")
    assert (await call(app)).status == 200
    app.stop()
    assert (await call(app)).status == 503
    async with running(app, keeps_state=False):
        assert (await call(app)).status == 200


async def test_what_is_under_way_is_answered() -> None:
    """It is waited for, however slow."""
    go, begun = anyio.Event(), anyio.Event()
    answers: list[Any] = []

    async def slow(request: Request[None]) -> Response:
        begun.set()
        await go.wait()
        return Response.text("done")

    async def ask() -> None:
        answers.append(await call(app))

    app = App(slow)
    async with running(app, keeps_state=False), anyio.create_task_group() as group:
        group.start_soon(ask)
        await begun.wait()
        app.stop()
        go.set()
    assert answers[0].text == "done"


async def test_only_the_requests_of_a_lifespan_that_ends_are_refused() -> None:
    """Between its news and its end; a request that belongs to none is served as long as one goes on."""
    seen: list[int] = []
    lives: list[Life] = []

    @asynccontextmanager
    async def asked() -> AsyncGenerator[None]:
        yield
        for life in reversed(lives):
            seen.append((await call(app, state=life.state)).status)
        seen.append((await call(app)).status)

    async def handler(request: Request[None]) -> Response:
        return Response.text("served")

    app = App(handler, lifespan=asked)
    async with running(app) as one:
        async with running(app) as two:
            lives += [one, two]
        assert seen == [503, 200, 200]
    assert seen[3:] == [503, 503, 503]


@pytest.mark.parametrize("denial", [True, False])
async def test_handshakes_are_refused_while_it_drains(denial: bool) -> None:
    """With the same response, where the server can send one."""

    @websocket(root)
    async def upgrade(request: Request[object]) -> Response:
        return Response.upgrade(talk)

    async def talk(ws: Any) -> None: ...

    app = App(upgrade)
    app.stop()
    answer = await play(app, websocket_scope(denial=denial), [{"type": "websocket.connect"}])
    assert answer.events[0].get("status") == (503 if denial else None)
    assert answer.events[-1]["type"] == ("websocket.http.response.body" if denial else "websocket.close")


def test_what_it_serves_is_shown_also_while_it_drains() -> None:
    """For people."""
    app = App(hello)
    before = repr(app)
    app.stop()
    assert repr(app) == before


# What is opened for a request is closed at its end.


def opening(order: list[str], made: Response | Exception) -> App[None]:
    async def note(word: str) -> None:
        order.append(word)

    async def handler(request: Request[None]) -> Response:
        request.connection.close_at_end(lambda: order.append("first closed"))
        request.with_state(1).connection.close_at_end(lambda: order.append("second closed"))
        if isinstance(made, Exception):
            raise made
        return made.then(note, "task")

    return App(handler)


CLOSED = ["second closed", "first closed"]


@pytest.mark.parametrize("handshake", [True, False])
async def test_what_is_opened_is_closed_after_the_work(handshake: bool) -> None:
    """The latest first, for requests and for handshakes that are denied."""
    order: list[str] = []
    app = opening(order, Response.text("x"))
    await (play(app, websocket_scope(), [{"type": "websocket.connect"}]) if handshake else call(app))
    assert order == ["task", *CLOSED]


async def test_what_a_handshake_opens_is_open_for_its_session() -> None:
    """It is closed when that ends."""
    order: list[str] = []

    async def session(ws: Any) -> None:
        order.append("session")

    app = opening(order, Response.upgrade(session))
    await play(app, websocket_scope(), [{"type": "websocket.connect"}])
    assert order == ["session", "task", *CLOSED]


@pytest.mark.parametrize("handshake", [True, False])
@pytest.mark.parametrize("error", [ValueError("ours"), HTTPError(409, "taken"), ClientDisconnected("gone")])
async def test_what_is_opened_is_closed_after_an_error(handshake: bool, error: Exception) -> None:
    """Of ours, of the client, or that it has left."""
    order: list[str] = []
    app = opening(order, error)
    scope, event = (websocket_scope(), "websocket.connect") if handshake else (http_scope(), "http.request")
    silent = ["WS-CONN-005", "HTTP-RESP-020"] if isinstance(error, ClientDisconnected) else []  # to us it has not left
    await play(app, scope, [{"type": event}], ignore=silent)
    assert order == CLOSED


async def test_what_is_opened_is_closed_when_the_client_leaves() -> None:
    """In the middle of a stream."""
    order: list[str] = []

    async def endless() -> AsyncGenerator[bytes]:
        while True:
            yield b"a"
            await anyio.sleep(0.001)

    await call(opening(order, Response.stream(endless())), leaves_after=3)
    assert order == ["task", *CLOSED]


@pytest.mark.parametrize("handshake", [True, False])
async def test_what_is_opened_is_closed_when_we_are_cancelled(handshake: bool) -> None:
    """Wherever the handler is then."""
    order: list[str] = []

    async def handler(request: Request[None]) -> Response:
        request.connection.close_at_end(lambda: order.append("closed"))
        group.cancel_scope.cancel()
        await anyio.sleep_forever()
        raise AssertionError

    async with anyio.create_task_group() as group:
        scope, event = (websocket_scope(), "websocket.connect") if handshake else (http_scope(), "http.request")
        await play(App(handler), scope, [{"type": event}])
    assert order == ["closed"]


async def test_closing_goes_on_after_one_that_fails(caplog: pytest.LogCaptureFixture) -> None:
    """It is logged; the response is out already."""
    order: list[str] = []

    def fail() -> None:
        raise OSError("disk")

    async def handler(request: Request[None]) -> Response:
        request.connection.close_at_end(lambda: order.append("closed"))
        request.connection.close_at_end(fail)
        return Response.text("x")

    answer = await call(App(handler))
    assert (answer.text, answer.error, order) == ("x", None, ["closed"])
    assert "disk" in caplog.text


def test_an_app_tells_its_routes() -> None:
    """Those of its router; another handler has none that could be told."""

    @get(root / "a")
    async def one(request: Request[object]) -> Response:
        return Response.text("")

    assert [(route.method, route.pattern) for route in App(Router(one)).routes] == [("GET", "/a")]
    assert App(one).routes == ()
