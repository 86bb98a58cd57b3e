"""SocketSession: a function on an open WebSocket, run from its accept to its close."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final, Generic, final

import anyio
from typing_extensions import TypeVar

from asgikit.asgi import AnyReceive, AnySend
from asgikit.closing import Closing
from asgikit.detached import spawner
from asgikit.errors import ClientDisconnected, SocketError
from asgikit.groups import is_group, sole
from asgikit.intake import Intake
from asgikit.messages import MessageDecoder, MessageEncoder
from asgikit.outbox import Outbox
from asgikit.stopping import Stopping
from asgikit.websocket import SocketLimits, WebSocket

In = TypeVar("In")
Out = TypeVar("Out")

FAREWELL: Final = 1.0
"""Seconds for the close of a session that the server has cancelled."""


@final
@dataclass(frozen=True, slots=True, eq=False)
class SocketSession(Generic[In, Out]):
    """What runs on a WebSocket, the types of its messages, and its limits."""

    run: Callable[[WebSocket[In, Out]], Awaitable[None]]
    receives: MessageDecoder[In]
    sends: MessageEncoder[Out]
    limits: SocketLimits

    async def __call__(self, receive: AnyReceive, send: AnySend, stopping: Stopping) -> None:
        """Runs it on an accepted connection, and closes.

        1000 when it returns, 1001 when the server stops or cancels it, 1011 when it fails, which is raised again. What
        the client did wrong closes with its own code; a client that left is the end, not an error.
        """
        activity: _Activity | None = None
        outbox: Outbox | None = None
        if self.limits.idle is not None:
            activity = _Activity(receive, send, self.limits.idle)
            receive, send = activity.receive, activity.send
        if self.limits.queue is not None:
            outbox = Outbox(send, self.limits.queue, self.limits.when_full)
            send = outbox.send
        failure: Exception | None = None
        async with anyio.create_task_group() as group:
            intake = Intake(receive, self.limits.message, group)
            closing = Closing(intake, send, group)
            call_off = stopping.call(partial(closing.stop, spawner()))
            if activity is not None:
                group.start_soon(activity.watch, closing)
            if outbox is not None:
                group.start_soon(outbox.run, partial(closing.force, 1011, ""))
            try:
                failure = await self._lived(WebSocket(intake, send, self, closing, outbox), closing)
            finally:
                call_off()
                closing.leave()
            if intake.reading or activity is not None or outbox is not None:
                group.cancel_scope.cancel()
        if failure is not None:
            raise failure

    async def _lived(self, socket: WebSocket[In, Out], closing: Closing) -> Exception | None:
        """Runs and closes; gives what has to be raised, so that no task group wraps it."""
        failure: Exception | None = None
        try:
            await self.run(socket)
        except Exception as error:  # noqa: BLE001  # told from what the client did, below
            failure = _cause(error)
        except BaseException:
            closing.begin(1001)
            with anyio.CancelScope(shield=True):
                await closing.finish(FAREWELL)
            closing.hurry(0)
            raise
        if isinstance(failure, SocketError):
            closing.begin(failure.code, str(failure).encode("utf-8", "replace")[:123].decode("utf-8", "ignore"))
            failure = None
        else:
            closing.begin(1000 if failure is None else 1011)
        await closing.finish()
        return failure


def _cause(error: Exception) -> Exception | None:
    """What ended a session; None if it is that the client left, in however many of its tasks."""
    if is_group(error):
        rest = error.split(ClientDisconnected)[1]
        return None if rest is None else sole(rest)
    return None if isinstance(error, ClientDisconnected) else error


@final
class _Activity:
    """When a message has last gone through, in either direction."""

    __slots__ = ("_idle", "_latest", "_receive", "_send")

    def __init__(self, receive: AnyReceive, send: AnySend, idle: float) -> None:
        self._receive = receive
        self._send = send
        self._idle = idle
        self._latest = anyio.current_time()

    async def receive(self) -> Mapping[str, object]:
        event = await self._receive()
        self._latest = anyio.current_time()
        return event

    async def send(self, event: object) -> None:
        await self._send(event)
        self._latest = anyio.current_time()

    async def watch(self, closing: Closing) -> None:
        while (left := self._latest + self._idle - anyio.current_time()) > 0:  # noqa: ASYNC110  # time is what it waits for
            await anyio.sleep(left)
        closing.force(1001, f"no message for {self._idle:g} seconds")
