"""The checks of the keys of each message: presence, types, and what HTTP and WebSocket ask of their values."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import TypeAlias

from asgikit.conformance.facts import Facts
from asgikit.conformance.headers import (
    ACCEPT,
    DENIAL,
    PUSH,
    RESPONSE,
    TRAILERS,
    FieldRules,
    Pairs,
    accept_findings,
    field_findings,
    hop_findings,
    pairs_of,
    status_findings,
)
from asgikit.conformance.values import (
    FINDINGS,
    INT_RANGE,
    Finding,
    a_kind,
    is_iterable,
    is_mapping,
    is_sequence,
    is_text,
    is_tuple,
    shown,
    value_findings,
)

Message: TypeAlias = Mapping[str, object]
Check: TypeAlias = Callable[[Message, Facts], list[Finding]]

_ABSENT = object()


def _typed(message: Message, key: str, kind: type, rule: str, *, none: bool = False) -> Iterator[Finding]:
    """A key that may be absent and is otherwise of one type, or None where that is legal; a subclass is a note."""
    value = message.get(key, _ABSENT)
    if value is _ABSENT or (none and value is None):
        return
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        yield Finding(rule, f"{key} is {shown(value)}, {a_kind(value)}, not {a_kind(kind())}{' or None' if none else ''}")
    elif type(value) is not kind:
        yield Finding("CORE-MSG-009", f"{key} is {a_kind(value)}, not a plain {kind.__name__}")
    elif isinstance(value, int) and not INT_RANGE[0] <= value <= INT_RANGE[1]:
        yield Finding("CORE-MSG-005", f"{key} is {shown(value)}, which 64 bits with a sign do not hold")


def _fields(message: Message, rules: FieldRules, found: list[Finding], *, needed: bool = False) -> Pairs:
    """The header fields of a message; the findings about their shape, names and values are added."""
    if "headers" not in message:
        if needed:
            found.append(Finding(rules.pairs, "headers is missing"))
        return []
    headers = message["headers"]
    if is_sequence(headers) and (is_tuple(headers) or any(map(is_tuple, headers[:1]))):
        found.append(Finding("CORE-MSG-008", "headers holds tuples; the text has lists"))
    pairs = pairs_of(headers, rules.pairs, found)
    found.extend(islice(field_findings(pairs, rules), FINDINGS))
    return pairs


def pairs_in(message: Message) -> Pairs:
    """The well-formed header fields of a message, without findings."""
    return pairs_of(message.get("headers", ()), "", [])


def _start(message: Message, facts: Facts, rules: FieldRules, status_rule: str) -> list[Finding]:
    found: list[Finding] = []
    if "status" not in message:
        found.append(Finding(status_rule, "status is missing"))
    found.extend(_typed(message, "status", int, status_rule))
    pairs = _fields(message, rules, found)
    found.extend(hop_findings(pairs, facts.http))
    status = message.get("status")
    if isinstance(status, int) and not isinstance(status, bool):
        if not 100 <= status <= 599:
            found.append(Finding("HTTP-SEM-001", f"status is {status}, not 100 to 599"))
        elif status < 200:
            found.append(Finding("HTTP-SEM-002", f"status {status} is no final response"))
        found.extend(status_findings(status, pairs))
    return found


def _response_start(message: Message, facts: Facts) -> list[Finding]:
    found = [*_start(message, facts, RESPONSE, "HTTP-RESP-003"), *_typed(message, "trailers", bool, "HTTP-RESP-011")]
    if message.get("trailers") is True and all(name.lower() != b"trailer" for name, _ in pairs_in(message)):
        found.append(Finding("EXT-TRAIL-005", "trailers are announced to the server, but no trailer field tells the client"))
    return found


def _denial_start(message: Message, facts: Facts) -> list[Finding]:
    return [*_start(message, facts, DENIAL, "EXT-DENY-004"), *_typed(message, "trailers", bool, "EXT-DENY-004")]


def _response_body(message: Message, _: Facts) -> list[Finding]:
    return [*_typed(message, "body", bytes, "HTTP-RESP-013"), *_typed(message, "more_body", bool, "HTTP-RESP-014")]


def _denial_body(message: Message, _: Facts) -> list[Finding]:
    return [*_typed(message, "body", bytes, "EXT-DENY-004"), *_typed(message, "more_body", bool, "EXT-DENY-004")]


def _trailers(message: Message, _: Facts) -> list[Finding]:
    found = list(_typed(message, "more_trailers", bool, "EXT-TRAIL-003"))
    _fields(message, TRAILERS, found, needed=True)
    return found


def _push(message: Message, _: Facts) -> list[Finding]:
    found = list(_typed(message, "path", str, "EXT-PUSH-002"))
    if "path" not in message:
        found.append(Finding("EXT-PUSH-002", "path is missing"))
    _fields(message, PUSH, found, needed=True)
    return found


def _early_hint(message: Message, _: Facts) -> list[Finding]:
    links = message.get("links", _ABSENT)
    if links is _ABSENT:
        return [Finding("EXT-HINT-002", "links is missing")]
    if not is_iterable(links):
        return [Finding("EXT-HINT-002", f"links is {shown(links)}, {a_kind(links)}, not an iterable of bytes")]
    return [
        Finding("EXT-HINT-002", f"a link is {shown(link)}, {a_kind(link)}, not bytes")
        if not isinstance(link, bytes)
        else Finding("HTTP-SEM-004", f"a link holds CR, LF or NUL: {shown(link)}")
        for link in links
        if not isinstance(link, bytes) or any(byte in link for byte in b"\r\n\0")
    ]


def _path_send(message: Message, _: Facts) -> list[Finding]:
    path = message.get("path", _ABSENT)
    if path is _ABSENT:
        return [Finding("EXT-PATH-002", "path is missing")]
    found = list(_typed(message, "path", str, "EXT-PATH-002"))
    # Platform specific: "/" on POSIX, "C:\" or "\\server" on Windows.
    if isinstance(path, str) and not (path.startswith(("/", "\\\\")) or path[1:3] in {":\\", ":/"}):
        found.append(Finding("EXT-PATH-002", f"path is {shown(path)}, which is not absolute"))
    return found


def _zero_copy(message: Message, _: Facts) -> list[Finding]:
    found: list[Finding] = []
    for key in ("offset", "count"):
        found.extend(_typed(message, key, int, "EXT-ZCS-002"))
    found.extend(_typed(message, "more_body", bool, "EXT-ZCS-002"))
    if "file" not in message:
        found.append(Finding("EXT-ZCS-001", "file is missing"))
    elif not has_descriptor(message["file"]):
        found.append(Finding("EXT-ZCS-001", f"file is {a_kind(message['file'])}, without a descriptor of the operating system"))
    return found


def has_descriptor(file: object) -> bool:
    """Whether an object is an open file of the operating system."""
    fileno = getattr(file, "fileno", None)
    if not callable(fileno):
        return False
    try:
        return isinstance(fileno(), int)
    except (OSError, ValueError):  # io.UnsupportedOperation is both; ValueError: the file is closed
        return False


def _debug(message: Message, _: Facts) -> list[Finding]:
    info = message.get("info", _ABSENT)
    if not is_mapping(info):
        return [Finding("EXT-DEBUG-002", "info is missing" if info is _ABSENT else f"info is {a_kind(info)}, not a dict")]
    return [Finding("EXT-DEBUG-002", f"a key of info is {shown(key)}, not a str") for key in info if not isinstance(key, str)]


def _accept(message: Message, facts: Facts) -> list[Finding]:
    found = list(_typed(message, "subprotocol", str, "WS-ACC-002", none=True))
    subprotocol = message.get("subprotocol")
    if isinstance(subprotocol, str) and subprotocol not in facts.offered:
        found.append(Finding("WS-ACC-003", f"subprotocol is {shown(subprotocol)}; offered: {shown(sorted(facts.offered))}"))
    if "headers" in message and facts.version == "2.0" and is_iterable(message["headers"]) and _any(message["headers"]):
        found.append(Finding("VER-001", f"headers with spec_version {facts.version}; they came with 2.1"))
    pairs = _fields(message, ACCEPT, found)
    found.extend(accept_findings(pairs))
    return found


def _any(items: object) -> bool:
    return is_iterable(items) and any(True for _ in items)


def _one_of_two(message: Message, typed_bytes: str, typed_text: str, exactly: str) -> list[Finding]:
    found = [*_typed(message, "bytes", bytes, typed_bytes, none=True), *_typed(message, "text", str, typed_text, none=True)]
    given = [key for key in ("bytes", "text") if message.get(key) is not None]
    if len(given) != 1:
        found.append(Finding(exactly, "bytes and text are both given" if given else "neither bytes nor text is given"))
    return found


def _send(message: Message, _: Facts) -> list[Finding]:
    return _one_of_two(message, "WS-SEND-002", "WS-SEND-003", "WS-SEND-004")


def _receive(message: Message, _: Facts) -> list[Finding]:
    return _one_of_two(message, "WS-RECV-001", "WS-RECV-002", "WS-RECV-003")


def _close(message: Message, facts: Facts) -> list[Finding]:
    found = [*_typed(message, "code", int, "WS-CLOSE-001"), *_typed(message, "reason", str, "WS-CLOSE-002", none=True)]
    code = message.get("code", 1000)
    if type(code) is not int:
        pass  # told above
    elif not 1000 <= code <= 4999:
        found.append(Finding("WS-CLOSE-004", f"code {code} is in no range that is used"))
    elif code in {1005, 1006, 1015}:
        found.append(Finding("WS-CLOSE-012", f"code {code} is not to be sent"))
    reason = message.get("reason")
    if isinstance(reason, str) and reason:
        length = len(reason.encode(errors="surrogatepass"))
        if length > 123:
            found.append(Finding("WS-CLOSE-005", f"reason is {length} bytes; a close frame holds 123"))
        if facts.version in {"2.0", "2.1", "2.2"}:
            found.append(Finding("VER-003", f"reason with spec_version {facts.version}; it came with 2.3"))
    return found


def _request(message: Message, _: Facts) -> list[Finding]:
    return [*_typed(message, "body", bytes, "HTTP-REQ-002"), *_typed(message, "more_body", bool, "HTTP-REQ-003")]


def _disconnected(message: Message, _: Facts) -> list[Finding]:
    missing = [Finding("WS-DISC-002", "code is missing")] if "code" not in message else []
    typed = [*_typed(message, "code", int, "WS-DISC-002"), *_typed(message, "reason", str, "WS-DISC-004", none=True)]
    return [*missing, *typed]


def _failed(message: Message, _: Facts) -> list[Finding]:
    return list(_typed(message, "message", str, "LIFE-MSG-001"))


def _nothing(_: Message, __: Facts) -> list[Finding]:
    return []


CHECKS: Mapping[str, tuple[Check, frozenset[str]]] = {
    name: (check, frozenset({"type", *keys.split()}))
    for name, check, keys in (
        ("http.request", _request, "body more_body"),
        ("http.disconnect", _nothing, ""),
        ("http.response.start", _response_start, "status headers trailers"),
        ("http.response.body", _response_body, "body more_body"),
        ("http.response.trailers", _trailers, "headers more_trailers"),
        ("http.response.push", _push, "path headers"),
        ("http.response.early_hint", _early_hint, "links"),
        ("http.response.zerocopysend", _zero_copy, "file offset count more_body"),
        ("http.response.pathsend", _path_send, "path"),
        ("http.response.debug", _debug, "info"),
        ("websocket.connect", _nothing, ""),
        ("websocket.receive", _receive, "bytes text"),
        ("websocket.disconnect", _disconnected, "code reason"),
        ("websocket.accept", _accept, "subprotocol headers"),
        ("websocket.send", _send, "bytes text"),
        ("websocket.close", _close, "code reason"),
        ("websocket.http.response.start", _denial_start, "status headers trailers"),
        ("websocket.http.response.body", _denial_body, "body more_body"),
        ("lifespan.startup", _nothing, ""),
        ("lifespan.shutdown", _nothing, ""),
        ("lifespan.startup.complete", _nothing, ""),
        ("lifespan.startup.failed", _failed, "message"),
        ("lifespan.shutdown.complete", _nothing, ""),
        ("lifespan.shutdown.failed", _failed, "message"),
    )
}
"""The check of each type of event, and the keys that it knows."""


def key_findings(message: Message, facts: Facts) -> list[Finding]:
    """What is wrong with the keys of an event of a known type; unknown keys are legal, their values are checked too."""
    kind = str(message["type"])
    check, known = CHECKS[kind]
    found = check(message, facts)
    for key in message.keys() - known:
        if not is_text(key):
            found.append(Finding("CORE-MSG-007", f"a key of the event is {shown(key)}"))
        else:
            rule = "HTTP-DISC-005" if kind == "http.disconnect" else "CORE-MSG-012"
            found.append(Finding(rule, f"{kind} has no key {shown(key)} in the specification"))
            found.extend(value_findings(message[key], key))
    return found
