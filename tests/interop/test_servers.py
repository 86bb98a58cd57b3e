"""The examples under real servers, driven over loopback by real clients."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator

import httpx
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from asgikit.testing.live import ServerProcess
from tests.serving import serving

ALL = ["uvicorn-httptools", "uvicorn-h11", "hypercorn-asyncio", "hypercorn-trio", "granian"]


@pytest.fixture(scope="module", params=ALL)
def demo(request: pytest.FixtureRequest) -> Iterator[ServerProcess]:
    with serving(request.param, "examples.demo.app:app") as server:
        yield server


@pytest.fixture(scope="module", params=["uvicorn-httptools", "hypercorn-asyncio", "granian"])
def design(request: pytest.FixtureRequest) -> Iterator[ServerProcess]:
    with serving(request.param, "examples.design:app") as server:
        yield server


def test_the_demo_serves_pages_and_json(demo: ServerProcess) -> None:
    """Typed paths and queries, errors with a text, HEAD and OPTIONS."""
    with demo.client() as client:
        page = client.get("/")
        assert (page.status_code, "Analytical Engine" in page.text) == (200, True)
        assert client.get("/notes/1").json()["author"] == "ada"
        assert client.get("/notes/happy?limit=1").json()[0]["mood"] == "happy"
        assert client.get("/notes?limit=many").status_code == 422
        missing = client.get("/notes/99")
        assert (missing.status_code, missing.json()["detail"]) == (404, "there is no such note")
        assert missing.headers["content-type"] == "application/problem+json"
        assert client.get("/notes/" + "9" * 5000).status_code == 404
        assert client.get("/hello/latin/A%2FB").text == "Salve, A/B!"
        assert client.get("/hello/klingon/x").status_code == 404
        head = client.head("/notes/1")
        assert (head.status_code, head.content) == (200, b"")
        options = client.options("/notes/1")
        assert (options.status_code, options.headers["allow"]) == (204, "GET, HEAD, DELETE")
        assert client.put("/notes/1").status_code == 405
        redirect = client.get("/notes/")
        assert (redirect.status_code, redirect.headers["location"]) == (308, "../notes")


def test_the_demo_knows_who_is_signed_in(demo: ServerProcess) -> None:
    """Writing needs a cookie, deleting one's own note too."""
    with demo.client() as client:
        note = {"text": "works", "mood": "grumpy"}
        assert client.post("/notes", json=note).status_code == 401
        signed = client.post("/sign-in", data={"name": "bob"})
        assert (signed.status_code, signed.headers["location"]) == (303, "/")
        written = client.post("/notes", json=note)
        assert (written.status_code, written.json()["author"]) == (201, "bob")
        assert client.post("/notes", content=b"[" * 100_000, headers={"content-type": "application/json"}).status_code in {
            400,
            422,
        }
        assert client.post("/notes", content=b"{", headers={"content-type": "application/json"}).status_code == 400
        assert client.post("/notes", content=b"x=1").status_code == 415
        assert client.delete("/notes/1").status_code == 403
        assert client.delete(f"/notes/{written.json()['id']}").status_code == 204
    # A server may close a connection whose request it has not read to the end: of a client that is told so while it still
    # sends, a blocking one is sure to have read the answer.
    with httpx.Client(base_url=demo.url, timeout=60, trust_env=False) as client:
        client.post("/sign-in", data={"name": "bob"})
        assert client.post("/notes", content=b"x" * 3_000_000, headers={"content-type": "application/json"}).status_code == 413


def test_the_demo_streams(demo: ServerProcess) -> None:
    """Chunk by chunk, and goes on serving after a client has left in the middle."""
    with demo.client() as client:
        with client.stream("GET", "/clock", headers={"accept-encoding": "identity"}) as response:
            chunks = list(response.iter_bytes())
        assert len(b"".join(chunks).splitlines()) == 10
        assert len(chunks) > 1
        with client.stream("GET", "/clock") as response:
            next(response.iter_bytes())
        assert client.get("/").status_code == 200


