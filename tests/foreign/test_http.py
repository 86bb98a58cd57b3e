"""HTTP requests to a foreign application."""

from __future__ import annotations

import gzip
import logging
from collections.abc import Awaitable, Callable
from typing import Any

import anyio
import anyio.lowlevel
import pytest

from asgikit import App, Handler, Request, Response, Router, after, catch, from_asgi, mount, root
from asgikit.errors import InvalidEvent, ProtocolError
from asgikit.foreign import http as module
from asgikit.foreign.http import stems_from
from asgikit.foreign.pieces import Unwanted
from asgikit.middleware.compress import compress
from asgikit.middleware.decompress import decompress
from asgikit.testing import Answer, call, exchanging, http_scope, play

pytestmark = pytest.mark.virtual_time

Scope = Any
Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]
START = {"type": "http.response.start", "status": 200, "headers": [(b"Content-Type", b"text/plain")]}


def body(data: bytes, *, more: bool = False) -> dict[str, object]:
    return {"type": "http.response.body", "body": data, "more_body": more}


def sending(*events: Any) -> Any:
    """An application that sends these."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        for event in events:
            await send(event)

    return app


def seen_by(middleware: Callable[[Response], None], app: Any) -> App[None]:
    def look(request: Request[object], response: Response) -> Response:
        middleware(response)
        return response

    return App(Router(mount(root, app)).wrap(after(look)))


async def test_a_response_in_one_piece_is_bytes() -> None:
    """With its length, as any handler's: middleware can look at it."""
    found: list[object] = []
    answer = await call(seen_by(lambda response: found.append(response.body), sending(START, body(b"all"))))
    assert found == [b"all"]
    assert (answer.status, answer.body, answer.headers["content-length"]) == (200, b"all", "3")


async def test_a_response_in_pieces_is_a_stream() -> None:
    """Each sent as it comes."""
    answer = await call(App(from_asgi(sending(START, body(b"a", more=True), body(b"", more=True), body(b"b")))))
    assert [event["body"] for event in answer.events[1:]] == [b"a", b"", b"b", b""]
    assert answer.headers["content-type"] == "text/plain"


async def test_middleware_changes_it_like_any_response() -> None:
    """Here: its coding."""
    chunks = [body(b"x" * 1000, more=True), body(b"y" * 1000)]
    app = App(Router(mount(root, sending(START, *chunks))).wrap(compress()))
    answer = await call(app, headers={"accept-encoding": "gzip"})
    assert gzip.decompress(answer.body) == b"x" * 1000 + b"y" * 1000
    assert answer.headers["content-encoding"] == "gzip"


async def test_the_start_is_sent_before_the_first_piece_is_there() -> None:
    """An event stream may have nothing to say for a long time."""
    go = anyio.Event()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send(START)
        await go.wait()
        await send(body(b"late"))

    async with exchanging(App(from_asgi(app))) as exchange:
        await exchange.started()
        assert (exchange.status, go.is_set()) == (200, False)
        go.set()
        assert [await exchange.read(), await exchange.read()] == [b"late", None]


@pytest.mark.parametrize("chunks", [[b"abc"], [b"a", b"", b"bc"], [b""]])
async def test_the_request_body_comes_as_it_came(chunks: list[bytes]) -> None:
    """Whole, in pieces, or empty; then the application waits for the client to leave."""
    got: list[Any] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        more = True
        while more:
            event = await receive()
            got.append(event["body"])
            more = event["more_body"]
        await send(START)
        await send(body(b""))
        assert (await receive())["type"] == "http.disconnect"

    answer = await call(App(from_asgi(app)), "POST", body=chunks)
    assert (answer.error, b"".join(got)) == (None, b"".join(chunks))
    assert len(got) <= len(chunks)


