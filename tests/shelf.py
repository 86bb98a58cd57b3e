"""One of each middleware, as the tests of the whole shelf use them: open to who is no threat."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from prometheus_client import CollectorRegistry

from asgikit import Request, Response, json
from asgikit.auth.bearer import Bearer
from asgikit.config import Secret
from asgikit.doublesubmit import CSRFTokens
from asgikit.middleware.access_log import access_log
from asgikit.middleware.auth import authenticate
from asgikit.middleware.body_limit import body_limit
from asgikit.middleware.cache import cache
from asgikit.middleware.compress import compress
from asgikit.middleware.concurrency_limit import concurrency_limit
from asgikit.middleware.conditional import conditional
from asgikit.middleware.cors import cors
from asgikit.middleware.csrf import csrf
from asgikit.middleware.decompress import decompress
from asgikit.middleware.default_headers import default_headers
from asgikit.middleware.error_pages import on_status
from asgikit.middleware.errors import errors, on
from asgikit.middleware.etag import etag
from asgikit.middleware.https_redirect import https_redirect
from asgikit.middleware.ip_allow import ip_allow
from asgikit.middleware.method_override import method_override
from asgikit.middleware.metrics import metrics
from asgikit.middleware.normalize_path import normalize_path
from asgikit.middleware.permissions import require
from asgikit.middleware.problem_details import problem_details
from asgikit.middleware.proxies import proxies
from asgikit.middleware.rate_limit import rate_limit
from asgikit.middleware.request_id import request_id
from asgikit.middleware.security_headers import security_headers
from asgikit.middleware.server_timing import server_timing
from asgikit.middleware.sessions import sessions
from asgikit.middleware.timeouts import timeouts
from asgikit.middleware.tracing import tracing
from asgikit.middleware.trusted_hosts import trusted_hosts
from asgikit.rates import per_second
from asgikit.stores.memory_sessions import MemorySessions

KEY = Secret("k-0123456789abcdef-0123456789abcdef")


async def anybody(request: Request[object], token: str) -> str | None:
    """Whoever has a token is its user."""
    return token


def missing(request: Request[object], error: LookupError) -> Response:
    """What `errors` makes of one."""
    return Response.text("no such key", status=404)


def page(request: Request[object], response: Response) -> Response:
    """What `on_status` shows."""
    return Response.html("<p>nothing here")


def permitted() -> Any:
    """A permission, and the authentication that it needs around it."""
    signed_in, checked = authenticate(Bearer(anybody)), require(lambda user: isinstance(user, str))
    return lambda handler: signed_in(checked(handler))


SHELF: dict[str, Callable[[], Any]] = {
    "access_log": lambda: access_log(logging.getLogger("tests.shelf")),
    "auth": lambda: authenticate(Bearer(anybody)),
    "body_limit": lambda: body_limit(100_000),
    "cache": cache,
    "compress": lambda: compress(minimum_size=10),
    "concurrency_limit": lambda: concurrency_limit(10),
    "conditional": conditional,
    "cors": lambda: cors(["https://a.example"]),
    "csrf": csrf,
    "csrf tokens": lambda: csrf(tokens=CSRFTokens(keys=KEY, always=True)),
    "decompress": decompress,
    "default_headers": lambda: default_headers({"x-team": "blue"}),
    "error_pages": lambda: on_status({404: page}),
    "errors": lambda: errors(on(LookupError, missing)),
    "etag": etag,
    "https_redirect": https_redirect,
    "ip_allow": lambda: ip_allow(["127.0.0.0/8"]),
    "method_override": lambda: method_override(field="_method"),
    "metrics": lambda: metrics(CollectorRegistry()),
    "normalize_path": normalize_path,
    "permissions": permitted,
    "problem_details": problem_details,
    "proxies": lambda: proxies(["127.0.0.0/8"], fields="forwarded"),
    "rate_limit": lambda: rate_limit(per_second(10_000)),
    "request_id": request_id,
    "security_headers": security_headers,
    "server_timing": lambda: server_timing("all"),
    "sessions": lambda: sessions(MemorySessions(), json(dict[str, str]), default={}),
    "timeouts": lambda: timeouts(request=60),
    "tracing": tracing,
    "trusted_hosts": lambda: trusted_hosts(["example.com"]),
}
"""By the module they are in, and what is special about them."""

HEADERS = {
    "host": "example.com",
    "origin": "https://a.example",
    "accept-encoding": "gzip",
    "sec-fetch-site": "same-site",
    "authorization": "Bearer ada",
}
"""Of a request that all of them let through, over TLS and from this machine."""
SCOPE: dict[str, Any] = {"scheme": "https", "client": ("127.0.0.1", 50000)}
