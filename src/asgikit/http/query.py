"""Query strings and urlencoded forms as an immutable value (WHATWG URL, 5)."""

from __future__ import annotations

from typing import Final, final
from urllib.parse import quote_plus, unquote

from asgikit.http.pairs import Pairs

_SAFE: Final = "*-._"  # WHATWG URL, 1.3: the urlencoded percent-encode set leaves these and alphanumerics


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
        # The standard lets non-ASCII bytes stand for themselves: percent-encoded they are decoded with the rest.
        text = data.decode() if data.isascii() else "".join(chr(b) if b < 128 else f"%{b:02X}" for b in data)
        pieces = [piece.partition("=") for piece in text.replace("+", " ").split("&") if piece]
        if "%" not in text:
            return cls([(name, value) for name, _, value in pieces])
        return cls([(_decoded(name), _decoded(value)) for name, _, value in pieces])

    def __str__(self) -> str:
        """The query string without its "?"; a lone surrogate becomes U+FFFD, as in browsers."""
        return "&".join(f"{_encode(name)}={_encode(value)}" for name, value in self)


def _scalar(text: str) -> str:
    return text if text.isascii() else text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _decoded(text: str) -> str:
    return unquote(text, errors="replace") if "%" in text else text


def _encode(text: str) -> str:
    return quote_plus(_scalar(text), safe=_SAFE).replace("~", "%7E")  # quote_plus always leaves "~"; the standard does not
