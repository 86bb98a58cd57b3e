"""Requests as values."""

from __future__ import annotations

import gc
import gzip
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import anyio
import pytest
import trio
import trio.testing

from asgikit import App, Handler, Request, Response, Router, get, param, post, rest, root
from asgikit.connection import Connection
from asgikit.errors import (
    BadRequest,
    BodyConsumed,
    ContentTooLarge,
    PreconditionFailed,
    PreconditionRequired,
    RequestTimeout,
    UnsupportedMediaType,
)
from asgikit.http.conditional import ETag, Validators
from asgikit.http.links import Link
from asgikit.http.url import URL
from asgikit.middleware.decompress import decompress
from asgikit.parts import FormLimits
from asgikit.testing import Answer, call, exchanging, http_scope, play, websocket_scope
from tests.forming import BIG, MULTIPART, multipart, on_disk, part
from tests.peers import nothing


def request(target: str = "/", *, state: Any = None, method: str = "GET", **scope: Any) -> Request[Any]:
    return Request.of(http_scope(method, target, **scope), state)


@post(root / "notes" / param("id", int))
async def note(asked: Request[str], id: int) -> Response:
    return Response.text(f"{asked.state} {id} {(await asked.body()).decode()}")


async def test_a_handler_can_be_called_without_a_server() -> None:
    """Alone, as a route, and as a router: the body is there, and the state is what the test gives."""
    scope = http_scope("POST", "/notes/3")
    answers = [
        await note.handler(Request.of(scope, "ada", b"text"), 3),
        await note(Request.of(scope, "ada", b"text")),
        await Router(note)(Request.of(scope, "ada", b"text")),
    ]
    assert [answer.body for answer in answers if isinstance(answer, Response)] == [b"ada 3 text"] * 3


async def test_a_request_without_a_server_can_be_read_in_any_way() -> None:
    """Once, by chunks, as a form; within the limits of any other."""
    scope = http_scope("POST", headers={"content-type": "application/x-www-form-urlencoded"})
    assert [chunk async for chunk in Request.of(scope, None, b"a=1").stream()] == [b"a=1"]
    assert (await Request.of(scope, None, b"a=1").form()).fields["a"] == "1"
    assert await Request.of(scope, None).body() == b""
    with pytest.raises(ContentTooLarge):
        await Request.of(scope, None, b"x" * (2**21 + 1)).body()


async def test_what_a_request_without_a_server_has_opened_can_be_closed() -> None:
    """As an edge does at the end."""
    body = multipart(part("file", b"x" * BIG, "a"))
    asked = Request.of(http_scope("POST", headers=MULTIPART), None, body)
    before = on_disk()
    await asked.form()
    assert on_disk() == before + 1
    await asked.connection.end()
    assert on_disk() == before


@pytest.mark.parametrize("scope", [http_scope("POST"), websocket_scope()], ids=["http", "websocket"])
async def test_the_client_of_a_request_without_a_server_stays(scope: Any) -> None:
    """So that what waits for it to leave goes on until the handler is done; a handshake has nothing to read."""
    asked = Request.of(scope, None, b"text")
    assert await asked.body() == (b"text" if scope["type"] == "http" else b"")
    async with anyio.create_task_group() as group:
        group.start_soon(asked.disconnected)
        await anyio.wait_all_tasks_blocked()
        group.cancel_scope.cancel()
    assert group.cancel_scope.cancelled_caught


def test_a_request_shows_what_was_sent() -> None:
    """Method, path, fields, query, cookies, peer."""
    shown = request("/a%20b?x=1&x=2", headers=[("Accept", "a"), ("accept", "b"), ("cookie", "c=1")], client=["1.2.3.4", 5])
    assert (shown.method, shown.path) == ("GET", "/a b")
    assert shown.headers["accept"] == "a, b"
    assert shown.query.get_all("x") == ("1", "2")
    assert shown.cookies["c"] == "1"
    assert shown.client == ("1.2.3.4", 5)
    assert repr(shown) == "<Request GET /a b>"
    assert (shown.route, shown.args) == (None, ())


