"""Responses become messages: HEAD, bodiless statuses, streams, clients that leave."""

from __future__ import annotations

import errno
import os
from collections.abc import AsyncIterator, Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import anyio
import anyio.lowlevel
import pytest

from asgikit import App, Request, Response, get, post, root
from asgikit.errors import IncorrectLength, InvalidEvent
from asgikit.files import CHUNK, Reader, look_at
from asgikit.middleware.cors import cors
from asgikit.testing import Incomplete, call, exchanging, http_scope, play, talking, websocket_scope


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
    """As from 2.4 on, for a network that breaks, of which nothing else tells; that is no error of ours."""
    ticks = Ticks(10**9)
    async with exchanging(serving(lambda: Response.stream(ticks())), buffer_size=0) as exchange:
        assert await exchange.read() == b"0"
        exchange.vanish()
        await exchange.end()
    assert (exchange.error, ticks.events) == (None, ["started", "closed"])


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
    answer = await play(app, http_scope("POST"), [*incoming, {"type": "http.disconnect"}])
    assert (answer.error, ticks.events[-1]) == (None, "closed")


async def test_tasks_run_after_a_stream() -> None:
    """Also when the client has left."""
    seen: list[str] = []

    async def note(word: str) -> None:
        seen.append(word)

    ticks = Ticks(10**9)
    await call(serving(lambda: Response.stream(ticks()).then(note, "done")), leaves_after=2)
    assert seen == ["done"]


@pytest.mark.parametrize("error", [OSError(), RuntimeError()])
@pytest.mark.parametrize("extensions", [[], ["websocket.http.response"]])
async def test_a_handshake_that_is_over_is_no_error(error: Exception, extensions: list[str]) -> None:
    """The client has left, or the server has answered by itself as it stops: uvicorn then takes nothing more."""

    async def session(ws: Any) -> None:
        raise AssertionError

    ticks = Ticks(3)
    for made in (Response.text("no"), Response.stream(ticks()), Response.upgrade(session)):
        async with talking(serving(lambda made=made: made), raises=error, extensions=extensions) as client:
            client.vanish()
            await client.end()
        assert (client.error, client.peer.accepted, client.peer.denial) == (None, None, None)
    assert ticks.events == []


@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_a_client_that_left_before_the_start_is_no_error(method: str) -> None:
    """Nothing of the stream runs, and nothing follows the start, which raised."""
    ticks = Ticks(3)
    async with exchanging(serving(lambda: Response.stream(ticks())), method) as exchange:
        exchange.vanish()
        await exchange.end()
    assert [step.kind for step in exchange.steps] == ["call", "send", "send", "return"]
    assert (exchange.message, exchange.error, ticks.events) == (None, None, [])


async def test_a_handshake_can_be_denied_with_a_stream() -> None:
    """Chunk by chunk."""
    app = serving(lambda: Response.stream(Ticks(2)(), status=403))
    answer = await play(app, websocket_scope(denial=True), [{"type": "websocket.connect"}])
    assert [event.get("body") for event in answer.events[1:]] == [b"0", b"1", b""]


@pytest.mark.parametrize("pause", [0, None])
async def test_a_streamed_denial_stops_when_the_client_leaves(pause: float | None) -> None:
    """As any stream does."""
    ticks = Ticks(10**9, pause=pause)
    app = serving(lambda: Response.stream(ticks(), status=403))
    incoming = [{"type": "websocket.connect"}]
    answer = await play(app, websocket_scope(denial=True), incoming, leaves_after=2)
    assert (answer.error, ticks.events) == (None, ["started", "closed"])


async def test_a_server_that_fails_while_we_watch_is_an_error_as_itself() -> None:
    """Not in a group, and the generator is closed."""
    ticks = Ticks(10**9, pause=None)
    answer = await play(serving(lambda: Response.stream(ticks())), http_scope(), [{"type": "http.nonsense"}])
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
    answer = await play(App(handler), http_scope("POST"), incoming)
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

    rows = Rows()
    async with exchanging(serving(lambda: Response.stream(rows)), buffer_size=0) as exchange:
        await exchange.read()
        exchange.vanish()
        await exchange.end()
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


SIZE = 2 * CHUNK + 10
DATA = bytes(n % 251 for n in range(SIZE))


@pytest.fixture
def large(tmp_path: Path) -> Path:
    """A file of three chunks."""
    path = tmp_path / "large.bin"
    path.write_bytes(DATA)
    os.utime(path, (0, 1_500_000_000))
    return path


