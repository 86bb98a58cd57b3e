"""Closing: how a WebSocket ends, asked for by its session or forced on it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, final

import anyio
from anyio.abc import TaskGroup

from asgikit.asgi import AnySend, WebSocketCloseEvent, websocket_close
from asgikit.background import LOGGER
from asgikit.detached import Work
from asgikit.intake import Intake

CLOSING: Final = 5.0
"""Seconds that a server has for a close: some wait for the client's answer, granian 2.8 until nobody is receiving."""

PROMPT: Final = 1.0
"""Seconds that a session waits for its close to go out, and that one has to end which waits for messages."""

STOPPING: Final = "the server is stopping"

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

    __slots__ = ("_apart", "_deadline", "_enforcing", "_group", "_handed", "_intake", "_send")

    def __init__(self, intake: Intake, send: AnySend, group: TaskGroup) -> None:
        """The group is that in which the session runs."""
        self._intake: Intake = intake
        self._send: AnySend = send
        self._group: TaskGroup = group
        self._handed: anyio.Event | None = None
        self._deadline: anyio.CancelScope | None = None
        self._apart: object = None
        self._enforcing: TaskGroup | None = None

    def begin(self, code: int, reason: str = "") -> None:
        """From now on nothing is received or sent; nothing happens if it is closed. Raises what `close_event` does."""
        event = close_event(code, reason)
        if self._intake.code is None:
            self._group.start_soon(self._hand_over, event, self._mark(code, reason))

    def _mark(self, code: int, reason: str) -> anyio.Event:
        self._intake.close(code, reason)
        self._handed = anyio.Event()
        return self._handed

    async def _hand_over(self, event: WebSocketCloseEvent, handed: anyio.Event) -> None:
        # In a task that is not cancelled with the session: granian 2.8 drops a connection whose close is given up, and
        # closes only when the session's own call for a message has been cancelled.
        with anyio.move_on_after(CLOSING, shield=True) as self._deadline:
            try:
                await self._send(event)
            except GONE:
                pass  # the client may have left first
            except Exception:  # noqa: BLE001  # no reason to end the session otherwise: uvicorn 0.54 asserts where a message is stuck
                LOGGER.exception("the server failed to close a WebSocket")
        handed.set()

    async def finish(self, within: float = CLOSING) -> None:
        """Returns when the server has the close, if there is one, or after a time."""
        if self._handed is not None:
            with anyio.move_on_after(within):
                await self._handed.wait()

    def hurry(self, within: float) -> None:
        """Gives the server no more than this."""
        if self._deadline is not None:
            self._deadline.deadline = min(self._deadline.deadline, anyio.current_time() + within)

    def force(self, code: int, reason: str) -> None:
        """Closes although the session goes on, which has a time to end then."""
        if self._intake.code is None:
            self.begin(code, reason)
            self._group.start_soon(self._enforce)

    def stop(self, spawn: Callable[[Work], object]) -> None:
        """Closes with 1001 although the session goes on, for the server is about to stop.

        In a task that belongs to nobody: one of the session's own would have to wait for this all its life.
        """
        if self._apart is None:
            self._apart = spawn(self._stop)

    async def _stop(self) -> None:
        if self._intake.code is not None:
            return
        handed = self._mark(1001, STOPPING)
        try:
            async with anyio.create_task_group() as self._enforcing:
                self._enforcing.start_soon(self._enforce)
                await self._hand_over(close_event(1001, STOPPING), handed)
        except Exception:  # noqa: BLE001  # nobody is there who could take it
            LOGGER.exception("a WebSocket could not be closed when the server stopped")

    def leave(self) -> None:
        """The session has ended: nothing has to be enforced any more."""
        if self._enforcing is not None:
            self._enforcing.cancel_scope.cancel()

    async def _enforce(self) -> None:
        await anyio.sleep(PROMPT)
        if not self._intake.reading:
            await anyio.sleep(CLEAN_UP)
            LOGGER.warning("a WebSocket session that was closed with %s goes on: it is cancelled", self._intake.code)
        self._group.cancel_scope.cancel()
