"""What becomes of feeds when real servers are told to stop."""

from __future__ import annotations

import signal
import time
from contextlib import AbstractContextManager
from dataclasses import dataclass

import httpx
import pytest

from asgikit.http.sse import EventReader
from asgikit.testing.live import ServerProcess
from tests.serving import ROOT, serving

POLITE = ["uvicorn-httptools", "uvicorn-h11", "hypercorn-alone", "granian"]


def ticking(name: str, app: str = "ticking:app") -> AbstractContextManager[ServerProcess]:
    return serving(name, app, directory=ROOT / "tests" / "interop")


@dataclass
class Ending:
    """How a feed ended, how long that and the end of the server took in seconds, and what the server said."""

    whole: bool
    feed: float
    process: float
    console: str


def stop_in_the_middle(server: ServerProcess, target: str, number: int, patience: float = 60) -> Ending:
    """Sends the signal after the first event; `whole` is whether the body ended as HTTP says that bodies end."""
    reader = EventReader()
    with server.client() as client, client.stream("GET", target) as response:
        chunks = response.iter_bytes()
        while not reader.feed(next(chunks)):
            pass
        began = time.monotonic()
        server.signal(number)
        whole = True
        try:
            for chunk in chunks:
                assert all(event.data is not None for event in reader.feed(chunk))
                if time.monotonic() - began > patience:
                    whole = False
                    break
        except httpx.RemoteProtocolError:
            whole = False
        feed = time.monotonic() - began
    console = server.ended(60)
    return Ending(whole, feed, time.monotonic() - began, console)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=lambda number: number.name)
@pytest.mark.parametrize("name", POLITE)
def test_a_feed_ends_when_the_server_is_told_to_stop(name: str, number: signal.Signals) -> None:
    """With the last chunk of its body, with its generator closed, and the server goes home."""
    with ticking(name) as server:
        ending = stop_in_the_middle(server, "/ticks", number)
    assert ending.whole, ending
    assert "the generator is closed" in ending.console
    assert "Traceback" not in ending.console


@pytest.mark.parametrize("name", ["uvicorn-httptools", "granian"])
def test_a_silent_feed_ends_too(name: str) -> None:
    """One that waits for something that does not happen, without beats."""
    with ticking(name) as server:
        ending = stop_in_the_middle(server, "/silence", signal.SIGTERM)
    assert ending.whole, ending


@pytest.mark.parametrize("name", ["uvicorn-httptools", "granian"])
def test_without_signals_these_servers_wait_for_their_feeds(name: str) -> None:
    """For ever, so the signals are worth their trouble: a server that learns to end them makes them needless."""
    with ticking(name, "ticking:deaf") as server:
        ending = stop_in_the_middle(server, "/ticks", signal.SIGTERM, patience=2)
    assert not ending.whole, ending
    assert ending.process >= 2


@pytest.mark.parametrize("name", ["hypercorn-asyncio", "hypercorn-trio"])
def test_a_worker_of_hypercorn_cuts_its_feeds_off(name: str) -> None:
    """By default its application runs in a process that no signal comes to.

    The main process handles the signals and says so through an event shared between the two, which the worker looks at
    and the application cannot see; `lifespan.shutdown` comes after the three seconds of `graceful_timeout`, when the
    feed has been cancelled and its body is incomplete. With asyncio and `--workers 0` there is one process, and all is
    well. With trio and `--workers 0` Hypercorn 0.18 handles no signal at all: SIGTERM ends it as any process.
    """
    with ticking(name) as server:
        ending = stop_in_the_middle(server, "/ticks", signal.SIGTERM)
    assert not ending.whole, ending
    assert ending.process >= 2.5
    assert "the generator is closed" in ending.console
