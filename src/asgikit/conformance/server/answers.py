"""HTTP/1.1 responses as a strict client reads them: every irregularity is noted, nothing is repaired (RFC 9112)."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

Ended: TypeAlias = Literal["complete", "cut", "silent"]
"""Whole; the connection ended in it; nothing more came in time."""

MAX_HEAD = 1 << 17
MAX_BODY = 1 << 26

_STATUS = re.compile(rb"HTTP/1\.([01]) ([1-9][0-9]{2}) ([\t\x20-\x7e\x80-\xff]*)")
_FIELD = re.compile(
    rb"([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[ \t]*((?:[\x21-\x7e\x80-\xff](?:[\t\x20-\x7e\x80-\xff]*[\x21-\x7e\x80-\xff])?)?)[ \t]*"
)
_CHUNK = re.compile(rb"([0-9A-Fa-f]{1,15})(?:[ \t]*;[^\r\n\x00]*)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One response, or what there was of it."""

    status: int = 0
    """0 if no status line came."""
    version: str = ""
    reason: bytes = b""
    fields: tuple[tuple[bytes, bytes], ...] = ()
    """In the order of the wire; names as they came."""
    body: bytes = b""
    trailers: tuple[tuple[bytes, bytes], ...] = ()
    framing: Literal["none", "length", "chunked", "close"] = "none"
    ended: Ended = "silent"
    faults: tuple[str, ...] = ()
    """What RFC 9112 does not allow, in words."""
    interim: tuple[Answer, ...] = ()
    """Responses of 1xx that came before."""

    def all(self, name: bytes) -> tuple[bytes, ...]:
        """The values of a field, by its name in lower case."""
        return tuple(value for key, value in self.fields if key.lower() == name)

    def get(self, name: bytes) -> bytes | None:
        """The first value of a field."""
        return next(iter(self.all(name)), None)

    @property
    def is_complete(self) -> bool:
        """Whether it came to its end; one that only the end of the connection delimits has come to it, too."""
        return self.ended == "complete"

    @property
    def is_visibly_cut(self) -> bool:
        """Whether a client can tell that something is missing."""
        return self.ended == "cut"

    @property
    def keeps_alive(self) -> bool:
        """Whether another request may follow on the connection (RFC 9112, 9.3)."""
        options = b",".join(self.all(b"connection")).lower().replace(b" ", b"").split(b",")
        if self.framing == "close" or not self.is_complete or b"close" in options:
            return False
        return self.version == "1.1" or b"keep-alive" in options


class _Source:
    """The bytes of a response as they come, with one deadline for all."""

    def __init__(self, more: Callable[[float], bytes | None], within: float) -> None:
        self._more = more
        self._deadline = time.monotonic() + within
        self.buffer = b""
        self.silent = False

    def fill(self) -> bool:
        """Adds bytes; False when there are none: the connection has ended, or it is too late (`silent`)."""
        left = self._deadline - time.monotonic()
        data = self._more(left) if left > 0 else None
        self.silent = data is None
        self.buffer += data or b""
        return bool(data)

    def until(self, end: bytes, limit: int) -> bytes | None:
        """What is before `end`, which is taken away; None if it does not come, or not before the limit."""
        start = 0
        while (at := self.buffer.find(end, start)) < 0:
            start = max(0, len(self.buffer) - len(end) + 1)
            if len(self.buffer) > limit or not self.fill():
                return None
        found, self.buffer = self.buffer[:at], self.buffer[at + len(end) :]
        return found

    def exactly(self, size: int) -> bytes:
        """So many bytes, or those that there are."""
        parts, have = [self.buffer], len(self.buffer)
        while have < size:
            self.buffer = b""
            if not self.fill():
                break
            parts.append(self.buffer)
            have += len(self.buffer)
        data = b"".join(parts)
        self.buffer = data[size:]
        return data[:size]

    @property
    def ended(self) -> Ended:
        """How a response ended that is not whole."""
        return "silent" if self.silent else "cut"


