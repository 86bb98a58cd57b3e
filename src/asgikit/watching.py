"""Watching: what has become of a response, for logs, metrics and limits."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias, final

from asgikit.asgi import AnyReceive, AnySend


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What has gone out in answer to a request or a handshake, once nothing more will.

    `status` is None where nothing has been answered: the client had left, or the server cancelled the request. For a
    WebSocket that was accepted it is 101, `size` counts the bytes of the messages that were sent, and `code` is that of
    its close, whichever side closed. `complete` says whether the server has taken all of it; `error` is what cut it off.
    """

    status: int | None = None
    size: int = 0
    complete: bool = False
    code: int | None = None
    error: BaseException | None = None


_VANISHED: Final = 1006  # no close frame has come (RFC 6455, 7.1.5)

Watcher: TypeAlias = Callable[[Sent], None]
"""Is told what was sent, once, when the body or the session is over and before the work after it begins."""


@final
class Watch:
    """A server's two callables, with an eye on what goes through them."""

    __slots__ = ("_code", "_complete", "_length", "_receive", "_send", "_size", "_status")

    def __init__(self, receive: AnyReceive, send: AnySend) -> None:
        """Of one request or handshake."""
        self._receive: AnyReceive = receive
        self._send: AnySend = send
        self._status: int | None = None
        self._length: int = 0  # as declared
        self._size: int = 0
        self._complete: bool = False
        self._code: int | None = None

    async def receive(self) -> Mapping[str, object]:
        """The next event."""
        event = await self._receive()
        if event["type"] == "websocket.disconnect" and self._code is None:
            code = event.get("code")
            self._code = code if isinstance(code, int) else 1005  # the default of the specification
            self._complete = self._code != _VANISHED
        return event

    async def send(self, event: Mapping[str, object]) -> None:
        """Counts an event once the server has taken it."""
        await self._send(event)
        self._count(event)

    def _count(self, event: Mapping[str, Any]) -> None:
        match event["type"]:
            case "http.response.body" | "websocket.http.response.body":
                self._size += len(event.get("body", b""))
                self._complete = not event.get("more_body", False)
            case "websocket.send":
                self._size += len(event.get("bytes") or (event.get("text") or "").encode())
            case "http.response.start" | "websocket.http.response.start":
                self._status = event["status"]
                self._length = next((int(value) for name, value in event["headers"] if name == b"content-length"), 0)
            case "websocket.accept":
                self._status = 101
            case "websocket.close":
                self._close(event.get("code", 1000))
            case "http.response.pathsend" | "http.response.zerocopysend":
                self._size += event.get("count", self._length)
                self._complete = not event.get("more_body", False)
            case _:
                pass

    def _close(self, code: int) -> None:
        self._complete = True
        if self._status is None:
            self._status = 403  # what servers make of a handshake that is closed (www, Close - send event)
        elif self._code is None:
            self._code = code

    def sent(self, error: BaseException | None) -> Sent:
        """What has gone out so far, and what has cut it off."""
        return Sent(status=self._status, size=self._size, complete=self._complete, code=self._code, error=error)
