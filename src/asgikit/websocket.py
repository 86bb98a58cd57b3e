"""The open WebSocket connection: receive, send, iterate. It exists only between accept and close."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final, Generic, Protocol, final

import anyio
from typing_extensions import TypeVar

from asgikit.asgi import AnySend, websocket_send
from asgikit.channels import WhenFull, check_when_full
from asgikit.closing import GONE, PROMPT, Closing
from asgikit.errors import ClientDisconnected, PolicyViolation
from asgikit.intake import ALONE, Intake
from asgikit.messages import MessageDecoder, MessageEncoder
from asgikit.outbox import Outbox

In_co = TypeVar("In_co", covariant=True)
Out_contra = TypeVar("Out_contra", contravariant=True)

MESSAGE_LIMIT: Final = 1024 * 1024
"""Bytes of a message that a session takes by default; past it the connection closes with 1009."""


@final
@dataclass(frozen=True, kw_only=True, slots=True)
class SocketLimits:
    """What a session takes from its client, and does for one that reads slowly.

    `message` is in bytes; past it 1009. After `idle` seconds without a message in either direction it closes with 1001;
    None is no limit. With a `queue` of so many messages `send` never waits for the client; `when_full` says what becomes
    of one that does not fit. Raises ValueError for figures that are not above 0, and for another word.
    """

    message: int = MESSAGE_LIMIT
    idle: float | None = None
    queue: int | None = None
    when_full: WhenFull = "disconnect"

    def __post_init__(self) -> None:
        """Checks every part."""
        for name, figure in (("message", self.message), ("idle", self.idle), ("queue", self.queue)):
            if figure is not None and not figure > 0:
                raise ValueError(f"{name} is a figure above 0, not {figure!r}")
        check_when_full(self.when_full)


DEFAULT_LIMITS: Final = SocketLimits()


class Codecs(Protocol[In_co, Out_contra]):
    """Both directions of a session's messages."""

    @property
    def receives(self) -> MessageDecoder[In_co]:
        """How they are read."""
        ...

    @property
    def sends(self) -> MessageEncoder[Out_contra]:
        """How they are written."""
        ...


@final
class WebSocket(Generic[In_co, Out_contra]):
    """An accepted connection that receives `In` and sends `Out`; iterate over it for the messages."""

    __slots__ = ("_closing", "_decode", "_encode", "_intake", "_outbox", "_send")

    def __init__(
        self, intake: Intake, send: AnySend, codecs: Codecs[In_co, Out_contra], closing: Closing, outbox: Outbox | None
    ) -> None:
        """Made by the edge after it has accepted."""
        self._intake: Intake = intake
        self._send: AnySend = send
        self._closing: Closing = closing
        self._outbox: Outbox | None = outbox
        self._decode: Callable[[str | bytes], In_co] = codecs.receives.decode_message
        self._encode: Callable[[Out_contra], str | bytes] = codecs.sends.encode_message

    @property
    def close_code(self) -> int | None:
        """The close code, once either side has closed (RFC 6455, 7.4); None while the connection is open."""
        return self._intake.code

    @property
    def close_reason(self) -> str:
        """The reason that came with the close code, as far as the server tells it; a client may write anything there."""
        return self._intake.reason

    @property
    def dropped(self) -> int:
        """How many messages a full queue has lost, by the policy that drops."""
        return 0 if self._outbox is None else self._outbox.dropped

    async def receive(self, *, timeout: float | None = None) -> In_co:  # noqa: ASYNC109  # a scope around it may lose a message
        """The next message; MessageTimeout, which is a TimeoutError, if none comes for so many seconds.

        The time-out loses no message, the next call gets it; a scope that cancels this call may, on some servers.
        Raises ClientDisconnected when there is none any more, UndecodableMessage or MessageTooLarge for one that
        the session does not take: left alone, they close the connection with their own codes.
        """
        return self._decode(await self._intake.next(timeout))

    async def send(self, message: Out_contra, /) -> None:
        """Sends one message. Raises ClientDisconnected if the connection is closed."""
        intake = self._intake
        intake.unanswered += 1
        if intake.unanswered % ALONE == 0:
            await intake.look()
        if intake.code is not None:
            raise ClientDisconnected(f"the WebSocket is closed with {intake.code}")
        event = websocket_send(self._encode(message))
        try:
            await self._send(event)
        except GONE as error:
            intake.lost()
            raise ClientDisconnected("the client left the WebSocket") from error
        except PolicyViolation as slow:
            self._closing.force(slow.code, str(slow))
            raise ClientDisconnected("the client is disconnected, for it reads too slowly") from None

    async def close(self, code: int = 1000, reason: str = "") -> None:
        """Closes the connection; nothing happens if it is closed.

        Raises ValueError for a code that an application may not send (RFC 6455, 7.4) or a reason over 123 bytes.
        """
        self._closing.begin(code, reason)
        await self._closing.finish(PROMPT)

    async def closed(self) -> int:
        """Returns the close code when the connection is closed, by either side: for sessions that only send.

        Up to 32 messages that come meanwhile are kept for `receive`. Raises PolicyViolation where more come and none is
        taken, or none for a minute: left alone, that closes with 1008.
        """
        await self._intake.ended()
        return self._intake.code or 1006

    @asynccontextmanager
    async def until_closed(self) -> AsyncGenerator[None]:
        """Runs the block until the connection is closed, and cancels it then, as `closed` tells; raises what `closed` raises."""
        failure: Exception | None = None

        async def watch(scope: anyio.CancelScope) -> None:
            nonlocal failure
            try:
                await self.closed()
            except Exception as error:  # noqa: BLE001  # raised below, where no group wraps it
                failure = error
            scope.cancel()

        async with anyio.create_task_group() as group:
            group.start_soon(watch, group.cancel_scope)
            try:
                with self._intake.watched():
                    yield
            except ClientDisconnected:
                pass  # the end that was waited for
            except Exception as error:  # noqa: BLE001  # raised below, where no group wraps it
                failure = error
            group.cancel_scope.cancel()
        if failure is not None:
            raise failure

    def __aiter__(self) -> WebSocket[In_co, Out_contra]:
        """The messages, until either side closes."""
        return self

    async def __anext__(self) -> In_co:
        """The next message."""
        try:
            return self._decode(await self._intake.next())
        except ClientDisconnected:
            raise StopAsyncIteration from None
