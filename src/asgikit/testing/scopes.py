"""Scopes as a server gives them: complete, and of a chosen level of the specification."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Final, Literal, NamedTuple, TypeAlias, Unpack
from urllib.parse import unquote

from typing_extensions import TypedDict

from asgikit.asgi import HTTPScope, LifespanScope, WebSocketScope
from asgikit.http.grammar import FIELD_VALUE, TOKEN_BYTES
from asgikit.http.headers import Headers
from asgikit.testing.profile import CheckOptions, Extensions, HTTPVersion, Profile, SpecVersion, named

Fields: TypeAlias = Mapping[str, str] | Sequence[tuple[str, str]]
"""Header fields: by name, or as pairs where a name comes twice."""

HOST: Final = "testserver"

_CONNECTION: Final = frozenset({b"connection", b"keep-alive", b"proxy-connection", b"transfer-encoding", b"upgrade"})
"""Fields that HTTP/2 and HTTP/3 have no place for (RFC 9113, 8.2.2; RFC 9114, 4.2)."""

_PORTS: Final = {"http": 80, "https": 443, "ws": 80, "wss": 443}
_PLAIN: Final = Profile(extensions=())


class Target(NamedTuple):
    """Where a request goes."""

    scheme: str
    host: str
    port: int | None
    raw_path: bytes
    query: bytes


class ScopeOptions(TypedDict, total=False):
    """What a scope has in place of the usual; nobody checks that it fits together."""

    spec_version: SpecVersion | None
    """The level of the specification, "2.5"; None for a server that does not tell."""
    http_version: HTTPVersion
    scheme: str
    path: str
    """In place of the decoded path of the target."""
    raw_path: bytes
    query_string: bytes
    root_path: str
    client: tuple[str, int] | None
    server: tuple[str, int | None] | None
    extensions: Extensions | None
    """What the server offers; by default nothing. Some say None."""
    state: Mapping[str, object]
    """The namespace of the lifespan, of which the scope has a copy; by default there is none."""
    omit: Collection[str]
    """Keys that the scope is to lack: ["raw_path"]."""


class ServedOptions(ScopeOptions, CheckOptions, total=False):
    """What a connection in the hands of the test can have: keys of the scope, its client's pace, and when the test fails."""

    buffer_size: int
    """Bytes that the client has not read before `send()` waits, 65,536; with 0 it waits until each piece is read."""


SCOPE_KEYS: Final = ScopeOptions.__optional_keys__
_PACE: Final = CheckOptions.__optional_keys__ | {"buffer_size", "chunk_size"}


def http_scope(method: str = "GET", target: str = "/", *, headers: Fields = (), **options: Unpack[ScopeOptions]) -> HTTPScope:
    """The scope of a request for a percent-encoded target, with these fields and no others, but complete.

    Raises TypeError for an option that there is not; what no option has can be written `{**http_scope(), "key": value}`.
    """
    scope = _own("http", target, headers, options)
    scope["method"] = method
    return _lacking(scope, options)  # type: ignore[return-value]  # pyright: ignore[reportReturnType]  # it lacks what the caller omits


def websocket_scope(
    target: str = "/",
    *,
    headers: Fields = (),
    subprotocols: Sequence[str] = (),
    denial: bool = False,
    **options: Unpack[ScopeOptions],
) -> WebSocketScope:
    """The scope of a handshake, as `http_scope`; `denial` for a server that can send a response to it."""
    scope = _own("websocket", target, headers, options)
    scope["subprotocols"] = [*subprotocols]
    if denial:
        scope["extensions"] = {**named(options.get("extensions") or ()), "websocket.http.response": {}}
    return _lacking(scope, options)  # type: ignore[return-value]  # pyright: ignore[reportReturnType]  # it lacks what the caller omits


def lifespan_scope(state: dict[str, object] | None = None) -> LifespanScope:
    """The scope of a lifespan; without `state` it is that of a server that keeps none."""
    scope: LifespanScope = {"type": "lifespan", "asgi": {"version": "3.0", "spec_version": "2.0"}}
    if state is not None:
        scope["state"] = state
    return scope


