"""What becomes of WebSocket sessions when real servers stop, with very many of them open."""

from __future__ import annotations

import asyncio
import re
import resource
import signal
import time
from collections import Counter

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from asgikit.testing.live import ServerProcess
from tests.serving import ROOT, serving

MANY = 1000
NOISE = ("Traceback", "Task exception was never retrieved", "was never awaited", "Task was destroyed")


async def opened(server: ServerProcess, path: str, count: int) -> list[ClientConnection]:
    """So many sockets, some at a time."""
    url = f"ws://127.0.0.1:{server.port}/{path}"
    gate = asyncio.Semaphore(50)

    async def one() -> ClientConnection:
        async with gate:
            return await connect(url, proxy=None, compression=None, open_timeout=60, ping_interval=None)

    return list(await asyncio.gather(*(one() for _ in range(count))))


async def code_of(ws: ClientConnection) -> int:
    """With which code it is closed."""
    try:
        while True:
            await ws.recv()
    except ConnectionClosed as closed:
        return closed.rcvd.code if closed.rcvd is not None else 1006


async def stop(server: ServerProcess, paths: dict[str, int]) -> tuple[Counter[int], float]:
    """Opens sockets, sends SIGTERM; gives the codes that they were closed with, and the seconds until all were."""
    sockets = [ws for path, count in paths.items() for ws in await opened(server, path, count)]
    server.signal(signal.SIGTERM)
    began = time.monotonic()
    codes = await asyncio.wait_for(asyncio.gather(*map(code_of, sockets)), 60)
    return Counter(codes), time.monotonic() - began


@pytest.fixture(autouse=True)
def files() -> None:
    """Enough descriptors for the sockets, in the server too."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 8192), hard))


@pytest.mark.parametrize("name", ["uvicorn-websockets", "uvicorn-sansio", "uvicorn-wsproto", "hypercorn-alone"])
def test_a_thousand_sockets_are_closed_when_the_server_stops(name: str) -> None:
    """1001, politely and soon, whatever their sessions do; the server goes home without a word of complaint."""
    with serving(name, "sockets:app", directory=ROOT / "tests" / "interop") as server:
        codes, seconds = asyncio.run(stop(server, {"echo": MANY - 200, "silent": 100, "sending": 100}))
        console = server.ended(60)
    # uvicorn closes by itself, with 1012, what is still open a tenth of a second later.
    assert codes[1001] + (codes[1012] if name.startswith("uvicorn") else 0) == MANY
    assert seconds < 15
    assert console.count("echo returned 1001") + console.count("echo cancelled 1001") == MANY - 200
    assert console.count("silent returned 1001") == 100
    assert not [noise for noise in NOISE if noise in console], console[-3000:]


@pytest.mark.parametrize("name", ["hypercorn-asyncio", "hypercorn-trio"])
def test_these_servers_cut_their_sockets_off(name: str) -> None:
    """But every session ends, and nobody complains.

    No signal comes to a worker of Hypercorn (see test_stopping), whose sessions are cancelled after `graceful_timeout`.
    """
    console = stopped(name)
    for path in ("echo", "silent", "sending"):
        assert console.count(f"{path} cancelled") + console.count(f"{path} returned") == 20, console[-3000:]


def test_granian_drops_its_sockets() -> None:
    """Whatever they have still to say; the sessions that it leaves time to end, end well.

    In one run of four all of them do, in the others granian 2.8 stops its event loop before, mostly with a panic in Rust.
    """
    console = stopped("granian")
    ends = re.findall(r"^(?:echo|silent|sending) (.*)$", console, re.MULTILINE)
    assert {*ends} <= {"returned 1001", "cancelled 1001"}, console[-3000:]
    assert "Granian shutdown completed" in console, console[-3000:]


def stopped(name: str) -> str:
    """What a server with sixty sockets has said until its end."""
    with serving(name, "sockets:app", directory=ROOT / "tests" / "interop") as server:
        codes, _ = asyncio.run(stop(server, {"echo": 20, "silent": 20, "sending": 20}))
        console = server.ended(60)
    assert sum(codes.values()) == 60
    assert "asgikit" not in console, console[-3000:]  # no traceback of ours; Hypercorn has its own of its readers
    assert "Task exception was never retrieved" not in console, console[-3000:]
    return console
