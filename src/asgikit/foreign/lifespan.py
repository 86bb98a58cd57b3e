"""The lifespan of a foreign application, run as its server would."""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias, final

import anyio

from asgikit.asgi import ForeignApp
from asgikit.background import LOGGER
from asgikit.errors import InvalidEvent, LifespanFailed
from asgikit.foreign.call import Call

Mode: TypeAlias = Literal["auto", "on", "off"]
"""Whether an application has a lifespan: "auto" asks it, "on" insists, "off" never calls it for one."""

STOP: Final = 30.0
"""Seconds that an application has to stop in; then it is cancelled, and the shutdown has failed."""


@final
class _Life:
    """The server's side of one lifespan (lifespan, Scope)."""

    def __init__(self, name: str) -> None:
        self.call = Call(name)
        self.name = name
        self.stopping = anyio.Event()
        self.changed = anyio.Event()
        self.started = False
        self.stopped = False
        self.failure: str | None = None
        self._received = 0

    @property
    def asked(self) -> bool:
        return self._received > 0

    async def receive(self) -> Mapping[str, object]:
        self._received += 1
        if self._received == 1:
            return {"type": "lifespan.startup"}
        await self.stopping.wait()
        if self._received > 2:
            await anyio.sleep_forever()
        return {"type": "lifespan.shutdown"}

    async def send(self, event: Mapping[str, Any]) -> None:
        match event["type"]:
            case "lifespan.startup.complete":
                self.started = True
            case "lifespan.shutdown.complete":
                self.stopped = True
            case "lifespan.startup.failed" | "lifespan.shutdown.failed":
                self.failure = str(event.get("message") or "no reason given")
            case other:
                raise InvalidEvent(f"{self.name} sent {other!r} in its lifespan")
        self.changed.set()

    def ended(self) -> None:
        self.changed.set()
        if self.started and not self.stopping.is_set():
            self.stopped = True  # not at the end, where it could say so: whatever is wrong is said now
            if self.call.error is not None:
                LOGGER.error("the lifespan of %s failed while it ran", self.name, exc_info=self.call.error)


@final
@dataclass(frozen=True, slots=True)
class Terms:
    """How an application is hosted: by which name it is reported, whether it has a lifespan, how long it may take to stop."""

    name: str
    mode: Mode = "auto"
    stop: float = STOP


@asynccontextmanager
async def hosted(app: ForeignApp, terms: Terms, state: dict[str, object]) -> AsyncGenerator[bool]:
    """Runs an application's lifespan around the block; gives whether it has one. It fills the state.

    Raises LifespanFailed, with its name and its own message, if it does not start or stop.
    """
    if terms.mode == "off":
        yield False
        return
    life = _Life(terms.name)
    scope = {"type": "lifespan", "asgi": {"version": "3.0", "spec_version": "2.0"}, "state": state}
    life.call.start(lambda: app(scope, life.receive, life.send), life.ended)
    try:
        await life.changed.wait()
        _require_started(life, terms.mode)
        yield life.started
    except BaseException:
        await _stop(life, terms)
        raise
    await _stop(life, terms)
    if life.started and not life.stopped:
        _report(life, terms)


def _require_started(life: _Life, mode: Mode) -> None:
    if life.failure is not None:
        raise LifespanFailed(f"{life.name} did not start: {life.failure}") from life.call.error
    if life.started:
        return
    error = life.call.error
    reason = "it returned without an answer" if error is None else f"{type(error).__name__}: {error}"
    if mode == "on":
        raise LifespanFailed(f"{life.name} has no lifespan: {reason}") from error
    # One that has asked for its first event knew what it was called for.
    level = logging.WARNING if life.asked and error is not None else logging.INFO
    LOGGER.log(level, "%s has no lifespan (%s)", life.name, reason, exc_info=error if level == logging.WARNING else None)


async def _stop(life: _Life, terms: Terms) -> None:
    life.stopping.set()
    # What it does behind its last event is its own clean-up: it ends by itself, or at the limit.
    await life.call.end(terms.stop if life.started else 0)


def _report(life: _Life, terms: Terms) -> None:
    if life.failure is not None:
        reason = life.failure
    elif life.call.error is not None:
        reason = f"{type(life.call.error).__name__}: {life.call.error}"
    else:
        reason = f"it was cancelled after {terms.stop:g} seconds"
    raise LifespanFailed(f"{life.name} did not stop: {reason}") from life.call.error
