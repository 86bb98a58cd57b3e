"""Tracing: a span for each request and each session, and their metrics, through the API of OpenTelemetry: the extra `otel`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from time import perf_counter
from typing import TYPE_CHECKING, Final, TypeAlias, final

from typing_extensions import TypeVar

from asgikit.asgi import HTTPScope, WebSocketScope
from asgikit.errors import MissingExtra
from asgikit.handler import Handler, Middleware
from asgikit.http.headers import lines_of
from asgikit.http.redaction import name_set
from asgikit.request import Request
from asgikit.response import Response
from asgikit.telemetry import (
    DURATIONS,
    Attributes,
    method_of,
    metric_attributes,
    request_attributes,
    response_attributes,
    span_name,
)
from asgikit.watching import Sent

if TYPE_CHECKING:
    from opentelemetry import context, metrics, propagate, trace
    from opentelemetry.propagators.textmap import Getter, TextMapPropagator
else:
    try:
        from opentelemetry import context, metrics, propagate, trace
        from opentelemetry.propagators.textmap import Getter
    except ImportError:
        trace = None
        Getter = dict

S = TypeVar("S")

Fields: TypeAlias = "Iterable[Sequence[bytes]]"

_NAME: Final = "asgikit"


@final
class _FieldGetter(Getter["Fields"]):
    """Header fields as propagators read them, raw: an index would cost more than the few looks."""

    def get(self, carrier: Fields, key: str) -> list[str] | None:
        return [value.decode("latin-1") for value in lines_of(carrier, key.lower().encode("latin-1"))] or None

    def keys(self, carrier: Fields) -> list[str]:
        return [name.decode("latin-1").lower() for name, _ in carrier]


@final
class _Instruments:
    """The metrics of HTTP servers, as the conventions name them, and the duration of sessions, for which they have no name."""

    __slots__ = ("active", "duration", "session", "size")

    def __init__(self, meter: metrics.Meter) -> None:
        self.duration: metrics.Histogram = meter.create_histogram(
            "http.server.request.duration",
            unit="s",
            description="Duration of HTTP server requests.",
            explicit_bucket_boundaries_advisory=DURATIONS,
        )
        self.active: metrics.UpDownCounter = meter.create_up_down_counter(
            "http.server.active_requests", unit="{request}", description="Number of active HTTP server requests."
        )
        self.size: metrics.Histogram = meter.create_histogram(
            "http.server.response.body.size", unit="By", description="Size of HTTP server response bodies."
        )
        self.session: metrics.Histogram = meter.create_histogram(
            "asgikit.websocket.session.duration", unit="s", description="Duration of WebSocket sessions."
        )

    def record(self, attributes: Attributes, sent: Sent, seconds: float, more: Attributes) -> None:
        """Counts what has ended."""
        for name in ("http.response.status_code", "error.type"):
            if name in more:
                attributes[name] = more[name]
        if sent.status == 101:
            self.session.record(seconds, attributes)
        else:
            self.duration.record(seconds, attributes)
            self.size.record(sent.size, attributes)


@final
class _Tracer:
    """What one `tracing()` needs for each request."""

    __slots__ = ("_clock", "_extract", "_instruments", "_live", "_redact", "_tracer")

    def __init__(
        self,
        tracers: trace.TracerProvider | None,
        meters: metrics.MeterProvider | None,
        propagator: TextMapPropagator | None,
        redact: frozenset[str],
        clock: Callable[[], float],
    ) -> None:
        self._tracer: trace.Tracer = trace.get_tracer(_NAME, tracer_provider=tracers)
        self._live: bool = tracers is not None
        self._instruments: _Instruments = _Instruments(metrics.get_meter(_NAME, meter_provider=meters))
        self._extract: TextMapPropagator | None = propagator
        self._redact: frozenset[str] = redact
        self._clock: Callable[[], float] = clock

    def begin(self, request: Request[object]) -> _Traced:
        """Starts the span and makes it the current one, up to the end of the request."""
        connection, matched = request.connection, request.route
        scope, route = connection.scope, "" if matched is None else matched.pattern
        earlier = context.get_current()
        # One that has ended is that of an earlier request: some servers start the next one of a connection in its context.
        inner = trace.get_current_span(earlier).is_recording()
        parent = earlier if inner else self._parent(scope)
        span: trace.Span = trace.INVALID_SPAN
        current = parent
        if self._live or self._is_live():
            attributes = request_attributes(scope, route, self._redact)
            kind = trace.SpanKind.INTERNAL if inner else trace.SpanKind.SERVER
            span = self._tracer.start_span(span_name(method_of(scope), route), parent, kind, attributes)
            current = trace.set_span_in_context(span, parent)
        if current:  # without an SDK a trace passes through, if there is one
            context.attach(current)

            def end() -> None:
                if context.get_current() is current:
                    context.attach(earlier)

            # Not when the handler returns: what comes after that, a stream or a session, is still of this request.
            connection.close_at_end(end)
        traced = _Traced(span, self._instruments, metric_attributes(scope, route), self._clock)
        connection.watch(traced.end)
        return traced

    def _is_live(self) -> bool:
        """Whether anybody wants spans: a global provider may be set at any time, and stays."""
        self._live = not isinstance(trace.get_tracer_provider(), trace.ProxyTracerProvider | trace.NoOpTracerProvider)
        return self._live

    def _parent(self, scope: HTTPScope | WebSocketScope) -> context.Context:
        empty = context.Context()
        if self._extract is None:
            return propagate.extract(scope["headers"], empty, _GETTER)
        return self._extract.extract(scope["headers"], empty, _GETTER)


@final
class _Traced:
    """One request that is being traced."""

    __slots__ = ("_attributes", "_began", "_clock", "_instruments", "_span", "raised")

    def __init__(self, span: trace.Span, instruments: _Instruments, attributes: Attributes, clock: Callable[[], float]) -> None:
        self.raised: BaseException | None = None
        self._span: trace.Span = span
        self._instruments: _Instruments = instruments
        self._attributes: Attributes = attributes
        self._clock: Callable[[], float] = clock
        self._began: float = clock()
        instruments.active.add(1, attributes)

    def end(self, sent: Sent) -> None:
        """Says how it has ended. 4xx are no errors of a server (HTTP spans, Status)."""
        raised, self.raised = self.raised, None
        self._instruments.active.add(-1, self._attributes)
        found = response_attributes(sent, raised)
        span = self._span
        if span.is_recording():
            span.set_attributes(found)
            if "error.type" in found:
                error = sent.error or raised
                if isinstance(error, Exception):
                    span.record_exception(error)
                span.set_status(trace.StatusCode.ERROR)
        span.end()
        self._instruments.record({**self._attributes}, sent, self._clock() - self._began, found)


def tracing(
    *,
    tracer_provider: trace.TracerProvider | None = None,
    meter_provider: metrics.MeterProvider | None = None,
    propagator: TextMapPropagator | None = None,
    redact: Iterable[str] = (),
    clock: Callable[[], float] = perf_counter,
) -> Middleware:
    """A server span for each request, and the metrics of HTTP servers, by the semantic conventions.

    They go to the global providers and come from the global propagator where none are given.
    The span ends when the response is sent, or the session of a WebSocket closed; until then it is the current one, in
    the handler, in streams and in sessions. It continues the trace that the request comes with. Values of query
    parameters whose names look like secrets are redacted, and those named by `redact`. Raises MissingExtra without
    opentelemetry-api, ValueError for a text in place of a list.
    """
    if trace is None:  # pyright: ignore[reportUnnecessaryComparison]  # without the extra it is
        raise MissingExtra("tracing()", "otel")
    tracer = _Tracer(tracer_provider, meter_provider, propagator, name_set(redact, "redact"), clock)

    def middleware(handler: Handler[S], /) -> Handler[S]:
        async def traced(request: Request[S]) -> Response:
            current = tracer.begin(request)
            try:
                return await handler(request)
            except BaseException as error:
                current.raised = error
                raise

        return traced

    return middleware


_GETTER: Final = _FieldGetter()
