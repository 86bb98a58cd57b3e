"""Cross-origin resource sharing (Fetch standard, 3.2)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from typing import Literal

from typing_extensions import TypeVar

from asgikit.errors import HTTPError
from asgikit.handler import Handler, Middleware, after
from asgikit.http.grammar import is_token, split_list
from asgikit.http.headers import Headers
from asgikit.http.origin import check_origin
from asgikit.request import Request
from asgikit.response import Response

S = TypeVar("S")


@dataclass(frozen=True, kw_only=True, slots=True)
class CORSPolicy:
    """Who may read responses from another origin, and what they may send.

    Raises ValueError for an origin that browsers never send (a path, a default port, upper case), for credentials
    together with every origin, and for what is no header name.
    """

    origins: frozenset[str] | Literal["*"]
    headers: frozenset[str] = frozenset()
    credentials: bool = False
    expose: tuple[str, ...] = ()
    max_age: int = 600

    def __post_init__(self) -> None:
        """Checks every part."""
        if self.origins == "*":
            if self.credentials:
                raise ValueError("credentials for every origin would open the site to all others: name the origins")
        else:
            for origin in self.origins:
                if origin != "null":  # which is named on purpose: sandboxed frames and files send it
                    check_origin(origin)
        for name in (*self.headers, *self.expose):
            if not is_token(name):
                raise ValueError(f"{name!r} is not a header name")

    def allows(self, origin: str) -> bool:
        """Whether this origin may read the response."""
        return self.origins == "*" or origin in self.origins


def share(policy: CORSPolicy, request: Request[object], response: Response) -> Response:
    """The response with the fields that let the request's origin read it, if it may."""
    headers = response.headers
    if policy.origins != "*":
        headers = headers.with_listed("vary", "Origin")
    origin = request.headers.get("origin")
    if origin is not None and policy.allows(origin):
        headers = _allowed(policy, origin, headers)
        if policy.expose:
            headers = headers.with_field("access-control-expose-headers", ", ".join(policy.expose))
    return response.with_headers(headers)


def _allowed(policy: CORSPolicy, origin: str, headers: Headers) -> Headers:
    headers = headers.with_field("access-control-allow-origin", "*" if policy.origins == "*" else origin)
    return headers.with_field("access-control-allow-credentials", "true") if policy.credentials else headers


def is_preflight(request: Request[object]) -> bool:
    """Whether a browser asks before it sends the real request (Fetch standard, 3.2.2)."""
    return request.method == "OPTIONS" and "origin" in request.headers and "access-control-request-method" in request.headers


def answer_preflight(policy: CORSPolicy, request: Request[object], response: Response | None) -> Response:
    """What a preflight is told: the methods that the path really has, by the `Allow` of the inner response.

    Where that has none (something further in refused the OPTIONS request), the method that is asked for is granted:
    the real request is still up to whoever refused.
    """
    headers = Headers().with_listed("vary", "Origin", "Access-Control-Request-Method", "Access-Control-Request-Headers")
    origin = request.headers.get("origin") or ""
    if not policy.allows(origin):
        return Response.empty(headers=headers)
    headers = _allowed(policy, origin, headers)
    asked = request.headers.get("access-control-request-method") or ""
    allowed = None if response is None else response.headers.get("allow")
    methods = allowed or (asked if is_token(asked) else "")
    headers = headers.with_field("access-control-allow-methods", methods)
    wanted = split_list((request.headers.get("access-control-request-headers") or "").lower())
    known = {name.lower() for name in policy.headers}
    if granted := [name for name in wanted if name in known]:
        headers = headers.with_field("access-control-allow-headers", ", ".join(granted))
    return Response.empty(headers=headers.with_field("access-control-max-age", str(policy.max_age)))


async def _inside(handler: Handler[S], request: Request[S]) -> Response | None:
    """What the path answers to OPTIONS; None if something further in refuses, as a guard does without credentials."""
    try:
        return await handler(request)
    except HTTPError:
        return None


def cors(
    origins: Iterable[str] | Literal["*"],
    /,
    *,
    headers: Iterable[str] = (),
    credentials: bool = False,
    expose: Iterable[str] = (),
    max_age: int = 600,
) -> Middleware:
    """Lets pages of these origins use the responses, those to errors included; "*" is every origin, without credentials.

    `headers` are the request headers beyond the safelisted ones that may be sent, `max_age` the seconds that a
    browser remembers a preflight. Raises ValueError for a policy that cannot be meant.
    """
    for name, given in (("origins", origins), ("headers", headers), ("expose", expose)):
        if isinstance(given, str) and (name, given) != ("origins", "*"):
            raise ValueError(f"{name} is a list of texts: write [{given!r}]")
    policy = CORSPolicy(
        origins="*" if isinstance(origins, str) else frozenset(origins),
        headers=frozenset(headers),
        credentials=credentials,
        expose=tuple(expose),
        max_age=max_age,
    )
    shared = after(partial(share, policy))

    def middleware(handler: Handler[S], /) -> Handler[S]:
        onward = shared(handler)

        async def checked(request: Request[S]) -> Response:
            if is_preflight(request):
                return answer_preflight(policy, request, await _inside(handler, request))
            return await onward(request)

        return checked

    return middleware
