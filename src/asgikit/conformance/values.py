"""The values that an event may hold (asgi, Events), and what a check finds."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import count, islice
from typing import NamedTuple, TypeGuard

from typing_extensions import TypeIs

NODES = 10_000
"""Containers and numbers of one value that are looked at; containers may be shared, so that it is more than it seems."""

FINDINGS = 100
"""Findings of one value or one list of headers, at most."""

DEPTH = 64
"""Levels of nesting in an event; deeper, or a cycle, is not serialisable."""

INT_RANGE = (-(2**63), 2**63 - 1)

SHOWN = 60
"""Characters of a value that a message shows."""


TOLD = 1000
"""Characters of the text of an exception that are kept."""


class Finding(NamedTuple):
    """A broken rule, as the pure checks give it: its id, and one sentence with the offending value."""

    rule: str
    message: str


def shown(value: object) -> str:
    """The value as a message shows it: its repr, shortened; its type alone where the repr fails."""
    if isinstance(value, bytes | str) and len(value) > SHOWN:
        return f"{value[:SHOWN]!r}... ({len(value)} {'bytes' if isinstance(value, bytes) else 'characters'})"
    try:
        text = repr(value)
    except Exception:  # noqa: BLE001  # a repr of foreign code can raise anything; the check goes on
        return f"<{type(value).__name__}>"
    return text if len(text) <= 2 * SHOWN else f"{text[: 2 * SHOWN]}..."


def told(error: BaseException) -> str:
    """An exception in words: its class and its text, if it has one that can be had; of a long one, the beginning."""
    try:
        text = str(error)[:TOLD]
    except Exception:  # noqa: BLE001  # of foreign code, as above
        text = "..."
    return f"{type(error).__name__}: {text}"


def is_mapping(value: object) -> TypeIs[Mapping[object, object]]:
    """Whether this is a mapping, of whatever."""
    return isinstance(value, Mapping)


def is_event(value: object) -> TypeGuard[Mapping[str, object]]:
    """Whether this is a dict: its keys are looked at where that matters."""
    return isinstance(value, dict)


def is_text(value: object) -> bool:
    """Whether this is a str."""
    return isinstance(value, str)


def is_tuple(value: object) -> bool:
    """Whether this is a tuple."""
    return isinstance(value, tuple)


def is_sequence(value: object) -> TypeGuard[Sequence[object]]:
    """Whether this is a list or a tuple."""
    return isinstance(value, list | tuple)


def is_iterable(value: object) -> TypeIs[Iterable[object]]:
    """Whether this can be iterated: a str or bytes is no list of anything here."""
    return isinstance(value, Iterable) and not isinstance(value, str | bytes | bytearray | Mapping)


def is_one_shot(value: object) -> bool:
    """Whether iterating consumes it."""
    return isinstance(value, Iterator)


_SIMPLE = frozenset({bytes, str, bool, type(None)})
_PLAIN = frozenset({*_SIMPLE, int, float, list, dict})


def value_findings(value: object, where: str) -> Iterator[Finding]:
    """What is wrong with a value of an event that no rule types more closely; `where` names it. Of a huge one, the beginning."""
    return islice(_findings(value, where, 0, count()), FINDINGS)


def _findings(value: object, where: str, depth: int, nodes: Iterator[int]) -> Iterator[Finding]:
    kind = type(value)
    if kind in _SIMPLE or next(nodes) > NODES:
        return
    if depth > DEPTH:
        yield Finding("CORE-MSG-004", f"{where} is nested deeper than {DEPTH} levels")
    elif is_mapping(value):
        yield from _mapping_findings(value, where, depth, nodes)
    elif is_sequence(value):
        for index, item in enumerate(value):
            yield from _findings(item, f"{where}[{index}]", depth + 1, nodes)
        if isinstance(value, tuple):
            yield Finding("CORE-MSG-008", f"{where} is a tuple; the text has lists")
    elif isinstance(value, int | float):
        yield from _number_findings(value, where)
    elif not isinstance(value, bytes | str):
        yield Finding("CORE-MSG-004", f"{where} is {shown(value)}, {a_kind(value)}")
    if kind not in _PLAIN and isinstance(value, bytes | str | int | float | dict | list):
        yield Finding("CORE-MSG-009", f"{where} is {a_kind(value)}, not a plain value")  # pyright: ignore[reportUnknownArgumentType]  # of objects


def _number_findings(value: float, where: str) -> Iterator[Finding]:
    """Integers of 64 bits and finite floats."""
    if isinstance(value, int):
        if not INT_RANGE[0] <= value <= INT_RANGE[1]:
            yield Finding("CORE-MSG-005", f"{where} is {shown(value)}, which 64 bits with a sign do not hold")
    elif not math.isfinite(value):
        yield Finding("CORE-MSG-006", f"{where} is {value}")


def _mapping_findings(value: Mapping[object, object], where: str, depth: int, nodes: Iterator[int]) -> Iterator[Finding]:
    """Keys are str, values are values; a mapping is a dict."""
    if not is_event(value):
        yield Finding("CORE-MSG-004", f"{where} is {a_kind(value)}, not a dict")
        return
    for key, item in value.items():
        if not is_text(key):
            yield Finding("CORE-MSG-007", f"a key of {where} is {shown(key)}")
        yield from _findings(item, f"{where}[{shown(key)}]", depth + 1, nodes)


def a_kind(value: object) -> str:
    """The type of a value with its article: "a str", "an int"."""
    name = "None" if value is None else type(value).__name__
    return name if value is None else f"{'an' if name[0] in 'aeiouAEIO' else 'a'} {name}"
