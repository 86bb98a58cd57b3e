"""Client: the same for tests that are not asynchronous, with the application in an event loop of its own."""

from __future__ import annotations

from collections.abc import AsyncIterable, Awaitable, Callable, Generator, Mapping
from contextlib import AbstractAsyncContextManager, AbstractContextManager, ExitStack, contextmanager
from functools import partial
from types import TracebackType
from typing import Any, Generic, Literal, ParamSpec, Self, Unpack, overload

from anyio.from_thread import BlockingPortal, start_blocking_portal
from typing_extensions import TypeVar

from asgikit.asgi import ASGIApp, ForeignApp
from asgikit.calls import Operation
from asgikit.http.cookies import SetCookie
from asgikit.testing.client import AsyncClient
from asgikit.testing.failures import NotRunning
from asgikit.testing.fields import CookieJar, HTTPHeaders
from asgikit.testing.handshake import SocketOptions
from asgikit.testing.library import BodyOptions, Library, R
from asgikit.testing.messages import AS_THEY_ARE, MessageDecoder, MessageEncoder
from asgikit.testing.sendable import AnyPieces, unblocked
from asgikit.testing.settings import ClientOptions, NetworkOptions
from asgikit.testing.socketportal import SyncWebSocketSession
from asgikit.testing.streamportal import Streamed, SyncEventStream
from asgikit.testing.verbs import Verbs

Out = TypeVar("Out")
T = TypeVar("T")
P = ParamSpec("P")
Received = TypeVar("Received", default=str | bytes)
Sent = TypeVar("Sent", default=str | bytes)


class Client(Verbs[R, AnyPieces], Generic[R]):
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

    @property
    def _started(self) -> AsyncClient[R]:
        """The client, where it runs: what it says else is about itself."""
        _ = self._running
        return self._client

    def call(self, function: Callable[P, Awaitable[T]], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """What an asynchronous function gives, in the event loop of the application: `client.call(store.get, key)`."""
        return self._running.call(partial(function, *args, **kwargs))

    @property
    def headers(self) -> HTTPHeaders:
        """The fields that every request has from now on."""
        return self._started.headers

    @property
    def cookies(self) -> CookieJar:
        """The cookies: those that responses have set, and those that the test sets."""
        return self._started.cookies

    def set_cookie(self, cookie: SetCookie, /) -> None:
        """Sets a cookie as a response of the application would, in place of one that is there. Raises ValueError as there."""
        self._started.set_cookie(cookie)

    @property
    def state(self) -> dict[str, object]:
        """The namespace that the lifespan has filled: what is changed here, later requests have."""
        return self._started.state

    def request(self, method: str, url: str, **options: Unpack[BodyOptions[AnyPieces]]) -> R:
        """The response to a request, whole, when the application has ended. Raises as there.

        An iterator that blocks, a generator or a file, is read in a worker thread.
        """
        given = self._unblocked(options)
        return self._running.call(partial(self._client.request, method, url, **given))

    @contextmanager
    def stream(self, method: str, url: str, **options: Unpack[BodyOptions[AnyPieces]]) -> Generator[Streamed[R]]:
        """A response as soon as it has begun; its body comes as it is read. The client leaves at the end of the block."""
        with self._wrapped(self._client.stream(method, url, **self._unblocked(options))) as response:
            yield Streamed(response, self._running)

    @contextmanager
    def events(
        self, url: str, *, method: str = "GET", **options: Unpack[BodyOptions[AnyPieces]]
    ) -> Generator[SyncEventStream[R]]:
        """The server-sent events of a response, as they come. Raises UnexpectedResponse for one that has none."""
        with self._wrapped(self._client.events(url, method=method, **self._unblocked(options))) as stream:
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

    def _unblocked(self, options: BodyOptions[AnyPieces]) -> BodyOptions[AsyncIterable[bytes]]:
        given: Any = unblocked({**options}, options.get("headers") or ())
        sent: BodyOptions[AsyncIterable[bytes]] = given
        return sent

    def _wrapped(self, manager: AbstractAsyncContextManager[T]) -> AbstractContextManager[T]:
        return self._running.wrap_async_context_manager(manager)

    def __call__(self, operation: Operation[Out, P], /, *args: P.args, **kwargs: P.kwargs) -> Out:
        """What an operation returns for these arguments, `client(create_user, NewUser("ada"))`.

        Raises what the operation raises for a response that is no such result.
        """

        async def called() -> Out:  # through a partial, pyright loses what comes back
            return await self._client(operation, *args, **kwargs)

        return self._running.call(called)
