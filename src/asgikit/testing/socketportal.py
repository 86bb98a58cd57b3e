"""The WebSocket of a synchronous test: the session that runs in the event loop of the client, through its portal."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Generic, Unpack, final, overload

from anyio.from_thread import BlockingPortal
from typing_extensions import TypeVar

from asgikit.http.headers import Headers
from asgikit.testing.failures import WebSocketClosed
from asgikit.testing.messages import Closed, Decoder, In_co, Out_contra
from asgikit.testing.waiting import Wait
from asgikit.testing.websocket import WebSocketSession

T = TypeVar("T")


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

    def receive(self, **wait: Unpack[Wait]) -> In_co:
        """The next message. Raises WebSocketClosed behind the last one, and what the codec raises."""
        return self._portal.call(partial(self._session.receive, **wait))

    def receive_text(self, **wait: Unpack[Wait]) -> str:
        """The next message, as it is. Raises UnexpectedMessage for a binary one, WebSocketClosed behind the last one."""
        return self._portal.call(partial(self._session.receive_text, **wait))

    def receive_bytes(self, **wait: Unpack[Wait]) -> bytes:
        """The next message, as it is. Raises UnexpectedMessage for a text, WebSocketClosed behind the last one."""
        return self._portal.call(partial(self._session.receive_bytes, **wait))

    @overload
    def receive_json(self, /, *, binary: bool = False, **wait: Unpack[Wait]) -> object: ...
    @overload
    def receive_json(self, codec: Decoder[T], /, *, binary: bool = False, **wait: Unpack[Wait]) -> T: ...
    def receive_json(self, codec: Decoder[object] | None = None, /, *, binary: bool = False, **wait: Unpack[Wait]) -> object:
        """The value of the next message, a text: of whatever type, or one of the codec, `json(Said)`.

        Raises UnexpectedMessage for a binary one, and for one that is no JSON; what the codec raises.
        """
        given = () if codec is None else (codec,)
        return self._portal.call(partial(self._session.receive_json, *given, binary=binary, **wait))

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

    def until_closed(self, **wait: Unpack[Wait]) -> Closed:
        """The code and the reason, when the connection has ended; what comes until then is still there to be received."""
        return self._portal.call(partial(self._session.until_closed, **wait))

    def pause(self) -> None:
        """Reads nothing more: a slow reader, for whom the application's `send()` waits."""
        self._portal.call(self._session.pause)

    def resume(self) -> None:
        """Reads on."""
        self._portal.call(self._session.resume)
