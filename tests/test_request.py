"""Requests as values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from tests.driving import Answer, call, exchange, http_scope, websocket_scope

from asgikit import App, Request, Response, get, post, root
from asgikit.connection import Connection
from asgikit.errors import BadRequest, BodyConsumed, UnsupportedMediaType
from asgikit.http.url import URL


def request(target: str = "/", *, state: Any = None, **scope: Any) -> Request[Any]:
    async def receive() -> Any:
        return {"type": "http.disconnect"}

    return Request(Connection(http_scope("GET", target, **scope), receive), state)


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


def test_no_path_looks_like_another() -> None:
    """A slash inside a segment stays encoded; bytes that are not UTF-8 are no root."""
    assert request("/a%2Fb/%C3%A9").path == "/a%2Fb/é"
    assert request("/%FF").path == "/\udcff"


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


URLS = [
    ({"headers": {"host": "example.com"}}, "/a?b=1", "http://example.com/a?b=1"),
    ({"headers": {"host": "example.com:8080"}, "scheme": "https"}, "/%C3%A9", "https://example.com:8080/%C3%A9"),
    ({"server": ["127.0.0.1", 80]}, "/", "http://127.0.0.1/"),
    ({"server": ["::1", 8000]}, "/", "http://[::1]:8000/"),
    ({"server": ["/tmp/socket", None]}, "/x", "http:///x"),
    ({"headers": {"host": "h"}, "raw": False}, "/a%20b", "http://h/a%20b"),
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


async def test_a_request_tells_when_the_client_has_left() -> None:
    """For handlers that wait."""

    @get(root)
    async def waits(request: Request[object]) -> Response:
        await request.disconnected()
        return Response.text("left")

    incoming = [{"type": "http.request"}, {"type": "http.disconnect"}]
    assert (await exchange(App(waits), http_scope(), incoming)).text == "left"


async def test_a_handshake_has_no_body() -> None:
    """Nothing is received for it."""

    async def receive() -> Any:
        raise AssertionError

    shown = Request[None](Connection(websocket_scope("/x"), receive), None)
    assert (await shown.body(), shown.method, shown.url.scheme) == (b"", "GET", "ws")
    assert [part async for part in shown.stream()] == []
