"""Scopes: what is unusual but legal in their keys, beside the header fields."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final
from urllib.parse import quote

from asgikit.conformance.drafts import Draft, Field, Quirk, Target, apply, omit, plain, put
from asgikit.conformance.drawing import Choose
from asgikit.conformance.header_strategies import HEADER_QUIRKS, ONE_SHOT
from asgikit.conformance.tls_strategies import tls

LEVELS: Final = ("2.4", "2.3", "2.2", "2.1", "2.0")
"""The versions of the specification before the newest."""

QUERIES: Final = (
    *(b"a=1", b"a=1&a=2", b"a", b"=", b"&", b"&&a=1&", b"a=b=c", b"a=1;b=2", b"?", b"a+b=%20", b"a=%C3%A9", b"a=%E9", b"a=%00"),
    *(b"a=%", b"a=%zz", b"%=%", b"%41=1", b"a[]=1&a[]=2", b"a=%F0%9F%98%80", b"a=%ED%A0%80", b"a=" + b"x" * 3000),
    *(b"page=-1", b"id=99999999999999999999", b"q=%22%3Cb%3E", b"/?/", b"a=%0D%0Aset-cookie:b"),
)
"""Query strings: whatever they hold, percent-encoding makes it legal."""

TAILS: Final = (
    ("/", "/"),
    ("/é", "/%C3%A9"),
    ("/é", "/%c3%a9"),
    ("/日本 語", "/%E6%97%A5%E6%9C%AC%20%E8%AA%9E"),
    ("/%", "/%25"),
    ("/%2F", "/%252F"),
    ("/a/b", "/a%2Fb"),
    ("/a?b", "/a%3Fb"),
    ("/a#b", "/a%23b"),
    ("//", "//"),
    ("/./..", "/./.."),
    ("/../..", "/%2E%2E/.."),
    ("/\x00", "/%00"),
    ("/\r\nx", "/%0D%0Ax"),
    ("/\ufffd", "/%EF%BF%BD"),
    ("/😀", "/%F0%9F%98%80"),
    (";a=b", ";a=b"),
    ("\\", "%5C"),
    ("/" + "x" * 3000, "/" + "x" * 3000),
)
"""What can follow a path, decoded and as received."""

UNKNOWN: Final[Mapping[str, object]] = {
    "x-unknown": 1,
    "server.session": {"id": "a", "items": [1, 2.5, None, True, b"c"]},
    "_": None,
    "": "",
    "é": "é",
    "http3": {},
    "user_agent": b"",
    "trace id": ["a"],
}
"""Keys that no specification knows: additional ones must do no harm (asgi, Error Handling)."""

KNOWN_EXTENSIONS: Final = (
    "http.response.early_hint",
    "http.response.pathsend",
    "http.response.zerocopysend",
    "http.response.trailers",
)


def _placed(draft: Draft, path: str, raw: bytes) -> None:
    """The path in its two forms, the second where there is one."""
    draft.scope["path"] = path
    if "raw_path" in draft.scope:
        draft.scope["raw_path"] = raw


def _paths(draft: Draft) -> tuple[str, bytes]:
    path, raw = draft.scope["path"], draft.scope.get("raw_path", b"")
    return str(path), raw if isinstance(raw, bytes) else b""


def _odd_path(draft: Draft, choose: Choose) -> bool:
    tail, raw_tail = choose.one_of(TAILS)
    path, raw = _paths(draft)
    if path.startswith("/"):
        _placed(draft, path.removesuffix("/") + tail, raw.removesuffix(b"/") + raw_tail.encode())
    return path.startswith("/")


def _mounted(draft: Draft, choose: Choose) -> bool:
    root = choose.one_of(("/mnt", "/mnt/deep", "/é"))
    path, raw = _paths(draft)
    if path.startswith("/"):
        draft.scope["root_path"] = root
        _placed(draft, root + path, quote(root).encode() + raw)
    return path.startswith("/")


def _escaped(draft: Draft, choose: Choose) -> bool:
    """A raw path that escapes a letter, which it need not."""
    _, raw = _paths(draft)
    if b"%" in raw or re.search(rb"[j-oz]", raw) is None:
        return False
    form = choose.one_of((b"%%%02X", b"%%%02x"))
    draft.scope["raw_path"] = re.sub(rb"[j-oz]", lambda letter: form % letter[0][0], raw, count=1)
    return True


def _older(draft: Draft, choose: Choose) -> bool:
    draft.level = choose.one_of(LEVELS)
    return True


def _no_level(draft: Draft, _: Choose) -> bool:
    draft.level = ""
    return True


def _unix(draft: Draft, _: Choose) -> bool:
    """The path of a socket, which came with 2.2 (www, Spec Versions)."""
    if draft.level < "2.2":
        return False
    draft.scope |= {"server": ["/run/server.sock", None]}
    return True


def _secure(draft: Draft, choose: Choose) -> bool:
    if "scheme" in draft.touched:
        return False
    draft.scope |= {"scheme": "https" if draft.is_http else "wss", "extensions": {"tls": tls(choose)}}
    draft.touched.add("scheme")
    return True


def _unknown_keys(draft: Draft, choose: Choose) -> bool:
    draft.scope |= dict(choose.several(tuple(UNKNOWN.items()), 3) or [("x-unknown", 1)])
    return True


def _known_extensions(draft: Draft, choose: Choose) -> bool:
    if draft.is_http:
        chosen = choose.several(KNOWN_EXTENSIONS, 4) or KNOWN_EXTENSIONS[:1]
        push = () if draft.is_old else ("http.response.push",)
        draft.scope["extensions"] = {name: {} for name in (*chosen, *push)}
    else:
        draft.scope["extensions"] = {"websocket.http.response": {}}
    return True


def _offered(draft: Draft, choose: Choose) -> bool:
    """Subprotocols, and the field that names them or, as some servers have it, none."""
    names = choose.one_of((["chat"], ["graphql-ws", "graphql-transport-ws"], ["a", "b", "c"]))
    draft.scope["subprotocols"] = names
    if not choose.once_in(3):
        draft.fields.append((b"sec-websocket-protocol", ", ".join(names).encode()))
    return True


_NO_CLIENT: Final = (["::1", 0], ("127.0.0.1", 50000), ["fe80::1%eth0", 65535], ["", 0], ["unix:", 0])

_ANY: Final = (
    Quirk(("level",), _older),
    Quirk(("level",), _no_level, ("CORE-SCOPE-007",)),
    Quirk(("unknown",), _unknown_keys, ("CORE-SCOPE-006",)),
    Quirk(("asgi",), put("asgi", {"version": "3.0", "x-unknown": {"a": [1]}}), ("CORE-SCOPE-006",)),
)
_CONNECTION: Final = (
    *_ANY,
    Quirk(("path",), _odd_path),
    Quirk(("root_path", "path"), _mounted, ("HTTP-SCOPE-014",)),
    Quirk(("raw_path",), _escaped),
    Quirk(("query_string",), put("query_string", *QUERIES)),
    Quirk(("client",), put("client", *_NO_CLIENT)),
    Quirk(("server",), put("server", ("127.0.0.1", 8000), ["::", 443], ["example.org", 80])),
    Quirk(("extensions",), put("extensions", {"x.unknown": {}}, {"http.x": {"a": [1, None]}, "": {}}), ("CORE-EXT-007",)),
    Quirk(("extensions",), omit("extensions"), ("CORE-EXT-007",)),
    Quirk(("extensions",), _secure),
    Quirk(("raw_path",), omit("raw_path"), ("CORE-SCOPE-009",)),
    Quirk(("raw_path",), put("raw_path", None), ("CORE-SCOPE-010",)),
    Quirk(("state",), omit("state"), ("LIFE-STATE-006",)),
)
_HTTP: Final = (
    *_CONNECTION,
    Quirk(("http_version",), put("http_version", "1.0", "2", "3")),
    Quirk(("extensions",), _known_extensions),
    Quirk(("scheme",), put("scheme", "https")),
    Quirk(("scheme",), omit("scheme"), ("HTTP-SCOPE-032",)),
    Quirk(("root_path",), omit("root_path"), ("CORE-SCOPE-009",)),
    Quirk(("server",), _unix, ("HTTP-SCOPE-025",)),
    Quirk(("client",), omit("client"), ("HTTP-SCOPE-025",)),
    Quirk(("client",), put("client", None), ("HTTP-SCOPE-025", "CORE-SCOPE-010")),
    Quirk(("server",), omit("server"), ("HTTP-SCOPE-025",)),
    Quirk(("server",), put("server", None), ("HTTP-SCOPE-025", "CORE-SCOPE-010")),
)
_BARE_HTTP: Final = Quirk(
    ("bare",),
    omit("scheme", "raw_path", "root_path", "client", "server", "extensions", "state"),
    ("CORE-SCOPE-009", "HTTP-SCOPE-032", "HTTP-SCOPE-025", "CORE-EXT-007", "LIFE-STATE-006"),
)
_WEBSOCKET: Final = (
    *_CONNECTION,
    Quirk(("http_version",), put("http_version", "2", "3")),
    Quirk(("extensions",), _known_extensions),
    Quirk(("scheme",), put("scheme", "wss")),
    Quirk(("subprotocols",), _offered),
    *(Quirk((key,), omit(key), ("WS-SCOPE-009",)) for key in ("http_version", "root_path", "client", "server", "subprotocols")),
    Quirk(("scheme",), omit("scheme"), ("WS-SCOPE-012",)),
    Quirk(("server",), _unix, ("WS-SCOPE-009",)),
    Quirk(("client",), put("client", None), ("WS-SCOPE-009", "CORE-SCOPE-010")),
    Quirk(("server",), put("server", None), ("WS-SCOPE-009", "CORE-SCOPE-010")),
    Quirk(("query_string",), omit("query_string"), ("WS-SCOPE-006",)),
    Quirk(("query_string",), put("query_string", None), ("WS-SCOPE-006",)),
)
_BARE_WEBSOCKET: Final = Quirk(
    ("bare",),
    omit(
        "http_version",
        "scheme",
        "raw_path",
        "query_string",
        "root_path",
        "client",
        "server",
        "subprotocols",
        "extensions",
        "state",
    ),
    ("WS-SCOPE-009", "WS-SCOPE-012", "WS-SCOPE-006", "CORE-EXT-007", "LIFE-STATE-006"),
)


def _lifespan_level(draft: Draft, _: Choose) -> bool:
    draft.level = "1.0"
    return True


# What takes keys away comes behind what changes them; the bare scope first, as nothing is left to change then.
QUIRKS: Final[Mapping[str, Sequence[Quirk]]] = {
    "http": (_BARE_HTTP, *_HTTP, *HEADER_QUIRKS),
    "websocket": (_BARE_WEBSOCKET, *_WEBSOCKET, *HEADER_QUIRKS),
    "lifespan": (
        Quirk(("state",), omit("state"), ("LIFE-STATE-006",)),
        Quirk(("level",), _no_level, ("CORE-SCOPE-007",)),
        Quirk(("level",), _lifespan_level),
        *_ANY[2:],
    ),
}
"""What can be unusual in a scope, by its type."""


def draft_scope(choose: Choose, target: Target, fields: Iterable[Field] = (), *, one_shot: bool = False) -> Draft:
    """A legal scope for this target, with these fields beside the usual ones; `one_shot`: headers may be iterators.

    The text has iterables, so that iterators are legal; but no framework lives with headers that can be read only once.
    """
    draft = plain(target, fields)
    apply(draft, QUIRKS[target.type], choose)
    if one_shot and target.type != "lifespan" and "shape" not in draft.touched and choose.once_in(8):
        draft.shape = choose.one_of(ONE_SHOT)
    return draft
