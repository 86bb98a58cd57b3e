"""Header fields of requests: what is unusual but legal in their names, their values, their order and their containers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from asgikit.conformance.drafts import Draft, Field, Quirk, Shape
from asgikit.conformance.drawing import Choose
from asgikit.conformance.scenario import Once

_NEEDED: Final = frozenset({b"content-type", b"content-length", b"transfer-encoding", b"sec-websocket-protocol"})
"""Fields that other parts of a scenario agree with."""

REPEATED: Final[tuple[tuple[Field, ...], ...]] = (
    ((b"x-forwarded-for", b"10.0.0.1"), (b"x-forwarded-for", b"10.0.0.2")),
    ((b"accept", b"text/html"), (b"accept", b"application/json;q=0.5")),
    ((b"x-tag", b"b"), (b"x-other", b""), (b"x-tag", b"a"), (b"x-tag", b"b")),
)

ODD: Final[tuple[Field, ...]] = (
    (b"x-empty", b""),
    (b"user-agent", b""),
    (b"accept", b""),
    (b"cookie", b""),
    (b"cookie", b"a=1; ; b; =c; a=2; \xe9=\xff"),
    (b"user-agent", b"caf\xe9 \xff\xfe"),
    (b"x-name", "日本".encode()),
    (b"accept", b"*/*;q=x, ,;"),
    (b"accept-language", b"*;q=0, x-klingon"),
    (b"accept-encoding", b"identity;q=0, *;q=0"),
    (b"authorization", b"Basic =="),
    (b"authorization", b"Bearer"),
    (b"if-modified-since", b"yesterday"),
    (b"if-none-match", b'W/"a", "b'),
    (b"range", b"bytes=9-1"),
    (b"referer", b"http://[::1"),
    (b"origin", b"null"),
    (b"x-forwarded-proto", b"wss"),
    (b"forwarded", b"for=_hidden;by="),
    (b"x_under_score", b"1"),
    (b"!#$%&'*+-.^`|~1", b"1"),
    (b"x-long", b"a" * 4000),
    (b"te", b"trailers"),
)
"""Fields that are legal to send and that an application seldom meets."""

HOSTS: Final = (b"", b"example.org", b"[::1]:8000", b"example.org:", b"EXAMPLE.org:443", b"127.0.0.1:00080", b"x" * 300)


def _repeated(draft: Draft, choose: Choose) -> bool:
    draft.fields += choose.one_of(REPEATED)
    return True


def _odd(draft: Draft, choose: Choose) -> bool:
    draft.fields += choose.several(ODD, 3) or ODD[:1]
    return True


def _any_values(draft: Draft, choose: Choose) -> bool:
    """Octets that a field may hold: all but controls, without blanks at the ends (RFC 9110, 5.5)."""
    value = bytes(byte for byte in choose.octets(20) if byte >= 32 and byte != 127)
    draft.fields.append((b"x-value", value.strip(b" \t")))
    return True


def _other_host(draft: Draft, choose: Choose) -> bool:
    host = choose.one_of(HOSTS)
    draft.fields = [(name, host if name == b"host" else value) for name, value in draft.fields]
    return True


def _no_host(draft: Draft, choose: Choose) -> bool:
    """Without Host, which HTTP/1.0 clients need not send, or without any field that can be missed."""
    if draft.is_http and choose.below(2):
        draft.fields = [field for field in draft.fields if field[0] in _NEEDED]
    else:
        draft.fields = [field for field in draft.fields if field[0] != b"host"]
    return True


def _upper(draft: Draft, choose: Choose) -> bool:
    if not draft.is_old:
        return False
    cased = choose.one_of((bytes.title, bytes.upper))
    draft.fields = [(cased(name), value) for name, value in draft.fields]
    return True


def _split_cookies(draft: Draft, choose: Choose) -> bool:
    """Cookies in several fields, as HTTP/2 and HTTP/3 allow (RFC 9113, 8.2.3)."""
    if "http_version" in draft.touched:
        return False
    draft.scope["http_version"] = "2"
    draft.touched.add("http_version")
    crumbs = choose.one_of(((b"a=1", b"b=2"), (b"a=1", b"a=2", b"c=3"), (b"a=1; b=2", b"c=3"), (b"a=1", b"")))
    draft.fields += ((b"cookie", crumb) for crumb in crumbs)
    return True


def _tuple_of_tuples(fields: Sequence[Field]) -> object:
    return tuple(fields)


def _list_of_tuples(fields: Sequence[Field]) -> object:
    return list(fields)


def _tuple_of_lists(fields: Sequence[Field]) -> object:
    return tuple([name, value] for name, value in fields)


def _once(fields: Sequence[Field]) -> object:
    return Once(tuple(fields))


def _pairs_once(fields: Sequence[Field]) -> object:
    return [Once(field) for field in fields]


SHAPES: Final[tuple[Shape, ...]] = (_list_of_tuples, _tuple_of_tuples, _tuple_of_lists)
ONE_SHOT: Final[tuple[Shape, ...]] = (_once, _pairs_once)
"""Iterables that can be iterated once only: of the pairs, or of name and value."""


def _shaped(draft: Draft, choose: Choose) -> bool:
    draft.shape = choose.one_of(SHAPES)
    return True


HEADER_QUIRKS: Final = (
    Quirk(("fields",), _odd),
    Quirk(("value",), _any_values),
    Quirk(("repeated",), _repeated),
    Quirk(("host",), _other_host),
    Quirk(("host",), _no_host, ("HTTP-SCOPE-025",)),
    Quirk(("cookie",), _split_cookies, ("HTTP-SCOPE-021",)),
    Quirk(("names",), _upper, ("HTTP-SCOPE-017",)),
    Quirk(("shape",), _shaped, ("HTTP-SCOPE-022",)),
)
"""Those about the names come behind those that add fields, and those about containers last."""
