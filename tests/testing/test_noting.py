"""Connections noted for the report of the test that runs."""

from __future__ import annotations

from collections import deque
from collections.abc import Generator
from threading import Thread

import pytest

from asgikit.asgi import Receive, Scope, Send
from asgikit.conformance import ConformanceError
from asgikit.testing import AsyncClient, Client, call, exchanging, record
from asgikit.testing.noting import Notes, Noting, note_in, report
from asgikit.testing.recorded import RecordedExchange


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "lifespan":
        raise ValueError("no such thing")
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.accept"})
        await receive()
        return
    name = b"X-Wrong" if scope["path"] == "/wrong" else b"x-right"
    await send({"type": "http.response.start", "status": 200, "headers": [[name, b"1"]]})
    await send({"type": "http.response.body", "body": b"x"})


@pytest.fixture
def notes() -> Generator[Notes]:
    outer = report.get()
    notes: Notes = deque(maxlen=5)
    report.set(notes)
    yield notes
    report.set(outer)


def told(notes: Notes) -> list[RecordedExchange]:
    """Without the lifespans."""
    exchanges = [recording.exchange() for recording in notes]
    return [exchange for exchange in exchanges if exchange.scope["type"] != "lifespan"]


def paths(notes: Notes) -> list[object]:
    return [exchange.scope["path"] for exchange in told(notes)]


async def test_whatever_calls_an_application_notes_it(notes: Notes) -> None:
    """Clients, their sockets, and the functions below them."""
    report.set(notes)
    async with AsyncClient(echo) as client:
        await client.get("/a")
        async with client.websocket("/b"):
            pass
    await call(echo, target="/c")
    async with exchanging(echo, "GET", "/d"):
        pass
    assert paths(notes) == ["/a", "/b", "/c", "/d"]
    assert [exchange.status for exchange in told(notes)] == [200, None, 200, 200]


def test_the_client_of_a_thread_notes_in_the_test_that_made_it(notes: Notes) -> None:
    """Though the context of a new thread is empty."""
    with Client(echo) as client:
        thread = Thread(target=client.get, args=["/thread"])
        thread.start()
        thread.join()
        client.get("/own")
    assert paths(notes) == ["/thread", "/own"]


def test_a_client_that_was_made_before_notes_in_the_test_that_runs(notes: Notes) -> None:
    """As those of fixtures of a module are."""
    report.set(None)
    with Client(echo) as client:
        client.get("/before")
        report.set(notes)
        client.get("/a")
    assert paths(notes) == ["/a"]


def test_an_exchange_is_noted_once(notes: Notes) -> None:
    """Where a recorder is between the client and the application, it is the recorder that notes."""
    recorder = record(echo)
    with Client(recorder) as client:
        client.get("/a")
    assert paths(notes) == ["/a"]
    assert notes[-1].exchange() in recorder.exchanges


def test_a_broken_rule_is_marked(notes: Notes) -> None:
    """At its step; what the client lets pass is not."""
    with Client(echo) as client, pytest.raises(ConformanceError):
        client.get("/wrong")
    with Client(echo, ignore=["HTTP-RESP-005"]) as client:
        client.get("/wrong")
    assert [[finding.rule for finding in exchange.broken] for exchange in told(notes)] == [["HTTP-RESP-005"], []]


async def test_what_a_test_can_read_is_the_same(notes: Notes) -> None:
    """Whether it is noted or not: all of the scope, and of bodies what a step has."""

    async def failing(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 500, "headers": []})
        await send({"type": "http.response.body", "body": b"x" * 700})

    report.set(notes)
    async with exchanging(failing) as noted:
        await noted.started()
    token = report.set(None)
    async with exchanging(failing) as plain:
        await plain.started()
    report.reset(token)
    assert noted.steps == plain.steps
    assert [each.step.message.get("body", b"") for each in told(notes)[0].steps][2] == b"x" * 700


def test_only_the_last_ones_are_kept(notes: Notes) -> None:
    """A test may send a million requests."""
    with Client(echo) as client:
        for number in range(10):
            client.get(f"/{number}")
    assert paths(notes) == ["/5", "/6", "/7", "/8", "/9"]


def test_without_a_report_nothing_is_noted() -> None:
    """There is no plugin in a program that is no test."""
    token = report.set(None)
    plain = Noting(echo).transcript()
    report.reset(token)
    assert type(plain).__name__ == "Transcript"


def test_the_place_of_the_moment_is_not_replaced(notes: Notes) -> None:
    """Another run within this one has a place of its own."""
    note_in(deque())
    assert report.get() is notes
