"""Entity tags made from what is sent, and the 304 that they are for (RFC 9110, 8.8.3 and 13)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from asgikit.conditional import is_asked, settle
from asgikit.handler import Middleware, after
from asgikit.request import Request
from asgikit.response import Response

LARGEST: Final = 1024 * 1024
"""Bytes of a body that gets a tag by default: hashing more of them would keep others waiting."""


def tagged(method: str, response: Response, limit: int = LARGEST) -> Response:
    """A 200 to GET or HEAD with a strong tag of its bytes; as it is if it has one, no bytes, too many, or is not to be stored.

    None at all count as no bytes: a handler may answer HEAD without making the body that GET has.
    """
    body = response.body
    if response.status != 200 or method not in {"GET", "HEAD"} or not isinstance(body, bytes) or not 0 < len(body) <= limit:
        return response
    for name, value in response.raw_headers:
        if name == b"etag" or (name == b"cache-control" and b"no-store" in value.lower()):
            return response
    return response.with_etag()


def etag(*, limit: int = LARGEST) -> Middleware:
    """Gives responses of up to `limit` bytes a tag made from them, and answers by it, or by their own: 304, 412, 206, 416.

    It does what `conditional` does, too. The response is made all the same; what is saved is sending it. What changes
    bodies, as compression, goes around it. Raises ValueError for a limit below 1.
    """
    if limit < 1:
        raise ValueError(f"limit is a number of bytes from 1, not {limit}")

    def settled(request: Request[object], response: Response) -> Response:
        method = request.method
        if response.status != 200 or method not in {"GET", "HEAD"}:
            return response
        response = tagged(method, response, limit)
        return settle(method, request.headers, response, datetime.now(UTC)) if is_asked(request.headers) else response

    return after(settled)
