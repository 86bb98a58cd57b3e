"""multipart/form-data as events: bytes in, the heads of parts and their content out (RFC 7578; RFC 2046, 5.1)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from hashlib import sha256
from itertools import chain
from typing import Final, TypeAlias, final

from asgikit.http.formpart import MultipartError, PartHead, parse_head
from asgikit.http.media import MediaType

PADDING: Final = 64
"""Blanks behind a boundary that are taken for transport padding (RFC 2046, 5.1.1: transport-padding)."""

# RFC 2046, 5.1.1: boundary = 0*69<bchars> bcharsnospace
_BOUNDARY: Final = frozenset("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'()+_,-./:=? ")


@final
class PartEnd(Enum):
    """The end of a part."""

    END = auto()


END: Final = PartEnd.END

Event: TypeAlias = PartHead | bytes | PartEnd
"""The head of a part; a piece of its content, never empty; its end."""


class MultipartTooLarge(MultipartError):
    """More than a limit allows; the text names it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MultipartLimits:
    """How many parts there may be, and how many bytes the head of each and the text before the first may have."""

    parts: int = 1000
    head: int = 8 * 1024
    preamble: int = 1024

    def __post_init__(self) -> None:
        """Raises ValueError for a negative one."""
        if min(self.parts, self.head, self.preamble) < 0:
            raise ValueError("a limit is at least 0")


def boundary_of(content_type: MediaType) -> bytes:
    """The boundary that a Content-Type names. Raises MultipartError if there is none, or one that is not allowed."""
    text = content_type.param("boundary")
    if text is None:
        raise MultipartError("the content-type has no boundary")
    if not 1 <= len(text) <= 70 or text.endswith(" ") or not _BOUNDARY.issuperset(text):
        raise MultipartError("the boundary is not one: 1 to 70 letters, digits or '()+_,-./:=? and no blank at the end")
    return text.encode()


def encode_multipart(parts: Sequence[tuple[bytes, bytes]]) -> tuple[bytes, bytes]:
    """A body of these parts, each a head as `format_head` gives it and content, and its boundary.

    The boundary is a digest of the parts, so equal forms are equal bytes, and no content can hold it on purpose.
    """
    digest = sha256()
    for piece in chain.from_iterable(parts):
        digest.update(piece)
    while (boundary := digest.hexdigest()[:32].encode()) and any(boundary in piece for piece in chain.from_iterable(parts)):
        digest.update(b"again")
    pieces = [piece for head, content in parts for piece in (b"--", boundary, b"\r\n", head, content, b"\r\n")]
    return b"".join([*pieces, b"--", boundary, b"--\r\n"]), boundary


class _State(Enum):
    PREAMBLE = auto()
    HEAD = auto()
    FRESH = auto()  # in the content of a part, before its first byte
    CONTENT = auto()
    DONE = auto()


