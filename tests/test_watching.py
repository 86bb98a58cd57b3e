"""What has become of a response: its bytes, its end, and what cut it off."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import anyio
import pytest

from asgikit import App, Handler, Request, Response, WebSocket
from asgikit.errors import ClientDisconnected
from asgikit.messages import TEXT
from asgikit.testing import call, http_scope, play, websocket_scope
from asgikit.watching import Sent


def watched(sent: list[Sent], respond: Callable[[], Awaitable[Response]]) -> App[None]:
    async def handler(request: Request[None]) -> Response:
        request.connection.watch(sent.append)
        return await respond()

    return App(handler)


async def text() -> Response:
    return Response.text("hello")


async def chunks(count: int, error: Exception | None = None) -> AsyncIterator[bytes]:
    for _ in range(count):
        yield b"12345"
    if error is not None:
        raise error


async def test_bytes_are_told_once() -> None:
    """Status, size, and that it is complete."""
    sent: list[Sent] = []
    await call(watched(sent, text))
    assert sent == [Sent(status=200, size=5, complete=True)]


async def test_no_body_is_complete() -> None:
    """HEAD, 204: nothing was to be sent."""
    sent: list[Sent] = []
    await call(watched(sent, text), "HEAD")
    assert sent == [Sent(status=200, size=0, complete=True)]


async def test_a_stream_is_told_at_its_end() -> None:
    """With all that went out."""
    sent: list[Sent] = []

    async def stream() -> Response:
        return Response.stream(chunks(3), content_type="text/plain")

    await call(watched(sent, stream))
    assert sent == [Sent(status=200, size=15, complete=True)]


async def test_a_stream_that_fails_is_not_complete() -> None:
    """The error is told, too."""
    sent: list[Sent] = []
    failure = RuntimeError("broken")

    async def stream() -> Response:
        return Response.stream(chunks(1, failure), content_type="text/plain")

    await call(watched(sent, stream))
    assert sent == [Sent(status=200, size=5, complete=False, error=failure)]


async def test_the_response_that_went_out_is_told() -> None:
    """Not the exception that it was made of."""
    sent: list[Sent] = []

    async def fails() -> Response:
        raise LookupError

    await call(watched(sent, fails))
    assert [(one.status, one.complete, one.error) for one in sent] == [(500, True, None)]


async def test_no_answer_is_told() -> None:
    """The client left while its body was read."""
    sent: list[Sent] = []

    async def left() -> Response:
        raise ClientDisconnected

    await call(watched(sent, left), ignore=["HTTP-RESP-020"])  # to us it has not left
    assert sent == [Sent()]


async def test_a_cancelled_request_is_told() -> None:
    """As one without an answer."""
    sent: list[Sent] = []

    async def waits() -> Response:
        await anyio.sleep_forever()
        return await text()

    async with anyio.create_task_group() as group:
        group.start_soon(call, watched(sent, waits))
        await anyio.wait_all_tasks_blocked()
        group.cancel_scope.cancel()
    assert sent == [Sent()]


async def test_a_watcher_that_fails_stops_no_other(caplog: pytest.LogCaptureFixture) -> None:
    """It is logged."""
    sent: list[Sent] = []

    def broken(what: Sent) -> None:
        raise RuntimeError("a bug")

    async def handler(request: Request[None]) -> Response:
        request.connection.watch(sent.append)
        request.connection.watch(broken)
        return await text()

    answer = await call(App(handler))
    assert (answer.text, len(sent)) == ("hello", 1)
    assert "failed on what was sent" in caplog.text


@pytest.mark.parametrize("extension", ["http.response.pathsend", "http.response.zerocopysend"])
async def test_a_file_that_the_server_sends_is_counted(tmp_path: Path, extension: str) -> None:
    """By its length, as no bytes go through us."""
    sent: list[Sent] = []
    path = tmp_path / "file.txt"
    path.write_bytes(b"x" * 300)

    async def file() -> Response:
        return await Response.file(path)

    await play(watched(sent, file), http_scope(extensions={extension: {}}), [])
    assert sent == [Sent(status=200, size=300, complete=True)]


async def test_tasks_come_after_it() -> None:
    """What is told is the response, not the work behind it."""
    order: list[object] = []

    async def work() -> None:
        order.append("work")

    async def handler(request: Request[None]) -> Response:
        request.connection.watch(lambda sent: order.append(sent.status))
        return Response.text("x").then(work)

    await call(App(handler))
    assert order == [200, "work"]


def sockets(sent: list[Sent], session: Callable[[WebSocket[str, str]], Awaitable[None]]) -> Handler[None]:
    async def handler(request: Request[None]) -> Response:
        request.connection.watch(sent.append)
        return Response.upgrade(session, receives=TEXT, sends=TEXT)

    return handler


async def test_a_session_is_told_at_its_end() -> None:
    """With the bytes of its messages and the code of its close."""
    sent: list[Sent] = []

    async def session(ws: WebSocket[str, str]) -> None:
        await ws.send("é")

    events: list[Any] = [{"type": "websocket.connect"}]
    await play(App(sockets(sent, session)), websocket_scope(), events)
    assert sent == [Sent(status=101, size=2, complete=True, code=1000)]


async def test_a_client_that_closes_gives_its_code() -> None:
    """1006 is no end of a conversation, but of a connection."""
    for code, complete in ((1001, True), (1006, False)):
        sent: list[Sent] = []

        async def session(ws: WebSocket[str, str]) -> None:
            async for _ in ws:
                pass

        events: list[Any] = [{"type": "websocket.connect"}, {"type": "websocket.disconnect", "code": code}]
        await play(App(sockets(sent, session)), websocket_scope(), events)
        assert [(one.status, one.code, one.complete) for one in sent] == [(101, code, complete)]


@pytest.mark.parametrize("denial", [True, False])
async def test_a_denial_is_told_as_the_response_it_is(denial: bool) -> None:
    """A close is the 403 that servers make of it."""
    sent: list[Sent] = []

    async def deny() -> Response:
        return Response.text("no", status=409)

    await play(watched(sent, deny), websocket_scope(denial=denial), [{"type": "websocket.connect"}])
    assert [(one.status, one.complete) for one in sent] == [(409 if denial else 403, True)]
