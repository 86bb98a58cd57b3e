"""Header fields that every response has, unless it says otherwise."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import Final

from asgikit.handler import Middleware, after
from asgikit.http.headers import Headers
from asgikit.http.pairs import PairItems
from asgikit.request import Request
from asgikit.response import Response

# What frames one message, or belongs to one connection or handshake (RFC 9110, 6.4, 7.6.1 and 8; RFC 6455, 4.2.2).
_CONTENT: Final = frozenset({"content-encoding", "content-length", "content-range", "content-type", "trailer"})
_CONNECTION: Final = frozenset({"connection", "keep-alive", "proxy-connection", "te", "transfer-encoding", "upgrade"})
_HANDSHAKE: Final = frozenset({"sec-websocket-accept", "sec-websocket-extensions", "sec-websocket-protocol"})


@dataclass(frozen=True, kw_only=True, slots=True)
class DefaultPolicy:
    """The fields. Raises ValueError for none, and for those that describe one message only."""

    headers: Headers
    names: frozenset[bytes] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Checks every name."""
        if not len(self.headers):
            raise ValueError("there are no header fields to add")
        for name, _ in self.headers:
            if name in _CONTENT | _CONNECTION | _HANDSHAKE:
                raise ValueError(f"{name!r} describes one message, and cannot be the same for all")
        object.__setattr__(self, "names", frozenset(name for name, _ in self.headers.raw))


def with_defaults(policy: DefaultPolicy, response: Response) -> Response:
    """The response with those of the fields that it has no line of."""
    present = {name for name, _ in response.raw_headers}
    if present.isdisjoint(policy.names):
        return response.with_added_headers(policy.headers)
    missing = [line for line in policy.headers.raw if line[0] not in present]
    return response.with_added_headers(Headers.of(tuple(missing))) if missing else response


def _transform(policy: DefaultPolicy, _request: Request[object], response: Response) -> Response:
    return with_defaults(policy, response)


def default_headers(fields: PairItems, /) -> Middleware:
    """Adds these fields to every response that has no line of that name, those to errors and handshakes included.

    A name may come several times. Raises ValueError for what HTTP does not allow, for fields that describe one message
    (content-length, connection and the like), and for none.
    """
    return after(partial(_transform, DefaultPolicy(headers=Headers(fields))))
