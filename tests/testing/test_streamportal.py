"""Streams and events of synchronous tests."""

from __future__ import annotations

from typing import Any, Literal

import httpx
import httpx2
import pytest

from asgikit import json
from asgikit.errors import UnprocessableContent
from asgikit.testing import Client, NoAnswer, exchange_of
from tests.testing.apps import body, sending, start

BACKENDS = pytest.mark.parametrize("backend", ["asyncio", "trio"])
Backend = Literal["asyncio", "trio"]

NUMBERS = sending(start(200, (b"content-type", b"application/json")), body(b"[1,", more=True), body(b"2]"))


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


@pytest.mark.parametrize("library", [httpx, httpx2])
def test_it_says_what_the_response_of_the_library_says(library: Any) -> None:
    """Its status, its fields, its URL, what came beside it; and the exchange behind it."""
    with Client(NUMBERS, library=library) as client, client.stream("GET", "/a?b=1") as response:
        assert (response.status_code, response.headers.get_list("content-type")) == (200, ["application/json"])
        assert (str(response.url), response.url.path) == ("http://testserver/a?b=1", "/a")
        assert response.extensions["http_version"] == b"HTTP/1.1"
        assert exchange_of(response) is exchange_of(response.response)
        assert list(response.iter_raw()) == [b"[1,", b"2]"]
    assert exchange_of(response).complete


def test_its_body_is_read_in_every_way() -> None:
    """As bytes, as text, as JSON of whatever type or of one."""
    with Client(NUMBERS) as client, client.stream("GET", "/") as response:
        assert response.json() == [1, 2]
        assert (response.read(), response.text) == (b"[1,2]", "[1,2]")
        assert response.json(json(list[int])) == [1, 2]
        with pytest.raises(UnprocessableContent):
            response.json(json(list[str]))
        assert [*response.iter_bytes(2)] == [b"[1", b",2", b"]"]


def test_it_raises_for_a_status() -> None:
    """And is itself where there is none to raise for."""
    with Client(sending(start(503), body())) as client, client.stream("GET", "/") as refused:  # noqa: SIM117  # it is within
        with pytest.raises(httpx.HTTPStatusError):
            refused.raise_for_status()
    with Client(NUMBERS) as client, client.stream("GET", "/") as response:
        assert response.raise_for_status().json() == [1, 2]


@pytest.mark.parametrize("seconds", [0.01, 0.02])
def test_an_event_is_waited_for_as_long_as_is_said(seconds: float) -> None:
    """And no longer."""

    async def silent(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send(start(200, (b"content-type", b"text/event-stream")))
        await receive()

    with Client(silent, lifespan="off", check=None) as client, client.events("/") as events:  # noqa: SIM117  # it is within
        with pytest.raises(NoAnswer, match=f"for {seconds:g} seconds"):
            events.receive(timeout=seconds)
