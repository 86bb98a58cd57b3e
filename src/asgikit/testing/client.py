"""AsyncClient: requests to an application in process, or over the network, from the event loop of the test."""

from __future__ import annotations

import math
from collections.abc import AsyncGenerator, AsyncIterable, Coroutine, Mapping
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Any, Generic, ParamSpec, Self, Unpack, overload

from typing_extensions import TypeVar

from asgikit.asgi import ASGIApp, ForeignApp
from asgikit.calls import Call, Operation, Reply
from asgikit.http.cookies import SetCookie
from asgikit.http.headers import Headers
from asgikit.testing.adapter import EAGER, FOLLOWS, Transport
from asgikit.testing.content import closed
from asgikit.testing.cookies import give_cookie
from asgikit.testing.events import EventStream
from asgikit.testing.failures import NotRunning, is_stop
from asgikit.testing.fields import CookieJar, HTTPHeaders
from asgikit.testing.handshake import SocketOptions, handshake_options, http_url
from asgikit.testing.library import DEFAULT, BodyOptions, HTTPClient, Library, R, require_library
from asgikit.testing.lifespans import Life
from asgikit.testing.messages import AS_THEY_ARE, MessageDecoder, MessageEncoder
from asgikit.testing.profile import Profile
from asgikit.testing.sendable import sendable
from asgikit.testing.settings import BASE_URL, OWN_KEYS, SERVER_KEYS, ClientOptions, NetworkOptions, checked
from asgikit.testing.verbs import Verbs
from asgikit.testing.waiting import seconds_of
from asgikit.testing.websocket import WebSocketSession, opened

Out = TypeVar("Out")
P = ParamSpec("P")
Received = TypeVar("Received", default=str | bytes)
Sent = TypeVar("Sent", default=str | bytes)


