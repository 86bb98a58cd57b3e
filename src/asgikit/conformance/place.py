"""A place of an application: the method and path of a request, a WebSocket, or its lifespan."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias
from urllib.parse import quote, unquote

ScopeType: TypeAlias = Literal["http", "websocket", "lifespan"]

HeaderPairs: TypeAlias = tuple[tuple[bytes, bytes], ...]

SPEC_VERSION: Final = "2.5"

WITH_BODY: Final = frozenset({"POST", "PUT", "PATCH", "QUERY"})
"""Methods whose requests have a body."""

_WHERE: Final = re.compile(r"(?:(?P<method>[A-Za-z][A-Za-z-]*)\s+)?(?P<path>/[^\s?#]*)(?:\?(?P<query>[^\s#]*))?")
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_SAFE: Final = "/!$&'()*+,;=:@-._~"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where requests go, and what a plain one to it has."""

    type: ScopeType
    method: str = "GET"
    path: str = "/"
    """Decoded."""
    query: bytes = b""
    headers: HeaderPairs = ()
    """Fields beside the usual ones: a content type, credentials."""
    body: bytes | None = None
    """None: no body is known to be right, and some are tried."""
    tuples: bool = False
    """Whether header pairs are tuples, for applications that fail lists."""

    @classmethod
    def parse(cls, where: str) -> Place:
        """A place from "GET /items?q=1", "/items", "WS /chat" or "lifespan". Raises ValueError for anything else."""
        text = where.strip()
        if text.lower() == "lifespan":
            return cls(type="lifespan")
        match = _WHERE.fullmatch(text)
        if match is None or _SURROGATE.search(text):
            raise ValueError(f"{where!r} is no place: write 'GET /items', '/items', 'WS /chat' or 'lifespan'")
        method = (match["method"] or "GET").upper()
        path, query = unquote(match["path"]), quote(match["query"] or "", safe=_SAFE + "%?").encode()
        if method in {"WS", "WEBSOCKET"}:
            return cls(type="websocket", path=path, query=query)
        return cls(type="http", method=method, path=path, query=query)

    @property
    def where(self) -> str:
        """As it is written: "GET /items"."""
        if self.type == "lifespan":
            return "lifespan"
        query = f"?{self.query.decode('ascii')}" if self.query else ""
        return f"{'WS' if self.type == 'websocket' else self.method} {quote(self.path, safe=_SAFE)}{query}"

    @property
    def has_body(self) -> bool:
        """Whether its requests have one."""
        return self.type == "http" and (self.method in WITH_BODY or bool(self.body))

    def scope(self) -> dict[str, object]:
        """The scope of a plain request: every optional key is there."""
        if self.type == "lifespan":
            return {"type": "lifespan", "asgi": {"version": "3.0", "spec_version": "2.0"}, "state": {}}
        scope: dict[str, object] = {
            "type": self.type,
            "asgi": {"version": "3.0", "spec_version": SPEC_VERSION},
            "http_version": "1.1",
            "scheme": "ws" if self.type == "websocket" else "http",
            "path": self.path,
            "raw_path": quote(self.path, safe=_SAFE).encode(),
            "query_string": self.query,
            "root_path": "",
            "headers": [pair if self.tuples else list(pair) for pair in self.fields()],
            "client": ["127.0.0.1", 50000],
            "server": ["127.0.0.1", 8000],
            "extensions": {},
            "state": {},
        }
        if self.type == "http":
            scope["method"] = self.method
        else:
            scope["subprotocols"] = []
        return scope

    def fields(self) -> HeaderPairs:
        """The fields of a plain request."""
        fields = [(b"host", b"127.0.0.1:8000"), (b"user-agent", b"asgikit"), (b"accept", b"*/*")]
        if self.has_body:
            fields.append((b"content-length", b"%d" % len(self.body or b"")))
        own = {name.lower() for name, _ in self.headers}
        return (*(pair for pair in fields if pair[0] not in own), *self.headers)
