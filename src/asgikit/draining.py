"""Draining: what is answered to new work while what is under way comes to its end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from typing_extensions import TypeVar

from asgikit.asgi import HTTPScope, WebSocketScope
from asgikit.errors import ServiceUnavailable
from asgikit.handler import Handler
from asgikit.request import Request
from asgikit.response import Response
from asgikit.stopping import Stopping

S = TypeVar("S")

_REFUSAL: Final = Response.error(ServiceUnavailable("this server is about to stop: try again"))
_LAST: Final = _REFUSAL.with_header("connection", "close")


def refusal(http_version: str) -> Response:
    """503 (RFC 9110, 15.6.4); the last one on its connection, where a field can say so (RFC 9112, 9.6; RFC 9113, 8.2.2)."""
    return _LAST if http_version.startswith("1") else _REFUSAL


def draining(handler: Handler[S], stopping: Callable[[HTTPScope | WebSocketScope], Stopping]) -> Handler[S]:
    """The handler for requests to a server that goes on, a refusal for those to one that is about to stop."""

    async def drained(request: Request[S]) -> Response:
        if stopping(request.scope).is_told:
            return refusal(request.scope.get("http_version", "1.1"))
        return await handler(request)

    return drained
