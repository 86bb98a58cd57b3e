"""Responses as bytes: the framing of HTTP/1.1, with a place for each way to get it wrong."""

from __future__ import annotations

import re
from collections.abc import Iterable
from email.utils import formatdate
from http import HTTPStatus

from tests.conformance.tiny.habits import Habits
from tests.conformance.tiny.head import Head

Fields = list[tuple[bytes, bytes]]

_TOKEN = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_VALUE = re.compile(rb"[^\x00\r\n]*")
_DIGITS = re.compile(rb"[0-9]{1,18}")


class Unsendable(ValueError):
    """What the application sends cannot be a response."""


def checked(fields: Iterable[Iterable[bytes]], habits: Habits) -> Fields:
    """The fields as pairs. Raises Unsendable for what cannot be written."""
    found: Fields = []
    for field in fields:
        if isinstance(field, bytes | str):
            raise Unsendable(f"{field!r} is no pair of bytes")
        pair = tuple(field)
        if len(pair) != 2 or not all(type(part) is bytes for part in pair):
            raise Unsendable(f"{pair!r} is no pair of bytes")
        name, value = pair
        if _TOKEN.fullmatch(name) is None or not (_VALUE.fullmatch(value) or habits.breaks("HTTP-SEM-023")):
            raise Unsendable(f"{pair!r} is no field")
        found.append((name, value))
    return found


def lines(fields: Fields) -> bytes:
    """Fields as they are written."""
    return b"".join(b"%b: %b\r\n" % pair for pair in fields)


def status_line(status: int, version: bytes = b"1.1") -> bytes:
    """The first line."""
    phrase = HTTPStatus(status).phrase.encode() if status in HTTPStatus._value2member_map_ else b"-"
    return b"HTTP/%b %d %b\r\n" % (version, status, phrase)


def plain(status: int, *fields: tuple[bytes, bytes]) -> bytes:
    """A whole response of the server's own, the last on its connection."""
    own = [*fields, (b"content-length", b"0"), (b"connection", b"close")]
    return status_line(status) + lines(own) + b"\r\n"


class Framing:
    """One response on its way: start(), then body() for each piece, then end()."""

    def __init__(self, head: Head, habits: Habits, *, keep: bool) -> None:
        self._head = head
        self._habits = habits
        self.left: int | None = None
        """Bytes of the content-length that have not been sent."""
        self._length: bytes | None = None
        self.keeps = keep and head.keeps_alive
        self.is_empty = False
        """There is no body, whatever the application sends."""
        self.is_chunked = False
        self.is_until_close = False

    def start(self, status: int, fields: Fields, *, trailers: bool) -> bytes:
        """The head. Raises Unsendable."""
        habits = self._habits
        if not 200 <= status <= 999:
            raise Unsendable(f"{status} is not the status of a final response")
        lengths = [value for name, value in fields if name.lower() == b"content-length"]
        if len(set(lengths)) > 1 or any(_DIGITS.fullmatch(value) is None for value in lengths):
            raise Unsendable(f"the content-length {lengths!r}")
        self.is_empty = self._head.method == b"HEAD" or status in {204, 205, 304}
        if self.is_empty and lengths and habits.breaks("HTTP-SEM-019"):
            raise Unsendable("a content-length without a body")
        if any(name.lower() == b"connection" and b"close" in value.lower() for name, value in fields):
            self.keeps = False
        drop = {b"transfer-encoding", b"connection", b"keep-alive", b"upgrade", b"content-length"}
        if habits.breaks("HTTP-RESP-009"):
            drop.discard(b"transfer-encoding")
        own = self._own(status, lengths, trailers=trailers)
        out = [(name, value) for name, value in fields if name.lower() not in drop]
        if habits.breaks("HTTP-RESP-008"):
            out.sort(key=lambda pair: pair[::-1])
        return status_line(status, b"1.0" if habits.has("http-1.0") else b"1.1") + lines([*out, *own]) + b"\r\n"

    def _own(self, status: int, lengths: list[bytes], *, trailers: bool) -> Fields:
        """The fields of the framing."""
        habits = self._habits
        own: Fields = [(b"date", formatdate(usegmt=True).encode())]
        if lengths and status not in {204, 205}:
            own.append((b"content-length", lengths[0]))
            if habits.breaks("HTTP-SEM-016"):
                own.append((b"transfer-encoding", b"chunked"))
        if status == 205:
            own.append((b"content-length", b"0"))
        if self.is_empty:
            pass
        elif lengths:
            self.left = int(lengths[0])
        elif (self._head.version == "1.1" or habits.breaks("HTTP-SEM-025")) and not habits.has("http-1.0"):
            self.is_chunked = True
            own.append((b"transfer-encoding", b"chunked"))
        else:
            self.keeps = False
            self.is_until_close = True
        if habits.has("close-each") or habits.has("http-1.0"):
            self.keeps = False
        if not self.keeps:
            own.append((b"connection", b"close"))
        elif self._head.version == "1.0":
            own.append((b"connection", b"keep-alive"))
        return own

    def body(self, data: bytes) -> bytes:
        """A piece. Raises Unsendable for bytes beyond the length."""
        habits = self._habits
        if self.is_empty:
            head_only = self._head.method == b"HEAD"
            return data if habits.breaks("HTTP-SEM-012" if head_only else "HTTP-SEM-013") else b""
        if self.left is not None:
            if len(data) > self.left and not habits.breaks("HTTP-SEM-017"):
                raise Unsendable(f"{len(data)} bytes where {self.left} are left of the content-length")
            self.left = max(0, self.left - len(data))
            return data
        if not self.is_chunked:
            return data
        if not data:
            return b"0\r\n\r\n" if habits.breaks("HTTP-RESP-025") else b""
        size = 5 if habits.has("small-chunks") else len(data)
        pieces = (data[at : at + size] for at in range(0, len(data), size))
        return b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces)

    @property
    def is_short(self) -> bool:
        """Whether bytes are missing of the content-length."""
        return bool(self.left)

    def end(self, trailers: Fields) -> bytes:
        """What comes behind the last piece."""
        return b"0\r\n" + lines(trailers) + b"\r\n" if self.is_chunked else b""