def open_files(path: Path) -> int:
    """How often this process has it open."""
    descriptors = Path("/proc/self/fd")
    return [os.path.realpath(fd) for fd in descriptors.iterdir()].count(str(path)) if descriptors.is_dir() else 0


def serving_file(path: Path, *, change: Callable[[], object] | None = None, made: Any = None) -> App[None]:
    """An application that sends a file; between the look at it and the sending of it something may happen."""

    async def handler(request: Request[None]) -> Response:
        response = await Response.file(path)
        if change is not None:
            change()
        return response if made is None else made(response)

    return App(handler)


PATHSEND = {"http.response.pathsend": {}}
EVERYTHING = {f"http.response.{name}": {} for name in ("pathsend", "trailers", "push", "debug", "early_hint", "zerocopysend")}


async def test_a_file_is_sent_chunk_by_chunk(large: Path) -> None:
    """With all its fields, and closed behind the last."""
    answer = await call(serving_file(large))
    assert (answer.status, answer.body, answer.error) == (200, DATA, None)
    assert [len(event["body"]) for event in answer.events[1:]] == [CHUNK, CHUNK, 10, 0]
    assert [event["more_body"] for event in answer.events[1:]] == [True, True, True, False]
    assert answer.headers["content-length"] == str(SIZE)
    assert {"etag", "last-modified", "accept-ranges", "content-type"} <= {name for name, _ in answer.headers}
    assert open_files(large) == 0


@pytest.mark.parametrize("data", [b"", b"x", b"x" * CHUNK])
async def test_a_small_file_is_one_event(tmp_path: Path, data: bytes) -> None:
    """An empty one too."""
    (tmp_path / "small").write_bytes(data)
    answer = await call(serving_file(tmp_path / "small"))
    assert (len(answer.events), answer.body, answer.headers["content-length"]) == (2, data, str(len(data)))


async def test_head_opens_no_file(large: Path) -> None:
    """It has the fields of GET, also where the file is gone by then."""
    fields = (await call(serving_file(large))).headers
    answer = await call(serving_file(large, change=large.unlink), "HEAD", extensions=PATHSEND)
    assert (answer.status, answer.headers, answer.body, len(answer.events)) == (200, fields, b"", 2)


@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_a_304_opens_no_file(large: Path, method: str) -> None:
    """D13: a file knows its conditions by itself."""
    etag = (await call(serving_file(large))).headers["etag"]
    headers = {"if-none-match": etag}
    answer = await call(serving_file(large, change=large.unlink), method, headers=headers, extensions=PATHSEND)
    assert (answer.status, answer.headers["etag"], answer.body, len(answer.events)) == (304, etag, b"", 2)
    assert not {"content-length", "content-type"} & {name for name, _ in answer.headers}


async def test_the_server_may_send_the_file_itself(large: Path) -> None:
    """Where it offers to: it gets the absolute path, and we never open it."""
    answer = await call(serving_file(large), extensions=PATHSEND)
    assert answer.events[1:] == [{"type": "http.response.pathsend", "path": str(large)}]
    assert answer.headers["content-length"] == str(SIZE)


async def test_a_part_of_a_file_is_ours_to_send(large: Path) -> None:
    """Also where the server could send the whole."""
    answer = await call(serving_file(large), headers={"range": f"bytes={CHUNK - 1}-{CHUNK}"}, extensions=PATHSEND)
    assert (answer.status, answer.body) == (206, DATA[CHUNK - 1 : CHUNK + 1])
    assert answer.headers["content-range"] == f"bytes {CHUNK - 1}-{CHUNK}/{SIZE}"
    assert open_files(large) == 0


async def test_several_parts_of_a_file(large: Path) -> None:
    """In one multipart body of the announced length."""
    answer = await call(serving_file(large), headers={"range": f"bytes=-5,0-{CHUNK}"})
    assert (answer.status, answer.headers["content-length"]) == (206, str(len(answer.body)))
    boundary = answer.headers["content-type"].partition("; boundary=")[2].encode()
    parts = answer.body.split(b"\r\n--" + boundary)
    assert [part.partition(b"\r\n\r\n")[2] for part in parts] == [b"", DATA[-5:], DATA[: CHUNK + 1], b""]


async def test_a_range_outside_of_the_file_is_416(large: Path) -> None:
    """With its size; nothing is opened."""
    answer = await call(serving_file(large, change=large.unlink), headers={"range": f"bytes={SIZE}-"})
    assert (answer.status, answer.headers["content-range"]) == (416, f"bytes */{SIZE}")


