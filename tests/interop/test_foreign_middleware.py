"""Third-party ASGI middleware around an App, unchanged, and inside one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sentry_sdk
from opentelemetry.instrumentation.asgi import OpenTelemetryMiddleware
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from sentry_sdk.integrations.asgi import SentryAsgiMiddleware
from sentry_sdk.transport import Transport
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.middleware.sessions import SessionMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware

from asgikit import App, HTTPError, Request, Response, Router, WebSocket, asgi_middleware, get, param, root, websocket
from asgikit.asgi import ASGIApp
from asgikit.testing import call, play, running, websocket_scope

HEADERS = {"host": "example.com", "accept-encoding": "gzip", "origin": "https://a.example"}


@get(root / "items" / param("id", int))
async def item(request: Request[None], id: int) -> Response:
    return Response.text("x" * 2000)


@get(root / "stream")
async def stream(request: Request[None]) -> Response:
    async def chunks() -> Any:
        yield "a"
        yield "b"

    return Response.stream(chunks())


@get(root / "missing")
async def missing(request: Request[None]) -> Response:
    raise HTTPError(404, "nothing here")


@get(root / "broken")
async def broken(request: Request[None]) -> Response:
    raise ValueError("broken")


@websocket(root / "ws")
async def ws(request: Request[None]) -> Response:
    async def session(socket: WebSocket[str | bytes, str | bytes]) -> None:
        await socket.send("hello")

    return Response.upgrade(session)


routes = Router(item, stream, missing, broken, ws)


async def unchanged(request: Any, call_next: Any) -> Any:
    return await call_next(request)


MIDDLEWARE: dict[str, Callable[[Any], Any]] = {
    "gzip": GZipMiddleware,
    "cors": lambda app: CORSMiddleware(app, allow_origins=["https://a.example"]),
    "sessions": lambda app: SessionMiddleware(app, secret_key="key"),
    "trusted host": lambda app: TrustedHostMiddleware(app, allowed_hosts=["example.com"]),
    "base": lambda app: BaseHTTPMiddleware(app, dispatch=unchanged),
    "sentry": SentryAsgiMiddleware,
    "otel": OpenTelemetryMiddleware,
}

PLACES: dict[str, Callable[[Callable[[Any], Any]], ASGIApp]] = {
    "around": lambda wrap: wrap(App(routes)),
    "inside": lambda wrap: App(routes.wrap(asgi_middleware(wrap))),
}


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("name", MIDDLEWARE)
async def test_everything_works_with_it(name: str, place: str) -> None:
    """Lifespan, responses, streams, refusals, errors, sessions."""
    app = PLACES[place](MIDDLEWARE[name])
    async with running(app, keeps_state=False) as life:
        assert life.messages[0]["type"] == "lifespan.startup.complete"
        found = await call(app, "GET", "/items/7", headers=HEADERS)
        assert (found.status, found.error) == (200, None)
        assert (found.headers.get("content-encoding") == "gzip") == (name == "gzip")
        assert (found.headers.get("access-control-allow-origin") is not None) == (name == "cors")
        assert (await call(app, "GET", "/stream", headers={**HEADERS, "accept-encoding": "identity"})).text == "ab"
        assert (await call(app, "GET", "/missing", headers=HEADERS)).status == 404
        failed = await call(app, "GET", "/broken", headers=HEADERS)
        assert (failed.status, str(failed.error)) == (500, "broken")
        own = {**HEADERS, "origin": f"http://{HEADERS['host']}"}
        answer = await play(app, websocket_scope("/ws", headers=own), [{"type": "websocket.connect"}])
        assert [event["type"] for event in answer.events] == ["websocket.accept", "websocket.send", "websocket.close"]


class Kept(Transport):
    """Keeps what Sentry would send."""

    def __init__(self) -> None:
        super().__init__()
        self.events: list[Any] = []

    def capture_envelope(self, envelope: Any) -> None:
        self.events.extend(item.payload.json for item in envelope.items if item.type == "event")


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
@pytest.mark.parametrize("place", PLACES)
async def test_sentry_is_told_of_errors_and_not_of_refusals(place: str) -> None:
    """Wherever it is."""
    kept = Kept()
    sentry_sdk.init(
        dsn="https://key@sentry.invalid/1", transport=kept, default_integrations=False, auto_enabling_integrations=False
    )
    try:
        app = PLACES[place](SentryAsgiMiddleware)
        await call(app, "GET", "/missing", headers=HEADERS)
        await call(app, "GET", "/broken", headers=HEADERS)
    finally:
        # Without the integrations that it has by default: they patch httpx and logging, for all tests that follow.
        sentry_sdk.init(default_integrations=False, auto_enabling_integrations=False)
    assert [event["exception"]["values"][0]["value"] for event in kept.events] == ["broken"]


@pytest.mark.parametrize("place", PLACES)
async def test_opentelemetry_makes_spans(place: str) -> None:
    """And what runs in the handler is within them."""
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    tracer = provider.get_tracer("test")

    @get(root)
    async def handler(request: Request[None]) -> Response:
        with tracer.start_as_current_span("inside"):
            return Response.text("ok")

    def wrap(app: Any) -> Any:
        return OpenTelemetryMiddleware(app, tracer_provider=provider)

    app: ASGIApp = wrap(App(Router(handler))) if place == "around" else App(Router(handler).wrap(asgi_middleware(wrap)))
    assert (await call(app, headers=HEADERS)).text == "ok"
    spans = {span.name: span for span in exporter.get_finished_spans()}
    parent = spans["inside"].parent
    assert parent is not None
    assert parent.trace_id in {span.context.trace_id for name, span in spans.items() if name != "inside" and span.context}
