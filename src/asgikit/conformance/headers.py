"""The checks of header fields: pairs of bytes, names, values, and what a message may not carry."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from asgikit.conformance.values import FINDINGS, Finding, a_kind, is_iterable, shown

Pairs = list[tuple[bytes, bytes]]

_TOKEN = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+").fullmatch
_LOWER = re.compile(rb"[!#$%&'*+\-.^_`|~0-9a-z]+").fullmatch
_BREAKS = re.compile(rb"[\r\n\x00]").search
_BREAK_NAMES = {b"\r": "CR", b"\n": "LF", b"\x00": "NUL"}

CONNECTION_FIELDS = frozenset({b"connection", b"keep-alive", b"proxy-connection", b"upgrade", b"te"})
"""Fields of one hop (RFC 9110, 7.6.1): the server's, never the application's."""

HANDSHAKE_FIELDS = frozenset({b"upgrade", b"connection", b"sec-websocket-accept", b"sec-websocket-extensions"})
"""Fields of a WebSocket handshake that the server writes (RFC 6455, 4.2.2)."""


class FieldRules(NamedTuple):
    """The ids of the rules about fields in one kind of message."""

    pairs: str
    lower: str
    pseudo: str
    token: str = "HTTP-SEM-003"  # noqa: S105  # the id of a rule
    value: str = "HTTP-SEM-004"


PAIRS = 10_000
"""Fields of one message that are looked at."""

RESPONSE = FieldRules("HTTP-RESP-004", "HTTP-RESP-005", "HTTP-RESP-006")
DENIAL = FieldRules("EXT-DENY-004", "EXT-DENY-004", "EXT-DENY-004")
TRAILERS = FieldRules("EXT-TRAIL-004", "EXT-TRAIL-004", "EXT-TRAIL-004")
PUSH = FieldRules("EXT-PUSH-002", "EXT-PUSH-002", "EXT-PUSH-002")
ACCEPT = FieldRules("WS-ACC-004", "WS-ACC-005", "WS-ACC-007")


def pairs_of(value: object, rule: str, found: list[Finding]) -> Pairs:
    """The pairs that are two bytes; what is not adds a finding. One-shot iterables have been made lists before.

    Of more than 10,000 pairs, the first.
    """
    if not is_iterable(value):
        found.append(Finding(rule, f"headers is {shown(value)}, {a_kind(value)}, not an iterable of pairs"))
        return []
    pairs: Pairs = []
    for pair in islice(value, PAIRS):
        if len(found) >= FINDINGS:
            break
        if not is_iterable(pair):
            found.append(Finding(rule, f"a header is {shown(pair)}, {a_kind(pair)}, not a pair of bytes"))
            continue
        items = list(pair)
        if len(items) != 2:
            of = f" {shown(items[0])}" if items else ""
            found.append(Finding(rule, f"a header{of} has {len(items)} items, not two"))
        elif not isinstance(items[0], bytes):
            found.append(Finding(rule, f"the header name {shown(items[0])} is {a_kind(items[0])}, not bytes"))
        elif not isinstance(items[1], bytes):
            found.append(Finding(rule, f"the value of {shown(items[0])} is {a_kind(items[1])}, not bytes"))
        else:
            pairs.append((items[0], items[1]))
    return pairs


def field_findings(pairs: Pairs, rules: FieldRules) -> Iterator[Finding]:
    """What is wrong with the names and values of an application's fields, one by one; no value is shown, it may be secret."""
    for name, value in pairs:
        if not _LOWER(name):
            yield _name_finding(name, rules)
        if broken := _BREAKS(value):
            which = _BREAK_NAMES[broken[0]]
            yield Finding(rules.value, f"the value of {shown(name)} holds {which} at byte {broken.start()} of {len(value)}")
        elif value[:1] in b" \t" != value or value[-1:] in b" \t":
            yield from _space_findings(name, value)


def _name_finding(name: bytes, rules: FieldRules) -> Finding:
    if name.startswith(b":"):
        return Finding(rules.pseudo, f"{shown(name)} is a pseudo-header")
    if _TOKEN(name):
        return Finding(rules.lower, f"the header name {shown(name)} is not in lower case")
    return Finding(rules.token, f"the header name {shown(name)} is not a token")


