"""Background work, limits and draining under real servers, stopped as they are: by a signal."""

from __future__ import annotations

import signal
import socket
import struct
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import httpx
import pytest

from asgikit.testing.live import ServerProcess
from tests.serving import ROOT, serving

ALL = ["uvicorn-httptools", "uvicorn-h11", "hypercorn-asyncio", "hypercorn-trio", "granian"]


@pytest.fixture(params=ALL)
def server(request: pytest.FixtureRequest) -> Iterator[ServerProcess]:
    with serving(request.param, "working:app", directory=ROOT / "tests" / "interop") as running:
        yield running


def ended(server: ServerProcess) -> str:
    """What it has said from its start to its end, which a SIGTERM brings about."""
    server.signal(signal.SIGTERM)
    console = server.ended(60)
    assert "never retrieved" not in console, console
    assert "never awaited" not in console, console
    return console


@contextmanager
def raw(server: ServerProcess, request: bytes) -> Iterator[socket.socket]:
    """A client that vanishes at the end of the block: with a reset, not with a goodbye."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=60) as client:
        client.sendall(request)
        yield client
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def test_work_is_done_after_the_response_and_before_the_end(server: ServerProcess) -> None:
    """That of a response, though a part of it fails; jobs until the deadline, and those past it are told."""
    with server.client() as client:
        assert client.get("/then", headers={"x-request-id": "abc-1"}).text == "sent"
        assert client.post("/start").status_code == 202
    console = ended(server)
    assert "fails of GET '/then' (request abc-1) failed" in console
    for said in ("the work is done", "the short job is done", "1 done, 1 lost", "long_job was cancelled: the supervisor stopped"):
        assert said in console, console
    assert "the long job is done" not in console


def test_a_client_that_vanishes_in_the_middle_leaves_nothing_behind(server: ServerProcess) -> None:
    """Its stream is closed, the work after it done, and no task is left."""
    with server.client() as client:
        client.get("/tasks")
        before = int(client.get("/tasks").text)
        for _ in range(5):
            with raw(server, b"GET /stream HTTP/1.1\r\nHost: h\r\n\r\n") as vanishing:
                assert b" 200 " in vanishing.recv(65536)
        deadline = time.monotonic() + 60
        while server.output().count("the work after the stream is done") < 5 or int(client.get("/tasks").text) > before:
            assert time.monotonic() < deadline, server.output()
    console = ended(server)
    assert console.count("the stream is closed") == 5, console
    assert console.count("the work after the stream is done") == 5, console


def test_new_work_is_refused_while_what_is_under_way_ends(server: ServerProcess) -> None:
    """Once the application knows; the connection of who is refused is closed."""
    with server.client() as client, ThreadPoolExecutor() as threads:
        waiting = threads.submit(lambda: httpx.get(f"{server.url}/wait", timeout=60, trust_env=False))
        assert server.says("somebody waits", within=60)
        assert client.post("/stop").text == "stopping"
        refused = client.get("/")
        assert (refused.status_code, refused.headers["retry-after"]) == (503, "5")
        assert refused.headers["connection"] == "close"
        assert client.get("/").status_code == 503  # on a connection of its own
        assert waiting.result().text == "done"
    ended(server)


def test_limits_are_kept(server: ServerProcess) -> None:
    """Of a handler, of a client that stops sending, of a stream, which is cut off."""
    with server.client() as client:
        slow = client.get("/slow")
        assert (slow.status_code, slow.headers["retry-after"]) == (503, "5")
        with raw(server, b"POST /read HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nabc") as stopping:
            assert stopping.recv(65536).startswith(b"HTTP/1.1 408")
        with pytest.raises(httpx.RemoteProtocolError), client.stream("GET", "/timed") as timed:
            list(timed.iter_bytes())
        assert client.get("/").status_code == 200
    console = ended(server)
    assert "the stream is closed" in console
    assert "GET '/timed'" in console


@pytest.mark.parametrize("name", ["uvicorn-httptools", "hypercorn-asyncio"])
def test_a_client_that_never_reads_does_not_keep_its_feed(name: str) -> None:
    """Past ten seconds the feed is over on our side.

    What the server does with what it has not sent yet is its own: uvicorn, granian and Hypercorn wait for the client, unless
    told otherwise. Hypercorn with trio cannot be interrupted while it sends, so there the feed waits as well.
    """
    head = b"GET /flood HTTP/1.1\r\nHost: h\r\n\r\n"
    with serving(name, "working:app", directory=ROOT / "tests" / "interop") as server, raw(server, head) as stuck:
        assert b" 200 " in stuck.recv(100)
        time.sleep(0.5)  # until nothing more fits anywhere
        server.signal(signal.SIGTERM)
        assert server.says("the flood is over", within=60)
