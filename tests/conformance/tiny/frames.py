"""Frames of a WebSocket, read with wsproto, and handshakes."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterator
from typing import Any

from wsproto.connection import Connection, ConnectionState, ConnectionType
from wsproto.events import BytesMessage, CloseConnection, Event, Message, Ping, Pong, TextMessage

from tests.conformance.tiny.habits import Habits
from tests.conformance.tiny.head import Head

GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
MAX_MESSAGE = 1 << 24


def refusal(head: Head) -> int:
    """The status that a handshake gets without the application; 0 if it is in order."""
    if head.all(b"sec-websocket-version") != [b"13"]:
        return 426
    keys = head.all(b"sec-websocket-key")
    try:
        fine = len(keys) == 1 and len(base64.b64decode(keys[0], validate=True)) == 16
    except binascii.Error:
        fine = False
    return 0 if fine else 400


def accept_token(head: Head) -> bytes:
    """The value of Sec-WebSocket-Accept (RFC 6455, 4.2.2)."""
    key = b"".join(head.all(b"sec-websocket-key")[:1])
    return base64.b64encode(hashlib.sha1(key + GUID).digest())


def frame(opcode: int, payload: bytes) -> bytes:
    """A whole frame as a server writes it."""
    size = len(payload)
    if size < 126:
        length = bytes([size])
    elif size < 1 << 16:
        length = b"\x7e" + size.to_bytes(2, "big")
    else:
        length = b"\x7f" + size.to_bytes(8, "big")
    return bytes([0x80 | opcode]) + length + payload


def close_frame(code: int | None, reason: str = "") -> bytes:
    """A close frame; a reason that is too long is cut between characters."""
    if code is None:
        return frame(8, b"")
    return frame(8, code.to_bytes(2, "big") + reason.encode()[:123].decode("utf-8", "ignore").encode())


def unmask(data: bytearray) -> tuple[int, bytes, int] | None:
    """Opcode, payload and size of a frame that may be unmasked, if it is whole; for the sabotages that wsproto would not let pass."""
    if len(data) < 2:
        return None
    size, at = data[1] & 0x7F, 2
    if size == 126:
        size, at = int.from_bytes(data[2:4], "big"), 4
    elif size == 127:
        size, at = int.from_bytes(data[2:10], "big"), 10
    mask = data[at : at + 4] if data[1] & 0x80 else b"\0\0\0\0"
    at += 4 if data[1] & 0x80 else 0
    if len(data) < at + size:
        return None
    payload = bytes(byte ^ mask[n % 4] for n, byte in enumerate(data[at : at + size]))
    return data[0], payload, at + size


class Frames:
    """Bytes in; messages, pings and the close out."""

    def __init__(self, habits: Habits) -> None:
        self._habits = habits
        self._wsproto = Connection(ConnectionType.SERVER)
        self._parts: list[Any] = []
        self._raw = bytearray()
        self.loose = any(habits.breaks(rule) for rule in ("WS-RECV-008", "WS-RECV-009"))
        self.failed: int | None = None
        """The close code for a client that breaks the protocol."""

    def feed(self, data: bytes) -> Iterator[tuple[str, Any]]:
        """("text", str), ("bytes", bytes), ("ping", bytes), ("close", (code, reason))."""
        if self.loose:
            self._raw += data
            yield from self._loosely()
            return
        if self._wsproto.state not in {ConnectionState.OPEN, ConnectionState.LOCAL_CLOSING}:
            return
        self._wsproto.receive_data(data)
        for event in self._wsproto.events():
            yield from self._taken(event)

    def _taken(self, event: Event) -> Iterator[tuple[str, Any]]:
        match event:
            case Ping():
                yield "ping", bytes(event.payload)
            case Pong():
                pass
            case CloseConnection():
                if self._wsproto.state is ConnectionState.OPEN:
                    self.failed = int(event.code)
                yield "close", (int(event.code), event.reason or "")
            case TextMessage() | BytesMessage():
                yield from self._joined(event)

    def _joined(self, event: Message[Any]) -> Iterator[tuple[str, Any]]:
        kind = "text" if isinstance(event, TextMessage) else "bytes"
        self._parts.append(event.data)
        if sum(map(len, self._parts)) > MAX_MESSAGE:
            self.failed = 1009
            yield "close", (1009, "")
        elif event.message_finished or (self._habits.breaks("WS-RECV-006") and event.frame_finished and any(self._parts)):
            parts, self._parts = self._parts, []
            yield kind, "".join(parts) if kind == "text" else b"".join(map(bytes, parts))

    def _loosely(self) -> Iterator[tuple[str, Any]]:
        while (found := unmask(self._raw)) is not None:
            first, payload, size = found
            if self._habits.breaks("WS-RECV-008") and not self._raw[1] & 0x80:
                self.failed = 1002
                yield "close", (1002, "")
                return
            del self._raw[:size]
            opcode = first & 0x0F
            if opcode == 8:
                code = int.from_bytes(payload[:2], "big") if payload else 1005
                yield "close", (code, payload[2:].decode("utf-8", "replace"))
            elif opcode == 9:
                yield "ping", payload
            elif opcode == 1:
                yield "text", payload.decode("utf-8", "replace")
            elif opcode == 2:
                yield "bytes", payload
