"""Client: the same for tests that are not asynchronous, with the application in an event loop of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, AbstractContextManager, ExitStack, contextmanager
from functools import partial
from types import TracebackType
from typing import Any, Generic, Literal, ParamSpec, Self, Unpack, final, overload

from anyio.from_thread import BlockingPortal, start_blocking_portal
from typing_extensions import TypeVar

from asgikit.asgi import ASGIApp, ForeignApp
from asgikit.calls import Operation
from asgikit.http.cookies import SetCookie
from asgikit.http.sse import ServerSentEvent
from asgikit.testing.client import AsyncClient
from asgikit.testing.events import EventStream
from asgikit.testing.failures import NotRunning
from asgikit.testing.handshake import SocketOptions
from asgikit.testing.library import BodyOptions, CookieJar, HTTPHeaders, Library, R, RequestOptions
from asgikit.testing.messages import AS_THEY_ARE, MessageDecoder, MessageEncoder
from asgikit.testing.settings import ClientOptions, NetworkOptions
from asgikit.testing.socketportal import SyncWebSocketSession

Out = TypeVar("Out")
T = TypeVar("T")
P = ParamSpec("P")
Received = TypeVar("Received", default=str | bytes)
Sent = TypeVar("Sent", default=str | bytes)


@final
class Streamed(Generic[R]):
    """A response whose body comes as it is read."""

    def __init__(self, response: R, portal: BlockingPortal) -> None:
        """Read through the portal."""
        self.response: R = response
        """The response of the library: its status and its fields; its body is read here."""
        self._portal = portal

    @property
    def status_code(self) -> int:
        """Of the response."""
        return self.response.status_code

    @property
    def headers(self) -> HTTPHeaders:
        """Of the response."""
        return self.response.headers

    def iter_bytes(self) -> Iterator[bytes]:
        """The pieces of the body, as they come."""
        return self._each(self.response.aiter_bytes())

    def iter_text(self) -> Iterator[str]:
        """The same, decoded."""
        return self._each(self.response.aiter_text())

    def iter_lines(self) -> Iterator[str]:
        """Its lines, without their ends."""
        return self._each(self.response.aiter_lines())

    def _each(self, pieces: AsyncIterator[T]) -> Iterator[T]:
        while (piece := self._portal.call(anext, pieces, None)) is not None:
            yield piece

    def read(self) -> bytes:
        """The whole body."""
        return self._portal.call(self.response.aread)


@final
class SyncEventStream(Generic[R]):
    """The server-sent events of a response, `for event in events`, or `events.receive()` for the next one."""

    def __init__(self, stream: EventStream[R], portal: BlockingPortal) -> None:
        """Read through the portal."""
        self._stream = stream
        self._portal = portal

    @property
    def response(self) -> R:
        """The response that they are the body of."""
        return self._stream.response

    @property
    def last_event_id(self) -> str:
        """What a client that comes back sends as Last-Event-ID."""
        return self._stream.last_event_id

    def __iter__(self) -> Iterator[ServerSentEvent]:
        """The events until the stream ends."""
        while (event := self._portal.call(anext, self._stream, None)) is not None:
            yield event

    def receive(self, *, timeout: float | None = None) -> ServerSentEvent:
        """The next event. Raises NoAnswer when none comes for `timeout` seconds, UnexpectedResponse behind the last."""
        return self._portal.call(partial(self._stream.receive, timeout=timeout))


class Client(Generic[R]):
    """A client for synchronous tests: `with Client(app) as client:`, with the options and methods of AsyncClient.

    The application runs in an event loop in a thread of its own: `backend` is "asyncio" or "trio", and `backend_options`
    are those of anyio, {"use_uvloop": True}.
    """

    @overload
    def __init__(
        self,
        app: str,
        /,
        *,
        library: Library[R] | None = None,
        backend: Literal["asyncio", "trio"] = "asyncio",
        backend_options: Mapping[str, object] | None = None,
        **options: Unpack[NetworkOptions],
    ) -> None: ...
    @overload
    def __init__(
        self,
        app: ASGIApp | ForeignApp,
        /,
        *,
        library: Library[R] | None = None,
        backend: Literal["asyncio", "trio"] = "asyncio",
        backend_options: Mapping[str, object] | None = None,
        **options: Unpack[ClientOptions],
    ) -> None: ...
    def __init__(
        self, app: Any, /, *, library: Any = None, backend: str = "asyncio", backend_options: Any = None, **options: Any
    ) -> None:
        """Of an application, or of a base URL. Raises TypeError and ValueError for options that there are not."""
        self._client: AsyncClient[R] = AsyncClient(app, library=library, **options)
        self._backend = backend
        self._backend_options: dict[str, Any] = {**(backend_options or {})}
        self._open: ExitStack | None = None
        self._portal: BlockingPortal | None = None

    def __enter__(self) -> Self:
        """Starts the application. Raises LifespanFailed where it fails."""
        if self._open is not None:
            raise NotRunning("this client runs already")
        with ExitStack() as stack:
            portal = stack.enter_context(start_blocking_portal(self._backend, self._backend_options))
            stack.enter_context(portal.wrap_async_context_manager(self._client))
            self._portal = portal
            self._open = stack.pop_all()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        """Leaves what is open, and shuts the application down."""
        stack, self._open, self._portal = self._open, None, None
        if stack is not None:
            stack.__exit__(kind, error, traceback)

    @property
    def _running(self) -> BlockingPortal:
        if self._portal is None:
            raise NotRunning("the application is not running: write `with Client(app) as client:`")
        return self._portal

    def call(self, function: Callable[P, Awaitable[T]], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """What an asynchronous function gives, in the event loop of the application: `client.call(store.get, key)`."""
        return self._running.call(partial(function, *args, **kwargs))

    @property
    def headers(self) -> HTTPHeaders:
        """The fields that every request has from now on."""
        return self._client.headers

    @property
    def cookies(self) -> CookieJar:
        """The cookies: those that responses have set, and those that the test sets."""
        return self._client.cookies

    def set_cookie(self, cookie: SetCookie, /) -> None:
        """Sets a cookie as a response of the application would, in place of one that is there. Raises ValueError as there."""
        self._client.set_cookie(cookie)

    @property
    def state(self) -> dict[str, object]:
        """The namespace that the lifespan has filled: what is changed here, later requests have."""
        return self._client.state

    def request(self, method: str, url: str, **options: Unpack[BodyOptions]) -> R:
        """The response to a request, whole, when the application has ended."""
        return self.call(self._client.request, method, url, **options)

    def get(self, url: str, **options: Unpack[RequestOptions]) -> R:
        """The response to a GET."""
        return self.request("GET", url, **options)

    def head(self, url: str, **options: Unpack[RequestOptions]) -> R:
        """The response to a HEAD."""
        return self.request("HEAD", url, **options)

    def options(self, url: str, **options: Unpack[RequestOptions]) -> R:
        """The response to an OPTIONS."""
        return self.request("OPTIONS", url, **options)

    def delete(self, url: str, **options: Unpack[RequestOptions]) -> R:
        """The response to a DELETE."""
        return self.request("DELETE", url, **options)

    def post(self, url: str, **options: Unpack[BodyOptions]) -> R:
        """The response to a POST."""
        return self.request("POST", url, **options)

    def put(self, url: str, **options: Unpack[BodyOptions]) -> R:
        """The response to a PUT."""
        return self.request("PUT", url, **options)

    def patch(self, url: str, **options: Unpack[BodyOptions]) -> R:
        """The response to a PATCH."""
        return self.request("PATCH", url, **options)

    def query(self, url: str, **options: Unpack[BodyOptions]) -> R:
        """The response to a QUERY."""
        return self.request("QUERY", url, **options)

    @contextmanager
    def stream(self, method: str, url: str, **options: Unpack[BodyOptions]) -> Generator[Streamed[R]]:
        """A response as soon as it has begun; its body comes as it is read. The client leaves at the end of the block."""
        with self._wrapped(self._client.stream(method, url, **options)) as response:
            yield Streamed(response, self._running)

    @contextmanager
    def events(self, url: str, *, method: str = "GET", **options: Unpack[BodyOptions]) -> Generator[SyncEventStream[R]]:
        """The server-sent events of a response, as they come. Raises UnexpectedResponse for one that has none."""
        with self._wrapped(self._client.events(url, method=method, **options)) as stream:
            yield SyncEventStream(stream, self._running)

    @contextmanager
    def websocket(
        self,
        url: str,
        *,
        receives: MessageDecoder[Received] = AS_THEY_ARE,  # type: ignore[assignment]  # the default of its type variable
        sends: MessageEncoder[Sent] = AS_THEY_ARE,  # type: ignore[assignment]  # the default of its type variable
        **options: Unpack[SocketOptions],
    ) -> Generator[SyncWebSocketSession[Received, Sent]]:
        """A WebSocket, as soon as the application has accepted it. Raises WebSocketDenied where the application refuses."""
        with self._wrapped(self._client.websocket(url, receives=receives, sends=sends, **options)) as session:
            yield SyncWebSocketSession(session, self._running)

    def _wrapped(self, manager: AbstractAsyncContextManager[T]) -> AbstractContextManager[T]:
        return self._running.wrap_async_context_manager(manager)

    def __call__(self, operation: Operation[Out, P], /, *args: P.args, **kwargs: P.kwargs) -> Out:
        """What an operation returns for these arguments, `client(create_user, NewUser("ada"))`.

        Raises what the operation raises for a response that is no such result.
        """

        async def called() -> Out:  # through a partial, pyright loses what comes back
            return await self._client(operation, *args, **kwargs)

        return self._running.call(called)
