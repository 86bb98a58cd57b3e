"""How long requests may take."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import anyio
import anyio.lowlevel
import pytest

from asgikit import App, Handler, Request, Response, Router, Supervisor, after, catch, deliver, get, mount, post, root, websocket
from asgikit.conformance import checked
from asgikit.errors import ResponseTimeout, ServiceUnavailable
from asgikit.http.sse import ServerSentEvent
from asgikit.middleware.timeouts import TimeoutPolicy, timeouts
from asgikit.testing import Answer, call, exchanging, http_scope, play, websocket_scope

pytestmark = pytest.mark.virtual_time

SHORT = 0.02


@get(root)
async def slow(request: Request[object]) -> Response:
    await anyio.sleep_forever()
    return Response.text("never")


@post(root)
async def reading(request: Request[object]) -> Response:
    return Response.text(str(len(await request.body())))


async def asked(app: App[None], *chunks: bytes, method: str = "POST") -> Answer:
    """A client that sends these chunks, and then nothing for ever."""
    return await play(app, http_scope(method), [{"type": "http.request", "body": c, "more_body": True} for c in chunks])


WAYS: list[Callable[[], Handler[object]]] = [
    lambda: timeouts(response=SHORT)(slow.handler),
    lambda: slow.wrap(timeouts(response=SHORT)),
    lambda: Router(slow).wrap(timeouts(response=SHORT)),
    lambda: Router(Router(slow).wrap(timeouts(request=SHORT)), reading),
    lambda: Router(slow).wrap(timeouts(request=SHORT)).wrap(timeouts(request=1000)),
    lambda: Router(slow).wrap(timeouts(request=1000)).wrap(timeouts(request=SHORT)),
]


@pytest.mark.parametrize("way", WAYS)
async def test_a_handler_that_is_too_slow_is_503(way: Callable[[], Handler[object]], caplog: pytest.LogCaptureFixture) -> None:
    """Around a handler, a route, a router, one in another; the log says so."""
    answer = await call(checked(App(way())))
    assert (answer.status, answer.text, answer.error) == (503, "this takes too long: try again later", None)
    assert answer.headers["retry-after"] == "5"
    assert "the handler was cancelled" in caplog.text


async def test_a_handler_in_time_is_left_alone() -> None:
    """Whatever its response, or its error."""
    limited = timeouts(request=1000, response=1000, idle_body=1000, total_body=1000)
    assert (await call(App(reading.wrap(limited)), "POST", body=b"abc")).text == "3"

    async def fails(request: Request[None]) -> Response:
        raise ValueError("mine")

    assert str((await call(App(limited(fails)))).error) == "mine"


@pytest.mark.parametrize("limits", [{"idle_body": SHORT}, {"total_body": SHORT}, {"request": SHORT}, {"response": SHORT}])
@pytest.mark.parametrize("chunks", [(), (b"a",), (b"a", b"b")])
async def test_a_client_that_stops_sending_is_408(limits: dict[str, float], chunks: tuple[bytes, ...]) -> None:
    """Also where the limit is one of the handler: it waited for the client."""
    answer = await asked(App(reading.wrap(timeouts(**limits))), *chunks)
    assert (answer.status, answer.headers["connection"], answer.error) == (408, "close", None)


@pytest.mark.parametrize("read", ["form", "parts", "json", "stream"])
async def test_every_reader_has_the_limits(read: str) -> None:
    """However the body is read."""

    @post(root)
    async def handler(request: Request[object]) -> Response:
        if read in {"form", "json"}:
            await getattr(request, read)()
        else:
            async for _ in getattr(request, read)():
                pass
        return Response.empty()

    kind = "application/json" if read == "json" else "multipart/form-data; boundary=b"
    incoming = [{"type": "http.request", "body": b"--b\r\n", "more_body": True}]
    app = App(handler.wrap(timeouts(idle_body=SHORT)))
    answer = await play(app, http_scope("POST", headers={"content-type": kind}), incoming)
    assert answer.status == 408


async def test_a_reader_with_limits_of_its_own_goes_by_those() -> None:
    """For the one route that takes large uploads."""

    @post(root)
    async def patient(request: Request[object]) -> Response:
        with anyio.move_on_after(10 * SHORT) as scope:
            await request.body(idle=1000)
        return Response.text(str(scope.cancelled_caught))

    assert (await asked(App(patient.wrap(timeouts(idle_body=SHORT))), b"a")).text == "True"


async def test_the_innermost_limits_of_a_body_count() -> None:
    """Those nearest to the reader."""
    app = App(Router(reading.wrap(timeouts(idle_body=SHORT))).wrap(timeouts(idle_body=1000)))
    assert (await asked(app, b"a")).status == 408


async def test_the_limit_of_a_response_ends_with_its_start() -> None:
    """What is streamed after that takes its time."""

    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(3):
            await anyio.sleep(SHORT)
            yield b"x"

    @get(root)
    async def streaming(request: Request[object]) -> Response:
        return Response.stream(chunks())

    answer = await call(App(streaming.wrap(timeouts(response=SHORT))))
    assert (answer.body, answer.events[-1]["more_body"]) == (b"xxx", False)


class Streaming:
    """A response without an end, and whether it was closed."""

    def __init__(self, *, feed: bool = False) -> None:
        self.closed = False
        self.feed = feed

    async def __call__(self, request: Request[Any]) -> Response:
        return Response.sse(self._events()) if self.feed else Response.stream(self._chunks())

    async def _chunks(self) -> AsyncIterator[bytes]:
        try:
            yield b"x"
            await anyio.sleep_forever()
        finally:
            self.closed = True

    async def _events(self) -> AsyncIterator[ServerSentEvent]:
        async for _ in self._chunks():
            yield ServerSentEvent("x")


async def test_the_limit_of_a_request_cuts_its_stream_off(caplog: pytest.LogCaptureFixture) -> None:
    """So that nobody takes it for complete; its generator is closed, the work after it is done."""
    streaming, done = Streaming(), list[str]()

    async def note() -> None:
        done.append("done")

    noted = after(lambda request, response: response.then(note))
    answer = await call(App(timeouts(request=SHORT)(noted(streaming))))
    assert (answer.body, answer.events[-1]["more_body"]) == (b"x", True)
    assert isinstance(answer.error, ResponseTimeout)  # or the server would not know that it is incomplete
    assert (streaming.closed, done) == (True, ["done"])
    assert "was not sent in time and is cut off" in caplog.text


@pytest.mark.parametrize("size", [0, 1, 3])
async def test_a_client_that_does_not_read_is_cut_off(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wherever the server makes us wait, with bytes too."""
    monkeypatch.setattr(deliver, "MOMENT", SHORT)

    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(size):
            yield b"x"

    async def handler(request: Request[None]) -> Response:
        return Response.stream(chunks()) if size else Response.text("all at once")

    with pytest.raises(ResponseTimeout):
        async with exchanging(checked(App(timeouts(request=SHORT)(handler))), buffer_size=0) as exchange:
            await exchange.end()


