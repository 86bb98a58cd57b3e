"""A WebSocket client that sends exactly what it is told, and reads strictly (RFC 6455)."""

from __future__ import annotations

import base64
import hashlib
import time
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from asgikit.conformance.server.answers import Answer
from asgikit.conformance.server.frames import (
    MASK,
    Assembler,
    Close,
    Frame,
    FrameFault,
    FrameReader,
    Message,
    Opcode,
    close,
    parse_close,
)
from asgikit.conformance.server.wire import Wire

KEY: Final = base64.b64encode(bytes(range(16)))
"""The nonce of every handshake: fixed, so that the bytes of a run can be repeated."""

_GUID: Final = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455, 1.3

Fields: TypeAlias = tuple[tuple[bytes, bytes], ...]


def opening(target: bytes = b"/", *, subprotocols: tuple[bytes, ...] = (), fields: Fields = ()) -> bytes:
    """The request of a handshake (RFC 6455, 4.1); each of the subprotocols is the value of a field line, a list in itself."""
    lines = [
        b"GET " + target + b" HTTP/1.1",
        b"Host: localhost",
        b"Upgrade: websocket",
        b"Connection: Upgrade",
        b"Sec-WebSocket-Key: " + KEY,
        b"Sec-WebSocket-Version: 13",
        *(b"Sec-WebSocket-Protocol: " + value for value in subprotocols),
        *(name + b": " + value for name, value in fields),
    ]
    return b"\r\n".join(lines) + b"\r\n\r\n"


def opening_faults(answer: Answer, offered: tuple[bytes, ...] = ()) -> tuple[str, ...]:
    """What is wrong with a handshake that the server has completed, in sentences (RFC 6455, 4.1 and 4.2.2)."""
    expected = base64.b64encode(hashlib.sha1(KEY + _GUID, usedforsecurity=False).digest())
    names = [name.strip() for value in offered for name in value.split(b",")]
    chosen = answer.all(b"sec-websocket-protocol")
    options = b",".join(answer.all(b"connection")).lower().replace(b" ", b"").split(b",")
    checks = (
        (answer.status == 101, f"the status is {answer.status}, not 101"),
        ([value.lower() for value in answer.all(b"upgrade")] == [b"websocket"], f"upgrade is {answer.all(b'upgrade')!r}"),
        (b"upgrade" in options, f"connection is {answer.all(b'connection')!r}"),
        (answer.all(b"sec-websocket-accept") == (expected,), f"the accept key is {answer.all(b'sec-websocket-accept')!r}"),
        (not answer.all(b"sec-websocket-extensions"), "an extension is agreed that was not offered"),
        (len(chosen) <= 1 and set(chosen) <= set(names), f"the subprotocol is {chosen!r}, of {names!r} offered"),
    )
    return tuple(text for holds, text in checks if not holds) + answer.faults


@dataclass(frozen=True, slots=True)
class Pong:
    """The server has answered a PING with this payload."""

    payload: bytes


@dataclass(frozen=True, slots=True)
class Ended:
    """No more comes: the connection has ended ("closed", "reset"), the server is "silent", or its frames are a "fault"."""

    how: Literal["closed", "reset", "silent", "fault"]
    text: str = ""


Event: TypeAlias = Message | Close | Pong | Ended


class WebSocketClient:
    """An open WebSocket over a connection; PINGs of the server are answered, nothing else happens by itself."""

    def __init__(self, wire: Wire) -> None:
        """The handshake is done."""
        self.wire = wire
        self._reader = FrameReader()
        self._assembler = Assembler()

    def send(self, *frames: Frame, mask: bytes | None = MASK) -> bool:
        """Sends frames, in one write; False if the server has closed the connection or takes nothing more."""
        return self.wire.send(b"".join(frame.encode(mask) for frame in frames))

    def next(self, within: float = 5.0) -> Event:
        """The next message, close or pong, or why there is none."""
        deadline = time.monotonic() + within
        try:
            while True:
                while (frame := self._reader.next()) is not None:
                    event = self._event(frame)
                    if event is not None:
                        return event
                data = self.wire.more(max(deadline - time.monotonic(), 0.001))
                if not data:
                    return self._end()
                self._reader.feed(data)
        except FrameFault as fault:
            return Ended("fault", str(fault))

    def _event(self, frame: Frame) -> Event | None:
        match frame.opcode:
            case Opcode.PING:
                self.send(Frame(Opcode.PONG, frame.payload))
                return None
            case Opcode.PONG:
                return Pong(frame.payload)
            case Opcode.CLOSE:
                return parse_close(frame.payload)
            case _:
                return self._assembler.add(frame)

    def _end(self) -> Ended:
        if not self.wire.ended:
            return Ended("silent")
        if self._reader.rest:
            return Ended("fault", f"the connection ended inside a frame: {self._reader.rest[:40]!r}")
        return Ended("reset" if self.wire.ended == "reset" else "closed")

    def ending(self, within: float = 5.0) -> tuple[Event, ...]:
        """All that comes until a close frame, the end of the connection, a fault, or silence for so long: that one is the last.

        At most a thousand events.
        """
        events: list[Event] = []
        while len(events) < 1000:
            event = self.next(within)
            events.append(event)
            if isinstance(event, Close | Ended):
                break
        return tuple(events)

    def leave(self, code: int | None = 1000, reason: str = "", within: float = 2.0) -> tuple[Event, ...]:
        """Sends a close frame, takes what still comes, and closes once the server has, or after so many seconds."""
        self.send(close(code, reason))
        events = self.ending(within)
        self.finish(within)
        return events

    def finish(self, within: float = 2.0) -> None:
        """Closes, once the server has, or after so many seconds: the server is to be the first (RFC 6455, 7.1.1)."""
        self.wire.rest(within)
        self.wire.close()
