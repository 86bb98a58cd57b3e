"""The rules of adapters from WSGI to ASGI."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any, ClassVar

import anyio
import anyio.from_thread
import anyio.to_thread
import pytest

from asgikit.conformance.driver import drive
from asgikit.conformance.wsgi import CASES, Case, check_wsgi
from asgikit.conformance.wsgi_site import SiteError, WSGISite


class Right:
    """A right adapter: it reads the body, calls the application in a thread, and sends from there."""

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            raise ValueError(scope["type"])
        body = b""
        while True:
            event = await receive()
            if event["type"] == "http.disconnect":
                return
            body += event.get("body", b"")
            if not event.get("more_body", False):
                break
        await self.run(Request(self, self.environ(scope, body), send))

    async def run(self, request: Request) -> None:
        await anyio.to_thread.run_sync(request.run)

    def environ(self, scope: Any, body: bytes) -> dict[str, Any]:
        root, path = scope.get("root_path", ""), scope["path"]
        name, port = scope.get("server") or ("localhost", 80)
        environ = {
            "REQUEST_METHOD": scope["method"],
            "SCRIPT_NAME": self.native(root),
            "PATH_INFO": self.native(self.path_info(path, root)),
            "QUERY_STRING": scope["query_string"].decode("latin-1"),
            "SERVER_NAME": name,
            "SERVER_PORT": str(port or 0),
            "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": scope.get("scheme", "http"),
            "wsgi.input": self.input(body),
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
        }
        if scope.get("client"):
            environ |= {"REMOTE_ADDR": scope["client"][0], "REMOTE_PORT": str(scope["client"][1])}
        for name, value in scope["headers"]:
            key, text = self.key(name), self.value(value)
            environ[key] = self.joined(key, environ[key], text) if key in environ else text
        return environ

    def native(self, text: str) -> str:
        return text.encode().decode("latin-1")

    def path_info(self, path: str, root: str) -> str:
        return path[len(root) :] if path == root or path.startswith(root + "/") else path

    def key(self, name: bytes) -> str:
        key = name.decode("latin-1").upper().replace("-", "_")
        return key if key in {"CONTENT_TYPE", "CONTENT_LENGTH"} else f"HTTP_{key}"

    def value(self, value: bytes) -> str:
        return value.decode("latin-1")

    def joined(self, key: str, old: str, new: str) -> str:
        return f"{old}; {new}" if key == "HTTP_COOKIE" else f"{old},{new}"

    def input(self, body: bytes) -> Any:
        return io.BytesIO(body)


class Request:
    """One run of the application, in a thread."""

    kinds: ClassVar[dict[str, type[Request]]] = {}

    def __init__(self, adapter: Right, environ: dict[str, Any], send: Any) -> None:
        self.adapter = adapter
        self.environ = environ
        self.asend = send
        self.start: Any = None
        self.sent = False

    def send(self, message: Any) -> None:
        anyio.from_thread.run(self.asend, message)

    def start_response(self, status: str, headers: Any, exc_info: Any = None) -> Callable[[bytes], None]:
        if exc_info and self.sent:
            raise exc_info[1]
        if self.start and not exc_info:
            raise RuntimeError("start_response is called again")
        fields = [[name.lower().encode("latin-1"), value.encode("latin-1")] for name, value in headers]
        self.start = {"type": "http.response.start", "status": int(status[:3]), "headers": fields}
        return self.write

    def write(self, data: bytes) -> None:
        if data:
            self.begin()
            self.send({"type": "http.response.body", "body": data, "more_body": True})

    def begin(self) -> None:
        if not self.sent:
            self.sent = True
            self.send(self.start)

    def run(self) -> None:
        iterable = self.adapter.app(self.environ, self.start_response)
        try:
            for piece in iterable:
                self.write(piece)
            self.begin()
            self.send({"type": "http.response.body", "body": b""})
        finally:
            if hasattr(iterable, "close"):
                iterable.close()


class Collecting(Right):
    """Right too: the whole response is made before it is sent, and what is odd is refused."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http" and not scope["path"].startswith(scope.get("root_path", "")):
            await send({"type": "http.response.start", "status": 404, "headers": []})
            await send({"type": "http.response.body"})
        elif scope["type"] == "lifespan":
            await receive()
            await send({"type": "lifespan.startup.complete"})
            await receive()
            await send({"type": "lifespan.shutdown.complete"})
        else:
            await super().__call__(scope, receive, send)

    def environ(self, scope: Any, body: bytes) -> dict[str, Any]:
        environ = {**super().environ(scope, body), "CONTENT_LENGTH": str(len(body)), "asgi.scope": scope}
        environ.pop("REMOTE_PORT", None)
        return {key: value for key, value in environ.items() if value != ""}

    def joined(self, key: str, old: str, new: str) -> str:
        return f"{old}; {new}" if key == "HTTP_COOKIE" else f"{old}, {new}"

    async def run(self, request: Request) -> None:
        messages: list[Any] = []
        send, request.send = request.asend, messages.append  # type: ignore[method-assign]
        try:
            await super().run(request)
        except Exception:
            messages = [{"type": "http.response.start", "status": 500, "headers": []}, {"type": "http.response.body"}]
        for message in messages:
            await send(message)


