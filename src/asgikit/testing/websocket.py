"""WebSocketSession: an accepted WebSocket as a test has it."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Generator
from contextlib import asynccontextmanager, contextmanager
from typing import Generic, Protocol, Unpack, final, overload

from typing_extensions import TypeVar

from asgikit.http.headers import Headers
from asgikit.testing.conversation import Conversation, seen_to_its_end
from asgikit.testing.events import UnexpectedResponse
from asgikit.testing.failures import AppFailure, WebSocketClosed
from asgikit.testing.handshake import REFUSAL, SOCKET
from asgikit.testing.library import HTTPResponse
from asgikit.testing.messages import ANY_JSON, Closed, Decoder, In_co, MessageDecoder, MessageEncoder, Out_contra
from asgikit.testing.network import NetworkSocket
from asgikit.testing.waiting import Wait, limit_of

T = TypeVar("T")


class UnexpectedMessage(AppFailure):
    """The message is none of the kind that was asked for."""


@final
class WebSocketDenied(UnexpectedResponse):
    """The application has refused the handshake: with a response, or by closing, which is a 403."""

    def __init__(self, response: HTTPResponse) -> None:
        """The library's response, whole."""
        self.response: HTTPResponse = response
        """The response of the library."""
        self.status: int = response.status_code
        self.headers: Headers = Headers.from_raw(response.headers.raw)
        self.body: bytes = response.content
        closed = response.extensions.get(REFUSAL)
        self.closed: Closed | None = closed if isinstance(closed, Closed) else None
        """What the application has closed with, where it sent no response: in process, for no client hears of it."""
        shown = f": {self.body[:200]!r}" if self.body else ""
        if self.closed is not None:
            shown = f": the application closes it with {self.closed.code}" + (
                f", {self.closed.reason!r}" * bool(self.closed.reason)
            )
        super().__init__(f"the handshake was refused with {self.status}{shown}")

    @property
    def text(self) -> str:
        """The body as UTF-8."""
        return self.body.decode()

    @overload
    def json(self, /) -> object: ...
    @overload
    def json(self, codec: Decoder[T], /) -> T: ...
    def json(self, codec: Decoder[object] = ANY_JSON, /) -> object:
        """The body as JSON, of whatever type; or as a value of the codec, `json(Problem)`. Raises what that raises."""
        return codec.decode(self.body)


class Line(Protocol):
    """What a session needs of its connection, in process or over a network."""

    @property
    def subprotocol(self) -> str | None:
        """The one that was chosen."""
        ...

    @property
    def headers(self) -> Headers:
        """The fields of the answer to the handshake."""
        ...

    @property
    def closed(self) -> Closed | None:
        """How it has ended."""
        ...

    async def next(self, limit: float | None = None) -> str | bytes:
        """The next message. Raises WebSocketClosed behind the last one, NoAnswer."""
        ...

    async def send(self, message: str | bytes) -> None:
        """Sends a message. Raises WebSocketClosed."""
        ...

    async def close(self, code: int, reason: str) -> None:
        """Closes; 1005 is a close frame without a code."""
        ...

    async def until_closed(self, limit: float | None = None) -> Closed:
        """Returns when it has ended. Raises NoAnswer."""
        ...

    async def drop(self, code: int = 1006) -> None:
        """Is gone without a close frame."""
        ...

    def pause(self) -> None:
        """Reads nothing more."""
        ...

    def resume(self) -> None:
        """Reads on."""
        ...


@asynccontextmanager
async def opened(
    response: HTTPResponse, limit: float | None, keep: Callable[[Conversation], None] | None = None
) -> AsyncGenerator[Line]:
    """The connection behind the response to a handshake, closed at the end of the block. Raises WebSocketDenied for a refusal.

    keep: takes the conversation whose block was cancelled, to judge it later.
    """
    conversation = response.extensions.get(SOCKET)
    if isinstance(conversation, Conversation):
        async with seen_to_its_end(conversation, limit=limit, keep=keep):
            yield conversation
        return
    try:
        if response.status_code != 101:
            await response.aread()
            raise WebSocketDenied(response)
        line = NetworkSocket(response, limit)
        try:
            yield line
        except BaseException:
            await line.drop()
            raise
        await line.end()
    finally:
        await response.aclose()


