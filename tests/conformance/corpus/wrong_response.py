"""Applications that are wrong in an HTTP response: its order, its keys, and what RFC 9110 asks of it."""

from __future__ import annotations

from typing import Any

from asgikit.conformance.scenario import Once, Scenario
from tests.conformance.corpus.model import (
    HEAD,
    PLAIN,
    RECEIVE,
    STATED,
    Wrong,
    body,
    event,
    exchange,
    http,
    ids,
    script,
    start,
)

HTTP2 = exchange(http(http_version="2"))
HTTP3 = exchange(http(http_version="3"))
OFFERING = exchange(http(extensions="http.response.push http.response.early_hint http.response.debug"))


def case(name: str, rule: str, *steps: Any, also: str = "", scenario: Scenario = PLAIN) -> Wrong:
    """An application that follows a script."""
    return Wrong(name, rule, script(*steps), scenario, also=ids(also))


async def fails_late(scope: Any, receive: Any, send: Any) -> None:
    """An error handler that does not look whether the response has begun."""
    try:
        await send(start())
        await send(body(b"a", True))
        raise ValueError("while streaming")
    except ValueError:
        await send(start(500))
        await send(body(b"error"))


ORDER = [
    case("order: body before start", "HTTP-RESP-001", body(b"a", True), start(), body()),
    case("order: body alone", "HTTP-RESP-001", body(b"a"), also="HTTP-RESP-020 HTTP-RESP-010"),
    case("order: empty body before start", "HTTP-RESP-001", body(b"", True), start(), body()),
    case("order: start twice", "HTTP-RESP-002", start(), start(), body()),
    case("order: start after a piece", "HTTP-RESP-002", start(), body(b"a", True), start(), body()),
    case("order: start after the end", "HTTP-RESP-002", start(), body(), start(), body(), also="HTTP-RESP-017"),
    case("order: other start after the end", "HTTP-RESP-002", start(), body(b"a"), start(404, []), also="HTTP-RESP-017"),
    Wrong("order: error page in the middle", "HTTP-RESP-002", fails_late, PLAIN),
    case("order: two ends", "HTTP-RESP-017", start(), body(b"a"), body(b"b")),
    case("order: an empty end behind the end", "HTTP-RESP-017", start(), body(b"a"), body(b"", False)),
    case("order: a piece behind the end", "HTTP-RESP-017", start(), body(b"a", False), body(b"b", True)),
    case("order: no content", "HTTP-RESP-010", start(204), also="HTTP-RESP-019"),
    case(
        "order: no content, only a push",
        "HTTP-RESP-010",
        start(),
        event("http.response.push", path="/a", headers=[]),
        also="HTTP-RESP-019",
        scenario=OFFERING,
    ),
    case("order: no content for HEAD", "HTTP-RESP-010", start(), also="HTTP-RESP-019", scenario=HEAD),
    case("order: no end", "HTTP-RESP-019", start(), body(b"a", True)),
    case("order: no end, empty", "HTTP-RESP-019", start(), body(b"", True)),
    case(
        "order: no end though all bytes are there", "HTTP-RESP-019", start(headers=[[b"content-length", b"1"]]), body(b"a", True)
    ),
    case("order: no end for HEAD", "HTTP-RESP-019", start(), body(b"", True), scenario=HEAD),
    case("order: no response", "HTTP-RESP-020"),
    case("order: no response after the request", "HTTP-RESP-020", RECEIVE),
    case(
        "order: no response behind a hint", "HTTP-RESP-020", event("http.response.early_hint", links=[b"<a>"]), scenario=OFFERING
    ),
    case("order: no response behind debugging", "HTTP-RESP-020", event("http.response.debug", info={}), scenario=OFFERING),
]

STATUS_KEYS: dict[str, dict[str, Any]] = {
    "absent": {},
    "a str": {"status": "200"},
    "bytes": {"status": b"200"},
    "None": {"status": None},
    "a float": {"status": 200.0},
    "True": {"status": True},
    "a list": {"status": [200]},
    "with its reason": {"status": "200 OK"},
}
STATUS = [
    case(f"status: {name}", "HTTP-RESP-003", {"type": "http.response.start", **keys}, body(), also="HTTP-SEM-001")
    for name, keys in STATUS_KEYS.items()
]

