"""One connection of an application, told by what comes of it: the smallest of tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias, Unpack, final, overload

import anyio
from anyio.lowlevel import checkpoint
from typing_extensions import TypeVar

from asgikit.asgi import ASGIApp, ForeignApp
from asgikit.conformance.violations import ConformanceError
from asgikit.http.headers import Headers
from asgikit.testing.failures import AppFailure, ClientLeft, Incomplete
from asgikit.testing.messages import ANY_JSON, Decoder
from asgikit.testing.profile import CheckOptions, Profile
from asgikit.testing.scopes import Fields, ScopeOptions, http_scope
from asgikit.testing.signal import TURN
from asgikit.testing.task import Connected, Running

T = TypeVar("T")

Event: TypeAlias = Mapping[str, object]

_PLAIN: Final = Profile()
_CHECKS: Final = CheckOptions.__optional_keys__

_KEPT: Final = 1 << 28
"""Bytes of bodies: behind so many `send()` waits for ever."""

_TOLD: Final = 20  # events whose types a failure has: what else is in them may be secret

_STARTS: Final = frozenset({"http.response.start", "websocket.http.response.start"})
_BODIES: Final = frozenset({"http.response.body", "websocket.http.response.body"})


@dataclass(slots=True)
class Answer:
    """What an application sent, and the exception that came out of it."""

    events: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    """Everything that it sent, as it was sent."""
    error: BaseException | None = None

    @property
    def started(self) -> Mapping[str, object]:
        """The event that started the response, or the denial of a handshake. Raises Incomplete for none, or more than one."""
        starts = [event for event in self.events if event["type"] in _STARTS]
        if len(starts) != 1:
            sent = ", ".join(str(event["type"]) for event in self.events[:_TOLD]) or "nothing"
            came = "" if self.error is None else f"; {type(self.error).__name__} came out of it"
            raise Incomplete(f"the application started {len(starts)} responses: it has sent {sent}{came}") from self.error
        return starts[0]

    @property
    def status(self) -> int:
        """Of the response."""
        status = self.started["status"]
        if not isinstance(status, int):
            raise AppFailure(f"the status is {status!r}")
        return status

    @property
    def headers(self) -> Headers:
        """Of the response."""
        raw: Any = self.started.get("headers", ())
        return Headers.from_raw(raw)

    @property
    def body(self) -> bytes:
        """What has come of it."""
        return b"".join(event.get("body", b"") for event in self.events if event["type"] in _BODIES)

    @property
    def text(self) -> str:
        """The body as UTF-8."""
        return self.body.decode()

    @overload
    def json(self, /) -> object: ...
    @overload
    def json(self, codec: Decoder[T], /) -> T: ...
    def json(self, codec: Decoder[object] = ANY_JSON, /) -> object:
        """The body as JSON, of whatever type; or as a value of the codec, `json(User)`. Raises what that raises."""
        return codec.decode(self.body)


async def play(
    app: ASGIApp | ForeignApp,
    scope: Mapping[str, object],
    events: Sequence[Event] = (),
    *,
    leaves_after: int | None = None,
    **options: Unpack[CheckOptions],
) -> Answer:
    """Calls an application once with any scope, and any events: the client is silent behind them.

    It leaves when the application has sent `leaves_after` events; since 2.4 `send()` raises ClientLeft then. What comes out of
    the application is in the answer. Raises ConformanceError for a broken rule, NoAnswer for no end in `timeout` seconds, 5.
    """
    played = _Played(scope, events, leaves_after)
    profile = Profile(**options) if options else _PLAIN
    played.answer.error = await _seen_through(Running(app, scope, played.receive, played.send, profile))
    return played.answer


@final
class _Played:
    """The server that has nothing but these events, and keeps what it is given."""

    __slots__ = ("_leaves_after", "_left", "_raises", "_size", "_type", "_waiting", "answer")

    def __init__(self, scope: Mapping[str, object], events: Sequence[Event], leaves_after: int | None) -> None:
        self.answer: Answer = Answer()
        self._type = scope["type"]
        self._raises = _raises_when_left(scope)
        self._waiting: list[dict[str, Any]] = [{**event} for event in events]
        self._leaves_after = leaves_after
        self._left = anyio.Event()
        self._size = 0
        if leaves_after == 0:
            self._left.set()

    async def receive(self) -> dict[str, Any]:
        if self._waiting:
            return self._waiting.pop(0)
        await self._left.wait()
        return {"type": f"{self._type}.disconnect"}

    async def send(self, event: dict[str, Any]) -> None:
        if self._left.is_set() and self._raises:
            await checkpoint()
            raise ClientLeft("the client has left")
        events = self.answer.events
        events.append(event)
        if self._leaves_after is not None and len(events) >= self._leaves_after:
            self._left.set()
        await self._goes_on(event)

    async def _goes_on(self, event: Mapping[str, object]) -> None:
        """What sends without an end lets the time pass, and does not eat the memory."""
        if len(self.answer.events) % TURN == 0:
            await checkpoint()
        body = event.get("body")
        self._size += len(body) if isinstance(body, bytes) else 0
        if self._size > _KEPT:
            await anyio.sleep_forever()


def _raises_when_left(scope: Mapping[str, Any]) -> bool:
    """Whether the server says that it does (www, Disconnected Client)."""
    level = scope.get("asgi", {}).get("spec_version", "2.0")
    return isinstance(level, str) and level >= "2.4"


async def _seen_through(running: Running) -> BaseException | None:
    """Runs it to its end, and gives what came out of it. Raises ConformanceError, NoAnswer."""
    connected = Connected(running)
    connected.raises = False
    connected.start()
    try:
        await running.end("has not ended")
    except BaseException:
        await running.cancel()
        raise
    try:
        connected.judge()
    except ConformanceError as broken:
        raise broken from running.error
    return running.error


class CallOptions(ScopeOptions, CheckOptions, total=False):
    """What a call can have besides its request: keys of the scope, and when the test fails."""


async def call(  # noqa: PLR0913  # all but three by name, with defaults
    app: ASGIApp | ForeignApp,
    method: str = "GET",
    target: str = "/",
    *,
    body: bytes | Sequence[bytes] = b"",
    headers: Fields = (),
    leaves_after: int | None = None,
    **options: Unpack[CallOptions],
) -> Answer:
    """One HTTP request, without a client: a body in several pieces if it is a sequence. It is played as `play` does it."""
    pieces = [body] if isinstance(body, bytes) else [*body] or [b""]
    last = len(pieces) - 1
    events: list[Event] = [
        {"type": "http.request", "body": piece, "more_body": number < last} for number, piece in enumerate(pieces)
    ]
    keys: Any = {key: value for key, value in options.items() if key not in _CHECKS}
    checks: Any = {key: value for key, value in options.items() if key in _CHECKS}
    return await play(app, http_scope(method, target, headers=headers, **keys), events, leaves_after=leaves_after, **checks)
