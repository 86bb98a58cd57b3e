"""Servers that break the rules of HTTP: scopes and request events."""

from __future__ import annotations

from typing import Any

from tests.conformance.corpus_servers.model import ABSENT, GONE, REQUEST, WrongServer, gives, http, piece, post, sized
from tests.conformance.corpus_servers.wrong_core import scopes

HOST = (b"host", b"example.org")


def headers(*fields: Any) -> dict[Any, Any]:
    """A scope with these header fields after the host."""
    return http(headers=[HOST, *fields])


def one_shot_bad() -> Any:
    """A one-shot iterable whose second pair is wrong."""
    yield HOST
    yield ("accept", "*/*")


def events(name: str, rule: str, *plans: list[Any], also: frozenset[str] = frozenset()) -> list[WrongServer]:
    """One server for each list of events, of a request whose body has no said length."""
    return [WrongServer(f"{name} {number}", rule, gives(post(), plan), also) for number, plan in enumerate(plans, 1)]


def body(value: Any) -> list[Any]:
    """A request event with this body, and the end."""
    return [{"type": "http.request", "body": value, "more_body": True}, REQUEST]


def lengths(name: str, *cases: tuple[bytes, list[Any]]) -> list[WrongServer]:
    """Bodies that are not as long as the scope says."""
    return [WrongServer(f"{name} {n}", "HTTP-REQ-011", gives(sized(length), plan)) for n, (length, plan) in enumerate(cases, 1)]


REQUEST_LINE = [
    *scopes(
        "http_version",
        "HTTP-SCOPE-002",
        *(http(http_version=v) for v in (1.1, "1.2", "HTTP/1.1", ABSENT, None, b"1.1", "2.0", "h2", "", (1, 1))),
    ),
    *scopes("method", "HTTP-SCOPE-003", *(http(method=v) for v in (b"GET", ABSENT, "get", None, "Post", 1))),
    *scopes("scheme", "HTTP-SCOPE-004", *(http(scheme=v) for v in ("", b"http", None, 80))),
    *scopes("path", "HTTP-SCOPE-005", *(http(path=v, raw_path=ABSENT) for v in (b"/", ABSENT, None, ["a"]))),
    *scopes(
        "path with the query",
        "HTTP-SCOPE-006",
        http(path="/x?a=1", raw_path=b"/x", query_string=b"a=1"),
        also=frozenset({"HTTP-SCOPE-009", "HTTP-SCOPE-010"}),
    ),
    *scopes("path without a slash", "HTTP-SCOPE-008", http(path="x", raw_path=b"x"), http(path="x/y", raw_path=None)),
    *scopes("raw_path type", "HTTP-SCOPE-009", *(http(raw_path=v) for v in ("/a%20b", bytearray(b"/a%20b"), [b"/a%20b"], 0))),
    *scopes(
        "raw_path with the query",
        "HTTP-SCOPE-009",
        http(raw_path=b"/a%20b?x=1&y=2"),
        http(path="/x?a=1", raw_path=b"/x?a=1", query_string=b"a=1"),
        also=frozenset({"HTTP-SCOPE-006", "HTTP-SCOPE-010"}),
    ),
    *scopes(
        "path that is not decoded",
        "HTTP-SCOPE-005",
        http(path="/caf%C3%A9", raw_path=b"/caf%C3%A9"),
        http(path="/a%20b", raw_path=b"/a%20b"),
        also=frozenset({"HTTP-SCOPE-010"}),
    ),
    *scopes(
        "path and raw_path disagree",
        "HTTP-SCOPE-010",
        http(path="/cafÃ©", raw_path=b"/caf%C3%A9"),
        http(path="/a/b", raw_path=b"/a%252Fb"),
        http(path="/A", raw_path=b"/a"),
        http(path="/a b", raw_path=b"/a+b"),
        http(path="/", raw_path=b""),
        http(path="/a/b", raw_path=b"/a//b"),
        http(path="/x?a=1", raw_path=b"/x", query_string=b""),
        also=frozenset({"HTTP-SCOPE-005"}),
    ),
    *scopes(
        "query_string", "HTTP-SCOPE-011", *(http(query_string=v) for v in (ABSENT, None, "x=1", {b"x": b"1"}, bytearray(b"x=1")))
    ),
    *scopes("root_path", "HTTP-SCOPE-012", *(http(root_path=v) for v in (b"/mnt", None, 0, ["mnt"]))),
    *scopes(
        "path is not below root_path",
        "HTTP-SCOPE-013",
        http(root_path="/mnt"),
        http(root_path="/mnt", path="/mount/x", raw_path=b"/mount/x"),
    ),
]

