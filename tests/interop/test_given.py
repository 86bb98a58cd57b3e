"""A state in place of the lifespan, under servers that run the lifespan protocol and one that is told not to."""

from __future__ import annotations

import pytest
from websockets.sync.client import connect

from tests.serving import serving


@pytest.mark.parametrize("name", ["uvicorn-httptools", "uvicorn-no-lifespan", "hypercorn-trio", "granian"])
def test_requests_and_handshakes_have_the_given_state(name: str) -> None:
    """And what is mounted has its own, where a server runs any lifespan."""
    with serving(name, "tests.interop.given_app:app") as server, server.client() as client:
        assert [client.get("/").text for _ in range(2)] == ["a fake", "a fake"]
        with connect(server.url.replace("http", "ws") + "/talk", proxy=None) as socket:
            assert socket.recv(timeout=60) == "a fake"
        inner = client.get("/inner")
        if "no-lifespan" in name:
            assert inner.status_code == 500
        else:
            assert inner.text == "the state of what is mounted"
