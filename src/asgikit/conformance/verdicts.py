"""What only who plays the server can tell: applications that do not end, or go on after they were told to stop."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, TypeGuard

from asgikit.conformance.connection import Connection
from asgikit.conformance.peer import ClientGone
from asgikit.conformance.values import Finding, shown

KNOWN: Final = frozenset({"http", "websocket", "lifespan"})

BLOCKED: Final = 1.0
"""Seconds for which an application may keep the event loop from everybody else."""

DEPTH: Final = 32
"""Exceptions in one chain that are looked at."""


def verdicts(connection: Connection) -> Iterator[Finding]:
    """The rules that an application broke on a connection which is finished."""
    if connection.type not in KNOWN:
        yield from _unknown_type(connection)
        return
    if connection.is_hung and not connection.cancelled_at_rest:
        yield _hung(connection)
    yield from _cancellation(connection)
    yield from _late(connection)
    if connection.call.slowest > BLOCKED:
        yield Finding("CORE-APP-006", f"the event loop stood still for {connection.call.slowest:.1f} s in one step")
    for before, event in connection.peer.changed():
        yield Finding("CORE-MSG-011", f"the event {shown(dict(before))} was changed to {shown(dict(event))}")
    if connection.call.outcome == "returned" and connection.call.left_set:
        yield Finding("CANCEL-008", f"the context variables {', '.join(connection.call.left_set)} are left set")


def _unknown_type(connection: Connection) -> Iterator[Finding]:
    kind = shown(connection.scope.get("type"))
    if connection.peer.answer.sent:
        yield Finding("CORE-APP-005", f"a scope of type {kind} was answered with {shown(dict(connection.peer.answer.sent[0]))}")
    elif connection.is_hung or connection.was_left:
        yield Finding("CORE-APP-005", f"a scope of type {kind} is not refused: the application waits for events")
    elif connection.call.outcome == "returned":
        yield Finding("CORE-APP-005", f"a scope of type {kind} is not refused: the application returns")


def _hung(connection: Connection) -> Finding:
    answer = connection.peer.answer
    if connection.type == "lifespan":
        return _hung_lifespan(connection)
    if answer.over:
        return Finding("CORE-APP-007", "the application did not end in time after its answer was complete")
    if connection.type == "websocket":
        return Finding("WS-DISC-009", "the application did not end in time after the client had left")
    if answer.status is not None or connection.peer.late.began:
        return Finding("HTTP-DISC-007", "the response was not ended in time after the client had left")
    return Finding("CORE-APP-007", "the application did not end in time after the client had left")


def _hung_lifespan(connection: Connection) -> Finding:
    answer = connection.peer.answer
    if not (answer.ready or answer.failed):
        return Finding("LIFE-ORD-002", "lifespan.startup was not answered in time")
    if not (answer.finished or answer.failed):
        return Finding("LIFE-ORD-003", "lifespan.shutdown was not answered in time")
    return Finding("CORE-APP-007", "the application did not end after the lifespan was over")


def _cancellation(connection: Connection) -> Iterator[Finding]:
    call = connection.call
    if connection.cancelled_at_rest:
        if connection.is_hung:
            yield Finding("CANCEL-001", "the application went on after its task had been cancelled")
        elif call.outcome == "returned":
            yield Finding("CANCEL-001", "the application returned as if its task had not been cancelled")
        elif call.error is not None and isinstance(call.error, Exception) and not _is_about_leaving(call.error):
            yield Finding("CANCEL-001", f"the cancelled application raised {shown(call.error)} instead")
    if connection.left_tasks:
        yield Finding("CANCEL-002", f"still running after the application ended: {', '.join(connection.left_tasks)}")


def _late(connection: Connection) -> Iterator[Finding]:
    late, error = connection.peer.late, connection.call.error
    if late.started:
        yield Finding("HTTP-DISC-006", "a response was started after http.disconnect had been received")
    if late.further:
        yield Finding("CORE-ERR-008", f"send() was called {late.further} times more after it had raised")
    if connection.type != "http" or late.raised is None or error is None or isinstance(error, ClientGone):
        return
    if late.raised in _chain(error):
        yield Finding("HTTP-DISC-009", f"the OSError of send() became {shown(error)}")


def _is_about_leaving(error: BaseException) -> bool:
    return any(isinstance(cause, ClientGone) for cause in _chain(error))


def _chain(error: BaseException) -> list[BaseException]:
    """The exception with its causes, contexts and the members of groups."""
    found: list[BaseException] = []
    waiting: list[BaseException | None] = [error]
    while waiting and len(found) < DEPTH:
        current = waiting.pop()
        if current is None or any(current is other for other in found):
            continue
        found.append(current)
        waiting += [current.__cause__, current.__context__]
        if _is_group(current):
            waiting += current.exceptions
    return found


def _is_group(error: BaseException) -> TypeGuard[BaseExceptionGroup[BaseException]]:
    return isinstance(error, BaseExceptionGroup)
