"""Between ASGI's callables and ours: handlers inside other applications, and other frameworks' middleware as ours."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from typing_extensions import TypeVar

from asgikit.app import App
from asgikit.asgi import AnyReceive, AnySend, ASGIApp, ForeignApp, HTTPScope, WebSocketScope
from asgikit.background import run_behind
from asgikit.body import Upgrade
from asgikit.connection import Connection
from asgikit.deliver import Exchange, deliver, deliver_handshake
from asgikit.errors import CompositionError, HTTPError, InvalidEvent, ProtocolError
from asgikit.foreign.application import Foreign, from_asgi
from asgikit.groups import sole
from asgikit.handler import Handler, Middleware, error_response, log_refusal, respond_to
from asgikit.handshake import check_upgrade
from asgikit.request import Request
from asgikit.response import Response
from asgikit.routing import is_router
from asgikit.stopping import Stopping

S = TypeVar("S")


def to_asgi(handler: Handler[S], state: Callable[[HTTPScope | WebSocketScope], S], /) -> App[None]:
    """An ASGI application for a place inside another one, whose lifespan is not ours: the state comes from the scope.

    Where the server runs the lifespan, write `App(handler, lifespan=…)`.
    """
    if not callable(state):
        raise CompositionError(f"to_asgi() takes a function from the scope to the state, not {state!r}")

    def given(inside: Handler[S], /) -> Handler[None]:
        def with_state(request: Request[None]) -> Awaitable[Response]:
            return inside(request.with_state(state(request.scope)))

        return with_state

    return App(handler.wrap(given) if is_router(handler) else given(handler), signals=False)


def asgi_middleware(wrap: Callable[[ASGIApp], ForeignApp], /, *, name: str | None = None) -> Middleware:
    """Another framework's middleware, a function from application to application, as one of ours.

    It is made once for each handler it is around, and has no lifespan. An HTTPError of the handler is a response before
    it gets there, as the middleware could not change it otherwise; other exceptions pass through it.
    """
    if not callable(wrap):
        raise CompositionError(f"asgi_middleware() takes a function from application to application, not {wrap!r}")

    def middleware(handler: Handler[S], /) -> Handler[S]:
        inner = _Inner(handler)
        foreign: Foreign = from_asgi(wrap(inner), name=name, lifespan="off")

        async def around(request: Request[S]) -> Response:
            return await foreign.answer(request, extra={inner.key: request})

        return around

    return middleware


class _Inner:
    """A handler as the application that a middleware is around; the request it is for comes through the scope."""

    def __init__(self, handler: Handler[Any]) -> None:
        self._handler: Handler[Any] = handler
        self.key = f"asgikit.request.{id(self):x}"

    async def __call__(self, scope: Mapping[str, Any], receive: AnyReceive, send: AnySend) -> None:
        outer: Request[Any] | None = scope.get(self.key)
        if outer is None:
            raise ProtocolError("a middleware called its application with a scope that is none of a request")
        untyped: Any = scope
        if scope["type"] == "websocket" and (await receive())["type"] != "websocket.connect":
            raise InvalidEvent("a WebSocket has to begin with websocket.connect")
        connection = Connection(untyped, receive, outer.connection.limit, send)
        connection.origin_checked = outer.connection.origin_checked
        connection.stopping = outer.connection.stopping
        stopping = connection.stopping or Stopping()  # an event stream is ended by the edge, around the middleware
        if connection.headers.get("x-request-id") == outer.headers.get("x-request-id"):
            connection.id = outer.id  # unless the middleware has given another one
        request = Request(connection, outer.state, outer.route, outer.args)
        try:
            response = await self._answer(request)
            if scope["type"] == "http":
                sending = deliver(Exchange(request, untyped["method"], send, stopping), response)
            else:
                sending = deliver_handshake(connection, response, send, stopping)
            await run_behind(sending, response.tasks, connection)
        finally:
            await connection.end()

    async def _answer(self, request: Request[Any]) -> Response:
        try:
            response = await self._handler(request)
            if isinstance(response.body, Upgrade) and request.scope["type"] == "websocket":
                check_upgrade(request.connection, response.body, response.raw_headers)
        except Exception as error:
            only = sole(error)
            if not isinstance(only, HTTPError):
                raise
            log_refusal(request, only)
            return respond_to(request, error, error_response(only))
        return response