async def test_what_middleware_has_kept_or_decoded_is_what_the_application_gets() -> None:
    """The scope says the same: no coding any more, and no length of the coded body."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        event = await receive()
        names = [name for name, _ in scope["headers"]]
        await send(START)
        await send(body(event["body"] + b" " + b",".join(names)))

    def keeping(handler: Handler[None]) -> Handler[None]:
        async def inner(request: Request[None]) -> Response:
            await request.body()
            return await handler(request)

        return inner

    packed = gzip.compress(b"plain")
    headers = {"content-encoding": "gzip", "content-length": str(len(packed)), "x-a": "1"}
    answer = await call(App(Router(mount(root, app)).wrap(keeping).wrap(decompress())), "POST", body=packed, headers=headers)
    assert answer.body == b"plain x-a"


async def test_a_client_that_leaves_in_its_body_is_told_as_it_is() -> None:
    """Not as a body that is whole."""
    got: list[str] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        got.extend([(await receive())["type"] for _ in range(3)])

    incoming = [{"type": "http.request", "body": b"a", "more_body": True}, {"type": "http.disconnect"}]
    await play(App(from_asgi(app)), http_scope("POST"), incoming)
    assert got == ["http.request", "http.disconnect", "http.disconnect"]


@pytest.mark.parametrize("spec_version", ["2.3", "2.4"])
async def test_a_client_that_leaves_ends_a_stream(spec_version: str) -> None:
    """The application is told by receive(), and by send() from 2.4 on."""
    seen: list[str] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send(START)
        await send(body(b"a", more=True))
        seen.append((await receive())["type"])
        try:
            await send(body(b"b", more=True))
            seen.append("dropped")
        except OSError:
            seen.append("raised")
            raise

    answer = await call(App(from_asgi(app)), leaves_after=2, spec_version=spec_version)
    assert answer.error is None or isinstance(answer.error, ProtocolError)
    assert seen == ["http.disconnect", "dropped" if spec_version == "2.3" else "raised"]


async def test_an_error_before_the_response_is_the_handlers() -> None:
    """Middleware sees it; the client gets a 500."""
    answer = await call(App(from_asgi(sending({"type": "http.response.body"}))))
    assert (answer.status, type(answer.error)) == (500, InvalidEvent)


async def test_an_error_that_middleware_has_caught_is_over() -> None:
    """Nobody raises it again at the end of the request."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        raise ValueError("no")

    answer = await call(App(Router(mount(root, app)).wrap(catch(ValueError, lambda *_: Response.text("caught")))))
    assert (answer.text, answer.error) == ("caught", None)


async def test_an_application_without_a_response_is_an_error() -> None:
    """It returned, and nobody would ever answer."""
    answer = await call(App(from_asgi(sending())))
    assert (answer.status, type(answer.error)) == (500, ProtocolError)


async def test_an_error_behind_the_start_breaks_the_response_off() -> None:
    """The client must not take it for whole."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send(START)
        await send(body(b"a", more=True))
        raise ValueError("lost")

    answer = await call(App(from_asgi(app)))
    assert isinstance(answer.error, ValueError)
    assert answer.events[-1] == body(b"a", more=True)


async def test_an_error_behind_the_response_reaches_the_server() -> None:
    """As it would from the application itself; the response is out."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send(START)
        await send(body(b"all"))
        raise ValueError("in the background")

    answer = await call(App(from_asgi(app)))
    assert (answer.body, str(answer.error)) == (b"all", "in the background")


async def test_work_behind_the_response_is_awaited() -> None:
    """A server that drains waits for the call, and so for the work."""
    done: list[str] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send(START)
        await send(body(b"all"))
        await anyio.sleep(0.01)
        done.append("work")

    await call(App(from_asgi(app)))
    assert done == ["work"]


