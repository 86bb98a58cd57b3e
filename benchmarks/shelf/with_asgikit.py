"""asgikit: the middleware of its shelf."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeVar

from prometheus_client import CollectorRegistry

from asgikit import App, Middleware, Request, Response, Router, every, get, json, root
from asgikit.auth.basic import Basic, Login
from asgikit.auth.digests import same
from asgikit.auth.scheme import HasUser
from asgikit.config import Secret
from asgikit.http.csp import ContentSecurityPolicy
from asgikit.middleware.auth import authenticate
from asgikit.middleware.body_limit import body_limit as limiting
from asgikit.middleware.compress import compress as compressing
from asgikit.middleware.cors import cors as sharing
from asgikit.middleware.csrf import csrf as no_forgery
from asgikit.middleware.https_redirect import https_redirect as to_https
from asgikit.middleware.metrics import metrics as measuring
from asgikit.middleware.proxies import proxies as believing
from asgikit.middleware.rate_limit import rate_limit as slowing
from asgikit.middleware.request_id import request_id as numbering
from asgikit.middleware.security_headers import SecurityPolicy
from asgikit.middleware.security_headers import security_headers as hardening
from asgikit.middleware.sessions import sessions as remembering
from asgikit.middleware.tracing import tracing as tracing_it
from asgikit.middleware.trusted_hosts import trusted_hosts as for_hosts
from asgikit.rates import per_minute
from asgikit.sessions.session import HasSession
from asgikit.signing import Signer
from benchmarks.scenarios import HELLO, ASGIApp
from benchmarks.shelf.scenarios import CREDENTIALS, ORIGIN, SECRET, TEXT

S = TypeVar("S")


@dataclass(frozen=True)
class Visits:
    """What a session holds."""

    visits: int = 0


@get(root)
async def home(request: Request[object]) -> Response:
    """Plain text."""
    return Response.text(HELLO)


@get(root / "long")
async def long(request: Request[object]) -> Response:
    """Much of it."""
    return Response.text(TEXT)


@get(root / "read")
async def read(request: Request[HasSession[Visits]]) -> Response:
    """What the session has."""
    return Response.text(f"{(await request.state.session.get()).visits} visits")


@get(root / "write")
async def write(request: Request[HasSession[Visits]]) -> Response:
    """One more."""
    visits = (await request.state.session.get()).visits + 1
    request.state.session.set(Visits(visits))
    return Response.text(f"{visits} visits")


def _app(*middleware: Middleware) -> ASGIApp:
    """The first one outermost."""
    return App(Router(home, long).wrap(every(*middleware)) if middleware else Router(home, long))


_SESSIONS = remembering(Signer(Secret(SECRET), purpose="session"), json(Visits), default=Visits())
_CORS = sharing([ORIGIN], credentials=True)
_COMPRESS = compressing()
# As many fields as the other one sends, and the same.
_SECURITY = hardening(
    replace(
        SecurityPolicy(),
        csp=ContentSecurityPolicy(default_src=("self",), frame_ancestors=()),
        permissions=None,
        resource_policy=None,
    )
)
_REQUEST_ID = numbering()


def bare() -> ASGIApp:
    """Nothing."""
    return _app()


def cors() -> ASGIApp:
    """`cors`."""
    return _app(_CORS)


def compress() -> ASGIApp:
    """`compress`."""
    return _app(_COMPRESS)


def security_headers() -> ASGIApp:
    """`security_headers`."""
    return _app(_SECURITY)


def request_id() -> ASGIApp:
    """`request_id`."""
    return _app(_REQUEST_ID)


def trusted_hosts() -> ASGIApp:
    """`trusted_hosts`."""
    return _app(for_hosts(["example.com", "*.example.com"]))


def https_redirect() -> ASGIApp:
    """`https_redirect`."""
    return _app(to_https())


def proxies() -> ASGIApp:
    """`proxies`."""
    return _app(believing(["127.0.0.1/32"], fields="x-forwarded"))


def body_limit() -> ASGIApp:
    """`body_limit`."""
    return _app(limiting(1000))


async def _verify(request: Request[object], login: Login) -> str | None:
    return login.name if same(f"{login.name}:{login.password}", CREDENTIALS) else None


@get(root)
async def whoami(request: Request[HasUser[str]]) -> Response:
    """Who asks."""
    return Response.text(request.state.user)


def basic() -> ASGIApp:
    """`authenticate` with `Basic`."""
    return App(Router(whoami).wrap(authenticate(Basic(_verify, realm="benchmarks"))))


def csrf() -> ASGIApp:
    """`csrf`."""
    return _app(no_forgery())


def rate_limit() -> ASGIApp:
    """`rate_limit`."""
    return _app(slowing(per_minute(100_000_000)))


def metrics() -> ASGIApp:
    """`metrics`."""
    return _app(measuring(CollectorRegistry()))


def tracing() -> ASGIApp:
    """`tracing`."""
    return _app(tracing_it())


def sessions() -> ASGIApp:
    """`sessions`, in a signed cookie."""
    return App(Router(home, read, write).wrap(_SESSIONS))


def stack() -> ASGIApp:
    """In the order of the documentation."""
    return App(Router(home, read, write).wrap(_SESSIONS).wrap(every(_REQUEST_ID, _CORS, _SECURITY, _COMPRESS)))