def _space_findings(name: bytes, value: bytes) -> Iterator[Finding]:
    if value and value != value.strip(b" \t"):
        yield Finding("HTTP-SEM-005", f"the value of {shown(name)} begins or ends with whitespace")


def content_length(pairs: Pairs, found: list[Finding]) -> int | None:
    """The length that a response declares, if it does so once and in digits; else a finding, or None."""
    values = [value for name, value in pairs if name.lower() == b"content-length"]
    if not values:
        return None
    if len(values) > 1:
        found.append(Finding("HTTP-SEM-007", f"content-length is given {len(values)} times: {shown(values)}"))
        return None
    value = values[0].strip(b" \t")
    if not (value.isdigit() and value.isascii()):
        parts = [part.strip() for part in value.split(b",")]
        rule = "HTTP-SEM-007" if len(parts) > 1 and all(part.isdigit() for part in parts) else "HTTP-SEM-006"
        found.append(Finding(rule, f"content-length is {shown(values[0])}"))
        return None
    return int(value) if len(value) <= 19 else None


def hop_findings(pairs: Pairs, version: str) -> Iterator[Finding]:
    """Fields that are the server's (RFC 9110, 7.6.1; www, Response Start); HTTP/2 and 3 forbid them (RFC 9113, 8.2.2)."""
    for name, value in pairs:
        lowered = name.lower()
        if lowered in CONNECTION_FIELDS:
            yield Finding(
                "HTTP-SEM-014" if version in {"2", "3"} else "HTTP-SEM-024",
                f"{shown(name)} belongs to the connection, which is the server's",
            )
        elif lowered == b"transfer-encoding":
            yield Finding("HTTP-SEM-015", f"transfer-encoding: {shown(value)} is ignored by the server")
        elif lowered == b"set-cookie" and _joined_cookies(value):
            yield Finding("HTTP-SEM-021", f"several cookies in one set-cookie field: {shown(value)}")


_NEXT_COOKIE = re.compile(rb",\s*[!#$%&'*+\-.^_`|~0-9A-Za-z]+=[^;,]*;").search


def _joined_cookies(value: bytes) -> bool:
    """Whether a comma seems to begin another cookie; one in a date does not."""
    return _NEXT_COOKIE(value) is not None


def accept_findings(pairs: Pairs) -> Iterator[Finding]:
    """Fields of a handshake that are the server's (www, Accept; RFC 6455, 4.2.2)."""
    for name, _ in pairs:
        lowered = name.lower()
        if lowered == b"sec-websocket-protocol":
            yield Finding("WS-ACC-006", "sec-websocket-protocol is in headers; the key subprotocol chooses it")
        elif lowered in HANDSHAKE_FIELDS:
            yield Finding("WS-ACC-009", f"{shown(name)} is written by the server")


_NEEDED = {
    401: (b"www-authenticate", "a challenge: www-authenticate"),
    405: (b"allow", "allow, with the methods that there are (RFC 9110, 15.5.6)"),
    407: (b"proxy-authenticate", "a challenge: proxy-authenticate (RFC 9110, 15.5.8)"),
    416: (b"content-range", "content-range: bytes */length (RFC 9110, 15.5.17)"),
    426: (b"upgrade", "upgrade"),
}


def status_findings(status: int, pairs: Pairs) -> Iterator[Finding]:
    """Fields that a status needs (RFC 9110, 15)."""
    if status in _NEEDED:
        name, wanted = _NEEDED[status]
        if status != 426 and all(field.lower() != name for field, _ in pairs):
            yield Finding("HTTP-SEM-022", f"{status} without {wanted}")
    elif status == 206:
        names = {field.lower(): value for field, value in pairs}
        if b"content-range" not in names and not names.get(b"content-type", b"").lower().startswith(b"multipart/byteranges"):
            yield Finding("HTTP-SEM-022", "206 without content-range, and not multipart/byteranges (RFC 9110, 15.3.7)")
