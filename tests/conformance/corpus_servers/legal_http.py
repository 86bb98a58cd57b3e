"""Servers that are unusual but legal: HTTP."""

from __future__ import annotations

from typing import Any

from tests.conformance.corpus_servers.model import (
    ABSENT,
    GONE,
    REQUEST,
    LegalServer,
    asgi,
    gives,
    http,
    merged,
    piece,
    post,
    sized,
)

HOST = (b"host", b"example.org")


def legal(name: str, *values: Any) -> list[LegalServer]:
    """One server for each scope; a callable makes it anew, for one-shot iterables."""
    return [LegalServer(f"{name} {number}", gives(value)) for number, value in enumerate(values, 1)]


def bodies(name: str, *plans: list[Any], scope: Any = None, repeats: bool = True) -> list[LegalServer]:
    """One server for each list of events."""
    return [LegalServer(f"{name} {n}", gives(scope or post(), plan, repeats=repeats)) for n, plan in enumerate(plans, 1)]


def headers(*fields: Any) -> dict[Any, Any]:
    """A scope with these header fields after the host."""
    return http(headers=[HOST, *fields])


def path(path: str, raw: Any, **changes: Any) -> dict[Any, Any]:
    """A scope with this path."""
    return http(path=path, raw_path=raw, **changes)


def minimal(kind: str = "http", **keys: Any) -> dict[Any, Any]:
    """Only what has no default."""
    plain = {
        "type": kind,
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "path": "/",
        "query_string": b"",
        "headers": [],
    }
    return merged(plain, keys)


SCOPES = [
    *legal(
        "minimal",
        minimal(),
        minimal(http_version="1.0"),
        minimal(method="POST"),
        minimal(asgi={"version": "3.0", "spec_version": "2.0"}),
    ),
    *legal("spec_version", *(http(asgi=asgi(v)) for v in ("2.0", "2.1", "2.2", "2.3", "2.4", "2.5", ABSENT))),
    *legal(
        "unknown keys",
        http(app=object(), extra={"example.key": {1, 2}}),
        http(asgi=asgi() | {"server": "tiny", "loop": object()}),
    ),
    *legal("http_version", *(http(http_version=v) for v in ("1.0", "2", "3"))),
    *legal("method", *(http(method=v) for v in ("PROPFIND", "M-SEARCH", "X!", "QUERY", "HEAD", "TRACE", "DELETE"))),
    *legal("scheme", http(scheme=ABSENT), http(scheme="https"), http(scheme="http+unix")),
    *legal(
        "path",
        path("/", None),
        path("/", ABSENT),
        path("/", b"/"),
        path("/a?b", b"/a%3Fb"),
        path("/a?b", ABSENT),
        path("/x?x=1&y=2", b"/x%3Fx=1&y=2"),
    ),
    *legal(
        "path of many bytes",
        path("/café/€/😀", b"/caf%C3%A9/%E2%82%AC/%F0%9F%98%80"),
        path("/é", "/é".encode()),
        path("/a+b", b"/a+b"),
    ),
    *legal(
        "path that is not UTF-8",
        path("/\udcff", b"/%FF"),
        path("/\ufffd", b"/%FF"),
        path("/ÿ", b"/%FF"),
        path("/%FF", b"/%FF"),
        path("/caf\ufffd", b"/caf\xe9"),
    ),
    *legal(
        "path with odd percent signs",
        path("/100%", b"/100%"),
        path("/%zz", b"/%zz"),
        path("/%41", b"/%2541"),
        path("/\x00", b"/%00"),
        path("/a\nb", b"/a%0Ab"),
    ),
    *legal(
        "path with dots and slashes",
        path("//a//b", b"//a//b"),
        path("/../a", b"/../a"),
        path("/a/b", b"/a%2Fb"),
        path("/a;b=c", b"/a;b=c"),
        path("/AB", b"/%41%42"),
    ),
    *legal(
        "target that is no path",
        path("*", b"*", method="OPTIONS"),
        path("http://h/x", b"http://h/x"),
        path("h:443", b"h:443", method="CONNECT"),
        path("http://h/x", b"/x"),
    ),
    *legal("long path", path("/" + "a" * 70_000, b"/" + b"a" * 70_000)),
    *legal(
        "query_string",
        *(http(query_string=v) for v in (b"", b"?a=1", b"a=%FF&b=+", b"&&==", b"a=1?b=2", b"%", b"a" * 70_000, b"a=\xc3\xa9")),
    ),
    *legal(
        "root_path",
        http(root_path=ABSENT),
        http(root_path="/mnt", path="/mnt/x", raw_path=b"/mnt/x"),
        http(root_path="/mnt", path="/mnt", raw_path=b"/mnt"),
        http(root_path="/é", path="/é/x", raw_path=b"/%C3%A9/x"),
    ),
    *legal(
        "root_path left out of raw_path",
        http(root_path="/mnt", path="/mnt/x", raw_path=b"/x"),
        http(root_path="/mnt", path="/x", raw_path=b"/mnt/x"),
    ),
    *legal(
        "client",
        http(client=ABSENT),
        http(client=None),
        http(client=["::1", 1]),
        http(client=("fe80::1%eth0", 65535)),
        http(client=("10.0.0.1", 0)),
        lambda: http(client=iter(["127.0.0.1", 5])),
    ),
    *legal(
        "server",
        http(server=ABSENT),
        http(server=None),
        http(server=["example.org", 443]),
        http(server=("/run/a.sock", None)),
        http(server=["/run/a.sock", None], asgi=asgi("2.2")),
        lambda: http(server=iter(("h", 80))),
    ),
    *legal("state", http(state={}), http(state={"db": object(), "n": {1, 2}}), http(state={"a.b": None})),
    *legal(
        "extensions",
        http(extensions={}),
        http(extensions={"example.fullflush": {}}),
        http(extensions={"http.response.push": {"limit": object()}, "http.response.trailers": {}}),
    ),
    *legal(
        "all extensions",
        http(extensions={f"http.response.{n}": {} for n in ("push", "zerocopysend", "pathsend", "early_hint", "trailers")}),
    ),
]

