"""Handler and Middleware: the two types that everything composes with, and the middleware that needs no more."""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable
from typing import Final, ParamSpec, Protocol, TypeAlias

import anyio
import anyio.to_thread
from typing_extensions import TypeVar

from asgikit.background import LOGGER
from asgikit.errors import CompositionError, HTTPError
from asgikit.functions import require_sync
from asgikit.groups import sole
from asgikit.http.redaction import escaped
from asgikit.request import Request
from asgikit.response import Response

S = TypeVar("S")
T = TypeVar("T")
E = TypeVar("E", bound=Exception)
P = ParamSpec("P")

Handler: TypeAlias = Callable[[Request[S]], Awaitable[Response]]
"""What answers requests whose state is an `S`: a function, a Route, a Router."""

Transform: TypeAlias = Callable[[Request[object], Response], Response]
"""A pure function from request and response to the response to send."""


class Middleware(Protocol):
    """A function from handler to handler that leaves the state as it is; one that changes it is a plain function."""

    def __call__(self, handler: Handler[S], /) -> Handler[S]:
        """The handler with the middleware around it."""
        ...


def require_handler(handler: Handler[S], middleware: object) -> Handler[S]:
    """The handler. Raises CompositionError if the middleware gave anything else."""
    if not callable(handler):
        raise CompositionError(f"the middleware {middleware!r} returned {handler!r}: it has to return a handler")
    return handler


def after(transform: Transform, /) -> Middleware:
    """Middleware that changes every response: also the one that an error becomes further out, in `catch` or at the edge."""
    require_sync(transform, "after()")

    def middleware(handler: Handler[S], /) -> Handler[S]:
        async def changed(request: Request[S]) -> Response:
            try:
                response = await handler(request)
            except Exception as error:
                remember(request, error, transform, changed)
                raise
            return transform(request, response)

        return changed

    return middleware


def remember(request: Request[object], error: Exception, transform: Transform, by: object) -> None:
    """Has the response that an error becomes further out changed, too: what `after` does, for who needs more than it."""

    def bound(response: object) -> object:
        return transform(request, response) if isinstance(response, Response) else response

    failure = request.connection.failure
    earlier = failure[1] if failure is not None and failure[0] is error else {}
    # Once for each middleware, though a retry further out may have sent the same error through it before.
    request.connection.failure = (error, {**earlier, by: bound})


def respond_to(request: Request[object], error: Exception, response: Response) -> Response:
    """The response to an error, changed by every `after` that the error has passed on its way out."""
    failure = request.connection.failure
    if failure is None or failure[0] is not error:
        return response
    for transform in failure[1].values():
        try:
            changed = transform(response)
        except Exception:  # noqa: BLE001  # one error is being reported already; the response has to go out
            LOGGER.exception("a middleware failed on the response to %r", error)
        else:
            response = changed if isinstance(changed, Response) else response
    return response


def catch(error: type[E], to_response: Callable[[Request[object], E], Response], /) -> Middleware:
    """Middleware that turns an exception of this type into a response, also one that is alone in a group; others pass."""
    _require_exception_type(error)
    require_sync(to_response, "catch()")

    def middleware(handler: Handler[S], /) -> Handler[S]:
        async def caught(request: Request[S]) -> Response:
            try:
                return await handler(request)
            except Exception as raised:
                for found in (sole(raised), raised):
                    if isinstance(found, error):
                        return respond_to(request, raised, to_response(request, found))
                raise

        return caught

    return middleware


def _require_exception_type(error: object) -> None:
    if not (isinstance(error, type) and issubclass(error, Exception)):
        raise CompositionError(f"catch() takes an exception class, not {error!r}")


def error_response(error: Exception) -> Response:
    """What a client is told about an error: its public text if it has one, nothing but 500 otherwise."""
    if isinstance(error, HTTPError):
        return Response.error(error)
    return _INTERNAL


def log_refusal(request: Request[object], error: HTTPError) -> None:
    """Logs what the client is not told, and what is our fault."""
    if error.log is not None or error.status >= 500:
        LOGGER.warning("%s %r: %s", escaped(request.method), request.scope["path"], error)


_INTERNAL: Final = Response.text("Internal Server Error", status=500)


def when(predicate: Callable[[Request[object]], bool], middleware: Middleware, /) -> Middleware:
    """The middleware for requests that fulfil the predicate; others go straight to the handler."""
    require_sync(predicate, "when()")

    def chosen(handler: Handler[S], /) -> Handler[S]:
        inside = require_handler(middleware(handler), middleware)

        async def choose(request: Request[S]) -> Response:
            return await (inside if predicate(request) else handler)(request)

        return choose

    return chosen


def blocking(function: Callable[P, T], /, *, limiter: anyio.CapacityLimiter | None = None) -> Callable[P, Awaitable[T]]:
    """A synchronous function run in a worker thread; in a limiter of its own if given, else in anyio's default one."""

    @functools.wraps(function)
    async def in_thread(*args: P.args, **kwargs: P.kwargs) -> T:
        return await anyio.to_thread.run_sync(functools.partial(function, *args, **kwargs), limiter=limiter)

    return in_thread