class AsyncClient(Verbs[Coroutine[object, object, R], AsyncIterable[bytes]], Generic[R]):
    """A client of an ASGI application, or of whatever serves a base URL: `async with AsyncClient(app) as client:`.

    The block runs the lifespan of the application. Every exchange is checked against the ASGI specification; a broken rule
    is a ConformanceError. What the application raises is raised by the request, and one that does nothing is NoAnswer.
    Methods are those of `httpx.AsyncClient`, and so are the options that are not about ASGI; `library=httpx2` takes that in
    place of httpx.
    """

    @overload
    def __init__(self, app: str, /, *, library: Library[R] | None = None, **options: Unpack[NetworkOptions]) -> None: ...
    @overload
    def __init__(
        self, app: ASGIApp | ForeignApp, /, *, library: Library[R] | None = None, **options: Unpack[ClientOptions]
    ) -> None: ...
    def __init__(self, app: Any, /, *, library: Any = None, **options: Any) -> None:
        """Of an application, or of a base URL. Raises TypeError and ValueError for options that there are not."""
        if library is None and DEFAULT is None:
            raise ImportError("the client needs httpx: install the extra typed-asgikit[testing], or give library=httpx2")
        chosen: Any = library or DEFAULT
        self._library: Library[R] = require_library(chosen)
        self._app: ForeignApp | None = None
        self._base_url = str(app)
        self._options: dict[str, Any] = checked(app, options)
        self._patience = seconds_of(options.get("timeout", 5.0))
        if not isinstance(app, str):
            self._app = app
            server = {key: options[key] for key in SERVER_KEYS & options.keys()}
            self._profile = Profile(timeout=self._patience, **server)
            self._base_url = options.get("base_url") or BASE_URL + self._profile.root_path
        self._http: HTTPClient[R] | None = None
        self._transport: Transport[R] | None = None
        self._life: Life | None = None

    async def __aenter__(self) -> Self:
        """Starts the application. Raises LifespanFailed where it fails."""
        if self._http is not None:
            raise NotRunning("this client runs already")
        chosen = {key: value for key, value in self._options.items() if key not in OWN_KEYS}
        transport: Transport[R] | None = None
        if self._app is not None:
            raises = self._options.get("raise_app_exceptions", True)
            chosen["transport"] = transport = Transport(self._app, self._library, self._profile, raises=raises)
            chosen.setdefault("timeout", self._patience)
        http = self._library.AsyncClient(base_url=self._base_url, **chosen)  # before the lifespan, which would be left running
        if self._app is not None and transport is not None:
            transport.state = await self._started(self._app)
        self._http, self._transport = http, transport
        return self

    async def _started(self, app: ForeignApp) -> dict[str, object] | None:
        state = self._options.get("state")
        given = None if state is None else {**state}
        mode = self._options.get("lifespan", "auto")
        if mode == "off":
            return given
        self._life = life = Life(app, self._profile, mode)
        await life.start()
        if given is not None:
            life.state.update(given)
        return life.state if life.has_started or given is not None else None

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Leaves what is open, and shuts the application down; behind a failure, whatever comes of it."""
        http, transport, life = self._http, self._transport, self._life
        self._http = self._transport = self._life = None
        try:
            if transport is not None and error is not None:
                await transport.abandon()
            if http is not None:
                await http.aclose()
        finally:
            if life is not None:
                await (life.stop() if error is None else life.stop_after(error))

    @property
    def _running(self) -> HTTPClient[R]:
        if self._http is None:
            raise NotRunning("the application is not running: write `async with AsyncClient(app) as client:`")
        return self._http

    @property
    def headers(self) -> HTTPHeaders:
        """The fields that every request has from now on: `client.headers["authorization"] = "Bearer …"`."""
        return self._running.headers

    @property
    def cookies(self) -> CookieJar:
        """The cookies: those that responses have set, and those that the test sets."""
        return self._running.cookies

    def set_cookie(self, cookie: SetCookie, /) -> None:
        """Sets a cookie as a response of the application would, in place of one that is there.

        Raises ValueError for one that this client would not send back: a Secure one over http, one of another domain.
        """
        give_cookie(self._running, self._library, cookie)

    @property
    def state(self) -> dict[str, object]:
        """The namespace that the lifespan has filled: what is changed here, later requests have.

        Raises NotRunning where there is none: over the network, and without a lifespan.
        """
        if self._transport is None or self._transport.state is None:
            raise NotRunning("there is no state: no lifespan of this application runs, and none was given to the client")
        return self._transport.state

    async def request(self, method: str, url: str, **options: Unpack[BodyOptions]) -> R:
        """The response to a request, whole, when the application has ended.

        Raises ValueError and TypeError for what no client can send.
        """
        given: dict[str, Any] = sendable(method, options)
        given["extensions"] = {**given.get("extensions", {}), EAGER: True}
        try:
            return await self._running.request(method, url, **given)
        finally:
            await closed(given.get("content"))

    @asynccontextmanager
    async def stream(self, method: str, url: str, **options: Unpack[BodyOptions]) -> AsyncGenerator[R]:
        """A response as soon as it has begun; its body comes as it is read. The client leaves at the end of the block."""
        given: dict[str, Any] = sendable(method, options)
        sending = {key: given.pop(key) for key in ("auth", "follow_redirects") if key in given}
        follows = sending.get("follow_redirects", self._options.get("follow_redirects", False))
        given["extensions"] = {**given.get("extensions", {}), FOLLOWS: follows is True}
        http = self._running
        try:
            response = await http.send(http.build_request(method, url, **given), stream=True, **sending)
        except BaseException:
            await closed(given.get("content"))
            raise
        try:
            yield response
        except BaseException as error:
            if self._transport is not None and not is_stop(error):  # cancelled is not failed: that is judged at the end
                await self._transport.forgive(response)
            raise
        finally:
            await response.aclose()
            await closed(given.get("content"))

    @asynccontextmanager
    async def events(self, url: str, *, method: str = "GET", **options: Unpack[BodyOptions]) -> AsyncGenerator[EventStream[R]]:
        """The server-sent events of a response, as they come. Raises UnexpectedResponse for one that has none."""
        headers = Headers(options.get("headers") or ())
        if "accept" not in headers:
            headers = headers.with_field("accept", "text/event-stream")
        given: Any = {**options, "headers": [*headers]}
        async with self.stream(method, url, **given) as response:
            stream = EventStream(response, self._limit({**options}))
            try:
                yield stream
                stream.judge()
            finally:
                await stream.aclose()

    @asynccontextmanager
    async def websocket(
        self,
        url: str,
        *,
        receives: MessageDecoder[Received] = AS_THEY_ARE,  # type: ignore[assignment]  # the default of its type variable
        sends: MessageEncoder[Sent] = AS_THEY_ARE,  # type: ignore[assignment]  # the default of its type variable
        **options: Unpack[SocketOptions],
    ) -> AsyncGenerator[WebSocketSession[Received, Sent]]:
        """A WebSocket, as soon as the application has accepted it; its messages are text and bytes, or what the codecs say.

        At the end of the block it is closed with 1000, and the application has to end. Raises WebSocketDenied where the
        application refuses.
        """
        given: dict[str, Any] = sendable("GET", handshake_options(options))
        limit = self._limit({**options})
        sending = {key: given.pop(key) for key in ("auth", "follow_redirects") if key in given}
        http = self._running
        response = await http.send(http.build_request("GET", http_url(url), **given), stream=True, **sending)
        async with opened(response, limit, None if self._transport is None else self._transport.keep) as line:
            yield WebSocketSession(line, receives, sends, limit)

    def _limit(self, options: Mapping[str, object]) -> float:
        """Seconds that a wait has, by the options of a call or else those of the client."""
        seconds = seconds_of(options["timeout"]) if "timeout" in options else self._patience
        return math.inf if seconds is None else seconds

    async def __call__(self, operation: Operation[Out, P], /, *args: P.args, **kwargs: P.kwargs) -> Out:
        """What an operation returns for these arguments, `await client(create_user, NewUser("ada"))`.

        Raises what the operation raises for arguments that cannot be sent, and for a response that is no such result.
        """
        if not callable(getattr(operation, "call", None)):
            raise TypeError(f"{operation!r} is no operation: give the endpoint, by the name it has before it decorates a handler")
        call = operation.call(*args, **kwargs)
        url = call.url if not call.url.startswith("//") else f"{self._base_url.partition(':')[0]}:{call.url}"
        options: dict[str, Any] = {"headers": self._fields(call, url), "content": call.content}
        response = await self.request(call.method, url, **options)
        return operation.result(Reply(response.status_code, Headers.from_raw(response.headers.raw), response.content))

    def _fields(self, call: Call, url: str) -> list[tuple[bytes, bytes]]:
        """Those of the call, and behind its cookies those of the client: the library sends the ones or the others."""
        fields = [*call.headers]
        for index, (name, value) in enumerate(fields):
            if name == b"cookie":
                raw = self._running.build_request(call.method, url).headers.raw
                fields[index] = (name, b"; ".join([value, *(kept for key, kept in raw if key.lower() == name)]))
        return fields
