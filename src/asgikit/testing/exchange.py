"""One HTTP request and its response: what the server does between the two, in process."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from contextlib import aclosing
from typing import Any, Final, final

from anyio.lowlevel import checkpoint

from asgikit.asgi import ASGIApp, ForeignApp
from asgikit.http.headers import Headers
from asgikit.testing.content import Content
from asgikit.testing.failures import ClientLeft, Incomplete, NoAnswer
from asgikit.testing.heard import Heard
from asgikit.testing.profile import Profile
from asgikit.testing.sendfile import pieces_of
from asgikit.testing.signal import TURN, Bell
from asgikit.testing.task import Connected, Running

_DISCONNECTS: Final = 200  # then receive() blocks: who has not looked at so many does not look at all

_EAGER: Final = 1 << 28  # bytes: behind so many `send()` waits for ever, and the response has to be read as it comes

_LACKS: Final = "waits for more content from its client"

_BESIDE: Final = 10_000  # hints, pushes and the like: behind so many `send()` waits for ever, for somebody keeps them

_FILES: Final = frozenset({"http.response.pathsend", "http.response.zerocopysend"})


@final
class Exchange(Connected):
    """A request that an application answers, step by step.

    `start()` begins; then `started()`, `read()` until it gives None, and `end()`; `leave()` at any moment. Each waits as long
    as the profile allows, and raises NoAnswer then.
    """

    __slots__ = (
        "_app_waits",
        "_beside",
        "_bodiless",
        "_content",
        "_disconnects",
        "_has_body",
        "_is_eager",
        "_pieces",
        "_profile",
        "_unread",
        "_vanished",
        "complete",
        "has_left",
        "heard",
        "parting",
        "scope",
        "timeout",
    )

    def __init__(self, app: ASGIApp | ForeignApp, scope: Mapping[str, object], content: Content, profile: Profile) -> None:
        """Not begun yet."""
        super().__init__(Running(app, scope, self._receive, self._send, profile))
        self._profile = profile
        self._content = content
        self._app_waits = Bell()
        self._pieces: deque[bytes] = deque()
        self._unread = 0
        self._beside = self._disconnects = 0
        self._has_body = False
        self._bodiless = scope.get("method") == "HEAD"
        self.scope: Mapping[str, object] = scope
        """What the application was called with."""
        extensions: Any = scope.get("extensions", ())
        self.heard: Heard = Heard(extensions)
        """What came beside the response: hints, pushes, trailers, debugging information."""
        self.timeout: float | None = None
        """Seconds that one wait has; None for those of the profile."""
        self.complete: bool = False
        """Whether the response is."""
        self.has_left: bool = False
        """Whether the client left before that."""
        self.parting: Exception | None = None
        """What `send()` raises when the client has left, in place of what the profile says."""
        self._is_eager = False
        self._vanished = False

    @property
    def message(self) -> Mapping[str, object] | None:
        """The event that started the response."""
        return self.heard.start

    @property
    def status(self) -> int:
        """Of the response. Raises Incomplete before it was started."""
        if self.heard.start is None:
            raise Incomplete("the application has started no response")
        return self.heard.status

    @property
    def headers(self) -> Headers:
        """Of the response. Raises Incomplete before it was started."""
        return Headers.from_raw(self.raw_headers)

    @property
    def raw_headers(self) -> list[tuple[bytes, bytes]]:
        """The same, as pairs of bytes."""
        return self.heard.fields if self.status else []

    async def started(self, limit: float | None = None) -> None:
        """Returns when the response has been started, or the application has ended without one."""
        await self._until(lambda: self.message is not None, "has started no response", limit)

    async def read(self, limit: float | None = None) -> bytes | None:
        """The next piece of the body; None behind the last. Raises Incomplete where the application broke off."""
        while not self._pieces:
            if self.complete:
                return None
            if self._running.ended:
                raise Incomplete("the application ended before its response was complete")
            await self._until(lambda: bool(self._pieces) or self.complete, "has sent no more of its response", limit)
        piece = self._pieces.popleft()
        self._unread -= len(piece)
        self._app_waits.ring()
        return piece

    async def _until(self, ready: Callable[[], bool], what: str, limit: float | None) -> None:
        limit = self.timeout if limit is None else limit
        await self._running.until(ready, lambda: _LACKS if self._content.is_awaited else what, limit)

    def take(self) -> bytes:
        """All that has come and was not read."""
        body = b"".join(self._pieces)
        self._pieces.clear()
        self._unread = 0
        self._app_waits.ring()
        return body

    def read_on(self) -> None:
        """The client reads as fast as it can from now on, so that no `send()` waits."""
        self._is_eager = True
        self._app_waits.ring()

    def leave(self) -> None:
        """The client is gone: `receive()` gives `http.disconnect` from now on, and `send()` raises, since 2.4."""
        if not self.complete:
            self.has_left = True
        self._content.stop()
        self._app_waits.ring()
        self._content.news.ring()

    def vanish(self) -> None:
        """The client's network is gone: the server learns it when it sends, and `receive()` is silent until then."""
        self._vanished = True
        self._content.stop()
        self._app_waits.ring()

    async def end(self, limit: float | None = None) -> None:
        """Returns when the application has. Raises NoAnswer if it goes on, and cancels it."""
        try:
            await self._running.end(self._missing, self.timeout if limit is None else limit)
        except NoAnswer as error:
            if self._unread > _EAGER:
                error.add_note("it has sent more than 256 MiB: read that as it comes, with client.stream(…)")
            raise
        await self._content.aclose()

    def _missing(self) -> str:
        """What the application has not done."""
        if self._content.is_awaited:
            return _LACKS
        if self.has_left:
            return "goes on, although its client has left,"
        if self.complete:
            return "has sent its response, but has not returned"
        return "has not returned" if self.message is None else "has not come to the end of its response"

    async def cancel(self, times: int | None = None) -> None:
        """Cancels the application, as a server that stops: until it ends, or so often, as servers on asyncio do."""
        await self._running.cancel(times)
        await self._content.aclose()

    def judge(self) -> None:
        """Raises what was wrong with the content; what came out of the application, unless told not to; and ConformanceError."""
        wrong = self._content.error
        if wrong is not None:
            if self.error is not None:
                wrong.add_note(f"and {self.error!r} came out of the application")
            raise wrong
        super().judge()

    def _is_parting(self, error: BaseException) -> bool:
        is_told = isinstance(error, ClientLeft) or (error is self.parting and isinstance(error, OSError))
        return super()._is_parting(error) or (is_told and self.has_left)

    async def _receive(self) -> dict[str, object]:
        self._active()
        while not self._is_over:
            if not self._has_body:
                self._content.want()
                if self._content.has_next:
                    piece, more = self._content.next()
                    self._has_body = not more
                    return {"type": "http.request", "body": piece, "more_body": more}
            await (self._content.news.wait() if self._has_body else self._content.change())
            if self._content.is_broken:
                self.leave()
        return await self._disconnected()

    @property
    def _is_over(self) -> bool:
        return self.has_left or self.complete

    async def _disconnected(self) -> dict[str, object]:
        """At once, as from most servers: who asks within a cancelled scope, as Starlette's is_disconnected(), has to hear it."""
        self._disconnects += 1
        while self._disconnects > _DISCONNECTS:
            await self._content.news.wait()
        return {"type": "http.disconnect"}

    def _active(self) -> None:
        """A sign of the application, unless nobody waits for one any more."""
        if not self._is_over:
            self._running.activity += 1

    async def _send(self, message: Mapping[str, Any]) -> None:
        self._active()
        if self._vanished:
            self.leave()
        if self._is_over:
            await checkpoint()
            self._part()
            return
        kind = self.heard.take(message)
        if kind == "http.response.body":
            await self._sent(message.get("body", b""))
            self._done(message)
        elif kind in _FILES:
            async with aclosing(pieces_of(message)) as pieces:
                async for piece in pieces:
                    await self._sent(piece)
            self._done(message)
        elif kind == "http.response.start":
            self._bodiless = self._bodiless or self.heard.status in {204, 304}
            self._running.news.ring()
        else:
            await self._noted()
            if kind == "http.response.trailers" and not message.get("more_trailers"):
                self._finish()

    async def _noted(self) -> None:
        """What comes beside the response is kept, so there is an end to it."""
        await checkpoint()
        self._beside += 1
        while self._beside > _BESIDE and not self._is_over:
            await self._content.news.wait()

    def _part(self) -> None:
        """What `send()` makes of a client that has left."""
        if self.has_left and self.parting is not None:
            raise self.parting
        if self.has_left and self._profile.raises_when_left:
            raise ClientLeft("the client has left")

    async def _sent(self, piece: bytes) -> None:
        if not piece or self._bodiless:
            await self._turn()
            return
        self._pieces.append(bytes(piece))
        self._unread += len(piece)
        if self._is_eager and self._unread <= _EAGER:
            await self._turn()
            return
        self._running.news.ring()
        while self._unread > self._most and not (self.has_left or self._vanished):
            await self._app_waits.wait()
        if self._vanished:
            self.leave()
        self._part()

    @property
    def _most(self) -> int:
        """Bytes that the client may be behind."""
        return _EAGER if self._is_eager else self._profile.buffer_size

    async def _turn(self) -> None:
        """Lets others have theirs: rarely while the client takes all that comes."""
        if not self._is_eager or self._running.activity % TURN == 0:
            await checkpoint()

    def _done(self, message: Mapping[str, Any]) -> None:
        if not message.get("more_body") and not self.heard.expects_trailers:
            self._finish()

    def _finish(self) -> None:
        self.complete = not self.has_left
        self._running.news.ring()
        self._content.stop()
        self._content.news.ring()
