"""Spans and metrics for OpenTelemetry."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from typing import Any

import anyio
import pytest
from opentelemetry import context, propagate, trace
from opentelemetry.instrumentation import _semconv
from opentelemetry.instrumentation.asgi import OpenTelemetryMiddleware
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from asgikit import App, HTTPError, Request, Response, Router, catch, get, mount, param, post, root
from asgikit.middleware.tracing import tracing
from asgikit.testing import call, http_scope, play, talking, websocket_scope
from tests.sockets import upgrading

PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


class Seen:
    """What an SDK exports."""

    def __init__(self) -> None:
        self.exporter = InMemorySpanExporter()
        self.tracers = TracerProvider()
        self.tracers.add_span_processor(SimpleSpanProcessor(self.exporter))
        self.reader = InMemoryMetricReader()
        self.meters = MeterProvider([self.reader])

    @property
    def spans(self) -> list[ReadableSpan]:
        return list(self.exporter.get_finished_spans())

    @property
    def span(self) -> Any:
        (span,) = self.spans
        return span

    def points(self, name: str) -> list[Any]:
        data: Any = self.reader.get_metrics_data()
        metrics = [] if data is None else data.resource_metrics[0].scope_metrics[0].metrics
        return [point for metric in metrics if metric.name == name for point in metric.data.data_points]

    def tracing(self, **options: Any) -> Any:
        return tracing(tracer_provider=self.tracers, meter_provider=self.meters, **options)


@pytest.fixture
def seen() -> Iterator[Seen]:
    found = Seen()
    yield found
    found.tracers.shutdown()
    found.meters.shutdown()


def current_id() -> int:
    return trace.get_current_span().get_span_context().span_id


@get(root / "u" / param("id", int))
async def show(request: Request[object], id: int) -> Response:
    if id == 0:
        raise RuntimeError("bug")
    if id == 1:
        raise HTTPError(403, "no")
    if id == 2:
        raise HTTPError(503, "later")
    return Response.text(f"{current_id():016x}")


async def test_a_request_is_a_server_span(seen: Seen) -> None:
    """It is the current one in the handler, and behind it no more; it is named by method and route."""
    app, behind = App(Router(show).wrap(seen.tracing())), list[bool]()

    async def serving(scope: Any, receive: Any, send: Any) -> None:
        await app(scope, receive, send)
        behind.append(trace.get_current_span().get_span_context().is_valid)

    answer = await call(serving, target="/u/5?token=x")
    span = seen.span
    assert (span.name, span.kind, span.parent) == ("GET /u/{id}", trace.SpanKind.SERVER, None)
    assert f"{span.context.span_id:016x}" == answer.text
    assert (span.attributes["url.query"], span.attributes["http.response.status_code"]) == ("token=REDACTED", 200)
    assert behind == [False]


async def test_it_continues_the_trace_of_the_request(seen: Seen) -> None:
    """By the global propagator, or by one's own; a malformed field begins a new one."""
    app = App(show.wrap(seen.tracing()))
    await call(app, target="/u/5", headers={"traceparent": PARENT})
    await call(app, target="/u/5", headers={"traceparent": PARENT.replace("-", "_")})
    await call(
        App(show.wrap(seen.tracing(propagator=TraceContextTextMapPropagator()))), target="/u/5", headers={"traceparent": PARENT}
    )
    remote = 0xB7AD6B7169203331
    assert [span.parent and span.parent.span_id for span in seen.spans] == [remote, None, remote]
    assert f"{seen.spans[0].get_span_context().trace_id:032x}" in PARENT


@pytest.mark.parametrize(
    ("id", "status", "kind", "recorded"), [(0, 500, "RuntimeError", 1), (1, 403, None, 0), (2, 503, "503", 1), (5, 200, None, 0)]
)
async def test_what_went_wrong(seen: Seen, id: int, status: int, kind: str | None, recorded: int) -> None:
    """5xx are errors, with their exceptions; 4xx are none."""
    await call(App(Router(show).wrap(seen.tracing())), target=f"/u/{id}")
    span = seen.span
    assert (span.attributes["http.response.status_code"], span.attributes.get("error.type")) == (status, kind)
    assert span.status.status_code == (trace.StatusCode.ERROR if kind else trace.StatusCode.UNSET)
    assert [event.name for event in span.events] == ["exception"] * recorded


async def test_an_exception_that_is_answered_is_no_error(seen: Seen) -> None:
    """What counts is what the client got."""
    app = App(catch(RuntimeError, lambda request, error: Response.empty(status=409))(seen.tracing()(show)))
    await call(app, target="/u/0")
    assert (seen.span.attributes["http.response.status_code"], seen.span.events) == (409, ())


