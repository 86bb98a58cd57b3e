"""What a server makes of a request's head: the scope."""

from __future__ import annotations

from asgikit.conformance.server.case import Context, ServerCase
from asgikit.conformance.server.exchange import Seen, ask, plain, request, seen
from asgikit.conformance.server.launch import Options
from asgikit.conformance.server.script import Action, mark, piece, receive_body, respond, start

RAW = b"/caf%C3%A9/a%2Fb/%7Euser;v=1"
DECODED = "/café/a/b/~user;v=1"


def was_called(found: Seen) -> bool:
    """Whether the application was called, once; a finding if not."""
    calls = len(found.of("call"))
    if not calls:
        return found.expect(
            False, "HTTP-REQ-001", f"a plain request got {found.answer.status or 'nothing'} without the application"
        )
    return found.expect(calls == 1, "CORE-APP-002", f"one request has called the application {calls} times")


def head(context: Context) -> None:
    """Path and query string are those of the request line, each decoded as far as it has to be."""
    query = b"a=%20b&c=d+e?f"
    script = context.script(plain())
    found = ask(context, script, request(script, target=RAW + b"?" + query))
    if not was_called(found):
        return
    scope = found.scope
    found.expect(scope.get("type") == "http", "HTTP-SCOPE-030", f"the scope of a plain request is of type {scope.get('type')!r}")
    found.expect(scope.get("path") == DECODED, "HTTP-SCOPE-005", f"path is {scope.get('path')!r}, not {DECODED!r}")
    raw = scope.get("raw_path")
    found.expect(raw in {None, RAW}, "HTTP-SCOPE-009", f"raw_path is {raw!r}, not {RAW!r}")
    given = scope.get("query_string")
    found.expect(given == query, "HTTP-SCOPE-011", f"query_string is {given!r}, not {query!r}")


def question_marks(context: Context) -> None:
    """Only the first question mark ends the path; an encoded one belongs to it."""
    for target, path, query in (
        (b"/a?", "/a", b""),
        (b"/?", "/", b""),
        (b"/a??b", "/a", b"?b"),
        (b"/a%3Fb?c=/d", "/a?b", b"c=/d"),
        (b"//a//?b", "//a//", b"b"),
    ):
        script = context.script(plain())
        found = ask(context, script, request(script, target=target))
        if not found.was_called:
            continue  # it may refuse what it finds odd
        given = (found.scope.get("path"), found.scope.get("query_string"))
        found.expect(given[0] == path, "HTTP-SCOPE-006", f"of the target {target!r} the path became {given[0]!r}, not {path!r}")
        found.expect(
            given[1] == query, "HTTP-SCOPE-011", f"of the target {target!r} the query string became {given[1]!r}, not {query!r}"
        )


def not_utf8(context: Context) -> None:
    """A path that is no UTF-8 is refused or given, the same way each time, and nothing breaks."""
    for target in (b"/%FF%FE", b"/%C3(", b"/%ED%A0%80", b"/%00", b"/%", b"/%zz", b"/caf\xe9", b"/caf\xc3\xa9"):
        results: list[tuple[object, object]] = []
        for _ in range(2):
            script = context.script(plain())
            found = ask(context, script, request(script, target=target))
            results.append((found.answer.status, found.scope.get("path")))
            found.expect(
                found.answer.status and found.answer.status != 500,
                "HTTP-SCOPE-007",
                f"the target {target!r} got {found.answer.status or 'no answer'}",
            )
            if results[0] != results[-1]:
                found.expect(False, "HTTP-SCOPE-007", f"the target {target!r} gave {results[0]!r}, then {results[-1]!r}")


def odd_targets(context: Context) -> None:
    """A target in absolute or asterisk form is refused or given; its query is no part of the path either way."""
    for method, target in ((b"OPTIONS", b"*"), (b"GET", b"http://localhost/x?y=z"), (b"GET", b"http://localhost?y=z")):
        script = context.script(plain())
        found = ask(context, script, request(script, method=method, target=target), method=method.decode())
        path, query = found.scope.get("path"), found.scope.get("query_string")
        if not found.was_called:
            found.expect(found.answer.status != 500, "HTTP-SCOPE-007", f"the target {target!r} got 500 without the application")
        elif b"?" in target:
            found.expect("?" not in str(path), "HTTP-SCOPE-006", f"of the target {target!r} the path became {path!r}")
            found.expect(query == b"y=z", "HTTP-SCOPE-011", f"of the target {target!r} the query string became {query!r}")