async def test_a_file_is_closed_when_the_client_leaves(large: Path) -> None:
    """In the middle of it; that is no error."""
    for leaves_after in (1, 2, 3):
        answer = await call(serving_file(large), leaves_after=leaves_after)
        assert answer.error is None
        assert open_files(large) == 0
    gone = await call(serving_file(large), leaves_after=2)
    assert len(gone.body) < SIZE


@pytest.mark.parametrize("chunks", [None, 0, 1])
@pytest.mark.parametrize("error", [ConnectionResetError(), ValueError("server")])
async def test_a_file_is_closed_when_send_raises(large: Path, chunks: int | None, error: Exception) -> None:
    """At the start, at the first chunk, at a later one; it is the server's error, unless the client has left."""
    raised = pytest.raises(ValueError, match="server") if isinstance(error, ValueError) else nullcontext()
    with raised:
        async with exchanging(serving_file(large), buffer_size=0, raises=error) as exchange:
            if chunks is not None:
                await exchange.started()
            for _ in range(chunks or 0):
                await exchange.read()
            exchange.vanish()
            await exchange.end()
            assert (exchange.error is None) == isinstance(error, OSError)
    assert open_files(large) == 0


async def test_a_file_is_closed_when_sending_is_cancelled(large: Path) -> None:
    """By the server, say."""
    async with exchanging(serving_file(large), buffer_size=0) as exchange:
        await exchange.started()
        await anyio.wait_all_tasks_blocked()
        assert open_files(large) == (1 if os.path.isdir("/proc/self/fd") else 0)  # noqa: PTH112, ASYNC240  # no waiting
        await exchange.cancel()
        assert open_files(large) == 0
    assert not exchange.complete


@pytest.mark.parametrize("extensions", [{}, PATHSEND])
async def test_a_file_that_vanished_is_404(large: Path, extensions: Any, caplog: pytest.LogCaptureFixture) -> None:
    """D15: the response has not started, so the client can still be told; the log says more."""
    answer = await call(serving_file(large, change=large.unlink), extensions=extensions)
    assert (answer.status, answer.text, answer.error) == (404, "there is no such file", None)
    assert str(large) in caplog.text


@pytest.mark.parametrize("extensions", [{}, PATHSEND])
async def test_a_file_that_was_replaced_is_503(large: Path, extensions: Any) -> None:
    """Length, tag and date are those of another: the client asks again."""

    def replaced() -> None:
        other = large.with_name("other")
        other.write_bytes(b"x" * SIZE)
        other.replace(large)

    answer = await call(serving_file(large, change=replaced), extensions=extensions)
    assert (answer.status, answer.headers["retry-after"], answer.error) == (503, "1", None)
    assert "etag" not in answer.headers
    assert open_files(large) == 0