@final
class WebSocketSession(Generic[In_co, Out_contra]):
    """An open WebSocket that receives `In` and sends `Out`: `async for message in ws`, until either side closes.

    Whatever waits raises NoAnswer, which is a TimeoutError, when nothing comes for `timeout` seconds, by default those of the
    client, with None for no limit; what comes out of the application, as itself; and ConformanceError as soon as it has
    broken a rule.
    """

    __slots__ = ("_decoder", "_encoder", "_limit", "_line")

    def __init__(
        self, line: Line, decoder: MessageDecoder[In_co], encoder: MessageEncoder[Out_contra], limit: float | None = None
    ) -> None:
        """On a connection that is accepted."""
        self._line = line
        self._decoder = decoder
        self._encoder = encoder
        self._limit = limit

    @property
    def subprotocol(self) -> str | None:
        """The one of those offered that the application has chosen."""
        return self._line.subprotocol

    @property
    def headers(self) -> Headers:
        """The fields that the application has accepted with."""
        return self._line.headers

    @property
    def closed(self) -> Closed | None:
        """The code and the reason, once either side has closed; None while the connection is open."""
        return self._line.closed

    async def send(self, message: Out_contra, /) -> None:
        """Sends a message: text for str, binary for bytes, or what the codec makes. Raises WebSocketClosed."""
        await self._line.send(self._encoder.encode_message(message))

    async def send_json(self, value: object, *, binary: bool = False) -> None:
        """Sends a value as JSON, in a text message. Raises WebSocketClosed."""
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        await self._line.send(text.encode() if binary else text)

    async def receive(self, **wait: Unpack[Wait]) -> In_co:
        """The next message. Raises WebSocketClosed behind the last one, and what the codec raises."""
        data = await self._next(wait)
        with _told(data):
            return self._decoder.decode_message(data)

    async def receive_text(self, **wait: Unpack[Wait]) -> str:
        """The next message, as it is. Raises UnexpectedMessage for a binary one, WebSocketClosed behind the last one."""
        return _text(await self._next(wait))

    async def receive_bytes(self, **wait: Unpack[Wait]) -> bytes:
        """The next message, as it is. Raises UnexpectedMessage for a text, WebSocketClosed behind the last one."""
        return _binary(await self._next(wait))

    @overload
    async def receive_json(self, /, *, binary: bool = False, **wait: Unpack[Wait]) -> object: ...
    @overload
    async def receive_json(self, codec: Decoder[T], /, *, binary: bool = False, **wait: Unpack[Wait]) -> T: ...
    async def receive_json(
        self, codec: Decoder[object] | None = None, /, *, binary: bool = False, **wait: Unpack[Wait]
    ) -> object:
        """The value of the next message, a text: of whatever type, or one of the codec, `json(Said)`.

        Raises UnexpectedMessage for a binary one, and for one that is no JSON; what the codec raises.
        """
        message = await self._next(wait)
        data = _binary(message) if binary else _text(message).encode()
        if codec is not None:
            with _told(message):
                return codec.decode(data)
        try:
            return ANY_JSON.decode(data)
        except ValueError as error:
            raise UnexpectedMessage(f"JSON was expected, not {_shown(message)}: {error}") from None

    def __aiter__(self) -> AsyncIterator[In_co]:
        """The messages, until either side closes."""
        return self

    async def __anext__(self) -> In_co:
        """The next one."""
        try:
            return await self.receive()
        except WebSocketClosed:
            raise StopAsyncIteration from None

    async def close(self, code: int | None = 1000, reason: str = "") -> None:
        """Closes; None is a close frame without a code, of which the application hears as 1005.

        Raises ValueError for a code or a reason that no close frame can hold (RFC 6455, 5.5 and 7.4).
        """
        if code is None:
            await self._line.close(1005, "")
            return
        if not 1000 <= code <= 4999 or code in {1004, 1005, 1006, 1015} or len(reason.encode()) > 123:
            raise ValueError(f"no close frame can hold {code} and {reason!r}; a connection that breaks is leave()")
        await self._line.close(code, reason)

    async def leave(self, code: int = 1006) -> None:
        """The client is gone without a close frame, as if its network was: the application hears of this code."""
        await self._line.drop(code)

    async def until_closed(self, **wait: Unpack[Wait]) -> Closed:
        """The code and the reason, when the connection has ended; what comes until then is still there to be received."""
        return await self._line.until_closed(limit_of(wait, self._limit))

    def pause(self) -> None:
        """Reads nothing more: a slow reader, for whom the application's `send()` waits."""
        self._line.pause()

    def resume(self) -> None:
        """Reads on."""
        self._line.resume()

    async def _next(self, wait: Wait) -> str | bytes:
        return await self._line.next(limit_of(wait, self._limit))


@contextmanager
def _told(data: str | bytes) -> Generator[None]:
    """What a codec raises has a note of the message."""
    try:
        yield
    except Exception as error:
        error.add_note(f"the message is {_shown(data)}")
        raise


def _text(data: str | bytes) -> str:
    if isinstance(data, str):
        return data
    raise UnexpectedMessage(f"a text message was expected, not the binary one {_shown(data)}")


def _binary(data: str | bytes) -> bytes:
    if isinstance(data, bytes):
        return data
    raise UnexpectedMessage(f"a binary message was expected, not the text {_shown(data)}")


def _shown(data: str | bytes) -> str:
    text = repr(data)
    return text if len(text) <= 200 else f"{text[:200]}… of {len(data)}"