def methods(context: Context) -> None:
    """A method that the server lets pass comes as it was sent; one in lower case, as it was or in upper case."""
    for method in (b"PUT", b"DELETE", b"PATCH", b"OPTIONS", b"QUERY", b"M-SEARCH", b"X", b"get"):
        script = context.script(plain())
        found = ask(context, script, request(script, method=method), method=method.decode())
        if found.was_called:
            allowed = {method.decode(), method.decode().upper()}
            given = found.scope.get("method")
            found.expect(given in allowed, "HTTP-SCOPE-003", f"the method {method!r} became {given!r}")
            found.expect(given != "get", "HTTP-SCOPE-031", "the method b'get' was handed on as it is")


SENT = (
    (b"X-One", b"1"),
    (b"Accept", b"text/html"),
    (b"x-one", b"2"),
    (b"X-Empty", b""),
    (b"accept", b"text/plain;q=0.5, */*"),
    (b"X-ONE", b"\xe9\xff"),
    (b"Cookie", b"a=b; c=d"),
    (b"x-one", b"2"),
)


def fields(context: Context) -> None:
    """Repeated fields come repeated and in order, their bytes as they were; no field is added."""
    script = context.script(plain())
    found = ask(context, script, request(script, fields=SENT))
    if not found.was_called:
        context.skip(f"the server refuses octets above 127 in a field: {found.answer.status}")
    for name in sorted({name.lower() for name, _ in SENT}):
        sent = [value for key, value in SENT if key.lower() == name]
        given = [value for key, value in found.fields if key == name]
        found.expect(given == sent, "HTTP-SCOPE-018", f"the values of {name!r} came as {given!r}, not {sent!r}")
    added = sorted({name for name, _ in found.fields} - {name.lower() for name, _ in SENT} - {b"host"})
    found.expect(not added, "HTTP-SCOPE-029", f"the scope has fields that nobody sent: {added!r}")


def blanks(context: Context) -> None:
    """White space around a value is not part of it."""
    script = context.script(plain())
    data = request(script).replace(b"\r\n\r\n", b"\r\nX-A:  b \t\r\nX-B:\tc d\t \r\nX-C:e\r\nX-D:   \r\n\r\n")
    found = ask(context, script, data)
    if was_called(found):
        given = {name: value for name, value in found.fields if name.startswith(b"x-")}
        wanted = {b"x-a": b"b", b"x-b": b"c d", b"x-c": b"e", b"x-d": b""}
        found.expect(given == wanted, "HTTP-SCOPE-028", f"fields with blanks around their values came as {given!r}")


def folded(context: Context) -> None:
    """A folded line, or a blank before the colon, is refused or made good: no line break comes through."""
    for line in (b"X-A: b\r\n c", b"X-A: b\r\n\tc", b"X-A : b"):
        script = context.script(plain())
        found = ask(context, script, request(script).replace(b"\r\n\r\n", b"\r\n" + line + b"\r\n\r\n"))
        odd = [pair for pair in found.fields if pair[0].strip() != pair[0] or b"\r" in pair[1] or b"\n" in pair[1]]
        found.expect(not odd, "HTTP-SCOPE-028", f"the line {line!r} came as the field {odd!r}")


def upgrade(context: Context) -> None:
    """A request to upgrade to anything but WebSocket is a request like any other."""
    script = context.script(plain())
    found = ask(context, script, request(script, fields=((b"Connection", b"Upgrade"), (b"Upgrade", b"pigeon/1"))))
    if found.was_called:
        kind = found.scope.get("type")
        found.expect(kind == "http", "HTTP-SCOPE-030", f"a request to upgrade to pigeon/1 came as a scope of type {kind!r}")
        found.expect(found.answer.status == 200, "HTTP-SCOPE-030", f"its answer was {found.answer.status}")


