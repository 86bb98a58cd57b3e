"""Client, for tests that are not asynchronous."""

from __future__ import annotations

from typing import Any, Literal

import pytest

from asgikit.conformance import ConformanceError
from asgikit.testing import Client, NoAnswer, NotRunning
from tests.testing.apps import body, echo, sending, start
from tests.testing.test_client import app

BACKENDS = pytest.mark.parametrize("backend", ["asyncio", "trio"])
Backend = Literal["asyncio", "trio"]


@BACKENDS
def test_it_is_the_same_client_without_await(backend: Backend) -> None:
    """Lifespan, cookies, redirects."""
    with Client(app, backend=backend, follow_redirects=True) as client:
        assert client.get("/name").text == "ada"
        assert client.post("/sign-in").text == "ada"
        assert dict(client.cookies) == {"who": "ada"}


@BACKENDS
def test_a_stream_is_read_as_it_comes(backend: Backend) -> None:
    """Piece by piece, or the rest at once."""
    with Client(sending(start(), body(b"one", more=True), body(b"two")), backend=backend) as client:
        with client.stream("GET", "/") as response:
            assert response.status_code == 200
            assert list(response.iter_bytes()) == [b"one", b"two"]
        with client.stream("GET", "/") as response:
            assert response.read() == b"onetwo"


@BACKENDS
def test_a_stream_is_read_as_text_and_by_line(backend: Backend) -> None:
    """Wherever it is cut, in the charset that its fields say."""
    app = sending(start(200, (b"content-type", b"text/plain; charset=utf-8")), body(b"caf\xc3", more=True), body(b"\xa9\nb\n"))
    with Client(app, backend=backend) as client:
        with client.stream("GET", "/") as response:
            assert response.headers["content-type"] == "text/plain; charset=utf-8"
            assert list(response.iter_lines()) == ["café", "b"]
        with client.stream("GET", "/") as response:
            assert "".join(response.iter_text()) == "café\nb\n"


@BACKENDS
def test_events_are_read_as_they_come(backend: Backend) -> None:
    """One by one, or in a loop."""
    feed = sending(
        start(200, (b"content-type", b"text/event-stream")), body(b"id: 1\ndata: a\n\n", more=True), body(b"data: b\n\n")
    )
    with Client(feed, backend=backend) as client, client.events("/") as events:
        assert events.receive().data == "a"
        assert [event.data for event in events] == ["b"]
        assert events.last_event_id == "1"
        assert events.response.status_code == 200


def test_what_goes_wrong_is_raised_here() -> None:
    """Exceptions of the application, broken rules, silence."""

    async def raising(scope: Any, receive: Any, send: Any) -> None:
        raise ZeroDivisionError

    with Client(raising, lifespan="off") as client, pytest.raises(ZeroDivisionError):
        client.get("/")
    with Client(sending(body())) as client, pytest.raises(ConformanceError, match="HTTP-"):
        client.get("/")
    with Client(sending(start(200, (b"content-type", b"text/event-stream")), body(b":", more=True))) as client:  # noqa: SIM117  # one fails
        with pytest.raises(AssertionError), client.events("/") as events:
            events.receive(timeout=1)


def test_a_client_outside_of_its_block_says_what_to_write() -> None:
    """As the asynchronous one."""
    client = Client(echo)
    with pytest.raises(NotRunning, match="write `with Client"):
        client.get("/")
    with client, pytest.raises(NotRunning, match="runs already"):
        client.__enter__()


def test_silence_ends_in_time() -> None:
    """No test hangs."""

    async def silent(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await receive()

    with Client(silent, lifespan="off", timeout=0.05) as client, pytest.raises(NoAnswer):
        client.get("/")


def test_every_method_has_its_own() -> None:
    """And any other can be written."""
    with Client(echo) as client:
        for method in (client.get, client.head, client.options, client.delete):
            assert method("/").status_code == 200
        for sends in (client.post, client.put, client.patch, client.query):
            assert sends("/", content=b"x").content == b"x"
        assert client.request("PURGE", "/").status_code == 200


def test_the_state_is_there() -> None:
    """Of an application that keeps one."""
    with Client(app) as client:
        assert client.state is not None
