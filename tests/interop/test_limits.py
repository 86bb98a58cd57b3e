"""Limits and the cache under real servers."""

from __future__ import annotations

import socket
import struct
import time
from collections.abc import Iterator

import pytest

from asgikit.testing.live import ServerProcess
from tests.serving import ROOT, serving

ALL = ["uvicorn-httptools", "uvicorn-h11", "hypercorn-asyncio", "hypercorn-trio", "granian"]


@pytest.fixture(scope="module", params=ALL)
def server(request: pytest.FixtureRequest) -> Iterator[ServerProcess]:
    with serving(request.param, "limits_app:app", directory=ROOT / "tests" / "interop") as running:
        yield running


def first_line(server: ServerProcess, request: bytes) -> bytes:
    """How the answer begins, to a client that waits for it and sends nothing more."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=60) as client:
        client.sendall(request)
        return client.makefile("rb").readline()


def test_a_client_need_not_send_what_is_too_large(server: ServerProcess) -> None:
    """It is told so before, or when it goes past the limit."""
    head = b"POST /upload HTTP/1.1\r\nHost: localhost\r\n"
    assert b" 413 " in first_line(server, head + b"Content-Length: 100000000\r\n\r\n")
    chunk = b"%x\r\n%s\r\n" % (600, b"x" * 600)
    assert b" 413 " in first_line(server, head + b"Transfer-Encoding: chunked\r\n\r\n" + 2 * chunk)
    assert b" 200 " in first_line(server, head + b"Transfer-Encoding: chunked\r\n\r\n" + chunk + b"0\r\n\r\n")
    with server.client() as client:
        assert client.post("/upload", content=b"x" * 1000).text == "1000"


def test_a_client_that_vanishes_leaves_its_place(server: ServerProcess) -> None:
    """To the next one."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=60) as watching, server.client() as client:
        watching.sendall(b"GET /feed HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert b" 200 " in watching.makefile("rb").readline()
        assert client.get("/feed").status_code == 503
        watching.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    deadline = time.monotonic() + 60
    while b" 200 " not in first_line(server, b"GET /feed HTTP/1.1\r\nHost: localhost\r\n\r\n"):
        assert time.monotonic() < deadline, "the place is still taken"


def test_clients_are_told_what_they_have_left(server: ServerProcess) -> None:
    """In fields that every server sends as they are."""
    with server.client() as client:
        first, second = client.get("/rare"), client.get("/rare")
    assert (first.status_code, second.status_code) == (200, 429)
    assert first.headers["ratelimit"].startswith('"1/86400s";r=0;t=')
    assert int(second.headers["retry-after"]) > 80_000


def test_what_is_kept_is_answered_with_its_age(server: ServerProcess) -> None:
    """And with a 304 to who has it."""
    with server.client() as client:
        first, second = client.get("/page"), client.get("/page")
        third = client.get("/page", headers={"if-none-match": first.headers["etag"]})
    assert ("age" in first.headers, "age" in second.headers, second.text) == (False, True, "page")
    assert (third.status_code, third.content) == (304, b"")
