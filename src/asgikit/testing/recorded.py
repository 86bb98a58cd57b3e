"""One exchange as it was recorded: its steps, when each of them happened, and what was wrong with them."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, final

from asgikit.conformance.copies import ITEMS_KEPT, evidence
from asgikit.conformance.steps import ENDS
from asgikit.conformance.transcript import BODY_KEPT, HEAD, TAIL, Message, Step, StepKind, Transcript
from asgikit.conformance.values import Finding
from asgikit.testing.table import WIDTH, RecordedStep, exchange_table

ERROR_KEPT: Final = 1024
"""Bytes that are kept of the body of an error, a response of 400 and more: it says what was wrong."""

LONG: Final = 1024
"""Bytes of a field, from which on it is shortened."""

MARKS: Final = 100
"""Broken rules of one exchange that are kept."""

_SCOPE: Final = ("type", "method", "path", "query_string", "root_path", "http_version", "headers", "subprotocols", "extensions")
_CONTAINERS: Final = frozenset({bytes, str, list, tuple, dict})
_PAIRS: Final = frozenset({list, tuple})
_LASTING: Final = frozenset({bytes, str, int, float, bool, type(None)})


def _told(scope: Message) -> Message:
    """What is told of a scope, where there is something; objects of others are not asked whether they are empty."""
    found = ((key, scope.get(key)) for key in _SCOPE)
    return {key: value for key, value in found if value is not None and (type(value) not in _CONTAINERS or value)} or scope


def _are_short(headers: object) -> bool:
    """Whether these are fields as they should be, not too many of them, and none of them long."""
    fields: Any = headers
    if type(headers) is not list or len(fields) > ITEMS_KEPT:
        return False
    for pair in fields:
        if type(pair) not in _PAIRS or len(pair) != 2:
            return False
        name, value = pair
        if type(name) is not bytes or type(value) is not bytes or len(name) + len(value) > LONG:
            return False
    return True


@dataclass(frozen=True, slots=True)
class RecordedExchange:
    """What happened on one connection: the first and the last 24 steps, long values shortened."""

    steps: tuple[RecordedStep, ...]

    @property
    def scope(self) -> Message:
        """What the application was called with, but for the state and the addresses."""
        return self.steps[0].step.message if self.steps else {}

    @property
    def is_over(self) -> bool:
        """Whether the application has returned, or raised."""
        return bool(self.steps) and self.steps[-1].step.kind in ENDS

    @property
    def status(self) -> int | None:
        """The status of its HTTP response, or of the one that denies a WebSocket."""
        found = (each.step.message.get("status") for each in self.steps if each.step.kind == "send")
        return next((status for status in found if isinstance(status, int)), None)

    @property
    def broken(self) -> tuple[Finding, ...]:
        """The rules that were broken."""
        return tuple(finding for each in self.steps for finding in each.broken)

    def table(self, *, width: int = WIDTH, colour: bool = False, known: str = "") -> str:
        """A row for each step; at least 80 columns. Broken rules that are `known` are not told in words again."""
        table = exchange_table(self.steps, width=width, colour=colour, known=known)
        return table if self.is_over else f"{table}\n      (it has not returned)"

    def __str__(self) -> str:
        """The table."""
        return self.table()


@final
class Recording(Transcript):
    """An exchange while it happens; what it keeps outlives it, so that it holds no object of the application's."""

    __slots__ = ("_began", "_clock", "_count", "_first", "_is_over", "_last", "_marks", "_room")

    def __init__(self, clock: Callable[[], float]) -> None:
        """Begins now, by this clock."""
        super().__init__()
        self._clock = clock
        self._began = clock()
        self._count = 0
        self._is_over = False
        self._room = BODY_KEPT
        self._first: list[float] = []
        self._last: deque[float] = deque(maxlen=TAIL)
        self._marks: list[tuple[int, Finding]] = []

    def add(self, kind: StepKind, message: Message) -> None:
        """One more step, now."""
        if kind == "call":
            message = _told(message)
        elif kind == "send":
            self._make_room(message)
        for key, value in message.items():
            if type(value) not in _LASTING and not (key == "headers" and _are_short(value)):
                message = evidence((Step(kind, message),))[0].message
                break
        self._count += 1
        self._is_over = kind in ENDS
        (self._first if self._count <= HEAD else self._last).append(self._clock() - self._began)
        super().add(kind, message)

    @property
    def room(self) -> int:
        """More for the body of an error."""
        return self._room

    def _make_room(self, message: Message) -> None:
        """So many bytes of the body of an error in all."""
        status, body = message.get("status"), message.get("body")
        if type(status) is int and status >= 400:
            self._room = ERROR_KEPT
        elif type(body) is bytes and self._room > BODY_KEPT:
            self._room = max(self._room - len(body), BODY_KEPT)

    def mark(self, finding: Finding) -> None:
        """The latest step broke a rule."""
        if len(self._marks) < MARKS:
            self._marks.append((self._count, finding))

    @property
    def count(self) -> int:
        """How many steps there were."""
        return self._count

    @property
    def is_over(self) -> bool:
        """Whether the application has returned, or raised."""
        return self._is_over

    def exchange(self) -> RecordedExchange:
        """What has happened so far."""
        count, marks = self._count, tuple(self._marks)
        kept = [step for step in self.steps if step.kind != "skipped"]
        numbers = [*range(1, min(count, HEAD) + 1), *range(max(count - TAIL, HEAD) + 1, count + 1)]
        times = (*self._first, *self._last)
        made = [
            RecordedStep(number, step, at, tuple(finding for where, finding in marks if where == number))
            for number, step, at in zip(numbers, kept, times, strict=False)  # it may go on in another thread meanwhile
        ]
        if count > HEAD + TAIL:
            missing = count - HEAD - TAIL
            lost = tuple(finding for where, finding in marks if HEAD < where <= HEAD + missing)
            made.insert(HEAD, RecordedStep(HEAD + missing, Step("skipped", {"steps": missing}), 0.0, lost))
        return RecordedExchange(tuple(made))
