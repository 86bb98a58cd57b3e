"""The one place where a response becomes ASGI messages."""

from __future__ import annotations

import math
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import Final, final

import anyio
from anyio import to_thread

from asgikit.asgi import (
    AnyReceive,
    AnySend,
    Outbound,
    response_body,
    response_debug,
    response_start,
    response_trailers,
    server_push,
    websocket_accept,
    websocket_close,
    websocket_response_body,
    websocket_response_start,
)
from asgikit.background import LOGGER
from asgikit.body import File, Stream, Upgrade
from asgikit.closing import GONE
from asgikit.conditional import refused, settle
from asgikit.connection import Connection
from asgikit.errors import HTTPError, ProtocolError, ResponseTimeout
from asgikit.handler import error_response
from asgikit.http.content import BODILESS
from asgikit.reply import Trailers
from asgikit.request import Request
from asgikit.response import Response
from asgikit.sending import Outlet, close_chunks, send_stream, sent
from asgikit.stopping import Stopping
from asgikit.transfer import Transfer
from asgikit.watching import Sent, Watch

MOMENT: Final = 1.0
"""Seconds that a server has to take a body of bytes, however late it is."""


@final
@dataclass(frozen=True, slots=True)
class Exchange:
    """One HTTP request that waits for its response; `method` is what the client has sent, whatever middleware made of it."""

    request: Request[object]
    method: str
    send: AnySend
    stop: Stopping


async def deliver(exchange: Exchange, response: Response) -> None:
    """Sends a response to an HTTP request, and tells who watches; that the client leaves before the end is no error.

    HEAD, 204 and 304 send no body, and start no stream. A file answers conditions and ranges. Raises IncorrectLength for
    a body that does not have its content-length, ResponseTimeout for one that takes too long, ProtocolError for an upgrade,
    and what a stream raises.
    """
    connection = exchange.request.connection
    if connection.watchers is None:
        await _deliver(exchange, response)
        return
    if isinstance(response.body, bytes) and response.is_plain and exchange.method != "HEAD" and response.status not in BODILESS:
        await _deliver_plain(connection, exchange.send, response, response.body)
        return
    watch = Watch(connection.receive, exchange.send)
    with _watching(connection, watch):
        await _deliver(replace(exchange, send=watch.send), response)


async def _deliver_plain(connection: Connection, send: AnySend, response: Response, body: bytes) -> None:
    """What comes of the long way for nearly every response, in a third of its time."""
    status: int | None = None
    error: BaseException | None = None
    complete = False
    try:
        if await sent(send, response_start(response.status, response.raw_headers)):
            status = response.status
            complete = await sent(send, response_body(body))
    except BaseException as found:
        error = found
        raise
    finally:
        connection.report(Sent(status=status, size=len(body) if complete else 0, complete=complete, error=error))


@contextmanager
def _watching(connection: Connection, watch: Watch) -> Generator[None]:
    error: BaseException | None = None
    try:
        yield
    except BaseException as found:
        error = found
        raise
    finally:
        connection.report(watch.sent(error))


async def _deliver(exchange: Exchange, response: Response) -> None:
    request = exchange.request
    body = response.body
    if isinstance(body, Upgrade):
        await _deliver(exchange, error_response(ProtocolError()))
        raise ProtocolError("Response.upgrade() answers a WebSocket handshake, not an HTTP request")
    if isinstance(body, File):
        response = settle(exchange.method, request.headers, response, datetime.now(UTC))
        body = response.body
    silent = exchange.method == "HEAD" or response.status in BODILESS
    transfer: Transfer | None = None
    if isinstance(body, File) and not silent:
        try:
            transfer = await to_thread.run_sync(Transfer, body, exchange.request.connection.extensions)
        except HTTPError as error:
            response = _unopened(request.scope["path"], response, error)
    try:
        await _send(exchange, response, silent, transfer)
    finally:
        if transfer is not None:
            transfer.close()


async def _send(exchange: Exchange, response: Response, silent: bool, transfer: Transfer | None) -> None:
    body = response.body
    trailers = (
        response.extras.trailers if not silent and "http.response.trailers" in exchange.request.connection.extensions else None
    )
    started = await _start(exchange, response, trailers)
    if isinstance(body, Stream) and (silent or not started):
        await close_chunks(body.chunks)
    if not started:
        return
    outlet = Outlet(exchange.send, response_body, exchange.request.disconnected, exchange.stop.wait)
    if silent:
        ended = await outlet.say(b"")
    else:
        ended = await _send_in_time(exchange.request.connection, response, transfer, outlet)
    if trailers is not None and ended:
        await sent(exchange.send, response_trailers(trailers.fields().raw))