HEADERS = [
    *legal("headers", http(headers=[]), http(headers=()), http(headers=[[b"host", b"x"]]), http(headers=([b"host", b"x"], (b"a", b"b"))), http(headers=((b"host", b"x"),))),
    *legal("one-shot headers", lambda: http(headers=iter([HOST])), lambda: http(headers=(pair for pair in [HOST, (b"a", b"b")])), lambda: http(headers=iter([iter(HOST)])), lambda: http(headers={b"host": b"x"}.items())),
    *legal("header names in capitals", headers((b"Accept", b"*/*")), http(headers=[(b"HOST", b"x")]), headers((b"Content-Length", b"0"))),
    *legal("duplicate headers", headers((b"a", b"1"), (b"a", b"2"), (b"b", b""), (b"a", b"1")), headers((b"cookie", b"a=1"), (b"cookie", b"b=2")), headers(HOST)),
    *legal("header values", headers((b"a", b"")), headers((b"a", b"caf\xe9")), headers((b"a", "é".encode())), headers((b"a", b"\tx")), headers((b"a", b"b, c;d=\"e\""))),
    *legal("hop-by-hop headers", headers((b"connection", b"keep-alive"), (b"te", b"trailers")), headers((b"upgrade", b"h2c"), (b"expect", b"100-continue"))),
    *legal("no host", http(headers=[(b"accept", b"*/*")], http_version="1.0")),
    *legal("many headers", headers(*((b"x-%d" % n, b"v") for n in range(1000)))),
]  # fmt: skip

BODIES = [
    *bodies("keys left out", [{"type": "http.request"}], [{"type": "http.request", "body": b"x"}], [{"type": "http.request", "more_body": True}, {"type": "http.request", "more_body": False}]),
    *bodies("empty pieces", [piece(b""), piece(b""), piece(b"a"), piece(b""), REQUEST], [piece(b""), REQUEST]),
    *bodies("many pieces", [*(piece(b"%d" % n) for n in range(300)), REQUEST], [piece(b"x" * 200_000), piece(b"y", more=False)]),
    *bodies("unknown keys of events", [REQUEST | {"example.time": 1.5, "example.list": [1, {"a": None}]}], [REQUEST | {"peer": "10.0.0.1"}, GONE | {"reason": "bye"}]),
    *bodies("largest numbers", [REQUEST | {"a": 2**63 - 1, "b": -(2**63), "c": 1e308, "d": 5e-324, "e": -0.0, "f": True}]),
    *bodies("the client leaves", [GONE], [piece(b"a"), GONE], [piece(b"a"), GONE, GONE, GONE]),
    *bodies("the client leaves and nothing follows", [GONE], [piece(b"a"), GONE], [REQUEST], repeats=False),
    *bodies("the client leaves before the whole body", [GONE], [piece(b"abc"), GONE], [piece(b"abcde"), GONE], scope=sized(b"5")),
    *bodies("length that fits", [piece(b"abcde", more=False)], [piece(b"ab"), piece(b""), piece(b"cde"), REQUEST], scope=sized(b"5")),
    *bodies("length of leading zeros or twice", [piece(b"abcde", more=False)], scope=sized(b"005")),
    *bodies("length as a list", [piece(b"abcde", more=False)], scope=sized(b"5, 5")),
    *bodies("length in two fields", [piece(b"abcde", more=False)], scope=http(method="POST", headers=[(b"content-length", b"5"), (b"content-length", b"5")])),
    *bodies("length beside chunked", [piece(b"abc", more=False)], scope=http(method="POST", headers=[(b"content-length", b"5"), (b"transfer-encoding", b"chunked")])),
    *bodies("length in capitals", [piece(b"abc", more=False)], scope=http(method="PUT", headers=[(b"Content-Length", b"3")])),
    *bodies("a body with GET or HEAD", [piece(b"abc", more=False)], scope=http(headers=[(b"content-length", b"3")])),
    *bodies("a body on HTTP/2 without length", [piece(b"abc"), REQUEST], scope=http(method="POST", http_version="2", headers=[])),
]  # fmt: skip

SERVERS = [*SCOPES, *HEADERS, *BODIES]