async def test_a_stream_belongs_to_its_span(seen: Seen) -> None:
    """Until it is sent, its clean-up included; the work after it has it as a parent."""
    found: dict[str, int] = {}
    ended: list[int] = []

    async def chunks() -> AsyncIterator[bytes]:
        try:
            found["chunk"] = current_id()
            yield b"abc"
            ended.append(len(seen.spans))
            found["second"] = current_id()
            yield b"de"
        finally:
            found["clean-up"] = current_id()

    async def task() -> None:
        found["task"] = current_id()
        ended.append(len(seen.spans))

    async def handler(request: Request[None]) -> Response:
        found["handler"] = current_id()
        return Response.stream(chunks()).then(task)

    await call(App(seen.tracing()(handler)))
    assert set(found.values()) == {seen.span.context.span_id}
    assert len(found) == 5
    assert (ended, seen.span.attributes["http.response.body.size"]) == ([0, 1], 5)


async def test_a_stream_that_fails(seen: Seen) -> None:
    """An error, though the status was fine."""

    async def chunks() -> AsyncIterator[bytes]:
        yield b"abc"
        raise RuntimeError("bug")

    async def handler(request: Request[None]) -> Response:
        return Response.stream(chunks())

    await call(App(seen.tracing()(handler)))
    assert (seen.span.attributes["http.response.status_code"], seen.span.attributes["error.type"]) == (200, "RuntimeError")
    assert seen.span.status.status_code is trace.StatusCode.ERROR


async def test_a_client_that_leaves_is_no_error(seen: Seen) -> None:
    """In the middle of a response, or before there is one."""

    async def chunks() -> AsyncIterator[bytes]:
        yield b"abc"
        await anyio.sleep_forever()

    @get(root)
    async def stream(request: Request[object]) -> Response:
        return Response.stream(chunks())

    @post(root)
    async def reading(request: Request[object]) -> Response:
        return Response.text(str(await request.body()))

    app = App(Router(stream, reading).wrap(seen.tracing()))
    await call(app, leaves_after=2)
    await play(app, http_scope("POST"), [{"type": "http.disconnect"}])
    attributes: list[Any] = [span.attributes for span in seen.spans]
    assert [found.get("http.response.status_code") for found in attributes] == [200, None]
    assert [span.status.status_code for span in seen.spans] == [trace.StatusCode.UNSET] * 2


async def test_a_session_belongs_to_its_span(seen: Seen) -> None:
    """Until it is closed."""
    inside: list[int] = []

    async def session(ws: Any) -> None:
        async for message in ws:
            inside.append(current_id())
            await ws.send(message)

    app = App(seen.tracing()(upgrading(session)._serve))  # pyright: ignore[reportPrivateUsage]
    async with talking(app) as client:
        client.say("abc")
        await client.until(1)
        assert seen.spans == []
        client.leave(1001)
    span = seen.span
    assert inside == [span.context.span_id]
    assert (span.attributes["http.response.status_code"], span.attributes["asgikit.websocket.close_code"]) == (101, 1001)
    assert len(seen.points("asgikit.websocket.session.duration")) == 1
    assert seen.points("http.server.request.duration") == []


async def test_a_session_that_fails(seen: Seen) -> None:
    """With its exception."""

    async def session(ws: Any) -> None:
        raise RuntimeError("bug")

    app = App(seen.tracing()(upgrading(session)._serve))  # pyright: ignore[reportPrivateUsage]
    await play(app, websocket_scope(), [{"type": "websocket.connect"}])
    assert (seen.span.attributes["error.type"], len(seen.span.events)) == ("RuntimeError", 1)


