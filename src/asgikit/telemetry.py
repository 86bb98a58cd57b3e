"""Requests in the words of OpenTelemetry: names and attributes by its semantic conventions for HTTP servers (1.23 and later)."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final, TypeAlias

from asgikit.asgi import HTTPScope, WebSocketScope
from asgikit.errors import HTTPError
from asgikit.http.methods import known_method
from asgikit.http.redaction import encoded, redacted_query
from asgikit.http.url import DEFAULT_PORTS, encode_path, split_authority
from asgikit.watching import Sent

Attributes: TypeAlias = dict[str, str | int]

DURATIONS: Final = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0)
"""Where buckets of seconds end, as the conventions advise."""

LONGEST: Final = 2048
"""Characters of an attribute that a client has written: spans wait in memory, thousands of them."""

_OTHER: Final = "_OTHER"


def method_of(scope: HTTPScope | WebSocketScope) -> str:
    """The method as the client has sent it; GET for a handshake, which is one in HTTP/1.1."""
    return scope["method"] if scope["type"] == "http" else "GET"


def span_name(method: str, route: str) -> str:
    """Few names for many requests: the method and the pattern, "HTTP" for a method that is not known."""
    known = known_method(method, "HTTP")
    return f"{known} {route}" if route else known


def request_attributes(scope: HTTPScope | WebSocketScope, route: str, redact: Collection[str] = ()) -> Attributes:
    """What is known of a request before it is answered; its path as it came, its query redacted."""
    method, raw, query = method_of(scope), scope.get("raw_path"), scope.get("query_string")
    known = known_method(method, _OTHER)
    found: Attributes = {
        "http.request.method": known,
        "url.scheme": _scheme(scope),
        "url.path": (encode_path(scope["path"]) if raw is None else encoded(raw.partition(b"?")[0]))[:LONGEST],
        "network.protocol.version": scope.get("http_version", ""),
    }
    if known == _OTHER:
        found["http.request.method_original"] = method[:32]
    if query:
        found["url.query"] = redacted_query(encoded(query), redact)[:LONGEST]
    if route:
        found["http.route"] = route
    host: bytes | None = None
    for name, value in scope["headers"]:
        key = name.lower()
        if key == b"host":
            host = value
        elif key == b"user-agent":
            found["user_agent.original"] = value[:LONGEST].decode("latin-1")
    _add_addresses(found, scope, host)
    return found


def _scheme(scope: HTTPScope | WebSocketScope) -> str:
    return scope.get("scheme") or ("http" if scope["type"] == "http" else "ws")


def _add_addresses(found: Attributes, scope: HTTPScope | WebSocketScope, host: bytes | None) -> None:
    client, port = _address(scope.get("client"))
    if port is not None:
        found["client.address"], found["client.port"] = client, port
    name, number = _server(scope, host)
    if name:
        found["server.address"] = name[:LONGEST]
        number = DEFAULT_PORTS.get(_scheme(scope)) if number is None else number
        if number is not None:
            found["server.port"] = number


def _server(scope: HTTPScope | WebSocketScope, host: bytes | None) -> tuple[str, int | None]:
    """Whom the client has asked for, by the Host field if it is one, else where the server listens."""
    if host:
        try:
            name, number = split_authority(host.decode("latin-1"))
            return name.strip("[]"), number  # IPv6 has brackets in URLs alone
        except ValueError:
            return "", None  # an attribute is no reason to refuse a request
    name, port = _address(scope.get("server"))
    return (name, port) if port is not None else ("", None)  # a socket of the file system has no port


def _address(told: object) -> tuple[str, int | None]:
    match told:
        case [str(name), int(port)]:
            return name, port
        case [str(name), str(text)] if text.isdecimal():  # granian 2.8 tells ports as text
            return name, int(text)
        case _:
            return "", None


def error_type(sent: Sent, raised: BaseException | None) -> str | None:
    """What went wrong on our side, None for nothing: the class of an exception, or the status.

    A client that left, and a refusal below 500, are no errors of a server.
    """
    status = sent.status or 0
    if isinstance(sent.error, Exception):
        return class_name(sent.error)
    if status >= 500:
        own = isinstance(raised, Exception) and not isinstance(raised, HTTPError)
        return class_name(raised) if own else str(status)
    return str(sent.code) if sent.code == 1011 else None


def class_name(error: object) -> str:
    """The class of an error with its module, as the conventions have it."""
    kind = type(error)
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"


def response_attributes(sent: Sent, raised: BaseException | None) -> Attributes:
    """What is known once it is answered, and the answer sent."""
    found: Attributes = {"http.response.body.size": sent.size}
    if sent.status is not None:
        found["http.response.status_code"] = sent.status
    if sent.code is not None:
        found["asgikit.websocket.close_code"] = sent.code
    if (kind := error_type(sent, raised)) is not None:
        found["error.type"] = kind
    return found


def metric_attributes(scope: HTTPScope | WebSocketScope, route: str) -> Attributes:
    """What measurements are told apart by: of limited number, so nothing that a client can make up."""
    found: Attributes = {"http.request.method": known_method(method_of(scope), _OTHER), "url.scheme": _scheme(scope)}
    if route:
        found["http.route"] = route
    return found
