"""An exchange as a table for people: a row for each step, with its values at a glance and no secrets."""

from __future__ import annotations

import codecs
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from textwrap import TextWrapper
from typing import Final

from asgikit.conformance.plain import clipped, is_items, one_line, printable, shown
from asgikit.conformance.steps import Line, lines
from asgikit.conformance.transcript import BODY_KEPT, Step, parted
from asgikit.conformance.values import Finding
from asgikit.http.redaction import redacted_query
from asgikit.testing.masking import masked_value

WIDTH: Final = 120
"""Columns of a table, unless somebody wants another number of them."""

NARROWEST: Final = 80

TITLES: Final = 30
"""Columns for what a step is; WebSocket denials have the longest name."""

CLOCK: Final = len("99999.9 ms")
"""Columns for the time, so that what is shown does not depend on it."""

_ARROWS: Final = {"in": "-->", "out": "<--", "none": "   "}

LINES: Final = 24
"""Lines of a body below its row."""

BELOW: Final = "      | "
"""What begins them."""

_RED: Final = "\x1b[31m"
_DIM: Final = "\x1b[2m"
_PLAIN: Final = "\x1b[0m"


@dataclass(frozen=True, slots=True)
class RecordedStep:
    """One step of an exchange, when it happened, and which rules it broke."""

    number: int
    """From 1; those that were not kept count."""
    step: Step
    at: float
    """Seconds since the application was called."""
    broken: tuple[Finding, ...] = ()


def exchange_table(steps: Sequence[RecordedStep], *, width: int = WIDTH, colour: bool = False, known: str = "") -> str:
    """The steps, a row each: the way (--> into the application), milliseconds, what it is, its values, the rules it broke.

    The body of an error, a response of 400 and more, stands below its row where that is too short. The broken rules are told in
    words below the table, each once, without those whose text is in `known`. Values of credentials and of what is named like a
    secret are not shown, but for those in paths and bodies. At least 80 columns.
    """
    width = max(width, NARROWEST)
    rows = lines(tuple(each.step for each in steps))
    titles = max((len(row.title) for row in rows if row.kind != "call"), default=0)
    clock = max((len(_time(each)) for each in steps), default=0)
    look = _Look(width, min(titles, TITLES), max(clock, CLOCK) if clock else 0, colour)
    made: list[str] = []
    is_error = False
    for each, row in zip(steps, rows, strict=True):
        is_error = is_error or _starts_error(each.step.message)
        made += _row(each, row, look, wraps=is_error)
    broken = dict.fromkeys(finding for each in steps for finding in each.broken if finding.message not in known)
    return "\n".join([*made, *(f"  {finding.rule}: {one_line(finding.message, 4 * width)}" for finding in broken)])


@dataclass(frozen=True, slots=True)
class _Look:
    """What all rows of a table have in common."""

    width: int
    titles: int
    clock: int
    colour: bool


def _time(each: RecordedStep) -> str:
    return "" if each.step.kind == "skipped" else f"{each.at * 1000:.1f} ms"


def _row(each: RecordedStep, line: Line, look: _Look, *, wraps: bool) -> list[str]:
    """A row, and below it the text of a body that has no room in it, if it `wraps`."""
    step = each.step
    title = _target(step.message, line.title) if step.kind == "call" else f"{clipped(line.title, TITLES):<{look.titles}}"
    detail = line.detail if line.failed or step.kind == "skipped" else " | ".join(_values(step.message))
    rules = "".join(f"  {rule}" for rule in dict.fromkeys(finding.rule for finding in each.broken))
    left, time = f"{'>' if rules else ' '} {_ARROWS[line.way]} ", f"{_time(each):>{look.clock}}"
    room = max(look.width - len(left) - len(time) - len(rules), 40)
    text = f"  {title}  {detail}".rstrip()
    below = _wrapped(step.message, look.width) if wraps and len(text) > room else []
    if below:
        text = f"  {title}  {detail.partition('  ')[0]}"
    text = clipped(text, room) + rules
    if not look.colour:
        return [f"{left}{time}{text}", *below]
    return [f"{_RED}{left}{time}{text}{_PLAIN}" if rules else f"{left}{_DIM}{time}{_PLAIN}{text}", *below]


