"""`python -m benchmarks.observing`: what it costs a request to be watched, beside the peers that do the same, in one run.

Microseconds of processor time, the best of several rounds in which all take their turns; what counts is what each adds to the
same application without it.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterator
from typing import Any, Final

from asgi_correlation_id import CorrelationIdMiddleware
from opentelemetry.instrumentation.asgi import OpenTelemetryMiddleware as InstrumentationMiddleware
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import TracerProvider
from prometheus_client import CollectorRegistry
from prometheus_fastapi_instrumentator import Instrumentator
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.opentelemetry import OpenTelemetryMiddleware
from starlette.requests import Request as StarletteRequest
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette_exporter import PrometheusMiddleware

from asgikit import App, Request, Response, Router, get, param, root
from asgikit.middleware.access_log import access_log
from asgikit.middleware.metrics import metrics
from asgikit.middleware.request_id import request_id
from asgikit.middleware.server_timing import server_timing
from asgikit.middleware.tracing import tracing
from benchmarks.checker import receive, scope, send

ROUNDS: Final = 25
REQUESTS: Final = 400

Apps = Iterator[tuple[str, Any]]


class Nowhere:
    """A console that nobody looks at."""

    def write(self, text: str) -> None: ...

    def flush(self) -> None: ...


def quiet(name: str) -> logging.Logger:
    logger = logging.getLogger(f"benchmarks.{name}")
    logger.addHandler(logging.StreamHandler(Nowhere()))
    logger.setLevel(logging.INFO)
    logger.propagate = False
    return logger


def providers() -> dict[str, Any]:
    return {"tracer_provider": TracerProvider(), "meter_provider": MeterProvider([InMemoryMetricReader()])}


def ours() -> Apps:
    @get(root / "a" / param("name", str))
    async def show(request: Request[object], name: str) -> Response:
        return Response.text("hello")

    routes = Router(show)
    yield "nothing", App(routes)
    yield "request_id", App(routes.wrap(request_id()))
    yield "server_timing", App(routes.wrap(server_timing("all")))
    yield "access_log, text", App(routes.wrap(access_log(quiet("text"))))
    yield "access_log, JSON", App(routes.wrap(access_log(quiet("json"), style="json")))
    yield "metrics", App(routes.wrap(metrics(CollectorRegistry())))
    yield "tracing without an SDK", App(routes.wrap(tracing()))
    yield "tracing, spans alone", App(routes.wrap(tracing(tracer_provider=TracerProvider())))
    yield "tracing, spans and metrics", App(routes.wrap(tracing(**providers())))


def theirs() -> Apps:
    async def show(request: StarletteRequest) -> PlainTextResponse:
        return PlainTextResponse("hello")

    def app(*middleware: Middleware) -> Starlette:
        return Starlette(routes=[Route("/a/{name}", show)], middleware=list(middleware))

    instrumented = app()
    Instrumentator(registry=CollectorRegistry()).instrument(instrumented)
    yield "nothing", app()
    yield "asgi-correlation-id", app(Middleware(CorrelationIdMiddleware))
    yield "starlette_exporter", app(Middleware(PrometheusMiddleware))
    yield "prometheus-fastapi-instrumentator", instrumented
    yield "Starlette's OpenTelemetry without an SDK", app(Middleware(OpenTelemetryMiddleware))
    yield "Starlette's OpenTelemetry, spans", app(Middleware(OpenTelemetryMiddleware, tracer_provider=TracerProvider()))
    yield "instrumentation-asgi without an SDK", app(Middleware(InstrumentationMiddleware))
    yield "instrumentation-asgi, spans and metrics", app(Middleware(InstrumentationMiddleware, **providers()))


async def measured(app: Any) -> float:
    """Microseconds of a request."""
    told = scope()
    began = time.thread_time()
    for _ in range(REQUESTS):
        await app({**told}, receive, send)
    return (time.thread_time() - began) / REQUESTS * 1e6


async def compare() -> None:
    apps = {(side, name): app for side, make in (("asgikit", ours), ("Starlette", theirs)) for name, app in made(make)}
    best = dict.fromkeys(apps, float("inf"))
    for _ in range(ROUNDS):
        for key, app in apps.items():
            best[key] = min(best[key], await measured(app))
    for (side, name), taken in best.items():
        print(f"{side:10} {name:42} {taken:7.1f} µs  +{taken - best[side, 'nothing']:6.1f}")


def made(make: Callable[[], Apps]) -> list[tuple[str, Any]]:
    return list(make())


if __name__ == "__main__":
    asyncio.run(compare())
