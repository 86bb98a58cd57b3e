"""Drives ASGI applications in this process: lifespans, one checked request, and rounds of timed ones."""

from __future__ import annotations

import asyncio
import gc
import json
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from benchmarks.scenarios import ASGIApp, Scenario

_WARM_UP: Final = 25
_BROWSER: Final = [
    (b"host", b"example.com"),
    (b"user-agent", b"Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"),
    (b"accept", b"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"),
    (b"accept-language", b"en-US,en;q=0.5"),
    (b"accept-encoding", b"gzip, deflate, br, zstd"),
    (b"connection", b"keep-alive"),
    (b"upgrade-insecure-requests", b"1"),
    (b"cookie", b"session=0123456789abcdef; theme=dark"),
]


class Mismatch(Exception):
    """A framework did not give the answer that it should."""


@dataclass
class Subject:
    """One framework in one scenario, and the seconds for one request in each round."""

    framework: str
    scenario: Scenario
    app: ASGIApp
    state: dict[str, object]
    count: int = 1
    seconds: list[float] = field(default_factory=list)


def http_scope(path: str) -> dict[str, Any]:
    """What a server makes of a GET request of a browser."""
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.5"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": _BROWSER,
        "client": ("127.0.0.1", 54321),
        "server": ("127.0.0.1", 8000),
        "state": {},
        "extensions": {},
    }


class Exchange:
    """The server's side of one request: an empty body, then the client is gone; what is sent is counted."""

    __slots__ = ("asked", "sent")

    def __init__(self) -> None:
        """Nothing received, nothing sent."""
        self.asked = False
        self.sent = 0

    async def receive(self) -> dict[str, object]:
        """The next event."""
        if self.asked:
            return {"type": "http.disconnect"}
        self.asked = True
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(self, message: object) -> None:
        """Counts the message."""
        self.sent += 1


@asynccontextmanager
async def running(app: ASGIApp, name: str) -> AsyncIterator[dict[str, object]]:
    """Runs the lifespan of an application, and gives its state. Raises Mismatch if it does not start."""
    events: asyncio.Queue[dict[str, object]] = asyncio.Queue()
    answers: asyncio.Queue[dict[str, object]] = asyncio.Queue()
    state: dict[str, object] = {}
    scope = {"type": "lifespan", "asgi": {"version": "3.0", "spec_version": "2.0"}, "state": state}
    task = asyncio.ensure_future(app(scope, events.get, answers.put))
    for phase in ("startup", "shutdown"):
        events.put_nowait({"type": f"lifespan.{phase}"})
        answer = await asyncio.wait_for(answers.get(), 30)
        if answer["type"] != f"lifespan.{phase}.complete":
            raise Mismatch(f"{name}: the lifespan answers {phase} with {answer!r}")
        if phase == "startup":
            yield state
    await task


async def verify(subject: Subject) -> None:
    """Sends one request and raises Mismatch unless status, body and headers are what the scenario says."""
    scenario = subject.scenario
    messages: list[dict[str, Any]] = []

    async def send(message: dict[str, Any]) -> None:
        messages.append(dict(message))

    await subject.app({**http_scope(scenario.path), "state": subject.state.copy()}, Exchange().receive, send)
    where = f"{subject.framework}, {scenario.title}"
    if not messages or messages[0]["type"] != "http.response.start":
        raise Mismatch(f"{where}: no response in {messages!r}")
    body = b"".join(message.get("body", b"") for message in messages[1:])
    if messages[0]["status"] != 200 or (json.loads(body) if scenario.is_json else body.decode()) != scenario.body:
        raise Mismatch(f"{where}: {messages[0]['status']} {body!r}")
    headers = {bytes(name).decode().lower(): bytes(value).decode() for name, value in messages[0]["headers"]}
    content_type = "application/json" if scenario.is_json else "text/plain"
    if not headers["content-type"].startswith(content_type) or headers["content-length"] != str(len(body)):
        raise Mismatch(f"{where}: the headers are {headers!r}")
    if not scenario.headers.items() <= headers.items():
        raise Mismatch(f"{where}: a middleware has not run, the headers are {headers!r}")


async def _timed(subject: Subject, count: int) -> float:
    """The seconds of so many requests, one after the other, each with a scope of its own as a server makes it."""
    app, state, scope = subject.app, subject.state, http_scope(subject.scenario.path)
    before = time.perf_counter()
    for _ in range(count):
        exchange = Exchange()
        fresh = scope.copy()
        fresh["state"] = state.copy()
        await app(fresh, exchange.receive, exchange.send)
        if exchange.sent < 2:
            raise Mismatch(f"{subject.framework}, {subject.scenario.title}: {exchange.sent} messages")
    return time.perf_counter() - before


async def calibrate(subject: Subject, seconds: float) -> None:
    """Finds how many requests take about this long."""
    await _timed(subject, 2 * _WARM_UP)
    each = min([await _timed(subject, _WARM_UP) for _ in range(5)]) / _WARM_UP
    subject.count = max(1, int(seconds / each))


async def measure(subjects: Sequence[Subject], rounds: int, progress: Callable[[str], None]) -> None:
    """Times every subject once in each round, neighbours being the frameworks of one scenario in a turning order."""
    by_scenario: dict[str, list[Subject]] = {}
    for subject in subjects:
        by_scenario.setdefault(subject.scenario.key, []).append(subject)
    gc.collect()
    gc.freeze()  # thousands of routes are not the garbage of a request: collections in a round see what the round makes
    for number in range(rounds):
        for key, group in by_scenario.items():
            progress(f"round {number + 1} of {rounds}: {key}")
            turn = number % len(group)
            for subject in group[turn:] + group[:turn]:
                gc.collect()
                await _timed(subject, min(_WARM_UP, subject.count))
                subject.seconds.append(await _timed(subject, subject.count) / subject.count)
