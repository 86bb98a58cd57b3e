"""What is measured of middleware: each alone, where it has something to do and where it has not, and a stack of five."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from typing import Final, Protocol

from benchmarks.scenarios import HELLO, Answer, ASGIApp, Call, Scenario, says

ORIGIN: Final = "https://app.example.com"
SECRET: Final = "0123456789abcdef0123456789abcdef"
CREDENTIALS: Final = "ada:correct horse battery staple"
TEXT: Final = "All work and no play makes Jack a dull boy. " * 250
"""Some 11 KB."""
SECURITY: Final = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "strict-origin-when-cross-origin",
    "cross-origin-opener-policy": "same-origin",
    "content-security-policy": "default-src 'self'; frame-ancestors 'none'",
}
"""What a program without a middleware for them would add, as text; Strict-Transport-Security is for https alone."""


class ShelfBuilder(Protocol):
    """The applications of one framework; a module of `benchmarks.shelf` is one. Each answers `/` with text."""

    def bare(self) -> ASGIApp:
        """Nothing around it."""
        ...

    def cors(self) -> ASGIApp:
        """Shares with ORIGIN, credentials included."""
        ...

    def compress(self) -> ASGIApp:
        """Compresses; `/long` answers with TEXT."""
        ...

    def security_headers(self) -> ASGIApp:
        """Adds what SECURITY has, or more."""
        ...

    def request_id(self) -> ASGIApp:
        """Gives each request an id, and tells the client."""
        ...

    def trusted_hosts(self) -> ASGIApp:
        """Serves example.com and its subdomains."""
        ...

    def sessions(self) -> ASGIApp:
        """`/` leaves the session alone, `/read` answers with its visits, `/write` counts one more."""
        ...

    def stack(self) -> ASGIApp:
        """All of these but trusted_hosts, around the paths of `sessions`."""
        ...

    def https_redirect(self) -> ASGIApp:
        """Sends whoever comes by http to https."""
        ...

    def proxies(self) -> ASGIApp:
        """Believes 127.0.0.1 about X-Forwarded-For and X-Forwarded-Proto."""
        ...

    def body_limit(self) -> ASGIApp:
        """Takes 1,000 bytes."""
        ...

    def basic(self) -> ASGIApp:
        """Answers with the name in CREDENTIALS to who has them."""
        ...

    def csrf(self) -> ASGIApp:
        """Lets no other site change anything."""
        ...

    def rate_limit(self) -> ASGIApp:
        """Lets a client come 100 million times a minute, and tells what is left."""
        ...

    def metrics(self) -> ASGIApp:
        """Counts and times requests for Prometheus."""
        ...

    def tracing(self) -> ASGIApp:
        """Traces requests with OpenTelemetry, which is not set up."""
        ...


def _with_cookie(answer: Answer) -> tuple[tuple[bytes, bytes], ...]:
    """The cookie that the first answer has set."""
    return ((b"cookie", answer.headers["set-cookie"].partition(";")[0].encode()),)


def _has(names: Mapping[str, str | None], body: str = HELLO) -> Callable[[Answer], str | None]:
    """As `says`, and these fields are there; with this value, if there is one."""
    plain = says(body)

    def problem(answer: Answer) -> str | None:
        for name, value in names.items():
            if name not in answer.headers or (value is not None and answer.headers[name] != value):
                return f"{name} is {answer.headers.get(name)!r}"
        return plain(answer)

    return problem


def _packed(answer: Answer) -> str | None:
    """Encoded, somehow."""
    encoded = answer.headers.get("content-encoding")
    return None if answer.status == 200 and encoded and len(answer.body) < len(TEXT) else f"the encoding is {encoded}"


def _preflight(answer: Answer) -> str | None:
    granted = answer.headers.get("access-control-allow-methods") or ""
    return None if answer.status in {200, 204} and "GET" in granted else f"{answer.status} {answer.headers!r}"


def _redirected(answer: Answer) -> str | None:
    there = answer.headers.get("location") == "https://example.com/"
    return None if answer.status in {301, 307, 308} and there else f"{answer.status} {answer.headers!r}"


def _visits(count: int) -> Callable[[Answer], str | None]:
    return says(f"{count} visits")


_ORIGIN: Final = (b"origin", ORIGIN.encode())
_ASKS: Final = (_ORIGIN, (b"access-control-request-method", b"GET"))
_FORWARDED: Final = ((b"x-forwarded-for", b"203.0.113.7"), (b"x-forwarded-proto", b"https"))
_BASIC: Final = ((b"authorization", b"Basic " + base64.b64encode(CREDENTIALS.encode())),)
_GZIP: Final = ((b"accept-encoding", b"gzip"),)

S = Scenario[ShelfBuilder]
SHELF: Final[tuple[S, ...]] = (
    S("bare", "no middleware", Call("/"), lambda builder: builder.bare(), says(HELLO)),
    S("cors-idle", "cors, same origin", Call("/"), lambda builder: builder.cors(), says(HELLO)),
    S(
        "cors",
        "cors, allowed origin",
        Call("/", headers=(_ORIGIN,)),
        lambda builder: builder.cors(),
        _has({"access-control-allow-origin": ORIGIN}),
    ),
    S("preflight", "cors, preflight", Call("/", "OPTIONS", headers=_ASKS), lambda builder: builder.cors(), _preflight),
    S("compress-idle", "compress, below its minimum", Call("/"), lambda builder: builder.compress(), says(HELLO)),
    S("compress", "compress, gzip of 11 KB", Call("/long", headers=_GZIP), lambda builder: builder.compress(), _packed),
    S("security", "security headers", Call("/"), lambda builder: builder.security_headers(), _has(dict.fromkeys(SECURITY))),
    S("request-id", "request id", Call("/"), lambda builder: builder.request_id(), _has({"x-request-id": None})),
    S("hosts", "trusted hosts", Call("/"), lambda builder: builder.trusted_hosts(), says(HELLO)),
    S("https", "https redirect", Call("/"), lambda builder: builder.https_redirect(), _redirected),
    S("proxies", "proxies, two fields", Call("/", headers=_FORWARDED), lambda builder: builder.proxies(), says(HELLO)),
    S("body-limit", "body limit", Call("/"), lambda builder: builder.body_limit(), says(HELLO)),
    S("basic", "basic authentication", Call("/", headers=_BASIC), lambda builder: builder.basic(), says("ada")),
    S("csrf", "csrf, safe method", Call("/"), lambda builder: builder.csrf(), says(HELLO)),
    S("rate-limit", "rate limit", Call("/"), lambda builder: builder.rate_limit(), says(HELLO)),
    S("metrics", "metrics", Call("/"), lambda builder: builder.metrics(), says(HELLO)),
    S("tracing", "tracing, not set up", Call("/"), lambda builder: builder.tracing(), says(HELLO)),
    S("session-idle", "session, left alone", Call("/"), lambda builder: builder.sessions(), says(HELLO)),
    S(
        "session-read",
        "session, read",
        Call("/read"),
        lambda builder: builder.sessions(),
        _visits(1),
        follow=_with_cookie,
        first=Call("/write"),
    ),
    S(
        "session-write",
        "session, written",
        Call("/write"),
        lambda builder: builder.sessions(),
        _visits(2),
        follow=_with_cookie,
    ),
    S("stack", "a stack of five", Call("/", headers=(_ORIGIN,)), lambda builder: builder.stack(), _has({"x-request-id": None})),
    S(
        "stack-read",
        "the same, the session read",
        Call("/read", headers=(_ORIGIN,)),
        lambda builder: builder.stack(),
        _visits(1),
        follow=_with_cookie,
        first=Call("/write"),
    ),
)
