"""Which clients may ask, by their addresses."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from typing_extensions import TypeVar

from asgikit.errors import HTTPError
from asgikit.handler import Handler, Middleware
from asgikit.networks import IPNetwork, Networks, address_of
from asgikit.request import Request
from asgikit.response import Response

S = TypeVar("S")


@dataclass(frozen=True, kw_only=True, slots=True)
class IPPolicy:
    """Networks whose clients may ask, None for all, but for those in `deny`; `unknown` is whether one without address may.

    Raises ValueError for a policy that keeps nobody out, and one that lets nobody in.
    """

    allow: Networks | None
    deny: Networks
    unknown: bool = False

    def __post_init__(self) -> None:
        """Checks them together."""
        if self.allow is None and not self.deny:
            raise ValueError("ip_allow() without a network keeps nobody out: give those to allow, or to deny")
        if self.allow is not None and not self.allow and not self.unknown:
            raise ValueError("the list of allowed networks is empty: nobody could ask")


def allows(policy: IPPolicy, host: object) -> bool:
    """Whether a client with this address may ask; what is no address is unknown."""
    address = address_of(host) if isinstance(host, str) else None
    if address is None:
        return policy.unknown
    return not policy.deny.has(address) and (policy.allow is None or policy.allow.has(address))


def ip_allow(
    allow: Iterable[str | IPNetwork] | None = None, /, *, deny: Iterable[str | IPNetwork] = (), unknown: bool = False
) -> Middleware:
    """Lets in clients from these networks, from all if none are given, but never from those in `deny`: 403 for others.

    The client is the peer of the connection, so behind a proxy this belongs inside `proxies`. IPv6 addresses that wrap
    IPv4 count as IPv4. One without an address (a UNIX socket, a client that a proxy does not name) may only with `unknown`.
    Raises ValueError for what is no network, and for a policy that lets in everybody or nobody.
    """
    policy = IPPolicy(allow=None if allow is None else Networks(allow), deny=Networks(deny), unknown=unknown)

    @lru_cache(maxsize=1024)
    def remembered(host: object) -> bool:
        return allows(policy, host)

    def middleware(handler: Handler[S], /) -> Handler[S]:
        async def checked(request: Request[S]) -> Response:
            client = request.scope.get("client")
            if remembered(client[0] if client else None):
                return await handler(request)
            raise HTTPError(403, "Forbidden", log=f"client {client!r:.100} is not allowed")

        return checked

    return middleware
