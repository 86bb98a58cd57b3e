"""Constructors for the events an application sends: their type errors name the bad argument."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from asgikit.asgi.events import (
    HasFileno,
    HTTPDebugEvent,
    HTTPEarlyHintEvent,
    HTTPPathSendEvent,
    HTTPResponseBodyEvent,
    HTTPResponseStartEvent,
    HTTPResponseTrailersEvent,
    HTTPServerPushEvent,
    HTTPZeroCopySendEvent,
    LifespanShutdownCompleteEvent,
    LifespanShutdownFailedEvent,
    LifespanStartupCompleteEvent,
    LifespanStartupFailedEvent,
    RawHeaders,
    WebSocketAcceptEvent,
    WebSocketCloseEvent,
    WebSocketResponseBodyEvent,
    WebSocketResponseStartEvent,
    WebSocketSendEvent,
)


def response_start(status: int, headers: RawHeaders = (), *, trailers: bool = False) -> HTTPResponseStartEvent:
    """`http.response.start` (www, Response Start)."""
    event: HTTPResponseStartEvent = {"type": "http.response.start", "status": status, "headers": [*headers]}
    if trailers:
        event["trailers"] = True
    return event


def response_body(body: bytes = b"", *, more_body: bool = False) -> HTTPResponseBodyEvent:
    """`http.response.body` (www, Response Body)."""
    return {"type": "http.response.body", "body": body, "more_body": more_body}


def response_trailers(headers: RawHeaders, *, more_trailers: bool = False) -> HTTPResponseTrailersEvent:
    """`http.response.trailers` (extensions, HTTP Trailers)."""
    return {"type": "http.response.trailers", "headers": [*headers], "more_trailers": more_trailers}


def server_push(path: str, headers: RawHeaders = ()) -> HTTPServerPushEvent:
    """`http.response.push` (extensions, HTTP/2 Server Push)."""
    return {"type": "http.response.push", "path": path, "headers": [*headers]}


def early_hint(links: Iterable[bytes]) -> HTTPEarlyHintEvent:
    """`http.response.early_hint` (extensions, Early Hints)."""
    return {"type": "http.response.early_hint", "links": [*links]}


def zero_copy_send(
    file: HasFileno, *, offset: int | None = None, count: int | None = None, more_body: bool = False
) -> HTTPZeroCopySendEvent:
    """`http.response.zerocopysend` (extensions, Zero Copy Send)."""
    event: HTTPZeroCopySendEvent = {"type": "http.response.zerocopysend", "file": file, "more_body": more_body}
    if offset is not None:
        event["offset"] = offset
    if count is not None:
        event["count"] = count
    return event


def path_send(path: str) -> HTTPPathSendEvent:
    """`http.response.pathsend` (extensions, Path Send); the path is absolute."""
    return {"type": "http.response.pathsend", "path": path}


def response_debug(info: Mapping[str, object]) -> HTTPDebugEvent:
    """`http.response.debug` (extensions, Debug)."""
    return {"type": "http.response.debug", "info": dict(info)}


def websocket_accept(subprotocol: str | None = None, headers: RawHeaders = ()) -> WebSocketAcceptEvent:
    """`websocket.accept` (www, Accept); headers need spec_version 2.1, so none are sent when there are none."""
    event: WebSocketAcceptEvent = {"type": "websocket.accept", "subprotocol": subprotocol}
    if fields := [*headers]:
        event["headers"] = fields
    return event


def websocket_send(message: str | bytes) -> WebSocketSendEvent:
    """`websocket.send` (www, Send): a text message for str, a binary one for bytes."""
    if isinstance(message, str):
        return {"type": "websocket.send", "text": message}
    return {"type": "websocket.send", "bytes": message}


def websocket_close(code: int = 1000, reason: str = "") -> WebSocketCloseEvent:
    """`websocket.close` (www, Close); a reason needs spec_version 2.3, so none is sent when it is empty."""
    if reason:
        return {"type": "websocket.close", "code": code, "reason": reason}
    return {"type": "websocket.close", "code": code}


def websocket_response_start(status: int, headers: RawHeaders = ()) -> WebSocketResponseStartEvent:
    """`websocket.http.response.start` (extensions, Websocket Denial Response)."""
    return {"type": "websocket.http.response.start", "status": status, "headers": [*headers]}


def websocket_response_body(body: bytes = b"", *, more_body: bool = False) -> WebSocketResponseBodyEvent:
    """`websocket.http.response.body` (extensions, Websocket Denial Response)."""
    return {"type": "websocket.http.response.body", "body": body, "more_body": more_body}


def startup_complete() -> LifespanStartupCompleteEvent:
    """`lifespan.startup.complete` (lifespan, Startup Complete)."""
    return {"type": "lifespan.startup.complete"}


def startup_failed(message: str) -> LifespanStartupFailedEvent:
    """`lifespan.startup.failed` (lifespan, Startup Failed)."""
    return {"type": "lifespan.startup.failed", "message": message}


def shutdown_complete() -> LifespanShutdownCompleteEvent:
    """`lifespan.shutdown.complete` (lifespan, Shutdown Complete)."""
    return {"type": "lifespan.shutdown.complete"}


def shutdown_failed(message: str) -> LifespanShutdownFailedEvent:
    """`lifespan.shutdown.failed` (lifespan, Shutdown Failed)."""
    return {"type": "lifespan.shutdown.failed", "message": message}
