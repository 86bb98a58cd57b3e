"""What is seen of requests under real servers."""

from __future__ import annotations

import http.client
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from websockets.sync.client import connect

from asgikit.testing.live import ServerProcess
from tests.serving import serving


@pytest.fixture(scope="module", params=["uvicorn-httptools", "uvicorn-h11", "hypercorn-asyncio", "hypercorn-trio", "granian"])
def server(request: pytest.FixtureRequest) -> Iterator[ServerProcess]:
    with serving(request.param, "tests.interop.observed_app:app") as running:
        yield running


def logged(server: ServerProcess, path: str) -> Any:
    with server.client() as client:
        return client.get("/logged", params={"path": path}).json()


def measured(server: ServerProcess, sample: str) -> float:
    with server.client() as client:
        lines = client.get("/metrics").text.splitlines()
    return next(float(line.split()[-1]) for line in lines if line.startswith(sample))


def test_a_stream_that_its_client_leaves_is_told_of(server: ServerProcess) -> None:
    """With what it has got, as cut off."""
    with server.client() as client, client.stream("GET", "/stream") as response:
        assert len(next(response.iter_bytes())) > 0
        assert response.response.headers["server-timing"].startswith("total;dur=")
    found = logged(server, "/stream")
    assert (found["status"], found["route"], found["request_id"]) == (200, "/stream", response.response.headers["x-request-id"])
    assert found["ending"] in {"incomplete", "cancelled"}
    assert found["size"] >= 1000
    assert (found["duration"] > 0, found["client"]) == (True, "127.0.0.1")
    assert measured(server, 'http_responses_incomplete_total{method="GET",route="/stream"}') == 1
    assert measured(server, 'http_requests_in_progress{method="GET",route="/stream"}') == 0


def test_a_mounted_application_is_told_of(server: ServerProcess) -> None:
    """All of its bytes."""
    with server.client() as client:
        assert client.get("/foreign/x").text == "abcabcabc"
    found = logged(server, "/foreign/x")
    assert (found["status"], found["size"], found["ending"]) == (200, 9, "complete")


def test_a_socket_is_told_of(server: ServerProcess) -> None:
    """When it is closed, with its bytes and its code."""
    with connect(f"ws://127.0.0.1:{server.port}/ws", proxy=None) as socket:
        socket.send("hello")
        assert socket.recv() == "hello"
        assert measured(server, 'websocket_connections_open{route="/ws"}') == 1
    found = logged(server, "/ws")
    # hypercorn 0.18 says of every close that there was none.
    end = ("incomplete", 1006) if server.name.startswith("hypercorn") else ("complete", 1000)
    assert (found["status"], found["size"], found["ending"], found["code"]) == (101, 5, *end)
    assert measured(server, 'websocket_connections_open{route="/ws"}') == 0


def test_nothing_leaks_to_the_next_request_of_a_connection(server: ServerProcess) -> None:
    """Though a server may read it in the context of the one before: an upload that it has held back, say."""
    with closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)) as connection:
        for _ in range(3):
            connection.request("POST", "/upload", body=b"x" * 1_000_000)
            assert connection.getresponse().read() == b"1000000 True"
            connection.request("GET", "/bare")
            assert connection.getresponse().read() == b"None"
