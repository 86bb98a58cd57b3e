"""Whether an application took a variant of a request as it took the plain one."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Final

from asgikit.conformance.driver import Drive
from asgikit.conformance.peer import ClientGone
from asgikit.conformance.scenario import Scenario
from asgikit.conformance.transcript import Message
from asgikit.conformance.values import shown
from asgikit.conformance.variant import UNKNOWN, Variant

MAY_REFUSE: Final = frozenset({408, 411, 413, 414, 426, 429, 431, 503, 505})
"""Statuses that a server gives for reasons of its own: no length, too much, too often, an old version."""

MAY_FAIL_TO_START: Final = frozenset({"LIFE-STATE-006", "CORE-SCOPE-007"})
"""Whose variants a lifespan may refuse with startup.failed: without state, and in a version that it does not know."""

HEADER_RULES: Final = frozenset({"HTTP-SCOPE-017", "HTTP-SCOPE-021"})
"""Whose variants show in the answer of an application that sends back the fields it got."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plain:
    """What came of the plain request."""

    scenario: Scenario
    drive: Drive
    steady: bool
    """Whether it was answered alike twice."""
    echoes: bool = False
    """Whether a header field that nobody knows shows in the answer."""


def failure(drive: Drive, plain: Drive | None = None) -> str | None:
    """How an exchange failed altogether; None if it did not.

    An exception behind the client's leaving is no failure by itself, and as a variant none that the plain request raises too.
    """
    raised = None if isinstance(drive.error, ClientGone) else drive.error
    if raised is not None and (not drive.left if plain is None else type(raised) is not type(plain.error)):
        return f"raised {shown(raised)}"
    if drive.status is not None and drive.status >= 500 and drive.status not in MAY_REFUSE:
        return f"answered with {drive.status}"
    if drive.outcome == "hung":
        return "did not end"
    return next((f"sent {kind}" for kind in _kinds(drive) if kind in _FAILED), None)


_FAILED: Final = frozenset({"lifespan.startup.failed", "lifespan.shutdown.failed"})


def _kinds(drive: Drive) -> tuple[str, ...]:
    return tuple(str(message.get("type")) for message in drive.sent)


def alike(one: Drive, other: Drive) -> bool:
    """Whether two answers are the same; how much of a stream there is before its client leaves is chance."""
    if (one.status, one.complete) != (other.status, other.complete):
        return False
    return one.digest == other.digest or _is_cut_off(one)


def _is_cut_off(drive: Drive) -> bool:
    return drive.status is not None and not drive.complete


def judged(variant: Variant, drive: Drive, plain: Plain) -> str | None:
    """What is wrong with how a variant was taken, as the end of a sentence; None if nothing is."""
    match variant.expects:
        case "nothing":
            return None
        case "refusal":
            return _not_refused(drive, plain)
        case "no success":
            return _taken_for_whole(drive, plain)
        case _:
            return _worse(variant, drive, plain)


def _worse(variant: Variant, drive: Drive, plain: Plain) -> str | None:
    says_so = variant.rule in MAY_FAIL_TO_START and "lifespan.startup.failed" in _kinds(drive)
    if says_so or failure(plain.drive) is not None:
        return None
    failed = failure(drive, plain.drive)
    if failed is not None:
        return failed
    if plain.drive.complete and not drive.complete:
        return "gave no whole answer"
    return _different(variant, drive, plain)


def _different(variant: Variant, drive: Drive, plain: Plain) -> str | None:
    status, expected = drive.status, plain.drive.status
    if variant.expects == "no failure" or not plain.steady or status in MAY_REFUSE:
        return None
    if status != expected:
        return f"answered with {status} instead of {expected}"
    if variant.expects == "same status" or (plain.echoes and variant.rule in HEADER_RULES):
        return None
    if drive.digest != plain.drive.digest and not _is_cut_off(drive):
        return f"gave another answer: {drive.size} bytes instead of {plain.drive.size}, or other ones"
    return None


def _not_refused(drive: Drive, plain: Plain) -> str | None:
    """For an event that is none: an application that got it and took it for something.

    One that overlooks it does what it should with the rest: events may come from elsewhere, too (asgi, Events).
    """
    if drive.outcome != "returned" or (drive.status is not None and drive.status >= 400):
        return None
    received = [step.message for step in drive.steps if step.kind == "receive"]
    wrong = next((message for message in received if _is_wrong(message)), None)
    if wrong is None or not _is_acted_on(drive, plain, wrong):
        return None
    return f"took {shown(dict(wrong))} without raising"


def _is_acted_on(drive: Drive, plain: Plain, wrong: Message) -> bool:
    """Whether an event shows in what was sent: as another answer, or as a message in reply to it."""
    if str(wrong["type"]).startswith("websocket."):
        later = itertools.dropwhile(lambda step: step.message is not wrong, drive.steps)
        return any(step.kind == "send" and step.message.get("type") == "websocket.send" for step in later)
    return plain.steady and not alike(drive, plain.drive)


def _is_wrong(message: Message) -> bool:
    kind = message.get("type")
    if kind == "http.request":
        return isinstance(message.get("body"), str)
    if kind == "websocket.receive":
        return message.get("text") is None and message.get("bytes") is None
    return isinstance(kind, str) and kind.endswith(UNKNOWN)


def _taken_for_whole(drive: Drive, plain: Plain) -> str | None:
    status = drive.late_status
    if status is None or not 200 <= status < 300 or plain.drive.status != status:
        return None
    return f"answered a request whose body broke off with {status}"