def version_1_0(context: Context) -> None:
    """A client of HTTP/1.0 is told so, and gets nothing chunked (RFC 9112, 6.1)."""
    script = context.script(receive_body(), mark("stream"), *_streamed())
    found = ask(context, script, request(script).replace(b"HTTP/1.1", b"HTTP/1.0"))
    if not found.was_called:
        context.skip(f"the server answers HTTP/1.0 with {found.answer.status}")
    given = found.scope.get("http_version")
    found.expect(given == "1.0", "HTTP-SCOPE-002", f"http_version is {given!r} for a request of HTTP/1.0")
    chunked = found.answer.all(b"transfer-encoding")
    found.expect(not chunked, "HTTP-SEM-025", "a client of HTTP/1.0 got a response with Transfer-Encoding")
    found.expect(chunked or found.answer.body == b"one two", "HTTP-RESP-016", f"the body came as {found.answer.body!r}")


def _streamed() -> tuple[Action, ...]:
    return (start(), piece(b"one ", more=True), piece(b"two", more=True), piece())


def own_scope(context: Context) -> None:
    """Two requests at one time have two scopes."""
    scripts = [context.script(receive_body(), ("pause", 0.5), respond()) for _ in range(2)]
    with context.connect() as one, context.connect() as two:
        for wire, script in zip((one, two), scripts, strict=True):
            wire.send(request(script))
        found = [seen(context, script, wire.answer(), wire) for wire, script in zip((one, two), scripts, strict=True)]
    (first, second) = ([(record.pid, record.get("scope_id")) for record in item.of("call")] for item in found)
    found[1].expect(not set(first) & set(second), "CORE-SCOPE-008", "two requests that ran at one time had the same scope object")


def root_path(context: Context) -> None:
    """A mounted application is told where; whether its path begins there is an old dispute, and only a note."""
    if not context.target.root_path:
        context.skip("it is not known how this server mounts an application")
    with context.fresh(Options(root_path="/mnt")) as server:
        script = context.script(plain())
        found = ask(context, script, request(script, target=b"/mnt/x"), server=server)
        given = found.scope.get("root_path")
        found.expect(given == "/mnt", "HTTP-SCOPE-012", f"root_path is {given!r} for an application that is mounted at /mnt")
        path = found.scope.get("path")
        found.expect(path == "/mnt/x", "HTTP-SCOPE-013", f"path is {path!r} for /mnt/x, requested of an application at /mnt")


CASES = (
    ServerCase(
        "http-head", ("HTTP-SCOPE-005", "HTTP-SCOPE-009", "HTTP-SCOPE-011", "HTTP-SCOPE-030", "CORE-APP-002"), "http/1.1", head
    ),
    ServerCase("http-question-marks", ("HTTP-SCOPE-006", "HTTP-SCOPE-011"), "http/1.1", question_marks),
    ServerCase("http-path-not-utf8", ("HTTP-SCOPE-007",), "http/1.1", not_utf8),
    ServerCase("http-odd-targets", ("HTTP-SCOPE-006", "HTTP-SCOPE-007", "HTTP-SCOPE-011"), "http/1.1", odd_targets),
    ServerCase("http-methods", ("HTTP-SCOPE-003", "HTTP-SCOPE-031"), "http/1.1", methods),
    ServerCase("http-fields", ("HTTP-SCOPE-018", "HTTP-SCOPE-029"), "http/1.1", fields),
    ServerCase("http-blanks", ("HTTP-SCOPE-028",), "http/1.1", blanks),
    ServerCase("http-folded", ("HTTP-SCOPE-028",), "http/1.1", folded),
    ServerCase("http-upgrade", ("HTTP-SCOPE-030",), "http/1.1", upgrade),
    ServerCase("http-version-1.0", ("HTTP-SCOPE-002", "HTTP-SEM-025", "HTTP-RESP-016"), "http/1.1", version_1_0),
    ServerCase("http-own-scope", ("CORE-SCOPE-008",), "http/1.1", own_scope),
    ServerCase("process-root-path", ("HTTP-SCOPE-012", "HTTP-SCOPE-013"), "process", root_path, alone=True),
)
