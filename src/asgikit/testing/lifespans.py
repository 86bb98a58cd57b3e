"""The life of an application around its tests, as a server runs it."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Literal, TypeAlias, Unpack, final

from anyio.lowlevel import checkpoint

from asgikit.asgi import ASGIApp, ForeignApp, LifespanScope
from asgikit.conformance.values import is_mapping
from asgikit.testing.failures import LifespanFailed
from asgikit.testing.profile import CheckOptions, Profile
from asgikit.testing.scopes import lifespan_scope
from asgikit.testing.signal import TURN, Bell
from asgikit.testing.task import Running

LifespanMode: TypeAlias = Literal["auto", "on", "off"]
"""Whether an application has to support the protocol: "auto" goes on with one that raises before it receives anything."""


@final
class Life:
    """One run of the lifespan protocol."""

    __slots__ = ("_events", "_mode", "_running", "_stop", "asked", "messages", "scope", "state")

    def __init__(
        self, app: ASGIApp | ForeignApp, profile: Profile, mode: LifespanMode = "auto", *, keeps_state: bool = True
    ) -> None:
        """Not begun yet; `keeps_state`: whether the server does, so that the scope has a namespace."""
        self.state: dict[str, object] = {}
        """The namespace that the application fills; each connection has a copy of it."""
        self.scope: LifespanScope = lifespan_scope(self.state if keeps_state else None)
        """What the application is called with."""
        self.messages: list[Mapping[str, Any]] = []
        """What the application has sent."""
        self.asked: int = 0
        """The events that it has received."""
        self._mode = mode
        self._stop = Bell()
        self._events = ["lifespan.startup"]
        self._running = Running(app, self.scope, self._receive, self._send, profile)

    @property
    def has_started(self) -> bool:
        """Whether the application has said so."""
        return self._has_sent("lifespan.startup.complete")

    async def start(self) -> None:
        """Returns when the application has started, or does not know the protocol.

        Raises LifespanFailed if it failed, NoAnswer if it does neither.
        """
        self._running.start()
        try:
            await self._running.until(lambda: bool(self.messages), "has not started")
        except BaseException:
            await self._running.cancel()
            raise
        knows_none = isinstance(self._running.error, Exception | None)  # pytest.fail and SystemExit are none of them
        if not self.has_started and (self.messages or self.asked or self._mode == "on" or not knows_none):
            await self._running.cancel()
            raise self._failed("startup") from self._running.error
        if self._mode == "on" or self.has_started:
            self._running.judge()

    async def stop(self) -> None:
        """Shuts the application down. Raises LifespanFailed if that failed, NoAnswer if it does not end."""
        if not self.has_started:
            return
        died = self._running.ended
        self._events.append("lifespan.shutdown")
        self._stop.ring()
        try:
            await self._running.end("has not shut down")
        except BaseException:
            await self._running.cancel()
            raise
        if died or not self._has_sent("lifespan.shutdown.complete") or self._running.error is not None:
            raise self._failed("shutdown") from self._running.error
        self._running.judge()

    async def stop_after(self, error: BaseException) -> None:
        """The same behind an error, which has a note of what fails now."""
        try:
            await self.stop()
        except Exception as late:  # noqa: BLE001  # the first error is the one to tell
            error.add_note(f"and then {late!r}")

    def _has_sent(self, kind: str) -> bool:
        return any(message.get("type") == kind for message in self.messages)

    def _failed(self, half: str) -> LifespanFailed:
        reason, broken = self._reason(half), self._running.violations
        if reason is None:
            ended = f"the lifespan of the application ended before its {half} was complete"
            reason = f"{ended}: it broke {broken[0]}" if broken else ended
            broken = broken[1:]
        failure = LifespanFailed(reason)
        for violation in broken:
            failure.add_note(f"and it broke {violation}")
        return failure

    def _reason(self, half: str) -> str | None:
        """What the application says or raises."""
        for message in self.messages:
            if message.get("type") == f"lifespan.{half}.failed":
                return f"the {half} of the application failed: {message.get('message', '') or 'it does not say why'}"
            kind = message.get("type")
            if isinstance(kind, str) and not kind.startswith("lifespan."):
                return (
                    f"the application answers its lifespan with {kind!r}: "
                    "it should raise an exception for a type of scope that it does not know, or be tested with lifespan='off'"
                )
        error = self._running.error
        return None if error is None else f"the {half} of the application raised {error!r}"

    async def _receive(self) -> dict[str, object]:
        self._running.activity += 1
        while not self._events:
            await self._stop.wait()
        self.asked += 1
        return {"type": self._events.pop(0)}

    async def _send(self, message: Mapping[str, Any]) -> None:
        self._running.activity += 1
        if self._running.activity % TURN == 0:
            await checkpoint()
        given: object = message
        self.messages.append(message if is_mapping(given) else {})
        self._running.news.ring()


@asynccontextmanager
async def running(
    app: ASGIApp | ForeignApp, *, mode: LifespanMode = "on", keeps_state: bool = True, **options: Unpack[CheckOptions]
) -> AsyncGenerator[Life]:
    """Runs the lifespan of an application around the block. Raises LifespanFailed where it fails.

    Requests get a copy of its namespace: `call(app, state=life.state)`; `keeps_state=False` for a server without one.
    """
    life = Life(app, Profile(**options), mode, keeps_state=keeps_state)
    await life.start()
    try:
        yield life
    except BaseException as error:
        await life.stop_after(error)
        raise
    await life.stop()
