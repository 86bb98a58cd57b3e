"""A scenario: a scope and what the client does, as a value that can be shrunk, stored and replayed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from asgikit.conformance.transcript import Message


@dataclass(frozen=True, slots=True)
class Deliver:
    """The next event that `receive()` gives: a piece of a request body, a message, `lifespan.shutdown` ..."""

    event: Message


@dataclass(frozen=True, slots=True)
class Leave:
    """The client goes away: `receive()` gives the disconnect event from now on, and `send()` raises an OSError or does nothing.

    Servers differ in that, by their spec_version and by habit; an application has to live with both.
    """

    sends: Literal["raise", "ignore"] = "raise"
    code: int = 1006
    """For a WebSocket, the code of its disconnect event."""


@dataclass(frozen=True, slots=True)
class Stall:
    """The client stops reading: `send()` blocks until the client resumes, or leaves."""


@dataclass(frozen=True, slots=True)
class Resume:
    """The client reads again."""


@dataclass(frozen=True, slots=True)
class Cancel:
    """The server cancels the application's task, as some do after a disconnect."""


Action: TypeAlias = Deliver | Leave | Stall | Resume | Cancel


@dataclass(frozen=True, slots=True)
class Once:
    """In a scope or an event: an iterable that can be iterated once only, made anew for each drive."""

    items: tuple[object, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """One connection: its scope, then the actions, each after the application has settled (waits or has ended).

    After the last action the application gets nothing more until it has answered; then the disconnect event,
    as from a server whose client stays until the response is complete.
    """

    scope: Message
    actions: tuple[Action, ...] = ()
    marks: tuple[str, ...] = ()
    """The ids of the rules whose unusual but legal cases it holds: what a crash is blamed on."""
    name: str = ""
