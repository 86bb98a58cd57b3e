"""The sessions of the testing kit over a network, under real servers: what they see is what they see in process."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import httpx2
import pytest

from asgikit.testing import AsyncClient, Closed, NoAnswer, WebSocketDenied
from asgikit.testing.live import ServerProcess
from tests.interop.echoing import app
from tests.serving import serving


@pytest.fixture(scope="module", params=["uvicorn-sansio", "hypercorn-asyncio", "granian"])
def server(request: pytest.FixtureRequest) -> Iterator[ServerProcess]:
    with serving(request.param, "tests.interop.echoing:app") as running:
        yield running


@pytest.mark.parametrize("library", [httpx, httpx2], ids=["httpx", "httpx2"])
@pytest.mark.parametrize("place", ["network", "process"])
async def test_a_session_is_the_same_in_process_and_over_a_network(server: ServerProcess, library: Any, place: str) -> None:
    """Messages, time limits, both closes, refusals."""
    where: Any = app if place == "process" else server.url
    async with AsyncClient(where, library=library, timeout=10) as client:
        async with client.websocket("/echo", subprotocols=["v1", "chat"]) as ws:
            assert ws.subprotocol == "chat"
            for message in ("é", b"\xff", "", "x" * 100_000):
                await ws.send(message)
                assert await ws.receive() == message
            with pytest.raises(NoAnswer):
                await ws.receive(timeout=0.01)
            await ws.send("bye")
            assert await ws.until_closed() == Closed(4000, "enough")
        async with client.websocket("/echo") as ws:
            await ws.close(4001, "bye")
        async with client.websocket("/echo") as ws:
            await ws.leave()
        with pytest.raises(WebSocketDenied) as refused:
            async with client.websocket("/echo?full"):
                pass
        assert (refused.value.status, refused.value.json()) == (503, {"error": "full"})
