"""What happened on one connection, step by step, as values: bounded in memory, however long the exchange."""

from __future__ import annotations

import itertools
import re
from collections import deque
from collections.abc import Mapping
from typing import Any, Literal, NamedTuple, TypeAlias

Message: TypeAlias = Mapping[str, object]

StepKind: TypeAlias = Literal["call", "receive", "send", "return", "raise", "skipped"]

HEAD = 24
TAIL = 24
"""So many first and last steps of an exchange are kept; in between a "skipped" step says how many are not."""

BODY_KEPT = 256
"""Bytes and characters of one value that a step keeps."""


class Step(NamedTuple):
    """One step: the call with its scope, an event received or sent, and how the application ended.

    `message` is a copy: the scope for "call", the event for "receive" and "send", {} for "return",
    {"error": "ValueError: ..."} for "raise" and for a receive or send that raised, {"steps": n} for "skipped".
    """

    kind: StepKind
    message: Message


_CUT = re.compile(r"\.\.\. \((\d+) (?:bytes|characters)\)\Z")


def shortened(value: object, room: int = BODY_KEPT) -> object:
    """The value, or the beginning of a long bytes or str with its full length in words; what has been shortened keeps those."""
    kind: object = type(value)
    if kind is bytearray or kind is memoryview:
        view: Any = value
        return f"a {type(view).__name__} of {len(view)} bytes"
    if isinstance(value, bytes) and len(value) > room:
        size, length = parted(value)
        return value[: min(size, room)] + b"... (%d bytes)" % length
    if isinstance(value, str) and len(value) > room:
        size, length = parted(value)
        return f"{value[: min(size, room)]}... ({length} characters)"
    return value


def parted(value: bytes | str) -> tuple[int, int]:
    """Of a value that may have been shortened, how much of it is the beginning, and how long it was."""
    size, end = len(value), value[-40:]
    cut = _CUT.search(end.decode("latin-1") if isinstance(end, bytes) else end) if size > BODY_KEPT else None
    if cut is None or int(cut[1]) <= size - len(cut[0]):
        return size, size
    return size - len(cut[0]), int(cut[1])


class Transcript:
    """The steps so far; only the checker adds to it."""

    __slots__ = ("_head", "_skipped", "_tail")

    def __init__(self) -> None:
        """Nothing has happened yet."""
        self._head: list[tuple[StepKind, Message]] = []
        self._tail: deque[tuple[StepKind, Message]] | None = None
        self._skipped = 0

    @property
    def room(self) -> int:
        """Bytes and characters of one value that the next step keeps."""
        return BODY_KEPT

    def add(self, kind: StepKind, message: Message) -> None:
        """One more step; the message is kept as given: it has to be a copy."""
        if len(self._head) < HEAD:
            self._head.append((kind, message))
            return
        if self._tail is None:
            self._tail = deque(maxlen=TAIL)
        if len(self._tail) == TAIL:
            self._skipped += 1
        self._tail.append((kind, message))

    @property
    def steps(self) -> tuple[Step, ...]:
        """The first and the last steps."""
        if self._tail is None:
            return tuple(itertools.starmap(Step, self._head))
        between = (Step("skipped", {"steps": self._skipped}),) if self._skipped else ()
        return (*itertools.starmap(Step, self._head), *between, *itertools.starmap(Step, self._tail))
