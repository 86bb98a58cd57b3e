"""The transport that httpx and httpx2 take: an application in process in place of a network."""

from __future__ import annotations

import math
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any, Final, Generic, Literal, TypeGuard, final

from asgikit.asgi import ASGIApp, ForeignApp
from asgikit.testing.content import Content
from asgikit.testing.conversation import Conversation
from asgikit.testing.exchange import Exchange
from asgikit.testing.failures import Incomplete, is_stop
from asgikit.testing.handshake import SOCKET, complete, open_socket
from asgikit.testing.library import HasExtensions, HTTPRequest, HTTPResponse, Library, R
from asgikit.testing.noting import note_in, report
from asgikit.testing.profile import Profile
from asgikit.testing.scopes import Target, scope_of
from asgikit.testing.streamed import streamed_class

EXCHANGE: Final = "asgikit.exchange"
"""The extension of a response that has its Exchange."""

EAGER: Final = "asgikit.eager"
"""The extension of a request whose response is read at once."""

FOLLOWS: Final = "asgikit.follows"
"""The extension of a request whose redirects are followed: their responses are read at once, too."""

_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})


@final
class Transport(Generic[R]):
    """Hands requests to an application: what `httpx.AsyncClient(transport=…)` takes."""

    __slots__ = ("_app", "_library", "_notes", "_profile", "_raises", "_stream", "_streamed", "open", "state")

    def __init__(self, app: ASGIApp | ForeignApp, library: Library[R], profile: Profile, *, raises: bool = True) -> None:
        """To this application; `raises`: whether what comes out of it is raised here, too."""
        self._app = app
        self._library = library
        self._profile = profile
        self._notes = report.get()
        self._raises = raises
        self._stream = _stream_class(library)
        self._streamed = streamed_class(library)
        self.state: dict[str, object] | None = None
        """The namespace of the lifespan, of which each request has a copy."""
        self.open: dict[Exchange | Conversation, None] = {}
        """What has not ended yet, in the order in which it began."""

    async def __aenter__(self) -> Transport[R]:
        """Nothing has to be opened."""
        return self

    async def __aexit__(self, *error: object) -> None:
        """Ends what is open."""
        await self.aclose()

    async def aclose(self) -> None:
        """Leaves what is open, and raises what comes of that first; the rest is cancelled then."""
        try:
            for exchange in [*self.open]:
                await self.finish(exchange)
        finally:
            await self.abandon()

    async def abandon(self) -> None:
        """Cancels what is open, whatever comes of it."""
        for exchange in [*self.open]:
            await self.dismiss(exchange)

    async def handle_async_request(self, request: HTTPRequest) -> R:
        """The response. Raises what comes out of the application, NoAnswer, Incomplete and ConformanceError."""
        note_in(self._notes)
        if SOCKET in request.extensions:
            return await self._socket(request, _timeout(request))
        exchange = self._exchange(request)
        self.open[exchange] = None
        exchange.start()
        try:
            if request.extensions.get(EAGER):
                return await self._whole(exchange)
            await exchange.started()
            if exchange.message is None:
                await self._settled(exchange)
                return self._failed(exchange)
            if request.extensions.get(FOLLOWS) and exchange.status in _REDIRECTS and "location" in exchange.headers:
                return await self._whole(exchange)
        except BaseException as error:
            if is_stop(error):
                self.keep(exchange)
            else:
                await self.dismiss(exchange)
            raise
        return self._response(exchange, self._stream(self, exchange), self._streamed)

    def _exchange(self, request: HTTPRequest) -> Exchange:
        fields = _fields(request)
        scope = self._scope("http", request, fields)
        scope["method"] = request.method
        exchange = Exchange(self._app, scope, self._content(request, fields), self._profile)
        exchange.raises = self._raises
        exchange.timeout = _timeout(request)
        return exchange

    async def _socket(self, request: HTTPRequest, limit: float | None) -> R:
        fields = _fields(request)
        scope = self._scope("websocket", request, fields)
        complete(scope, fields, self._profile)
        conversation = Conversation(self._app, scope, self._profile)
        conversation.raises = self._raises
        try:
            return await open_socket(conversation, self._library, limit)
        except BaseException as error:
            if is_stop(error):
                self.keep(conversation)
            else:
                await conversation.abandon(error)
            raise

    def keep(self, connection: Exchange | Conversation) -> None:
        """The client leaves, as the test has been cancelled: the application has until the end of the client, and is judged."""
        connection.leave()
        self.open[connection] = None

    def _scope(
        self, kind: Literal["http", "websocket"], request: HTTPRequest, fields: list[tuple[bytes, bytes]]
    ) -> dict[str, object]:
        url, profile = request.url, self._profile
        path, _, query = url.raw_path.partition(b"?")
        scope = scope_of(kind, Target(url.scheme, url.host, url.port, path, query), fields, profile)
        if not f"{scope['path']}/".startswith(f"{profile.root_path}/"):
            raise ValueError(
                f"{path.decode()} is not below {profile.root_path}, where the application is: "
                f"begin the path with that, or the base_url of the client"
            )
        if self.state is not None:
            scope["state"] = self.state.copy()
        return scope

    def _content(self, request: HTTPRequest, fields: list[tuple[bytes, bytes]]) -> Content:
        try:
            return Content(request.content, size=self._profile.chunk_size)
        except self._library.RequestNotRead:
            declared = dict(fields).get(b"content-length")
            stream: Any = request.stream  # an asynchronous one: the library has seen to that
            return Content(stream, length=None if declared is None else int(declared), size=self._profile.chunk_size)

    async def _whole(self, exchange: Exchange) -> R:
        exchange.read_on()
        await self._settled(exchange)
        if exchange.message is None:
            return self._failed(exchange)
        if not exchange.complete:
            raise Incomplete("the application ended before its response was complete")
        return self._response(exchange, self._library.ByteStream(exchange.take()), self._library.Response)

    async def _settled(self, exchange: Exchange | Conversation) -> None:
        await exchange.end()
        self.open.pop(exchange, None)
        exchange.judge()

    async def dismiss(self, exchange: Exchange | Conversation) -> None:
        """The client leaves, and nobody waits for what the application does then."""
        exchange.leave()
        self.open.pop(exchange, None)
        await exchange.cancel()

    async def finish(self, exchange: Exchange | Conversation) -> None:
        """The client has what it wants, or leaves: the application has to end, and is judged.

        Where this is cancelled, that is at the end of the client.
        """
        if exchange not in self.open:
            return
        exchange.leave()
        try:
            await self._settled(exchange)
        except Exception:
            await self.dismiss(exchange)
            raise

    async def forgive(self, response: HTTPResponse) -> None:
        """Ends the exchange of a response, whatever comes of it: the test has failed already."""
        await self.dismiss(exchange_of(response))

    def _failed(self, exchange: Exchange) -> R:
        """What a server says where the application has said nothing."""
        if exchange.error is None:
            raise Incomplete("the application returned without a response")
        body = b"Internal Server Error"
        fields = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(body)).encode())]
        return self._library.Response(500, headers=fields, stream=self._library.ByteStream(body), extensions={EXCHANGE: exchange})

    def _response(self, exchange: Exchange, stream: object, made: Callable[..., R]) -> R:
        version = "HTTP/" + self._profile.http_version
        extensions: dict[str, object] = {"http_version": version.encode(), EXCHANGE: exchange}
        for name, heard in (
            ("http.response.trailers", exchange.heard.raw_trailers),
            ("http.response.early_hint", exchange.heard.early_hints),
            ("http.response.push", exchange.heard.pushes),
            ("http.response.debug", exchange.heard.debug),
        ):
            if name in self._profile.extensions:
                extensions[name] = heard
        return made(exchange.status, headers=exchange.raw_headers, stream=stream, extensions=extensions)


