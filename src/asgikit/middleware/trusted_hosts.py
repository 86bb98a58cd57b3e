"""Which hosts an application answers for (RFC 9110, 7.4; RFC 9112, 3.2)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import lru_cache
from ipaddress import IPv6Address
from typing import Final, Literal, NamedTuple, TypeAlias

from typing_extensions import TypeVar

from asgikit.errors import HTTPError
from asgikit.handler import Handler, Middleware
from asgikit.http.headers import lines_of
from asgikit.http.listing import listed
from asgikit.http.url import DEFAULT_PORTS, split_authority
from asgikit.request import Request
from asgikit.response import Response

S = TypeVar("S")

Verdict: TypeAlias = Literal["ours", "www", "foreign", "malformed"]
"""What a Host field is: one of ours, one of ours without its "www.", somebody else's, or no host at all."""

_LONGEST: Final = 255 + 6  # octets of a name, and of a port (RFC 1035, 2.3.4): what is longer is not worth remembering
# RFC 1123, 2.1, and underscores, which names of hosts inside networks have; international names in their xn-- form
_NAME: Final = re.compile(r"[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?)*|\[[0-9a-f:.]+\]")


class _Authority(NamedTuple):
    name: str
    port: int | None


class _Pattern(NamedTuple):
    name: str
    port: int | None
    below: bool

    def fits(self, name: str, port: int | None) -> bool:
        if self.port is not None and self.port != port:
            return False
        return name.endswith("." + self.name) if self.below else name == self.name


def _authority(text: str) -> _Authority:
    """Name and port, one spelling for each name. Raises ValueError for what is no host."""
    name, port = split_authority(text.lower())
    if name.startswith("["):
        name = f"[{IPv6Address(name[1:-1])}]"
    name = name.removesuffix(".")
    if _NAME.fullmatch(name) is None:
        raise ValueError(f"{text!r} is not a host")
    return _Authority(name, port)


@dataclass(frozen=True, kw_only=True, slots=True)
class HostPolicy:
    """The hosts that are ours: names, with or without a port, and `*.` before a name for all below it.

    `www_redirect` sends who leaves the "www." out to the name that has it. Raises ValueError for what is no host, for "*",
    which would be all of them, and for no host at all.
    """

    hosts: frozenset[str]
    www_redirect: bool = False
    _patterns: tuple[_Pattern, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Checks every host."""
        if not self.hosts:
            raise ValueError("no host is trusted: name those that are yours")
        for host in self.hosts:
            if host == "*":
                raise ValueError("'*' trusts every host: leave trusted_hosts() out instead")
        patterns = tuple(_Pattern(*_authority(host.removeprefix("*.")), host.startswith("*.")) for host in self.hosts)
        object.__setattr__(self, "_patterns", patterns)

    def has(self, name: str, port: int | None) -> bool:
        """Whether a name in lower case, on this port, is one of ours."""
        return any(pattern.fits(name, port) for pattern in self._patterns)


def judge(policy: HostPolicy, host: str, scheme: str) -> Verdict:
    """What the Host field of a request over this scheme is. A port that is left out is that of the scheme."""
    try:
        name, port = _authority(host)
    except ValueError:
        return "malformed"
    port = DEFAULT_PORTS.get(scheme) if port is None else port
    if policy.has(name, port):
        return "ours"
    if policy.www_redirect and policy.has(f"www.{name}", port):
        return "www"
    return "foreign"


def answer(verdict: Verdict, request: Request[object]) -> Response:
    """The response to a request that is not for us. Raises HTTPError: 400 without a host, 421 for another one.

    A handshake is never redirected: browsers do not follow.
    """
    if verdict == "www" and request.scope["type"] == "http":
        url = request.url
        return Response.redirect(str(replace(url, host=f"www.{url.host}")), status=308, external=True)
    if verdict == "malformed":
        raise HTTPError(400, "a request needs one Host field, with a host in it")
    log = f"Host {request.headers.get('host')!r:.200}"
    raise HTTPError(421, "this server does not answer for this host", log=log)


def trusted_hosts(hosts: Iterable[str], /, *, www_redirect: bool = False) -> Middleware:
    """Answers for these hosts only, handshakes too: 421 for others, 400 for a request without one, or with several.

    "example.com" is that name on any port, "example.com:8000" on this one, "*.example.com" every name below it, but not
    itself. Case and a dot at the end make no difference. With `www_redirect`, who asks for "example.com" is sent to
    "www.example.com", if only that is trusted. Raises ValueError for what is no host, and for none.
    """
    policy = HostPolicy(hosts=frozenset(listed(hosts, "hosts")), www_redirect=www_redirect)

    # As browsers send them, and nearly always right: no need to judge.
    usual = frozenset(host.encode() for host in policy.hosts if judge(policy, host, "") == "ours" and ":" not in host)

    @lru_cache(maxsize=1024)
    def remembered(host: bytes, scheme: str) -> Verdict:
        return judge(policy, host.decode("latin-1"), scheme)

    def middleware(handler: Handler[S], /) -> Handler[S]:
        async def checked(request: Request[S]) -> Response:
            scope = request.scope
            lines = lines_of(request.raw_headers, b"host")
            if len(lines) != 1 or len(lines[0]) > _LONGEST:
                return answer("malformed", request)
            if lines[0] in usual:
                return await handler(request)
            verdict = remembered(lines[0], scope.get("scheme") or "")
            return await handler(request) if verdict == "ours" else answer(verdict, request)

        return checked

    return middleware