@pytest.mark.parametrize("adapter", [Right, Collecting])
async def test_a_right_adapter_breaks_nothing(adapter: Any) -> None:
    """Whether it streams or collects, and whatever it does where the text leaves it open."""
    assert [str(violation) for violation in await check_wsgi(adapter)] == []


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.scenario.name)
async def test_every_case_is_served_as_planned(case: Case) -> None:
    """The right adapter calls the application where it has to, and its answer comes through."""
    site = WSGISite(case.plan, loop=0)
    done = await drive(Right(site), case.scenario)
    assert site.calls == (0 if case.scenario.name == "left mid-upload" or case.scenario.scope["type"] != "http" else 1)
    assert site.closed == (1 if site.opened else 0)
    if site.calls and not done.left and case.plan.fails == "never" and case.plan.restarts != "after":
        status = 500 if case.plan.restarts == "before" else int(case.plan.status[:3])
        assert (done.status, done.size) == (status, sum(map(len, (*case.plan.written, *case.plan.pieces))))
    assert [each.scenario.name for each in CASES].count(case.scenario.name) == 1


def changed(**methods: Any) -> Any:
    """The right adapter with other methods."""
    return type("Changed", (Right,), methods)


def environ(change: Callable[[dict[str, Any], Any], Any]) -> Any:
    """The right adapter with another environ: this is done with it and the scope."""

    def made(self: Any, scope: Any, body: bytes) -> Any:
        made = Right.environ(self, scope, body)
        return change(made, scope) or made

    return changed(environ=made)


def sets(key: str, value: Any) -> Any:
    return environ(lambda made, scope: made.update({key: value}))


def drops(key: str) -> Any:
    return environ(lambda made, scope: made.pop(key, None) and None)


def running(**methods: Any) -> Any:
    """The right adapter, with other methods of a run."""
    kind = type("Changed", (Request,), methods)

    async def run(self: Any, request: Request) -> None:
        await Right.run(self, kind(request.adapter, request.environ, request.asend))

    return changed(run=run)


def needs(key: str) -> Any:
    return environ(lambda made, scope: scope[key] and None)


def last_field_wins(self: Any, key: str, old: str, new: str) -> str:
    return new


def comma_everywhere(self: Any, key: str, old: str, new: str) -> str:
    return f"{old},{new}"


def runs_without_closing(self: Request) -> None:
    for piece in self.adapter.app(self.environ, self.start_response):
        self.write(piece)
    self.begin()
    self.send({"type": "http.response.body", "body": b""})


def closes_what_went_well(self: Request) -> None:
    iterable = self.adapter.app(self.environ, self.start_response)
    for piece in iterable:
        self.write(piece)
    self.begin()
    self.send({"type": "http.response.body", "body": b""})
    iterable.close()


def closes_after_errors_of_its_own(self: Request) -> None:
    iterable = self.adapter.app(self.environ, self.start_response)
    try:
        for piece in iterable:
            self.write(piece)
        self.begin()
        self.send({"type": "http.response.body", "body": b""})
    except OSError:
        raise  # the client has left: forgotten
    except Exception:
        iterable.close()
        raise
    iterable.close()


def ends_all(self: Request) -> None:
    try:
        Request.run(self)
    except SiteError:
        if not self.sent:
            raise
        self.send({"type": "http.response.body", "body": b""})


def starts_twice(self: Request, status: str, headers: Any, exc_info: Any = None) -> Any:
    write = Request.start_response(self, status, headers, exc_info)
    self.send(self.start)
    return write


