"""Applications that are unusual but legal: HTTP responses."""

from __future__ import annotations

from typing import Any

from asgikit.conformance.scenario import Once, Scenario
from tests.conformance.corpus.model import (
    ABSENT,
    HEAD,
    PLAIN,
    RECEIVE,
    STATED,
    Legal,
    body,
    event,
    exchange,
    http,
    piece,
    script,
    start,
)

HTTP2 = exchange(http(http_version="2"))
HTTP3 = exchange(http(http_version="3", scheme="https"))
POST = exchange(http("POST"), piece(b"one", more=True), piece(b"two"))


def case(name: str, *steps: Any, scenario: Scenario = PLAIN) -> Legal:
    """An application that follows a script."""
    return Legal(name, script(*steps), scenario)


ORDER = [
    case("order: one piece", start(200, []), body(b"hello", False)),
    case("order: no headers key", start(), body(b"a")),
    case("order: no body key", start(), body()),
    case("order: body key only", start(), body(b"")),
    case("order: more_body key only", start(), body(more=False)),
    case("order: pieces without body", start(), body(more=True), body(more=True), body(b"a", True), body()),
    case("order: empty pieces", start(), body(b"", True), body(b"", True), body(b"a", True), body(b"", True), body(b"", False)),
    case("order: the last piece has data", start(), body(b"a", True), body(b"b", False)),
    case("order: a thousand pieces", start(), *[body(b"x", True)] * 1000, body()),
    case("order: a large piece", start(), body(b"x" * 3_000_000)),
    case("order: answered before the body was read", start(), RECEIVE, body(b"a", True), RECEIVE, body(), scenario=POST),
    case("order: the body is not read", start(413), body(), scenario=POST),
    case("order: the body is half read", RECEIVE, start(400), body(), scenario=POST),
    case("order: receives after the end", start(), body(), RECEIVE, RECEIVE),
    case("order: receives the disconnect often", start(), body(), *[RECEIVE] * 20),
    case("order: raises before its response", ValueError("bug")),
    case("order: raises within its response", start(), body(b"a", True), ValueError("bug")),
    case("order: raises after its response", start(), body(), ValueError("bug")),
    case("order: raises between start and body", start(), ValueError("bug")),
    case("order: raises short of its length", start(200, [[b"content-length", b"9"]]), body(b"a", True), ValueError("bug")),
    case(
        "order: keys in any order",
        {"status": 200, "headers": [], "type": "http.response.start"},
        {"body": b"", "type": "http.response.body"},
    ),
    case("order: trailers False", start(200, [], trailers=False), body(b"a")),
    case("order: unknown keys", start(200, [], reason="OK", corpus={"a": [1, 2.5, None, b"", True]}), body(b"", corpus=None)),
    case("order: the limits of integers", start(200, [], corpus=[2**63 - 1, -(2**63)]), body()),
    case("order: on HTTP/1.0", start(), body(b"a", True), body(), scenario=exchange(http(http_version="1.0"))),
    case("order: on HTTP/2", start(200, STATED), body(b"a"), scenario=HTTP2),
    case("order: on HTTP/3", start(200, STATED), body(b"a"), scenario=HTTP3),
    case("order: on 2.0", start(200, STATED), body(b"a"), scenario=exchange(http(spec="2.0"))),
    case("order: without spec_version", start(200, STATED), body(b"a"), scenario=exchange(http(spec=ABSENT))),
    case(
        "order: with the least of scopes",
        start(200, STATED),
        body(b"a"),
        scenario=exchange(
            {key: http()[key] for key in ("type", "asgi", "http_version", "method", "path", "query_string", "headers")}
        ),
    ),
    case("order: of a method that nobody knows", start(501), body(), scenario=exchange(http("BREW"))),
    case("order: of OPTIONS *", start(204), body(), scenario=exchange(http("OPTIONS", "*"))),
    case(
        "order: of CONNECT",
        start(405, [[b"allow", b"GET"]]),
        body(),
        scenario=exchange(http("CONNECT", "example.org:443", raw_path=None)),
    ),
]

HEADERS = [
    case(f"headers: {name}", start(200, value), body(b"a"))
    for name, value in {
        "empty": [],
        "an empty tuple": (),
        "a tuple of tuples": ((b"a", b"b"), (b"c", b"d")),
        "a list of tuples": [(b"a", b"b")],
        "a tuple of lists": ([b"a", b"b"],),
        "once": Once(([b"a", b"b"], [b"c", b"d"])),
        "nothing, once": Once(()),
        "pairs of pairs, once": Once((Once((b"a", b"b")), Once((b"content-length", b"1")))),
        "with its length, once": Once(([b"content-length", b"1"],)),
        "the same name often": [[b"set-cookie", b"a=1"], [b"set-cookie", b"b=2"], [b"vary", b"a"], [b"vary", b"b"]],
        "empty values": [[b"x-a", b""], [b"etag", b'""']],
        "all signs of a token": [[b"!#$%&'*+-.^_`|~09az", b"a"]],
        "values beyond ASCII": [[b"x-a", b"caf\xc3\xa9"], [b"x-b", b"caf\xe9"], [b"x-c", bytes(range(0x80, 0x100))]],
        "a tab within": [[b"x-a", b"a\tb"]],
        "a comma in a cookie": [[b"set-cookie", b"a=1; Expires=Wed, 21 Oct 2026 07:28:00 GMT"]],
        "a long value": [[b"x-a", b"a" * 100_000]],
        "many": [[b"x-%d" % n, b"a"] for n in range(1000)],
        "values in capitals": [[b"content-type", b"Text/HTML; Charset=UTF-8"]],
        "a date": [[b"date", b"Wed, 21 Oct 2026 07:28:00 GMT"], [b"server", b"corpus"]],
        "alt-svc and upgrade-insecure-requests": [
            [b"alt-svc", b"clear"],
            [b"content-security-policy", b"upgrade-insecure-requests"],
        ],
        "a trailer field without trailers": [[b"trailer", b"x-sum"]],
        "names that begin as owned ones": [[b"connection-id", b"1"], [b"te-a", b"b"], [b"upgrades", b"c"], [b"keep", b"d"]],
    }.items()
]

