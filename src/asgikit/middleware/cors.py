"""Cross-origin resource sharing (Fetch standard, 3.2)."""

# pyright: reportPrivateUsage=false
# Every response passes here, and most of them are no concern of ours: the one line that they need is added without methods.

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import lru_cache, partial
from typing import Final, Literal, TypeAlias

from asgikit.body import Stream, Upgrade
from asgikit.functions import require_sync
from asgikit.handler import Middleware, after
from asgikit.http.grammar import is_token, split_list
from asgikit.http.headers import Fields, Headers, lines_of
from asgikit.http.listing import listed
from asgikit.http.origin import check_origin
from asgikit.request import Request
from asgikit.response import Response
from asgikit.sending import close_chunks

Origins: TypeAlias = Literal["*"] | Iterable[str | re.Pattern[str]] | Callable[[str], bool]
"""Every origin; origins as browsers send them and patterns of them, which have to match the whole; or who decides."""

# An origin as browsers send it, but "null" (Fetch, 3.2; WHATWG HTML, 7.1.1): patterns and predicates see nothing else.
_TUPLE: Final = re.compile(r"[a-z][a-z0-9+.\-]*://(?:[a-z0-9.\-_~%]+|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?")
_NOBODY: Final = ("https://nobody.invalid", "http://nobody.invalid", "https://nobody.invalid:8443")
_OURS: Final = frozenset({b"access-control-allow-origin", b"vary"})
_LONGEST: Final = 500  # characters of what a preflight asks for that are remembered
_ASKING: Final = ("Access-Control-Request-Method", "Access-Control-Request-Headers")


@dataclass(frozen=True, slots=True)
class Asked:
    """What a preflight asks for: an origin that is allowed, the methods that there are, names of fields, the private network."""

    origin: str
    methods: str
    headers: str
    private_network: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class CORSPolicy:
    """Who may read responses from another origin, and what they may send.

    Raises ValueError for an origin that browsers never send (a path, a default port, upper case), for credentials
    together with every origin, for what is no header name, and for a negative age; CompositionError for a
    predicate that is asynchronous.
    """

    origins: frozenset[str | re.Pattern[str]] | Literal["*"] | Callable[[str], bool]
    headers: frozenset[str] = frozenset()
    credentials: bool = False
    expose: tuple[str, ...] = ()
    max_age: int = 600
    private_network: bool = False
    grant: Callable[[str], Fields] = field(init=False, repr=False, compare=False)
    """What lets pages of this origin read a response, and says that it depends on the origin."""
    unasked: Fields = field(init=False, repr=False, compare=False)
    """What all others are told."""
    tell: Callable[[Asked], Response] = field(init=False, repr=False, compare=False)
    """What a preflight is told that may ask."""

    def __post_init__(self) -> None:
        """Checks every part."""
        if self.origins == "*":
            if self.credentials:
                raise ValueError("credentials for every origin would open the site to all others: name the origins")
        elif callable(self.origins):
            require_sync(self.origins, "cors()")
        else:
            for origin in self.origins:
                _check(origin, credentials=self.credentials)
        for name in (*self.headers, *self.expose):
            if not is_token(name):
                raise ValueError(f"{name!r} is not a header name")
        if "*" in self.headers or ("*" in self.expose and self.credentials):
            raise ValueError("'*' stands for no header here: name those that are sent, or to be read")
        if self.max_age < 0:
            raise ValueError(f"max_age is a number of seconds, not {self.max_age}")
        # A response to everybody is the same also without an origin: a cache may give it to any other.
        unasked = _grant(self, "*") if self.origins == "*" else Headers({"vary": "Origin"}).raw
        object.__setattr__(self, "grant", lru_cache(maxsize=256)(partial(_grant, self)))
        object.__setattr__(self, "unasked", unasked)
        object.__setattr__(self, "tell", lru_cache(maxsize=256)(partial(_tell, self)))

    @property
    def asked_for(self) -> tuple[str, ...]:
        """The fields of a preflight that its answer depends on."""
        own = () if self.origins == "*" else ("Origin",)
        return (*own, *_ASKING, "Access-Control-Request-Private-Network") if self.private_network else (*own, *_ASKING)

    def allows(self, origin: str) -> bool:
        """Whether this origin may read the response; "null" only if it is named, or every origin may."""
        if isinstance(self.origins, str):
            return True
        if callable(self.origins):
            return _TUPLE.fullmatch(origin) is not None and self.origins(origin) is True
        if origin in self.origins:
            return True
        patterns = [pattern for pattern in self.origins if isinstance(pattern, re.Pattern)]
        return bool(patterns) and _TUPLE.fullmatch(origin) is not None and any(p.fullmatch(origin) for p in patterns)