def _starts_error(message: Mapping[str, object]) -> bool:
    status = message.get("status")
    return type(status) is int and status >= 400


def _wrapped(message: Mapping[str, object], width: int) -> list[str]:
    """The text of a body on lines of its own; none for what is no text."""
    body = message.get("body")
    text = _decoded_body(body) if isinstance(body, bytes) else None
    if text is None:
        return []
    wrapper = TextWrapper(width - len(BELOW), break_on_hyphens=False, tabsize=4)
    made = [piece for line in text.splitlines() for piece in wrapper.wrap(printable(line))]
    return [f"{BELOW}{piece}" for piece in (made if len(made) <= LINES else [*made[:LINES], "..."])]


def _target(scope: Mapping[str, object], title: str) -> str:
    """The request line with its query, "GET /items?page=2"."""
    query = scope.get("query_string")
    if not isinstance(query, bytes) or not query:
        return title
    return f"{title}?{one_line(redacted_query(query.decode('latin-1')), 80)}"


_SHOWN: Final = ("status", "code", "reason", "subprotocol", "message", "headers", "text", "bytes", "body")
_IN_TITLE: Final = frozenset({"type", "method", "path", "query_string"})
_SCOPES: Final = frozenset({"http", "websocket", "lifespan"})


def _values(message: Mapping[str, object]) -> Iterator[str]:
    """The telling values of a message or a scope, the most telling ones first; what is None is left out."""
    hidden = _IN_TITLE if message.get("type") in _SCOPES else {"type"}
    for key in _SHOWN:
        value = message.get(key)
        if value is None:
            continue
        if key == "headers":
            yield from _fields(value)
        elif key in {"text", "bytes", "body"}:
            yield _content(key, value, ", more" if message.get("more_body") is True else "")
        else:
            yield f"{value}" if key == "status" and type(value) is int else f"{key}={shown(value)}"
    for key, value in message.items():
        if key not in _SHOWN and key not in hidden and value is not None and not (key == "more_body" and type(value) is bool):
            yield f"{key}={shown(value)}"


def _content(key: str, value: object, more: str) -> str:
    """A piece of a body, or of a WebSocket's conversation: its size, and its text if it is one."""
    if isinstance(value, str):
        return f"text {_text(value)}" if value else "text, empty"
    if not isinstance(value, bytes):
        return f"{key}={shown(value)}"
    kept, size = parted(value)
    what = f"{'' if key == 'body' else 'bytes '}{size} B{more}"
    if not kept:
        return what
    text = _decoded_body(value)
    return f"{what}  {shown(value[:kept]) if text is None else _text(text)}"


def _decoded_body(value: bytes) -> str | None:
    """As UTF-8, and "..." if there was more of it; None for what is no text."""
    kept, size = parted(value)
    try:
        text = codecs.getincrementaldecoder("utf-8")().decode(value[:kept], final=size == kept)
    except UnicodeDecodeError:
        return None
    return text + ("..." if size > kept else "")


def _text(value: str) -> str:
    return one_line(value, 2 * BODY_KEPT)


def _fields(headers: object) -> Iterator[str]:
    """Each field, without what is secret; of what is none, the value as Python writes it."""
    if not is_items(headers):
        yield f"headers={shown(headers)}"
        return
    for pair in sorted(headers, key=_is_usual):
        if not is_items(pair) or len(pair) != 2:
            yield f"field {shown(pair if not is_items(pair) else pair[:1])}"
            continue
        name, value = map(_decoded, pair)
        safe = masked_value(name, value)
        is_right = isinstance(pair[0], bytes) and isinstance(pair[1], bytes)
        yield one_line(f"{name}: {safe}") if is_right else f"field {shown([name, safe])}"


def _decoded(value: object) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value if isinstance(value, str) else shown(value)


_USUAL: Final = frozenset({b"host", b"user-agent", b"accept", b"accept-encoding", b"connection"})


def _is_usual(pair: object) -> bool:
    """Whether it is a field that every request has: they come last."""
    return is_items(pair) and bool(pair) and isinstance(pair[0], bytes) and pair[0] in _USUAL
