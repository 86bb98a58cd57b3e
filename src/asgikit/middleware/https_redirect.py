"""From http to https (RFC 9110, 4.2.2 and 15.4.9)."""

from __future__ import annotations

from dataclasses import dataclass, replace

from typing_extensions import TypeVar

from asgikit.errors import BadRequest, HTTPError
from asgikit.handler import Handler, Middleware
from asgikit.http.url import URL
from asgikit.request import Request
from asgikit.response import Response

S = TypeVar("S")


@dataclass(frozen=True, kw_only=True, slots=True)
class HTTPSPolicy:
    """For how long a redirect holds, and to which port. Raises ValueError for what is no port."""

    permanent: bool = True
    port: int | None = None

    def __post_init__(self) -> None:
        """Checks the port."""
        if self.port is not None and not 1 <= self.port <= 65535:
            raise ValueError(f"port is a number from 1 to 65535, not {self.port}")


def secured(policy: HTTPSPolicy, url: URL) -> URL:
    """The same URL over TLS. Raises ValueError without a host."""
    if not url.host:
        raise ValueError("there is no host to redirect to")
    return replace(url, scheme="https", port=None if policy.port == 443 else policy.port)


def https_redirect(*, permanent: bool = True, port: int | None = None) -> Middleware:
    """Sends plain HTTP to the same URL over TLS: 308, which keeps method and body, or 307 if not `permanent`.

    The host is the one that was asked for, so only behind `trusted_hosts` is it one of yours; the `port` is that of https
    unless you say another. A handshake over `ws` is refused with 403: browsers follow no redirect, and other clients
    would not notice that they have sent their cookies in the clear. Raises ValueError for what is no port.
    """
    policy = HTTPSPolicy(permanent=permanent, port=port)

    def middleware(handler: Handler[S], /) -> Handler[S]:
        async def redirected(request: Request[S]) -> Response:
            scope = request.scope
            if scope.get("scheme") in {"https", "wss"}:
                return await handler(request)
            if scope["type"] == "websocket":
                raise HTTPError(403, "this WebSocket is for wss only")
            try:
                target = secured(policy, request.url)
            except ValueError as error:
                raise BadRequest("a request needs a Host field", log=str(error)) from None
            return Response.empty(status=308 if policy.permanent else 307, headers=(("location", str(target)),))

        return redirected

    return middleware
