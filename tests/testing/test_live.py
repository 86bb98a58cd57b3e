"""Applications under real servers."""

from __future__ import annotations

import logging
import signal
import socket
import ssl
import sys
import threading
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest

from asgikit.asgi import Receive, Scope, Send
from asgikit.conformance.server.certificates import make_certificates
from asgikit.conformance.server.launch import LaunchError
from asgikit.conformance.server.ports import claimed_port
from asgikit.testing import Client, live
from asgikit.testing.live import serve, serve_in_thread
from tests.testing.served import broken

HERE = Path(__file__).parent
SERVERS = ["uvicorn", "uvicorn --http h11 --ws none", "hypercorn", "hypercorn-trio", "granian", "daphne", "gunicorn"]


def get(url: str) -> httpx.Response:
    return httpx.get(url, trust_env=False, timeout=10)


class Shop:
    """An application whose state a test can see."""

    def __init__(self) -> None:
        self.events: list[str] = []
        self.stays = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            while True:
                event = await receive()
                self.events.append(event["type"])
                if event["type"] == "lifespan.shutdown":
                    await send({"type": "lifespan.shutdown.complete"})
                    return
                await send({"type": "lifespan.startup.complete"})
        assert scope["type"] == "http"
        self.events.append(scope["path"])
        await send({"type": "http.response.start", "status": 200, "headers": []})
        try:
            while self.stays:
                await send({"type": "http.response.body", "body": b"x", "more_body": True})
                await anyio.sleep(3600)
        except anyio.get_cancelled_exc_class():
            self.events.append("cancelled")
            raise
        await send({"type": "http.response.body", "body": b"open"})


@pytest.mark.parametrize("server", SERVERS)
def test_a_server_runs_in_a_process(server: str) -> None:
    """Of our interpreter, with its arguments; it is shut down at the end, and what it said is there."""
    with serve("served:app", server, directory=HERE) as running:
        assert get(running.url).text == sys.executable
        assert running.name == server
        assert running.says("asked for /")
    assert not running.is_alive
    assert ("shut down" in running.output()) is (server != "daphne")  # which has no lifespan


def test_any_other_server_is_a_command_line() -> None:
    """With the application and the port in it."""
    command = f"{sys.executable} -m uvicorn {{app}} --port {{port}} --lifespan off"
    with serve("served:app", command, directory=HERE) as running:
        assert get(running.url).status_code == 200
    assert "shut down" not in running.output()


@pytest.mark.parametrize(
    ("app", "server", "text"),
    [
        ("served:app", "apache", "known are uvicorn"),
        ("served:app", "uvicorn 'x", "names no server"),
        ("served:app", "", "names no server"),
        ("served:missing", "uvicorn", "missing"),
        ("nowhere:app", "uvicorn", "nowhere"),
        ("served:broken", "uvicorn", "the database is away"),
    ],
)
def test_a_server_that_does_not_start_is_an_error(app: str, server: str, text: str) -> None:
    """With what it said."""
    with pytest.raises(LaunchError, match=text), serve(app, server, directory=HERE):
        pass


def test_a_port_can_be_chosen() -> None:
    """For a server that comes back, say; one that is taken is an error."""
    with claimed_port() as port, serve("served:app", port=port, directory=HERE) as running:
        assert running.url == f"http://127.0.0.1:{port}"
        with pytest.raises(LaunchError, match=f"port {port} is taken"), serve("served:app", port=port, directory=HERE):
            pass


def test_a_process_can_be_told_to_stop() -> None:
    """And is waited for; whatever is done to it, the block ends."""
    with serve("served:app", directory=HERE) as running:
        assert running.exit(within=0) is None
        running.signal(signal.SIGTERM)
        ended = running.exit()
        assert ended is not None
        assert "shut down" in running.output()
    with serve("served:app", directory=HERE) as running:
        running.kill()
        assert not running.is_alive
        assert not running.says("shut down")


def test_the_end_of_a_process_is_waited_for() -> None:
    """With all that it has said."""
    with serve("served:app", directory=HERE) as running:
        with pytest.raises(TimeoutError, match=r"(?s)uvicorn still runs after 0 s:.*Started server process"):
            running.ended(within=0)
        running.signal()
        assert "shut down" in running.ended()


