"""One WebSocket connection that a foreign application serves."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any, final

import anyio

from asgikit.asgi import AnyReceive, AnySend, ForeignApp, websocket_close
from asgikit.body import Stream, Upgrade
from asgikit.closing import GONE
from asgikit.errors import InvalidEvent, ProtocolError
from asgikit.foreign.call import CLEAN_UP, Call, Flag, is_cancelled
from asgikit.foreign.http import fields_of, stems_from
from asgikit.foreign.pieces import Pieces, Unwanted
from asgikit.request import Request
from asgikit.response import Response
from asgikit.stopping import Stopping

_ABNORMAL = 1006  # RFC 6455, 7.1.5


@final
class WebSocketCall:
    """Runs an application for one handshake: what it says to that is a Response, and what follows its session."""

    __slots__ = (
        "_answer",
        "_begun",
        "_call",
        "_closed",
        "_connected",
        "_name",
        "_open",
        "_pieces",
        "_receive",
        "_request",
        "_send",
    )

    def __init__(self, name: str, request: Request[object]) -> None:
        """The request, as middleware has left it."""
        self._name: str = name
        self._request: Request[object] = request
        self._call: Call = Call(name)
        self._pieces: Pieces = Pieces(raises=True)  # of a denial
        self._begun: Flag = Flag()
        self._answer: Mapping[str, Any] | None = None
        self._connected: bool = False
        self._open: Flag = Flag()  # whether the session may go on: on the connection, or to its end
        self._closed: bool = False
        self._receive: AnyReceive | None = None
        self._send: AnySend | None = None

    async def respond(self, app: ForeignApp, scope: Mapping[str, object]) -> Response:
        """An upgrade or a denial. Raises what the application raises before either."""
        self._request.connection.finish_later(self._finish)
        self._call.start(lambda: app(scope, self._next, self._take), self._ended)
        try:
            await self._begun.wait()
        except BaseException:
            self._leave()
            await self._call.end(0)
            raise
        if self._answer is None:
            self._pieces.raised = True
            raise self._call.error or ProtocolError(f"{self._name} returned without an answer to a handshake")
        return self._response(self._answer)

    def _response(self, answer: Mapping[str, Any]) -> Response:
        if answer["type"] == "websocket.accept":
            upgrade = Upgrade(self._session, answer.get("subprotocol"), is_foreign=True)
            return Response(upgrade, headers=fields_of(answer.get("headers") or ()))
        if answer["type"] == "websocket.close":
            self._open.set()
            return Response.empty(status=403)  # www, Close: what a server makes of it
        whole = self._pieces.whole()
        body = Stream(self._pieces) if whole is None else whole
        return Response(body, status=answer["status"], headers=fields_of(answer.get("headers") or ()))

    def _ended(self) -> None:
        self._pieces.end(self._call.error)
        self._begun.set()

    def _leave(self) -> None:
        self._pieces.close()
        self._open.set()

    async def _finish(self) -> None:
        """At the end of the connection. Where it has no session, it has only so long."""
        if self._receive is None:
            self._leave()
        await self._call.end(0 if is_cancelled() else CLEAN_UP)
        error = self._call.error
        if error is not None and not self._pieces.raised and not stems_from(error, Unwanted):
            raise error

    async def _session(self, receive: AnyReceive, send: AnySend, _: Stopping) -> None:
        """The application on the open connection, closed at its end: 1000, 1011 if it fails, 1001 if it is cancelled.

        That the server stops is for the server to tell it.
        """
        self._receive, self._send = receive, send
        self._open.set()
        try:
            await self._call.wait()
        except BaseException:
            with anyio.move_on_after(1, shield=True):
                await self._close(send, 1001)
            await self._call.end(0)
            raise
        await self._close(send, 1000 if self._call.error is None else 1011)
        if self._call.error is not None:
            self._pieces.raised = True
            raise self._call.error

    async def _close(self, send: AnySend, code: int) -> None:
        if not self._closed:
            self._closed = True
            with suppress(*GONE):
                await send(websocket_close(code))

    async def _next(self) -> Mapping[str, object]:
        if not self._connected:
            self._connected = True
            return {"type": "websocket.connect"}
        await self._open.wait()
        if self._receive is None:
            return {"type": "websocket.disconnect", "code": _ABNORMAL, "reason": ""}
        event = await self._receive()
        self._closed = self._closed or event["type"] == "websocket.disconnect"
        return event

    async def _take(self, event: Mapping[str, Any]) -> None:
        kind = event["type"]
        if self._answer is None:
            if kind not in {"websocket.accept", "websocket.close", "websocket.http.response.start"}:
                raise InvalidEvent(f"{self._name} sent {kind!r} before it had answered the handshake")
            self._answer = event
            self._begun.set()
        elif kind == "websocket.http.response.body" and self._answer["type"] == "websocket.http.response.start":
            await self._pieces.put(event.get("body", b""), more=event.get("more_body", False))
        elif kind in {"websocket.send", "websocket.close"}:
            await self._open.wait()
            if self._send is None:
                raise Unwanted("the WebSocket is closed")
            self._closed = self._closed or kind == "websocket.close"
            await self._send(event)
        else:
            raise InvalidEvent(f"{self._name} sent {kind!r} after it had answered the handshake")