def starts_at_once(self: Request, status: str, headers: Any, exc_info: Any = None) -> Any:
    write = Request.start_response(self, status, headers, exc_info)
    self.begin()
    return write


def starts_early(self: Request, status: str, headers: Any, exc_info: Any = None) -> Any:
    if self.start is None:
        Request.start_response(self, status, headers)
        self.begin()
    return self.write


def gives_no_write(self: Request, status: str, headers: Any, exc_info: Any = None) -> Any:
    Request.start_response(self, status, headers, exc_info)


def keeps_case(self: Request, status: str, headers: Any, exc_info: Any = None) -> Any:
    write = Request.start_response(self, status, headers, exc_info)
    self.start["headers"] = [[name.encode("latin-1"), value.encode("latin-1")] for name, value in headers]
    return write


def ascii_fields(self: Request, status: str, headers: Any, exc_info: Any = None) -> Any:
    [value.encode("ascii") for _, value in headers]
    return Request.start_response(self, status, headers, exc_info)


def starts_before_iterating(self: Request) -> None:
    iterable = self.adapter.app(self.environ, self.start_response)
    try:
        self.begin()
        for piece in iterable:
            self.write(piece)
        self.send({"type": "http.response.body", "body": b""})
    finally:
        iterable.close()


def never_ends(self: Request) -> None:
    iterable = self.adapter.app(self.environ, self.start_response)
    try:
        for piece in iterable:
            self.write(piece)
        self.begin()
    finally:
        iterable.close()


def loses_writes(self: Request, status: str, headers: Any, exc_info: Any = None) -> Any:
    Request.start_response(self, status, headers, exc_info)
    return lambda data: None


async def in_the_loop(self: Any, request: Request) -> None:
    self.app(request.environ, request.start_response)


async def iterates_in_the_loop(self: Any, request: Request) -> None:
    iterable = await anyio.to_thread.run_sync(self.app, request.environ, request.start_response)
    try:
        pieces = list(iterable)
    finally:
        await anyio.to_thread.run_sync(iterable.close)
    await anyio.to_thread.run_sync(request.begin)
    for piece in pieces:
        await request.asend({"type": "http.response.body", "body": piece, "more_body": True})
    await request.asend({"type": "http.response.body"})


async def takes_the_first_piece_only(self: Any, scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] != "http":
        raise ValueError
    body = (await receive()).get("body", b"")
    await self.run(Request(self, self.environ(scope, body), send))


async def waits_for_the_disconnect(self: Any, scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] != "http":
        raise ValueError
    body = b""
    while (event := await receive())["type"] != "http.disconnect":
        body += event.get("body", b"")
    with suppress(OSError):
        await self.run(Request(self, self.environ(scope, body), send))


async def reads_on(self: Any, scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] != "http":
        raise ValueError
    body, more = b"", True
    while more:
        event = await receive()
        body, more = body + event.get("body", b""), event.get("more_body", event["type"] != "http.request")
    await self.run(Request(self, self.environ(scope, body), send))


class Lines(io.BytesIO):
    """Gives no line that does not fit: nothing instead."""

    def readline(self, size: int | None = -1) -> bytes:
        line = super().readline()
        return line if size in {-1, None} or len(line) <= (size or 0) else b""


class Texts(io.BytesIO):
    """Gives text."""

    def read(self, size: int | None = -1) -> Any:
        return super().read(size).decode()


class Unsplit(io.BytesIO):
    """Gives all that there is as one line."""

    def readlines(self, hint: int | None = -1) -> Any:
        return [self.read()]


