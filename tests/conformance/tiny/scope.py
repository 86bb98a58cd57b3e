"""Scopes, right or wrong."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote_to_bytes

from tests.conformance.tiny.habits import Habits
from tests.conformance.tiny.head import Head

Scope = dict[str, Any]

OPTIONAL = ("scheme", "raw_path", "root_path", "client", "server", "extensions", "subprotocols", "http_version")


class Malformed(Exception):
    """A target that this server cannot make a scope of."""


def split(target: bytes) -> tuple[bytes, bytes]:
    """Path and query, of a target in any form."""
    path, _, query = target.partition(b"?")
    if b"://" in path and not path.startswith(b"/"):
        path = b"/" + path.partition(b"://")[2].partition(b"/")[2]
    return path, query


def decoded(path: bytes, habits: Habits) -> str:
    """The path as text; bytes that are not UTF-8 become U+FFFD."""
    data = unquote_to_bytes(path)
    if habits.breaks("HTTP-SCOPE-005"):
        data = path
    try:
        return data.decode()
    except UnicodeDecodeError:
        if habits.breaks("HTTP-SCOPE-007"):
            raise Malformed from None
        return data.decode("utf-8", "replace")


def extensions(kind: str, head: Head, habits: Habits) -> Any:
    """What is advertised."""
    names = ["early_hint", "trailers", "pathsend", "zerocopysend"]
    found: dict[str, Any] = {f"http.response.{name}": {} for name in names} if kind == "http" else {"websocket.http.response": {}}
    if head.version == "1.0" or habits.has("http-1.0"):
        found.pop("http.response.trailers", None)
    if habits.breaks("EXT-DEBUG-003"):
        found["http.response.debug"] = {}
    if habits.breaks("EXT-TLS-001"):
        found["tls"] = {"server_cert": None, "tls_version": None, "cipher_suite": None}
    if habits.breaks("CORE-EXT-003"):
        found = dict.fromkeys(found, True)
    return list(found) if habits.breaks("CORE-EXT-001") else found


def headers(head: Head, habits: Habits) -> list[Any]:
    """Names in lower case, values as they came."""
    found = [(name if habits.has("original-case") else name.lower(), value) for name, value in head.fields]
    if habits.breaks("HTTP-SCOPE-018"):
        found.reverse()
    if habits.breaks("HTTP-SCOPE-018:merged"):
        names = dict.fromkeys(name for name, _ in found)
        found = [(name, b",".join(value for key, value in found if key == name)) for name in names]
    if habits.breaks("HTTP-SCOPE-019"):
        found.insert(0, (b":path", head.target))
    if habits.breaks("HTTP-SCOPE-029"):
        found.append((b"x-request-id", b"1"))
    if habits.breaks("HTTP-SCOPE-015"):
        return [(name.decode("latin-1"), value.decode("latin-1")) for name, value in found]
    return [list(pair) for pair in found] if habits.has("plain-scope") else list(found)


def version(habits: Habits) -> dict[str, Any]:
    """The asgi key."""
    spec: Any = "2.3" if habits.has("old-spec") else "2.5"
    if habits.breaks("VER-004"):
        spec = "2.4"
    if habits.breaks("VER-006"):
        spec = "2.3"
    return {"version": "3.0", "spec_version": 2.5 if habits.breaks("CORE-SCOPE-004") else spec}


def build(head: Head, kind: str, ends: tuple[Any, Any], root_path: str, habits: Habits) -> Scope:
    """The scope of a request or a WebSocket, without its state. Raises Malformed."""
    raw, query = split(head.target)
    path = decoded(raw, habits)
    if root_path and not (path == root_path or path.startswith(root_path + "/")):
        path = root_path + path
    scope: Scope = {
        "type": kind,
        "asgi": version(habits),
        "http_version": head.version,
        "method": head.method.decode("ascii") if habits.breaks("HTTP-SCOPE-031") else head.method.decode("ascii").upper(),
        "scheme": "ws" if kind == "websocket" else "http",
        "path": path,
        "raw_path": raw,
        "query_string": query,
        "root_path": root_path,
        "headers": headers(head, habits),
        "client": tuple(ends[0][:2]),
        "server": tuple(ends[1][:2]),
        "extensions": extensions(kind, head, habits),
    }
    if kind == "websocket":
        del scope["method"]
        scope["subprotocols"] = offered(head)
    for rule, change in CHANGES.items():
        if habits.breaks(rule) and rule.startswith("WS-") <= (kind == "websocket"):
            change(scope, head)
    return vary(scope, habits)


def vary(scope: Scope, habits: Habits) -> Scope:
    """The same in other legal words."""
    if habits.has("no-extensions"):
        del scope["extensions"]
    if habits.has("unknown-keys"):
        scope |= {"tiny.number": 7, "tiny.object": object()}
    if habits.has("plain-scope"):
        kept = {"http_version"} if scope["type"] == "http" else {"subprotocols"}
        scope = {key: value for key, value in scope.items() if key not in OPTIONAL or key in kept}
    return scope


def offered(head: Head) -> list[str]:
    """The subprotocols, in the client's order."""
    values = [part.strip(b" \t") for value in head.all(b"sec-websocket-protocol") for part in value.split(b",")]
    return [value.decode("latin-1") for value in values if value]


