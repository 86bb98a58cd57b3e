"""Timeouts: how long a request may take, and how long we wait for its body."""

from __future__ import annotations

import math
from dataclasses import astuple, dataclass, replace

import anyio
from typing_extensions import TypeVar

from asgikit.connection import Connection
from asgikit.errors import HTTPError, RequestTimeout, ServiceUnavailable
from asgikit.handler import Handler, Middleware
from asgikit.patience import Patience
from asgikit.request import Request
from asgikit.response import Response

S = TypeVar("S")


@dataclass(frozen=True, kw_only=True, slots=True)
class TimeoutPolicy:
    """Seconds, None for no limit. Raises ValueError for a time that is not finite and above 0, and for no time at all."""

    request: float | None = None
    response: float | None = None
    idle_body: float | None = None
    total_body: float | None = None

    def __post_init__(self) -> None:
        """Checks all of them."""
        times = [time for time in astuple(self) if time is not None]
        if not times or not all(0 < time < math.inf for time in times):
            raise ValueError("request, response, idle_body and total_body are seconds above 0: give one of them at least")


def _timed_out(connection: Connection) -> HTTPError:
    """Whose fault it is says the inbox: 408 if we were waiting for the client, 503 if it was waiting for us."""
    connection.deadline = math.inf  # of the response that there is not going to be
    if connection.scope["type"] == "http" and connection.inbox.is_waiting:
        return RequestTimeout("the request body took too long", headers=(("connection", "close"),))
    return ServiceUnavailable("this takes too long: try again later", log="the handler was cancelled")


def timeouts(
    *,
    request: float | None = None,
    response: float | None = None,
    idle_body: float | None = None,
    total_body: float | None = None,
) -> Middleware:
    """Limits in seconds: past one the handler is cancelled where it waits, and what it holds in `async with` is let go.

    `response` is for the handler, until it gives its response: then 503, or 408 if it is waiting for the request body.
    `request` is the same, and goes on until the response is sent: a body that takes longer is cut off, bytes after a
    second at the earliest, a feed not at all. `idle_body` is for each chunk of the request body and `total_body` for all
    of it, counted while we wait for them: then 408. Readers with limits of their own (`request.stream(idle=…)`) go by those.
    Raises ValueError for a time that is not above 0, and for no time at all.
    """
    policy = TimeoutPolicy(request=request, response=response, idle_body=idle_body, total_body=total_body)
    whole = math.inf if policy.request is None else policy.request
    first = min(whole, math.inf if policy.response is None else policy.response)

    def middleware(handler: Handler[S], /) -> Handler[S]:
        async def timed(asked: Request[S]) -> Response:
            connection = asked.connection
            began = anyio.current_time()
            if (policy.idle_body, policy.total_body) != (None, None) and connection.scope["type"] == "http":
                connection.inbox.patience = Patience(policy.idle_body, policy.total_body)
            with anyio.CancelScope(deadline=began + first):
                answer = await handler(asked)
                connection.deadline = min(connection.deadline, began + whole)
                if whole < math.inf and isinstance(answer.body, bytes):
                    return answer.with_extras(replace(answer.extras, in_time=True))
                return answer
            raise _timed_out(connection)

        return timed

    return middleware