def test_the_demo_compresses_and_shares(demo: ServerProcess) -> None:
    """With Brotli, which this client can read, and with one other origin, on errors too."""
    with demo.client() as client:
        page = client.get("/", headers={"origin": "https://example.com"})
        assert (page.headers["content-encoding"], "<html" in page.text) == ("br", True)
        assert page.headers["access-control-allow-origin"] == "https://example.com"
        missing = client.get("/missing", headers={"origin": "https://example.com"})
        assert (missing.status_code, missing.headers["access-control-allow-origin"]) == (404, "https://example.com")


def test_the_demo_speaks_websocket(demo: ServerProcess) -> None:
    """For who is signed in; a plain request is told to upgrade, where it may know of the route."""
    with demo.client() as client:
        client.post("/sign-in", data={"name": "eve"})
        cookie = client.cookies["session"]
    url = f"ws://127.0.0.1:{demo.port}/echo"
    with connect(url, additional_headers={"cookie": f"session={cookie}"}, proxy=None) as ws:
        for message in ("text", b"bytes", "é" * 1000):
            ws.send(message)
            assert ws.recv(timeout=60) == message
    with pytest.raises(InvalidStatus) as denied, connect(url, proxy=None):
        pass
    assert denied.value.response.status_code == 401


def test_the_design_runs(design: ServerProcess) -> None:
    """Everything that the page of the design shows."""
    with design.client() as client:
        assert client.get("/users/1").json() == {"id": 1, "name": "ada"}
        created = client.post("/users", json={"name": "bob"})
        assert (created.status_code, created.json()) == (201, {"id": 2, "name": "bob"})
        assert client.get("/users?limit=1&offset=1").json() == [{"id": 2, "name": "bob"}]
        assert client.get("/me").status_code == 401
        assert client.get("/me", headers={"x-demo-user": "ada"}).json() == {"id": 1, "name": "ada"}
        assert client.get("/chat/x", headers={"x-demo-user": "ada"}).status_code == 426


def test_the_design_chats(design: ServerProcess) -> None:
    """Typed messages; a wrong one closes with 1007, a room can be closed."""
    url, headers = f"ws://127.0.0.1:{design.port}/chat", {"x-demo-user": "ada"}
    with connect(f"{url}/lobby", additional_headers=headers, proxy=None) as ws:
        ws.send('{"text": "hi"}')
        assert json.loads(ws.recv(timeout=60)) == {"text": "ada: hi"}
        ws.send("nonsense")
        with pytest.raises(ConnectionClosed) as closed:
            ws.recv(timeout=60)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1007
    with pytest.raises(InvalidStatus) as denied, connect(f"{url}/closed", additional_headers=headers, proxy=None):
        pass
    assert denied.value.response.status_code == 403


@pytest.mark.parametrize(
    "request_line",
    [
        b"WEBSOCKET /echo HTTP/1.1",
        b"GET /%FF HTTP/1.1",
        b"GET http://h/notes HTTP/1.1",
        b"OPTIONS * HTTP/1.1",
        b"GET //evil.com/ HTTP/1.1",
    ],
)
def test_odd_requests_are_the_clients_fault(demo: ServerProcess, request_line: bytes) -> None:
    """From a raw socket: never a 5xx, whatever the server makes of it."""
    with socket.create_connection(("127.0.0.1", demo.port), timeout=60) as raw:
        raw.sendall(request_line + b"\r\nHost: h\r\nConnection: close\r\n\r\n")
        answer = b""
        while chunk := raw.recv(65536):
            answer += chunk
    assert b"200" <= answer.split(b" ")[1] < b"500", answer


def test_a_client_that_goes_away_harms_nobody(demo: ServerProcess) -> None:
    """In the middle of an upload, of a stream, of a handshake; the next request is answered."""
    head = b"POST /notes HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n"
    for data in (
        head + b"x" * 70000,
        b"GET /clock HTTP/1.1\r\nHost: h\r\n\r\n",
        b"GET /echo HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\n",
    ):
        with socket.create_connection(("127.0.0.1", demo.port), timeout=60) as raw:
            raw.sendall(data)
            time.sleep(0.05)
    with demo.client() as client:
        assert client.get("/notes/1").status_code == 200