@pytest.mark.parametrize("client", [None, [], ["only"], ["a", "b"], "x"])
def test_an_unknown_peer_is_none(client: Any) -> None:
    """Servers on a unix socket have none to tell."""
    assert request(client=client).client is None


def test_a_port_may_be_text() -> None:
    """As granian tells it."""
    assert request(client=("192.0.2.1", "80")).client == ("192.0.2.1", 80)
    assert request(client=("", "0")).client is None


@pytest.mark.parametrize("kind", [list, tuple, iter])
def test_raw_headers_can_be_looked_at_again(kind: Any) -> None:
    """Though a server may give them one by one."""
    lines = [(b"host", b"a"), (b"x", b"1")]
    asked = Request.of({**http_scope(), "headers": kind(lines)}, None)
    assert [*asked.raw_headers] == [*asked.raw_headers] == [*asked.headers.raw] == lines


def test_no_path_looks_like_another() -> None:
    """A slash inside a segment stays encoded; bytes that are not UTF-8 are no root."""
    assert request("/a%2Fb/%C3%A9").path == "/a%2Fb/é"
    assert request("/%FF", path="/\udcff").path == "/\udcff"  # as a server shows it that keeps such bytes


def test_a_request_is_immutable() -> None:
    """Not even a new attribute."""
    untyped: Any = request()
    for name in ("state", "method", "anything"):
        with pytest.raises(AttributeError):
            setattr(untyped, name, 1)


def test_another_state_makes_another_request() -> None:
    """The same connection, and what was parsed from it."""
    one = request(state=1)
    two = one.with_state("two")
    assert (one.state, two.state) == (1, "two")
    assert two.headers is one.headers


async def test_copies_of_a_request_share_what_any_of_them_needs_first() -> None:
    """The fresh request of the edge, a copy, and a copy of that: one connection, one body, one scope, in any order."""

    async def handler(request: Request[None]) -> Response:
        copy = request.with_state(1)
        inner = copy.with_state("two")
        assert (request.scope, copy.scope, inner.scope) == (request.scope,) * 3
        changed = inner.with_scope({**request.connection.scope, "path": "/changed"})
        assert inner.connection is copy.connection is request.connection is changed.connection
        assert {one.scope["path"] for one in (request, copy, inner, changed)} == {"/changed"}
        assert await copy.body() == await request.body() == b"once"
        return Response.json([inner.state, copy.state, request.state])

    assert (await call(App(handler), "POST", body=b"once")).text == '["two",1,null]'


async def test_a_copy_needs_no_connection() -> None:
    """Before somebody looks at one: it is what a copy costs."""
    seen: list[object] = []

    async def handler(request: Request[None]) -> Response:
        copy = request.with_state(1)
        seen.extend([request._shared, copy.with_state(2)._shared, copy.scope["path"]])
        return Response.text("")

    await call(App(handler))
    assert seen == [None, None, "/"]


URLS = [
    ({"headers": {"host": "example.com"}}, "/a?b=1", "http://example.com/a?b=1"),
    ({"headers": {"host": "example.com:8080"}, "scheme": "https"}, "/%C3%A9", "https://example.com:8080/%C3%A9"),
    ({"server": ["127.0.0.1", 80]}, "/", "http://127.0.0.1/"),
    ({"server": ["::1", 8000]}, "/", "http://[::1]:8000/"),
    ({"server": ["/tmp/socket", None]}, "/x", "http:///x"),
    ({"headers": {"host": "h"}, "omit": ["raw_path"]}, "/a%20b", "http://h/a%20b"),
    ({"headers": {"host": "h"}, "root_path": "/mnt"}, "/x", "http://h/mnt/x"),
    ({"headers": {"host": "h"}, "root_path": "/mnt"}, "/mnt/x", "http://h/mnt/x"),
    ({"headers": {"host": "h"}, "root_path": "/api"}, "/apiary", "http://h/api/apiary"),
    ({"headers": {"host": "h"}, "path": "http://h/x", "raw_path": b"http://h/x"}, "/", "http://h/x"),
    ({"headers": {"host": "h"}}, '/a"<>?q="', "http://h/a%22%3C%3E?q=%22"),
]


