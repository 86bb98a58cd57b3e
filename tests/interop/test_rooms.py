"""A room under real servers, with a real client: on WebSockets and as server-sent events at once."""

from __future__ import annotations

import json
import signal
import socket
import struct
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest
from websockets.sync.client import ClientConnection, connect

from asgikit.http.sse import EventReader
from asgikit.testing.live import ServerProcess
from tests.serving import ROOT, serving

NAMES = ["uvicorn-httptools", "hypercorn-asyncio", "hypercorn-trio", "granian"]


@pytest.fixture(scope="module", params=NAMES)
def server(request: pytest.FixtureRequest) -> Iterator[ServerProcess]:
    with serving(request.param, "rooms_app:app", directory=ROOT / "tests" / "interop") as running:
        yield running


def enter(server: ServerProcess, author: str) -> ClientConnection:
    return connect(f"ws://127.0.0.1:{server.port}/rooms/{author}", proxy=None, open_timeout=60, max_queue=None)


@contextmanager
def enter_first(server: ServerProcess, author: str) -> Iterator[ClientConnection]:
    """The connection, once its session is in the room, which is some time after the handshake."""
    with enter(server, author) as client:
        assert hear(client) == [author]
        yield client


def hear(client: ClientConnection) -> Any:
    event = json.loads(client.recv(timeout=60))
    return event.get("message") or event.get("member") or sorted(event["members"])


def wait_for_members(server: ServerProcess, *names: str) -> None:
    with server.client() as client:
        for _ in range(1200):
            if client.get("/members").json() == [*names]:
                return
            time.sleep(0.05)
    raise AssertionError(f"{names} are not who is there")


def test_a_room_has_sockets_and_feeds(server: ServerProcess) -> None:
    """In one order, with what was said before."""
    with enter_first(server, "ada") as ada, enter(server, "bob") as bob:
        assert (hear(ada), hear(bob)) == ("bob", ["ada", "bob"])
        for number in range(5):
            (ada if number % 2 else bob).send(json.dumps(f"line {number}"))
            assert hear(ada) == hear(bob) == [("ada" if number % 2 else "bob"), f"line {number}"]
        with server.client() as client, client.stream("GET", "/feed") as response:
            reader, texts = EventReader(), []
            for chunk in response.iter_bytes():
                texts += [json.loads(event.data or "")[1] for event in reader.feed(chunk)]
                if len(texts) == 5:
                    ada.send('"for all"')
                elif len(texts) > 5:
                    break
            assert texts == [*(f"line {number}" for number in range(5)), "for all"]
    wait_for_members(server)


def test_a_client_that_vanishes_is_there_no_more(server: ServerProcess) -> None:
    """Its connection is reset, without a close; the others are told."""
    with enter_first(server, "ada") as ada:
        gone = enter(server, "bob")
        assert hear(ada) == "bob"
        gone.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        gone.socket.close()
        ada.send('"is anybody there?"')
        heard = [hear(ada), hear(ada)]
        assert sorted(map(str, heard)) == sorted(["['ada', 'is anybody there?']", "bob"])
    wait_for_members(server)


def test_a_room_full_of_people_stops_with_its_server() -> None:
    """Every socket is closed, and the server goes home without a word of complaint."""
    with serving("uvicorn-httptools", "rooms_app:app", directory=ROOT / "tests" / "interop") as server, ExitStack() as stack:
        clients = [stack.enter_context(enter(server, f"client-{number}")) for number in range(50)]
        clients[0].send('"hello"')
        assert any(hear(clients[-1]) == ["client-0", "hello"] for _ in range(100))
        server.signal(signal.SIGTERM)
        console = server.ended(60)
    assert "Traceback" not in console
