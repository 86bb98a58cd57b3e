"""The server's half of one connection, in process: what `receive()` gives and what `send()` does."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import Final, Literal, TypeAlias, final

import anyio
from anyio.lowlevel import checkpoint

from asgikit.conformance.answer import Answer
from asgikit.conformance.copies import fresh_message, is_message, kept
from asgikit.conformance.transcript import Message, Transcript

Sends: TypeAlias = Literal["raise", "ignore"]

GIVEN_KEPT: Final = 200
"""Events of one connection that are compared afterwards with what they were."""

DISCONNECTS: Final = 200
"""How often the disconnect event is repeated; then `receive()` blocks, as it does on some servers from the second on."""

_HEADS: Final = frozenset(
    {"http.response.start", "http.response.early_hint", "http.response.debug", "websocket.http.response.start"}
)
"""What a server need not write until the first piece of the body: `send()` takes it even if the client does not read."""


class ClientGone(OSError):
    """What `send()` raises after the client has left (www, Disconnected Client)."""


@final
class Signal:
    """Wakes whoever waits for news; can be used again."""

    __slots__ = ("_event",)

    def __init__(self) -> None:
        """There is no news."""
        self._event = anyio.Event()

    def give(self) -> None:
        """Wakes all who wait now."""
        event, self._event = self._event, anyio.Event()
        event.set()

    async def wait(self) -> None:
        """Returns with the next news."""
        await self._event.wait()


@final
class Late:
    """What the application does after the client has left."""

    __slots__ = ("_raised_in", "_told", "began", "further", "raised", "started", "status")

    def __init__(self) -> None:
        """Nothing so far."""
        self.raised: ClientGone | None = None
        self.further: int = 0
        """Sends, of the very task in which one had raised before."""
        self.began: bool = False
        """Whether a response was started."""
        self.started: bool = False
        """Whether the very task that had received the disconnect event started a response."""
        self.status: int | None = None
        """Of that response."""
        self._raised_in: set[int] = set()
        self._told: set[int] = set()

    def tell(self) -> None:
        """The task that runs receives the disconnect event."""
        self._told.add(anyio.get_current_task().id)

    def note(self, sends: Sends, start: Message | None) -> ClientGone | None:
        """One more send, perhaps of the start of the first response; the error to raise."""
        task = anyio.get_current_task().id
        self.began = self.began or start is not None
        if start is not None and task in self._told and not self.started:
            status = start.get("status")
            self.started = True
            self.status = status if isinstance(status, int) else None
        if task in self._raised_in:
            self.further += 1
        if sends == "ignore":
            return None
        self._raised_in.add(task)
        error = ClientGone("the client has left")
        self.raised = self.raised or error
        return error


@final
class Peer:
    """What an application has at the other end of `receive` and `send`."""

    __slots__ = (
        "_disconnect",
        "_disconnects",
        "_given",
        "_news",
        "_queue",
        "_sends",
        "_stalled",
        "_type",
        "_waiting",
        "activity",
        "answer",
        "late",
        "stirred",
        "transcript",
    )

    def __init__(self, type_: str, transcript: Transcript) -> None:
        """A connection of this scope type."""
        self.transcript: Transcript = transcript
        self.answer: Answer = Answer()
        self.late: Late = Late()
        self.activity: int = 0
        """Grows with everything that the application does here."""
        self.stirred: Signal = Signal()
        """Told of everything that the application does here."""
        self._type = type_
        self._queue: deque[Message] = deque()
        self._sends: Sends | None = None
        self._disconnect: Message = {"type": f"{type_}.disconnect"}
        self._disconnects = 0
        self._given: list[tuple[Message, Message]] = []
        self._stalled = False
        self._waiting = 0
        self._news = Signal()

    @property
    def is_waited_for(self) -> bool:
        """Whether the application waits in `receive()` or `send()`, in one task at least."""
        return self._waiting > 0

    @property
    def has_left(self) -> bool:
        """Whether the client has."""
        return self._sends is not None

    def was_told(self, type_: str) -> bool:
        """Whether an event of this type is on its way, or was received."""
        events = (*self._queue, *(event for event, _ in self._given))
        return any(event.get("type") == type_ for event in events)

    @property
    def has_spun(self) -> bool:
        """Whether it received the disconnect event so often that it cannot have looked at it."""
        return self._disconnects >= DISCONNECTS

    def put(self, event: Message) -> None:
        """One more event for the application, which gets a copy; nothing after the client has left."""
        if self._sends is not None:
            return
        self._queue.append(fresh_message(event))
        self._news.give()

    def leave(self, sends: Sends, event: Message) -> None:
        """The client is gone: behind what is there comes this event, over and over."""
        self._disconnect = event
        self._sends = sends
        self._news.give()

    def stall(self, *, stalled: bool) -> None:
        """The client stops reading, or goes on."""
        self._stalled = stalled
        self._news.give()

    def changed(self) -> list[tuple[Message, Message]]:
        """The events that are no longer as they were given: as they were, and as they are."""
        return [(before, event) for event, before in self._given if kept(event) != before]

    async def receive(self) -> Message:
        """The next event, when there is one (asgi, Applications). A cancelled call loses none."""
        await checkpoint()
        self._stir()
        while (event := self._next()) is None:
            await self._wait()
        self._stir()
        copy = kept(event)
        if len(self._given) < GIVEN_KEPT:
            self._given.append((event, copy))
        self.transcript.add("receive", copy)
        return event

    async def send(self, message: Mapping[str, object]) -> None:
        """Takes a message. Raises ClientGone if the client has left so that it does."""
        await checkpoint()
        self._stir()
        kind = message.get("type") if is_message(message) else None
        while self._stalled and self._sends is None and not (isinstance(kind, str) and kind in _HEADS):
            await self._wait()
        self.transcript.add("send", kept(message))
        if self._sends is None or self.answer.over:
            self.answer.take(message)
            self._news.give()  # what was held back may go now, and a complete response ends what waits in receive()
            return
        start = message if self.answer.status is None and kind == "http.response.start" else None
        error = self.late.note(self._sends, start)
        if error is not None:
            self.transcript.add("send", {"error": f"{type(error).__name__}: {error}"})
            raise error

    def _stir(self) -> None:
        self.activity += 1
        self.stirred.give()

    async def _wait(self) -> None:
        self._waiting += 1
        self._stir()
        try:
            await self._news.wait()
        finally:
            self._waiting -= 1

    def _next(self) -> Message | None:
        if self.answer.over:
            self._queue.clear()
            return self._over()
        while self._queue:
            if not self._is_held(self._queue[0]):
                return self._queue.popleft()
            if self._sends is None:
                return None
            self._queue.popleft()  # what a client sent on a WebSocket that was never accepted
        return None if self._sends is None else self._over()

    def _over(self) -> Message | None:
        if self._type == "lifespan" or self._disconnects >= DISCONNECTS:
            return None
        self._disconnects += 1
        if self._sends is not None:
            self.late.tell()
        event = self._disconnect
        if self._type == "websocket" and self._sends is None:
            event = {**event, "code": self.answer.code or 1006}
        return fresh_message(event)

    def _is_held(self, event: Message) -> bool:
        kind = event.get("type")
        if kind == "websocket.receive":
            return not self.answer.accepted
        return kind == "lifespan.shutdown" and not self.answer.ready
