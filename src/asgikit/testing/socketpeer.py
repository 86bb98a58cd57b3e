"""The server's half of one WebSocket, in process, with the client behind it: what `receive()` gives and `send()` takes."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import Any, Final, final

from anyio.lowlevel import checkpoint

from asgikit.testing.failures import ClientLeft, Refused
from asgikit.testing.messages import Closed
from asgikit.testing.profile import Profile
from asgikit.testing.signal import Bell

_DISCONNECTS: Final = 200  # then receive() blocks: who has not looked at so many does not look at all

_EAGER: Final = 256 * 1024 * 1024
"""Bytes that the client is behind at most, however fast it reads: an application that floods must not eat the memory."""

_FRAME: Final = 2
"""Bytes that a message takes besides its own (RFC 6455, 5.2)."""


@final
class Denial:
    """The response that refuses a handshake."""

    __slots__ = ("body", "closed", "complete", "headers", "status")

    def __init__(self, status: int, headers: list[tuple[bytes, bytes]], *, complete: bool = False) -> None:
        """Begun."""
        self.status: int = status
        self.headers: list[tuple[bytes, bytes]] = headers
        self.body: bytearray = bytearray()
        self.complete: bool = complete
        self.closed: Closed | None = None
        """What the application has closed with where it sent no response, which no client hears of."""


@final
class SocketPeer:
    """What an application has at the other end of its two callables, `peer.receive` and `peer.send`.

    The client reads as fast as it can, unless `buffer_size` says how many bytes it may be behind, and until `pause()`.
    `raises` is what `send()` raises once the connection has ended, in place of what the profile says; with `loses` a
    cancelled `receive()` loses the message that it was about to give, as granian 2.8 does.
    """

    __slots__ = (
        "_changed",
        "_disconnects",
        "_events",
        "_is_silent",
        "_loses",
        "_paused",
        "_raises",
        "_reasons",
        "_unread",
        "_vanished",
        "accepted",
        "buffer_size",
        "closed",
        "denial",
        "has_left",
        "messages",
        "news",
        "waiting",
    )

    def __init__(
        self,
        profile: Profile | None = None,
        *,
        buffer_size: int = _EAGER,
        loses: bool = False,
        raises: Exception | None = None,
    ) -> None:
        """A client that has asked for a WebSocket, and waits for the answer."""
        profile = profile or Profile()
        self._raises = raises
        self._is_silent = not profile.raises_when_left
        self._reasons = profile.spec_version >= "2.5"
        self._loses = loses
        self._events: deque[dict[str, object]] = deque([{"type": "websocket.connect"}])
        self._changed = Bell()
        self._paused = False
        self._unread = 0
        self._disconnects = 0
        self._vanished = False
        self.news: Bell = Bell()
        """Rings when the client has something to look at."""
        self.buffer_size: int = buffer_size
        """Bytes that the client has not read before `send()` waits."""
        self.accepted: Mapping[str, object] | None = None
        """The event that accepted the handshake."""
        self.denial: Denial | None = None
        """The response that refuses it."""
        self.messages: deque[str | bytes] = deque()
        """Those that the client has not read yet."""
        self.closed: Closed | None = None
        """How the connection has ended, by whichever side."""
        self.has_left: bool = False
        """Whether the client ended it."""
        self.waiting: int = 0
        """Calls of `receive()` that wait."""

    @property
    def queued(self) -> int:
        """Events that the application has not received."""
        return len(self._events)

    def say(self, *messages: str | bytes) -> None:
        """The client sends; what comes behind the end is lost."""
        if not self._is_over:
            for message in messages:
                kind = "text" if isinstance(message, str) else "bytes"
                self._events.append({"type": "websocket.receive", kind: message})
            self._changed.ring()

    def leave(self, code: int = 1006, reason: str = "") -> None:
        """The client closes, or is gone without a word: that is 1006."""
        if self.closed is None:
            self.has_left = True
            self._end(Closed(code, reason))

    def vanish(self) -> None:
        """The client's network is gone: the server learns it when it sends, and `receive()` is silent until then."""
        self._vanished = True
        self._changed.ring()

    def fail(self, code: int) -> None:
        """The application has ended, and the server ends what it has left open."""
        if self.closed is None:
            self._end(Closed(code))

    def pause(self) -> None:
        """The client reads nothing more: no `websocket.send` goes through."""
        self._paused = True

    def resume(self) -> None:
        """The client reads on."""
        self._paused = False
        self._changed.ring()

    def read_on(self) -> None:
        """The client reads as fast as it can, from now on, unless it has paused."""
        self.buffer_size = _EAGER
        self._changed.ring()

    def take(self) -> str | bytes:
        """The client reads the next message. Raises IndexError where there is none."""
        message = self.messages.popleft()
        self._unread -= _size(message)
        self._changed.ring()
        return message

    async def receive(self) -> dict[str, object]:
        """The next event: at once where there is one, as from most servers, even within a cancelled scope."""
        self.waiting += 1
        try:
            if self._loses:
                await checkpoint()
            while (event := self._next()) is None:
                await self._changed.wait()
        except BaseException:
            if self._loses and self.accepted is not None and self._events:
                self._events.popleft()
            raise
        finally:
            self.waiting -= 1
        return event

    async def send(self, message: Mapping[str, object]) -> None:
        """Takes an event. Raises what `raises` says behind the end of the connection, Refused for what no server can read."""
        await checkpoint()
        kind = message.get("type")
        while kind == "websocket.send" and self._paused and not self._is_over:
            await self._changed.wait()
        self._notice()
        if self.closed is not None:
            self.news.ring()
            self._refuse()
            return
        self.news.ring()  # whatever it is: the client looks at what it has broken, too
        match kind:
            case "websocket.accept":
                _fields(message)
                self.accepted = message
                self._changed.ring()
            case "websocket.send":
                await self._sent(message)
            case "websocket.close":
                self._close(message)
            case "websocket.http.response.start":
                self._begin_denial(message)
            case "websocket.http.response.body":
                await self._deny(message)
            case _:
                raise Refused(f"{kind!r} is no event of a WebSocket")
        self.news.ring()

    @property
    def _is_over(self) -> bool:
        return self._vanished or self.closed is not None

    def _notice(self) -> None:
        """Whoever sends learns that nobody is there."""
        if self._vanished:
            self.leave()

    def _refuse(self) -> None:
        if self._raises is not None:
            raise self._raises
        if not self._is_silent:
            raise ClientLeft("the connection has ended")

    def _next(self) -> dict[str, object] | None:
        while self._events and (self.closed is None or self.has_left):
            if self._events[0]["type"] != "websocket.receive" or self.accepted is not None:
                return self._events.popleft()
            if self.closed is None:
                return None  # a server hands no message on before the handshake is answered
            self._events.popleft()
        if self.closed is None or self._disconnects >= _DISCONNECTS:
            return None
        self._disconnects += 1
        event: dict[str, object] = {"type": "websocket.disconnect", "code": self.closed.code}
        return {**event, "reason": self.closed.reason} if self._reasons else event

    async def _sent(self, message: Mapping[str, object]) -> None:
        text, data = message.get("text"), message.get("bytes")
        said = text if isinstance(text, str) else bytes(data) if isinstance(data, bytes | bytearray) else None
        if said is None or self.accepted is None:
            raise Refused("no message" if said is None else "a message before websocket.accept")
        self._unread += _size(said)
        self.messages.append(said)
        self.news.ring()
        while self._unread > self.buffer_size and not self._is_over:
            await self._changed.wait()
        self._notice()

    def _close(self, message: Mapping[str, object]) -> None:
        code, reason = message.get("code", 1000), message.get("reason")
        closed = Closed(code if isinstance(code, int) else 1000, reason if isinstance(reason, str) else "")
        if self.accepted is None:
            self.denial = Denial(403, [(b"content-length", b"0")], complete=True)
            self.denial.closed = closed
        self._end(closed if self.accepted is not None else Closed(1006))

    def _begin_denial(self, message: Mapping[str, object]) -> None:
        status = message.get("status")
        fields = _fields(message)
        if not isinstance(status, int) or self.accepted is not None:
            raise Refused("no status" if self.accepted is None else "a denial behind websocket.accept")
        self.denial = Denial(status, fields)

    async def _deny(self, message: Mapping[str, object]) -> None:
        body = message.get("body", b"")
        if self.denial is None or not isinstance(body, bytes):
            raise Refused("a body before its start" if self.denial is None else "a body that is no bytes")
        self.denial.body += body
        while len(self.denial.body) > _EAGER and not self._is_over:
            await self._changed.wait()
        if not message.get("more_body"):
            self.denial.complete = True
            self._end(Closed(1006))

    def _end(self, closed: Closed) -> None:
        self.closed = closed
        self._changed.ring()
        self.news.ring()


def _fields(message: Mapping[str, object]) -> list[tuple[bytes, bytes]]:
    given: Any = message.get("headers", ())
    try:
        return [(bytes(name), bytes(value)) for name, value in given]
    except (TypeError, ValueError):
        raise Refused("headers that are no pairs of bytes") from None


def _size(message: str | bytes) -> int:
    return _FRAME + len(message.encode() if isinstance(message, str) else message)