WRONG: list[tuple[str, Any, set[str]]] = [
    ("method in lower case", environ(lambda made, scope: made.update(REQUEST_METHOD=scope["method"].lower())), {"WSGI-001"}),
    ("no SCRIPT_NAME", sets("SCRIPT_NAME", ""), {"WSGI-001"}),
    ("root_path left in PATH_INFO", changed(path_info=lambda self, path, root: path), {"WSGI-001"}),
    ("root_path cut off blindly", changed(path_info=lambda self, path, root: path[len(root) :]), {"WSGI-001"}),
    ("needs root_path", needs("root_path"), {"WSGI-001"}),
    ("needs server", environ(lambda made, scope: scope["server"][0] and None), {"WSGI-001"}),
    ("needs client", environ(lambda made, scope: scope["client"][0] and None), {"WSGI-001"}),
    ("needs scheme", needs("scheme"), {"WSGI-001"}),
    ("needs Host", environ(lambda made, scope: made["HTTP_HOST"] and None), {"WSGI-001"}),
    (
        "PATH_INFO decoded again",
        environ(lambda made, scope: made.update(PATH_INFO=made["PATH_INFO"].replace("%20", " "))),
        {"WSGI-001"},
    ),
    ("no query", drops("QUERY_STRING"), {"WSGI-001"}),
    ("query with its mark", environ(lambda made, scope: made.update(QUERY_STRING="?" + made["QUERY_STRING"])), {"WSGI-001"}),
    ("content length invented", environ(lambda made, scope: made.setdefault("CONTENT_LENGTH", "17") and None), {"WSGI-001"}),
    ("no content type", drops("CONTENT_TYPE"), {"WSGI-001", "HTTP-SCOPE-017"}),
    (
        "content type among HTTP_*",
        environ(lambda made, scope: made.update(HTTP_CONTENT_TYPE=made.get("CONTENT_TYPE", ""))),
        {"WSGI-001"},
    ),
    (
        "fields without HTTP_",
        environ(lambda made, scope: {key.removeprefix("HTTP_"): made[key] for key in made}),
        {"WSGI-001", "HTTP-SCOPE-017", "WSGI-005"},
    ),
    ("server fixed", sets("SERVER_NAME", "localhost"), {"WSGI-001"}),
    ("port as a number", environ(lambda made, scope: made.update(SERVER_PORT=int(made["SERVER_PORT"]))), {"WSGI-002"}),
    (
        "port None",
        environ(lambda made, scope: made.update(SERVER_PORT=str(scope["server"][1] if scope.get("server") else 80))),
        {"WSGI-001"},
    ),
    ("no client", drops("REMOTE_ADDR"), {"WSGI-001"}),
    ("client as a pair", environ(lambda made, scope: made.update(REMOTE_ADDR=str(scope.get("client")))), {"WSGI-001"}),
    ("wrong client port", environ(lambda made, scope: made.update(REMOTE_PORT=made["SERVER_PORT"])), {"WSGI-001"}),
    ("protocol fixed", sets("SERVER_PROTOCOL", "HTTP/1.1"), {"WSGI-001"}),
    ("scheme fixed", sets("wsgi.url_scheme", "http"), {"WSGI-001"}),
    ("no wsgi.errors", drops("wsgi.errors"), {"WSGI-001"}),
    ("wsgi.version as a list", sets("wsgi.version", [1, 0]), {"WSGI-001"}),
    ("environ of another class", environ(lambda made, scope: type("Environ", (dict,), {})(made)), {"WSGI-001"}),
    ("path decoded", changed(native=lambda self, text: text), {"WSGI-002"}),
    ("path replaced", changed(native=lambda self, text: text.encode("ascii", "xmlcharrefreplace").decode()), {"WSGI-001"}),
    ("path as bytes", environ(lambda made, scope: made.update(PATH_INFO=scope["path"].encode())), {"WSGI-002"}),
    ("fields of ASCII only", changed(value=lambda self, value: value.decode("ascii")), {"WSGI-002"}),
    ("fields as UTF-8", changed(value=lambda self, value: value.decode("utf-8", "surrogateescape")), {"WSGI-002"}),
    ("response fields of ASCII only", running(start_response=ascii_fields), {"WSGI-002"}),
    ("the loop's thread", changed(run=in_the_loop), {"WSGI-003"}),
    ("iterated in the loop's thread", changed(run=iterates_in_the_loop), {"WSGI-003"}),
    ("never closed", running(run=runs_without_closing), {"WSGI-004"}),
    ("closed in the end only", running(run=closes_what_went_well), {"WSGI-004"}),
    ("not closed for a client that left", running(run=closes_after_errors_of_its_own), {"WSGI-004"}),
    ("last field wins", changed(joined=last_field_wins), {"WSGI-005"}),
    ("cookies joined by commas", changed(joined=comma_everywhere), {"WSGI-005"}),
    (
        "names in lower case only",
        changed(key=lambda self, name: Right.key(self, name) if name == name.lower() else "HTTP_" + name.decode()),
        {"HTTP-SCOPE-017"},
    ),
    ("body of the first event", changed(__call__=takes_the_first_piece_only), {"WSGI-001"}),
    ("body until the client leaves", changed(__call__=waits_for_the_disconnect), {"WSGI-001"}),
    ("body without an end", changed(__call__=reads_on), {"CORE-APP-007"}),
    ("no body", changed(input=lambda self, body: io.BytesIO()), {"WSGI-001"}),
    ("body as text", changed(input=lambda self, body: io.StringIO(body.decode())), {"WSGI-001"}),
    ("pieces of text", changed(input=lambda self, body: Texts(body)), {"WSGI-001"}),
    ("long lines lost", changed(input=lambda self, body: Lines(body)), {"WSGI-001"}),
    ("lines not split", changed(input=lambda self, body: Unsplit(body)), {"WSGI-001"}),
    ("no end of the response", running(run=never_ends), {"HTTP-RESP-019"}),
    ("a truncated response ended", running(run=ends_all), {"HTTP-SEM-008"}),
    ("start sent twice", running(start_response=starts_twice), {"HTTP-RESP-002"}),
    ("start sent at once", running(start_response=starts_at_once), {"WSGI-001"}),
    ("the first start is kept", running(start_response=starts_early), {"HTTP-SEM-008"}),
    ("no write()", running(start_response=gives_no_write), {"WSGI-001"}),
    ("write() does nothing", running(start_response=loses_writes), {"HTTP-SEM-008"}),
    ("start before the first step", running(run=starts_before_iterating), {"CORE-MSG-001", "HTTP-RESP-001"}),
    ("response fields in mixed case", running(start_response=keeps_case), {"HTTP-RESP-005"}),
]


