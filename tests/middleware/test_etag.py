"""Entity tags made from what is sent."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from asgikit import App, Handler, Request, Response, Router, get, mount, post, root, websocket
from asgikit.asgi import AnyReceive, AnySend
from asgikit.conformance import checked
from asgikit.http.conditional import ETag
from asgikit.middleware.compress import compress
from asgikit.middleware.conditional import conditional
from asgikit.middleware.etag import etag, tagged
from asgikit.testing import call, play, websocket_scope

TAG = str(ETag.of(b"x"))


@get(root)
async def read(request: Request[object]) -> Response:
    return Response.text("x")


async def foreign(scope: Any, receive: AnyReceive, send: AnySend) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"x"})


def test_bytes_get_a_strong_tag() -> None:
    """The same for the same bytes, another for others."""
    first, same, other = [tagged("GET", Response.text(text)).headers["etag"] for text in ("x", "x", "y")]
    assert (first, same) == (TAG, TAG)
    assert other != first
    assert not first.startswith("W/")


async def chunks() -> AsyncIterator[str]:
    yield "x"


@pytest.mark.parametrize(
    ("method", "response"),
    [
        ("GET", Response.text("x", headers={"etag": '"own"'})),
        ("GET", Response.text("x", headers={"cache-control": "private, No-Store"})),
        ("GET", Response.text("x", status=404)),
        ("GET", Response.text("")),
        ("HEAD", Response.empty()),
        ("GET", Response.text("x" * 11)),
        ("GET", Response.stream(chunks(), content_type="text/plain")),
        ("POST", Response.text("x")),
    ],
)
def test_what_needs_no_tag_is_left_alone(method: str, response: Response) -> None:
    """It has one, is not to be stored, is no 200, has no bytes or too many, or its body is not known; or nothing was read."""
    assert tagged(method, response, 10) is response


WAYS: list[Callable[[], Handler[object]]] = [
    lambda: etag()(read.handler),
    lambda: read.wrap(etag()),
    lambda: Router(read).wrap(etag()),
    lambda: Router(mount(root, foreign, lifespan="off")).wrap(etag()),
    lambda: Router(read).wrap(etag()).wrap(conditional()),
    lambda: Router(read).wrap(conditional()).wrap(etag()),
]


@pytest.mark.parametrize("way", WAYS)
async def test_who_has_it_already_is_told_so(way: Callable[[], Handler[object]]) -> None:
    """304, with the tag and without the content."""
    app = checked(App(way()))
    first = await call(app)
    assert (first.status, first.headers["etag"], first.text) == (200, TAG, "x")
    second = await call(app, headers={"if-none-match": TAG})
    assert (second.status, second.headers["etag"], second.body) == (304, TAG, b"")
    assert (await call(app, headers={"if-none-match": '"other"'})).status == 200


async def test_a_range_of_what_has_changed_is_all_of_it() -> None:
    """The tag says which bytes a client has the rest of."""
    app = App(read.wrap(etag()))
    statuses = [(await call(app, headers={"range": "bytes=0-0", "if-range": tag})).status for tag in (TAG, '"other"')]
    assert statuses == [206, 200]


async def test_compression_around_it_makes_another_representation() -> None:
    """With a weak tag, which the client can ask by."""

    @get(root)
    async def long(request: Request[object]) -> Response:
        return Response.text("x" * 5000)

    app = App(Router(long).wrap(etag()).wrap(compress()))
    packed = await call(app, headers={"accept-encoding": "gzip"})
    assert packed.headers["etag"] == "W/" + str(ETag.of(b"x" * 5000))
    again = await call(app, headers={"accept-encoding": "gzip", "if-none-match": packed.headers["etag"]})
    assert again.status == 304


async def test_what_changes_something_is_left_alone() -> None:
    """And handshakes."""

    @post(root)
    async def write(request: Request[object]) -> Response:
        return Response.text("x")

    @websocket(root)
    async def deny(request: Request[object]) -> Response:
        return Response.text("x", status=403)

    app = App(Router(write, deny).wrap(etag()))
    assert "etag" not in (await call(app, "POST", headers={"if-none-match": "*"})).headers
    answer = await play(app, websocket_scope(denial=True), [{"type": "websocket.connect"}])
    assert answer.events[0]["status"] == 403


def test_a_limit_below_one_is_refused() -> None:
    """There would be no tags."""
    with pytest.raises(ValueError, match="from 1"):
        etag(limit=0)
