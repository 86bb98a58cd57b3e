"""Closing: how a WebSocket ends, asked for by its session or forced on it."""

from __future__ import annotations

from contextlib import suppress
from typing import Final, final

import anyio
from anyio.abc import TaskGroup

from asgikit.asgi import AnySend, WebSocketCloseEvent, websocket_close
from asgikit.background import LOGGER
from asgikit.intake import Intake

CLOSING: Final = 5.0
"""Seconds that a server has for a close: some wait for the client's answer."""

PROMPT: Final = 1.0
"""Seconds until a session that waits for a message is cancelled, when the close has not ended it."""

CLEAN_UP: Final = 5.0
"""Seconds that a session which does something else has to end after a close that was forced on it; then it is cancelled."""

GONE: Final = (OSError, RuntimeError)
"""What servers raise for a message to a client that has left, or after they have closed by themselves (uvicorn 0.54)."""


def close_event(code: int, reason: str) -> WebSocketCloseEvent:
    """The event that closes. Raises ValueError for what no frame can hold (RFC 6455, 5.5 and 7.4)."""
    if not (code == 1000 or (1001 <= code <= 1014 and code not in {1004, 1005, 1006}) or 3000 <= code <= 4999):
        raise ValueError(f"an application cannot close a WebSocket with {code}")
    if len(reason.encode()) > 123:
        raise ValueError("the reason of a close frame is at most 123 bytes")
    return websocket_close(code, reason)


@final
class Closing:
    """The end of one connection: told to the server once, and enforced where the session does not end by itself."""

    __slots__ = ("_group", "_intake", "_send", "_unsent")

    def __init__(self, intake: Intake, send: AnySend, group: TaskGroup) -> None:
        """The group is that in which the session runs."""
        self._intake: Intake = intake
        self._send: AnySend = send
        self._group: TaskGroup = group
        self._unsent: WebSocketCloseEvent | None = None

    def begin(self, code: int, reason: str = "") -> None:
        """From now on nothing is received or sent; nothing happens if it is closed. Raises what `close_event` does."""
        event = close_event(code, reason)
        if self._intake.code is None:
            self._unsent = event
            self._intake.close(code, reason)

    async def finish(self) -> None:
        """Tells the server of a close that it has not heard of, within a time."""
        if self._unsent is None:
            return
        with anyio.move_on_after(CLOSING):
            with suppress(*GONE):  # the client left first, which is what was asked for
                await self._send(self._unsent)
            self._unsent = None

    def force(self, code: int, reason: str) -> None:
        """Closes although the session goes on, which has a time to end then."""
        if self._intake.code is None:
            self.begin(code, reason)
            self._group.start_soon(self._enforce)

    async def _enforce(self) -> None:
        # granian 2.8 does not close while somebody receives: where that is the session, it has to be cancelled first.
        with anyio.move_on_after(PROMPT):
            await self.finish()
            await anyio.sleep(PROMPT)
        if not self._intake.reading:
            await anyio.sleep(CLEAN_UP)
            LOGGER.warning("a WebSocket session that was closed with %s goes on: it is cancelled", self._intake.code)
        self._group.cancel_scope.cancel()
