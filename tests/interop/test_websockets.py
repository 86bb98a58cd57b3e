"""WebSocket sessions under real servers, with the `websockets` client over loopback."""

from __future__ import annotations

import json
import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from asgikit.testing.live import ServerProcess
from tests.serving import ROOT, serving

ALL = ["uvicorn-websockets", "uvicorn-sansio", "uvicorn-wsproto", "hypercorn-asyncio", "hypercorn-trio", "granian"]


@pytest.fixture(scope="module", params=ALL)
def server(request: pytest.FixtureRequest) -> Iterator[ServerProcess]:
    with serving(request.param, "sockets:app", directory=ROOT / "tests" / "interop") as server:
        yield server


def alive(server: ServerProcess) -> dict[str, int]:
    """How many sessions run, by path."""
    with server.client() as client:
        counts: dict[str, int] = client.get("/alive").json()
    return {path: count for path, count in counts.items() if count and path not in {"memory", "pid"}}


def wait_for(server: ServerProcess, expected: dict[str, int]) -> None:
    """Until so many sessions run."""
    deadline = time.monotonic() + 60
    while (counts := alive(server)) != expected:
        assert time.monotonic() < deadline, counts
        time.sleep(0.02)


def opened(server: ServerProcess, path: str, **options: Any) -> ClientConnection:
    return connect(f"ws://127.0.0.1:{server.port}/{path}", proxy=None, open_timeout=60, close_timeout=2, **options)


def closed(ws: ClientConnection) -> tuple[int, str]:
    """The code and the reason that the server closes with, whatever comes before."""
    with pytest.raises(ConnectionClosed) as caught:
        while True:
            ws.recv(timeout=60)
    frame = caught.value.rcvd
    return (frame.code, frame.reason) if frame is not None else (1006, "")


def refusal(server: ServerProcess, path: str, **options: Any) -> tuple[int, bytes]:
    with pytest.raises(InvalidStatus) as caught, opened(server, path, **options):
        pass
    return caught.value.response.status_code, caught.value.response.body or b""


def test_messages_of_every_kind(server: ServerProcess) -> None:
    """Empty, long, text and binary; with the fields of the accept."""
    with opened(server, "echo") as ws:
        for message in ("", "text", b"", b"bytes", "é" * 100_000, b"x" * 500_000):
            ws.send(message)
            assert ws.recv(timeout=60) == message
        assert ws.response is not None
        # granian 2.8 sends no fields of an accept.
        assert ws.response.headers.get("x-session") == (None if server.name == "granian" else "echo")


@pytest.mark.parametrize(
    ("path", "message", "code"),
    [
        ("typed", "{", 1007),
        ("typed", b'{"text": "x"}', 1003),
        ("text", b"x", 1003),
        ("binary", "x", 1003),
        ("small", "x" * 1001, 1009),
        ("failing", "x", 1011),
    ],
)
def test_closes_have_their_codes(server: ServerProcess, path: str, message: str | bytes, code: int) -> None:
    """Whatever ends a session."""
    with opened(server, path) as ws:
        ws.send(message)
        assert closed(ws)[0] == code


def test_an_idle_socket_is_closed(server: ServerProcess) -> None:
    """With the reason."""
    with opened(server, "idle") as ws:
        assert closed(ws) == (1001, "no message for 0.3 seconds")


def test_a_close_while_another_task_receives(server: ServerProcess) -> None:
    """Comes through, on granian when that one is cancelled."""
    with opened(server, "two") as ws:
        assert ws.recv(timeout=60) == "now"
        assert closed(ws) == (4000, "enough")


def test_subprotocols_are_chosen(server: ServerProcess) -> None:
    """The server's favourite of those that are offered; none is 400."""
    for offered, expected in ((["chat.v1", "chat.v2"], "chat.v2"), (["other", "chat.v1"], "chat.v1")):
        with opened(server, "spoken", subprotocols=[Subprotocol(name) for name in offered]) as ws:
            assert ws.subprotocol == expected
    assert refusal(server, "spoken")[0] == 400


def test_handshakes_are_denied(server: ServerProcess) -> None:
    """With the response, its status at least."""
    assert refusal(server, "denied") == (403, b"not you")
    assert refusal(server, "nowhere")[0] == 404


def test_pages_of_other_sites_are_refused(server: ServerProcess) -> None:
    """Those of this host are not, nor programs."""
    assert refusal(server, "echo", origin="https://evil.com")[0] == 403
    assert refusal(server, "echo", origin="null")[0] == 403
    with opened(server, "echo", origin=f"http://127.0.0.1:{server.port}") as ws:
        ws.send("x")
        assert ws.recv(timeout=60) == "x"


def test_a_plain_request_is_told_to_upgrade(server: ServerProcess) -> None:
    """426, with what to (RFC 9110, 15.5.22)."""
    with server.client() as client:
        answer = client.get("/echo")
        assert (answer.status_code, answer.headers["upgrade"]) == (426, "websocket")


