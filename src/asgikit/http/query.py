"""Query strings and urlencoded forms as an immutable value (WHATWG URL, 5)."""

from __future__ import annotations

import re
from typing import Final, final
from urllib.parse import quote_plus

from asgikit.http.pairs import Pairs

_SAFE: Final = "*-._"  # WHATWG URL, 1.3: the urlencoded percent-encode set leaves these and alphanumerics

_ESCAPE: Final = re.compile(rb"%([0-9A-Fa-f]{2})")
_DIGITS: Final = "0123456789ABCDEFabcdef"
_BYTES: Final = {f"{high}{low}".encode(): bytes([int(high + low, 16)]) for high in _DIGITS for low in _DIGITS}


@final
class Query(Pairs):
    """An ordered, immutable list of (name, value) pairs, both text.

    Parsing follows the urlencoded parser of the WHATWG URL standard, so every query string parses: bytes that
    are not UTF-8, and lone surrogates, become U+FFFD.
    """

    __slots__ = ()

    @classmethod
    def parse(cls, raw: bytes | str) -> Query:
        """The pairs of a query string without its "?"."""
        data = _scalar(raw).encode() if isinstance(raw, str) else raw
        data = data.replace(b"+", b" ")
        if b"%" not in data and data.isascii():
            texts = [piece.partition("=") for piece in data.decode().split("&") if piece]
            return cls([(name, value) for name, _, value in texts])
        pieces = [piece.partition(b"=") for piece in data.split(b"&") if piece]
        return cls([(_decoded(name), _decoded(value)) for name, _, value in pieces])

    def __str__(self) -> str:
        """The query string without its "?"; a lone surrogate becomes U+FFFD, as in browsers."""
        return "&".join(f"{_encode(name)}={_encode(value)}" for name, value in self)


def _scalar(text: str) -> str:
    return text if text.isascii() else text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _decoded(data: bytes) -> str:
    # In one pass: urllib takes seconds for what a form may hold, 2 MB of "%".
    return (_ESCAPE.sub(_byte, data) if b"%" in data else data).decode("utf-8", "replace")


def _byte(found: re.Match[bytes]) -> bytes:
    return _BYTES[found[1]]


def _encode(text: str) -> str:
    return quote_plus(_scalar(text), safe=_SAFE).replace("~", "%7E")  # quote_plus always leaves "~"; the standard does not