def read_answer(more: Callable[[float], bytes | None], *, method: str, within: float) -> tuple[Answer, bytes]:
    """The next response and the bytes behind it that were read already.

    `more(seconds)` gives bytes, b"" at the end of the connection, None when nothing came in time.
    """
    source = _Source(more, within)
    interim: list[Answer] = []
    while True:
        head = _head(source)
        if head.status == 101 or not 100 <= head.status < 200:
            break
        interim.append(head)
    answer = head if head.ended != "complete" else _with_body(head, source, method)
    return replace(answer, interim=tuple(interim)), source.buffer


def _head(source: _Source) -> Answer:
    raw = source.until(b"\r\n\r\n", MAX_HEAD)
    if raw is None:
        return Answer(ended=source.ended, faults=("bytes that are no head",) if source.buffer else ())
    line, *lines = raw.split(b"\r\n")
    status = _STATUS.fullmatch(line)
    if status is None:
        return Answer(ended="cut", faults=(f"the status line {line[:80]!r}",))
    fields, faults = _fields(lines)
    return Answer(
        status=int(status[2]), version=f"1.{status[1].decode()}", reason=status[3], fields=fields, faults=faults, ended="complete"
    )


def _fields(lines: list[bytes]) -> tuple[tuple[tuple[bytes, bytes], ...], tuple[str, ...]]:
    matches = [(line, _FIELD.fullmatch(line)) for line in lines]
    fields = tuple((match[1], match[2]) for _, match in matches if match is not None)
    return fields, tuple(f"the field line {line[:80]!r}" for line, match in matches if match is None)


def _with_body(head: Answer, source: _Source, method: str) -> Answer:
    codings = b",".join(head.all(b"transfer-encoding")).lower()
    lengths = head.all(b"content-length")
    faults = list(head.faults)
    if codings and lengths:
        faults.append("both transfer-encoding and content-length")
    if len(lengths) > 1:
        faults.append("several content-length fields")
    faults += [f"content-length: {value!r}" for value in lengths if re.fullmatch(rb"[0-9]{1,18}", value) is None]
    body: bytes = b""
    trailers: tuple[tuple[bytes, bytes], ...] = ()
    framing: Literal["none", "length", "chunked", "close"] = "none"
    ended: Ended = "complete"
    if method == "HEAD" or head.status in {101, 204, 304}:
        pass
    elif codings:
        framing = "chunked"
        body, trailers, ended, found = _chunks(source)
        faults += found if codings == b"chunked" else [f"transfer-encoding: {codings!r}", *found]
    elif lengths and lengths[0].isdigit():
        framing = "length"
        body = source.exactly(min(int(lengths[0]), MAX_BODY))
        ended = "complete" if len(body) == int(lengths[0]) else source.ended
    else:
        framing = "close"
        body = source.exactly(MAX_BODY)
        ended = "silent" if source.silent else "complete"
    return replace(head, body=body, trailers=trailers, framing=framing, ended=ended, faults=tuple(faults))


def _chunks(source: _Source) -> tuple[bytes, tuple[tuple[bytes, bytes], ...], Ended, list[str]]:
    parts: list[bytes] = []
    size = 0
    while True:
        line = source.until(b"\r\n", 4096)
        if line is None:
            return b"".join(parts), (), source.ended, []
        match = _CHUNK.fullmatch(line)
        if match is None or size > MAX_BODY:
            return b"".join(parts), (), "cut", [f"the chunk line {line[:80]!r}"]
        length = int(match[1], 16)
        if not length:
            break
        data = source.exactly(length)
        parts.append(data)
        size += length
        if len(data) < length:
            return b"".join(parts), (), source.ended, []
        if source.exactly(2) != b"\r\n":
            return b"".join(parts), (), source.ended, ["no line break behind a chunk"]
    lines: list[bytes] = []
    while line := source.until(b"\r\n", 1 << 16):
        lines.append(line)
    trailers, faults = _fields(lines)
    return b"".join(parts), trailers, "complete" if line is not None else source.ended, list(faults)
