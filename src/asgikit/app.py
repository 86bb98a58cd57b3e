"""The edge: App runs a typed handler as an ASGI application."""

# pyright: reportPrivateUsage=false
# The edge is on the way of every request: it makes requests and reads responses without their methods.

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final, Generic, Never, final, overload

from typing_extensions import TypeVar

from asgikit.asgi import (
    AnyReceive,
    AnySend,
    HTTPScope,
    LifespanScope,
    WebSocketScope,
    is_lifespan,
    is_websocket,
)
from asgikit.background import run_behind
from asgikit.body import Upgrade
from asgikit.connection import Connection
from asgikit.debugging.answer import debug_response
from asgikit.deliver import Exchange, deliver, deliver_handshake
from asgikit.draining import draining
from asgikit.errors import (
    ClientDisconnected,
    CompositionError,
    HTTPError,
    InvalidEvent,
    ProtocolError,
    UnknownScope,
)
from asgikit.foreign.application import Foreign, with_foreign
from asgikit.groups import sole
from asgikit.handler import Handler, error_response, log_refusal, respond_to
from asgikit.handshake import check_upgrade
from asgikit.http.content import BODILESS
from asgikit.inbox import BODY_LIMIT
from asgikit.lifespan import Lifespan, States, given, require_lifespan, serve_lifespan, serve_nothing
from asgikit.mounting import foreign_in
from asgikit.request import Request
from asgikit.response import Response
from asgikit.route import Route
from asgikit.routing import is_router
from asgikit.stopping import Stopping

S = TypeVar("S")

_new: Final = object.__new__
_UNSHARED: Final[Connection | None] = None
_REQUEST: Final[type[Request[Any]]] = Request


