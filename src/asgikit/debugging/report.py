"""What there is to say of an exception, as values: plain texts, without secrets, ready to be shown."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

FIRST_CALLS: Final = 10
"""Where calls are left out of an exception: behind so many of the earliest."""

Row: TypeAlias = tuple[str, str]
"""A name and a text."""

Relation: TypeAlias = Literal["first", "cause", "context", "member"]
"""How an exception comes into a report: it was raised at last, it caused that one, it was being handled, it is of a group."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of source; of the one that was running, the characters that were, from the first to before the last."""

    number: int
    text: str
    running: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Frame:
    """A call: where it is, the source around it, its variables; whether the code is the application's own.

    `place` is the file as people call it, from where the program was started, or from its package.
    """

    file: str
    place: str
    function: str
    line: int
    source: tuple[Line, ...] = ()
    variables: tuple[Row, ...] = ()
    is_own: bool = True


@dataclass(frozen=True, slots=True)
class Failure:
    """An exception, with its calls, the latest first; `left_out` is how many are not among them."""

    kind: str
    message: str
    relation: Relation = "first"
    notes: tuple[str, ...] = ()
    frames: tuple[Frame, ...] = ()
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class Asked:
    """The request, as far as it is shown."""

    line: str
    route: str = ""
    query: tuple[Row, ...] = ()
    headers: tuple[Row, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """What a developer is shown: the exceptions, the last one first, and the request."""

    failures: tuple[Failure, ...]
    asked: Asked


_BETWEEN: Final = {
    "cause": "\nThe above exception was the direct cause of the following exception:\n",
    "context": "\nDuring handling of the above exception, another exception occurred:\n",
    "member": "\nThe above exception is a member of the following group:\n",
}


def as_text(report: Report) -> str:
    """The exceptions as Python prints them: the first one first, and of each the latest call last."""
    return "\n".join(line for failure in reversed(report.failures) for line in _lines(failure)) + "\n"


def _lines(failure: Failure) -> Iterator[str]:
    if failure.frames:
        yield "Traceback (most recent call last):"
    for number, frame in enumerate(reversed(failure.frames)):
        if failure.left_out and number == FIRST_CALLS:
            yield f"  … {failure.left_out} calls"
        yield f'  File "{frame.file}", line {frame.line}, in {frame.function}'
        yield from (f"    {line.text.strip()}" for line in frame.source if line.number == frame.line)
    yield f"{failure.kind}: {failure.message}" if failure.message else failure.kind
    yield from failure.notes
    if failure.relation != "first":
        yield _BETWEEN[failure.relation]
