"""Starlette: its own middleware, and where it has none what its users take, or write in a few lines."""

from __future__ import annotations

import base64
from collections.abc import Sequence

from asgi_correlation_id import CorrelationIdMiddleware
from slowapi import Limiter
from slowapi.util import get_remote_address
from starlette.applications import Starlette
from starlette.authentication import AuthCredentials, AuthenticationBackend, SimpleUser, requires
from starlette.middleware import Middleware
from starlette.middleware.authentication import AuthenticationMiddleware
from starlette.middleware.body_limit import RequestBodyLimitMiddleware
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.middleware.httpsredirect import HTTPSRedirectMiddleware
from starlette.middleware.opentelemetry import OpenTelemetryMiddleware
from starlette.middleware.sessions import SessionMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import HTTPConnection, Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette_csrf import CSRFMiddleware
from starlette_exporter import PrometheusMiddleware
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from benchmarks.scenarios import HELLO
from benchmarks.shelf.scenarios import CREDENTIALS, ORIGIN, SECRET, SECURITY, TEXT


class SecurityHeaders:
    """Adds the fields, encoded once."""

    def __init__(self, app: ASGIApp) -> None:
        """Around `app`."""
        self.app = app
        self.fields = [(name.encode(), value.encode()) for name, value in SECURITY.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one connection."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_with_fields(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *self.fields]
            await send(message)

        await self.app(scope, receive, send_with_fields)


async def _home(request: Request) -> PlainTextResponse:
    return PlainTextResponse(HELLO)


async def _long(request: Request) -> PlainTextResponse:
    return PlainTextResponse(TEXT)


async def _read(request: Request) -> PlainTextResponse:
    return PlainTextResponse(f"{request.session['visits']} visits")


async def _write(request: Request) -> PlainTextResponse:
    request.session["visits"] = visits = request.session.get("visits", 0) + 1
    return PlainTextResponse(f"{visits} visits")


_CORS = Middleware(CORSMiddleware, allow_origins=[ORIGIN], allow_credentials=True)
_COMPRESS = Middleware(GZipMiddleware, compresslevel=6)
_SECURITY = Middleware(SecurityHeaders)
_REQUEST_ID = Middleware(CorrelationIdMiddleware)
_SESSIONS = Middleware(SessionMiddleware, secret_key=SECRET)


def _app(*middleware: Middleware) -> ASGIApp:
    routes: Sequence[Route] = [Route("/", _home), Route("/long", _long), Route("/read", _read), Route("/write", _write)]
    return Starlette(routes=routes, middleware=middleware)


def bare() -> ASGIApp:
    """Nothing."""
    return _app()


def cors() -> ASGIApp:
    """CORSMiddleware."""
    return _app(_CORS)


def compress() -> ASGIApp:
    """GZipMiddleware, at the level that asgikit has by default."""
    return _app(_COMPRESS)


def security_headers() -> ASGIApp:
    """A middleware of a few lines."""
    return _app(_SECURITY)


def request_id() -> ASGIApp:
    """asgi-correlation-id."""
    return _app(_REQUEST_ID)


def trusted_hosts() -> ASGIApp:
    """TrustedHostMiddleware."""
    return _app(Middleware(TrustedHostMiddleware, allowed_hosts=["example.com", "*.example.com"]))


def sessions() -> ASGIApp:
    """SessionMiddleware."""
    return _app(_SESSIONS)


def stack() -> ASGIApp:
    """In the order of their documentation: what answers first is outermost."""
    return _app(_CORS, _COMPRESS, _SECURITY, _REQUEST_ID, _SESSIONS)


def https_redirect() -> ASGIApp:
    """HTTPSRedirectMiddleware."""
    return _app(Middleware(HTTPSRedirectMiddleware))


def proxies() -> ASGIApp:
    """uvicorn's ProxyHeadersMiddleware."""
    return ProxyHeadersMiddleware(_app(), trusted_hosts="127.0.0.1")


def body_limit() -> ASGIApp:
    """RequestBodyLimitMiddleware."""
    return _app(Middleware(RequestBodyLimitMiddleware, max_body_size=1000))


class Basic(AuthenticationBackend):
    """As the documentation of Starlette has it, but that it verifies."""

    async def authenticate(self, conn: HTTPConnection) -> tuple[AuthCredentials, SimpleUser] | None:
        """The user."""
        scheme, _, text = conn.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "basic" or base64.b64decode(text).decode() != CREDENTIALS:
            return None
        return AuthCredentials(["authenticated"]), SimpleUser(CREDENTIALS.partition(":")[0])


@requires("authenticated")
async def _whoami(request: Request) -> PlainTextResponse:
    return PlainTextResponse(request.user.display_name)


def basic() -> ASGIApp:
    """AuthenticationMiddleware with a backend."""
    return Starlette(routes=[Route("/", _whoami)], middleware=[Middleware(AuthenticationMiddleware, backend=Basic())])


def csrf() -> ASGIApp:
    """starlette-csrf, which has tokens only."""
    return _app(Middleware(CSRFMiddleware, secret=SECRET))


def rate_limit() -> ASGIApp:
    """slowapi, whose limits are at the endpoint."""
    limiter = Limiter(key_func=get_remote_address, headers_enabled=True)

    @limiter.limit("100000000/minute")
    async def limited(request: Request) -> PlainTextResponse:
        return PlainTextResponse(HELLO)

    app = Starlette(routes=[Route("/", limited)])
    app.state.limiter = limiter
    return app


def metrics() -> ASGIApp:
    """starlette-exporter."""
    return _app(Middleware(PrometheusMiddleware, app_name="bench", group_paths=True))


def tracing() -> ASGIApp:
    """OpenTelemetryMiddleware, with no SDK behind it."""
    return _app(Middleware(OpenTelemetryMiddleware))