HEADERS = [
    *scopes("headers", "HTTP-SCOPE-015", *(http(headers=v) for v in (ABSENT, None, {b"host": b"x"}, b"host: x", 3, "host"))),
    *scopes(
        "pair",
        "HTTP-SCOPE-015",
        headers(("accept", "*/*")),
        headers((b"accept", "*/*")),
        headers(("accept", b"*/*")),
        headers((b"accept", None)),
        headers((b"accept", 1)),
        headers((b"accept", b"*/*", b"x")),
        headers((b"accept",)),
        headers(()),
        headers(b"ab"),
        headers("ab"),
        headers({b"accept": b"*/*"}),
        headers((b"accept", [b"a", b"b"])),
        headers((bytearray(b"accept"), b"*/*")),
        headers(None),
    ),
    WrongServer("pair in a one-shot iterable", "HTTP-SCOPE-015", gives(lambda: http(headers=one_shot_bad()))),
    *scopes("header name in capitals", "HTTP-SCOPE-016", headers((b"Accept", b"*/*")), headers((b"X-ID", b"1"))),
    *scopes(
        "pseudo-header",
        "HTTP-SCOPE-019",
        headers((b":authority", b"example.org")),
        headers((b":path", b"/")),
        http(headers=[(b":method", b"GET"), HOST]),
    ),
]

ENDS = [
    *scopes(
        "client",
        "HTTP-SCOPE-023",
        *(
            http(client=v)
            for v in (
                ("127.0.0.1",),
                (),
                ("127.0.0.1", 4, 5),
                (b"127.0.0.1", 4),
                ("127.0.0.1", "4"),
                ("127.0.0.1", None),
                ("127.0.0.1", 4.0),
                (None, None),
                "127.0.0.1:4",
                "ab",
                4,
                {"host": "127.0.0.1", "port": 4},
            )
        ),
    ),
    *scopes(
        "server",
        "HTTP-SCOPE-024",
        *(
            http(server=v)
            for v in (
                ("h",),
                ["h", 1, 2],
                (b"h", 80),
                ("h", "80"),
                (None, None),
                (b"/run/a.sock", None),
                (None, 80),
                "h:80",
                80,
                ("h", 80.0),
            )
        ),
    ),
    *scopes("state", "HTTP-SCOPE-026", *(http(state=v) for v in (None, [], "state", object(), [("a", 1)]))),
]

BODIES = [
    *events("body is no bytes", "HTTP-REQ-002", body("text"), body(None), body(0), body([b"a"])),
    *events(
        "body is another buffer", "HTTP-REQ-002", body(bytearray(b"x")), body(memoryview(b"x")), also=frozenset({"CORE-MSG-004"})
    ),
    *events("more_body", "HTTP-REQ-003", *([REQUEST | {"more_body": v}] for v in (1, 0, None, "", "true", []))),
    *events(
        "request after the last",
        "HTTP-REQ-005",
        [REQUEST, REQUEST],
        [piece(b"a", more=False), piece(b"b")],
        [{"type": "http.request"}, REQUEST],
    ),
    *events(
        "request after the disconnect",
        "HTTP-DISC-013",
        [piece(b"a"), GONE, REQUEST],
        [GONE, piece(b"a")],
        also=frozenset({"HTTP-DISC-003", "HTTP-REQ-005"}),
    ),
    *events("first event is the disconnect", "HTTP-REQ-016", [GONE], [GONE, GONE]),
    *lengths(
        "body shorter than its length",
        (b"5", [piece(b"abc", more=False)]),
        (b"5", [REQUEST]),
        (b"5", [{"type": "http.request"}]),
        (b"5", [piece(b"ab"), piece(b""), piece(b"cd", more=False)]),
    ),
    *lengths(
        "body longer than its length",
        (b"5", [piece(b"abcdef", more=False)]),
        (b"0", [piece(b"a", more=False)]),
        (b"5", [piece(b"abc"), piece(b"def"), REQUEST]),
    ),
]

SERVERS = [*REQUEST_LINE, *HEADERS, *ENDS, *BODIES]
