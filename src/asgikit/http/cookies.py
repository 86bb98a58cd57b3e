"""Cookies: what a client sends, and what a server sets (RFC 6265bis)."""

from __future__ import annotations

import re
from dataclasses import KW_ONLY, dataclass, replace
from datetime import datetime
from typing import Final, Literal, TypeAlias, final

from asgikit.http.dates import format_date
from asgikit.http.grammar import OWS, is_token
from asgikit.http.pairs import Pairs

SameSite: TypeAlias = Literal["strict", "lax", "none"]

# RFC 6265bis, 4.1.1: cookie-octet, without control characters, white space, quotes, comma, semicolon, backslash
_COOKIE_VALUE: Final = re.compile(r"[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]*")
# RFC 6265bis, 4.1.1: path-value = *av-octet; we want the leading slash, without which browsers ignore it (5.6.4),
# no space at the end, which they strip (5.6), and no more than the 1024 octets that they read (5.6)
_PATH: Final = re.compile(r"(?!.{1025})/(?:[\x20-\x3a\x3c-\x7e]*[\x21-\x3a\x3c-\x7e])?")
# RFC 1034, 3.5 as enhanced by RFC 1123, 2.1; 255 octets on the wire are 253 characters
_DOMAIN: Final = re.compile(
    r"(?!.{254})(?:[A-Za-z0-9](?:[A-Za-z0-9\-]{0,61}[A-Za-z0-9])?\.)*[A-Za-z0-9](?:[A-Za-z0-9\-]{0,61}[A-Za-z0-9])?"
)
_SAMESITE: Final = {"strict": "Strict", "lax": "Lax", "none": "None"}
MAX_PAIR: Final = 4096  # RFC 6265bis, 5.6: user agents ignore a larger name plus value


@final
class Cookies(Pairs):
    """The cookies of a request: names and values as text, in the order they were sent.

    Parsing never fails: what is not a pair is a cookie without a name, as in browsers, and is dropped. Of two
    with one name the first wins: clients send the one with the longer path first (RFC 6265bis, 5.8.3).
    """

    __slots__ = ()

    @classmethod
    def parse(cls, *lines: str) -> Cookies:
        """The cookies of one or more Cookie lines (HTTP/2 splits them: RFC 9113, 8.2.3)."""
        pairs: list[tuple[str, str]] = []
        for line in lines:
            for part in line.split(";"):
                name, equals, value = part.partition("=")
                if equals and (key := name.strip(OWS)):
                    pairs.append((key, _unquoted(value.strip(OWS))))
        return cls(pairs)

    def __str__(self) -> str:
        """The value of a Cookie field."""
        return "; ".join(f"{name}={value}" for name, value in self)

    def __repr__(self) -> str:
        """The names only: values are secrets more often than not."""
        return f"Cookies({[name for name, _ in self]!r})"


def find_cookie(name: str, *lines: bytes) -> str | None:
    """The value of one cookie in Cookie lines as they came, as `Cookies.parse` gives it, without parsing the others."""
    for line in lines:
        for part in line.decode("latin-1").split(";"):
            key, equals, value = part.partition("=")
            if equals and key.strip(OWS) == name:
                return _unquoted(value.strip(OWS))
    return None


def _unquoted(value: str) -> str:
    # The quotes are part of the value in RFC 6265bis; every server we know drops them, and so do we.
    return value[1:-1] if len(value) >= 2 and value[0] == value[-1] == '"' else value


@dataclass(frozen=True, slots=True)
class SetCookie:
    """A cookie to set, checked when it is made (RFC 6265bis, 4.1).

    Secure, HttpOnly and SameSite=Lax unless told otherwise. Raises ValueError for what a browser would ignore or
    misread: an illegal name, value, path or domain, over 4096 bytes, a `__Host-` or `__Secure-` name that breaks
    its rule, SameSite=None or Partitioned without Secure, an `expires` that is no HTTP date.
    """

    name: str
    value: str
    _: KW_ONLY
    max_age: int | None = None
    expires: datetime | None = None
    path: str | None = "/"
    domain: str | None = None
    secure: bool = True
    httponly: bool = True
    samesite: SameSite = "lax"
    partitioned: bool = False

    def __post_init__(self) -> None:
        """Checks every attribute, and the attributes together."""
        if not is_token(self.name):
            raise ValueError(f"{self.name!r} is not a cookie name")
        if _COOKIE_VALUE.fullmatch(self.value) is None:
            raise ValueError(f"cookie {self.name!r}: the value holds what a cookie cannot; encode it (base64url, say)")
        if len(self.name) + len(self.value) > MAX_PAIR:
            raise ValueError(f"cookie {self.name!r}: name and value are over {MAX_PAIR} bytes, so browsers ignore it")
        if self.path is not None and _PATH.fullmatch(self.path) is None:
            raise ValueError(f"cookie {self.name!r}: {self.path!r} is not a path")
        if self.domain is not None and _DOMAIN.fullmatch(self.domain) is None:
            raise ValueError(f"cookie {self.name!r}: {self.domain!r} is not a domain")
        if self.samesite not in _SAMESITE:
            raise ValueError(f"cookie {self.name!r}: samesite is 'strict', 'lax' or 'none', not {self.samesite!r}")
        self._check_together()

    def _check_together(self) -> None:
        prefix = self.name.lower()
        if not self.secure:
            for reason, given in (
                ("SameSite=None", self.samesite == "none"),
                ("Partitioned", self.partitioned),
                ("a __Secure- name", prefix.startswith("__secure-")),
                ("a __Host- name", prefix.startswith("__host-")),
            ):
                if given:
                    raise ValueError(f"cookie {self.name!r}: {reason} needs secure=True")
        if prefix.startswith("__host-") and (self.path != "/" or self.domain is not None):
            raise ValueError(f"cookie {self.name!r}: a __Host- name needs path='/' and no domain")
        if self.expires is not None:
            try:
                format_date(self.expires)
            except ValueError as error:
                raise ValueError(f"cookie {self.name!r}: expires: {error}") from None

    @classmethod
    def deleting(cls, cookie: SetCookie) -> SetCookie:
        """What removes a cookie that was set like this one: the same attributes, no value, no lifetime."""
        return replace(cookie, value="", max_age=0, expires=None)

    def __str__(self) -> str:
        """The value of a Set-Cookie field."""
        parts = [f"{self.name}={self.value}"]
        if self.max_age is not None:
            parts.append(f"Max-Age={self.max_age:d}")
        if self.expires is not None:
            parts.append(f"Expires={format_date(self.expires)}")
        if self.domain is not None:
            parts.append(f"Domain={self.domain}")
        if self.path is not None:
            parts.append(f"Path={self.path}")
        flags = (("Secure", self.secure), ("HttpOnly", self.httponly), ("Partitioned", self.partitioned))
        parts.append(f"SameSite={_SAMESITE[self.samesite]}")
        parts.extend(name for name, given in flags if given)
        return "; ".join(parts)