@pytest.mark.parametrize(("scope", "target", "url"), URLS)
def test_the_url_is_that_of_the_client(scope: Any, target: str, url: str) -> None:
    """From the Host field, else the server's address; with the root path; always printable."""
    shown = request(target, **scope).url
    assert str(shown) == url
    assert URL.parse(str(shown)) == shown


@pytest.mark.parametrize("host", ["a b", "h/x", "u@h", "h:99999", "h:x", "h#f", "[::1"])
def test_a_malformed_host_is_a_bad_request(host: str) -> None:
    """400, not 500; and only for who asks for the URL."""
    shown = request(headers={"host": host})
    with pytest.raises(BadRequest):
        _ = shown.url


def test_the_content_type_is_parsed() -> None:
    """None without one, 400 for a malformed one."""
    assert request().content_type is None
    typed = request(headers={"content-type": "Text/HTML; charset=UTF-8"}).content_type
    assert typed is not None
    assert (typed.essence, typed.charset) == ("text/html", "utf-8")
    with pytest.raises(BadRequest):
        _ = request(headers={"content-type": "nonsense"}).content_type


@dataclass(frozen=True)
class Item:
    name: str


@post(root)
async def both(request: Request[object]) -> Response:
    item = await request.json(Item)
    again = await request.json()
    streamed = b"".join([chunk async for chunk in request.stream()])
    return Response.json([item.name, again, streamed.decode(), (await request.body()).decode()])


async def posted(body: bytes, **scope: Any) -> Answer:
    return await call(App(both), "POST", body=body, headers={"content-type": "application/json"}, **scope)