def _check(origin: str | re.Pattern[str], *, credentials: bool) -> None:
    """Raises ValueError for what no browser sends, and for a pattern that every origin matches."""
    if isinstance(origin, re.Pattern):
        if any(origin.fullmatch(nobody) for nobody in _NOBODY) and credentials:
            raise ValueError(f"{origin!r} matches every origin: with credentials that would open the site to all others")
    elif "*" in origin:
        raise ValueError(f"{origin!r} holds a wildcard: write a pattern, re.compile(r'https://[a-z]+\\.example\\.com')")
    elif origin != "null":  # which is named on purpose: sandboxed frames and files send it
        check_origin(origin)


def _grant(policy: CORSPolicy, origin: str) -> Fields:
    fields = [("access-control-allow-origin", "*")]
    if policy.origins != "*":
        fields = [("vary", "Origin"), ("access-control-allow-origin", origin)]
    if policy.credentials:
        fields.append(("access-control-allow-credentials", "true"))
    if policy.expose:
        fields.append(("access-control-expose-headers", ", ".join(policy.expose)))
    return Headers(fields).raw


def origin_of(request: Request[object]) -> str | None:
    """The origin of the page that asks, None if none does."""
    lines = lines_of(request.raw_headers, b"origin")
    return b", ".join(lines).decode("latin-1") if lines else None


def share(policy: CORSPolicy, request: Request[object], response: Response) -> Response:
    """The response with the fields that let the request's origin read it, if it may; the answer if it was a preflight."""
    origin = origin_of(request)
    fields = policy.unasked
    if origin is not None:
        if request.scope.get("method") == "OPTIONS" and is_preflight(request):
            return answer_preflight(policy, request, response)
        if policy.allows(origin):
            fields = policy.grant(origin)
    if isinstance(response._body, Upgrade):  # pages read nothing of it
        return response
    names = {name for name, _ in response._raw}
    if not names.isdisjoint(_OURS):
        # Beside what it says already: a policy further in has the last word, also that of another framework.
        rest = tuple([field for field in fields if field[0] != b"vary"])
        response = response.with_vary("Origin") if len(rest) < len(fields) else response
        fields = () if b"access-control-allow-origin" in names else rest
    return response._of(response._status, response._raw + fields, response._body, response._extras)


def is_preflight(request: Request[object]) -> bool:
    """Whether a browser asks before it sends the real request (Fetch standard, 3.2.2)."""
    return request.method == "OPTIONS" and "origin" in request.headers and "access-control-request-method" in request.headers


def answer_preflight(policy: CORSPolicy, request: Request[object], response: Response) -> Response:
    """What a preflight is told: the methods of the path, by the `Allow` of the response to it.

    Where that has none (something further in refuses the OPTIONS request, as a guard does without credentials), the method
    that is asked for is granted: the real request is still up to whoever refused. Where this policy has nothing to
    grant, or one further in has granted something, the response stays as it is.
    """
    fields, origin = request.headers, origin_of(request) or ""
    if not policy.allows(origin) or "access-control-allow-origin" in response.headers:
        return response.with_vary(*policy.asked_for)
    methods = response.headers.get("allow")
    asked = Asked(
        origin,
        (fields.get("access-control-request-method") or "") if methods is None else methods,
        fields.get("access-control-request-headers") or "",
        fields.get("access-control-request-private-network") == "true",
    )
    is_short = len(asked.methods) + len(asked.headers) < _LONGEST
    answer = policy.tell(asked) if is_short else _tell(policy, asked)
    return answer.then(close_chunks, response.body.chunks) if isinstance(response.body, Stream) else answer


def _tell(policy: CORSPolicy, asked: Asked) -> Response:
    fields = Headers.of(policy.grant(asked.origin)).without("access-control-expose-headers")
    fields = fields.with_field("access-control-allow-methods", ", ".join(filter(is_token, split_list(asked.methods))))
    known = {name.lower() for name in policy.headers}
    if names := [name for name in split_list(asked.headers.lower()) if name in known]:
        fields = fields.with_field("access-control-allow-headers", ", ".join(names))
    if policy.private_network and asked.private_network:
        fields = fields.with_field("access-control-allow-private-network", "true")
    fields = fields.with_field("access-control-max-age", str(policy.max_age)).with_listed("vary", *policy.asked_for)
    return Response.empty(headers=fields)


def cors(  # noqa: PLR0913  # options by keyword
    origins: Origins,
    /,
    *,
    headers: Iterable[str] = (),
    credentials: bool = False,
    expose: Iterable[str] = (),
    max_age: int = 600,
    private_network: bool = False,
) -> Middleware:
    """Lets pages of these origins use the responses, those to errors included; "*" is every origin, without credentials.

    `headers` are the request headers beyond the safelisted ones that may be sent, `max_age` the seconds that a browser
    remembers a preflight, `private_network` lets public pages ask a server of a private network (Private Network Access).
    Raises ValueError for a policy that cannot be meant.
    """
    policy = CORSPolicy(
        origins="*" if origins == "*" else origins if callable(origins) else frozenset(listed(origins, "origins")),
        headers=frozenset(listed(headers, "headers")),
        credentials=credentials,
        expose=listed(expose, "expose"),
        max_age=max_age,
        private_network=private_network,
    )
    return after(partial(share, policy))
