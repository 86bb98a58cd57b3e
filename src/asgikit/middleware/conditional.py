"""Conditional and range requests for any response (RFC 9110, 13 and 14)."""

from __future__ import annotations

from datetime import UTC, datetime

from asgikit.background import LOGGER
from asgikit.conditional import settle
from asgikit.handler import Middleware, after
from asgikit.http.methods import SAFE
from asgikit.request import Request
from asgikit.response import Response


def _settled(request: Request[object], response: Response) -> Response:
    if response.status < 300 and not request.connection.conditions_checked and _is_unheard(request):
        LOGGER.warning(
            "%s %r has changed something without regard to If-Match: call request.check_preconditions() before",
            request.method,
            request.path,
        )
    return settle(request.method, request.headers, response, datetime.now(UTC))


def _is_unheard(request: Request[object]) -> bool:
    asks = "if-match" in request.headers or "if-unmodified-since" in request.headers
    return asks and request.method not in SAFE


def conditional() -> Middleware:
    """Answers GET and HEAD by the tag and the date that a response carries: 304, 412, and 206 or 416 for ranges.

    The response is made all the same; what is saved is sending it. Tags come from `response.with_etag()`. Before it
    changes anything, a handler of another method asks `request.check_preconditions(…)`; one that does not is logged.
    """
    return after(_settled)
