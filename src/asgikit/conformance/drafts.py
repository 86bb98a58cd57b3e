"""Scopes in the making: the plain full one of each protocol, and how something unusual is done to it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, NamedTuple, TypeAlias, TypeGuard, final
from urllib.parse import quote, unquote

from asgikit.conformance.drawing import Choose

MOST: Final = 4
"""Unusual things in one scope, or in one series of events."""

Field: TypeAlias = tuple[bytes, bytes]

Shape: TypeAlias = Callable[[Sequence[Field]], object]
"""Makes the iterable that a scope has for headers."""


class Target(NamedTuple):
    """What a client asks for, in its parts."""

    type: str
    """The type of the scope."""
    method: str
    path: str
    raw_path: bytes
    query: bytes


def parse_target(where: str) -> Target:
    """A place in words: "GET /items?page=2", "WS /chat" or "lifespan"; percent-encoding in it counts.

    Raises ValueError for what is none of these.
    """
    method, _, target = where.strip().partition(" ")
    if method == "lifespan" and not target:
        return Target("lifespan", "", "", b"", b"")
    target = target.strip()
    if not (method.isascii() and method.isalpha() and target.startswith(("/", "*"))) or method == "lifespan":
        raise ValueError(f"{where!r} is no place: write 'GET /items', 'WS /chat' or 'lifespan'")
    path, _, query = target.partition("?")
    raw = quote(path, safe="/*%:@!$&'()+,;=~", errors="replace")
    encoded = quote(query, safe="%&=+/:@!$'()*,;?~", errors="replace").encode()
    return Target("websocket" if method.upper() == "WS" else "http", method.upper(), unquote(raw), raw.encode(), encoded)


def as_lists(fields: Sequence[Field]) -> object:
    """Header fields as the text has them."""
    return [[name, value] for name, value in fields]


@final
class Draft:
    """A scope in the making: its keys, and apart from them what several quirks have a hand in."""

    __slots__ = ("fields", "level", "marks", "scope", "shape", "touched")

    def __init__(self, scope: dict[str, object], level: str, fields: Sequence[Field] = ()) -> None:
        """Begins with these keys, this spec_version and these header fields."""
        self.scope: dict[str, object] = scope
        self.level: str = level
        """The spec_version; empty for none."""
        self.fields: list[Field] = list(fields)
        self.shape: Shape = as_lists
        self.marks: dict[str, None] = {}
        """The rules whose unusual cases it holds."""
        self.touched: set[str] = set()

    @property
    def is_http(self) -> bool:
        """Whether it is a scope of HTTP."""
        return self.scope["type"] == "http"

    @property
    def is_old(self) -> bool:
        """Whether it is of HTTP/1, where names come in any case and cookies in one field."""
        return self.scope.get("http_version", "1.1") in {"1.0", "1.1"}

    def finished(self) -> dict[str, object]:
        """The scope; it shares nothing with another."""
        scope = {key: copied(value) for key, value in self.scope.items()}
        asgi = scope["asgi"]
        if self.level and is_dict(asgi):
            scope["asgi"] = {**asgi, "spec_version": self.level}
        if "headers" in scope:
            dropped = frozenset[bytes]() if self.is_old else _OF_HTTP_1
            scope["headers"] = self.shape([field for field in self.fields if field[0] not in dropped])
        return scope


Change: TypeAlias = Callable[[Draft, Choose], bool]


class Quirk(NamedTuple):
    """Something unusual but legal: the keys that it is about, what it does, and the rules that it tries.

    The change gives False, and does nothing, where it does not fit.
    """

    about: tuple[str, ...]
    change: Change
    marks: tuple[str, ...] = ()


def plain(target: Target, fields: Iterable[Field] = ()) -> Draft:
    """The full scope of a server that implements everything and does nothing unusual."""
    if target.type == "lifespan":
        return Draft({"type": "lifespan", "asgi": {"version": "3.0"}, "state": {}}, "2.0")
    is_http = target.type == "http"
    scope: dict[str, object] = {
        "type": target.type,
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        **({"method": target.method} if is_http else {}),
        "scheme": "http" if is_http else "ws",
        "path": target.path,
        "raw_path": target.raw_path,
        "query_string": target.query,
        "root_path": "",
        "headers": [],
        "client": ["127.0.0.1", 50000],
        "server": ["127.0.0.1", 8000],
        **({} if is_http else {"subprotocols": []}),
        "extensions": {},
        "state": {},
    }
    return Draft(scope, "2.5", [(b"host", b"127.0.0.1:8000"), *(() if is_http else _HANDSHAKE), *fields])


_OF_HTTP_1: Final = frozenset({b"upgrade", b"connection", b"sec-websocket-key"})
"""Fields of a handshake that HTTP/2 and HTTP/3 do not have (RFC 8441, 5)."""

_HANDSHAKE: Final[tuple[Field, ...]] = (
    (b"upgrade", b"websocket"),
    (b"connection", b"Upgrade"),
    (b"sec-websocket-version", b"13"),
    (b"sec-websocket-key", b"dGhlIHNhbXBsZSBub25jZQ=="),
)


def apply(draft: Draft, quirks: Sequence[Quirk], choose: Choose) -> None:
    """Does some of the quirks in their order, no two about the same key."""
    for quirk in choose.several(quirks, min(MOST, 1 + len(quirks) // 6)):
        if draft.touched.isdisjoint(quirk.about) and quirk.change(draft, choose):
            draft.touched.update(quirk.about)
            draft.marks.update(dict.fromkeys(quirk.marks))


def put(key: str, *values: object) -> Change:
    """One of these values for the key."""

    def change(draft: Draft, choose: Choose) -> bool:
        draft.scope[key] = choose.one_of(values)
        return True

    return change


def omit(*keys: str) -> Change:
    """No such keys."""

    def change(draft: Draft, _: Choose) -> bool:
        for key in keys:
            draft.scope.pop(key, None)
        draft.touched.update(keys)
        return True

    return change


def copied(value: object) -> object:
    """The value with new lists and dicts in it."""
    if is_dict(value):
        return {key: copied(item) for key, item in value.items()}
    return [copied(item) for item in value] if is_list(value) else value


def is_dict(value: object) -> TypeGuard[Mapping[object, object]]:
    """Whether it is a dict, of whatever."""
    return isinstance(value, dict)


def is_list(value: object) -> TypeGuard[list[object]]:
    """Whether it is a list, of whatever."""
    return isinstance(value, list)
