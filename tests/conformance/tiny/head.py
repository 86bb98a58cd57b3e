"""Heads of requests, read with h11."""

from __future__ import annotations

from dataclasses import dataclass

import h11

from tests.conformance.tiny.habits import Habits
from tests.conformance.tiny.net import Wire

MAX_HEAD = 1 << 17


class BadRequest(Exception):
    """The client does not speak HTTP/1.1 right; the status says how."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


@dataclass(frozen=True)
class Head:
    """The head of a request; names as they came."""

    method: bytes
    target: bytes
    version: str
    fields: tuple[tuple[bytes, bytes], ...]

    def all(self, name: bytes) -> list[bytes]:
        """The values of a field."""
        return [value for key, value in self.fields if key.lower() == name]

    def options(self, name: bytes) -> list[bytes]:
        """The elements of a list of tokens, in lower case."""
        return [part.strip().lower() for value in self.all(name) for part in value.split(b",")]

    @property
    def keeps_alive(self) -> bool:
        """Whether the client would send another request."""
        options = self.options(b"connection")
        return b"keep-alive" in options if self.version == "1.0" else b"close" not in options

    @property
    def is_websocket(self) -> bool:
        """Whether it asks for an upgrade to WebSocket."""
        asks = self.method == b"GET" and self.version == "1.1" and b"websocket" in self.options(b"upgrade")
        return asks and b"upgrade" in self.options(b"connection")


class Reader:
    """Reads one request: its head, then its body piece by piece."""

    def __init__(self, wire: Wire, habits: Habits) -> None:
        self._wire = wire
        self._habits = habits
        self._parser = h11.Connection(h11.SERVER, max_incomplete_event_size=MAX_HEAD)
        self._raw = bytearray()
        self.is_over = False
        """The body is complete."""
        self.is_broken = False
        """It never will be: the client has left, or talks nonsense."""

    def _next(self) -> object:
        """The next event, if there is one. Raises BadRequest."""
        while True:
            try:
                event = self._parser.next_event()
                if event is not h11.NEED_DATA:
                    return event
                if self._wire.inbox:
                    data = self._wire.take()
                    if self._habits.breaks("HTTP-SCOPE-028"):
                        self._raw += data
                    self._parser.receive_data(data)
                elif self._wire.eof:
                    self._parser.receive_data(b"")
                else:
                    return None
            except h11.RemoteProtocolError as error:
                raise BadRequest(error.error_status_hint) from None

    async def head(self, idle_ends: object) -> Head | None:
        """The head; None if the client has left, or the server stops before one has begun. Raises BadRequest."""
        while True:
            event = self._next()
            if isinstance(event, h11.Request):
                if event.http_version not in {b"1.0", b"1.1"}:
                    raise BadRequest(505)
                return Head(event.method, event.target, event.http_version.decode(), self._fields(event))
            if event is not None or (getattr(idle_ends, "is_stopping", False) and not self._parser.trailing_data[0]):
                return None
            await self._wire.changed.wait()

    def _fields(self, event: h11.Request) -> tuple[tuple[bytes, bytes], ...]:
        if not self._habits.breaks("HTTP-SCOPE-028"):
            return tuple(event.headers.raw_items())
        lines = bytes(self._raw).partition(b"\r\n\r\n")[0].split(b"\r\n")[1:]
        return tuple((name, value) for name, _, value in (line.partition(b":") for line in lines))

    def piece(self) -> bytes | None:
        """Bytes of the body that are there; b"" at its end, None if one has to wait."""
        try:
            event = self._next()
        except BadRequest:
            self.is_broken = True
            return None
        if isinstance(event, h11.Data):
            data = bytes(event.data)
            return b"%x\r\n%b\r\n" % (len(data), data) if self._habits.breaks("HTTP-REQ-008") else data
        if isinstance(event, h11.EndOfMessage):
            self.is_over = True
            return b""
        if event is not None:
            self.is_broken = True
        return None

    def release(self) -> None:
        """Gives back what was read beyond this request."""
        self._wire.unread(self._parser.trailing_data[0])