async def test_a_body_can_be_read_again() -> None:
    """As bytes, JSON, a model, a stream; in middleware and in handlers."""
    assert (await posted(b'{"name": "x"}')).text == r'["x",{"name":"x"},"{\"name\": \"x\"}","{\"name\": \"x\"}"]'


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[" * 100_000, b"NaN", b"1" * 5000, b"1e999"])
async def test_bad_json_is_400(body: bytes) -> None:
    """D9: malformed, not UTF-8, endlessly nested, no JSON number."""

    @post(root)
    async def untyped(request: Request[object]) -> Response:
        return Response.json(await request.json())

    answer = await call(App(untyped), "POST", body=body, headers={"content-type": "application/json"})
    assert (answer.status, answer.error) == (400, None)
    assert "JSON" in answer.text


async def test_what_a_client_can_send_it_can_get_back() -> None:
    """A lone surrogate has no UTF-8, but an escape."""

    @post(root)
    async def echo(request: Request[object]) -> Response:
        return Response.json(await request.json())

    answer = await call(App(echo), "POST", body=rb'["\ud800"]', headers={"content-type": "application/json"})
    assert answer.text == r'["\ud800"]'


async def test_json_has_to_be_declared() -> None:
    """415 otherwise."""
    with pytest.raises(UnsupportedMediaType):
        await request().json()


@pytest.mark.parametrize(("size", "status"), [(10, 200), (11, 413)])
async def test_a_body_has_a_limit(size: int, status: int) -> None:
    """The App's, whether the length is announced or not."""

    @post(root)
    async def length(request: Request[object]) -> Response:
        return Response.text(str(len(await request.body())))

    app = App(length, body_limit=10)
    for headers in ({}, {"content-length": str(size)}):
        answer = await call(app, "POST", body=[b"x" * (size - 1), b"x"], headers=headers)
        assert (answer.status, answer.error) == (status, None)


async def test_a_handler_can_ask_for_another_limit() -> None:
    """Higher or lower than the App's."""

    @post(root)
    async def length(request: Request[object]) -> Response:
        return Response.text(str(len(await request.body(limit=20))))

    assert (await call(App(length, body_limit=10), "POST", body=b"x" * 20)).status == 200
    assert (await call(App(length), "POST", body=b"x" * 21)).status == 413


@pytest.mark.parametrize("length", ["x", "-1", "1, 2", "9" * 5000])
async def test_a_malformed_content_length_is_400(length: str) -> None:
    """Servers refuse most of them; we do where they do not."""
    assert (await call(App(both), "POST", headers={"content-length": length, "content-type": "application/json"})).status == 400


async def test_a_streamed_body_is_not_kept() -> None:
    """Reading it again is a mistake of the program, and says so."""

    @post(root)
    async def streams(request: Request[object]) -> Response:
        parts = [chunk async for chunk in request.stream()]
        await request.body()
        return Response.text(str(len(parts)))

    answer = await call(App(streams), "POST", body=[b"a", b"", b"b"])
    assert isinstance(answer.error, BodyConsumed)


async def test_a_form_is_the_same_for_every_copy_of_a_request() -> None:
    """Whoever wraps the handler may read it first."""

    async def reading(request: Request[object]) -> Response:
        first = await request.form()
        return Response.text(f"{await request.with_state(1).form() is first} {first['a']}")

    for body, kind in ((b"a=1", "application/x-www-form-urlencoded"), (multipart(part("a", "1")), MULTIPART["content-type"])):
        assert (await call(App(reading), "POST", body=body, headers={"content-type": kind})).text == "True 1"


async def test_a_form_is_read_through_a_decoder() -> None:
    """Compressed, it is limited by what it decodes to."""

    async def reading(request: Request[object]) -> Response:
        form = await request.form(FormLimits(total_size=1000))
        return Response.text(repr([file.size for file in form.files]))

    for size, status in ((500, 200), (5000, 413)):
        body = gzip.compress(multipart(part("f", "x" * size, "x")))
        headers = MULTIPART | {"content-encoding": "gzip", "content-length": str(len(body))}
        answer = await call(App(Router(post(root)(reading)).wrap(decompress())), "POST", body=body, headers=headers)
        assert (answer.status, answer.error) == (status, None)


async def test_a_stream_may_be_left_before_its_end() -> None:
    """Nothing has to be closed, in any event loop: a warning would be an error here."""

    async def reading(request: Request[object]) -> Response:
        async for chunk in request.stream():
            return Response.text(chunk.decode())
        return Response.text("")

    assert (await call(App(reading), "POST", body=[b"a", b"b"])).text == "a"
    gc.collect()


async def test_a_request_tells_when_the_client_has_left() -> None:
    """For handlers that wait."""

    @get(root)
    async def waits(request: Request[object]) -> Response:
        await request.disconnected()
        return Response.text("left")

    incoming = [{"type": "http.request"}, {"type": "http.disconnect"}]
    assert (await play(App(waits), http_scope(), incoming)).text == "left"


async def test_a_handshake_has_no_body() -> None:
    """Nothing is received for it."""
    shown = Request[None](Connection(websocket_scope("/x"), nothing), None)
    assert (await shown.body(), shown.method, shown.url.scheme) == (b"", "GET", "ws")
    assert [part async for part in shown.stream()] == []


TAG = ETag("x")
CURRENT = Validators(TAG, datetime(2020, 1, 1, tzinfo=UTC))
BEFORE, THEN = "Tue, 31 Dec 2019 23:59:59 GMT", "Wed, 01 Jan 2020 00:00:00 GMT"


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"if-match": '"x"'},
        {"if-match": "*"},
        {"if-unmodified-since": THEN},
        {"if-none-match": '"y"'},
        {"if-match": '"y", "x"'},
    ],
)
@pytest.mark.parametrize("method", ["PUT", "DELETE", "GET"])
def test_what_the_client_expects_may_be_so(headers: dict[str, str], method: str) -> None:
    """Then nothing happens, and the handler goes on."""
    request(headers=headers, method=method).check_preconditions(CURRENT)


