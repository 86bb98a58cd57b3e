"""An HTTP/2 client over any connection: fields as they come, every stream by itself (RFC 9113).

`h2` reads and writes the frames: an extra, imported here alone.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from types import TracebackType
from typing import Final, Self, TypeAlias

from asgikit.conformance.server.encoding import is_sequence
from asgikit.conformance.server.wire import Wire

try:
    from h2.config import H2Configuration
    from h2.connection import H2Connection
    from h2.events import (
        ConnectionTerminated,
        DataReceived,
        Event,
        InformationalResponseReceived,
        PushedStreamReceived,
        RemoteSettingsChanged,
        ResponseReceived,
        StreamEnded,
        StreamReset,
        TrailersReceived,
    )
    from h2.exceptions import H2Error
    from h2.settings import SettingCodes
except ImportError as _error:
    raise ImportError("HTTP/2 needs h2: install the extra typed-asgikit[conformance]") from _error

Fields: TypeAlias = tuple[tuple[bytes, bytes], ...]

MAX_BODY: Final = 1 << 24
"""Bytes of one response's body that are kept."""


class H2Unavailable(Exception):
    """The server does not answer the preface of HTTP/2; the text says what came instead."""


@dataclass(slots=True)
class H2Stream:
    """One response as far as it has come; pushed ones too."""

    request: Fields = ()
    """Of a pushed response, the request that the server promises to answer."""
    fields: Fields = ()
    """The fields of the response without :status, as they came."""
    status: int = 0
    body: bytes = b""
    trailers: Fields | None = None
    interim: list[tuple[int, Fields]] = field(default_factory=list[tuple[int, Fields]])
    data_frames: int = 0
    """Frames of DATA, empty ones too."""
    is_ended: bool = False
    reset: int | None = None
    """The error code of a RST_STREAM that came."""


def h2_request(method: str = "GET", path: str = "/", *, authority: str | None = "localhost", fields: Fields = ()) -> Fields:
    """The fields of a request; without an authority, `:authority` is left out."""
    pseudo = [(b":method", method.encode()), (b":scheme", b"http"), (b":path", path.encode())]
    if authority is not None:
        pseudo.append((b":authority", authority.encode()))
    return (*pseudo, *fields)


class H2Client:
    """One connection; `fault` is what the server did that RFC 9113 does not allow, or why it ended, in words."""

    def __init__(self, wire: Wire, *, push: bool = False, within: float = 5.0) -> None:
        """Takes the connection over and sends the preface. Raises H2Unavailable if no settings come in so many seconds."""
        # Fields are wanted as the server sends them, so that we judge them and not the library.
        configuration = H2Configuration(header_encoding=None, validate_inbound_headers=False, normalize_outbound_headers=False)
        self._connection = H2Connection(configuration)
        self._wire = wire
        self._settled = False
        self._first = b""
        self.streams: dict[int, H2Stream] = {}
        self.fault: str = ""
        self._connection.initiate_connection()
        self._connection.update_settings({SettingCodes.ENABLE_PUSH: int(push)})
        self._flush()
        deadline = time.monotonic() + within
        while not self._settled and self._read(deadline - time.monotonic()):
            pass
        if not self._settled:
            wire.close()
            raise H2Unavailable(f"the preface of HTTP/2 was answered with {self._first[:60]!r}")

    def __enter__(self) -> Self:
        """The connection is closed at the end."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Closes it."""
        self._wire.close()

    def request(self, fields: Fields, body: bytes | None = None) -> int:
        """Sends a request, with a body or without, and gives the number of its stream. Bodies have to fit the server's window.

        After a fault nothing is sent, and the stream stays as it is.
        """
        if self.fault:
            self.streams[0] = H2Stream()
            return 0
        number = self._connection.get_next_available_stream_id()
        self.streams[number] = H2Stream()
        self._connection.send_headers(number, list(fields), end_stream=body is None)
        if body is not None:
            size = self._connection.max_outbound_frame_size
            for start in range(0, len(body), size):
                self._connection.send_data(number, body[start : start + size])
            self._connection.end_stream(number)
        self._flush()
        return number

    def finish(self, *numbers: int, within: float = 5.0) -> list[H2Stream]:
        """The responses on these streams, once all have ended, the connection has, or after so many seconds."""
        deadline = time.monotonic() + within
        while not all(self._is_over(number) for number in numbers) and self._read(deadline - time.monotonic()):
            pass
        return [self.streams[number] for number in numbers]

    def reset(self, number: int) -> None:
        """Gives a stream up: RST_STREAM with CANCEL."""
        self._connection.reset_stream(number, 8)
        self._flush()

    def _is_over(self, number: int) -> bool:
        stream = self.streams[number]
        return stream.is_ended or stream.reset is not None

    def _flush(self) -> None:
        self._wire.send(self._connection.data_to_send())

    def _read(self, within: float) -> bool:
        """Takes what comes next; False at the end of the connection, after a fault, or when it is too late."""
        if within <= 0 or self.fault:
            return False
        data = self._wire.more(within)
        if not data:
            if self._wire.ended:
                self.fault = f"the connection was {self._wire.ended}"
            return False
        self._first = self._first or data
        try:
            events = self._connection.receive_data(data)
        except H2Error as error:
            self.fault = f"{type(error).__name__}: {error}"
            return False
        for event in events:
            self._take(event)
        self._flush()
        return True

    def _take(self, event: Event) -> None:
        if isinstance(event, RemoteSettingsChanged):
            self._settled = True
        elif isinstance(event, ConnectionTerminated):
            self.fault = f"GOAWAY with the code {event.error_code}"
        elif isinstance(event, DataReceived):
            self._take_data(event)
        elif isinstance(event, PushedStreamReceived):
            self.streams[event.pushed_stream_id or 0] = H2Stream(request=_pairs(event.headers))
        elif isinstance(event, StreamEnded):
            self._of(event.stream_id).is_ended = True
        elif isinstance(event, StreamReset):
            self._of(event.stream_id).reset = int(event.error_code or 0)
        else:
            self._take_fields(event)

    def _take_fields(self, event: Event) -> None:
        if isinstance(event, ResponseReceived):
            stream = self._of(event.stream_id)
            stream.status, stream.fields = _split(_pairs(event.headers))
        elif isinstance(event, InformationalResponseReceived):
            self._of(event.stream_id).interim.append(_split(_pairs(event.headers)))
        elif isinstance(event, TrailersReceived):
            self._of(event.stream_id).trailers = _pairs(event.headers)

    def _take_data(self, event: DataReceived) -> None:
        stream = self._of(event.stream_id)
        stream.data_frames += 1
        if len(stream.body) < MAX_BODY:
            stream.body += event.data or b""
        if event.flow_controlled_length:
            self._connection.acknowledge_received_data(event.flow_controlled_length, event.stream_id or 0)

    def _of(self, number: int | None) -> H2Stream:
        return self.streams.setdefault(number or 0, H2Stream())


def _pairs(headers: object) -> Fields:
    pairs = [tuple(pair) for pair in headers if is_sequence(pair)] if is_sequence(headers) else []
    return tuple((pair[0], pair[1]) for pair in pairs if isinstance(pair[0], bytes) and isinstance(pair[1], bytes))


def _split(fields: Fields) -> tuple[int, Fields]:
    status = next((value for name, value in fields if name == b":status"), b"0")
    return int(status) if status.isdigit() else 0, tuple(pair for pair in fields if pair[0] != b":status")
