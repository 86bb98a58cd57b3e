"""Intake: the receiving side of a WebSocket, one message at a time, or some ahead while somebody watches for its end."""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Final, final

import anyio
import anyio.lowlevel
from anyio.abc import TaskGroup

from asgikit.asgi import AnyReceive
from asgikit.errors import ClientDisconnected, InvalidEvent, MessageTimeout, MessageTooLarge, PolicyViolation

AHEAD: Final = 32
"""Messages that are kept for `receive` while somebody watches for the end: at most, and not over one limit in bytes."""

UNTAKEN: Final = 60.0
"""Seconds that they are kept for somebody who has taken one before; behind them the client may be gone."""

ALONE: Final = 8
"""Messages that are sent without one being taken, after which we look whether the client is still there."""

TURN: Final = 64
"""The same, after which others have their turn."""


@final
class Intake:
    """The receiving side of one WebSocket.

    Whoever asks first reads from the server by itself, at no cost. Where reading may be given up (a time-out, or a watch
    for the end), a task of the session's own reads, and what it reads stays: a server may lose the message that a
    cancelled call was about to get, as granian 2.8 does.
    """

    __slots__ = (
        "_ahead",
        "_group",
        "_held",
        "_limit",
        "_news",
        "_receive",
        "_scope",
        "_short",
        "_taken",
        "_watchers",
        "code",
        "reading",
        "reason",
        "unanswered",
    )

    def __init__(self, receive: AnyReceive, limit: int, group: TaskGroup) -> None:
        """The group ends with the session; the limit is in bytes of one message."""
        self.code: int | None = None
        self.reason: str = ""
        self.reading: bool = False
        self.unanswered: int = 0  # messages that were sent since one was taken
        self._receive: AnyReceive = receive
        self._limit: int = limit
        self._short: int = limit // 4  # four bytes are the most that a character takes
        self._group: TaskGroup = group
        self._ahead: deque[str | bytes | Exception] = deque()
        self._held: int = 0
        self._taken: bool = False
        self._watchers: int = 0
        self._news: anyio.Event | None = None
        self._scope: anyio.CancelScope | None = None

    async def next(self, within: float | None = None) -> str | bytes:
        """The next message, within so many seconds.

        Raises ClientDisconnected, MessageTooLarge, InvalidEvent, MessageTimeout.
        """
        if within is not None or self.reading or self._ahead:
            return await self._turn(within)
        if self.code is not None:
            raise self._over()
        self.reading = True
        self.unanswered = 0
        try:
            event = await self._receive()
            if event["type"] == "websocket.receive":
                text = event.get("text")
                if isinstance(text, str) and len(text) <= self._short:
                    return text  # what _message() does, without the call: nearly every message is one of these
            return self._message(event)
        finally:
            self.reading = False
            if self._watchers or self._news is not None:
                self._taken = True
                self._tell()

    async def look(self) -> None:
        """Sees whether the client is still there, for a session that sends and does not receive: servers may not tell it.

        What comes meanwhile is kept for `next`, as far as there is room.
        """
        if not self.reading and len(self._ahead) < AHEAD and self._held < self._limit:
            self._fetch()
        if self.unanswered % TURN == 0:  # some servers let nobody else run while they send: nothing would be seen to come
            await anyio.lowlevel.checkpoint()

    async def _turn(self, within: float | None) -> str | bytes:
        self._taken = True
        self.unanswered = 0
        with anyio.move_on_after(within):
            while True:
                if self._ahead:
                    return self._pop()
                if self.code is not None:
                    raise self._over()
                if not self.reading:
                    self._fetch()
                await self._changed()
        raise MessageTimeout(f"no message came for {within} seconds")

    async def ended(self) -> None:
        """Returns when the connection is closed.

        Raises PolicyViolation where more messages come than are kept and nobody takes any, and what is wrong with one.
        """
        with self.watched():
            while self.code is None:
                if self._ahead and isinstance(last := self._ahead[-1], Exception):
                    self._ahead.pop()
                    raise last
                is_full = len(self._ahead) >= AHEAD or self._held >= self._limit
                if is_full and not self._taken:
                    raise PolicyViolation("messages are not read here, and too many came")
                if not self.reading and not is_full:
                    self._fetch()
                with anyio.move_on_after(UNTAKEN if is_full else None) as waiting:
                    await self._changed()
                if waiting.cancelled_caught:
                    self._taken = False

    @contextmanager
    def watched(self) -> Generator[None]:
        """While somebody watches for the end: whoever takes a message meanwhile may take its time for the next."""
        if not self._watchers:
            self._taken = False
        self._watchers += 1
        try:
            yield
        finally:
            self._watchers -= 1

    def close(self, code: int, reason: str) -> None:
        """Nothing is received any more: our side closes."""
        self.code = code
        self.reason = reason
        self._short = -1  # what comes now takes the long way, where it is dropped
        if self._scope is not None:
            self._scope.cancel()  # granian 2.8 closes when nobody is receiving, and not before
        self._tell()

    def lost(self) -> None:
        """The client has left, as sending has found."""
        if self.code is None:
            self.close(1006, "")

    def _fetch(self) -> None:
        self.reading = True
        self._group.start_soon(self._fetching)

    async def _fetching(self) -> None:
        try:
            with anyio.CancelScope() as self._scope:
                data = self._message(await self._receive())
                self._held += len(data)
                self._ahead.append(data)
        except ClientDisconnected:
            pass  # the code says so
        except Exception as error:  # noqa: BLE001  # raised in the task that asks
            self._ahead.append(error)
        finally:
            self._scope = None
            self.reading = False
            self._tell()

    def _pop(self) -> str | bytes:
        data = self._ahead.popleft()
        self._tell()
        if isinstance(data, Exception):
            raise data
        self._held -= len(data)
        return data

    def _message(self, event: Mapping[str, object]) -> str | bytes:
        if event["type"] == "websocket.receive" and self.code is None:
            data = event.get("text")
            if isinstance(data, str):
                if len(data) > self._short and len(data.encode("utf-8", "surrogatepass")) > self._limit:
                    raise MessageTooLarge(f"a message of over {self._limit} bytes")
                return data
            data = event.get("bytes")
            if isinstance(data, bytes):
                if len(data) > self._limit:
                    raise MessageTooLarge(f"a message of over {self._limit} bytes")
                return data
        raise self._end(event)

    def _end(self, event: Mapping[str, object]) -> Exception:
        if self.code is None:
            if event["type"] != "websocket.disconnect":
                return InvalidEvent(f"the server sent {event['type']!r} without a message on a WebSocket")
            code, reason = event.get("code"), event.get("reason")
            self.code = int(code) if isinstance(code, int) else 1005
            self.reason = reason if isinstance(reason, str) else ""
            return ClientDisconnected(f"the client closed the WebSocket with {self.code}")
        return self._over()

    def _over(self) -> Exception:
        return ClientDisconnected(f"the WebSocket is closed with {self.code}")

    async def _changed(self) -> None:
        if self._news is None:
            self._news = anyio.Event()
        await self._news.wait()

    def _tell(self) -> None:
        if self._news is not None:
            self._news.set()
            self._news = None
