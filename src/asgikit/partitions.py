"""Partitions: whom a limit is for, as a text from a request."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from hashlib import blake2b
from ipaddress import AddressValueError, IPv6Address
from typing import Final, TypeAlias

from typing_extensions import TypeVar

from asgikit.http.grammar import is_token
from asgikit.request import Request

S = TypeVar("S")

Key: TypeAlias = Callable[[Request[S]], str | None]
"""What a limit is counted by; None for a request that it is not for."""

_LONGEST: Final = 64  # characters of a key that is kept as it is


def by_client(*, ipv6_prefix: int = 64) -> Key[object]:
    """The address of the client, of IPv6 its network: whoever has one address there has a network full of them.

    Clients whose address the server does not tell share one key; behind a proxy all are the proxy, unless a middleware
    further out says who they are. Raises ValueError for a prefix that is not from 1 to 128 bits.
    """
    if not 1 <= ipv6_prefix <= 128:
        raise ValueError(f"ipv6_prefix is a number of bits from 1 to 128, not {ipv6_prefix}")

    def client(request: Request[object]) -> str:
        # The scope itself, as long as nothing else has made a connection of it.
        given = request.scope.get("client")
        if not given:
            return ""
        host = str(given[0])
        return _network(host, ipv6_prefix) if ":" in host else host

    return client


@lru_cache(maxsize=1024)
def _network(host: str, prefix: int) -> str:
    try:
        address = IPv6Address(host.partition("%")[0])
    except AddressValueError:
        return ""  # nothing that a server could have a connection to
    if (mapped := address.ipv4_mapped) is not None:
        return str(mapped)
    return str(IPv6Address(int(address) >> (128 - prefix) << (128 - prefix)))


def by_header(name: str) -> Key[object]:
    """The value of a header field; requests without it share one key, so that leaving it out lifts no limit.

    Whoever may write what they like there has as many keys as they like: for fields that somebody has checked. Raises
    ValueError for what is no name of a field.
    """
    if not is_token(name):
        raise ValueError(f"{name!r} is not a header name")

    def header(request: Request[object]) -> str:
        return "\n".join(request.headers.get_all(name))

    return header


def by_route() -> Key[object]:
    """The method and the pattern of the route; requests without a route share one key.

    Only a router knows the route: what it is around has to be a route or a router, by `wrap`.
    """

    def route(request: Request[object]) -> str:
        matched = request.route
        return f"{request.method} {matched.pattern}" if matched is not None and matched.pattern else ""

    return route


def by_all(first: Key[S], /, *others: Key[S]) -> Key[S]:
    """All of them together: each combination is counted apart. None if one of them says None."""
    keys = (first, *others)

    def combination(request: Request[S]) -> str | None:
        parts: list[str] = []
        for key in keys:
            part = key(request)
            if part is None:
                return None
            parts.append(f"{len(part)}:{part}")  # with lengths, or two combinations could read the same
        return "".join(parts)

    return combination


def bounded(key: str, longest: int = _LONGEST) -> str:
    """The key, or what stands for it where it is longer: clients write them, and we keep them."""
    return key if len(key) <= longest else blake2b(key.encode("utf-8", "surrogatepass"), digest_size=33).hexdigest()