async def test_a_mounted_application_is_inside_the_span(seen: Seen) -> None:
    """Though it runs in a task of its own."""
    inside: list[int] = []

    async def foreign(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        inside.append(current_id())
        await send({"type": "http.response.body", "body": b"x"})

    await call(App(Router(mount(root / "f", foreign, lifespan="off")).wrap(seen.tracing())), target="/f/x")
    assert inside == [seen.span.context.span_id]
    assert seen.span.name.startswith("GET /f")


async def test_a_span_around_it_is_its_parent(seen: Seen) -> None:
    """A second one further in is no server's."""
    await call(App(Router(show.wrap(seen.tracing())).wrap(seen.tracing())), target="/u/5")
    inner, outer = seen.spans
    assert inner.parent is not None
    assert outer.context is not None
    assert (inner.parent.span_id, inner.kind, outer.kind) == (
        outer.context.span_id,
        trace.SpanKind.INTERNAL,
        trace.SpanKind.SERVER,
    )


async def test_the_span_of_an_earlier_request_is_no_parent(seen: Seen) -> None:
    """Servers may start a request in the context of the one before."""
    app = App(show.wrap(seen.tracing()))
    stale = seen.tracers.get_tracer("x").start_span("before")
    stale.end()
    token = context.attach(trace.set_span_in_context(stale))
    await call(app, target="/u/5")
    context.detach(token)
    assert [span.parent for span in seen.spans] == [None, None]


async def test_metrics_of_the_server(seen: Seen) -> None:
    """By method, route and status: what a client makes up is in none of them."""
    clock = iter(range(100))
    app = App(Router(show).wrap(seen.tracing(clock=lambda: next(clock))))
    for method, target in (("GET", "/u/5"), ("GET", "/u/0"), ("BREW", "/x"), ("BREWING", "/y")):
        await call(app, method, target)
    points = seen.points("http.server.request.duration")
    found = {(point.attributes["http.request.method"], point.attributes["http.response.status_code"]): point for point in points}
    assert {key: (point.count, point.sum) for key, point in found.items()} == {
        ("GET", 200): (1, 1),
        ("GET", 500): (1, 1),
        ("_OTHER", 404): (2, 2),
    }
    assert found["GET", 500].attributes["error.type"] == "RuntimeError"
    assert found["GET", 200].attributes["http.route"] == "/u/{id}"
    assert found["GET", 200].explicit_bounds[:2] == (0.005, 0.01)
    assert [point.value for point in seen.points("http.server.active_requests")] == [0, 0]
    assert sum(point.sum for point in seen.points("http.server.response.body.size")) == 55


async def test_without_an_sdk_a_trace_passes_through() -> None:
    """Whatever is called further on can continue it."""
    carried: dict[str, str] = {}

    async def handler(request: Request[None]) -> Response:
        propagate.inject(carried)
        return Response.text("x")

    await call(App(tracing()(handler)), headers={"traceparent": PARENT})
    assert carried["traceparent"].split("-")[1] == PARENT.split("-")[1]


async def test_the_attributes_of_the_instrumentation_are_there(seen: Seen, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the reference tells by the stable conventions, we tell the same."""
    monkeypatch.setenv("OTEL_SEMCONV_STABILITY_OPT_IN", "http")
    monkeypatch.setattr(_semconv._OpenTelemetrySemanticConventionStability, "_initialized", False)
    reference = Seen()
    plain = App(Router(show))
    theirs: Any = OpenTelemetryMiddleware(
        plain, tracer_provider=reference.tracers, meter_provider=reference.meters, exclude_spans=["receive", "send"]
    )
    monkeypatch.setattr(_semconv._OpenTelemetrySemanticConventionStability, "_initialized", False)
    scope: Any = {"headers": {"host": "a.org:8000", "user-agent": "me"}, "client": ("10.0.0.1", 9), "server": ("127.0.0.1", 8000)}
    for target in ("/u/5?q=1", "/u/0", "/x"):
        await call(App(Router(show).wrap(seen.tracing())), target=target, scheme="http", **scope)
        await call(theirs, target=target, scheme="http", **scope)
    for ours, other in zip(seen.spans, reference.spans, strict=True):
        assert ours.attributes is not None
        assert other.attributes is not None
        assert ours.kind == other.kind
        assert ours.status.status_code == other.status.status_code
        # It says where the server listens, with the port, for whom the client asked; and the status for the exception.
        assert (ours.attributes["server.address"], ours.attributes.get("error.type")) in {
            ("a.org", None),
            ("a.org", "RuntimeError"),
        }
        known = {name: value for name, value in other.attributes.items() if name not in {"server.address", "error.type"}}
        assert {name: ours.attributes.get(name) for name in known} == known
    names = {"http.server.request.duration", "http.server.active_requests", "http.server.response.body.size"}
    assert all(seen.points(name) and reference.points(name) for name in names)


def test_without_the_library_the_error_names_the_extra() -> None:
    """When the middleware is made; importing it is no error."""
    program = (
        "import sys\n"
        "sys.modules['opentelemetry'] = None\n"
        "from asgikit.middleware.tracing import tracing\n"
        "from asgikit.errors import MissingExtra\n"
        "try: tracing()\n"
        "except MissingExtra as error: print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "typed-asgikit[otel]" in done.stdout


def test_what_cannot_be_meant_is_refused() -> None:
    """When it is made."""
    with pytest.raises(ValueError, match="list of texts"):
        tracing(redact="token")
