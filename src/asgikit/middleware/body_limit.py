"""Body limits: how many bytes the body of a request may have (RFC 9110, 15.5.14)."""

# pyright: reportPrivateUsage=false
# Most requests have no body, and need no connection for being limited: one that is made later has its limit from the request.

from __future__ import annotations

from typing_extensions import TypeVar

from asgikit.allowance import Cap
from asgikit.handler import Handler, Middleware
from asgikit.request import Request
from asgikit.response import Response

S = TypeVar("S")


def restrict(request: Request[object], cap: Cap) -> None:
    """Has every reader of the body, of every copy of the request, refused what is past this."""
    while request._shared is None and (origin := request._origin) is not None:
        request = origin  # whose connection a copy will have
    if request._shared is None:
        request._limit = cap
    else:
        request._shared.restrict(cap)


def body_limit(limit: int, /) -> Middleware:
    """Refuses request bodies of more than so many bytes with 413, however they are read, also by a mounted application.

    One that says so in its content-length is refused before a byte of it is read, any other where it goes past the limit.
    It takes the place of the limits further out, the App's included: a route can be allowed more as well as less. Readers
    with limits of their own (`request.body(limit=…)`, forms) go by the stricter. Raises ValueError for a negative limit.
    """
    if limit < 0:
        raise ValueError(f"limit is a number of bytes, not {limit}")
    cap = Cap(limit)

    def middleware(handler: Handler[S], /) -> Handler[S]:
        async def limited(request: Request[S]) -> Response:
            restrict(request, cap)
            return await handler(request)

        return limited

    return middleware
