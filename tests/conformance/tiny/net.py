"""One connection as bytes: read ahead in bounds, written with back-pressure, ended politely or at once."""

from __future__ import annotations

import contextlib
import socket
import struct
from typing import Any

import anyio
import anyio.lowlevel
from anyio.abc import SocketAttribute, SocketStream

from tests.conformance.tiny.habits import Habits

AHEAD = 65536
"""Bytes that are read ahead of whoever consumes them."""

LINGER = 1.0
"""Seconds that the client has to close after we said that we send no more."""


class ClientGone(ConnectionError):
    """send() was called and the client has left: what this server raises and knows again."""


class Signal:
    """Something has changed: wakes all that wait, again and again."""

    def __init__(self) -> None:
        self._event = anyio.Event()

    def notify(self) -> None:
        """Wakes those that wait now."""
        self._event.set()
        self._event = anyio.Event()

    async def wait(self) -> None:
        """Until the next notify()."""
        await self._event.wait()


class Wire:
    """The two directions of a connection."""

    def __init__(self, stream: SocketStream, habits: Habits) -> None:
        self._stream = stream
        self._habits = habits
        self._lock = anyio.Lock()
        self._limit = 1 << 40 if habits.breaks("HTTP-REQ-015") else AHEAD
        self.inbox = bytearray()
        self.changed = Signal()
        self.eof = False
        """The client sends no more."""
        self.lost = False
        """The client does not read any more either, as far as we know."""

    @property
    def ends(self) -> tuple[Any, Any]:
        """The addresses of the client and of this end."""
        return self._stream.extra(SocketAttribute.remote_address), self._stream.extra(SocketAttribute.local_address)

    async def pump(self) -> None:
        """Reads until the client sends no more."""
        try:
            while True:
                self.inbox += await self._stream.receive(65536)
                self.changed.notify()
                while len(self.inbox) >= self._limit:
                    await self.changed.wait()
        except anyio.EndOfStream:
            self.eof = True
        except (anyio.BrokenResourceError, anyio.ClosedResourceError, OSError):
            self.eof = self.lost = True
        self.changed.notify()

    def take(self) -> bytes:
        """All that has come; more is read then."""
        data = bytes(self.inbox)
        self.inbox.clear()
        self.changed.notify()
        return data

    def unread(self, data: bytes) -> None:
        """Puts bytes back in front."""
        self.inbox[:0] = data

    async def write(self, data: bytes) -> None:
        """Returns when the system has taken all. Raises ClientGone."""
        if self.lost:
            raise ClientGone("the client has left")
        if not data:
            return
        try:
            async with self._lock:
                if self._habits.breaks("HTTP-RESP-026"):
                    self._stream._transport.write(data)
                else:
                    await self._stream.send(data)
        except (anyio.BrokenResourceError, anyio.ClosedResourceError, OSError):
            self.lost = True
            self.changed.notify()
            raise ClientGone("the client has left") from None

    async def finish(self) -> None:
        """Ends the connection so that all that was written arrives: an unread request would reset it otherwise."""
        with contextlib.suppress(Exception):
            await self._stream.send_eof()
            with anyio.move_on_after(LINGER):
                while not self.eof:
                    self.inbox.clear()
                    self.changed.notify()
                    await self.changed.wait()
        with anyio.CancelScope(shield=True), contextlib.suppress(Exception):
            await self._stream.aclose()

    async def abort(self) -> None:
        """Ends the connection with a reset: the client sees that it was cut."""
        self.lost = True
        with contextlib.suppress(OSError):
            raw = self._stream.extra(SocketAttribute.raw_socket)
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._stream._transport.abort()
        self.changed.notify()
        await anyio.lowlevel.checkpoint()
