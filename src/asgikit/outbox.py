"""Outbox: messages that wait for a slow reader, in bounded number."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from typing import Final, final

import anyio
import anyio.lowlevel

from asgikit.asgi import AnySend
from asgikit.background import LOGGER
from asgikit.channels import WhenFull
from asgikit.closing import GONE
from asgikit.errors import PolicyViolation

FLUSH: Final = 3.0
"""Seconds that what is queued has to go out before the connection is closed."""


@final
class Outbox:
    """A bounded queue between a session and its server: sending never waits for the client."""

    __slots__ = ("_drained", "_gone", "_idle", "_news", "_scope", "_send", "_size", "_waiting", "_when_full", "dropped")

    def __init__(self, send: AnySend, size: int, when_full: WhenFull) -> None:
        """Of so many messages, besides the one that is on its way."""
        self.dropped: int = 0
        self._send: AnySend = send
        self._size: int = size
        self._when_full: WhenFull = when_full
        self._waiting: deque[Mapping[str, object]] = deque()
        self._gone: bool = False
        self._idle: bool = True
        self._news: anyio.Event = anyio.Event()
        self._drained: anyio.Event = anyio.Event()
        self._scope: anyio.CancelScope = anyio.CancelScope()

    async def send(self, event: Mapping[str, object]) -> None:
        """Queues a message; a close goes out behind what is queued.

        Raises OSError if the client is gone, PolicyViolation if it has to go.
        """
        if event["type"] == "websocket.close":
            await self._close(event)
            return
        await anyio.lowlevel.checkpoint()  # whoever sends without end lets others run, the queue's own task among them
        if self._gone:
            raise BrokenPipeError("the client left the WebSocket")
        if len(self._waiting) >= self._size:
            if self._when_full == "disconnect":
                self._gone = True
                self._waiting.clear()
                raise PolicyViolation("messages are read too slowly")
            self.dropped += 1
            if self._when_full == "drop_newest":
                return
            self._waiting.popleft()
        self._waiting.append(event)
        self._idle = False
        self._news.set()

    async def run(self, failed: Callable[[], object]) -> None:
        """Sends what is queued, until the connection closes. Logs a message that the server does not take, and calls `failed`."""
        with self._scope:
            try:
                while True:
                    while self._waiting:
                        await self._send(self._waiting.popleft())
                    self._idle = True
                    self._drained.set()
                    self._news = anyio.Event()
                    await self._news.wait()
            except GONE:
                self._give_up()
            except Exception:  # noqa: BLE001  # whoever has sent it has gone on since
                LOGGER.exception("a message in the queue of a WebSocket could not be sent")
                self._give_up()
                failed()

    def _give_up(self) -> None:
        self._gone = True
        self._waiting.clear()
        self._drained.set()

    async def _close(self, event: Mapping[str, object]) -> None:
        if not (self._gone or self._idle):
            self._drained = anyio.Event()
            with anyio.move_on_after(FLUSH):
                await self._drained.wait()
        self._gone = True
        self._scope.cancel()
        await self._send(event)