async def test_a_feed_has_no_limit_but_the_one_of_its_start() -> None:
    """It is meant to go on."""
    streaming = Streaming(feed=True)
    with anyio.move_on_after(5 * SHORT) as scope:
        await call(App(timeouts(request=SHORT)(streaming)))
    assert (scope.cancelled_caught, streaming.closed) == (True, True)


def late(handler: Handler[None]) -> Handler[None]:
    """Middleware that is slow with a response."""

    async def inner(request: Request[None]) -> Response:
        response = await handler(request)
        await anyio.sleep(2 * SHORT)
        return response

    return inner


async def words(*chunks: str) -> AsyncIterator[str]:
    for chunk in chunks:
        await anyio.lowlevel.checkpoint()
        yield chunk


async def test_the_answer_to_a_timeout_has_time_of_its_own() -> None:
    """Though the time of the request is over, and an inner limit has passed already."""

    def page(request: Request[object], error: ServiceUnavailable) -> Response:
        return Response.stream(words("too ", "slow"), status=503)

    async def quick(request: Request[None]) -> Response:
        return Response.text("x")

    inner = late(late(timeouts(request=SHORT)(quick)))
    answer = await call(App(catch(ServiceUnavailable, page)(timeouts(response=3 * SHORT)(inner))))
    assert (answer.status, answer.text, answer.events[-1]["more_body"]) == (503, "too slow", False)