@final
class App(Generic[S]):
    """An ASGI 3 application for any server: a handler, and the lifespan that gives its state."""

    __slots__ = (
        "_body_limit",
        "_debug",
        "_handler",
        "_handshake",
        "_lifespan",
        "_mounted",
        "_open",
        "_serve",
        "_signals",
        "_states",
        "_stopping",
    )

    @overload
    def __init__(
        self: App[None], handler: Handler[None], /, *, debug: bool = False, body_limit: int = BODY_LIMIT, signals: bool = True
    ) -> None: ...
    @overload
    def __init__(
        self,
        handler: Handler[S],
        /,
        *,
        lifespan: Lifespan[S],
        debug: bool = False,
        body_limit: int = BODY_LIMIT,
        signals: bool = True,
    ) -> None: ...
    def __init__(
        self,
        handler: Handler[Any],
        /,
        *,
        lifespan: Lifespan[Any] | None = None,
        debug: bool = False,
        body_limit: int = BODY_LIMIT,
        signals: bool = True,
    ) -> None:
        """`debug` shows exceptions to clients, with source and variables; `body_limit` is how many bytes `request.body()` keeps.

        With `signals`, it does what `stop()` does at SIGINT and SIGTERM, whose handlers are then called as before.

        Raises CompositionError for a handler that cannot be called.
        """
        if not callable(handler):
            raise CompositionError(f"App() takes a handler or a Router, not {handler!r}")
        if lifespan is not None:
            require_lifespan(lifespan)
        self._handler: Handler[S] = handler
        self._serve: Handler[S] = handler.dispatch.serve if is_router(handler) else handler
        self._handshake: Handler[S] = handler.dispatch.handshake if is_router(handler) else handler
        self._open: tuple[Handler[S], Handler[S]] = (self._serve, self._handshake)
        self._lifespan: Lifespan[S] | None = lifespan
        self._debug: bool = debug
        self._body_limit: int = body_limit
        self._signals: bool = signals
        self._stopping: Stopping = Stopping(self._swap)
        stateless: tuple[Any, ...] = () if lifespan is not None else (None,)
        self._states: States[S] = States(self, *stateless)
        self._mounted: tuple[Foreign, ...] = foreign_in(handler)

    @property
    def routes(self) -> tuple[Route[Never], ...]:
        """The routes of its router, for tools; none where it was given another handler, as a middleware around a router is."""
        return self._handler.routes if is_router(self._handler) else ()

    @property
    def state(self) -> S:
        """What its lifespan has given, for tests. Raises StateMissing if none runs, or several at once."""
        return self._states.sole()

    def with_state(self, state: S) -> App[S]:
        """The same application with this state in place of its lifespan, which does not run; those of mounted ones do."""
        app = App(self._handler, lifespan=given(state), debug=self._debug, body_limit=self._body_limit, signals=self._signals)
        app._states = States(app, state)
        return app

    async def __call__(self, scope: Mapping[str, object], receive: AnyReceive, send: AnySend) -> None:
        """Serves one connection. Raises UnknownScope for a type other than http, websocket and lifespan."""
        if scope["type"] != "http":
            return await self._other(scope, receive, send)
        untyped: Any = scope
        request = _new(_REQUEST)
        request._scope = untyped
        request._receive, request._send = receive, send
        request._limit, request._shared = self._body_limit, _UNSHARED
        request._matched = request._origin = None  # not all at once: constants would be packed, and unpacked again
        request._args = ()
        try:
            try:
                request._state = None if self._lifespan is None else self._states.of(untyped)
                response = await self._serve(request)
                if response.__class__ is not Response:
                    raise ProtocolError(f"a handler returned {response!r}: it has to return a Response")
            except Exception as error:
                if await self._refuse(request, error):
                    raise
                return None
            body = response._body
            status = response._status
            if (
                body.__class__ is not bytes
                or response._extras is not None
                or untyped["method"] == "HEAD"
                or status in BODILESS
                or ((shared := request._shared) is not None and shared.watchers is not None)
            ):
                return await self._deliver(request, response)
            # What deliver() does, without its calls: nearly every response goes through here.
            try:
                await send({"type": "http.response.start", "status": status, "headers": [*response._raw]})
                await send({"type": "http.response.body", "body": body})
            except OSError:
                pass  # the client left (www, Disconnected Client)
        finally:
            if (shared := request._shared) is not None:
                await Connection.end(shared) if shared.is_running else shared.close()

    async def _deliver(self, request: Request[Any], response: Response) -> None:
        scope: Any = request._scope
        sending = deliver(Exchange(request, scope["method"], request._send, self._stops(scope)), response)
        await run_behind(sending, response.tasks, request.connection)

    async def _refuse(self, request: Request[Any], error: Exception) -> bool:
        """Tells the client, if it is there. Whether the error is one that the server has to know of too."""
        if isinstance(error, ClientDisconnected):
            return False
        response = await self._failed(request, error)
        if _is_plain(request, response):  # as in __call__: nearly every refusal goes through here
            with suppress(OSError):
                await request._send({"type": "http.response.start", "status": response._status, "headers": [*response._raw]})
                await request._send({"type": "http.response.body", "body": response._body})
        else:
            await self._deliver(request, response)
        return not isinstance(sole(error), HTTPError | ClientDisconnected)

    async def _other(self, scope: Mapping[str, object], receive: AnyReceive, send: AnySend) -> None:
        if is_websocket(scope):
            await self._websocket(scope, receive, send)
        elif is_lifespan(scope):
            await self._live(scope, receive, send)
        else:
            raise UnknownScope(f"this application does not serve the scope type {scope['type']!r}")

    async def _websocket(self, scope: WebSocketScope, receive: AnyReceive, send: AnySend) -> None:
        event = await receive()
        if event["type"] == "websocket.disconnect":
            return
        if event["type"] != "websocket.connect":
            raise InvalidEvent(f"the server sent {event['type']!r} where a WebSocket has to begin with websocket.connect")
        connection = Connection(scope, receive, self._body_limit)
        connection.stopping = stopping = self._stops(scope)
        try:
            await self._shake(scope, connection, send, stopping)
        finally:
            await connection.end()

    async def _shake(self, scope: WebSocketScope, connection: Connection, send: AnySend, stopping: Stopping) -> None:
        request = Request[Any](connection, None)
        failure: Exception | None = None
        try:
            if self._lifespan is not None:
                request = request.with_state(self._states.of(scope))
            response = await self._handshake(request)
            if response.__class__ is not Response:
                raise ProtocolError(f"a handler returned {response!r}: it has to return a Response")
            if isinstance(response.body, Upgrade):
                check_upgrade(connection, response.body, response.raw_headers)
        except ClientDisconnected:
            return
        except Exception as error:  # noqa: BLE001  # raised below, when the client has been told
            failure = error
            response = await self._failed(request, error)
        sending = deliver_handshake(connection, response, send, stopping)
        await run_behind(sending, response.tasks, connection)
        if failure is not None and not isinstance(sole(failure), HTTPError | ClientDisconnected):
            raise failure

    async def _failed(self, request: Request[object], error: Exception) -> Response:
        """What the client is told: the public text of an HTTPError, 500 for anything else."""
        only = sole(error)
        if isinstance(only, HTTPError):
            log_refusal(request, only)
        elif self._debug:
            return respond_to(request, error, await debug_response(request, error))
        return respond_to(request, error, error_response(only))

    def stop(self) -> None:
        """Says that the server is about to stop: feeds and sockets end, politely, and new requests are refused with 503.

        Until a lifespan starts, or the last one ends. From any thread.
        """
        self._stopping.tell()

    def _swap(self) -> None:
        """Another handler while something is about to stop, so that no other request pays for the question whether it is."""
        serve, handshake = self._open
        if self._stopping.is_partly_told:
            serve, handshake = draining(serve, self._stops), draining(handshake, self._stops)
        self._serve, self._handshake = serve, handshake

    def _stops(self, scope: HTTPScope | WebSocketScope) -> Stopping:
        """The news for this connection: of its own lifespan, where the server says which that is."""
        return self._stopping.of(scope.get("state"))

    async def _live(self, scope: LifespanScope, receive: AnyReceive, send: AnySend) -> None:
        token = object()

        def publish(state: S) -> None:
            self._states.publish(token, state, scope.get("state"))

        lifespan: Lifespan[Any] | None = self._lifespan
        if self._mounted:
            lifespan = with_foreign(lifespan, self._mounted, scope)
        with self._stopping.lifespan(scope.get("state"), signals=self._signals) as stopping:
            try:
                if lifespan is None:
                    await serve_nothing(receive, send, stopping.tell)
                else:
                    await serve_lifespan(lifespan, publish, stopping.tell, receive, send)
            finally:
                self._states.forget(token)

    def __repr__(self) -> str:
        """What it serves."""
        return f"<App {self._open[0]!r}>"


def _is_plain(request: Request[Any], response: Response) -> bool:
    """Whether a response is two messages that nobody watches."""
    scope: Any = request._scope
    watched = request._shared is not None and request._shared.watchers is not None
    has_body = scope["method"] != "HEAD" and response._status not in BODILESS
    return response._body.__class__ is bytes and response._extras is None and has_body and not watched
