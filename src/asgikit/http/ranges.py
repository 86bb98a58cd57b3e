"""Byte ranges: what a client asks for, what it gets, and how that is framed (RFC 9110, 14)."""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from typing import Final, Literal, NamedTuple, TypeAlias

from asgikit.http.grammar import split_list

MAX_RANGES: Final = 100
"""Ranges of one request that are looked at; a field with more of them is ignored (RFC 9110, 14.2)."""

_UNIT: Final = re.compile("bytes=", re.IGNORECASE)
_SPEC: Final = re.compile(r"([0-9]*)-([0-9]*)")
_DIGITS: Final = 19
"""More than these are past the end of any content, and are counted, not read: Python reads no number of 5,000 digits."""


class Span(NamedTuple):
    """Bytes from `start` up to, but without, `stop`."""

    start: int
    stop: int


Segments: TypeAlias = tuple[bytes | Span, ...]
"""Content put together from literal bytes and spans of a representation."""


class Partial(NamedTuple):
    """What answers a range request with 206: the fields to add, and the content."""

    content_range: str | None
    content_type: str | None
    segments: Segments


def requested(value: str, size: int) -> tuple[Span, ...] | Literal["unsatisfiable"] | None:
    """The spans that a Range field selects of `size` bytes, those that overlap or touch as one.

    None if the field is to be ignored: another unit, malformed, too many ranges. What lies outside is dropped; if
    nothing is left, the answer is 416.
    """
    unit = _UNIT.match(value)
    if unit is None:
        return None
    specs = split_list(value[unit.end() :])
    if not 0 < len(specs) <= MAX_RANGES:
        return None
    spans: list[Span] = []
    for spec in specs:
        match = _SPEC.fullmatch(spec)
        if match is None or spec == "-":
            return None
        first, last = _number(match[1]), _number(match[2])
        if first is None:
            if last and not size:
                return None  # the last bytes of nothing are all of it, which no Content-Range can say
            start, stop = max(size - (last or 0), 0), size
        elif last is not None and _precedes(match[2], match[1]):
            return None
        else:
            start, stop = first, size if last is None else min(last + 1, size)
        if start < stop:
            spans.append(Span(start, stop))
    return _merged(spans) if spans else "unsatisfiable"


def _number(digits: str) -> int | None:
    if not digits:
        return None
    significant = digits.lstrip("0")
    return 10**_DIGITS if len(significant) > _DIGITS else int(significant or "0")


def _precedes(digits: str, others: str) -> bool:
    one, other = digits.lstrip("0"), others.lstrip("0")
    return (len(one), one) < (len(other), other)


def _merged(spans: list[Span]) -> tuple[Span, ...]:
    """The union, in the order in which it was asked for (RFC 9110, 15.3.7.2)."""
    groups: list[tuple[int, Span]] = []
    for order, span in sorted(enumerate(spans), key=lambda entry: entry[1]):
        if groups and span.start <= groups[-1][1].stop:
            first, (start, stop) = groups[-1]
            groups[-1] = (min(first, order), Span(start, max(stop, span.stop)))
        else:
            groups.append((order, span))
    return tuple(span for _, span in sorted(groups))


def content_range(span: Span | None, size: int) -> str:
    """The value of Content-Range; of a 416 without a span (RFC 9110, 14.4)."""
    return f"bytes */{size}" if span is None else f"bytes {span.start}-{span.stop - 1}/{size}"


def framed(spans: Sequence[Span], size: int, content_type: str | None) -> Partial:
    """One span as it is, several as multipart/byteranges (RFC 9110, 14.6)."""
    if len(spans) == 1:
        return Partial(content_range(spans[0], size), content_type, (spans[0],))
    boundary = secrets.token_hex(16)  # nobody can have put it into the content
    kind = "" if content_type is None else f"Content-Type: {content_type}\r\n"
    segments: list[bytes | Span] = []
    for span in spans:
        head = f"\r\n--{boundary}\r\n{kind}Content-Range: {content_range(span, size)}\r\n\r\n"
        segments += [head.encode("latin-1"), span]
    segments.append(f"\r\n--{boundary}--\r\n".encode())
    return Partial(None, f"multipart/byteranges; boundary={boundary}", tuple(segments))


def length_of(segments: Segments) -> int:
    """How many bytes they are."""
    return sum(s.stop - s.start if isinstance(s, Span) else len(s) for s in segments)
