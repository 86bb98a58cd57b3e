"""Decompression of request bodies (RFC 9110, 8.4)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final, final

from typing_extensions import TypeVar

from asgikit.codings.coding import Member
from asgikit.codings.installed import decoders
from asgikit.errors import BadRequest, ContentTooLarge, UnsupportedMediaType
from asgikit.handler import Handler, Middleware
from asgikit.http.grammar import split_list
from asgikit.http.headers import lines_of
from asgikit.request import Request
from asgikit.response import Response

S = TypeVar("S")

DECODED_LIMIT: Final = 8 * 1024 * 1024
"""Bytes that a body may decode to by default; past it the answer is 413."""

MEMBER: Final = 1024
"""Bytes that each member of a body counts for, but the first: many empty ones take few bytes, and long to decode."""

_IN_MEMBERS: Final = frozenset({"gzip", "x-gzip", "zstd"})  # RFC 1952, 2.2; RFC 8878, 3.1
_WINDOW: Final = 16 * 1024  # bytes that are looked at at once: what is behind the end of a member is copied


@final
class Inflater:
    """Decodes a body, of one or more members where its coding has those. Never holds more than a piece of what comes out."""

    __slots__ = ("_encoded", "_fresh", "_left", "_limit", "_member", "_open", "_single")

    def __init__(self, coding: str, limit: int) -> None:
        """For one of the codings that are installed, up to `limit` bytes."""
        self._open: Callable[[], Member] = decoders()[coding]
        self._member: Member = self._open()
        self._single: bool = coding not in _IN_MEMBERS
        self._fresh: bool = True  # nothing of this member has come
        self._limit: int = limit
        self._left: int = limit
        # What does not get smaller gets hardly larger; blocks without content could go on for ever.
        self._encoded: int = limit + limit // 16 + MEMBER

    def feed(self, data: bytes, /) -> Iterator[bytes]:
        """The pieces. Raises BadRequest for malformed data, ContentTooLarge past the limit, also for data that is itself."""
        self._encoded -= len(data)
        if self._encoded < 0:
            raise ContentTooLarge(f"the encoded content is over what {self._limit} bytes can take")
        for start in range(0, len(data), _WINDOW):
            yield from self._feed(data[start : start + _WINDOW])

    def _feed(self, data: bytes) -> Iterator[bytes]:
        while data or not (self._member.hungry or self._member.ended):
            if self._member.ended:
                self._begin()
            try:
                piece = self._member.decode(data)
            except ValueError as error:
                raise BadRequest("the content is not encoded as its content-encoding says", log=str(error)) from None
            self._fresh = False
            self._count(len(piece))
            data = self._member.rest if self._member.ended else b""
            if piece:
                yield piece

    def _begin(self) -> None:
        if self._single:
            raise BadRequest("there is something behind the encoded content")
        self._count(MEMBER)
        self._member = self._open()

    def _count(self, size: int) -> None:
        self._left -= size
        if self._left < 0:
            raise ContentTooLarge(f"the decoded content is over {self._limit} bytes")

    def finish(self) -> None:
        """Raises BadRequest if the content is cut off; none at all is none."""
        if not self._member.ended and not self._fresh:
            raise BadRequest("the encoded content is cut off")


def coding_of(content_encoding: str | None) -> str | None:
    """The coding to take off, None for none.

    Raises UnsupportedMediaType for others than ours, and for several: its Accept-Encoding says which would do (RFC 9110,
    15.5.16).
    """
    codings = [coding.lower() for coding in split_list(content_encoding or "")]
    codings = [coding for coding in codings if coding != "identity"]
    if not codings:
        return None
    known = decoders()
    if len(codings) > 1 or codings[0] not in known:
        ours = ", ".join(name for name in known if name != "x-gzip")
        raise UnsupportedMediaType(
            f"the content-encoding is {', '.join(codings):.100}; send {ours} or none", headers=(("accept-encoding", ours),)
        )
    return codings[0]


def decompress(*, limit: int = DECODED_LIMIT) -> Middleware:
    """Reads request bodies through their content-encoding: gzip, deflate, and where they are installed br and zstd.

    They have at most `limit` bytes when they are decoded. Another coding is answered with 415 and what there is, before
    the handler runs; malformed data with 400, when the handler reads it. Raises ValueError for a negative limit.
    """
    if limit < 0:
        raise ValueError(f"limit is a number of bytes, not {limit}")

    def middleware(handler: Handler[S], /) -> Handler[S]:
        async def decompressed(request: Request[S]) -> Response:
            if lines_of(request.raw_headers, b"content-encoding"):
                inbox = request.connection.inbox
                if not inbox.is_decoded and (coding := coding_of(request.headers.get("content-encoding"))) is not None:
                    inbox.decode(Inflater(coding, limit))
            return await handler(request)

        return decompressed

    return middleware