def served(kind: Literal["http", "websocket"], options: Mapping[str, object]) -> tuple[Profile, dict[str, object]]:
    """The server that these options make, of ServedOptions, and those of the scope with what it offers there.

    A server that does not tell its level has the first one (www, HTTP Connection Scope).
    """
    said: dict[str, Any] = {name: value for name, value in options.items() if name in _PACE}
    keys = {name: value for name, value in options.items() if name not in _PACE}
    if "spec_version" in keys:
        said["spec_version"] = keys["spec_version"] or "2.0"
    profile = Profile(**said)
    offered = profile.offers(kind)
    return profile, {"extensions": offered, **keys} if offered else keys


def _own(kind: Literal["http", "websocket"], target: str, headers: Fields, options: ScopeOptions) -> dict[str, object]:
    if unknown := options.keys() - SCOPE_KEYS:
        raise TypeError(f"a scope has no option {', '.join(sorted(unknown))}: there are {', '.join(sorted(SCOPE_KEYS))}")
    path, _, query = target.partition("?")
    place = Target("http" if kind == "http" else "ws", HOST, None, path.encode("utf-8", "surrogateescape"), query.encode())
    scope = scope_of(kind, place, list(Headers(headers).raw), _PLAIN)
    given: dict[str, object] = {**options}
    given.pop("omit", None)
    version = given.pop("spec_version", "2.5")
    scope["asgi"] = {"version": "3.0"} if version is None else {"version": "3.0", "spec_version": version}
    if "state" in options:
        given["state"] = {**options["state"]}
    if (offered := options.get("extensions")) is not None:
        given["extensions"] = named(offered)
    return {**scope, **given}


def _lacking(scope: Mapping[str, object], options: ScopeOptions) -> Mapping[str, object]:
    omitted = options.get("omit", ())
    if isinstance(omitted, str):
        raise TypeError(f"omit is a list: write [{omitted!r}]")
    return {key: value for key, value in scope.items() if key not in omitted}


def scope_of(
    kind: Literal["http", "websocket"],
    target: Target,
    headers: list[tuple[bytes, bytes]],
    profile: Profile,
) -> dict[str, object]:
    """A scope without what only one of the two types has: the method, the subprotocols; and without state.

    Raises ValueError for fields that no server would let in, and for a scheme that none serves.
    """
    if target.scheme not in _PORTS:
        raise ValueError(f"an application is asked by http:// and https://, not by {target.scheme}://")
    require_fields(headers)
    if profile.http_version in {"2", "3"}:
        headers = without_connection(headers)
    scope: dict[str, object] = {
        "type": kind,
        "asgi": {"version": "3.0", "spec_version": profile.spec_version},
        "http_version": profile.http_version,
        "scheme": target.scheme,
        "path": unquote(target.raw_path.decode("latin-1")),
        "raw_path": target.raw_path,
        "query_string": target.query,
        "root_path": profile.root_path,
        "headers": headers,
        "client": profile.client,
        "server": (target.host, target.port or _PORTS.get(target.scheme)),
    }
    if offered := profile.offers(kind):
        scope["extensions"] = offered
    return scope


def without_connection(fields: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """The fields of a request that are not about its connection: those that it has in HTTP/2 and HTTP/3."""
    return [
        (name, value) for name, value in fields if name not in _CONNECTION and (name != b"te" or value.lower() == b"trailers")
    ]


def require_fields(fields: Iterable[tuple[bytes, bytes]]) -> None:
    """Raises ValueError for a name that is no token, and for a value with a control character (RFC 9110, 5)."""
    for name, value in fields:
        if TOKEN_BYTES.fullmatch(name) is None:
            raise ValueError(f"{name!r} is not a header name, and no server lets it in")
        if FIELD_VALUE.fullmatch(value) is None:
            raise ValueError(
                f"the header {name.decode()} has a control character, or white space around its value: no server lets it in"
            )