def test_time_outs_lose_nothing(server: ServerProcess) -> None:
    """However often they come between the messages."""
    with opened(server, "impatient") as ws:
        got: list[str | bytes] = []
        reading = threading.Thread(target=lambda: got.extend(ws))
        reading.start()
        sent = [str(number) for number in range(200)]
        for number, message in enumerate(sent):
            ws.send(message)
            time.sleep(0.001 * (number % 7))
        deadline = time.monotonic() + 60
        while len(got) < len(sent) and time.monotonic() < deadline:
            time.sleep(0.02)
        ws.close()
        reading.join(60)
    assert got == sent


def vanish(ws: ClientConnection, *, rudely: bool) -> None:
    """Without a close frame: by the end of the stream, or by a reset; unless the server was faster."""
    with suppress(OSError):
        if rudely:
            ws.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        else:
            ws.socket.shutdown(socket.SHUT_RDWR)
    ws.socket.close()


@pytest.mark.parametrize("rudely", [False, True])
@pytest.mark.parametrize("path", ["echo", "sending", "silent", "impatient"])
def test_a_client_that_vanishes_is_noticed(server: ServerProcess, path: str, rudely: bool) -> None:
    """While the session only receives, only sends, does neither, or times out."""
    with opened(server, path) as ws:
        if path == "sending":
            ws.recv(timeout=60)
        wait_for(server, {path: 1})
        vanish(ws, rudely=rudely)
    wait_for(server, {})


@pytest.mark.parametrize("path", ["echo", "sending", "silent"])
def test_a_client_that_vanishes_in_a_frame_is_noticed(server: ServerProcess, path: str) -> None:
    """Half of a header, half of a message."""
    for half in (b"\x81", b"\x81\xfe\x01\x00\x00\x00\x00\x00half"):
        with opened(server, path) as ws:
            wait_for(server, {path: 1})
            ws.socket.sendall(half)
            vanish(ws, rudely=True)
        wait_for(server, {})


def test_a_client_that_vanishes_in_its_handshake_harms_nobody(server: ServerProcess) -> None:
    """Before its end, and right behind it."""
    whole = (
        b"GET /echo HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
    for data in (whole[:40], whole[:-2], whole):
        for linger in (b"", struct.pack("ii", 1, 0)):
            with socket.create_connection(("127.0.0.1", server.port), timeout=60) as raw:
                if linger:
                    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                raw.sendall(data)
    wait_for(server, {})


def test_sending_blindly_ends_when_the_client_has_left(server: ServerProcess) -> None:
    """With the one typed error, though Hypercorn and granian take what is sent to nobody without a word, for ever."""
    with opened(server, "blind") as ws:
        wait_for(server, {"blind": 1})
        vanish(ws, rudely=False)
    wait_for(server, {})


def test_a_fast_client_is_held_back_by_a_slow_session(server: ServerProcess) -> None:
    """Memory stays flat, and every message arrives in the end."""
    many, message, sent = 400, b"x" * 100_000, 0
    with server.client() as client:
        before = client.get("/alive").json()["memory"]
        with opened(server, "slow", compression=None) as ws:

            def flood() -> None:
                nonlocal sent
                for _ in range(many):
                    ws.send(message)
                    sent += 1
                ws.send("last")

            flooding = threading.Thread(target=flood)
            flooding.start()
            time.sleep(2)  # until nothing more fits anywhere
            held, memory = sent, client.get("/alive").json()["memory"]
            client.get("/go")
            assert int(ws.recv(timeout=60)) == many + 1
            flooding.join()
    assert held < many
    assert memory - before < 40_000


@pytest.mark.parametrize("path", ["flooding", "queue"])
def test_a_client_that_does_not_read_costs_no_memory(server: ServerProcess, path: str) -> None:
    """The session waits, or the client has to go; either way nothing grows."""
    with server.client() as client:
        before = client.get("/alive").json()["memory"]
        with opened(server, path, compression=None, max_queue=1) as ws:
            ws.recv(timeout=60)
            time.sleep(1.5)
            during = client.get("/alive").json()["memory"]
            vanish(ws, rudely=True)
    assert during - before < 40_000
    wait_for(server, {})


def test_open_and_close_of_many(server: ServerProcess) -> None:
    """One after the other; no session is left."""
    for number in range(50):
        with opened(server, "echo") as ws:
            ws.send(str(number))
            assert ws.recv(timeout=60) == str(number)
    wait_for(server, {})


def test_alive_is_json(server: ServerProcess) -> None:
    """So the waiting above means something."""
    with opened(server, "echo") as ws:
        wait_for(server, {"echo": 1})
        assert json.dumps(alive(server)) == '{"echo": 1}'
        ws.close()
    wait_for(server, {})
