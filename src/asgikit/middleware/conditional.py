"""Conditional and range requests for any response (RFC 9110, 13 and 14)."""

from __future__ import annotations

from datetime import UTC, datetime

from asgikit.conditional import settle
from asgikit.handler import Middleware, after
from asgikit.request import Request
from asgikit.response import Response


def _settled(request: Request[object], response: Response) -> Response:
    return settle(request.method, request.headers, response, datetime.now(UTC))


def conditional() -> Middleware:
    """Answers GET and HEAD by the tag and the date that a response carries: 304, 412, and 206 or 416 for ranges.

    The response is made all the same; what is saved is sending it. Tags come from `response.with_etag()`. Before it
    changes anything, a handler of another method asks `request.check_preconditions(…)`.
    """
    return after(_settled)
