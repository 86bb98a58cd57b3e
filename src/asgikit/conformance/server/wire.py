"""A connection to a server, byte by byte: sent exactly as given, cut anywhere, read at any pace."""

from __future__ import annotations

import socket
import struct
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from types import TracebackType
from typing import Self

from asgikit.conformance.server.answers import Answer, read_answer
from asgikit.conformance.server.patience import AS_ASKED, Patience

KEPT = 4096
"""Bytes each way that the text of a connection shows."""

SETTLED = 0.5
"""Seconds in which what a server still sends comes, once its application has ended."""

STEP = 0.1
"""Seconds between two looks at whether it has."""


class Wire:
    """One connection. Blocking, with a time limit on everything; a reset by the server is an end, not an exception."""

    def __init__(self, connection: socket.socket, patience: Patience = AS_ASKED) -> None:
        """Takes the socket over. What is waited for is waited for with this patience."""
        self._socket = connection
        self._patience = patience
        self._is_over: Callable[[], bool] | None = None
        self._buffer = b""
        self._text: list[str] = []
        self._shown = {">": 0, "<": 0}
        self.ended: str = ""
        """"closed" or "reset" when the server has ended the connection and we have seen it, else "" ."""

    def __enter__(self) -> Self:
        """The connection is closed at the end."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Closes it."""
        self.close()

    @property
    def socket(self) -> socket.socket:
        """The socket, for what this class has no method for."""
        return self._socket

    def follow(self, is_over: Callable[[], bool]) -> None:
        """From now on, no wait for bytes goes on for long once this is true: that the application has ended that was asked."""
        self._is_over = is_over

    def _show(self, direction: str, data: bytes) -> None:
        left = KEPT - self._shown[direction]
        self._shown[direction] += len(data)
        if left <= 0:
            return
        shown = data[:left]
        more = f" ... ({len(data)} bytes)" if len(shown) < len(data) else ""
        self._text += [f"{direction} {line!r}" for line in shown.splitlines(keepends=True)]
        if more:
            self._text.append(f"{direction}{more}")

    def note(self, text: str) -> None:
        """A line of its own in the text: "half-closed"."""
        self._text.append(f"-- {text}")

    def text(self) -> str:
        """What went each way so far, as lines: ">" sent, "<" received, "--" what else happened; bytes as in Python."""
        return "\n".join(self._text)

    def send(self, data: bytes, within: float = 5.0) -> bool:
        """Sends all of it; False if the server has closed the connection or takes nothing more for so long."""
        self._show(">", data)
        self._socket.settimeout(within)
        try:
            self._socket.sendall(data)
        except TimeoutError:
            self.note("the server takes no more")
            return False
        except OSError as error:
            self.note(f"sending failed: {type(error).__name__}")
            return False
        return True

    def send_pieces(self, pieces: Iterable[bytes], pause: float = 0.0) -> bool:
        """Sends them one by one, in segments of their own as far as the system does so."""
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for number, part in enumerate(pieces):
            if number and pause:
                time.sleep(pause)
            if not self.send(part):
                return False
        return True

    def half_close(self) -> None:
        """Says that we send no more; we still read."""
        self.note("half-closed: shutdown(SHUT_WR)")
        try:
            self._socket.shutdown(socket.SHUT_WR)
        except OSError:
            self.note("the connection was closed already")

    def reset(self) -> None:
        """Ends the connection with RST."""
        self.note("reset: SO_LINGER 0, close()")
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._socket.close()

    def close(self) -> None:
        """Ends the connection with FIN, as far as all that came was read."""
        if self._socket.fileno() != -1:
            self.note("closed by us")
            self._socket.close()

    def more(self, within: float = 5.0) -> bytes:
        """The next bytes; b"" at the end of the connection (see `ended`) or when none came for so long."""
        return self._next(self._patience.of(within)) or b""

    def _next(self, within: float) -> bytes | None:
        """The next bytes; b"" at the end of the connection, None when none came for so long, or for long enough."""
        if self._buffer:
            held, self._buffer = self._buffer, b""
            return held
        deadline = time.monotonic() + within
        settles = False
        while not self.ended:
            if not settles and self._is_over is not None and self._is_over():
                settles, deadline = True, min(deadline, time.monotonic() + self._patience.of(SETTLED))
            left = deadline - time.monotonic()
            data = self._receive(left if self._is_over is None or settles else min(left, STEP))
            if data is not None:
                return data
            if time.monotonic() >= deadline:
                return None
        return b""

    def _receive(self, within: float) -> bytes | None:
        self._socket.settimeout(max(within, 0.001))
        try:
            data = self._socket.recv(65536)
        except TimeoutError:
            return None
        except OSError:
            self._end("reset")
            return b""
        if not data:
            self._end("closed")
        self._show("<", data)
        return data

    def _end(self, how: str) -> None:
        self.ended = how
        self.note(f"{how} by the server")

    def unread(self, data: bytes) -> None:
        """Puts bytes back, to be read next."""
        self._buffer = data + self._buffer

    def answer(self, method: str = "GET", within: float = 5.0) -> Answer:
        """The next response, interim ones with it; what is behind it stays for the next call. `method` is that of the request.

        A body that only the end of the connection delimits is whole at an orderly end, and cut by a reset (RFC 9112, 8).
        """
        answer, rest = read_answer(self._next, method=method, within=self._patience.of(within))
        self.unread(rest)
        is_torn = answer.framing == "close" and answer.is_complete and self.ended == "reset"
        return replace(answer, ended="cut") if is_torn else answer

    def rest(self, within: float = 1.0, limit: int = 1 << 24) -> bytes:
        """All that comes until the server closes, or nothing came for so long, or there are so many bytes."""
        parts: list[bytes] = []
        size = 0
        while size < limit and (data := self.more(within)):
            parts.append(data)
            size += len(data)
        return b"".join(parts)

    def closes(self, within: float = 5.0) -> bool:
        """Whether the server ends the connection without another byte, in so many seconds."""
        return not self.more(within) and bool(self.ended)


def connected(port: int, *, receive_buffer: int | None = None, patience: Patience = AS_ASKED) -> Wire:
    """A new connection to a port of the loopback interface. Raises OSError."""
    wire = socket.socket()
    try:
        if receive_buffer is not None:
            wire.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        wire.settimeout(5.0)
        wire.connect(("127.0.0.1", port))
    except BaseException:
        wire.close()
        raise
    return Wire(wire, patience)
