"""What a cache keeps of which response, and what it answers with it: the pure half of middleware.cache (RFC 9111)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from time import time
from typing import Final
from urllib.parse import urljoin, urlsplit

from asgikit.asgi import HTTPScope
from asgikit.caching import Stored
from asgikit.conditional import is_asked, settle
from asgikit.http.cache import CacheControl
from asgikit.http.grammar import is_token
from asgikit.http.headers import Headers
from asgikit.http.storing import CREDENTIALS, age_of, lasting, terms_of
from asgikit.http.url import encode_path
from asgikit.partitions import bounded
from asgikit.response import Response

LARGEST: Final = 1024 * 1024
"""Bytes of a body that is kept by default."""

ASKING: Final = ("if-match", "if-none-match", "if-modified-since", "if-unmodified-since", "if-range")
"""The fields of conditions (RFC 9110, 13.1)."""

ANYTHING: Final = CacheControl()
"""What is asked of caches that are asked for nothing in particular."""

_LONGEST: Final = 512  # characters of a key that is kept as it is
_RELOAD: Final = CacheControl(no_cache=True)


@dataclass(frozen=True, kw_only=True, slots=True)
class CachePolicy:
    """What is kept: the seconds of what says none, None for not keeping it; the largest body; more fields with credentials.

    Raises ValueError for numbers that cannot be meant, and for what is no header name.
    """

    default_ttl: int | None = None
    max_body: int = LARGEST
    credentials: frozenset[str] = frozenset()
    client_directives: bool = True
    clock: Callable[[], float] = time

    def __post_init__(self) -> None:
        """Checks every part."""
        if (self.default_ttl is not None and self.default_ttl < 1) or self.max_body < 0:
            raise ValueError(f"default_ttl is from 1, max_body from 0: not {self.default_ttl} and {self.max_body}")
        for name in self.credentials:
            if not is_token(name):
                raise ValueError(f"{name!r} is not a header name")
        object.__setattr__(self, "credentials", CREDENTIALS | {name.lower() for name in self.credentials})


def key_of(scope: HTTPScope, headers: Headers) -> str:
    """What a response is kept under: scheme, host, path and query, as the client wrote them."""
    raw = scope.get("raw_path")
    path = encode_path(scope["path"]) if raw is None else raw.partition(b"?")[0].decode("latin-1")
    return _key(_origin(scope, headers), path, (scope.get("query_string") or b"").decode("latin-1"))


def also_changed(scope: HTTPScope, headers: Headers, response: Headers) -> Iterator[str]:
    """The keys of what a response to an unsafe method names on the same host (RFC 9111, 4.4)."""
    origin = _origin(scope, headers)
    for name in ("location", "content-location"):
        target = response.get(name)
        if target is None:
            continue
        try:
            url = urlsplit(urljoin(f"{origin[0]}://{origin[1]}{encode_path(scope['path'])}", target))
        except ValueError:
            continue  # no URL that anything could be kept under
        if (url.scheme, url.netloc.lower()) == origin:
            yield _key(origin, url.path, url.query)


def _origin(scope: HTTPScope, headers: Headers) -> tuple[str, str]:
    return scope.get("scheme") or "http", (headers.get("host") or "").lower()


def _key(origin: tuple[str, str], path: str, query: str) -> str:
    # Lines, for no field and no path has any: a host could else begin a path.
    return bounded("\n".join((*origin, f"{path}?{query}")), _LONGEST)


def to_store(policy: CachePolicy, request: Headers, response: Response) -> Stored | None:
    """The response to a GET as it is kept; None if it is not."""
    body = response.body
    if not isinstance(body, bytes) or len(body) > policy.max_body or response.extras.trailers is not None:
        return None
    fields = response.headers
    terms = terms_of(request, response.status, fields, policy.default_ttl, policy.credentials)
    if terms is None or (age := age_of(fields)) >= terms.lifetime:
        return None
    made = int(policy.clock()) - age
    return Stored(made=made, terms=terms, status=response.status, fields=lasting(fields), body=body)


def from_store(stored: Stored, age: int) -> Response:
    """The response that was kept, with its age (RFC 9111, 4)."""
    fields = (*stored.fields, (b"age", b"%d" % age))
    if stored.status == 200:
        return Response.encoded(stored.body, lambda length: fields)  # which it had when it was kept: they are checked
    return Response(stored.body, status=stored.status).with_headers(Headers.from_raw(fields))


def asked_for(policy: CachePolicy, request: Headers) -> CacheControl:
    """What the client asks of caches, if it has a say (RFC 9111, 5.2.1 and 5.4)."""
    if not policy.client_directives:
        return ANYTHING
    if (text := request.get("cache-control")) is not None:
        return CacheControl.parse(text)
    return _RELOAD if "no-cache" in (request.get("pragma") or "") else ANYTHING


def answered(scope: HTTPScope, request: Headers, response: Response) -> Response:
    """What the conditions and the range of the request make of the response to it."""
    return settle(scope["method"], request, response, datetime.now(UTC)) if is_asked(request) else response