async def test_a_file_that_cannot_be_read_is_503(large: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before the response starts, and it is closed."""

    def fail(reader: Reader) -> bytes:
        raise OSError(errno.EIO, "disk")

    monkeypatch.setattr(Reader, "read", fail)
    answer = await call(serving_file(large))
    assert (answer.status, answer.error, open_files(large)) == (503, None, 0)


async def test_a_file_that_is_cut_off_while_it_is_sent_is_an_error(large: Path) -> None:
    """The announced length cannot come any more: the server has to know."""
    with pytest.raises(IncorrectLength):
        async with exchanging(serving_file(large), buffer_size=0) as exchange:
            await exchange.started()
            os.truncate(large, CHUNK)
            with pytest.raises(Incomplete):
                while await exchange.read() is not None:
                    pass
    assert open_files(large) == 0


async def test_tasks_run_after_a_file(large: Path) -> None:
    """Also where it was not sent after all."""
    seen: list[str] = []

    async def note(word: str) -> None:
        seen.append(word)

    for change in (None, large.unlink):
        await call(serving_file(large, change=change, made=lambda response: response.then(note, "done")))
    assert seen == ["done", "done"]


async def test_trailers_follow_the_body(large: Path) -> None:
    """Made once it is sent, announced before; for bytes, streams and files."""
    order: list[str] = []

    def checksum() -> dict[str, str]:
        order.append("made")
        return {"X-Sum": "1"}

    for make in (lambda: Response.text("x"), lambda: Response.stream(Ticks(3)()), lambda: Response.of_file(look_at(large))):
        answer = await call(
            serving(lambda make=make: make().with_trailers(checksum, "X-Sum")), extensions={"http.response.trailers": {}}
        )
        assert (answer.started["trailers"], answer.headers["trailer"]) == (True, "X-Sum")
        assert answer.events[-2]["more_body"] is False
        assert answer.events[-1] == {"type": "http.response.trailers", "headers": [(b"x-sum", b"1")], "more_trailers": False}
    assert order == ["made"] * 3


async def test_trailers_need_a_body_that_ends(large: Path) -> None:
    """None after HEAD or a 304, and none are made where the client has left."""
    made: list[str] = []

    def make() -> dict[str, str]:
        made.append("made")
        return {}

    def offered(response: Response) -> App[None]:
        return serving(lambda: response.with_trailers(make))

    offers = {"http.response.trailers": {}}
    await call(offered(Response.text("x")), "HEAD", extensions=offers)
    await call(offered(Response.empty(status=304)), extensions=offers)
    await call(offered(Response.stream(Ticks(10**9)())), extensions=offers, leaves_after=2)
    await call(offered(Response.of_file(look_at(large))), extensions=offers, leaves_after=2)
    assert made == []


async def test_resources_can_be_pushed_along() -> None:
    """Between the start and the body."""
    app = serving(lambda: Response.text("x").with_push("/a.css", {"Accept": "text/css"}).with_push("/b.js"))
    answer = await call(app, extensions={"http.response.push": {}})
    assert answer.events[1:-1] == [
        {"type": "http.response.push", "path": "/a.css", "headers": [(b"accept", b"text/css")]},
        {"type": "http.response.push", "path": "/b.js", "headers": []},
    ]


async def test_a_test_client_sees_more() -> None:
    """Before the response starts."""
    answer = await call(serving(lambda: Response.text("x").with_debug({"page": "p"})), extensions={"http.response.debug": {}})
    assert answer.events[0] == {"type": "http.response.debug", "info": {"page": "p"}}


@pytest.mark.parametrize("extensions", [None, {}, {"tls": {}}])
async def test_what_the_server_has_not_offered_is_not_sent(large: Path, extensions: Any) -> None:
    """Only start and body."""

    def rich(response: Response) -> Response:
        return response.with_trailers(dict, "X-Sum").with_push("/a").with_debug({"a": 1})

    for app in (serving_file(large, made=rich), serving(lambda: rich(Response.text("x")))):
        answer = await call(app, extensions=extensions)
        assert {event["type"] for event in answer.events} == {"http.response.start", "http.response.body"}
        assert (answer.started.get("trailers", False), "trailer" in answer.headers) == (False, False)


async def test_everything_at_once_is_in_order(large: Path) -> None:
    """As the extensions demand it."""

    def rich(response: Response) -> Response:
        return response.with_trailers(dict).with_push("/a").with_debug({"a": 1})

    answer = await call(serving_file(large, made=rich), extensions=EVERYTHING)
    assert [event["type"].removeprefix("http.response.") for event in answer.events] == [
        "debug",
        "start",
        "push",
        "pathsend",
        "trailers",
    ]


async def test_a_handshake_can_be_denied_with_a_file(large: Path) -> None:
    """Sent whole, whatever the server could do with paths; 404 if it is gone; closed when the client leaves."""
    incoming = [{"type": "websocket.connect"}]
    scope = websocket_scope(denial=True, extensions=EVERYTHING)
    answer = await play(serving_file(large), scope, incoming)
    assert b"".join(event.get("body", b"") for event in answer.events[1:]) == DATA
    for leaves_after in (0, 2):
        left = await play(serving_file(large), scope, incoming, leaves_after=leaves_after)
        assert (len(left.events), left.error, open_files(large)) == (leaves_after, None, 0)
    answer = await play(serving_file(large, change=large.unlink), scope, incoming)
    assert (answer.events[0]["status"], answer.error) == (404, None)


async def test_a_file_that_has_gone_keeps_the_fields_of_middleware(tmp_path: Path) -> None:
    """As every other error does; but nothing about the content that is not sent."""
    place = tmp_path / "x.txt"
    place.write_text("x")

    async def handler(request: Request[None]) -> Response:
        response = await Response.file(place, headers={"cache-control": "max-age=60"})
        place.unlink()
        return response

    answer = await call(App(cors(["https://example.com"])(handler)), headers={"origin": "https://example.com"})
    assert (answer.status, answer.headers["access-control-allow-origin"]) == (404, "https://example.com")
    assert not {"etag", "last-modified", "cache-control"} & {name for name, _ in answer.headers}