@pytest.mark.parametrize(("adapter", "rules"), [case[1:] for case in WRONG], ids=[case[0] for case in WRONG])
async def test_a_wrong_adapter_is_caught(adapter: Any, rules: set[str]) -> None:
    """With the rule that it breaks, on it."""
    found = [violation for violation in await check_wsgi(adapter, grace=1.0) if violation.level != "note"]
    assert {violation.rule for violation in found} == rules, [str(violation) for violation in found]
    assert {violation.blame for violation in found} == {"middleware"}
    assert all(violation.exchange for violation in found)


async def test_an_adapter_in_the_loop_is_not_waited_for() -> None:
    """There, waiting for the event loop would never end: the application fails instead, and its environ is looked at."""

    async def run(self: Any, request: Request) -> None:
        request.environ["REMOTE_ADDR"] = "10.9.9.9"
        self.app(request.environ, lambda *args: pytest.fail("start_response is called"))

    found = await check_wsgi(changed(run=run))
    assert {violation.rule for violation in found} == {"WSGI-001", "WSGI-003"}


async def test_an_adapter_that_serves_nothing_is_left_soon() -> None:
    """After the first case."""
    calls: list[Any] = []

    def wrap(app: Any) -> Any:
        calls.append(app)
        return changed(__call__=waits_for_the_disconnect)(app)

    found = [str(violation) for violation in await check_wsgi(wrap, grace=1.0) if violation.level != "note"]
    text = "get: the application gets no complete answer through: nothing came in time"
    assert found == [f"WSGI-001 (must, middleware): {text}"]
    assert len(calls) == 1


async def test_a_fault_of_every_request_hides_no_other() -> None:
    """A port that is a number everywhere, and a write() that is missing."""

    async def run(self: Any, request: Request) -> None:
        request.environ["SERVER_PORT"] = 80
        request.start_response = partial(gives_no_write, request)  # type: ignore[method-assign]
        await Right.run(self, request)

    found = await check_wsgi(changed(run=run))
    assert [violation.rule for violation in found] == ["WSGI-002", "WSGI-001"]
    assert found[1].message.startswith("write: the application gets no complete answer through: the adapter raised TypeError")


async def test_the_first_violation_of_a_rule_is_given() -> None:
    """Of many alike."""
    (violation,) = await check_wsgi(running(run=runs_without_closing), grace=0.2)
    assert violation.message == "get: the iterable is not closed after the response"


async def test_rules_can_be_ignored() -> None:
    """Those of the adapter, and those of any application."""
    assert await check_wsgi(running(run=runs_without_closing), ignore={"WSGI-004"}) == ()
    assert await check_wsgi(running(run=never_ends), ignore={"HTTP-RESP-019"}) == ()
    with pytest.raises(KeyError, match="WSGI-999"):
        await check_wsgi(Right, ignore={"WSGI-999"})