@final
class MultipartDecoder:
    """Takes a body in any pieces; what comes out does not depend on where it was cut.

    Boundaries stand at the beginning of a line that CRLF ends; text before the first and behind the last is dropped
    (RFC 2046, 5.1.1). Content is given on as it is: nothing is decoded.
    """

    __slots__ = ("_delimiter", "_final", "_kept", "_limits", "_parts", "_preamble", "_state")

    def __init__(self, boundary: bytes, limits: MultipartLimits | None = None) -> None:
        """For a body with this boundary."""
        self._limits: MultipartLimits = limits or MultipartLimits()
        self._delimiter: bytes = b"\r\n--" + boundary
        self._kept = b"\r\n"  # as if a line had ended: the first boundary looks like all others
        self._state = _State.PREAMBLE
        self._preamble = self._limits.preamble + 2
        self._parts = 0
        self._final = False

    def feed(self, data: bytes) -> Iterator[Event]:
        """The events that this piece completes; run it to its end before the next piece.

        Raises MultipartError for a malformed body, MultipartTooLarge past a limit.
        """
        buffer = self._kept + data if self._kept else data
        at: int | None = 0
        start = 0
        while at is not None and self._state is not _State.DONE:
            start = at
            if self._state is _State.HEAD:
                while whole := self._whole_part(buffer, start):
                    head, content, start = whole
                    yield head
                    if content:
                        yield content
                    yield END
                    self._enter()
                at = self._head_end(buffer, start)
                if at is not None:
                    self._state = _State.FRESH
                    yield parse_head(buffer[start + 2 : at])
                    at += 2  # on the line break before the content, which may be the one before a boundary
                continue
            found = buffer.find(self._delimiter, start)
            stop = self._safe(buffer, start) if found < 0 else found
            if content := self._content(buffer, start, stop):
                yield content
            at = self._delimited(buffer, found) if found >= 0 else None
            start = start if self._state is _State.FRESH else stop
            if at is not None:
                if self._state is not _State.PREAMBLE:
                    yield END
                self._enter()
        self._kept = b"" if self._state is _State.DONE else buffer[start:]

    def _whole_part(self, buffer: bytes, start: int) -> tuple[PartHead, bytes, int] | None:
        """Head, content and place of a part that is all here, as most fields are: one step in place of five."""
        end = buffer.find(b"\r\n\r\n", start, start + self._limits.head + 6)
        if end < 0:
            return None
        stop = buffer.find(self._delimiter, end + 2)
        tail = stop + len(self._delimiter)
        if stop < 0 or not buffer.startswith(b"\r\n", tail):
            return None
        return parse_head(buffer[start + 2 : end]), buffer[end + 4 : stop], tail

    def finish(self) -> None:
        """Says that no more bytes come. Raises MultipartError if the last boundary has not been seen."""
        if self._state is not _State.DONE:
            raise MultipartError("the body ends before its last boundary")

    def _safe(self, buffer: bytes, start: int) -> int:
        """Up to where no boundary can begin, whatever comes next."""
        stop = buffer.rfind(b"\r", max(start, len(buffer) - len(self._delimiter) + 1))
        return stop if stop >= 0 and self._delimiter.startswith(buffer[stop:]) else len(buffer)

    def _content(self, buffer: bytes, start: int, stop: int) -> bytes:
        if self._state is _State.PREAMBLE:
            self._preamble -= stop - start
            if self._preamble < 0:
                raise MultipartTooLarge(f"over {self._limits.preamble} bytes before the first boundary")
            return b""
        if self._state is _State.FRESH:
            if stop <= start + 2:
                return b""
            self._state = _State.CONTENT
            start += 2
        return buffer[start:stop]

    def _head_end(self, buffer: bytes, start: int) -> int | None:
        end = buffer.find(b"\r\n\r\n", start, start + self._limits.head + 6)
        if end >= 0:
            return end
        if len(buffer) - start >= self._limits.head + 6:
            raise MultipartTooLarge(f"a part with a head over {self._limits.head} bytes")
        return None

    def _delimited(self, buffer: bytes, found: int) -> int | None:
        """Where the line of a boundary ends, on its CRLF; None if that is still to come."""
        tail = found + len(self._delimiter)
        self._final = buffer.startswith(b"--", tail)
        if self._final:
            return tail + 2
        if buffer.startswith(b"\r\n", tail):
            return tail
        padded = buffer[tail : tail + PADDING + 2]
        rest = padded.lstrip(b" \t")
        blanks = len(padded) - len(rest)
        if blanks > PADDING:
            raise MultipartError(f"over {PADDING} blanks behind a boundary")
        if rest.startswith(b"\r\n"):
            return tail + blanks
        # What may still become a line break, or "--", is the end of what has come.
        if rest not in {b"", b"\r"} and padded != b"-":
            raise MultipartError("a line begins with the boundary but does not end there")
        return None

    def _enter(self) -> None:
        if self._final:
            self._state = _State.DONE
            return
        self._parts += 1
        if self._parts > self._limits.parts:
            raise MultipartTooLarge(f"over {self._limits.parts} parts")
        self._state = _State.HEAD