def _set(key: str, value: Callable[[Scope, Head], Any]) -> Callable[[Scope, Head], None]:
    def change(scope: Scope, head: Head) -> None:
        scope[key] = value(scope, head)

    return change


CHANGES: dict[str, Callable[[Scope, Head], Any]] = {
    "CORE-SCOPE-003": lambda scope, head: scope.pop("asgi"),
    "HTTP-SCOPE-002": _set("http_version", lambda scope, head: f"HTTP/{head.version}"),
    "HTTP-SCOPE-003": _set("method", lambda scope, head: head.method.decode().lower()),
    "HTTP-SCOPE-004": _set("scheme", lambda scope, head: ""),
    "HTTP-SCOPE-006": _set("path", lambda scope, head: head.target.decode("latin-1")),
    "HTTP-SCOPE-009": _set("raw_path", lambda scope, head: head.target),
    "HTTP-SCOPE-010": _set("path", lambda scope, head: scope["path"].lower() + "/"),
    "HTTP-SCOPE-011": _set("query_string", lambda scope, head: unquote_to_bytes(scope["query_string"])),
    "HTTP-SCOPE-012": _set("root_path", lambda scope, head: None),
    "HTTP-SCOPE-013": _set("root_path", lambda scope, head: "/elsewhere"),
    "HTTP-SCOPE-023": _set("client", lambda scope, head: (scope["client"][0], str(scope["client"][1]))),
    "HTTP-SCOPE-024": _set("server", lambda scope, head: (scope["server"][0],)),
    "WS-SCOPE-002": _set("http_version", lambda scope, head: "1.0"),
    "WS-SCOPE-003": _set("scheme", lambda scope, head: ""),
    "WS-SCOPE-005": _set("query_string", lambda scope, head: scope["query_string"].decode("latin-1")),
    "WS-SCOPE-008": _set("subprotocols", lambda scope, head: [name.encode() for name in scope["subprotocols"]]),
    "WS-SCOPE-010": _set("subprotocols", lambda scope, head: scope["subprotocols"][:1]),
}
"""What is wrong in a scope, by rule."""


def with_state(scope: Scope, namespace: dict[str, Any] | None, habits: Habits) -> Scope:
    """The scope with its copy of the lifespan's namespace, if there is one."""
    if namespace is None or habits.has("no-state") or habits.breaks("LIFE-STATE-004"):
        return scope
    state: Any = dict(namespace)
    if habits.breaks("LIFE-STATE-002"):
        state = copy.deepcopy(namespace)
    if habits.breaks("LIFE-STATE-003"):
        state = namespace
    if habits.breaks("LIFE-STATE-005"):
        state["tiny"] = 1
    scope["state"] = list(state.items()) if habits.breaks("HTTP-SCOPE-026") else state
    return scope
