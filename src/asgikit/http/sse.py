"""Server-sent events as text: written as values, read in chunks (WHATWG HTML, 9.2)."""

from __future__ import annotations

import re
from dataclasses import KW_ONLY, dataclass
from typing import Final, final

EVENT_LIMIT: Final = 1024 * 1024
"""Bytes of an event that a reader takes by default."""

MAX_RETRY: Final = 2**31 - 1
"""Milliseconds, 24 days: more than this is no longer a time to the timers of every browser."""

_LINE_END: Final = re.compile(r"\r\n?|\n")  # WHATWG HTML, 9.2.5: end-of-line; other line breaks of Unicode are text
_LINE_END_BYTES: Final = re.compile(rb"\r\n?|\n")
_BOM: Final = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class ServerSentEvent:
    """An event of an event stream; data of None for one that only sets the id or the retry time, or only is a comment.

    `data` may have several lines: readers get them joined by LF. An empty `data` is an event, an empty `id` forgets
    the one before. `retry` is in milliseconds. Raises ValueError for what readers would drop or misread: line breaks
    in `event` or `id`, NUL in `id`, an empty name, a name without data, a retry below 0 or over MAX_RETRY, lone
    surrogates, nothing at all.
    """

    data: str | None = None
    _: KW_ONLY
    event: str | None = None
    id: str | None = None
    retry: int | None = None
    comment: str | None = None

    def __post_init__(self) -> None:
        """Checks every field, and that there is one."""
        if self.data is not None:
            _check_text("data", self.data)
        elif self.event is not None:
            raise ValueError('readers drop an event without data: give it some, data="" at least')
        elif self.id is None and self.retry is None and self.comment is None:
            raise ValueError('an event has data, an id, a retry time or a comment; comment="" keeps a connection alive')
        if self.event is not None:
            _check_line("event", self.event)
            if not self.event:
                raise ValueError("the name of an event cannot be empty: leave it out for readers to see a 'message'")
        if self.id is not None:
            _check_line("id", self.id)
            if "\0" in self.id:
                raise ValueError("readers ignore an id with NUL in it")
        if self.retry is not None and not 0 <= self.retry <= MAX_RETRY:
            raise ValueError(f"retry lies from 0 to {MAX_RETRY} milliseconds, not {self.retry}")
        if self.comment is not None:
            _check_text("comment", self.comment)

    def encode(self) -> bytes:
        """Its lines and the blank line that ends it, in UTF-8."""
        data = self.data
        if data is not None and "\n" not in data and "\r" not in data and self._is_plain():
            return f"data: {data}\n\n".encode()  # most events, in the fewest steps
        lines: list[str] = []
        if self.comment is not None:
            lines.extend(f": {line}" for line in _LINE_END.split(self.comment))
        if self.event is not None:
            lines.append(f"event: {self.event}")
        if self.id is not None:
            lines.append(f"id: {self.id}")
        if self.retry is not None:
            lines.append(f"retry: {self.retry:d}")
        if data is not None:
            lines.extend(f"data: {line}" for line in _LINE_END.split(data))
        return ("\n".join(lines) + "\n\n").encode()

    def _is_plain(self) -> bool:
        return self.event is None and self.id is None and self.retry is None and self.comment is None


def _check_text(name: str, text: str) -> None:
    if not text.isascii():  # which every text knows of itself
        try:
            text.encode()
        except UnicodeEncodeError:
            raise ValueError(f"the {name} of an event cannot hold lone surrogates") from None


def _check_line(name: str, text: str) -> None:
    _check_text(name, text)
    if "\n" in text or "\r" in text:
        raise ValueError(f"the {name} of an event is one line: {text!r}")


@final
class EventReader:
    """Reads an event stream from chunks of bytes, cut anywhere; never fails but for size (WHATWG HTML, 9.2.6).

    Bytes that are not UTF-8 become U+FFFD. An event that no blank line ends is not one. The lines of an event,
    comments apart, and the line that is still open have up to `limit` bytes together.
    """

    __slots__ = ("_after_cr", "_data", "_event", "_first", "_id", "_limit", "_open", "_retry", "_retry_here", "_size")

    def __init__(self, *, limit: int = EVENT_LIMIT) -> None:
        """At the beginning of a stream."""
        self._limit: int = limit
        self._open: bytearray = bytearray()  # the line that has not ended yet
        self._after_cr: bool = False  # a LF that comes next belongs to a CR that has ended a line already
        self._first: bool = True
        self._size: int = 0
        self._data: list[str] = []
        self._event: str | None = None
        self._id: str | None = None
        self._retry: int | None = None
        self._retry_here: int | None = None

    @property
    def last_event_id(self) -> str:
        """What a client that comes back sends as Last-Event-ID; empty for none."""
        return self._id or ""

    @property
    def retry(self) -> int | None:
        """The milliseconds to wait before coming back, if the stream has said it."""
        return self._retry

    def feed(self, chunk: bytes) -> list[ServerSentEvent]:
        """The events that this chunk completes, each with the latest id, which may come from an event before it.

        Raises ValueError for an event over the limit; nothing can be read after that.
        """
        found: list[ServerSentEvent] = []
        if not chunk:
            return found
        start = 1 if self._after_cr and chunk.startswith(b"\n") else 0
        for end in _LINE_END_BYTES.finditer(chunk, start):
            self._open += chunk[start : end.start()]
            start = end.end()
            line = self._whole_line()
            if line:
                self._take(line)
            elif (event := self._dispatch()) is not None:
                found.append(event)
        self._open += chunk[start:]
        self._after_cr = chunk.endswith(b"\r")
        self._check_size()
        return found

    def _check_size(self) -> None:
        if self._size + len(self._open) > self._limit:
            self._limit = -1  # so is every next one
            self._open.clear()
            raise ValueError("an event of the stream is over the limit of the reader")

    def _whole_line(self) -> bytes:
        self._check_size()
        line = bytes(self._open)
        self._open.clear()
        if self._first:
            self._first = False
            line = line.removeprefix(_BOM)
        return line

    def _take(self, line: bytes) -> None:
        name, _, value = line.partition(b":")
        if not name:
            return  # a comment
        self._size += len(line)
        value = value.removeprefix(b" ")
        match name:
            case b"data":
                self._data.append(value.decode("utf-8", "replace"))
            case b"event":
                self._event = value.decode("utf-8", "replace") or None
            case b"id" if b"\0" not in value:
                self._id = value.decode("utf-8", "replace")
            case b"retry" if value.isdigit():  # of bytes: ASCII digits, one at least
                digits = value.lstrip(b"0") or b"0"
                self._retry = self._retry_here = min(int(digits[:11]), MAX_RETRY)
            case _:
                pass

    def _dispatch(self) -> ServerSentEvent | None:
        event = None
        if self._data:
            event = ServerSentEvent("\n".join(self._data), event=self._event, id=self._id, retry=self._retry_here)
        self._data, self._event, self._retry_here, self._size = [], None, None, 0
        return event
