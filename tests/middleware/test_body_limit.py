"""How many bytes the body of a request may have."""

from __future__ import annotations

import gzip
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

import pytest

from asgikit import App, Handler, Request, Response, Router, mount, post, root, websocket
from asgikit.asgi import AnyReceive, AnySend
from asgikit.conformance import checked
from asgikit.middleware.body_limit import body_limit
from asgikit.middleware.decompress import decompress
from asgikit.testing import call, exchanging, play, websocket_scope
from tests.forming import MULTIPART, URLENCODED, multipart, part


@post(root)
async def kept(request: Request[object]) -> Response:
    return Response.text(str(len(await request.body())))


async def streamed(request: Request[object]) -> Response:
    return Response.text(str(sum([len(chunk) async for chunk in request.stream()])))


async def foreign(scope: Any, receive: AnyReceive, send: AnySend) -> None:
    """An application that makes a 500 of whatever goes wrong."""
    size, more = 0, True
    try:
        while more:
            event: Mapping[str, Any] = await receive()
            assert event["type"] == "http.request"
            size, more = size + len(event["body"]), event["more_body"]
    except Exception:
        await send({"type": "http.response.start", "status": 500, "headers": []})
        await send({"type": "http.response.body", "body": b""})
        raise
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": str(size).encode()})


WAYS: list[Callable[[], Handler[object]]] = [
    lambda: body_limit(4)(kept.handler),
    lambda: body_limit(4)(streamed),
    lambda: kept.wrap(body_limit(4)),
    lambda: Router(kept).wrap(body_limit(4)),
    lambda: body_limit(4)(Router(kept)),
    lambda: Router(kept.wrap(body_limit(4))).wrap(body_limit(1)),
    lambda: Router(kept.wrap(body_limit(4))).wrap(body_limit(1000)),
    lambda: Router(post(root)(streamed).wrap(body_limit(4))).wrap(body_limit(1)),
    lambda: Router(mount(root, foreign, lifespan="off")).wrap(body_limit(4)),
]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("declared", [True, False])
async def test_a_body_that_is_too_large_is_413(way: Callable[[], Handler[object]], declared: bool) -> None:
    """By the innermost limit, whoever reads it and however; one that fits to the byte is not."""
    app = checked(App(way(), body_limit=2))
    for body, status, text in ((b"abcd", 200, "4"), (b"abcde", 413, "the content is over 4 bytes"), (b"", 200, "0")):
        chunks = [body[:3], body[3:]]
        answer = await call(app, "POST", body=chunks, headers={"content-length": str(len(body))} if declared else {})
        assert (answer.status, answer.text, answer.error) == (status, text, None)


@pytest.mark.parametrize("way", WAYS)
async def test_a_length_that_is_too_much_is_refused_before_anything_is_read(way: Callable[[], Handler[object]]) -> None:
    """The client may be told before it sends."""
    asked: list[str] = []

    async def content() -> AsyncIterator[bytes]:
        asked.append("for the body")
        yield b"abcde"

    async with exchanging(App(way()), "POST", content=content(), headers={"content-length": "5"}) as exchange:
        await exchange.end()
        assert (exchange.status, asked) == (413, [])


async def test_forms_are_limited_too() -> None:
    """Of either kind."""

    @post(root)
    async def fill(request: Request[object]) -> Response:
        return Response.text((await request.form())["a"])

    app = App(fill.wrap(body_limit(200)))
    bodies = [(URLENCODED, b"a=" + b"x" * n) for n in (10, 200)] + [(MULTIPART, multipart(part("a", "x" * n))) for n in (10, 200)]
    assert [(await call(app, "POST", headers=kind, body=body)).status for kind, body in bodies] == [200, 413, 200, 413]


async def test_a_reader_may_be_stricter_but_not_laxer() -> None:
    """What is written in a handler lifts no limit around it."""

    @post(root)
    async def reads(request: Request[object]) -> Response:
        return Response.text(str(len(await request.body(limit=int(request.headers["x-limit"])))))

    app = App(reads.wrap(body_limit(4)))
    for limit, size, status in (("2", 3, 413), ("2", 2, 200), ("9", 5, 413)):
        assert (await call(app, "POST", headers={"x-limit": limit}, body=b"x" * size)).status == status


@pytest.mark.parametrize("uses", [False, True])
async def test_copies_of_a_request_are_limited_with_it(uses: bool) -> None:
    """Whoever has made a connection of it, and when."""

    def stateful(handler: Handler[str]) -> Handler[object]:
        async def inner(request: Request[object]) -> Response:
            return await handler(request.with_state("a").with_state(request.id if uses else "b"))

        return inner

    for handler in (kept.handler, streamed):
        assert (await call(App(stateful(body_limit(4)(handler))), "POST", body=b"abcde")).status == 413
        assert (await call(App(body_limit(4)(stateful(handler))), "POST", body=b"abcde")).status == 413
        assert (await call(App(body_limit(1)(stateful(body_limit(4)(stateful(handler))))), "POST", body=b"abcd")).status == 200


async def test_what_middleware_has_kept_counts() -> None:
    """A larger body that was read further out is refused further in."""

    def reads(handler: Handler[object]) -> Handler[object]:
        async def inner(request: Request[object]) -> Response:
            await request.body()
            return await handler(request)

        return inner

    async def lax(request: Request[object]) -> Response:
        return Response.text(str(await request.body(limit=1000)))

    for handler in (kept.handler, streamed, lax):
        assert (await call(App(reads(body_limit(4)(handler))), "POST", body=b"abcde")).status == 413


async def test_what_is_decompressed_is_counted_as_it_is_read() -> None:
    """A small body that grows is as large as it grows."""
    app = App(decompress()(body_limit(1000)(streamed)))
    packed = {"content-encoding": "gzip"}
    assert (await call(app, "POST", headers=packed, body=gzip.compress(b"x" * 1000))).text == "1000"
    assert (await call(app, "POST", headers=packed, body=gzip.compress(b"x" * 1001))).status == 413


async def test_a_handshake_has_no_body() -> None:
    """And is left alone."""

    @websocket(root)
    async def deny(request: Request[object]) -> Response:
        return Response.text(str(await request.body()))

    answer = await play(App(deny.wrap(body_limit(1))), websocket_scope(denial=True), [{"type": "websocket.connect"}])
    assert answer.events[1]["body"] == b"b''"


async def test_a_malformed_length_hides_nothing() -> None:
    """What comes is counted, and a response that nobody reads the body for goes out."""

    async def unread(request: Request[object]) -> Response:
        async def chunks() -> AsyncIterator[str]:
            yield "x"

        return Response.stream(chunks(), content_type="text/plain")

    for handler, status in ((kept.handler, 400), (streamed, 413), (unread, 200)):
        answer = await call(App(body_limit(4)(handler)), "POST", headers={"content-length": "4x"}, body=b"abcde")
        assert (answer.status, answer.error) == (status, None)


def test_a_negative_limit_is_refused() -> None:
    """When the middleware is made."""
    with pytest.raises(ValueError, match="not -1"):
        body_limit(-1)