@pytest.mark.virtual_time(False)  # nothing ever rests
@pytest.mark.parametrize("spec_version", ["2.3", "2.4"])
@pytest.mark.parametrize("listens", [True, False])
async def test_a_response_that_is_dropped_ends_the_application(
    spec_version: str, listens: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is told as if the client had left; if it goes on for all that, it is cancelled."""
    monkeypatch.setattr(module, "CLEAN_UP", 0.05)
    ended: list[str] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send(START)
        try:
            while not (listens and (await receive())["type"] == "http.disconnect"):
                await send(body(b"more", more=True))
        finally:
            ended.append("ended")

    def other(handler: Handler[None]) -> Handler[None]:
        async def inner(request: Request[None]) -> Response:
            await handler(request)
            return Response.text("other")

        return inner

    answer = await call(App(Router(mount(root, app)).wrap(other)), spec_version=spec_version)
    assert (answer.text, answer.error, ended) == ("other", None, ["ended"])


async def test_a_time_limit_of_ours_cancels_the_application() -> None:
    """Where it waits, also before its response has begun."""
    ended: list[str] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await anyio.sleep_forever()
        finally:
            ended.append("ended")

    def limited(handler: Handler[None]) -> Handler[None]:
        async def inner(request: Request[None]) -> Response:
            with anyio.move_on_after(0.01):
                return await handler(request)
            assert ended == ["ended"]
            return Response.text("too slow", status=504)

        return inner

    assert (await call(App(Router(mount(root, app)).wrap(limited)))).status == 504


async def test_head_and_304_send_no_body_and_keep_the_length() -> None:
    """The application sends it, as to any server, and is not disturbed."""
    start = {"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"4")]}
    done: list[str] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send(start)
        await send(body(b"ab", more=True))
        await send(body(b"cd"))
        done.append("whole")

    answer = await call(App(from_asgi(app)), "HEAD")
    assert (answer.headers["content-length"], answer.body, answer.error, done) == ("4", b"", None, ["whole"])
    answer = await call(App(from_asgi(sending({**start, "status": 304}, body(b"")))))
    assert (answer.status, answer.headers["content-length"], answer.error) == (304, "4", None)


@pytest.mark.parametrize(
    "start",
    [
        {"type": "http.response.start", "status": 101},
        {"type": "http.response.start", "status": 200, "headers": [(b"x", b"a\r\nb: c")]},
        {"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"9")]},
    ],
)
async def test_a_response_that_is_none_is_an_error(start: Any) -> None:
    """Before anything of it goes out."""
    answer: Answer = await call(App(from_asgi(sending(start, body(b"all")))))
    assert (answer.status, type(answer.error)) == (500, ValueError)


async def test_white_space_and_framing_are_not_the_applications() -> None:
    """Servers strip the one and ignore the other (www, Response Start)."""
    headers = [(b"X-A", b" padded "), (b"Transfer-Encoding", b"chunked")]
    answer = await call(App(from_asgi(sending({**START, "headers": headers}, body(b"all")))))
    assert list(answer.headers) == [("x-a", "padded"), ("content-length", "3")]


async def test_extensions_that_a_response_can_hold_are_offered() -> None:
    """Trailers, pushes, early hints, debug information: where the server has them. Paths and files are not."""
    offered: list[str] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        offered.extend(scope["extensions"])
        await send({"type": "http.response.early_hint", "links": [b"</a.css>; rel=preload"]})
        await send({"type": "http.response.debug", "info": {"a": 1}})
        await send({**START, "trailers": True})
        await send({"type": "http.response.push", "path": "/a.css", "headers": []})
        await send(body(b"all"))
        await send({"type": "http.response.trailers", "headers": [(b"x-sum", b"1")], "more_trailers": True})
        await send({"type": "http.response.trailers", "headers": [(b"x-end", b"2")]})

    kept = ["http.response.trailers", "http.response.push", "http.response.early_hint", "http.response.debug"]
    extensions: Any = {name: {} for name in [*kept, "http.response.pathsend", "http.response.zerocopysend", "tls"]}
    answer = await call(App(from_asgi(app)), extensions=extensions)
    assert sorted(offered) == sorted([*kept, "tls"])
    kinds = [event["type"].removeprefix("http.response.") for event in answer.events]
    assert kinds == ["early_hint", "debug", "start", "push", "body", "trailers"]
    assert answer.events[-1]["headers"] == [(b"x-sum", b"1"), (b"x-end", b"2")]


async def test_early_hints_that_nobody_offered_are_refused() -> None:
    """The server would not know them."""
    answer = await call(App(from_asgi(sending({"type": "http.response.early_hint", "links": []}, START, body(b"")))))
    assert isinstance(answer.error, InvalidEvent)


def test_where_an_error_comes_from() -> None:
    """From one of a kind, directly, along the chain, or as all of a group."""
    direct = Unwanted()
    chained = ValueError()
    chained.__cause__ = direct
    assert stems_from(direct, Unwanted)
    assert stems_from(ExceptionGroup("both", [chained, direct]), Unwanted)
    assert not stems_from(ExceptionGroup("one", [chained, KeyError()]), Unwanted)
    looped = ValueError()
    looped.__context__ = KeyError()
    looped.__context__.__context__ = looped
    assert not stems_from(looped, Unwanted)


async def test_no_task_is_left(caplog: pytest.LogCaptureFixture) -> None:
    """Neither of the application nor of what watched for it."""
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            await call(App(from_asgi(sending(START, body(b"a", more=True), body(b"b")))), leaves_after=2)
    await anyio.wait_all_tasks_blocked()
    assert caplog.text == ""


async def test_an_event_stream_ends_when_the_server_stops() -> None:
    """It has no end of its own, and a server waits for it."""
    told: list[str] = []

    async def events(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send({**START, "headers": [(b"content-type", b"text/event-stream; charset=utf-8")]})
        await send(body(b"data: 1\n\n", more=True))
        told.append((await receive())["type"])

    app = App(from_asgi(events))
    async with exchanging(app) as exchange:
        assert await exchange.read() == b"data: 1\n\n"
        app.stop()
        assert await exchange.read() is None
        await exchange.end()
    sent = [step.message for step in exchange.steps if step.kind == "send"]
    assert (sent[-1], told) == (body(b""), ["http.disconnect"])


@pytest.mark.parametrize("times", [None, 1])
async def test_a_request_that_is_cancelled_ends_the_application_at_once(times: int | None) -> None:
    """As a server does with what is under way when it has waited long enough: with its clean-up, and no more.

    Of asyncio's own cancellation it learns once, and must not wait behind it.
    """
    seen: list[str] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send(START)
        await send(body(b"a", more=True))
        try:
            await anyio.sleep_forever()
        finally:
            seen.append("cleaned")

    async with exchanging(App(from_asgi(app))) as exchange:
        assert await exchange.read() == b"a"
        await exchange.cancel(times)
        assert (exchange.has_ended, exchange.complete, seen) == (True, False, ["cleaned"])


async def test_many_clients_that_leave_leave_nothing_behind() -> None:
    """Neither tasks nor bodies: a hundred at a time, in the middle of an endless stream."""
    ended = 0

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        nonlocal ended
        await receive()
        await send(START)
        try:
            while True:
                await send(body(b"x" * 10_000, more=True))
        finally:
            ended += 1

    whole = App(from_asgi(app))
    async with anyio.create_task_group() as group:
        for _ in range(100):
            group.start_soon(lambda: call(whole, leaves_after=5, spec_version="2.4"))
    assert ended == 100


@pytest.mark.parametrize("made", [bytearray, memoryview])
async def test_a_body_in_another_buffer_is_bytes(made: Callable[[bytes], Any]) -> None:
    """Starlette hands a memoryview on as it is, and servers take it."""
    for events in ([body(made(b"all"))], [body(made(b"al"), more=True), body(made(b"l"))]):
        answer = await call(App(Router(mount(root, sending(START, *events)))))
        assert (answer.status, answer.body, answer.error) == (200, b"all", None)


@pytest.mark.parametrize("wrong", [None, "all", 3])
async def test_a_body_that_is_none_does_not_pass_for_an_empty_one(wrong: Any) -> None:
    """The response breaks off, as any that fails in the middle."""
    answer = await call(App(Router(mount(root, sending(START, body(wrong))))))
    assert isinstance(answer.error, InvalidEvent)
    assert not any(event.get("more_body", True) is False for event in answer.events[1:])
