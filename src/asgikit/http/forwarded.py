"""What proxies say of the requests that they pass on: Forwarded (RFC 7239), and the nodes in X-Forwarded-For."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Final

from asgikit.http.grammar import QUOTED_STRING, TOKEN, is_token, quote, split_list, unquote
from asgikit.http.url import URL, split_authority

# RFC 7239, 4: forwarded-pair = token "=" value; value = token / quoted-string
_PAIR: Final = re.compile(rf"({TOKEN.pattern})=(?:({TOKEN.pattern})|{QUOTED_STRING.pattern})")
# RFC 7239, 6.3: obfnode, and obfport, which is the same
_OBFUSCATED: Final = re.compile(r"_[A-Za-z0-9._\-]+")
# RFC 7239, 6: node = nodename [ ":" node-port ]; an IPv6 address is in brackets
_NODE: Final = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._\-]+)(?::([0-9]{1,5}|_[A-Za-z0-9._\-]+))?")
# RFC 3986, 3.1
_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*")


@dataclass(frozen=True, slots=True)
class Node:
    """One end of a connection as a proxy knows it: an address, "unknown", or a made-up word that begins with "_".

    Its port is a number, a made-up word too, or not said (RFC 7239, 6). Raises ValueError for any other.
    """

    name: IPv4Address | IPv6Address | str
    port: int | str | None = None

    def __post_init__(self) -> None:
        """Checks both."""
        if isinstance(self.name, str) and self.name != "unknown" and _OBFUSCATED.fullmatch(self.name) is None:
            raise ValueError(f"{self.name!r} is no node: an address, 'unknown', or a word that begins with '_'")
        if isinstance(self.name, IPv6Address) and self.name.scope_id is not None:
            raise ValueError(f"{self.name} has a zone, which means nothing to others")
        port = self.port
        if (isinstance(port, int) and not 0 <= port <= 65535) or (isinstance(port, str) and not _OBFUSCATED.fullmatch(port)):
            raise ValueError(f"{port!r} is no port of a node")

    @classmethod
    def parse(cls, text: str) -> Node:
        """A node from its text, an IPv6 address in brackets. Raises ValueError for what is none."""
        found = _NODE.fullmatch(text)
        if found is None:
            raise ValueError(f"{text!r} is no node")
        name, port = found[1], found[2]
        number = int(port) if port and port.isdigit() else port
        if name.startswith("_"):
            return cls(name, number)
        if name.startswith("["):
            return cls(IPv6Address(name[1:-1]), number)
        return cls("unknown" if name.lower() == "unknown" else IPv4Address(name), number)

    @classmethod
    def parse_bare(cls, text: str) -> Node:
        """A node of X-Forwarded-For, where IPv6 addresses mostly have no brackets. Raises ValueError for what is none."""
        if text.count(":") < 2 or text.startswith("["):
            return cls.parse(text)
        return cls(ip_address(text))

    def __str__(self) -> str:
        """The text, an IPv6 address in brackets."""
        name = f"[{self.name}]" if isinstance(self.name, IPv6Address) else str(self.name)
        return name if self.port is None else f"{name}:{self.port}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Forwarded:
    """What one proxy says: who asked it (`client`, the parameter "for") and where (`by`), for which host, over which protocol.

    `extensions` are parameters by other names, in lower case. Raises ValueError for a host or a protocol that is none,
    and for a name that is given twice (RFC 7239, 4).
    """

    client: Node | None = None
    by: Node | None = None
    host: str | None = None
    proto: str | None = None
    extensions: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        """Checks every part."""
        if self.host is not None:
            check_host(self.host)
        if self.proto is not None and _SCHEME.fullmatch(self.proto) is None:
            raise ValueError(f"{self.proto!r} is no protocol")
        seen = {"for", "by", "host", "proto"}
        for name, value in self.extensions:
            if name in seen or name != name.lower() or not is_token(name):
                raise ValueError(f"{name!r} is given twice, belongs to Forwarded itself, or is no token in lower case")
            quote(value)
            seen.add(name)

    def __str__(self) -> str:
        """The element as it is sent."""
        own = (("for", self.client), ("by", self.by), ("host", self.host), ("proto", self.proto))
        pairs = [*((name, str(value)) for name, value in own if value is not None), *self.extensions]
        return ";".join(f"{name}={quote(value)}" for name, value in pairs)


def parse_forwarded(value: str) -> tuple[Forwarded, ...]:
    """The elements of a Forwarded field, that of the proxy next to us last. Raises ValueError for a malformed field.

    Beyond the grammar, white space is taken around semicolons, where people write it, and nowhere else.
    """
    return tuple(_element(element) for element in split_list(value))


def _element(text: str) -> Forwarded:
    pairs: dict[str, str] = {}
    for part in split_list(text, ";"):
        found = _PAIR.fullmatch(part)
        if found is None:
            raise ValueError(f"{part!r} is no parameter of Forwarded")
        name = found[1].lower()
        if name in pairs:
            raise ValueError(f"the parameter {name!r} is given twice")
        pairs[name] = found[2] if found[2] is not None else unquote(found[3])
    client, by = pairs.pop("for", None), pairs.pop("by", None)
    return Forwarded(
        client=None if client is None else Node.parse(client),
        by=None if by is None else Node.parse(by),
        host=pairs.pop("host", None),
        proto=pairs.pop("proto", None),
        extensions=tuple(pairs.items()),
    )


def check_host(host: str) -> None:
    """Raises ValueError for what a Host field cannot hold, and for none at all (RFC 9110, 7.2)."""
    name, port = split_authority(host)
    if not name:
        raise ValueError("the host is empty")
    URL(host=name, port=port)
