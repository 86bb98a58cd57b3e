"""Drives an application through one scenario, as a server would, and tells what it did and which rules it broke."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import takewhile
from time import monotonic
from typing import Literal, TypeAlias

import anyio

from asgikit.asgi import ForeignApp
from asgikit.conformance.calling import Outcome
from asgikit.conformance.connection import OPENINGS, Connection
from asgikit.conformance.scenario import Deliver, Leave, Scenario, Stall
from asgikit.conformance.transcript import Message, Step
from asgikit.conformance.verdicts import verdicts
from asgikit.conformance.violations import Violation

StoppedBy: TypeAlias = Literal["itself", "disconnect", "cancel", "force"]
"""What ended the application: nothing but itself, the client's leaving, a cancellation, or that we dropped it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drive:
    """What an application did on one connection."""

    violations: tuple[Violation, ...]
    steps: tuple[Step, ...]
    outcome: Outcome
    error: BaseException | None
    """What it raised, if it did."""
    status: int | None
    """Of the HTTP response, or of the one that denies a WebSocket."""
    sent: tuple[Message, ...]
    """What it sent while the client was there: the first 1,000 messages, bodies past the first MiB shortened."""
    size: int
    """The bytes of all bodies and messages that it sent."""
    digest: str
    """The SHA-256 of them, in hexadecimal."""
    complete: bool
    """Whether the response was completed, or the WebSocket closed or refused by the application."""
    accepted: bool
    """Whether it accepted the WebSocket."""
    late_status: int | None
    """The status of a response that was begun after http.disconnect had been received, by the same task."""
    left: bool
    """Whether the client left before the application had ended."""
    stopped_by: StoppedBy
    seconds: float


async def drive(  # noqa: PLR0913  # all but two by name, with defaults
    app: ForeignApp,
    scenario: Scenario,
    *,
    ignore: Collection[str] = (),
    grace: float = 2.0,
    patience: float = 0.5,
    state: Message | None = None,
) -> Drive:
    """Plays the server of a scenario: a legal one, unless its scope or events are not.

    The client stays until it has its answer, or sees no sign of one for `patience` seconds. Past `grace` seconds behind
    that (five times as many for each half of a lifespan) the application is hung; it is cancelled then. What runs in
    threads cannot be cancelled: the call lasts until the thread ends. A client that stalls or leaves with the first
    actions has done so before the application is called. `state` is what a lifespan has left: it is put into a scope that
    has one.
    """
    began = monotonic()
    scope = scenario.scope if state is None or "state" not in scenario.scope else {**scenario.scope, "state": {**state}}
    connection = Connection(app, scope, opening=_opening(scenario), ignore=ignore)
    first = list(takewhile(lambda action: isinstance(action, Stall | Leave), scenario.actions))
    connection.before(first)
    async with anyio.create_task_group() as group:
        connection.start(group)
        for action in scenario.actions[len(first) :]:
            await connection.perform(action, patience)
        await connection.finish(grace, patience)
    return finished(connection, monotonic() - began, ignore)


def finished(connection: Connection, seconds: float = 0.0, ignore: Collection[str] = ()) -> Drive:
    """What came of a connection that is finished."""
    answer = connection.peer.answer
    steps = connection.transcript.steps
    own = (
        Violation(rule=finding.rule, blame="app", message=finding.message, exchange=steps)
        for finding in verdicts(connection)
        if finding.rule not in ignore
    )
    return Drive(
        violations=tuple(_first_of_each((*connection.checker.violations, *own))),
        steps=steps,
        outcome="hung" if connection.is_hung else connection.call.outcome or "hung",
        error=connection.call.error,
        status=answer.status,
        sent=tuple(answer.sent),
        size=answer.size,
        digest=answer.digest,
        complete=answer.over,
        accepted=answer.accepted,
        late_status=connection.peer.late.status,
        left=connection.was_left,
        stopped_by=_stopped_by(connection),
        seconds=seconds,
    )


def _opening(scenario: Scenario) -> tuple[Message, ...]:
    """What the driver delivers by itself, unless the scenario begins with it."""
    events = [action.event for action in scenario.actions if isinstance(action, Deliver)]
    if scenario.scope.get("type") == "http":
        return () if events else ({"type": "http.request", "body": b"", "more_body": False},)
    opening = OPENINGS.get(str(scenario.scope.get("type")), ())
    return () if events and opening and events[0].get("type") == opening[0]["type"] else opening


def _stopped_by(connection: Connection) -> StoppedBy:
    if connection.call.outcome in {"hung", None}:
        return "force"
    if connection.call.cancelling:
        return "cancel"
    return "disconnect" if connection.was_left else "itself"


def _first_of_each(violations: tuple[Violation, ...]) -> Iterator[Violation]:
    """The first violation of each rule and party."""
    seen: set[tuple[str, str]] = set()
    for violation in violations:
        key = (violation.rule, violation.blame)
        if key not in seen:
            seen.add(key)
            yield violation
