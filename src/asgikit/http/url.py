"""URLs as immutable values (RFC 3986)."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from ipaddress import IPv6Address
from typing import Final
from urllib.parse import quote, urlsplit

from asgikit.http.query import Query

# RFC 3986, 3.1 and 3.2.2. A registered name is kept to what a Host field can hold.
_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*")
_HOST: Final = re.compile(r"(?:[A-Za-z0-9\-._~!$&'()*+,;=]|%[0-9A-Fa-f]{2})*+")
# RFC 3986, 3.2.2: IP-literal, of which only IPv6 is in use, with a zone (RFC 6874) or without
_IPV6: Final = re.compile(r"\[([0-9A-Fa-f:.]+(?:%[A-Za-z0-9._~\-]+)?)\]")
_FORBIDDEN: Final = re.compile(r"[\x00-\x20\x7f\\]")
DEFAULT_PORTS: Final = {"http": 80, "https": 443, "ws": 80, "wss": 443}


@dataclass(frozen=True, kw_only=True, slots=True)
class URL:
    """A URL or a relative reference; path, query and fragment are percent-encoded text.

    Raises ValueError for a component that could not be printed and parsed back.
    """

    scheme: str = ""
    host: str | None = None
    port: int | None = None
    path: str = ""
    query: str | None = None
    fragment: str | None = None

    def __post_init__(self) -> None:
        """Checks what RFC 3986, 3 demands of the parts together."""
        if self.scheme and _SCHEME.fullmatch(self.scheme) is None:
            raise ValueError(f"{self.scheme!r} is not a URL scheme")
        object.__setattr__(self, "scheme", self.scheme.lower())  # RFC 3986, 3.1: only lower case is produced
        if self.host is not None and not _is_host(self.host):
            raise ValueError(f"{self.host!r} is not a host")
        if self.port is not None and (self.host is None or not 0 <= self.port <= 65535):
            raise ValueError(f"port {self.port} needs a host and lies from 0 to 65535")
        self._check_path()
        for name, text, stops in (
            ("path", self.path, "?#"),
            ("query", self.query or "", "#"),
            ("fragment", self.fragment or "", ""),
        ):
            if _FORBIDDEN.search(text) or any(stop in text for stop in stops):
                raise ValueError(f"the {name} of a URL cannot hold {text!r}: percent-encode it")

    def _check_path(self) -> None:
        if self.host is not None and self.path and not self.path.startswith("/"):
            raise ValueError(f"a path behind a host starts with a slash: {self.path!r}")
        if self.host is None and self.path.startswith("//"):
            raise ValueError(f"without a host, {self.path!r} would be read as a host")
        if not self.scheme and self.host is None and ":" in self.path.partition("/")[0]:
            raise ValueError(f"without a scheme, {self.path!r} would be read as one: start it with './'")

    @classmethod
    def parse(cls, text: str) -> URL:
        """A URL from its text. Raises ValueError for what is not a URL; spaces and backslashes are refused."""
        if _FORBIDDEN.search(text):
            raise ValueError(f"a URL cannot hold spaces, control characters or backslashes: {text!r}")
        rest, hash_, fragment = text.partition("#")
        rest, mark, query = rest.partition("?")
        parts = urlsplit(rest, allow_fragments=False)
        host, port = (
            split_authority(parts.netloc) if rest[len(parts.scheme) + bool(parts.scheme) :].startswith("//") else (None, None)
        )
        return cls(
            scheme=parts.scheme,
            host=host,
            port=port,
            path=parts.path,
            query=query if mark else None,
            fragment=fragment if hash_ else None,
        )

    @property
    def params(self) -> Query:
        """The query as pairs."""
        return Query.parse(self.query or "")

    @property
    def netloc(self) -> str:
        """Host and port, as in a Host field."""
        return (self.host or "") + (f":{self.port}" if self.port is not None else "")

    @property
    def origin(self) -> str:
        """Scheme, host and port, the default port left out, in lower case (RFC 6454, 6.2)."""
        default = self.port is None or DEFAULT_PORTS.get(self.scheme) == self.port
        return f"{self.scheme}://{self.host or ''}{'' if default else f':{self.port}'}".lower()

    def with_query(self, query: Query) -> URL:
        """With these pairs for its query; none at all removes it."""
        return replace(self, query=str(query) if len(query) else None)

    def with_path(self, path: str) -> URL:
        """With this percent-encoded path."""
        return replace(self, path=path)

    def __str__(self) -> str:
        """The text (RFC 3986, 5.3)."""
        return "".join(
            (
                f"{self.scheme}:" if self.scheme else "",
                f"//{self.netloc}" if self.host is not None else "",
                self.path,
                f"?{self.query}" if self.query is not None else "",
                f"#{self.fragment}" if self.fragment is not None else "",
            )
        )


def encode_path(path: str) -> str:
    """Text as a percent-encoded path, slashes kept (RFC 3986, 3.3). Raises ValueError for lone surrogates."""
    return quote(path, safe="/!$&'()*+,;=:@~")


def encode_segment(segment: str) -> str:
    """Text as one percent-encoded path segment, slashes encoded (RFC 3986, 3.3). Raises ValueError for lone surrogates."""
    return quote(segment, safe="!$&'()*+,;=:@~")


def _is_host(host: str) -> bool:
    if (literal := _IPV6.fullmatch(host)) is None:
        return _HOST.fullmatch(host) is not None
    try:
        IPv6Address(literal[1])
    except ValueError:
        return False
    return True


def split_authority(netloc: str) -> tuple[str, int | None]:
    """Host and port of an authority or a Host field (RFC 3986, 3.2). Raises ValueError for a user or an illegal port."""
    if "@" in netloc:
        raise ValueError("a URL with a user or a password in it is refused: credentials do not belong there")
    host, colon, port = netloc.rpartition(":")
    if not colon or port.endswith("]"):
        return netloc, None
    if port and not (port.isascii() and port.isdigit() and len(port) <= 5):
        raise ValueError(f"{port!r} is not a port")
    return host, int(port) if port else None
