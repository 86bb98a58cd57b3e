"""Events between server and application, one TypedDict each, and their unions by protocol."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal, NotRequired, Protocol, TypeAlias, TypedDict

RawHeaders: TypeAlias = Iterable[Sequence[bytes]]
"""Header fields as an application sends them: an iterable of [name, value] pairs of bytes."""


class HTTPRequestEvent(TypedDict):
    """A piece of the request body (www, Request - receive event)."""

    type: Literal["http.request"]
    body: NotRequired[bytes]
    more_body: NotRequired[bool]


class HTTPDisconnectEvent(TypedDict):
    """The client left, or the response is complete (www, Disconnect - receive event)."""

    type: Literal["http.disconnect"]


class HTTPResponseStartEvent(TypedDict):
    """Status and headers (www, Response Start - send event); header names in lower case."""

    type: Literal["http.response.start"]
    status: int
    headers: NotRequired[RawHeaders]
    trailers: NotRequired[bool]


class HTTPResponseBodyEvent(TypedDict):
    """A piece of the response body (www, Response Body - send event)."""

    type: Literal["http.response.body"]
    body: NotRequired[bytes]
    more_body: NotRequired[bool]


class HTTPResponseTrailersEvent(TypedDict):
    """Header fields after the body (extensions, HTTP Trailers); announced by `trailers` at the start."""

    type: Literal["http.response.trailers"]
    headers: RawHeaders
    more_trailers: NotRequired[bool]


class HTTPServerPushEvent(TypedDict):
    """A promise of another resource (extensions, HTTP/2 Server Push)."""

    type: Literal["http.response.push"]
    path: str
    headers: RawHeaders


class HTTPEarlyHintEvent(TypedDict):
    """Links the client can fetch already (extensions, Early Hints; RFC 8297); before the response start."""

    type: Literal["http.response.early_hint"]
    links: Iterable[bytes]


class HasFileno(Protocol):
    """An open file with a descriptor of the operating system."""

    def fileno(self) -> int:
        """The descriptor."""
        ...


class HTTPZeroCopySendEvent(TypedDict):
    """A piece of the body from an open file (extensions, Zero Copy Send); the application closes the file."""

    type: Literal["http.response.zerocopysend"]
    file: HasFileno
    offset: NotRequired[int]
    count: NotRequired[int]
    more_body: NotRequired[bool]


class HTTPPathSendEvent(TypedDict):
    """The whole body from the file at an absolute path (extensions, Path Send)."""

    type: Literal["http.response.pathsend"]
    path: str


class HTTPDebugEvent(TypedDict):
    """What a test client may look at (extensions, Debug); once, before the response start."""

    type: Literal["http.response.debug"]
    info: dict[str, object]


class WebSocketConnectEvent(TypedDict):
    """The client asks for a connection (www, Connect - receive event)."""

    type: Literal["websocket.connect"]


class WebSocketAcceptEvent(TypedDict):
    """The application takes the connection (www, Accept - send event); headers since 2.1."""

    type: Literal["websocket.accept"]
    subprotocol: NotRequired[str | None]
    headers: NotRequired[RawHeaders]


class WebSocketReceiveEvent(TypedDict):
    """A message from the client (www, Receive - receive event): exactly one of bytes and text is not None."""

    type: Literal["websocket.receive"]
    bytes: NotRequired[bytes | None]
    text: NotRequired[str | None]


class WebSocketSendEvent(TypedDict):
    """A message to the client (www, Send - send event): exactly one of bytes and text is not None."""

    type: Literal["websocket.send"]
    bytes: NotRequired[bytes | None]
    text: NotRequired[str | None]


class WebSocketDisconnectEvent(TypedDict):
    """The connection is lost or closed (www, Disconnect - receive event); reason since 2.5."""

    type: Literal["websocket.disconnect"]
    code: int
    reason: NotRequired[str | None]


class WebSocketCloseEvent(TypedDict):
    """The application closes (www, Close - send event): 403 before accept; code 1000 by default; reason since 2.3."""

    type: Literal["websocket.close"]
    code: NotRequired[int]
    reason: NotRequired[str | None]


class WebSocketResponseStartEvent(TypedDict):
    """The start of an HTTP answer to a handshake (extensions, Websocket Denial Response)."""

    type: Literal["websocket.http.response.start"]
    status: int
    headers: NotRequired[RawHeaders]
    trailers: NotRequired[bool]


class WebSocketResponseBodyEvent(TypedDict):
    """The body of an HTTP answer to a handshake (extensions, Websocket Denial Response)."""

    type: Literal["websocket.http.response.body"]
    body: NotRequired[bytes]
    more_body: NotRequired[bool]


class LifespanStartupEvent(TypedDict):
    """The server is ready to start (lifespan, Startup)."""

    type: Literal["lifespan.startup"]


class LifespanStartupCompleteEvent(TypedDict):
    """The application is ready (lifespan, Startup Complete)."""

    type: Literal["lifespan.startup.complete"]


class LifespanStartupFailedEvent(TypedDict):
    """The application could not start (lifespan, Startup Failed); message "" by default."""

    type: Literal["lifespan.startup.failed"]
    message: NotRequired[str]


class LifespanShutdownEvent(TypedDict):
    """The server has closed every connection (lifespan, Shutdown)."""

    type: Literal["lifespan.shutdown"]


class LifespanShutdownCompleteEvent(TypedDict):
    """The application has cleaned up (lifespan, Shutdown Complete)."""

    type: Literal["lifespan.shutdown.complete"]


class LifespanShutdownFailedEvent(TypedDict):
    """The application could not clean up (lifespan, Shutdown Failed); message "" by default."""

    type: Literal["lifespan.shutdown.failed"]
    message: NotRequired[str]


HTTPInbound: TypeAlias = HTTPRequestEvent | HTTPDisconnectEvent
HTTPOutbound: TypeAlias = (
    HTTPResponseStartEvent
    | HTTPResponseBodyEvent
    | HTTPResponseTrailersEvent
    | HTTPServerPushEvent
    | HTTPEarlyHintEvent
    | HTTPZeroCopySendEvent
    | HTTPPathSendEvent
    | HTTPDebugEvent
)
WebSocketInbound: TypeAlias = WebSocketConnectEvent | WebSocketReceiveEvent | WebSocketDisconnectEvent
WebSocketOutbound: TypeAlias = (
    WebSocketAcceptEvent | WebSocketSendEvent | WebSocketCloseEvent | WebSocketResponseStartEvent | WebSocketResponseBodyEvent
)
LifespanInbound: TypeAlias = LifespanStartupEvent | LifespanShutdownEvent
LifespanOutbound: TypeAlias = (
    LifespanStartupCompleteEvent | LifespanStartupFailedEvent | LifespanShutdownCompleteEvent | LifespanShutdownFailedEvent
)
Inbound: TypeAlias = HTTPInbound | WebSocketInbound | LifespanInbound
Outbound: TypeAlias = HTTPOutbound | WebSocketOutbound | LifespanOutbound
