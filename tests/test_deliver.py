"""Responses become messages: HEAD, bodiless statuses, streams, clients that leave."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import anyio
import anyio.lowlevel
import pytest
from tests.driving import call, exchange, http_scope, websocket_scope

from asgikit import App, Request, Response, get, post, root
from asgikit.errors import IncorrectLength, InvalidEvent


class Ticks:
    """A stream that tells what happened to it."""

    def __init__(self, count: int, *, pause: float | None = 0, error: Exception | None = None) -> None:
        self.events: list[str] = []
        self._count, self._pause, self._error = count, pause, error

    async def __call__(self) -> AsyncIterator[bytes]:
        self.events.append("started")
        try:
            for number in range(self._count):
                yield b"%d" % number
                await (anyio.sleep_forever() if self._pause is None else anyio.sleep(self._pause))
            if self._error is not None:
                raise self._error
            self.events.append("finished")
        finally:
            self.events.append("closed")


def serving(response: Any) -> App[None]:
    async def handler(request: Request[None]) -> Response:
        made: Response = response()
        return made

    return App(handler)


async def test_a_stream_is_sent_chunk_by_chunk() -> None:
    """Text in UTF-8, and an empty last event."""

    async def words() -> AsyncIterator[str]:
        yield "é"
        yield "x"

    answer = await call(serving(lambda: Response.stream(words(), content_type="text/plain")))
    assert answer.body == "éx".encode()
    assert [event.get("more_body") for event in answer.events[1:]] == [True, True, False]


async def test_head_starts_no_stream() -> None:
    """D6: no body, and not one step of the generator."""
    ticks = Ticks(1000)
    answer = await call(serving(lambda: Response.stream(ticks())), "HEAD")
    assert (len(answer.events), answer.body, ticks.events) == (2, b"", [])


@pytest.mark.parametrize("status", [204, 304])
async def test_bodiless_statuses_send_no_body(status: int) -> None:
    """Neither bytes nor a stream (RFC 9110, 6.4.1)."""
    ticks = Ticks(3)
    answer = await call(serving(lambda: Response.stream(ticks(), status=status)))
    assert (answer.body, ticks.events) == (b"", [])
    answer = await call(serving(lambda: Response(b"x", status=status)))
    assert (answer.body, "content-length" in answer.headers) == (b"", False)


@pytest.mark.parametrize("spec_version", [None, "2.0", "2.1", "2.2", "2.3", "2.4", "2.5"])
@pytest.mark.parametrize("pause", [0, None])
async def test_a_stream_stops_when_the_client_leaves(spec_version: str | None, pause: float | None) -> None:
    """D20: at every spec level, also while it waits for something that never comes."""
    ticks = Ticks(10**9, pause=pause)
    answer = await call(serving(lambda: Response.stream(ticks())), spec_version=spec_version, leaves_after=2)
    assert answer.error is None
    assert ticks.events == ["started", "closed"]
    assert all(event.get("more_body", True) for event in answer.events)


async def test_a_stream_stops_when_send_raises() -> None:
    """As from 2.4 on; that is no error of ours."""
    ticks = Ticks(10**9)
    sent: list[Any] = []

    async def receive() -> Any:
        await anyio.sleep_forever()

    async def send(event: Any) -> None:
        sent.append(event)
        if len(sent) > 2:
            raise ConnectionResetError

    with anyio.fail_after(5):
        await serving(lambda: Response.stream(ticks()))(http_scope(), receive, send)
    assert ticks.events == ["started", "closed"]


@pytest.mark.parametrize("error", [ValueError("late"), OSError("disk"), ConnectionResetError("upstream")])
async def test_a_stream_that_fails_is_raised_again(error: Exception) -> None:
    """As itself, not in a group, and not taken for a client that left; the end of the body never comes."""
    ticks = Ticks(2, error=error)
    answer = await call(serving(lambda: Response.stream(ticks())))
    assert answer.error is error
    assert answer.events[-1]["more_body"] is True


@pytest.mark.parametrize(("length", "count"), [(2, 3), (4, 3)])
async def test_a_stream_has_the_length_it_announced(length: int, count: int) -> None:
    """Not one byte more is sent, and less is an error, for the client would wait."""
    ticks = Ticks(count)
    answer = await call(serving(lambda: Response.stream(ticks(), headers={"content-length": str(length)})))
    assert isinstance(answer.error, IncorrectLength)
    assert len(answer.body) <= length
    assert ticks.events[-1] == "closed"


async def test_a_stream_of_the_right_length_passes() -> None:
    """With its content-length as announced."""
    answer = await call(serving(lambda: Response.stream(Ticks(3)(), headers={"content-length": "3"})))
    assert (answer.body, answer.error) == (b"012", None)


async def test_a_stream_can_echo_the_request_as_it_comes() -> None:
    """Watching for the client to leave takes nothing from the body."""

    @post(root)
    async def echo(request: Request[object]) -> Response:
        return Response.stream(request.stream())

    chunks = [b"%d," % n for n in range(50)]
    answer = await call(App(echo), "POST", body=chunks)
    assert answer.body == b"".join(chunks)


async def test_an_unread_body_does_not_hide_that_the_client_left() -> None:
    """What is left of it is held while we watch."""
    ticks = Ticks(10**9, pause=None)
    incoming = [{"type": "http.request", "body": b"x" * 100, "more_body": True} for _ in range(5)]
    app = serving(lambda: Response.stream(ticks()))
    answer = await exchange(app, http_scope("POST"), [*incoming, {"type": "http.disconnect"}])
    assert (answer.error, ticks.events[-1]) == (None, "closed")


async def test_tasks_run_after_a_stream() -> None:
    """Also when the client has left."""
    seen: list[str] = []

    async def note(word: str) -> None:
        seen.append(word)

    ticks = Ticks(10**9)
    await call(serving(lambda: Response.stream(ticks()).then(note, "done")), leaves_after=2)
    assert seen == ["done"]


async def test_a_client_that_left_before_the_start_is_no_error() -> None:
    """Nothing of the stream runs; neither does a session."""

    async def receive() -> Any:
        return {"type": "websocket.connect"}

    async def send(event: Any) -> None:
        raise OSError

    async def session(ws: Any) -> None:
        raise AssertionError

    ticks = Ticks(3)
    for method in ("GET", "HEAD"):
        await serving(lambda: Response.stream(ticks()))(http_scope(method), receive, send)
    assert ticks.events == []
    for denial in (True, False):
        for made in (Response.text("no"), Response.stream(ticks()), Response.upgrade(session)):
            await serving(lambda made=made: made)(websocket_scope(denial=denial), receive, send)


async def test_a_handshake_can_be_denied_with_a_stream() -> None:
    """Chunk by chunk."""
    app = serving(lambda: Response.stream(Ticks(2)(), status=403))
    answer = await exchange(app, websocket_scope(denial=True), [{"type": "websocket.connect"}])
    assert [event.get("body") for event in answer.events[1:]] == [b"0", b"1", b""]


@pytest.mark.parametrize("pause", [0, None])
async def test_a_streamed_denial_stops_when_the_client_leaves(pause: float | None) -> None:
    """As any stream does."""
    ticks = Ticks(10**9, pause=pause)
    app = serving(lambda: Response.stream(ticks(), status=403))
    incoming = [{"type": "websocket.connect"}]
    answer = await exchange(app, websocket_scope(denial=True), incoming, leaves_after=2)
    assert (answer.error, ticks.events) == (None, ["started", "closed"])


async def test_a_server_that_fails_while_we_watch_is_an_error_as_itself() -> None:
    """Not in a group, and the generator is closed."""
    ticks = Ticks(10**9, pause=None)
    answer = await exchange(serving(lambda: Response.stream(ticks())), http_scope(), [{"type": "http.nonsense"}])
    assert isinstance(answer.error, InvalidEvent)
    assert ticks.events[-1] == "closed"


async def test_an_echo_whose_client_leaves_is_no_error() -> None:
    """What was to run after it still does."""
    seen: list[str] = []

    async def note(word: str) -> None:
        seen.append(word)

    async def handler(request: Request[None]) -> Response:
        return Response.stream(request.stream()).then(note, "done")

    incoming = [{"type": "http.request", "body": b"x", "more_body": True}, {"type": "http.disconnect"}]
    answer = await exchange(App(handler), http_scope("POST"), incoming)
    assert (answer.error, seen) == (None, ["done"])


async def test_the_iterator_of_an_iterable_is_closed() -> None:
    """Not only a generator given as it is; and by us, before the garbage collector comes to it."""
    events: list[str] = []

    class Rows:
        async def __aiter__(self) -> AsyncIterator[bytes]:
            try:
                while True:
                    yield b"row"
            finally:
                events.append("closed")

    async def receive() -> Any:
        await anyio.sleep_forever()

    async def send(event: Any) -> None:
        if event["type"] == "http.response.body":
            raise OSError

    rows = Rows()
    await serving(lambda: Response.stream(rows))(http_scope(), receive, send)
    assert events == ["closed"]


async def test_the_first_error_of_a_stream_is_raised() -> None:
    """Not the one of its clean-up."""

    class Failing:
        def __aiter__(self) -> Failing:
            return self

        async def __anext__(self) -> bytes:
            raise ValueError("real")

        async def aclose(self) -> None:
            raise KeyError("clean-up")

    answer = await call(serving(lambda: Response.stream(Failing())))
    assert isinstance(answer.error, ValueError)


async def test_an_iterator_without_aclose_will_do() -> None:
    """Any async iterable is a stream."""

    class Once:
        def __init__(self) -> None:
            self.left = 1

        def __aiter__(self) -> Once:
            return self

        async def __anext__(self) -> bytes:
            if not self.left:
                raise StopAsyncIteration
            self.left -= 1
            return b"x"

    assert (await call(serving(lambda: Response.stream(Once())))).body == b"x"


@get(root)
async def plain(request: Request[object]) -> Response:
    return Response.text("x" * 10)


async def test_head_of_bytes_has_their_length() -> None:
    """And no byte of them."""
    answer = await call(App(plain), "HEAD")
    assert (answer.headers["content-length"], answer.body) == ("10", b"")