NO_BODY = (204, 205, 304)


def sized(length: bytes, *bodies: bytes, status: int = 200, more: Any = ()) -> list[Any]:
    """The steps of a response in pieces."""
    pieces = [body(data, index < len(bodies) - 1) for index, data in enumerate(bodies)]
    return [start(status, [[b"content-length", length], *more]), *pieces]


LENGTHS = [
    case("length: exact", *sized(b"5", b"hello")),
    case("length: exact by pieces", *sized(b"5", b"hel", b"", b"lo")),
    case("length: exact, then an empty piece", *sized(b"5", b"hello", b"")),
    case("length: zero", *sized(b"0", b"")),
    case("length: zero in pieces", *sized(b"0", b"", b"", b"")),
    case("length: leading zeros", *sized(b"005", b"hello")),
    case("length: of bytes", *sized(b"5", "café".encode())),
    case("length: zero on 205", *sized(b"0", b"", status=205)),
    case("length: on 304", *sized(b"5", b"", status=304)),
    case("length: on 304, in pieces", *sized(b"5", b"", b"", status=304)),
    case("length: zero on 304", *sized(b"0", b"", status=304)),
    case("length: on HEAD", *sized(b"5", b""), scenario=HEAD),
    case("length: on HEAD, in pieces", *sized(b"12345678901234567890", b"", b""), scenario=HEAD),
    case("length: on HEAD, of an error", *sized(b"9", b"", status=404), scenario=HEAD),
    case("length: on HEAD, with a body that the server drops", *sized(b"5", b"hello"), scenario=HEAD),
    case("length: none on HEAD, with a body", start(), body(b"hel", True), body(b"lo"), scenario=HEAD),
    case("length: zero on HEAD", *sized(b"0", b""), scenario=HEAD),
    case("length: huge on HEAD", *sized(b"9" * 30, b""), scenario=HEAD),
    case("length: before an encoding", *sized(b"3", b"abc", more=[[b"content-encoding", b"gzip"]])),
    case("length: the client left before its end", start(200, [[b"content-length", b"9"]]), body(b"a", True), RECEIVE, RECEIVE),
]

STATUSES = [
    *(case(f"status: {status}", start(status), body()) for status in (200, 204, 205, 226, 299, 304, 418, 451, 499, 508, 599)),
    case("status: 201 with an empty body", start(201, [[b"location", b"/1"]]), body(b"")),
    case("status: 301 with a body", start(301, [[b"location", b"/caf%C3%A9"], *STATED]), body(b"moved")),
    case("status: 302 without a place", start(302), body()),
    case("status: 401 with a challenge", start(401, [[b"www-authenticate", b'Basic realm="a"']]), body()),
    case("status: 401 with two", start(401, [[b"www-authenticate", b"Basic"], [b"www-authenticate", b"Bearer"]]), body()),
    case("status: 405 with Allow empty", start(405, [[b"allow", b""]]), body()),
    case("status: 407 with a challenge", start(407, [[b"proxy-authenticate", b"Basic"]]), body()),
    case("status: 206 with its range", start(206, [[b"content-range", b"bytes 0-0/5"]]), body(b"a")),
    case("status: 206 of parts", start(206, [[b"content-type", b"multipart/byteranges; boundary=x"]]), body(b"--x--")),
    case("status: 416 with the size", start(416, [[b"content-range", b"bytes */5"]]), body()),
    case("status: 204 in pieces", start(204), body(b"", True), body(b"", False)),
    case("status: 304 with an etag", start(304, [[b"etag", b'"a"']]), body()),
    case("status: 500 with a body", start(500, STATED), body(b"error")),
    case("status: 503 with retry-after", start(503, [[b"retry-after", b"120"]]), body(b"")),
]

OWNED = [
    case("owned: transfer-encoding", start(200, [[b"transfer-encoding", b"chunked"]]), body(b"a")),
    case("owned: connection close on HTTP/1.1", start(200, [[b"connection", b"close"]]), body(b"a")),
    case("owned: upgrade on 426", start(426, [[b"upgrade", b"HTTP/2.0"], [b"connection", b"upgrade"]]), body()),
    case("owned: a list that ends in a comma", start(200, [[b"vary", b"a,"], [b"x-a", b","]]), body()),
]

CASES = [*ORDER, *HEADERS, *LENGTHS, *STATUSES, *OWNED]
_ = (event, NO_BODY)
