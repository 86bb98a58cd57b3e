"""Metrics for Prometheus through prometheus-client: the extra `metrics`, imported in this file alone."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from time import perf_counter
from typing import TYPE_CHECKING, Final, final

from anyio import to_thread
from typing_extensions import TypeVar

from asgikit.errors import MissingExtra
from asgikit.handler import Handler, Middleware
from asgikit.http.media import parse_accept
from asgikit.http.methods import known_method
from asgikit.request import Request
from asgikit.response import Response
from asgikit.watching import Sent

if TYPE_CHECKING:
    import prometheus_client
    from prometheus_client.exposition import choose_encoder
    from prometheus_client.registry import Collector
else:
    try:
        import prometheus_client
        from prometheus_client.exposition import choose_encoder
    except ImportError:
        prometheus_client = None

S = TypeVar("S")

UNMATCHED: Final = "unmatched"
"""The route of all requests that no route answers: no pattern, for those begin with a slash."""

UNANSWERED: Final = "none"
"""The status of requests that had no answer, as the client had left."""

OTHER: Final = "other"
"""Methods that nobody knows, and codes of closes that RFC 6455 does not name."""

SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_SESSIONS: Final = (1.0, 10.0, 60.0, 600.0, 3600.0, 21600.0, 86400.0)
_PREFIX: Final = re.compile(r"(?:[a-zA-Z_][a-zA-Z0-9_]*)?")
_TEXT: Final = "text/plain"
_OPENMETRICS: Final = "application/openmetrics-text"


@dataclass(frozen=True, kw_only=True, slots=True)
class MetricsPolicy:
    """What names begin with, and where buckets of seconds end. Raises ValueError for what Prometheus does not take."""

    prefix: str = ""
    buckets: tuple[float, ...] = SECONDS

    def __post_init__(self) -> None:
        """Checks both."""
        if _PREFIX.fullmatch(self.prefix) is None:
            raise ValueError(f"{self.prefix!r} is no beginning of a name: letters, digits and underscores")
        if not self.buckets or sorted({*self.buckets}) != [*self.buckets] or self.buckets[0] <= 0:
            raise ValueError("buckets are seconds above 0, in order")


def labels_of(request: Request[object]) -> tuple[str, str]:
    """Method and route of a request: as many as there are routes, never as many as there are paths."""
    matched = request.route
    return known_method(request.method, OTHER), UNMATCHED if matched is None else matched.pattern or UNMATCHED


def code_label(code: int | None) -> str:
    """The code of a close, if RFC 6455 names it: a client can send any of the others."""
    return str(code) if code is not None and 1000 <= code <= 1015 else OTHER


def format_for(accept: str | None) -> str:
    """OpenMetrics for who likes it at least as much as text; whatever parameters come with it, there is one version here."""
    weights = {preference.name: preference.q for preference in sorted(parse_accept(accept or ""), key=lambda each: each.q)}
    wanted = weights.get(_OPENMETRICS, 0.0)
    return _OPENMETRICS if wanted and wanted >= weights.get(_TEXT, 0.0) else _TEXT


@final
class _Instruments:
    """What is counted, in one registry."""

    __slots__ = ("bytes", "closes", "cut", "duration", "open", "requests", "running", "session")

    def __init__(self, policy: MetricsPolicy, registry: prometheus_client.CollectorRegistry) -> None:
        counter, gauge, histogram = prometheus_client.Counter, prometheus_client.Gauge, prometheus_client.Histogram
        where, prefix = ("method", "route"), policy.prefix

        def count(name: str, text: str, *labels: str) -> prometheus_client.Counter:
            return counter(name, text, labels, namespace=prefix, registry=registry)

        def level(name: str, text: str, *labels: str) -> prometheus_client.Gauge:
            # The sum of those processes that live, where there are several.
            return gauge(name, text, labels, namespace=prefix, registry=registry, multiprocess_mode="livesum")

        def spread(name: str, text: str, labels: tuple[str, ...], buckets: tuple[float, ...]) -> prometheus_client.Histogram:
            return histogram(name, text, labels, namespace=prefix, registry=registry, buckets=buckets)

        self.requests = count("http_requests_total", "HTTP requests and handshakes, by their status.", *where, "status")
        self.duration = spread(
            "http_request_duration_seconds", "From the request to the end of its response.", where, policy.buckets
        )
        self.running = level("http_requests_in_progress", "HTTP requests whose response is not sent yet.", *where)
        self.bytes = count("http_response_body_bytes_total", "Bytes of bodies and of WebSocket messages sent.", *where)
        self.cut = count("http_responses_incomplete_total", "Responses that were cut off.", *where)
        self.open = level("websocket_connections_open", "WebSockets that are open.", "route")
        self.session = spread(
            "websocket_session_duration_seconds", "From the handshake to the close of a WebSocket.", ("route",), _SESSIONS
        )
        self.closes = count("websocket_closes_total", "WebSockets that were closed, by the code.", "route", "code")


@final
class _Series:
    """What is counted for one method and one route: looked up once, for that takes longer than counting."""

    __slots__ = ("_instruments", "_labels", "_statuses", "bytes", "cut", "duration", "running")

    def __init__(self, instruments: _Instruments, labels: tuple[str, str]) -> None:
        self._instruments = instruments
        self._labels = labels
        self._statuses: dict[int | None, prometheus_client.Counter] = {}
        self.duration = instruments.duration.labels(*labels)
        self.running = instruments.running.labels(*labels)
        self.bytes = instruments.bytes.labels(*labels)
        self.cut = instruments.cut.labels(*labels)

    def status(self, status: int | None) -> prometheus_client.Counter:
        found = self._statuses.get(status)
        if found is None:
            text = UNANSWERED if status is None else str(status)
            found = self._statuses[status] = self._instruments.requests.labels(*self._labels, text)
        return found


@final
class _Counting:
    """What one `metrics()` counts."""

    __slots__ = ("_clock", "_instruments", "_series")

    def __init__(self, instruments: _Instruments, clock: Callable[[], float]) -> None:
        self._instruments = instruments
        self._clock = clock
        self._series: dict[tuple[str, str], _Series] = {}  # as many as there are labels

    def begin(self, request: Request[object]) -> None:
        labels = labels_of(request)
        series = self._series.get(labels)
        if series is None:
            series = self._series[labels] = _Series(self._instruments, labels)
        clock = self._clock
        began = clock()
        if request.scope["type"] == "websocket":
            self._begin_socket(request, series, labels[1], began)
            return
        series.running.inc()

        def ended(sent: Sent) -> None:
            series.running.dec()
            series.duration.observe(clock() - began)
            self._count(series, sent)

        request.connection.watch(ended)

    def _begin_socket(self, request: Request[object], series: _Series, route: str, began: float) -> None:
        instruments, clock = self._instruments, self._clock
        is_open = instruments.open.labels(route)
        is_open.inc()

        def ended(sent: Sent) -> None:
            is_open.dec()
            if sent.status == 101:
                instruments.session.labels(route).observe(clock() - began)
                instruments.closes.labels(route, code_label(sent.code)).inc()
            self._count(series, sent)

        request.connection.watch(ended)

    def _count(self, series: _Series, sent: Sent) -> None:
        series.status(sent.status).inc()
        if sent.size:
            series.bytes.inc(sent.size)
        if not sent.complete and sent.status is not None:
            series.cut.inc()


def _require(feature: str) -> None:
    if prometheus_client is None:  # pyright: ignore[reportUnnecessaryComparison]  # without the extra it is
        raise MissingExtra(feature, "metrics")


def metrics(
    registry: prometheus_client.CollectorRegistry,
    /,
    *,
    prefix: str = "",
    buckets: Iterable[float] = SECONDS,
    clock: Callable[[], float] = perf_counter,
) -> Middleware:
    """Counts requests and WebSockets in a registry, when their responses are sent and their sessions closed.

    By method, route pattern and status. `buckets` are those of durations, in seconds. Use it once for each registry and
    prefix, around the outermost router, by `wrap`, so that it knows the routes. Raises MissingExtra without prometheus-client,
    ValueError as MetricsPolicy, and for metrics that the registry has already.
    """
    _require("metrics()")
    policy = MetricsPolicy(prefix=prefix, buckets=tuple(buckets))
    counting = _Counting(_Instruments(policy, registry), clock)

    def middleware(handler: Handler[S], /) -> Handler[S]:
        def counted(request: Request[S]) -> Awaitable[Response]:  # no coroutine of its own: it waits for nothing else
            counting.begin(request)
            return handler(request)

        return counted

    return middleware


def metrics_endpoint(registry: Collector, /) -> Callable[[Request[object]], Awaitable[Response]]:
    """A handler that shows a registry, as OpenMetrics or as Prometheus' text, whichever the client prefers.

    Registries are read in a worker thread, for collectors may take their time. Raises MissingExtra without prometheus-client.
    """
    _require("metrics_endpoint()")

    async def show(request: Request[object]) -> Response:
        # Never with what the client says: its version would be echoed.
        generate, content_type = choose_encoder(format_for(request.headers.get("accept")))
        body = await to_thread.run_sync(generate, registry)
        return Response(body, headers={"content-type": content_type, "cache-control": "no-store", "vary": "Accept"})

    return show