def exchange_of(response: HasExtensions) -> Exchange:
    """The exchange that a response is the end of: its steps, and what came beside it through extensions.

    Raises TypeError for a response that came over a network.
    """
    exchange = response.extensions.get(EXCHANGE)
    if not isinstance(exchange, Exchange):
        raise TypeError("there is no exchange behind this response: it did not come from an application in process")
    return exchange


def _fields(request: HTTPRequest) -> list[tuple[bytes, bytes]]:
    return [(name.lower(), value) for name, value in request.headers.raw]


def _timeout(request: HTTPRequest) -> float | None:
    timeouts = request.extensions.get("timeout")
    if not _is_mapping(timeouts) or "read" not in timeouts:
        return None  # that of the profile
    read = timeouts["read"]
    return read if isinstance(read, int | float) else math.inf


def _is_mapping(value: object) -> TypeGuard[Mapping[str, object]]:
    return isinstance(value, Mapping)


def _stream_class(library: Library[R]) -> type[Any]:
    """A body that comes, of the class that the library wants."""
    base: Any = library.AsyncByteStream

    class Incoming(base):  # type: ignore[misc]  # known when it runs  # pyright: ignore[reportUntypedBaseClass]
        def __init__(self, transport: Transport[R], exchange: Exchange) -> None:
            self._transport = transport
            self._exchange = exchange

        async def read(self) -> bytes | None:
            try:
                return await self._exchange.read()
            except Incomplete:
                await self._transport.finish(self._exchange)  # which says why, if it can
                raise

        async def __aiter__(self) -> AsyncIterator[bytes]:
            while (piece := await self.read()) is not None:
                yield piece
            await self._transport.finish(self._exchange)

        async def aclose(self) -> None:
            await self._transport.finish(self._exchange)

    return Incoming