@pytest.mark.parametrize(
    "headers",
    [{"if-match": '"y"'}, {"if-match": 'W/"x"'}, {"if-match": "x"}, {"if-unmodified-since": BEFORE}, {"if-none-match": "*"}],
)
def test_what_the_client_expects_may_be_otherwise(headers: dict[str, str]) -> None:
    """412, before anything is changed: nobody's update is lost (RFC 9110, 13.1.1)."""
    with pytest.raises(PreconditionFailed):
        request(headers=headers, method="PUT").check_preconditions(CURRENT)


def test_what_does_not_exist_yet_can_be_expected_so() -> None:
    """If-None-Match: * makes it, If-Match needs it."""
    request(headers={"if-none-match": "*"}, method="PUT").check_preconditions(None, required=True)
    for value in ("*", '"x"'):
        with pytest.raises(PreconditionFailed):
            request(headers={"if-match": value}, method="PUT").check_preconditions(None)


def test_a_client_that_reads_is_not_refused_what_it_has() -> None:
    """That would be a 304, which is for whoever sends the response."""
    request(headers={"if-none-match": '"x"'}).check_preconditions(CURRENT)


@pytest.mark.parametrize(
    ("headers", "error"),
    [
        ({}, PreconditionRequired),
        ({"if-unmodified-since": "yesterday"}, PreconditionRequired),
        ({"if-none-match": '"y"'}, PreconditionRequired),
        ({"if-modified-since": THEN}, PreconditionRequired),
        ({"if-match": "x"}, PreconditionFailed),
        ({"if-match": '"y"'}, PreconditionFailed),
        ({"if-none-match": "*"}, PreconditionFailed),
        ({"if-match": '"x"'}, None),
        ({"if-unmodified-since": THEN}, None),
    ],
)
def test_conditions_can_be_required(headers: dict[str, str], error: type[Exception] | None) -> None:
    """428 for a client that does not say which state it changes (RFC 6585, 3)."""
    shown = request(headers=headers, method="PUT")
    if error is None:
        shown.check_preconditions(CURRENT, required=True)
    else:
        with pytest.raises(error):
            shown.check_preconditions(CURRENT, required=True)


@post(root)
async def hints(request: Request[object]) -> Response:
    sent = await request.early_hints(Link("/a.css", rel="preload", as_="style"), Link("/é", rel="next"))
    return Response.text(str(sent))


async def test_links_can_be_sent_before_the_response() -> None:
    """Where the server can."""
    answer = await call(App(hints), "POST", extensions={"http.response.early_hint": {}})
    links = [b'</a.css>; rel="preload"; as="style"', b'</%C3%A9>; rel="next"']
    assert [event["type"] for event in answer.events] == ["http.response.early_hint", "http.response.start", "http.response.body"]
    assert [link.replace(b'"', b"") for link in answer.events[0]["links"]] == [link.replace(b'"', b"") for link in links]
    assert answer.text == "True"


@pytest.mark.parametrize("extensions", [None, {}, {"http.response.push": {}}])
async def test_links_are_left_out_where_the_server_cannot_send_them(extensions: Any) -> None:
    """The handler learns of it."""
    answer = await call(App(hints), "POST", extensions=extensions)
    assert (len(answer.events), answer.text) == (2, "False")


async def test_links_for_a_client_that_has_left_are_no_error() -> None:
    """Nor for a request that has no client at all."""
    told: list[bool] = []

    @get(root)
    async def hinting(request: Request[object]) -> Response:
        told.append(await request.early_hints(Link("/a", rel="next")))
        return Response.empty()

    offered = ["http.response.early_hint"]
    answer = await call(App(hinting), extensions=offered, leaves_after=0)
    assert (answer.events, answer.error) == ([], None)
    await hinting(Request.of(http_scope(extensions=offered), None))
    assert told == [False, False]