FIELD_LISTS: dict[str, Any] = {
    "a dict": {"content-type": "text/plain"},
    "None": None,
    "an int": 1,
    "a str": "content-type: text/plain",
    "str names": [["a", b"b"]],
    "str values": [[b"a", "b"]],
    "str values in the second": [[b"a", b"b"], [b"c", "d"]],
    "int values": [[b"content-length", 0]],
    "None values": [[b"a", None]],
    "three items": [[b"a", b"b", b"c"]],
    "one item": [[b"a"]],
    "no item": [[]],
    "a pair that is a str": ["ab"],
    "a pair that is bytes": [b"ab"],
    "a pair that is None": [None],
    "flat": [b"a", b"b"],
    "a bytearray": [[bytearray(b"a"), b"b"]],
    "str, once": Once((["a", "b"],)),
    "str pairs, once": Once((Once((b"a", "b")),)),
}
FIELDS = [
    case(f"headers: {name}", "HTTP-RESP-004", start(200, value), body(), also="CORE-MSG-004")
    for name, value in FIELD_LISTS.items()
]

NAMES = [
    case("name: upper case", "HTTP-RESP-005", start(200, [[b"Content-Type", b"a/b"]]), body()),
    case("name: one letter", "HTTP-RESP-005", start(200, [[b"a", b"b"], [b"x-sUm", b"b"]]), body()),
    case("name: upper case, once", "HTTP-RESP-005", start(200, Once(([b"ETag", b'"a"'],))), body()),
    case("name: pseudo", "HTTP-RESP-006", start(200, [[b":status", b"200"]]), body(), also="HTTP-SEM-003"),
    case(
        "name: pseudo of a request", "HTTP-RESP-006", start(200, [[b":path", b"/"]]), body(), also="HTTP-SEM-003", scenario=HTTP2
    ),
    *(
        case(f"name: {name!r}", "HTTP-SEM-003", start(200, [[name, b"a"]]), body(), also=also)
        for name, also in (
            (b"", ""),
            (b"a b", ""),
            (b"a:b", ""),
            (b"a ", ""),
            (b"a\r\nb", "HTTP-SEM-004"),
            (b"\xe4", ""),
            (b"a(b)", ""),
            (b"a\x00", "HTTP-SEM-004"),
            (b'"a"', ""),
            (b"\x7f", ""),
        )
    ),
]

PIECES: dict[str, Any] = {
    "a str": "hello",
    "an empty str": "",
    "None": None,
    "a bytearray": bytearray(b"a"),
    "a memoryview": memoryview(b"a"),
    "a list": [b"a"],
    "an int": 5,
    "a generator": Once((b"a",)),
    "JSON": {"a": 1},
}
BODIES = [case(f"body: {name}", "HTTP-RESP-013", start(), body(value), also="CORE-MSG-004") for name, value in PIECES.items()]
NO_BOOLS: tuple[Any, ...] = (1, 0, None, "true", "false", b"", [])
MORE = [
    case(f"more_body: {value!r}", "HTTP-RESP-014", start(), body(b"a", value), body(b""), also="HTTP-RESP-017")
    for value in NO_BOOLS
]
TRAILERS = [
    case(f"trailers: {value!r}", "HTTP-RESP-011", start(200, [], trailers=value), body(), also="EXT-TRAIL-002 EXT-TRAIL-001")
    for value in NO_BOOLS
]

NUMBERS = [
    case(f"status: {status}", "HTTP-SEM-001", start(status), body(), also="HTTP-SEM-002" if status < 200 else "")
    for status in (0, 1, 20, 99, 600, 999, 1000, -200)
]
INTERIM = [case(f"status: {status} alone", "HTTP-SEM-002", start(status), body()) for status in (100, 101, 102, 103, 199)]
INTERIM.append(case("status: 100, then another", "HTTP-SEM-002", start(100), start(200), body(), also="HTTP-RESP-002"))

CONTENT = [
    case(f"value: {value!r}", "HTTP-SEM-004", start(302, [[b"location", value]]), body())
    for value in (b"/a\r\nset-cookie: a=b", b"/a\nb", b"/a\rb", b"/a\x00", b"\r\n /a", b"/a\n")
]
CONTENT += [
    case(f"value: {value!r}", "HTTP-SEM-005", start(200, [[b"x-a", value]]), body())
    for value in (b" a", b"a ", b"\ta", b"a\t", b" ")
]


def sized(length: bytes | None, *bodies: bytes, status: int = 200) -> list[Any]:
    """The steps of a response in pieces."""
    pieces = [body(data, index < len(bodies) - 1) for index, data in enumerate(bodies)]
    return [start(status, [[b"content-length", length]] if length is not None else []), *pieces]


