"""Decompression of request bodies (RFC 9110, 8.4)."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import Final, final

from typing_extensions import TypeVar

from asgikit.errors import BadRequest, ContentTooLarge, UnsupportedMediaType
from asgikit.handler import Handler, Middleware
from asgikit.http.grammar import split_list
from asgikit.request import Request
from asgikit.response import Response

S = TypeVar("S")

DECODED_LIMIT: Final = 8 * 1024 * 1024
"""Bytes that a body may decode to by default; past it the answer is 413."""

PIECE: Final = 64 * 1024
"""Bytes that are decoded at once, however well they were compressed."""

_WINDOW: Final = 16 * 1024  # bytes that are looked at at once: what is behind the end of a member is copied
_MEMBER: Final = 18  # the least that a member of gzip takes (RFC 1952, 2.3): many empty ones are no small body

# RFC 9110, 8.4.1.2 and 8.4.1.3: "deflate" is the zlib format; x-gzip is gzip
_WINDOWS: Final = {"gzip": 16 + zlib.MAX_WBITS, "x-gzip": 16 + zlib.MAX_WBITS, "deflate": zlib.MAX_WBITS}
_OURS: Final = "gzip, deflate"


@final
class Inflater:
    """Decodes gzip, of one or more members, and zlib. Never holds more than a piece of what comes out."""

    __slots__ = ("_fresh", "_left", "_limit", "_packed", "_window")

    def __init__(self, coding: str, limit: int) -> None:
        """For one of "gzip", "x-gzip" and "deflate", up to `limit` bytes."""
        self._window = _WINDOWS[coding]
        self._packed = zlib.decompressobj(self._window)
        self._fresh = True  # nothing of this member has come
        self._limit = limit
        self._left = limit

    def feed(self, data: bytes, /) -> Iterator[bytes]:
        """The pieces. Raises BadRequest for malformed data, ContentTooLarge past the limit."""
        for start in range(0, len(data), _WINDOW):
            yield from self._feed(data[start : start + _WINDOW])

    def _feed(self, data: bytes) -> Iterator[bytes]:
        while data:
            if self._packed.eof:
                if self._window == zlib.MAX_WBITS:
                    raise BadRequest("there is something behind the compressed content")
                self._packed = zlib.decompressobj(self._window)
                self._left -= _MEMBER
            try:
                piece = self._packed.decompress(data, PIECE)
            except zlib.error as error:
                raise BadRequest("the content is not compressed as its content-encoding says", log=str(error)) from None
            self._fresh = False
            self._left -= len(piece)
            if self._left < 0:
                raise ContentTooLarge(f"the decompressed content is over {self._limit} bytes")
            data = self._packed.unconsumed_tail or self._packed.unused_data
            if piece:
                yield piece

    def finish(self) -> None:
        """Raises BadRequest if the content is cut off; none at all is none."""
        if not self._packed.eof and not self._fresh:
            raise BadRequest("the compressed content is cut off")


def coding_of(content_encoding: str | None) -> str | None:
    """The coding to take off, None for none. Raises UnsupportedMediaType for others than ours, and for several."""
    codings = [coding.lower() for coding in split_list(content_encoding or "")]
    codings = [coding for coding in codings if coding != "identity"]
    if not codings:
        return None
    if len(codings) > 1 or codings[0] not in _WINDOWS:
        # RFC 9110, 15.5.16: Accept-Encoding says which codings would do
        raise UnsupportedMediaType(f"the content-encoding is {', '.join(codings)}; send {_OURS} or none", headers=_ACCEPT)
    return codings[0]


_ACCEPT: Final = (("accept-encoding", _OURS),)


def decompress(*, limit: int = DECODED_LIMIT) -> Middleware:
    """Reads request bodies through their content-encoding: gzip or deflate, to `limit` bytes at most.

    Another coding is answered with 415 and what there is, before the handler runs; malformed data with 400, when the
    handler reads it. Raises ValueError for a negative limit.
    """
    if limit < 0:
        raise ValueError(f"limit is a number of bytes, not {limit}")

    def middleware(handler: Handler[S], /) -> Handler[S]:
        async def decompressed(request: Request[S]) -> Response:
            inbox = request.connection.inbox
            if not inbox.is_decoded and (coding := coding_of(request.headers.get("content-encoding"))) is not None:
                inbox.decode(Inflater(coding, limit))
            return await handler(request)

        return decompressed

    return middleware
