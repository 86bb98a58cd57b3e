"""Fast recognition of what nearly every scope and message of HTTP looks like: nothing to find, so nothing to look for.

Each function is true only where the detailed check would find nothing; a law of the property tests says so.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_FINE = re.compile(rb"(?:[^\x00\r\n \t](?:[^\x00\r\n]*[^\x00\r\n \t])?)?").fullmatch
_NAME = re.compile(rb"[!#$%&'*+\-.^_`|~0-9a-z]+").fullmatch
_PATH = re.compile(r"/[A-Za-z0-9\-._~!$&'()*+,;=:@/]*").fullmatch
_QUERY = re.compile(rb"[^# ]+").fullmatch

_OTHER_STATUSES = frozenset({204, 205, 206, 304, 401, 405, 407, 416})
_SPECIAL = frozenset(
    {
        b"content-length",
        b"connection",
        b"keep-alive",
        b"proxy-connection",
        b"upgrade",
        b"te",
        b"transfer-encoding",
        b"set-cookie",
    }
)
_START_KEYS = frozenset({"type", "status", "headers"})
_VERSIONS = frozenset({"2.0", "2.1", "2.2", "2.3", "2.4", "2.5"})
_HTTP_VERSIONS = frozenset({"1.0", "1.1", "2", "3"})


def plain_body(message: Mapping[str, object]) -> bool:
    """Whether this is a body (or request) event with bytes and, perhaps, a bool, and no other key."""
    count = len(message)
    if "body" in message:
        if type(message["body"]) is not bytes:
            return False
        count -= 1
    if "more_body" in message:
        if type(message["more_body"]) is not bool:
            return False
        count -= 1
    return count == 1


def plain_start(message: Mapping[str, object], *, tuples: bool = False) -> bool:
    """Whether this is the start of an ordinary response: a usual status, and fields of the application's own.

    tuples: whether pairs may be tuples, which are worth a note.
    """
    status = message.get("status")
    if type(status) is not int or not 200 <= status <= 599 or status in _OTHER_STATUSES or not message.keys() <= _START_KEYS:
        return False
    return "headers" not in message or _plain_fields(message["headers"], _SEQUENCES if tuples else _LISTS)


def _plain_fields(headers: object, pairs: frozenset[type]) -> bool:
    """Whether each pair is of those types and of a lower-case token and a value; a content-length is digits and there once."""
    lengths = 0
    lines: Any = headers
    if type(headers) is not list:
        return False
    for pair in lines:
        if type(pair) not in pairs or len(pair) != 2:
            return False
        name, value = pair
        if type(name) is not bytes or type(value) is not bytes or not (name in _USUAL or _NAME(name)) or not _FINE(value):
            return False
        if name in _SPECIAL:
            lengths += 1
            if name != b"content-length" or lengths > 1 or not value.isdigit():
                return False
    return True


def plain_scope(scope: Mapping[str, object]) -> bool:
    """Whether this is the scope of an ordinary HTTP request, without extensions, with a path of unescaped characters."""
    get = scope.get
    path, method, query, version = get("path"), get("method"), get("query_string"), get("http_version")
    asgi = get("asgi")
    return (
        get("type") == "http"
        and type(path) is str
        and type(method) is str
        and type(query) is bytes
        and type(version) is str
        and version in _HTTP_VERSIONS
        and _TEXT.issuperset(map(type, scope))
        and _PATH(path) is not None
        and method.isalpha()
        and method.isupper()
        and (not query or _QUERY(query) is not None)
        and _plain_rest(scope, path)
        and _plain_versions(asgi)
        and _plain_lines(get("headers"))
    )


def _plain_versions(asgi: object) -> bool:
    versions: Any = asgi
    if type(asgi) is not dict:
        return False
    level = versions.get("spec_version", "2.0")
    known = 1 + ("spec_version" in versions)
    return versions.get("version") == "3.0" and type(level) is str and level in _VERSIONS and len(versions) == known


def _plain_rest(scope: Mapping[str, object], path: str) -> bool:
    """Whether the optional keys are absent or ordinary."""
    get = scope.get
    raw, scheme = get("raw_path"), get("scheme", "http")
    if (raw is not None and raw != path.encode()) or type(raw) not in {bytes, type(None)}:
        return False
    if type(scheme) is not str or not scheme or get("root_path", "") != "" or get("extensions", _NONE) != _NONE:
        return False
    return _plain_address(get("client")) and _plain_address(get("server")) and type(get("state", _NONE)) is dict


_NONE: Mapping[str, object] = {}


def _plain_address(value: object) -> bool:
    if value is None:
        return True
    pair: Any = value
    return type(value) is tuple and len(pair) == 2 and type(pair[0]) is str and type(pair[1]) is int and 0 <= pair[1] <= 65535


def _plain_lines(headers: object) -> bool:
    """Whether the request's fields are pairs of bytes with names in lower case."""
    lines: Any = headers
    if type(headers) is not list:
        return False
    for pair in lines:
        if type(pair) not in _SEQUENCES or len(pair) != 2:
            return False
        name, value = pair
        if type(name) is not bytes or type(value) is not bytes:
            return False
        if name not in _USUAL and (not name.islower() or name[0] == 58):
            return False
    return True


_USUAL = frozenset(
    b"accept accept-encoding accept-language authorization cache-control connection content-length content-type cookie date etag "
    b"host if-modified-since if-none-match last-modified location origin pragma referer set-cookie user-agent vary".split()
)
"""Names that need no look, as they are of lower-case letters."""

_SEQUENCES: frozenset[type] = frozenset({tuple, list})
_LISTS: frozenset[type] = frozenset({list})
_TEXT: frozenset[type] = frozenset({str})