@pytest.mark.parametrize("streams", [True, False])
async def test_a_response_that_is_late_already_is_cut_off_not_left_out(streams: bool) -> None:
    """It has a start in any case; bytes have a moment."""

    async def handler(request: Request[None]) -> Response:
        return Response.stream(words("abc")) if streams else Response.text("abc").with_debug({})

    answer = await call(App(late(timeouts(request=SHORT)(handler))))
    assert (answer.status, answer.text) == (200, "" if streams else "abc")
    assert isinstance(answer.error, ResponseTimeout) is streams
    assert [event.get("more_body", True) for event in answer.events[1:]] == ([] if streams else [False])


async def test_the_fields_of_outer_middleware_are_on_it() -> None:
    """It is an error like any other on its way out."""
    stamp = after(lambda request, response: response.with_header("x-stamp", "1"))
    answer = await call(App(slow.wrap(timeouts(response=SHORT)).wrap(stamp)))
    assert (answer.status, answer.headers["x-stamp"]) == (503, "1")


async def test_a_handshake_has_limits_but_no_session() -> None:
    """A session has no end that could be told."""
    sessions: list[str] = []

    async def session(ws: Any) -> None:
        await anyio.sleep(4 * SHORT)
        sessions.append("over")

    @websocket(root)
    async def upgrade(request: Request[object]) -> Response:
        return Response.upgrade(session)

    @websocket(root)
    async def stuck(request: Request[object]) -> Response:
        await anyio.sleep_forever()
        return Response.empty()

    limits, connect = timeouts(request=SHORT, idle_body=SHORT), [{"type": "websocket.connect"}]
    await play(App(upgrade.wrap(limits)), websocket_scope(), connect)
    assert sessions == ["over"]
    answer = await play(App(stuck.wrap(limits)), websocket_scope(denial=True), connect)
    assert answer.events[0]["status"] == 503


# Nothing is left behind.


async def test_a_lock_is_let_go() -> None:
    """The next request gets it."""
    lock, limiter = anyio.Lock(), anyio.CapacityLimiter(1)
    holds = True

    @get(root)
    async def locking(request: Request[object]) -> Response:
        async with lock, limiter:
            if holds:
                await anyio.sleep_forever()
            return Response.text("mine")

    app = App(locking.wrap(timeouts(response=SHORT)))
    assert (await call(app)).status == 503
    assert (lock.locked(), limiter.borrowed_tokens) == (False, 0)
    holds = False
    assert (await call(app)).text == "mine"


@pytest.mark.parametrize("outside", [True, False])
async def test_a_transaction_is_rolled_back(outside: bool) -> None:
    """Whether it is inside the limit, and sees a cancellation, or around it, and sees the error."""
    ends: list[str] = []

    @asynccontextmanager
    async def transaction() -> AsyncIterator[None]:
        try:
            yield
        except BaseException as error:
            with anyio.CancelScope(shield=True):
                await anyio.lowlevel.checkpoint()
            ends.append(type(error).__name__)
            raise
        ends.append("committed")

    def transacted(handler: Handler[None]) -> Handler[None]:
        async def inner(request: Request[None]) -> Response:
            async with transaction():
                return await handler(request)

        return inner

    limited = timeouts(response=SHORT)
    app = App(transacted(limited(slow.handler)) if outside else limited(transacted(slow.handler)))
    assert (await call(app)).status == 503
    assert ends == (["ServiceUnavailable"] if outside else [anyio.get_cancelled_exc_class().__name__])


