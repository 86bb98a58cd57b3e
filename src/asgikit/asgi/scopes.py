"""Connection scopes and extensions, as the specification defines them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, NotRequired, TypeAlias, TypedDict, TypeGuard


class ASGIVersions(TypedDict):
    """`scope["asgi"]` (asgi, Applications): a missing spec_version is "2.0", for lifespan "1.0"."""

    version: str
    spec_version: NotRequired[str]


class Empty(TypedDict):
    """The value of an extension that only announces itself (asgi, Extensions)."""


class TLSExtension(TypedDict):
    """`extensions["tls"]` (TLS extension 0.2, TLS Connection Scope)."""

    server_cert: str | None
    client_cert_chain: NotRequired[Iterable[str]]
    client_cert_name: NotRequired[str | None]
    client_cert_error: NotRequired[str | None]
    tls_version: int | None
    cipher_suite: int | None


Extensions = TypedDict(
    "Extensions",
    {
        "websocket.http.response": NotRequired[Empty],
        "http.response.push": NotRequired[Empty],
        "http.response.zerocopysend": NotRequired[Empty],
        "http.response.pathsend": NotRequired[Empty],
        "http.response.early_hint": NotRequired[Empty],
        "http.response.trailers": NotRequired[Empty],
        "http.response.debug": NotRequired[Empty],
        "tls": NotRequired[TLSExtension],
    },
)
"""`scope["extensions"]` (asgi, Extensions): what this server offers on this connection."""


class HTTPScope(TypedDict):
    """One HTTP request (www, HTTP Connection Scope)."""

    type: Literal["http"]
    asgi: ASGIVersions
    http_version: str
    method: str
    scheme: NotRequired[str]
    path: str
    raw_path: NotRequired[bytes | None]
    query_string: bytes
    root_path: NotRequired[str]
    headers: Iterable[Sequence[bytes]]
    client: NotRequired[Sequence[str | int] | None]
    server: NotRequired[Sequence[str | int | None] | None]
    state: NotRequired[dict[str, object]]
    extensions: NotRequired[Extensions]


class WebSocketScope(TypedDict):
    """One WebSocket connection (www, Websocket Connection Scope)."""

    type: Literal["websocket"]
    asgi: ASGIVersions
    http_version: NotRequired[str]
    scheme: NotRequired[str]
    path: str
    raw_path: NotRequired[bytes | None]
    query_string: NotRequired[bytes | None]
    root_path: NotRequired[str]
    headers: Iterable[Sequence[bytes]]
    client: NotRequired[Sequence[str | int] | None]
    server: NotRequired[Sequence[str | int | None] | None]
    subprotocols: NotRequired[Iterable[str]]
    state: NotRequired[dict[str, object]]
    extensions: NotRequired[Extensions]


class LifespanScope(TypedDict):
    """The life of an application in one event loop (lifespan, Scope)."""

    type: Literal["lifespan"]
    asgi: ASGIVersions
    state: NotRequired[dict[str, object]]


Scope: TypeAlias = HTTPScope | WebSocketScope | LifespanScope


def is_http(scope: Mapping[str, object]) -> TypeGuard[HTTPScope]:
    """Whether this is the scope of an HTTP request."""
    return scope["type"] == "http"


def is_websocket(scope: Mapping[str, object]) -> TypeGuard[WebSocketScope]:
    """Whether this is the scope of a WebSocket connection."""
    return scope["type"] == "websocket"


def is_lifespan(scope: Mapping[str, object]) -> TypeGuard[LifespanScope]:
    """Whether this is the scope of a lifespan."""
    return scope["type"] == "lifespan"