LENGTHS = [
    *(
        case(f"length: {value!r}", "HTTP-SEM-006", *sized(value, b"hello"), also=also)
        for value, also in (
            (b"abc", ""),
            (b"-5", ""),
            (b"+5", ""),
            (b"5.0", ""),
            (b"", ""),
            (b"0x5", ""),
            (b"5_0", ""),
            (b"5 0", ""),
            (b"\xd9\xa5", ""),
        )
    ),
    case("length: twice", "HTTP-SEM-007", start(200, [[b"content-length", b"0"], [b"content-length", b"0"]]), body()),
    case("length: a list", "HTTP-SEM-007", *sized(b"5, 5", b"hello"), also="HTTP-SEM-006 HTTP-SEM-008"),
    case(
        "length: two",
        "HTTP-SEM-007",
        start(200, [[b"content-length", b"5"], [b"content-length", b"6"]]),
        body(b"hello"),
        also="HTTP-SEM-008",
    ),
    case("length: too short", "HTTP-SEM-008", *sized(b"10", b"hello")),
    case("length: too long", "HTTP-SEM-008", *sized(b"3", b"hello")),
    case("length: of nothing", "HTTP-SEM-008", *sized(b"5", b"")),
    case("length: zero", "HTTP-SEM-008", *sized(b"0", b"a")),
    case("length: of characters", "HTTP-SEM-008", *sized(b"4", "café".encode())),
    case("length: too long by pieces", "HTTP-SEM-008", *sized(b"5", b"hel", b"lo", b"!")),
    case("length: too short by pieces", "HTTP-SEM-008", *sized(b"9", b"hel", b"", b"lo")),
    case("length: of 404", "HTTP-SEM-008", *sized(b"1", b"", status=404)),
    case("length: body absent", "HTTP-SEM-008", start(200, [[b"content-length", b"1"]]), body()),
    case("length: once", "HTTP-SEM-008", start(200, Once(([b"content-length", b"1"],))), body()),
    case("length: 204 with zero", "HTTP-SEM-009", *sized(b"0", b"", status=204)),
    case("length: 204 with five", "HTTP-SEM-009", *sized(b"5", b"", status=204), also="HTTP-SEM-008"),
    case("length: 204 for HEAD", "HTTP-SEM-009", *sized(b"0", b"", status=204), scenario=HEAD),
]

EMPTY = [
    *(case(f"no body: {status}", "HTTP-SEM-010", *sized(None, b"null", status=status)) for status in (204, 205, 304)),
    case("no body: 204 in the second piece", "HTTP-SEM-010", *sized(None, b"", b"a", b"", status=204)),
    case("no body: 304 with its length", "HTTP-SEM-010", *sized(b"5", b"hello", status=304)),
    case("no body: HEAD", "HTTP-SEM-011", *sized(b"5", b"hello"), scenario=HEAD),
    case("no body: HEAD, in pieces", "HTTP-SEM-011", *sized(None, b"hel", b"lo"), scenario=HEAD),
]

OWNED = [
    *(
        case(f"owned: {name.decode()} on HTTP/2", "HTTP-SEM-014", start(200, [[name, value]]), body(), scenario=HTTP2)
        for name, value in ((b"connection", b"close"), (b"keep-alive", b"timeout=5"), (b"upgrade", b"h2c"), (b"te", b"gzip"))
    ),
    case(
        "owned: proxy-connection on HTTP/3", "HTTP-SEM-014", start(200, [[b"proxy-connection", b"close"]]), body(), scenario=HTTP3
    ),
    case("owned: connection on HTTP/1.1", "HTTP-SEM-024", start(200, [[b"connection", b"keep-alive"]]), body()),
    case(
        "owned: keep-alive on HTTP/1.0",
        "HTTP-SEM-024",
        start(200, [[b"keep-alive", b"timeout=5"]]),
        body(),
        scenario=exchange(http(http_version="1.0")),
    ),
    case("owned: transfer-encoding", "HTTP-SEM-015", start(200, [[b"transfer-encoding", b"chunked"]]), body()),
    case(
        "owned: transfer-encoding on HTTP/2",
        "HTTP-SEM-015",
        start(200, [[b"transfer-encoding", b"chunked"]]),
        body(),
        scenario=HTTP2,
        also="HTTP-SEM-014",
    ),
    case("owned: cookies joined", "HTTP-SEM-021", start(200, [[b"set-cookie", b"a=1; Path=/, b=2; Path=/"]]), body()),
    case("owned: 401 without a challenge", "HTTP-SEM-022", start(401, STATED), body()),
    case("owned: 405 without Allow", "HTTP-SEM-022", start(405), body()),
    case("owned: 407 without a challenge", "HTTP-SEM-022", start(407, [[b"www-authenticate", b"Basic"]]), body()),
    case("owned: 416 without a range", "HTTP-SEM-022", start(416), body()),
    case("owned: 206 without a range", "HTTP-SEM-022", start(206, STATED), body(b"a")),
]

CASES = [
    *ORDER,
    *STATUS,
    *FIELDS,
    *NAMES,
    *BODIES,
    *MORE,
    *TRAILERS,
    *NUMBERS,
    *INTERIM,
    *CONTENT,
    *LENGTHS,
    *EMPTY,
    *OWNED,
]
