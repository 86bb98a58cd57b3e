"""Responses and events of synchronous tests as they come: read in the event loop of the client, through its portal."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from functools import partial
from typing import Generic, Self, Unpack, final, overload

from anyio.from_thread import BlockingPortal
from typing_extensions import TypeVar

from asgikit.http.sse import ServerSentEvent
from asgikit.testing.events import EventStream
from asgikit.testing.fields import HTTPHeaders
from asgikit.testing.library import HTTPURL, R
from asgikit.testing.messages import ANY_JSON, Decoder
from asgikit.testing.waiting import Wait

T = TypeVar("T")


@final
class Streamed(Generic[R]):
    """A response whose body comes as it is read: here, for `response` itself can be read in the event loop alone."""

    def __init__(self, response: R, portal: BlockingPortal) -> None:
        """Read through the portal."""
        self.response: R = response
        """The response of the library: its status, its fields, its request."""
        self._portal = portal

    @property
    def status_code(self) -> int:
        """Of the response."""
        return self.response.status_code

    @property
    def headers(self) -> HTTPHeaders:
        """Of the response."""
        return self.response.headers

    @property
    def url(self) -> HTTPURL:
        """Of its request."""
        return self.response.url

    @property
    def extensions(self) -> Mapping[str, object]:
        """What came beside it: `exchange_of` knows what is in it."""
        return self.response.extensions

    def raise_for_status(self) -> Self:
        """The same, if it is a 2xx. Raises the library's HTTPStatusError for anything else."""
        self.response.raise_for_status()
        return self

    def iter_raw(self, chunk_size: int | None = None) -> Iterator[bytes]:
        """The pieces of the body, as they come."""
        return self._each(self.response.aiter_raw(chunk_size))

    def iter_bytes(self, chunk_size: int | None = None) -> Iterator[bytes]:
        """The same, its coding undone."""
        return self._each(self.response.aiter_bytes(chunk_size))

    def iter_text(self, chunk_size: int | None = None) -> Iterator[str]:
        """The same, decoded."""
        return self._each(self.response.aiter_text(chunk_size))

    def iter_lines(self) -> Iterator[str]:
        """Its lines, without their ends."""
        return self._each(self.response.aiter_lines())

    def _each(self, pieces: AsyncIterator[T]) -> Iterator[T]:
        while (piece := self._portal.call(anext, pieces, None)) is not None:
            yield piece

    def read(self) -> bytes:
        """The whole body."""
        return self._portal.call(self.response.aread)

    @property
    def text(self) -> str:
        """The whole body, decoded."""
        self.read()
        return self.response.text

    @overload
    def json(self, /) -> object: ...
    @overload
    def json(self, codec: Decoder[T], /) -> T: ...
    def json(self, codec: Decoder[object] = ANY_JSON, /) -> object:
        """The whole body as JSON, of whatever type; or as a value of the codec, `json(User)`. Raises what that raises."""
        return codec.decode(self.read())


@final
class SyncEventStream(Generic[R]):
    """The server-sent events of a response, `for event in events`, or `events.receive()` for the next one."""

    def __init__(self, stream: EventStream[R], portal: BlockingPortal) -> None:
        """Read through the portal."""
        self._stream = stream
        self._portal = portal

    @property
    def response(self) -> R:
        """The response that they are the body of."""
        return self._stream.response

    @property
    def last_event_id(self) -> str:
        """What a client that comes back sends as Last-Event-ID."""
        return self._stream.last_event_id

    def __iter__(self) -> Iterator[ServerSentEvent]:
        """The events until the stream ends."""
        while (event := self._portal.call(anext, self._stream, None)) is not None:
            yield event

    def receive(self, **wait: Unpack[Wait]) -> ServerSentEvent:
        """The next event. Raises NoAnswer when none comes for `timeout` seconds, UnexpectedResponse behind the last."""
        return self._portal.call(partial(self._stream.receive, **wait))