async def _send_in_time(connection: Connection, response: Response, transfer: Transfer | None, outlet: Outlet) -> bool:
    """Cuts off what is not sent by the deadline of the request; a feed is meant to have no end, and bytes have a moment."""
    body, ended, deadline = response.body, False, connection.deadline
    if isinstance(body, bytes) and math.isinf(deadline):
        return await outlet.say(body)
    if isinstance(body, Stream) and body.feed is not None:
        deadline = math.inf
    elif isinstance(body, bytes):
        deadline = max(deadline, anyio.current_time() + MOMENT)
    with anyio.CancelScope(deadline=deadline) as scope:
        if isinstance(body, bytes):
            ended = await outlet.say(body)
        elif isinstance(body, Stream):
            ended = await send_stream(body, _declared(response), outlet)
        elif transfer is not None:
            ended = await transfer.send(outlet)
    if scope.cancelled_caught:
        late = f"the response to {connection} was not sent in time and is cut off"
        LOGGER.warning("%s", late)
        raise ResponseTimeout(late)
    return ended


async def _start(exchange: Exchange, response: Response, trailers: Trailers | None) -> bool:
    extras, fields = response.extras, response.raw_headers
    if extras.debug is not None and "http.response.debug" in exchange.request.connection.extensions:
        await sent(exchange.send, response_debug(extras.debug))
    if trailers is not None and trailers.names:
        fields = (*fields, (b"trailer", ", ".join(trailers.names).encode("latin-1")))
    started = await sent(exchange.send, response_start(response.status, fields, trailers=trailers is not None))
    if started and "http.response.push" in exchange.request.connection.extensions:
        for push in extras.pushes:
            await sent(exchange.send, server_push(push.path, push.headers.raw))
    return started


def _declared(response: Response) -> int | None:
    lengths = [value for name, value in response.raw_headers if name == b"content-length"]
    return int(lengths[0]) if lengths else None


def _unopened(path: str, response: Response, error: HTTPError) -> Response:
    """With the fields that middleware has given the response, as every error has them."""
    LOGGER.warning("%r: %s", path, error)
    refusal = refused(response, error.status, error.public)
    for name, value in error.headers:
        refusal = refusal.with_header(name, value)
    return refusal


async def deliver_handshake(connection: Connection, response: Response, send: AnySend, stop: Stopping) -> None:
    """Answers a WebSocket handshake: an upgrade accepts it and runs its session, any other response denies it.

    The denial is the response where the server can send one, and a close (403) elsewhere. Who watches is told at the end.
    """
    if connection.watchers is None:
        await _shake(connection, response, (connection.receive, send), stop)
        return
    watch = Watch(connection.receive, send)
    with _watching(connection, watch):
        await _shake(connection, response, (watch.receive, watch.send), stop)


async def _shake(connection: Connection, response: Response, server: tuple[AnyReceive, AnySend], stop: Stopping) -> None:
    body, (receive, send) = response.body, server
    if isinstance(body, Upgrade):
        if await _answered(send, websocket_accept(body.subprotocol, response.raw_headers)):
            await body.session(receive, send, stop)
    elif "websocket.http.response" not in connection.extensions:
        await _answered(send, websocket_close())
    else:
        transfer: Transfer | None = None
        if isinstance(body, File):
            try:
                transfer = await to_thread.run_sync(Transfer, body)
            except HTTPError as error:
                response = _unopened(connection.scope["path"], response, error)
        try:
            await _deny(response, transfer, receive, send)
        finally:
            if transfer is not None:
                transfer.close()


async def _deny(response: Response, transfer: Transfer | None, receive: AnyReceive, send: AnySend) -> None:
    body = response.body
    started = await _answered(send, websocket_response_start(response.status, response.raw_headers))
    # A denial that goes on for ever is its client's to leave.
    outlet = Outlet(send, websocket_response_body, partial(_hung_up, receive), anyio.sleep_forever)
    if not started:
        if isinstance(body, Stream):
            await close_chunks(body.chunks)
    elif isinstance(body, bytes):
        await outlet.say(body)
    elif isinstance(body, Stream):
        await send_stream(body, _declared(response), outlet)
    elif transfer is not None:
        await transfer.send(outlet)


async def _answered(send: AnySend, event: Outbound) -> bool:
    """Whether the answer to a handshake has gone out: the client may have left, the server may have refused it as it stops."""
    try:
        await send(event)
    except GONE:
        return False
    return True


async def _hung_up(receive: AnyReceive) -> None:
    while (await receive())["type"] != "websocket.disconnect":
        pass  # nothing else can come before the handshake is answered
