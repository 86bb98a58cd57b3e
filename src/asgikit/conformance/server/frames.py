"""WebSocket frames (RFC 6455, 5): written in any way, legal or not; read strictly, as from a server."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import IntEnum
from typing import Final, TypeAlias

MASK: Final = b"\x37\xfa\x21\x3d"
"""The key of a frame that says nothing else; fixed, so that the bytes of a run can be repeated."""

MAX_PAYLOAD: Final = 64 * 1024 * 1024
"""Bytes of one frame, and of one message, that are read; a frame that announces more is a fault."""


class Opcode(IntEnum):
    """The kinds of frames (RFC 6455, 5.2)."""

    CONTINUATION = 0
    TEXT = 1
    BINARY = 2
    CLOSE = 8
    PING = 9
    PONG = 10


_KNOWN: Final = frozenset(opcode.value for opcode in Opcode)


class FrameFault(ValueError):
    """The peer has broken RFC 6455; the text is one sentence with the section."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame; `opcode` may be one that no standard knows, and `rsv` are its three reserved bits."""

    opcode: int
    payload: bytes = b""
    fin: bool = True
    rsv: int = 0

    def encode(self, mask: bytes | None = MASK) -> bytes:
        """The bytes, masked with this key of four bytes, or not masked, as a client must not (RFC 6455, 5.3)."""
        first = (0x80 if self.fin else 0) | (self.rsv << 4) | self.opcode
        bit, size = (0 if mask is None else 0x80), len(self.payload)
        if size < 126:
            head = struct.pack("!BB", first, bit | size)
        elif size < 65536:
            head = struct.pack("!BBH", first, bit | 126, size)
        else:
            head = struct.pack("!BBQ", first, bit | 127, size)
        return head + self.payload if mask is None else head + mask + masked(self.payload, mask)

    def __str__(self) -> str:
        """Readable, with a long payload cut."""
        name = Opcode(self.opcode).name if self.opcode in _KNOWN else f"opcode {self.opcode:#x}"
        shown = repr(self.payload[:60]) + (f"... ({len(self.payload)} bytes)" if len(self.payload) > 60 else "")
        return f"{name}{'' if self.fin else ' (not final)'}{f' rsv={self.rsv}' if self.rsv else ''} {shown}"


@dataclass(frozen=True, slots=True)
class Close:
    """What a close frame says; no code is None (RFC 6455, 7.1.5)."""

    code: int | None = None
    reason: str = ""


Message: TypeAlias = str | bytes


