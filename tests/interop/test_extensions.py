"""Early hints, push, trailers and files sent by path, under servers that have them and servers that have not."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import h2.config
import h2.connection
import h2.events
import pytest

from asgikit.testing.live import ServerProcess
from tests.serving import serving

APP = "tests.interop.extensions_app:app"
DIGEST = sha256(b"one two").hexdigest()


@pytest.fixture(scope="module", params=["hypercorn-asyncio", "hypercorn-trio"])
def hypercorn(request: pytest.FixtureRequest) -> Iterator[ServerProcess]:
    with serving(request.param, APP) as server:
        yield server


@pytest.fixture(scope="module", params=["uvicorn-h11", "granian"])
def plain(request: pytest.FixtureRequest) -> Iterator[ServerProcess]:
    with serving(request.param, APP) as server:
        yield server


def over_http2(server: ServerProcess, path: str) -> list[h2.events.Event]:
    """What the server says until the stream of the request and all promised ones have ended."""
    connection = h2.connection.H2Connection(h2.config.H2Configuration(header_encoding="utf-8"))
    seen: list[h2.events.Event] = []
    with socket.create_connection(("127.0.0.1", server.port), timeout=60) as wire:
        connection.initiate_connection()
        fields = [(":method", "GET"), (":path", path), (":scheme", "http"), (":authority", "localhost"), ("te", "trailers")]
        connection.send_headers(1, fields, end_stream=True)
        open_streams = {1}
        while open_streams:
            wire.sendall(connection.data_to_send())
            data = wire.recv(65536)
            assert data, "the server hung up"
            for event in connection.receive_data(data):
                seen.append(event)
                if isinstance(event, h2.events.PushedStreamReceived):
                    open_streams.add(event.pushed_stream_id)
                if isinstance(event, h2.events.StreamEnded | h2.events.StreamReset):
                    open_streams.discard(event.stream_id)
    return seen


def test_all_of_it_goes_out_over_http2(hypercorn: ServerProcess) -> None:
    """The hint first, the promise after the start, the trailers last; the promised resource is served like any other."""
    events = over_http2(hypercorn, "/page")
    hints = [dict(e.headers or ()) for e in events if isinstance(e, h2.events.InformationalResponseReceived)]
    assert [(hint[":status"], hint["link"]) for hint in hints] == [("103", "</style.css>; rel=preload; as=style")]
    starts = {e.stream_id: dict(e.headers or ()) for e in events if isinstance(e, h2.events.ResponseReceived)}
    assert (starts[1][":status"], starts[1]["x-hinted"], starts[1]["trailer"]) == ("200", "True", "x-digest")
    trailers = [dict(e.headers or ()) for e in events if isinstance(e, h2.events.TrailersReceived)]
    assert trailers == [{"x-digest": DIGEST}]
    [pushed] = [e for e in events if isinstance(e, h2.events.PushedStreamReceived)]
    assert dict(pushed.headers or ())[":path"] == "/style.css"
    body = b"".join(
        e.data or b"" for e in events if isinstance(e, h2.events.DataReceived) and e.stream_id == pushed.pushed_stream_id
    )
    assert body == b"p {}"


def test_nothing_of_it_goes_out_elsewhere(plain: ServerProcess) -> None:
    """The response is as if nobody had asked, and the handler is told."""
    with plain.client() as client:
        answer = client.get("/page")
    assert (answer.status_code, answer.text, answer.headers["x-hinted"]) == (200, "one two", "False")
    assert "trailer" not in answer.headers


def test_a_file_arrives_whoever_sends_it(plain: ServerProcess, hypercorn: ServerProcess) -> None:
    """Granian opens it by its path, the others get its content."""
    expected = (Path(__file__).parent / "extensions_app.py").read_bytes()
    for server in (plain, hypercorn):
        with server.client() as client:
            whole = client.get("/file")
            assert (whole.status_code, whole.content) == (200, expected)
            assert whole.headers["content-length"] == str(len(expected))
            assert client.get("/file", headers={"range": "bytes=3-5"}).content == expected[3:6]
            assert client.get("/file", headers={"if-none-match": whole.headers["etag"]}).status_code == 304