@pytest.mark.parametrize(
    "limits", [{"idle": 0.01}, {"total": 0.01}, {"idle": 0.01, "total": 1000}, {"idle": 1000, "total": 0.01}]
)
async def test_a_body_that_stops_coming_is_408(limits: Any) -> None:
    """What came is ours; the connection is of no more use (RFC 9110, 15.5.9)."""
    incoming = [{"type": "http.request", "body": chunk, "more_body": True} for chunk in (b"a", b"b")]
    chunks: list[bytes] = []

    @post(root)
    async def reads(request: Request[object]) -> Response:
        with pytest.raises(RequestTimeout) as caught:
            async for chunk in request.stream(**limits):
                chunks.append(chunk)
        raise caught.value

    answer = await play(App(reads), http_scope("POST"), incoming)
    assert (chunks, answer.status, answer.headers["connection"]) == ([b"a", b"b"], 408, "close")


async def test_a_body_that_comes_in_time_is_read() -> None:
    """Limits that are not reached change nothing."""
    incoming = [{"type": "http.request", "body": b"a", "more_body": True}, {"type": "http.request", "body": b"b"}]

    @post(root)
    async def reads(request: Request[object]) -> Response:
        return Response.text(str([chunk async for chunk in request.stream(idle=1000, total=1000)]))

    assert (await play(App(reads), http_scope("POST"), incoming)).text == "[b'a', b'b']"


def test_only_waiting_counts() -> None:
    """That the handler is slow with a chunk takes nothing from the client's time; the time it takes itself adds up."""

    async def read(**limits: float) -> tuple[int, float]:
        began, chunks, asked = anyio.current_time(), 0, anyio.Semaphore(1)

        async def slow() -> AsyncIterator[bytes]:
            for _ in range(9):
                await asked.acquire()
                await anyio.sleep(300)
                yield b"x"

        @post(root)
        async def reading(request: Request[object]) -> Response:
            nonlocal chunks
            with pytest.raises(RequestTimeout):
                async for _ in request.stream(**limits):
                    chunks += 1
                    await anyio.sleep(10_000)
                    asked.release()
            return Response.empty()

        async with exchanging(App(reading), "POST", content=slow(), timeout=None) as exchange:
            await exchange.started()
        return chunks, anyio.current_time() - began

    async def main() -> None:
        assert await read(total=850) == (2, pytest.approx(20_850))
        assert await read(idle=301, total=1300) == (4, pytest.approx(41_300))
        assert await read(idle=299) == (0, pytest.approx(299))

    trio.run(main, clock=trio.testing.MockClock(autojump_threshold=0))


async def test_every_copy_sees_another_scope() -> None:
    """What was parsed is parsed anew, what was read is kept."""

    async def handler(request: Request[None]) -> Response:
        await request.body()
        before = request.url.scheme, request.client, request.headers.get("host")
        scope: Any = {**request.scope, "scheme": "https", "client": ("10.0.0.1", 1), "headers": [(b"host", b"b.example")]}
        other = request.with_scope(scope)
        assert other.url == request.url
        assert request.scope is other.scope
        after = request.url.scheme, str(request.client and request.client.host), request.headers.get("host")
        assert await other.body() == b"kept"
        return Response.text(f"{before} {after}")

    answer = await call(App(handler), "POST", headers={"host": "a.example"}, body=b"kept", client=None)
    assert answer.text == "('http', None, 'a.example') ('https', '10.0.0.1', 'b.example')"


async def test_a_new_path_is_not_undone_by_the_old_raw_one() -> None:
    """Whoever writes the path only means it: routers would else go by what the client has encoded."""

    @get(root / "admin")
    async def admin(request: Request[object]) -> Response:
        return Response.text("secret")

    @get(root / "public" / rest("path"))
    async def public(request: Request[object], path: str) -> Response:
        return Response.text(f"{request.path} {request.url.path}")

    def below(handler: Handler[None]) -> Handler[None]:
        async def moved(request: Request[None]) -> Response:
            return await handler(request.with_scope({**request.scope, "path": f"/public{request.scope['path']}"}))

        return moved

    app = App(below(Router(admin, public)))
    assert (await call(app, target="/admin")).text == "/public/admin /public/admin"
    assert (await call(app, target="/%61dmin")).text == "/public/admin /public/admin"
    assert (await call(app, target="/a%20b")).text == "/public/a b /public/a%20b"