def masked(payload: bytes, mask: bytes) -> bytes:
    """The payload combined with the key: masking and unmasking are the same (RFC 6455, 5.3)."""
    size = len(payload)
    key = (mask * (size // 4 + 1))[:size]
    return (int.from_bytes(payload, "big") ^ int.from_bytes(key, "big")).to_bytes(size, "big")


def text(message: str, *, fin: bool = True) -> Frame:
    """A text frame."""
    return Frame(Opcode.TEXT, message.encode(), fin)


def binary(message: bytes, *, fin: bool = True) -> Frame:
    """A binary frame."""
    return Frame(Opcode.BINARY, message, fin)


def close(code: int | None = 1000, reason: str = "") -> Frame:
    """A close frame; with no code it is empty. Nothing is checked: 1005 can be sent too."""
    return Frame(Opcode.CLOSE, b"" if code is None else struct.pack("!H", code) + reason.encode())


def fragments(opcode: int, payload: bytes, *cuts: int) -> tuple[Frame, ...]:
    """A message in frames, cut at these offsets, which ascend and may repeat (RFC 6455, 5.4)."""
    edges = (0, *cuts, len(payload))
    last = len(edges) - 2
    return tuple(
        Frame(opcode if index == 0 else Opcode.CONTINUATION, payload[edges[index] : edges[index + 1]], fin=index == last)
        for index in range(last + 1)
    )


def parse_close(payload: bytes) -> Close:
    """What the payload of a close frame says. Raises FrameFault for one that none may send (RFC 6455, 5.5.1 and 7.4)."""
    if not payload:
        return Close()
    if len(payload) == 1:
        raise FrameFault("a close frame holds one byte, half of a code (RFC 6455, 5.5.1)")
    code = int.from_bytes(payload[:2], "big")
    if not 1000 <= code <= 4999 or code in {1004, 1005, 1006, 1015}:
        raise FrameFault(f"a close frame holds the code {code}, which must not be sent (RFC 6455, 7.4)")
    try:
        return Close(code, payload[2:].decode())
    except UnicodeDecodeError:
        raise FrameFault("the reason of a close frame is not UTF-8 (RFC 6455, 5.5.1)") from None


class FrameReader:
    """Bytes from a server to frames: no masks, no reserved bits, shortest lengths, control frames short and whole."""

    __slots__ = ("_buffer",)

    def __init__(self, data: bytes = b"") -> None:
        """May start with what came behind the head of the handshake."""
        self._buffer = bytearray(data)

    def feed(self, data: bytes) -> None:
        """More bytes have come."""
        self._buffer += data

    @property
    def rest(self) -> bytes:
        """The bytes of a frame that has begun."""
        return bytes(self._buffer)

    def next(self) -> Frame | None:
        """The next frame, None if it has not come whole. Raises FrameFault for one that is not to be sent."""
        if len(self._buffer) < 2:
            return None
        first, second = self._buffer[0], self._buffer[1]
        frame = Frame(first & 0x0F, b"", bool(first & 0x80), first >> 4 & 7)
        _check_head(frame, second)
        size, start = second & 0x7F, 2
        if size >= 126:
            start += 2 if size == 126 else 8
            if len(self._buffer) < start:
                return None
            size = _long_size(bytes(self._buffer[2:start]))
        if len(self._buffer) < start + size:
            return None
        payload = bytes(self._buffer[start : start + size])
        del self._buffer[: start + size]
        return Frame(frame.opcode, payload, frame.fin)


def _check_head(frame: Frame, second: int) -> None:
    if frame.rsv:
        raise FrameFault(f"a frame has reserved bits set ({frame.rsv}) and no extension was agreed (RFC 6455, 5.2)")
    if frame.opcode not in _KNOWN:
        raise FrameFault(f"a frame has the opcode {frame.opcode:#x}, which is reserved (RFC 6455, 5.2)")
    if second & 0x80:
        raise FrameFault("the server has masked a frame (RFC 6455, 5.1)")
    if frame.opcode >= 8 and not frame.fin:
        raise FrameFault("a control frame is fragmented (RFC 6455, 5.5)")
    if frame.opcode >= 8 and second & 0x7F > 125:
        raise FrameFault("a control frame has more than 125 bytes (RFC 6455, 5.5)")


def _long_size(data: bytes) -> int:
    size = int.from_bytes(data, "big")
    if size < (126 if len(data) == 2 else 65536) or size >= 1 << 63:
        raise FrameFault(f"the length {size} is written in {len(data)} bytes (RFC 6455, 5.2)")
    if size > MAX_PAYLOAD:
        raise FrameFault(f"a frame announces {size} bytes; more than {MAX_PAYLOAD} are not read")
    return size


class Assembler:
    """Frames to messages (RFC 6455, 5.4)."""

    __slots__ = ("_opcode", "_parts", "_size")

    def __init__(self) -> None:
        """No message has begun."""
        self._opcode: int | None = None
        self._parts: list[bytes] = []
        self._size = 0

    def add(self, frame: Frame) -> Message | None:
        """The message that a data frame completes. Raises FrameFault for frames in the wrong order, or text that is not UTF-8."""
        if (frame.opcode == Opcode.CONTINUATION) == (self._opcode is None):
            what = "continues no message" if self._opcode is None else "begins a message inside another"
            raise FrameFault(f"a frame {what} (RFC 6455, 5.4)")
        if self._opcode is None:
            self._opcode = frame.opcode
        self._size += len(frame.payload)
        if self._size > MAX_PAYLOAD:
            raise FrameFault(f"a message has more than {MAX_PAYLOAD} bytes, which are not read")
        self._parts.append(frame.payload)
        if not frame.fin:
            return None
        opcode, data = self._opcode, b"".join(self._parts)
        self._opcode, self._parts, self._size = None, [], 0
        if opcode == Opcode.BINARY:
            return data
        try:
            return data.decode()
        except UnicodeDecodeError:
            raise FrameFault("a text message is not UTF-8 (RFC 6455, 8.1)") from None
