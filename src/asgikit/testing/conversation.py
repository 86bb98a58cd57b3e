"""One WebSocket of an application, step by step: the client says, hears, closes, leaves, stops reading."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any, final

from anyio.lowlevel import checkpoint

from asgikit.asgi import ASGIApp, ForeignApp
from asgikit.conformance.violations import ConformanceError
from asgikit.http.headers import Headers
from asgikit.testing.failures import (
    ClientLeft,
    Incomplete,
    NoAnswer,
    Refused,
    WebSocketClosed,
    comes_of,
    is_cancellation,
    is_stop,
)
from asgikit.testing.messages import Closed
from asgikit.testing.profile import Profile
from asgikit.testing.socketpeer import Denial, SocketPeer
from asgikit.testing.task import Connected, Running


@final
class Conversation(Connected):
    """An application that talks with one client on a WebSocket.

    `start()` begins; then `answered()`, and `next()` until it raises WebSocketClosed; `say()`, `leave()` and `pause()` at any
    moment; `end()`, and `judge()`. Each wait is for as long as the profile allows, and raises NoAnswer then; one that waits
    for more than has come raises ConformanceError as soon as the application breaks a rule.
    """

    __slots__ = ("peer", "scope")

    def __init__(
        self, app: ASGIApp | ForeignApp, scope: Mapping[str, object], profile: Profile, peer: SocketPeer | None = None
    ) -> None:
        """Not begun yet; without a peer of its own, with a client that reads as much as the profile says."""
        super().__init__(Running(app, scope, self._receive, self._send, profile))
        self.peer: SocketPeer = peer or SocketPeer(profile, buffer_size=profile.buffer_size)
        """The server's half, and the client behind it."""
        self.peer.news = self._running.news
        self.scope: Mapping[str, object] = scope
        """What the application was called with."""

    @property
    def messages(self) -> list[str | bytes]:
        """What has come and was not read."""
        return [*self.peer.messages]

    @property
    def subprotocol(self) -> str | None:
        """The one that the application has chosen."""
        chosen = None if self.peer.accepted is None else self.peer.accepted.get("subprotocol")
        return chosen if isinstance(chosen, str) else None

    @property
    def headers(self) -> Headers:
        """The fields that it has accepted with."""
        fields: Any = () if self.peer.accepted is None else self.peer.accepted.get("headers", ())
        return Headers.from_raw([(bytes(name), bytes(value)) for name, value in fields])

    @property
    def closed(self) -> Closed | None:
        """How the connection has ended, by whichever side; None while it is open."""
        self._close_what_is_open()
        return self.peer.closed

    def say(self, *messages: str | bytes) -> None:
        """The client sends; what comes behind the end of the connection is lost."""
        self._running.refresh()
        self.peer.say(*messages)

    def leave(self, code: int = 1006, reason: str = "") -> None:
        """The client closes with this code, or is gone without a word: that is 1006."""
        self.peer.leave(code, reason)

    def vanish(self) -> None:
        """The client's network is gone: the server learns it when it sends, and `receive()` is silent until then."""
        self.peer.vanish()

    def pause(self) -> None:
        """The client reads nothing more, so that `send()` waits."""
        self.peer.pause()

    def resume(self) -> None:
        """The client reads on."""
        self.peer.resume()

    async def answered(self, limit: float | None = None) -> Denial | None:
        """Returns when the application has accepted, or with the response that it refuses with.

        Raises what came out of it, and Incomplete where it ended without an answer.
        """
        peer = self.peer
        await self._until(lambda: peer.accepted is not None or peer.denial is not None, "has not answered the handshake", limit)
        if peer.accepted is not None:
            return None
        await self.end(limit)
        self.judge()
        if peer.denial is not None and peer.denial.complete:
            return peer.denial
        if self.error is None:
            raise Incomplete("the application ended without an answer to the handshake")
        failed = Denial(500, [(b"content-type", b"text/plain; charset=utf-8")], complete=True)
        failed.body += b"Internal Server Error"
        return failed

    async def next(self, limit: float | None = None) -> str | bytes:
        """The next message. Raises WebSocketClosed behind the last one, and what came out of the application."""
        peer = self.peer
        await self._until(lambda: bool(peer.messages) or peer.closed is not None, "has sent no message", limit)
        if peer.messages:
            return peer.take()
        raise WebSocketClosed(*self._ended())

    async def send(self, message: str | bytes) -> None:
        """Sends a message. Raises WebSocketClosed where the connection has ended, and what came out of the application."""
        if self.closed is not None:
            raise WebSocketClosed(*self._ended())
        self.say(message)
        await checkpoint()

    async def close(self, code: int, reason: str) -> None:
        """Closes."""
        self.leave(code, reason)
        await checkpoint()

    async def drop(self, code: int = 1006) -> None:
        """Is gone without a close frame."""
        self.leave(code)
        await checkpoint()

    async def until(self, count: int, limit: float | None = None) -> None:
        """Returns when so many messages are there to be read. Raises Incomplete where they cannot come any more."""
        peer = self.peer
        await self._until(lambda: len(peer.messages) >= count or peer.closed is not None, f"has not sent {count} messages", limit)
        if len(peer.messages) < count:
            raise Incomplete(f"the application has sent {len(peer.messages)} messages, not {count}") from self.error

    async def until_closed(self, limit: float | None = None) -> Closed:
        """Returns when the connection has ended; the client reads on meanwhile, and what it reads can be taken then."""
        self.peer.read_on()
        await self._until(lambda: self.closed is not None, "has not closed the WebSocket", limit)
        return self._ended()

    async def end(self, limit: float | None = None) -> None:
        """Returns when the application has ended. Raises NoAnswer if it goes on, and cancels it."""
        what = "goes on, although its client has left," if self.peer.has_left else "has not returned"
        try:
            await self._running.until(lambda: False, what, limit, whatever_it_does=True)
        except NoAnswer:
            await self.cancel()
            raise
        self._close_what_is_open()

    async def dismissed(self, code: int, limit: float | None = None) -> None:
        """The client closes, the application ends, and is judged."""
        self.leave(code)
        await self.end(limit)
        self.judge()

    async def abandon(self, failure: BaseException) -> None:
        """The test has failed: the application is cancelled, and what else is wrong is noted with the failure."""
        error = self.error
        self.leave()
        await self.cancel()
        if failure is error or isinstance(failure, ConformanceError):
            return  # which has been judged
        if error is not None and not comes_of(error, self._is_parting):
            failure.add_note(f"and {error!r} came out of the application")
        for violation in self._running.violations:
            failure.add_note(f"and the application broke {violation}")

    async def cancel(self, times: int | None = None) -> None:
        """Cancels the application, as a server that stops: until it ends, or so often, as servers on asyncio do."""
        await self._running.cancel(times)

    def _is_parting(self, error: BaseException) -> bool:
        """Most frameworks tell of a client's leaving by an exception of their own with its close code."""
        if isinstance(error, Refused) or self.closed is None:
            return super()._is_parting(error)
        is_news = isinstance(error, Exception) and getattr(error, "code", None) == self.closed.code
        return isinstance(error, ClientLeft) or (self.peer.has_left and is_news)

    def _ended(self) -> Closed:
        """How; raises what came out of the application if it ended by that."""
        if self._running.ended and self.error is not None:
            self.judge()
        return self.closed or Closed(1006)

    def _close_what_is_open(self) -> None:
        if self._running.ended:
            self.peer.fail(1006 if self.error is None else 1011)

    async def _until(self, ready: Callable[[], bool], what: str, limit: float | None) -> None:
        running = self._running
        await running.until(lambda: ready() or bool(running.violations), what, limit, whatever_it_does=True)
        if not ready():
            self.judge()

    async def _receive(self) -> dict[str, object]:
        self._running.activity += 1
        return await self.peer.receive()

    async def _send(self, message: Mapping[str, Any]) -> None:
        self._running.activity += 1
        await self.peer.send(message)


@asynccontextmanager
async def seen_to_its_end(
    conversation: Conversation,
    *,
    code: int = 1000,
    limit: float | None = None,
    keep: Callable[[Conversation], None] | None = None,
) -> AsyncGenerator[None]:
    """Behind the block the client closes with this code, and the application has to end, and is judged.

    Where the block fails, the application is cancelled, and what else is wrong is noted with the failure; where it is
    cancelled, `keep` has the conversation, if it is given.
    """
    try:
        try:
            yield
        except WebSocketClosed:  # which may come of what the application did
            await conversation.dismissed(code, limit)
            raise
        else:
            await conversation.dismissed(code, limit)
    except BaseException as failure:
        if keep is not None and is_stop(failure):
            keep(conversation)
        else:
            has_ended = conversation.has_ended
            await conversation.abandon(failure)
            if has_ended and is_cancellation(failure):
                conversation.judge()  # what had gone wrong by then, nobody would hear of
        raise
