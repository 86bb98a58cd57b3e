"""The environ that a scope makes (www, WSGI Compatibility; PEP 3333): what an adapter gave, compared with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple, TypeAlias, TypeGuard
from wsgiref.validate import validator

from asgikit.conformance.transcript import Message
from asgikit.conformance.values import Finding, a_kind, is_iterable, is_sequence, shown

_OWN_KEYS: Final = {b"content-type": "CONTENT_TYPE", b"content-length": "CONTENT_LENGTH"}


class _Wanted(NamedTuple):
    """A key of the environ, the values that are right ("" for none at all), and the rule that another one breaks."""

    key: str
    values: tuple[str, ...]
    rule: str = "WSGI-001"


_Keyed: TypeAlias = tuple[object, Finding]
"""What is wrong, with the key of the environ: one finding for each is enough."""


def is_environ(value: object) -> TypeGuard[dict[object, object]]:
    """Whether it is a plain dict, as PEP 3333 wants it."""
    return type(value) is dict


def environ_findings(scope: Message, environ: object, size: int) -> list[Finding]:
    """What is wrong with the environ of a legal `http` scope with a body of `size` bytes.

    A key may be missing where its value is empty (PEP 3333, environ Variables). Open, and let pass: a Content-Length that
    the client did not send but is right, REMOTE_PORT left out, what stands for a server or client that is not known.
    """
    if not is_environ(environ):
        return [Finding("WSGI-001", f"environ is {a_kind(environ)}, not a dict")]
    found: dict[object, Finding] = {}
    for key, finding in (*_types(environ), *_table(scope, environ, size), *_server(scope, environ), *_client(scope, environ)):
        found.setdefault(key, finding)
    return [*found.values()] or list(_validated(environ))


def _table(scope: Message, environ: Mapping[object, object], size: int) -> Iterator[_Keyed]:
    for wanted in (*_request(scope), *_fields(scope, size)):
        value = environ.get(wanted.key, "")
        if value not in wanted.values:
            yield wanted.key, _wrong(wanted, value, missing=wanted.key not in environ)


def _wrong(wanted: _Wanted, value: object, *, missing: bool) -> Finding:
    text = f"{wanted.key} is {'missing' if missing else shown(value)}; the scope makes it {shown(wanted.values[0])}"
    encoded = isinstance(value, str) and not value.isascii() and not wanted.values[0].isascii()
    return Finding("WSGI-002" if encoded else wanted.rule, text)


def _types(environ: Mapping[object, object]) -> Iterator[_Keyed]:
    """Strings are str of Latin-1; keys with a dot in them belong to servers and extensions."""
    for key, value in environ.items():
        if not isinstance(key, str):
            yield key, Finding("WSGI-002", f"{shown(key)} is a key of the environ")
        elif isinstance(value, str):
            if any(ord(char) > 0xFF for char in value):
                yield key, Finding("WSGI-002", f"{key} is {ascii(value)[:200]}, with code points beyond U+00FF")
        elif "." not in key or key == "wsgi.url_scheme":
            yield key, Finding("WSGI-002", f"{key} is {shown(value)}, {a_kind(value)}, not a str")


def _native(text: str) -> str:
    """The bytes of the UTF-8, as code points of Latin-1."""
    return text.encode("utf-8", "surrogateescape").decode("latin-1")


def _text(scope: Message, key: str, default: str) -> str:
    value = scope.get(key)
    return value if isinstance(value, str) else default


def _request(scope: Message) -> Iterator[_Wanted]:
    root, path, query = _text(scope, "root_path", ""), _text(scope, "path", ""), scope.get("query_string", b"")
    version = _text(scope, "http_version", "1.1")
    yield _Wanted("REQUEST_METHOD", (_text(scope, "method", "GET"),))
    yield _Wanted("SCRIPT_NAME", (_native(root),))
    yield _Wanted("PATH_INFO", _path_info(root, path))
    yield _Wanted("QUERY_STRING", (query.decode("latin-1") if isinstance(query, bytes) else "",))
    yield _Wanted("SERVER_PROTOCOL", (f"HTTP/{version}", *([] if "." in version else [f"HTTP/{version}.0"])))
    yield _Wanted("wsgi.url_scheme", (_text(scope, "scheme", "http"),))


def _path_info(root: str, path: str) -> tuple[str, ...]:
    if path == root:
        return ("", "/") if root else (_native(path),)
    inside = bool(root) and path.startswith(f"{root}/")
    return (_native(path.removeprefix(root) if inside else path),)


def _fields(scope: Message, size: int) -> Iterator[_Wanted]:
    """CONTENT_TYPE and CONTENT_LENGTH, and HTTP_* for the others."""
    lines: dict[str, list[str]] = {}
    mixed: set[str] = set()
    for name, value in _pairs(scope.get("headers")):
        key = _OWN_KEYS.get(name.lower()) or f"HTTP_{name.decode('latin-1').upper().replace('-', '_')}"
        lines.setdefault(key, []).append(value.decode("latin-1"))
        if name != name.lower():
            mixed.add(key)
    for key, values in lines.items():
        joints = ("; ",) if key == "HTTP_COOKIE" else (",", ", ")
        rule = "WSGI-005" if len(values) > 1 else "HTTP-SCOPE-017" if key in mixed else "WSGI-001"
        yield _Wanted(key, tuple(joint.join(values) for joint in joints), rule)
    if "CONTENT_TYPE" not in lines:
        yield _Wanted("CONTENT_TYPE", ("",))
    if "CONTENT_LENGTH" not in lines:
        yield _Wanted("CONTENT_LENGTH", ("", str(size)))


def _pairs(headers: object) -> Iterator[tuple[bytes, bytes]]:
    for pair in headers if is_iterable(headers) else ():
        if is_sequence(pair) and len(pair) == 2 and isinstance(pair[0], bytes) and isinstance(pair[1], bytes):
            yield pair[0], pair[1]


def _server(scope: Message, environ: Mapping[object, object]) -> Iterator[_Keyed]:
    """SERVER_NAME and SERVER_PORT are never empty; what they are without a host and a port is open."""
    name, port = environ.get("SERVER_NAME", ""), environ.get("SERVER_PORT", "")
    server = scope.get("server")
    if is_sequence(server) and len(server) == 2 and server[1] is not None:
        for key, value, wanted in (("SERVER_NAME", name, str(server[0])), ("SERVER_PORT", port, str(server[1]))):
            if value != wanted:
                yield key, Finding("WSGI-001", f"{key} is {shown(value)}; the scope makes it {wanted!r}")
        return
    if not name or name == "None":
        yield "SERVER_NAME", Finding("WSGI-001", f"SERVER_NAME is {shown(name)}; it is never empty, whatever server is")
    if not (isinstance(port, str) and port.isascii() and port.isdigit()):
        yield "SERVER_PORT", Finding("WSGI-001", f"SERVER_PORT is {shown(port)}; it is a number, whatever server is")


def _client(scope: Message, environ: Mapping[object, object]) -> Iterator[_Keyed]:
    address, port = environ.get("REMOTE_ADDR", ""), environ.get("REMOTE_PORT", "")
    client = scope.get("client")
    if is_sequence(client) and len(client) == 2:
        if str(client[0]) not in {address, "" if address else environ.get("REMOTE_HOST")}:
            yield "REMOTE_ADDR", Finding("WSGI-001", f"REMOTE_ADDR is {shown(address)}; the scope makes it {shown(client[0])}")
        if port not in {"", str(client[1])}:
            yield "REMOTE_PORT", Finding("WSGI-001", f"REMOTE_PORT is {shown(port)}; the scope makes it '{client[1]}'")
        return
    for key, value in (("REMOTE_ADDR", address), ("REMOTE_PORT", port)):
        if value == "None":
            yield key, Finding("WSGI-001", f"{key} is 'None', and there is no client")


def _nothing(_environ: object, _start_response: object) -> list[bytes]:
    return []


def _validated(environ: Mapping[object, object]) -> Iterator[Finding]:
    """What the validator of the standard library says about a copy."""
    # It fails by itself where one of the first two is left out, and only warns of the others.
    copy: Any = {"SCRIPT_NAME": "", "PATH_INFO": "", **environ, "REQUEST_METHOD": "GET", "QUERY_STRING": ""}
    try:
        checked: Any = validator(_nothing)
        result = checked(copy, _nothing)
    except Exception as error:  # noqa: BLE001  # an AssertionError, or what the wrong value raises in the checks
        text = str(error) if isinstance(error, AssertionError) else f"{type(error).__name__}: {error}"
        yield Finding("WSGI-001", f"wsgiref.validate says: {text[:500]}")
    else:
        result.close()
