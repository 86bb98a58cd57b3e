"""The WebSocket of a synchronous test: the session that runs in the event loop of the client, through its portal."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Generic, final

from anyio.from_thread import BlockingPortal

from asgikit.http.headers import Headers
from asgikit.testing.failures import WebSocketClosed
from asgikit.testing.messages import Closed, In_co, Out_contra
from asgikit.testing.websocket import WebSocketSession


@final
class SyncWebSocketSession(Generic[In_co, Out_contra]):
    """An open WebSocket, `for message in ws`, with all that WebSocketSession has."""

    __slots__ = ("_portal", "_session")

    def __init__(self, session: WebSocketSession[In_co, Out_contra], portal: BlockingPortal) -> None:
        """Used through the portal."""
        self._session = session
        self._portal = portal

    @property
    def subprotocol(self) -> str | None:
        """The one of those offered that the application has chosen."""
        return self._session.subprotocol

    @property
    def headers(self) -> Headers:
        """The fields that the application has accepted with."""
        return self._session.headers

    @property
    def closed(self) -> Closed | None:
        """The code and the reason, once either side has closed; None while the connection is open."""
        return self._session.closed

    def send(self, message: Out_contra, /) -> None:
        """Sends a message: text for str, binary for bytes, or what the codec makes. Raises WebSocketClosed."""
        self._portal.call(self._session.send, message)

    def send_json(self, value: object, *, binary: bool = False) -> None:
        """Sends a value as JSON, in a text message. Raises WebSocketClosed."""
        self._portal.call(partial(self._session.send_json, value, binary=binary))

    def receive(self, *, timeout: float | None = None) -> In_co:
        """The next message. Raises WebSocketClosed behind the last one, and what the codec raises."""
        return self._portal.call(partial(self._session.receive, timeout=timeout))

    def receive_text(self, *, timeout: float | None = None) -> str:
        """The next message, as it is. Raises UnexpectedMessage for a binary one, WebSocketClosed behind the last one."""
        return self._portal.call(partial(self._session.receive_text, timeout=timeout))

    def receive_bytes(self, *, timeout: float | None = None) -> bytes:
        """The next message, as it is. Raises UnexpectedMessage for a text, WebSocketClosed behind the last one."""
        return self._portal.call(partial(self._session.receive_bytes, timeout=timeout))

    def receive_json(self, *, timeout: float | None = None, binary: bool = False) -> object:
        """The value of the next message, a text. Raises UnexpectedMessage for a binary one, and for one that is no JSON."""
        return self._portal.call(partial(self._session.receive_json, timeout=timeout, binary=binary))

    def __iter__(self) -> Iterator[In_co]:
        """The messages, until either side closes."""
        return self

    def __next__(self) -> In_co:
        """The next one."""
        try:
            return self.receive()
        except WebSocketClosed:
            raise StopIteration from None

    def close(self, code: int | None = 1000, reason: str = "") -> None:
        """Closes; None is a close frame without a code, of which the application hears as 1005.

        Raises ValueError for a code or a reason that no close frame can hold (RFC 6455, 5.5 and 7.4).
        """
        self._portal.call(self._session.close, code, reason)

    def leave(self, code: int = 1006) -> None:
        """The client is gone without a close frame, as if its network was: the application hears of this code."""
        self._portal.call(self._session.leave, code)

    def until_closed(self, timeout: float | None = None) -> Closed:
        """The code and the reason, when the connection has ended; what comes until then is still there to be received."""
        return self._portal.call(self._session.until_closed, timeout)

    def pause(self) -> None:
        """Reads nothing more: a slow reader, for whom the application's `send()` waits."""
        self._portal.call(self._session.pause)

    def resume(self) -> None:
        """Reads on."""
        self._portal.call(self._session.resume)
