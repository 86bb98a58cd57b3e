"""A room on a WebSocket: what the socket says goes to the room, what the room says goes to the socket."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Hashable
from contextlib import AbstractAsyncContextManager
from typing import Any, Final, Generic, assert_never, final, overload

import anyio
from typing_extensions import TypeVar

from asgikit.channels import Event, Joined, Left, Membership, Message, Present
from asgikit.codec import Encoder, JSONValues
from asgikit.errors import SubscriberTooSlow
from asgikit.groups import sole
from asgikit.websocket import WebSocket

T = TypeVar("T")
M = TypeVar("M", bound=Hashable)
In = TypeVar("In")

RATE: Final = 20.0
"""Messages a second that one socket may say by default, as many at once; it is read no faster."""


def converse(
    seat: AbstractAsyncContextManager[Membership[T, M]], say: Callable[[M, In], T], *, rate: float = RATE
) -> Callable[[WebSocket[In, Event[T, M]]], Awaitable[None]]:
    """A session in a room: `say` makes a message for it of a member and what its socket says.

    The socket is told of presence and messages, its own among them. It says up to `rate` messages a second, and as many at
    once: more wait where they are, so that nobody floods a room. It is closed with 1001 when the channel is, and with 1008
    if it reads too slowly. Raises ValueError for a rate that is not above zero.
    """
    if not rate > 0:
        raise ValueError(f"rate is a number of messages a second, not {rate!r}")

    async def session(ws: WebSocket[In, Event[T, M]]) -> None:
        try:
            async with seat as membership, anyio.create_task_group() as group:
                group.start_soon(_tell, ws, membership, group.cancel_scope)
                await _hear(ws, membership, say, rate)
                group.cancel_scope.cancel()
        except ExceptionGroup as error:
            raise sole(error) from None

    return session


async def _tell(ws: WebSocket[In, Event[T, M]], membership: Membership[T, M], scope: anyio.CancelScope) -> None:
    with anyio.CancelScope() as sending:
        membership.when_too_slow(sending.cancel)  # whose client takes nothing, so that one message is stuck in send()
        async for event in membership:
            await ws.send(event)
    if sending.cancelled_caught:
        raise SubscriberTooSlow("too many messages were waiting for you")
    await ws.close(1001)
    scope.cancel()


async def _hear(ws: WebSocket[In, Event[T, M]], membership: Membership[T, M], say: Callable[[M, In], T], rate: float) -> None:
    paid = anyio.current_time() - 1  # up to when what was said is paid for; a second may be owed
    async for said in ws:
        await membership.publish(say(membership.member, said))
        now = anyio.current_time()
        paid = max(paid, now - 1) + 1 / rate
        if paid > now:
            await anyio.sleep(paid - now)


@final
class RoomEvents(Generic[T, M]):
    """What a room tells, as JSON: for `sends=` of a WebSocket, and for server-sent events. Use `room_events`."""

    __slots__ = ("_member", "_message")

    def __init__(self, message: Encoder[T], member: Encoder[M]) -> None:
        """Both write JSON."""
        self._message: Encoder[T] = message
        self._member: Encoder[M] = member

    def encode(self, event: Event[T, M], /) -> bytes:
        """An object with a type, and what belongs to it: message, member, members."""
        match event:
            case Message(content):
                return b'{"type":"message","message":%b}' % self._message.encode(content)
            case Present(members):
                return b'{"type":"present","members":[%b]}' % b",".join(self._member.encode(member) for member in members)
            case Joined(member):
                return b'{"type":"joined","member":%b}' % self._member.encode(member)
            case Left(member):
                return b'{"type":"left","member":%b}' % self._member.encode(member)
            case _:
                assert_never(event)

    def encode_message(self, event: Event[T, M], /) -> str:
        """The same as text."""
        return self.encode(event).decode()


_TEXTS: Final = JSONValues()


@overload
def room_events(message: Encoder[T], /) -> RoomEvents[T, str]: ...
@overload
def room_events(message: Encoder[T], member: Encoder[M], /) -> RoomEvents[T, M]: ...
def room_events(message: Encoder[T], member: Encoder[Any] = _TEXTS, /) -> RoomEvents[T, Any]:
    """The codec of what a room tells: `room_events(json(Line))`, or `room_events(json(Line), json(User))` for members of a type.

    {"type":"present","members":[…]} comes first; then {"type":"message","message":…}, {"type":"joined","member":…} and
    {"type":"left","member":…}. A later "present" holds what there was to say of presence in between.
    """
    return RoomEvents(message, member)
