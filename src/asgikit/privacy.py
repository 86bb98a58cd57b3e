"""Privacy: which responses are for whoever has asked, and for nobody else that a shared cache would give them to."""

from __future__ import annotations

from asgikit.http.cache import CacheControl
from asgikit.response import Response


def closed(response: Response, otherwise: str, *, to_all: bool = False) -> Response:
    """The response closed to shared caches: with this Cache-Control if it has none, with `private` if it has another.

    One that is for everybody in so many words, `public` or `s-maxage`, stays as it is; with `to_all` it is closed too. That
    it is fresh for a while says nothing of who may have it (RFC 9111, 5.2.2.1).
    """
    if not any(name == b"cache-control" and value for name, value in response.raw_headers):
        return response.with_header("cache-control", otherwise)
    given = response.headers["cache-control"]
    control = CacheControl.parse(given)
    if control.no_store or control.private is True:
        return response
    if control.public or control.s_maxage is not None:
        return response.with_header("cache-control", otherwise) if to_all else response
    return response.with_header("cache-control", otherwise if to_all else f"{given}, private")
