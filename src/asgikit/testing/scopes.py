"""Scopes as a server gives them: complete, and of a chosen level of the specification."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Final, Literal, NamedTuple, TypeAlias
from urllib.parse import unquote

from asgikit.asgi import HTTPScope, LifespanScope, WebSocketScope
from asgikit.http.headers import Headers
from asgikit.testing.profile import Profile

Fields: TypeAlias = Mapping[str, str] | Sequence[tuple[str, str]]
"""Header fields: by name, or as pairs where a name comes twice."""

HOST: Final = "testserver"

_PORTS: Final = {"http": 80, "https": 443, "ws": 80, "wss": 443}
_DEFAULT: Final = Profile()


class Target(NamedTuple):
    """Where a request goes."""

    scheme: str
    host: str
    port: int | None
    raw_path: bytes
    query: bytes


def http_scope(
    method: str = "GET",
    target: str = "/",
    *,
    headers: Fields = (),
    spec_version: str | None = "2.5",
    omit: Collection[str] = (),
    **more: object,
) -> HTTPScope:
    """The scope of a request for a percent-encoded target, with these fields and no others.

    More keywords are keys of the scope, in place of what is there; `omit` names keys that it is to lack.
    """
    keys: dict[str, object] = {"asgi": _versions(spec_version), "method": method, **more}
    return {**_own("http", target, headers, keys, omit)}  # type: ignore[typeddict-item]  # pyright: ignore[reportReturnType]  # what the caller changes is the caller's


def websocket_scope(
    target: str = "/",
    *,
    headers: Fields = (),
    spec_version: str | None = "2.5",
    denial: bool = False,
    omit: Collection[str] = (),
    **more: object,
) -> WebSocketScope:
    """The scope of a handshake, as `http_scope`; `denial` for a server that can send a response to it."""
    offered: dict[str, object] = {"websocket.http.response": {}} if denial else {}
    keys: dict[str, object] = {"asgi": _versions(spec_version), "subprotocols": [], "extensions": offered, **more}
    return {**_own("websocket", target, headers, keys, omit)}  # type: ignore[typeddict-item]  # pyright: ignore[reportReturnType]  # what the caller changes is the caller's


def lifespan_scope(state: dict[str, object] | None = None) -> LifespanScope:
    """The scope of a lifespan; without `state` it is that of a server that keeps none."""
    scope: LifespanScope = {"type": "lifespan", "asgi": {"version": "3.0", "spec_version": "2.0"}}
    if state is not None:
        scope["state"] = state
    return scope


def _versions(spec_version: str | None) -> dict[str, object]:
    versions: dict[str, object] = {"version": "3.0"}
    return {**versions, "spec_version": spec_version} if spec_version else versions


def _own(
    kind: Literal["http", "websocket"],
    target: str,
    headers: Fields,
    more: Mapping[str, object],
    omit: Collection[str],
) -> dict[str, object]:
    path, _, query = target.partition("?")
    scheme = "http" if kind == "http" else "ws"
    place = Target(scheme, HOST, None, path.encode("utf-8", "surrogateescape"), query.encode())
    scope = scope_of(kind, place, list(Headers(headers).raw), _DEFAULT)
    scope.update(more)
    for key in omit:
        scope.pop(key, None)
    return scope


def scope_of(
    kind: Literal["http", "websocket"],
    target: Target,
    headers: list[tuple[bytes, bytes]],
    profile: Profile,
) -> dict[str, object]:
    """A scope without what only one of the two types has: the method, the subprotocols; and without state."""
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
