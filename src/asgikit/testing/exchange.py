"""One HTTP request and its response: what the server does between the two, in process."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Mapping
from contextlib import aclosing
from typing import Any, Final, final

from anyio.lowlevel import checkpoint

from asgikit.asgi import ASGIApp, ForeignApp
from asgikit.conformance.transcript import Step
from asgikit.conformance.values import shown
from asgikit.http.headers import Headers
from asgikit.testing.content import Content
from asgikit.testing.failures import ClientLeft, Incomplete, NoAnswer, Refused
from asgikit.testing.heard import Heard
from asgikit.testing.profile import Profile
from asgikit.testing.sendfile import pieces_of
from asgikit.testing.signal import Bell
from asgikit.testing.task import Running

_DISCONNECTS: Final = 200  # then receive() blocks: who has not looked at so many does not look at all

_EAGER: Final = 256 * 1024 * 1024  # bytes: a response that is larger is waited for in vain, and has to be read as it comes

_TURN: Final = 64

_FILES: Final = frozenset({"http.response.pathsend", "http.response.zerocopysend"})


@final
class Exchange:
    """A request that an application answers, step by step.

    `start()` begins; then `started()`, `read()` until it gives None, and `end()`; `leave()` at any moment. Each waits as long
    as the profile allows, and raises NoAnswer then.
    """

    __slots__ = (
        "_app_waits",
        "_bodiless",
        "_content",
        "_disconnects",
        "_fields",
        "_has_body",
        "_pieces",
        "_profile",
        "_running",
        "_status",
        "_unread",
        "complete",
        "has_left",
        "heard",
        "is_eager",
        "message",
        "scope",
    )

    def __init__(self, app: ASGIApp | ForeignApp, scope: Mapping[str, object], content: Content, profile: Profile) -> None:
        """Not begun yet."""
        self._profile = profile
        self._content = content
        self._running = Running(app, scope, self._receive, self._send, profile)
        self._app_waits = Bell()
        self._pieces: deque[bytes] = deque()
        self._unread = 0
        self._disconnects = 0
        self._has_body = False
        self._status = 0
        self._fields: list[tuple[bytes, bytes]] = []
        self._bodiless = scope.get("method") == "HEAD"
        self.scope: Mapping[str, object] = scope
        """What the application was called with."""
        self.message: Mapping[str, object] | None = None
        """The event that started the response."""
        self.heard: Heard = Heard()
        """What came beside the response: hints, pushes, trailers, debugging information."""
        self.complete: bool = False
        """Whether the response is."""
        self.has_left: bool = False
        """Whether the client left before that."""
        self.is_eager: bool = False
        """Whether the client reads as fast as it can, so that no `send()` waits."""

    @property
    def status(self) -> int:
        """Of the response. Raises Incomplete before it was started."""
        if self.message is None:
            raise Incomplete("the application has started no response")
        return self._status

    @property
    def headers(self) -> Headers:
        """Of the response. Raises Incomplete before it was started."""
        return Headers.from_raw(self.raw_headers)

    @property
    def raw_headers(self) -> list[tuple[bytes, bytes]]:
        """The same, as pairs of bytes."""
        return self._fields if self.status else []

    @property
    def steps(self) -> tuple[Step, ...]:
        """Everything that has happened: the first and the last 24 steps, as they were checked."""
        return self._running.steps

    @property
    def error(self) -> BaseException | None:
        """What came out of the application, if anything did."""
        return self._running.error

    @property
    def has_ended(self) -> bool:
        """Whether the application has returned, or raised."""
        return self._running.ended

    def start(self) -> None:
        """Calls the application."""
        self._running.start()

    async def started(self, limit: float | None = None) -> None:
        """Returns when the response has been started, or the application has ended without one."""
        await self._running.until(lambda: self.message is not None, "has started no response", limit)

    async def read(self, limit: float | None = None) -> bytes | None:
        """The next piece of the body; None behind the last. Raises Incomplete where the application broke off."""
        while not self._pieces:
            if self.complete:
                return None
            if self._running.ended:
                raise Incomplete("the application ended before its response was complete")
            await self._running.until(lambda: bool(self._pieces) or self.complete, "has sent no more of its response", limit)
        piece = self._pieces.popleft()
        self._unread -= len(piece)
        self._app_waits.ring()
        return piece

    def take(self) -> bytes:
        """All that has come and was not read."""
        body = b"".join(self._pieces)
        self._pieces.clear()
        self._unread = 0
        self._app_waits.ring()
        return body

    def leave(self) -> None:
        """The client is gone: `receive()` gives `http.disconnect` from now on, and `send()` raises, since 2.4."""
        if not self.complete:
            self.has_left = True
        self._content.stop()
        self._app_waits.ring()
        self._content.news.ring()

    async def end(self, limit: float | None = None) -> None:
        """Returns when the application has. Raises NoAnswer if it goes on, and cancels it."""
        what = "goes on, although its client has left," if self.has_left else "has not returned"
        try:
            await self._running.end(what, limit)
        except NoAnswer as error:
            if self._unread > _EAGER:
                error.add_note("it has sent more than 256 MiB: read that as it comes, with client.stream(…)")
            raise
        await self._content.aclose()

    async def cancel(self) -> None:
        """Cancels the application, as a server that stops."""
        await self._running.cancel()
        await self._content.aclose()

    def judge(self, *, raises: bool = True) -> None:
        """Raises what came out of the application, unless told not to, and ConformanceError for broken rules."""
        error = self._running.error
        if self._content.error is not None:
            if error is not None:
                self._content.error.add_note(f"and {error!r} came out of the application")
            raise self._content.error
        if error is not None and not self._is_ours(error) and (raises or not isinstance(error, Exception)):
            if not isinstance(error, Exception | SystemExit):
                raise Incomplete("the application was cancelled, but not by its client") from error
            for violation in self._running.violations:
                error.add_note(f"and it broke {violation}")
            raise error
        self._running.judge()

    def _is_ours(self, error: BaseException | None) -> bool:
        """Whether it comes of what `send()` raised: as the client has left, or as the message broke a rule, which tells more."""
        while error is not None:
            if isinstance(error, ClientLeft | Refused):
                return self.has_left if isinstance(error, ClientLeft) else bool(self._running.violations)
            if isinstance(error, BaseExceptionGroup) and all(map(self._is_ours, error.exceptions)):
                return True
            error = error.__cause__ or error.__context__
        return False

    async def _receive(self) -> dict[str, object]:
        self._running.activity += 1
        while not (self.has_left or self.complete):
            if not self._has_body:
                self._content.want()
                if self._content.has_next:
                    piece, more = self._content.next()
                    self._has_body = not more
                    return {"type": "http.request", "body": piece, "more_body": more}
            await self._content.news.wait()
            if self._content.is_broken:
                self.leave()
        return await self._disconnected()

    async def _disconnected(self) -> dict[str, object]:
        await checkpoint()
        self._disconnects += 1
        while self._disconnects > _DISCONNECTS:
            await self._content.news.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Mapping[str, Any]) -> None:
        self._running.activity += 1
        if self.has_left or self.complete:
            await checkpoint()
            if self.has_left and self._profile.raises_when_left:
                raise ClientLeft("the client has left")
            return
        kind = self._understood(message)
        if kind == "http.response.body":
            await self._sent(message.get("body", b""))
            self._done(message)
        elif kind in _FILES:
            async with aclosing(pieces_of(message)) as pieces:
                async for piece in pieces:
                    await self._sent(piece)
            self._done(message)
        elif kind != "http.response.start":
            await checkpoint()
            if kind == "http.response.trailers" and not message.get("more_trailers"):
                self._finish()

    def _understood(self, message: Mapping[str, Any]) -> str:
        """The type of a message, of which everything but a body is taken in. Raises Refused for one that makes no sense."""
        try:
            kind: str = message["type"]
            if kind == "http.response.start":
                self._start(message)
            elif kind in _FILES:
                if kind not in self._offered:
                    raise Refused(f"{kind} was not offered")
            elif kind == "http.response.body":
                memoryview(message.get("body", b""))
            else:
                self.heard.take(message)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise Refused(f"no server can read {shown(message)}: {error!r}") from error
        return kind

    def _start(self, message: Mapping[str, Any]) -> None:
        if self.message is None:
            self._status = int(message["status"])
            self._fields = [(bytes(name), bytes(value)) for name, value in message.get("headers", ())]
            self._bodiless = self._bodiless or self._status in {204, 304}
            self.message = message
        self._running.news.ring()

    async def _sent(self, piece: bytes) -> None:
        if not piece or self._bodiless:
            await self._turn()
            return
        self._pieces.append(bytes(piece))
        self._unread += len(piece)
        if self.is_eager and self._unread <= _EAGER:
            await self._turn()
            return
        self._running.news.ring()
        while self._unread > self._profile.buffer_size and not self.has_left:
            await self._app_waits.wait()

    async def _turn(self) -> None:
        """Lets others have theirs: rarely while the client takes all that comes."""
        if not self.is_eager or self._running.activity % _TURN == 0:
            await checkpoint()

    def _done(self, message: Mapping[str, Any]) -> None:
        if not message.get("more_body") and not self._expects_trailers():
            self._finish()

    def _expects_trailers(self) -> bool:
        return "http.response.trailers" in self._offered and self.message is not None and bool(self.message.get("trailers"))

    @property
    def _offered(self) -> Collection[str]:
        extensions: Any = self.scope.get("extensions", ())
        return extensions

    def _finish(self) -> None:
        self.complete = not self.has_left
        self._running.news.ring()
        self._content.stop()
        self._content.news.ring()