async def test_what_was_read_of_a_body_is_still_there() -> None:
    """Who comes after a cancelled reader gets all of it: nothing is torn."""
    cancelled = anyio.Event()

    async def content() -> AsyncIterator[bytes]:
        yield b"a"
        await cancelled.wait()
        yield b"b"

    def again(handler: Handler[None]) -> Handler[None]:
        async def inner(request: Request[None]) -> Response:
            try:
                return await handler(request)
            except Exception:
                cancelled.set()
                return Response.text((await request.body()).decode())

        return inner

    app = App(again(timeouts(response=SHORT)(reading.handler)))
    async with exchanging(app, "POST", content=content()) as exchange:
        assert await exchange.read() == b"ab"
        assert await exchange.read() is None


async def test_what_is_opened_for_a_request_is_closed() -> None:
    """Files of a form, say."""
    closed: list[str] = []

    @get(root)
    async def opening(request: Request[object]) -> Response:
        request.connection.close_at_end(lambda: closed.append("closed"))
        await anyio.sleep_forever()
        return Response.empty()

    await call(App(opening.wrap(timeouts(response=SHORT))))
    assert closed == ["closed"]


@pytest.mark.parametrize(
    "wrong",
    [{}, {"request": 0}, {"response": -1}, {"idle_body": float("nan")}, {"total_body": float("inf")}, {"request": None}],
)
def test_times_out_of_range_are_refused(wrong: Any) -> None:
    """When the routes are put together."""
    for make in (timeouts, TimeoutPolicy):
        with pytest.raises(ValueError, match="seconds above 0"):
            make(**wrong)


async def test_a_body_that_has_come_is_not_waited_for() -> None:
    """The handler is slow with it, not the client."""

    @post(root)
    async def working(request: Request[object]) -> Response:
        await request.body()
        await anyio.sleep_forever()
        return Response.empty()

    assert (await call(App(working.wrap(timeouts(request=SHORT))), "POST", body=[b"a", b"b"])).status == 503


async def test_requests_without_a_body_wait_for_nobody() -> None:
    """A handler that watches for the client to leave is not waiting for a body that is complete."""

    @get(root)
    async def watching(request: Request[object]) -> Response:
        await request.disconnected()
        return Response.empty()

    assert (await call(App(watching.wrap(timeouts(response=SHORT))))).status == 503


async def test_a_job_outlives_the_limits_of_whoever_started_it() -> None:
    """It belongs to its supervisor."""
    done: list[str] = []

    async def job() -> None:
        await anyio.sleep(3 * SHORT)
        done.append("done")

    async def handler(request: Request[None]) -> Response:
        await jobs.start(job)
        await anyio.sleep_forever()
        return Response.empty()

    async with Supervisor() as jobs:
        assert (await call(App(timeouts(response=SHORT)(handler)))).status == 503
        assert done == []
    assert done == ["done"]


@pytest.mark.parametrize("limits", [{"idle_body": SHORT}, {"total_body": SHORT}])
async def test_a_mounted_application_is_not_kept_waiting_either(limits: dict[str, float]) -> None:
    """It is told that its client has left, and the client that it was too slow."""
    told: list[str] = []

    async def foreign(scope: Any, receive: Any, send: Any) -> None:
        while (event := await receive())["type"] == "http.request":
            pass
        told.append(event["type"])

    answer = await asked(App(Router(mount(root, foreign, lifespan="off")).wrap(timeouts(**limits))), b"a", b"b")
    assert (answer.status, answer.error, told) == (408, None, ["http.disconnect"])


async def test_what_a_mounted_application_says_after_a_timeout_is_whole_or_not_sent() -> None:
    """Its response, if that has begun; nothing of it otherwise: no part that looks complete."""

    def foreign(early: bool) -> Any:
        async def app(scope: Any, receive: Any, send: Any) -> None:
            start = {"type": "http.response.start", "status": 200, "headers": []}
            if early:
                await send(start)
            while (await receive())["type"] == "http.request":
                pass
            if not early:
                await send(start)
            await send({"type": "http.response.body", "body": b"so far"})

        return mount(root, app, lifespan="off")

    found = [await asked(App(Router(foreign(early)).wrap(timeouts(idle_body=SHORT))), b"a") for early in (True, False)]
    assert [(answer.status, answer.error) for answer in found] == [(200, None), (408, None)]
    assert found[0].text == "so far"
