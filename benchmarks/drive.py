"""Drives ASGI applications in this process: lifespans, one checked request, and rounds of timed ones."""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Final

from asgikit.testing import AppFailure, Exchange, LifespanFailed, Profile
from asgikit.testing import running as lifespan
from asgikit.testing.content import Content
from benchmarks.scenarios import Answer, ASGIApp, Call, Scenario

_WARM_UP: Final = 25
_PATIENCE: Final = 30.0
"""Seconds that an application has to start, or to answer."""

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
    scenario: Scenario[Any]
    app: ASGIApp
    state: dict[str, object]
    call: Call
    size: int = 0
    count: int = 1
    seconds: list[float] = field(default_factory=list)

    @property
    def name(self) -> str:
        """For messages."""
        return f"{self.framework}, {self.scenario.title}"


def http_scope(call: Call) -> dict[str, Any]:
    """What a server makes of a request of a browser, whose fields are those of the call where it has its own."""
    own = {name for name, _ in call.headers}
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.5"},
        "http_version": "1.1",
        "method": call.method,
        "scheme": "http",
        "path": call.path,
        "raw_path": call.path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [*(field for field in _BROWSER if field[0] not in own), *call.headers],
        "client": ("127.0.0.1", 54321),
        "server": ("127.0.0.1", 8000),
        "state": {},
        "extensions": {},
    }


class Script:
    """The server's side of one request that is timed: an empty body, then the client is gone; what is sent is counted.

    As short as can be, and unchecked, so that nothing but the framework counts.
    """

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


class Transfer:
    """The same for a request or a response with a body: the client stays until it has all; the bytes are counted."""

    __slots__ = ("_chunks", "_left", "_over", "sent", "size")

    def __init__(self, chunks: Sequence[bytes]) -> None:
        """Nothing received, nothing sent."""
        self._chunks = iter(chunks)
        self._left = len(chunks)
        self._over = asyncio.Event()
        self.sent = 0
        self.size = 0

    async def receive(self) -> dict[str, object]:
        """The next event."""
        if not self._left:
            await self._over.wait()
            return {"type": "http.disconnect"}
        self._left -= 1
        return {"type": "http.request", "body": next(self._chunks), "more_body": self._left > 0}

    async def send(self, message: dict[str, Any]) -> None:
        """Counts the message and its bytes."""
        self.sent += 1
        if message["type"] == "http.response.body":
            self.size += len(message.get("body", b""))
            if not message.get("more_body", False):
                self._over.set()


@asynccontextmanager
async def running(app: ASGIApp, name: str) -> AsyncIterator[dict[str, object]]:
    """Runs the lifespan of an application, and gives its state. Raises Mismatch if it does not start or stop."""
    try:
        async with lifespan(app, timeout=_PATIENCE, check=None) as life:
            yield life.state
    except LifespanFailed as failure:
        raise Mismatch(f"{name}: {failure}") from failure


async def _answer(subject: Subject, call: Call) -> Answer:
    async def body() -> AsyncIterator[bytes]:
        for chunk in call.chunks:
            yield chunk

    scope = {**http_scope(call), "state": subject.state.copy()}
    exchange = Exchange(subject.app, scope, Content(body()), Profile(timeout=_PATIENCE, check=None))
    exchange.start()
    pieces: list[bytes] = []
    try:
        while (piece := await exchange.read()) is not None:
            pieces.append(piece)
        await exchange.end()
        exchange.judge()
    except AppFailure as failure:
        raise Mismatch(f"{subject.name}: {failure}") from failure
    headers = {name.lower(): value for name, value in exchange.headers}
    return Answer(exchange.status, headers, b"".join(pieces))


async def verify(subject: Subject) -> None:
    """Sends one request and raises Mismatch unless status, body and headers are what the scenario says."""
    if subject.scenario.follow is not None:
        more = subject.scenario.follow(await _answer(subject, subject.scenario.first or subject.call))
        subject.call = replace(subject.call, headers=(*subject.call.headers, *more))
    answer = await _answer(subject, subject.call)
    problem = subject.scenario.problem(answer)
    if problem is not None:
        raise Mismatch(f"{subject.name}: {problem}")
    subject.size = len(answer.body)


async def _timed(subject: Subject, count: int) -> float:
    """The seconds of so many requests, one after the other, each with a scope of its own as a server makes it."""
    app, state, call, scope = subject.app, subject.state, subject.call, http_scope(subject.call)
    exchanging: Callable[[], Script | Transfer] = partial(Transfer, call.chunks) if call.waits else Script
    before = time.perf_counter()
    for _ in range(count):
        exchange = exchanging()
        fresh = scope.copy()
        fresh["state"] = state.copy()
        await app(fresh, exchange.receive, exchange.send)
        if exchange.sent < 2:
            raise Mismatch(f"{subject.name}: {exchange.sent} messages")
        if type(exchange) is Transfer and exchange.size != subject.size:
            raise Mismatch(f"{subject.name}: {exchange.size} bytes in place of {subject.size}")
    return time.perf_counter() - before


async def calibrate(subject: Subject, seconds: float) -> None:
    """Finds how many requests take about this long."""
    once = await _timed(subject, 1)
    few = max(1, min(_WARM_UP, int(seconds / once)))
    await _timed(subject, 2 * few if few > 1 else 1)
    each = min([await _timed(subject, few) for _ in range(5 if few > 1 else 1)]) / few
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
                await _timed(subject, min(_WARM_UP, subject.count // 4))
                subject.seconds.append(await _timed(subject, subject.count) / subject.count)