def test_clients_know_where_the_server_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever proxy the environment names for others."""
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    with serve_in_thread(Shop()) as running, running.client() as client:
        assert client.get("/a").text == "open"
        assert client.get("/b", headers={"accept": "*/*"}).status_code == 200


async def test_async_clients_do_so_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """On any backend: the server has a loop of its own."""
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    with serve_in_thread(Shop()) as running:
        async with running.async_client() as client:
            assert (await client.get("/a")).text == "open"


def test_a_process_ends_with_a_test_that_fails() -> None:
    """Nothing is left over."""
    with pytest.raises(ZeroDivisionError), serve("served:app", directory=HERE) as running:
        raise ZeroDivisionError
    assert not running.is_alive


def test_an_application_is_served_in_a_thread() -> None:
    """The very object: what it does can be seen, and changed; its lifespan is run."""
    shop = Shop()
    with serve_in_thread(shop) as running:
        assert shop.events == ["lifespan.startup"]
        assert get(f"{running.url}/a").text == "open"
        assert running.name == "uvicorn"
    assert shop.events == ["lifespan.startup", "/a", "lifespan.shutdown"]
    with pytest.raises(httpx.ConnectError):
        get(running.url)


def test_the_thread_ends_with_a_test_that_fails() -> None:
    """And the shutdown of the lifespan is run all the same."""
    shop = Shop()
    before = set(threading.enumerate())
    with pytest.raises(ZeroDivisionError), serve_in_thread(shop):
        raise ZeroDivisionError
    assert shop.events == ["lifespan.startup", "lifespan.shutdown"]
    assert not set(threading.enumerate()) - before


def test_exchanges_that_go_on_are_cancelled_at_the_end() -> None:
    """After so many seconds."""
    shop = Shop()
    shop.stays = True
    with serve_in_thread(shop, grace=0) as running, socket.create_connection(("127.0.0.1", running.port), timeout=10) as client:
        client.sendall(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
        assert client.recv(100).startswith(b"HTTP/1.1 200")
    assert shop.events[-2:] == ["cancelled", "lifespan.shutdown"]


def test_an_application_that_does_not_start_in_a_thread_is_an_error() -> None:
    """With what it said."""
    with pytest.raises(LaunchError, match="the database is away"), serve_in_thread(broken):
        pass


def test_an_application_that_hangs_at_its_start_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """After some time; nobody waits for ever, and it is cancelled: its thread has ended."""
    begun: list[bool] = []
    cancelled: list[bool] = []

    async def hangs(scope: Scope, receive: Receive, send: Send) -> None:
        begun.append(True)
        try:
            await anyio.sleep_forever()
        finally:
            cancelled.append(True)

    before = {*threading.enumerate()}
    monkeypatch.setattr(live, "STARTUP", 0.2)
    with pytest.raises(LaunchError, match="has not started within"), serve_in_thread(hangs):
        pass
    assert (cancelled, {*threading.enumerate()} - before) == (begun, set())


def test_an_error_of_the_application_is_in_the_output() -> None:
    """As uvicorn logs it, and logging as the test has it is left alone."""

    async def fails(scope: Scope, receive: Receive, send: Send) -> None:
        raise ZeroDivisionError("no such number")

    before = [[*logging.getLogger(name).handlers] for name in ("uvicorn", "uvicorn.error", "uvicorn.access")]
    with serve_in_thread(fails) as running:
        assert get(running.url).status_code == 500
        assert "no such number" in running.output()
    assert [logging.getLogger(name).handlers for name in ("uvicorn", "uvicorn.error", "uvicorn.access")] == before


def test_without_uvicorn_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """By the name of the extra."""
    monkeypatch.setattr(live, "uvicorn", None)
    with pytest.raises(ImportError, match=r"typed-asgikit\[server\]"), serve_in_thread(Shop()):
        pass


def test_a_name_and_an_application_are_told_apart() -> None:
    """A process imports one, a thread has the other."""
    wrong: Any = broken
    with pytest.raises(TypeError, match=r'serve takes the name .*"module:attribute".* serve_in_thread'), serve(wrong):
        pass
    wrong = "served:app"
    with pytest.raises(TypeError, match="serve_in_thread takes the application itself, not 'served:app'"), serve_in_thread(wrong):
        pass


def test_a_host_whose_certificate_nobody_has_signed_can_be_reached(tmp_path: Path) -> None:
    """Over TLS, with verify; without it, not."""
    made = make_certificates(tmp_path)
    command = f"uvicorn --ssl-certfile {made.server} --ssl-keyfile {made.server_key}"
    with serve("served:app", command, directory=HERE) as server:
        url = f"https://127.0.0.1:{server.port}"
        with Client(url) as client, pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
            client.get("/")
        with Client(url, verify=False, trust_env=False, limits=httpx.Limits(max_connections=1)) as client:
            assert client.get("/").status_code == 200
        with Client(url, verify=ssl.create_default_context(cafile=made.authority), http2=True) as client:
            assert client.get("/").status_code == 200
