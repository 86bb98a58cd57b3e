"""The checks of a scope: presence and types of its keys, and the values that the specification names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeAlias
from urllib.parse import unquote

from asgikit.conformance.facts import KNOWN_EXTENSIONS
from asgikit.conformance.tls import tls_findings
from asgikit.conformance.values import Finding, a_kind, is_iterable, is_mapping, shown

Scope: TypeAlias = Mapping[str, object]

_ABSENT = object()

WWW_VERSIONS = frozenset({"2.0", "2.1", "2.2", "2.3", "2.4", "2.5"})
LIFESPAN_VERSIONS = frozenset({"1.0", "2.0"})

_SENSIBLE = {
    "http": frozenset(KNOWN_EXTENSIONS - {"websocket.http.response"}),
    "websocket": frozenset({"websocket.http.response", "tls"}),
}


def scope_findings(scope: Scope) -> list[Finding]:
    """What is wrong with a scope."""
    if not isinstance(scope, dict):
        return [Finding("CORE-SCOPE-001", f"scope is {a_kind(scope)}, not a dict")]
    kind = scope.get("type")
    if not isinstance(kind, str):
        return [Finding("CORE-SCOPE-002", "type is missing" if kind is None else f"type is {shown(kind)}, {a_kind(kind)}")]
    found = [Finding("CORE-SCOPE-005", f"a key of the scope is {shown(key)}") for key in scope if type(key) is not str]
    found.extend(_asgi(scope, kind))
    if kind == "http":
        found.extend(_http(scope))
    elif kind == "websocket":
        found.extend(_websocket(scope))
    elif kind == "lifespan":
        found.extend(_state(scope, "LIFE-STATE-001", empty=True))
    if "extensions" in scope:
        found.extend(_extensions(scope["extensions"], kind, scope.get("scheme")))
    return found


def _asgi(scope: Scope, kind: str) -> Iterator[Finding]:
    asgi = scope.get("asgi", _ABSENT)
    rule = "LIFE-SCOPE-001" if kind == "lifespan" else "CORE-SCOPE-003"
    if not is_mapping(asgi):
        yield Finding(rule, "asgi is missing" if asgi is _ABSENT else f"asgi is {shown(asgi)}, not a dict")
        return
    version = asgi.get("version", _ABSENT)
    if not (isinstance(version, str) and version in {"2.0", "3.0"}):
        yield Finding(rule, "asgi has no version" if version is _ABSENT else f"the version of asgi is {shown(version)}")
    known = {"http": WWW_VERSIONS, "websocket": WWW_VERSIONS, "lifespan": LIFESPAN_VERSIONS}.get(kind)
    level = asgi.get("spec_version", "2.0")
    if known is not None and not (isinstance(level, str) and level in known):
        rule = "LIFE-SCOPE-002" if kind == "lifespan" else "CORE-SCOPE-004"
        yield Finding(rule, f"spec_version is {shown(level)}; versions of this specification: {', '.join(sorted(known))}")
    for key in asgi:
        if not isinstance(key, str):
            yield Finding("CORE-SCOPE-005", f"a key of asgi is {shown(key)}")


def _http(scope: Scope) -> Iterator[Finding]:
    version = scope.get("http_version", _ABSENT)
    if not (isinstance(version, str) and version in {"1.0", "1.1", "2", "3"}):
        yield Finding("HTTP-SCOPE-002", _is("http_version", version))
    method = scope.get("method", _ABSENT)
    if not isinstance(method, str) or not method:
        yield Finding("HTTP-SCOPE-003", _is("method", method))
    elif method != method.upper():
        yield Finding("HTTP-SCOPE-003", f"method is {method!r}, not in upper case")
    scheme = scope.get("scheme", "http")
    if not isinstance(scheme, str) or not scheme:
        yield Finding("HTTP-SCOPE-004", _is("scheme", scheme))
    query = scope.get("query_string", _ABSENT)
    if not isinstance(query, bytes):
        yield Finding("HTTP-SCOPE-011", _is("query_string", query))
    elif b"#" in query or b" " in query:
        yield Finding("HTTP-SCOPE-011", f"query_string is {shown(query)}, which is not percent-encoded")
    yield from _common(scope, "")
    yield from _state(scope, "HTTP-SCOPE-026")


def _websocket(scope: Scope) -> Iterator[Finding]:
    version = scope.get("http_version", "1.1")
    if not (isinstance(version, str) and version in {"1.1", "2", "3"}):
        yield Finding("WS-SCOPE-002", _is("http_version", version))
    scheme = scope.get("scheme", "ws")
    if not isinstance(scheme, str) or not scheme:
        yield Finding("WS-SCOPE-003", _is("scheme", scheme))
    query = scope.get("query_string")
    if query is not None and not isinstance(query, bytes):
        yield Finding("WS-SCOPE-005", _is("query_string", query))
    yield from _common(scope, "WS-SCOPE-004")
    offered = scope.get("subprotocols", ())
    if not is_iterable(offered) or not all(isinstance(item, str) for item in offered):
        yield Finding("WS-SCOPE-008", _is("subprotocols", offered))
    else:
        yield from _offered(scope, list(offered))
    yield from _state(scope, "WS-SCOPE-004")


def _offered(scope: Scope, offered: list[object]) -> Iterator[Finding]:
    """The subprotocols agree with the header field, where that is passed on (RFC 6455, 4.1)."""
    lines = [value for name, value in _pairs(scope.get("headers")) if name.lower() == b"sec-websocket-protocol"]
    if lines:
        named = [item.strip().decode("latin-1") for line in lines for item in line.split(b",") if item.strip()]
        if named != offered:
            yield Finding("WS-SCOPE-010", f"subprotocols is {shown(offered)}, the header field says {shown(named)}")


def _is(key: str, value: object) -> str:
    return f"{key} is missing" if value is _ABSENT else f"{key} is {shown(value)}, {a_kind(value)}"


def _common(scope: Scope, websocket: str) -> Iterator[Finding]:
    """The keys that HTTP and WebSocket share; `websocket` is the one rule that the latter has for them."""
    path, raw, root = scope.get("path", _ABSENT), scope.get("raw_path"), scope.get("root_path", "")
    if not isinstance(path, str):
        yield Finding(websocket or "HTTP-SCOPE-005", _is("path", path))
    if raw is not None and not isinstance(raw, bytes):
        yield Finding(websocket or "HTTP-SCOPE-009", _is("raw_path", raw))
    elif raw is not None and b"?" in raw:
        yield Finding(websocket or "HTTP-SCOPE-009", f"raw_path is {shown(raw)}, with the query")
    if not isinstance(root, str):
        yield Finding(websocket or "HTTP-SCOPE-012", _is("root_path", root))
    if isinstance(path, str) and isinstance(root, str):
        yield from _paths(scope, path, root, websocket)
    yield from _header_findings(scope.get("headers", _ABSENT), "WS-SCOPE-007" if websocket else "HTTP-SCOPE-015", websocket)
    yield from _address("client", scope.get("client"), websocket or "HTTP-SCOPE-023")
    yield from _address("server", scope.get("server"), websocket or "HTTP-SCOPE-024", scope)


def _paths(scope: Scope, path: str, root: str, websocket: str) -> Iterator[Finding]:
    """The relations between path, raw_path and root_path; absolute-form targets are ambiguous and left alone."""
    if not path.startswith("/") and path != "*" and "://" not in path:
        yield Finding("HTTP-SCOPE-008", f"path is {shown(path)}, which does not begin with /")
    raw = scope.get("raw_path")
    if root and root != "/" and not path.startswith(root):
        yield Finding("HTTP-SCOPE-013", f"path is {shown(path)}, root_path is {shown(root)}")
    query = scope.get("query_string")
    if isinstance(query, bytes) and query and path.endswith("?" + query.decode("latin-1")):
        if not isinstance(raw, bytes) or unquote(raw.decode("latin-1")) != path:
            yield Finding(websocket or "HTTP-SCOPE-006", f"path is {shown(path)}, with the query")
    elif isinstance(raw, bytes) and "://" not in path and raw.isascii() and b"?" not in raw and not raw.startswith(b"http"):
        decoded = unquote(raw.decode("ascii"), errors="replace")
        if "\ufffd" not in decoded and path not in {decoded, root + decoded} and path != decoded.removeprefix(root):
            rule = "HTTP-SCOPE-005" if path.encode(errors="replace") == raw else "HTTP-SCOPE-010"
            yield Finding(websocket or rule, f"path is {shown(path)}, raw_path decodes to {shown(decoded)}")


def _pairs(headers: object) -> Iterator[tuple[bytes, bytes]]:
    for pair in headers if is_iterable(headers) else ():
        items = list(pair) if is_iterable(pair) else []
        if len(items) == 2 and isinstance(items[0], bytes) and isinstance(items[1], bytes):
            yield items[0], items[1]


def _header_findings(headers: object, rule: str, websocket: str) -> Iterator[Finding]:
    if not is_iterable(headers):
        yield Finding(rule, _is("headers", headers))
        return
    for pair in headers:
        items = list(pair) if is_iterable(pair) else []
        if len(items) != 2 or not isinstance(items[0], bytes) or not isinstance(items[1], bytes):
            yield Finding(rule, f"a header is {shown(pair)}, not a pair of bytes")
            continue
        name = items[0]
        if name.startswith(b":"):
            yield Finding((websocket and rule) or "HTTP-SCOPE-019", f"{shown(name)} is a pseudo-header")
        elif not name.islower() and name != name.lower():
            yield Finding("HTTP-SCOPE-016", f"the header name {shown(name)} is not in lower case")


def _address(key: str, value: object, rule: str, scope: Scope | None = None) -> Iterator[Finding]:
    """A pair of host and port; with a scope it is `server`, which can be the path of a Unix socket and None (since 2.2)."""
    if value is None:
        return
    items = list(value) if is_iterable(value) else []
    if len(items) != 2 or not isinstance(items[0], str):
        yield Finding(rule, f"{key} is {shown(value)}, not a pair of host and port")
    elif items[1] is None and scope is not None:
        asgi = scope.get("asgi")
        level = asgi.get("spec_version", "2.0") if is_mapping(asgi) else "2.0"
        if isinstance(level, str) and level in {"2.0", "2.1"}:
            yield Finding("VER-002", f"server is {shown(value)} with spec_version {level}; the path of a socket came with 2.2")
    elif type(items[1]) is not int or not 0 <= items[1] <= 65535:
        yield Finding(rule, f"the port of {key} is {shown(items[1])}")


def _state(scope: Scope, rule: str, *, empty: bool = False) -> Iterator[Finding]:
    if "state" in scope:
        state = scope["state"]
        if not is_mapping(state):
            yield Finding(rule, f"state is {shown(state)}, not a dict")
        elif empty and state:
            yield Finding(rule, f"state holds {shown(list(state))} before the application put anything there")


def _extensions(extensions: object, kind: str, scheme: object) -> Iterator[Finding]:
    if extensions is None:
        return
    if not is_mapping(extensions):
        yield Finding("CORE-EXT-001", f"extensions is {shown(extensions)}, not a dict")
        return
    for name, value in extensions.items():
        if not isinstance(name, str):
            yield Finding("CORE-EXT-002", f"the name of an extension is {shown(name)}")
        elif not is_mapping(value):
            yield Finding("CORE-EXT-003", f"the extension {name} is {shown(value)}, not a dict")
        elif name == "http.response.debug":
            yield Finding("EXT-DEBUG-003", "the debug extension is for tests only")
        elif name in KNOWN_EXTENSIONS and name not in _SENSIBLE.get(kind, frozenset()):
            yield Finding("CORE-EXT-006", f"the extension {name} makes no sense in {kind}")
    tls = extensions.get("tls")
    if is_mapping(tls):
        yield from tls_findings(tls, scheme)
