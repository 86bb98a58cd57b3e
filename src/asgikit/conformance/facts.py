"""What a scope says that the rules of the messages depend on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from asgikit.conformance.values import is_event, is_iterable, is_mapping, is_sequence

KNOWN_EXTENSIONS = frozenset(
    {
        "websocket.http.response",
        "http.response.push",
        "http.response.zerocopysend",
        "http.response.pathsend",
        "http.response.early_hint",
        "http.response.trailers",
        "http.response.debug",
        "tls",
    }
)


class Facts(NamedTuple):
    """The facts of one connection."""

    protocol: str
    """"http", "websocket", "lifespan", or another type, of which nothing is known."""
    method: str
    http: str
    """The version of HTTP, "1.1" where the scope gives none."""
    version: str
    """The spec_version, "2.0" where the scope gives none."""
    extensions: frozenset[str]
    foreign: bool
    """Whether an unknown extension is offered: it may bring messages that the catalogue does not know."""
    offered: frozenset[str]
    """The subprotocols of the client."""
    length: int | None
    """The length that the request declares, if it declares one."""


def _texts(value: object) -> frozenset[str]:
    return frozenset(item for item in value if isinstance(item, str)) if is_iterable(value) else frozenset()


def _declared(headers: object) -> int | None:
    """The request's content-length, unless it is absent, repeated or no number; or the body is chunked."""
    lengths: list[bytes] = []
    for pair in headers if is_sequence(headers) else ():
        if is_sequence(pair) and len(pair) == 2:
            name, value = pair
            if isinstance(name, bytes) and isinstance(value, bytes) and len(name) in {14, 17}:
                lowered = name.lower()
                if lowered == b"transfer-encoding":
                    return None
                if lowered == b"content-length":
                    lengths.append(value)
    return int(lengths[0]) if len(lengths) == 1 and lengths[0].isdigit() and len(lengths[0]) <= 19 else None


def plain_facts(scope: Mapping[str, object]) -> Facts:
    """The facts of an HTTP scope that quick.plain_scope has recognised: no extensions, names in lower case."""
    headers: Any = scope["headers"]
    length = _declared(headers) if b"content-length" in dict(headers) else None
    versions: Any = scope["asgi"]
    version = versions.get("spec_version", "2.0")
    return Facts("http", str(scope["method"]), str(scope["http_version"]), str(version), _NOTHING, False, _NOTHING, length)


_NOTHING: frozenset[str] = frozenset()


def facts_of(scope: object) -> Facts:
    """The facts of a scope, however malformed it is."""
    if not is_event(scope):
        return Facts("", "", "1.1", "2.0", _NOTHING, False, _NOTHING, None)
    protocol = scope.get("type")
    method = scope.get("method")
    http = scope.get("http_version")
    asgi = scope.get("asgi")
    version = asgi.get("spec_version") if is_mapping(asgi) else None
    extensions = scope.get("extensions")
    names = frozenset(name for name in extensions if isinstance(name, str)) if is_mapping(extensions) else frozenset[str]()
    return Facts(
        protocol if isinstance(protocol, str) else "",
        method if isinstance(method, str) else "",
        http if isinstance(http, str) else "1.1",
        version if isinstance(version, str) else "2.0",
        names,
        not names <= KNOWN_EXTENSIONS,
        _texts(scope.get("subprotocols")),
        _declared(scope.get("headers")) if protocol == "http" else None,
    )
