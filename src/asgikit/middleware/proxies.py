"""What trusted proxies say of a request: its client, scheme, host and prefix (RFC 7239, and the X-Forwarded fields)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Final, Literal, TypeAlias

from typing_extensions import TypeVar

from asgikit.asgi import HTTPScope, WebSocketScope
from asgikit.errors import BadRequest
from asgikit.handler import Handler, Middleware
from asgikit.http.forwarded import Node, check_host, parse_forwarded
from asgikit.http.grammar import OWS
from asgikit.http.listing import listed
from asgikit.http.url import DEFAULT_PORTS, encode_path, split_authority
from asgikit.networks import IPNetwork, Networks, address_of, plain
from asgikit.request import Request
from asgikit.response import Response
from asgikit.target import decoded_path, origin_form

S = TypeVar("S")

Scope: TypeAlias = HTTPScope | WebSocketScope
Lines: TypeAlias = Sequence[Sequence[bytes]]

Fields: TypeAlias = Literal["forwarded", "x-forwarded"]
"""The family of fields that proxies write. Only one of them is read: the other one may come from the client."""

Also: TypeAlias = Literal["host", "port", "prefix"]
"""X-Forwarded fields that many proxies pass on as the client has sent them, so that they are believed on demand only."""

_LONGEST: Final = 256
_FIELDS: Final = {
    "forwarded": frozenset({b"forwarded"}),
    "x-forwarded": frozenset({b"x-forwarded-%s" % name for name in (b"for", b"proto", b"host", b"port", b"prefix")}),
}
_SCHEMES: Final = {"http": ("http", "ws"), "https": ("https", "wss"), "ws": ("http", "ws"), "wss": ("https", "wss")}
# Segments of RFC 3986, 3.3, none of them empty or dots; without percent-encoding, so that it is one text in every place.
_PREFIX: Final = re.compile(r"(?:/(?!\.{1,2}(?:/|$))[A-Za-z0-9\-._~!$&'()*+,;=:@]+)*/?")


@dataclass(frozen=True, kw_only=True, slots=True)
class ProxyPolicy:
    """Which proxies are believed, and what. Raises ValueError for what would believe clients.

    That is a network of all addresses without `hops`, or nobody at all. `unix` trusts peers without an address; `also` are
    X-Forwarded fields that the proxies overwrite.
    """

    trusted: Networks
    fields: Fields
    hops: int | None = None
    unix: bool = False
    also: frozenset[Also] = frozenset()

    def __post_init__(self) -> None:
        """Checks them together."""
        if self.fields not in {"forwarded", "x-forwarded"}:
            raise ValueError(f"fields is 'forwarded' or 'x-forwarded', not {self.fields!r}")
        if not self.trusted and not self.unix:
            raise ValueError("nobody is trusted: give the networks of your proxies, or leave proxies() out")
        if self.hops is not None and self.hops < 1:
            raise ValueError(f"hops is the number of proxies in front, at least 1, not {self.hops}")
        if self.trusted.has_all and self.hops is None:
            raise ValueError(
                "every address is trusted, so clients could write their own: say with hops how many proxies there are"
            )
        if not self.also <= {"host", "port", "prefix"}:
            raise ValueError(f"also names some of 'host', 'port' and 'prefix', not {sorted(self.also)}")
        if self.fields == "forwarded" and self.also:
            raise ValueError("host, port and prefix are X-Forwarded fields: Forwarded has its own host")

    def trusts(self, host: object) -> bool:
        """Whether this peer is a proxy of ours; None, or an empty text, for one without an address."""
        return self.trusted.has(address_of(host)) if isinstance(host, str) and host else self.unix and not host


@dataclass(frozen=True, kw_only=True, slots=True)
class Facts:
    """What proxies say of a request, None for what they say nothing of. A client is "unknown" whom they know and do not name."""

    client: tuple[str, int] | Literal["unknown"] | None = None
    scheme: str | None = None
    host: str | None = None
    port: int | None = None
    prefix: str = ""


_NOTHING: Final = Facts()


def reach(policy: ProxyPolicy, nodes: Iterable[Node | None]) -> tuple[int, Node | None]:
    """How many of the nodes are believed, the nearest first, and the last of these: the client.

    Each proxy names whom it was asked by. Who that is may say the next one only if it is trusted itself.
    """
    count, node = 0, None
    for node in nodes:
        count += 1
        address = None if node is None or isinstance(node.name, str) else plain(node.name)
        if count == policy.hops or not policy.trusted.has(address):
            break
    return count, node


def _client(count: int, node: Node | None) -> tuple[str, int] | Literal["unknown"] | None:
    if not count:
        return None
    if node is None or isinstance(node.name, str):
        return "unknown"
    return str(plain(node.name)), node.port if isinstance(node.port, int) else 0


def read(policy: ProxyPolicy, lines: Lines) -> Facts:
    """What the fields of a trusted peer say. Raises ValueError for malformed ones, as far as they are believed."""
    fields: dict[bytes, str] = {}
    for line in lines:
        value = line[1].decode("latin-1")
        fields[line[0]] = f"{fields[line[0]]}, {value}" if line[0] in fields else value
    return read_forwarded(policy, fields) if policy.fields == "forwarded" else read_x_forwarded(policy, fields)


def read_forwarded(policy: ProxyPolicy, fields: Mapping[bytes, str]) -> Facts:
    """What Forwarded says. Raises ValueError for a malformed field."""
    elements = parse_forwarded(fields.get(b"forwarded", ""))
    count, node = reach(policy, (element.client for element in reversed(elements)))
    # The outermost proxy that is believed has seen what the client sent; those behind it where it was passed on to.
    believed = elements[len(elements) - count :]
    return Facts(
        client=_client(count, node),
        scheme=next((element.proto for element in believed if element.proto is not None), None),
        host=next((element.host for element in believed if element.host is not None), None),
    )


def read_x_forwarded(policy: ProxyPolicy, fields: Mapping[bytes, str]) -> Facts:
    """What the X-Forwarded fields say. Raises ValueError for malformed ones, as far as they are believed.

    Of a list each proxy has added its own element, or the nearest one has overwritten all of it.
    """
    nodes = _listed(fields.get(b"x-forwarded-for"))
    count, node = reach(policy, (Node.parse_bare(text) for text in reversed(nodes)))

    def believed(name: bytes) -> list[str]:
        return _listed(fields.get(name))[-max(count, 1) :]

    host = believed(b"x-forwarded-host") if "host" in policy.also else []
    port = believed(b"x-forwarded-port") if "port" in policy.also else []
    scheme = believed(b"x-forwarded-proto")
    return Facts(
        client=_client(count, node),
        scheme=scheme[0] if scheme else None,
        host=host[0] if host else None,
        port=_port(port[0]) if port else None,
        prefix="".join(_prefix(text) for text in believed(b"x-forwarded-prefix")) if "prefix" in policy.also else "",
    )


def _listed(value: str | None) -> list[str]:
    # These lists know no quotes: one that a client opens must not reach to what its proxy adds.
    return [text for text in (part.strip(OWS) for part in value.split(",")) if text] if value else []


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 5 and 0 < int(text) <= 65535):
        raise ValueError(f"{text!r} is no port")
    return int(text)


def _prefix(text: str) -> str:
    if _PREFIX.fullmatch(text) is None:
        raise ValueError(f"{text!r} is no prefix of a path: segments that are plain text, a slash before each")
    return text.rstrip("/")


def corrected(scope: Scope, facts: Facts) -> Scope:
    """A scope as it were without the proxies; the same one if they say nothing. Raises ValueError for what no scope can hold."""
    if facts == _NOTHING:
        return scope
    changed = scope.copy()
    if facts.client is not None:
        changed["client"] = None if facts.client == "unknown" else facts.client
    if facts.scheme is not None:
        schemes = _SCHEMES.get(facts.scheme.lower())
        if schemes is None:
            raise ValueError(f"{facts.scheme!r} is no scheme of a request")
        changed["scheme"] = schemes[scope["type"] == "websocket"]
    if facts.host is not None or facts.port is not None:
        _set_host(changed, facts)
    if facts.prefix:
        _set_prefix(changed, facts.prefix)
    return changed


def _set_host(scope: Scope, facts: Facts) -> None:
    lines = list(scope["headers"])
    host = facts.host
    if host is None:
        host = next((bytes(line[1]).decode("latin-1") for line in lines if line[0].lower() == b"host"), "")
    check_host(host)
    name, port = split_authority(host)
    if port is None and facts.port is not None and DEFAULT_PORTS.get(scope.get("scheme") or "") != facts.port:
        host = f"{name}:{facts.port}"
    scope["headers"] = [(b"host", host.encode("latin-1")), *(line for line in lines if line[0].lower() != b"host")]


def _set_prefix(scope: Scope, prefix: str) -> None:
    """A proxy has taken the prefix off the path; a scope has it in both (www, HTTP Connection Scope)."""
    root = (scope.get("root_path") or "").rstrip("/")
    if (root + "/").startswith(prefix + "/"):
        return  # the server was told the same
    raw = scope.get("raw_path")
    path = decoded_path(scope["path"], raw)
    added = prefix if (path + "/").startswith(root + "/") else prefix + root  # servers do not agree on whether it is there
    scope["root_path"] = prefix + root
    scope["path"] = added + path
    if raw is not None:
        scope["raw_path"] = (encode_path(added) + origin_form(raw.decode("latin-1"))).encode("latin-1")


def _corrector(policy: ProxyPolicy) -> Callable[[Scope, Lines], Scope]:
    remembered = lru_cache(maxsize=1024)(partial(read, policy))

    def correct(scope: Scope, lines: Lines) -> Scope:
        try:
            # The same client comes back; what is long is not worth remembering.
            facts = remembered(lines) if sum([len(value) for _, value in lines]) <= _LONGEST else read(policy, lines)
            return corrected(scope, facts)
        except ValueError as error:
            raise BadRequest("a proxy says of this request what cannot be", log=f"{error!s:.200}") from None

    return correct


def _written(wanted: frozenset[bytes], raw: Sequence[Sequence[bytes]]) -> tuple[tuple[bytes, bytes], ...]:
    """What proxies may have written: as `lines_of`, for several names at once."""
    return tuple([(key, value) for name, value in raw if len(name) < 20 and (key := name.lower()) in wanted])


def proxies(
    trusted: Iterable[str | IPNetwork],
    /,
    *,
    fields: Fields,
    hops: int | None = None,
    unix: bool = False,
    also: Iterable[Also] = (),
) -> Middleware:
    """Believes what proxies in these networks say of a request: its client and scheme, and where the client sent it.

    From the right, each address that is trusted itself is one more proxy, `hops` of them at most; the first other one is
    the client. `fields` says what the proxies write: "forwarded", with the host in it, or "x-forwarded", that is
    X-Forwarded-For and -Proto, and `also` -Host, -Port or -Prefix if your proxies overwrite these, too. `unix` trusts
    whoever comes without an address, over a UNIX socket. What a trusted proxy says has to be well-formed: else 400.
    Those further in see the right values, and logs further out do. Raises ValueError for what would believe clients.
    """
    policy = ProxyPolicy(trusted=Networks(trusted), fields=fields, hops=hops, unix=unix, also=frozenset(listed(also, "also")))
    trusts = lru_cache(maxsize=1024)(policy.trusts)
    correct = _corrector(policy)
    wanted = _FIELDS[fields]

    def middleware(handler: Handler[S], /) -> Handler[S]:
        async def forwarded(request: Request[S]) -> Response:
            scope = request.scope
            peer = scope.get("client")
            if not trusts(peer[0] if peer else None):
                return await handler(request)
            lines = _written(wanted, request.raw_headers)
            changed = correct(scope, lines) if lines else scope
            return await handler(request if changed is scope else request.with_scope(changed))

        return forwarded

    return middleware
