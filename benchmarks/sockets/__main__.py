"""`python -m benchmarks.sockets`: WebSockets in process, side by side in one run, as ratios."""

from __future__ import annotations

import argparse
import asyncio
import gc
import logging
import sys
import time
import tracemalloc
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any, Final

from benchmarks.apps import versions
from benchmarks.drive import running
from benchmarks.report import table
from benchmarks.scenarios import ASGIApp
from benchmarks.sockets import with_asgikit, with_blacksheep, with_litestar, with_nothing, with_starlette

_BUILDERS: Final = {
    "raw": with_nothing,
    "asgikit": with_asgikit,
    "BlackSheep": with_blacksheep,
    "Starlette": with_starlette,
    "Litestar": with_litestar,
}
_MESSAGE: Final = "a message of some forty characters, or so"
_ECHOES: Final = 10_000
_MEMBERS: Final = 1_000
_ROUNDS: Final = 100

Figures = dict[str, dict[str, float]]


def _scope(state: dict[str, object]) -> dict[str, Any]:
    """What a server makes of a handshake of a browser."""
    fields = {
        b"host": b"example.com",
        b"user-agent": b"Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
        b"origin": b"https://example.com",
        b"upgrade": b"websocket",
        b"connection": b"keep-alive, Upgrade",
        b"sec-websocket-version": b"13",
        b"sec-websocket-key": b"dGhlIHNhbXBsZSBub25jZQ==",
        b"cookie": b"session=0123456789abcdef; theme=dark",
    }
    return {
        "type": "websocket",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "scheme": "ws",
        "path": "/ws",
        "raw_path": b"/ws",
        "query_string": b"",
        "root_path": "",
        "headers": [*fields.items()],
        "client": ("127.0.0.1", 54321),
        "server": ("127.0.0.1", 8000),
        "subprotocols": [],
        "state": state.copy(),
        "extensions": {"websocket.http.response": {}},
    }


class _Script:
    """A client that has said all at once: what is received is there already, so that nothing but the framework counts."""

    __slots__ = ("_left", "sent")

    def __init__(self, messages: int) -> None:
        self._left = messages + 1
        self.sent = 0

    async def receive(self) -> dict[str, object]:
        self._left -= 1
        if self._left < 0:
            return {"type": "websocket.disconnect", "code": 1000, "reason": ""}
        if self.sent:
            return {"type": "websocket.receive", "text": _MESSAGE}
        return {"type": "websocket.connect"}

    async def send(self, event: object) -> None:
        self.sent += 1


class _Client:
    """A client in a task of its own, with a queue between the two, as servers have it."""

    __slots__ = ("count", "events", "opened", "task")

    def __init__(self, app: ASGIApp, state: dict[str, object]) -> None:
        self.events: asyncio.Queue[dict[str, object]] = asyncio.Queue()
        self.events.put_nowait({"type": "websocket.connect"})
        self.opened = asyncio.Event()
        self.count = 0
        self.task = asyncio.ensure_future(app(_scope(state), self.events.get, self.send))

    async def send(self, event: dict[str, Any]) -> None:
        if event["type"] == "websocket.accept":
            self.opened.set()
        elif event["type"] == "websocket.send":
            self.count += 1

    async def close(self) -> None:
        self.events.put_nowait({"type": "websocket.disconnect", "code": 1000, "reason": ""})
        await self.task


async def _joined(app: ASGIApp, state: dict[str, object], count: int) -> list[_Client]:
    clients = [_Client(app, state) for _ in range(count)]
    for client in clients:
        await asyncio.wait_for(client.opened.wait(), 30)
    return clients


def _require(found: int, expected: int) -> None:
    if found != expected:
        raise SystemExit(f"{found} messages in place of {expected}")


async def _scripted(app: ASGIApp, state: dict[str, object]) -> float:
    script, scope = _Script(_ECHOES), _scope(state)
    began = time.perf_counter()
    await app(scope, script.receive, script.send)
    spent = time.perf_counter() - began
    if script.sent not in {_ECHOES + 1, _ECHOES + 2}:  # some close a connection that has been left
        raise SystemExit(f"{script.sent} events")
    return spent


async def _echoed(app: ASGIApp, state: dict[str, object]) -> float:
    [client] = await _joined(app, state, 1)
    event: dict[str, object] = {"type": "websocket.receive", "text": _MESSAGE}
    began = time.perf_counter()
    for number in range(_ECHOES):
        client.events.put_nowait(event)
        while client.count <= number:  # noqa: ASYNC110  # an event would be part of what is measured
            await asyncio.sleep(0)
    spent = time.perf_counter() - began
    await client.close()
    return spent


async def _fanned(app: ASGIApp, state: dict[str, object]) -> float:
    clients = await _joined(app, state, _MEMBERS)
    event: dict[str, object] = {"type": "websocket.receive", "text": _MESSAGE}
    began = time.perf_counter()
    for _ in range(_ROUNDS):
        clients[0].events.put_nowait(event)
    while clients[-1].count < _ROUNDS or clients[0].count < _ROUNDS:  # noqa: ASYNC110  # the same
        await asyncio.sleep(0)
    spent = time.perf_counter() - began
    for client in clients:
        await client.close()
    _require(sum(client.count for client in clients), _MEMBERS * _ROUNDS)
    return spent


async def _opened(app: ASGIApp, state: dict[str, object]) -> float:
    scripts = [(_Script(0), _scope(state)) for _ in range(_MEMBERS)]
    began = time.perf_counter()
    for script, scope in scripts:
        await app(scope, script.receive, script.send)
    return time.perf_counter() - began


async def _idle(app: ASGIApp, state: dict[str, object]) -> float:
    """Bytes for each of many idle sockets, the client's included."""
    await (await _joined(app, state, 1))[0].close()
    gc.collect()
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    clients = await _joined(app, state, _MEMBERS)
    gc.collect()
    spent = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    for client in clients:
        await client.close()
    return spent / _MEMBERS


Measure = Callable[[ASGIApp, dict[str, object]], Awaitable[float]]
_MEASURES: Final[dict[str, tuple[str, Measure, int]]] = {
    f"echo of {_ECHOES:,}, nothing but the framework": ("echo", _scripted, 15),
    f"echo of {_ECHOES:,}, through a queue": ("echo", _echoed, 9),
    f"{_ROUNDS} messages to {_MEMBERS:,}": ("room", _fanned, 5),
    f"open and close of {_MEMBERS:,}": ("echo", _opened, 9),
}
_MEMORY: Final = f"memory of {_MEMBERS:,} idle, in times of raw (lower is better)"


async def measure() -> Figures:
    """The best round of each, in turns."""
    figures: Figures = {title: {} for title in (*_MEASURES, _MEMORY)}
    for title, (kind, run, rounds) in {**_MEASURES, _MEMORY: ("echo", _idle, 1)}.items():
        async with AsyncExitStack() as stack:
            apps: dict[str, tuple[ASGIApp, dict[str, object]]] = {}
            for name, builder in _BUILDERS.items():
                app: ASGIApp = getattr(builder, kind)()
                apps[name] = (app, await stack.enter_async_context(running(app, name)))
            for number in range(rounds):
                turn = number % len(apps)
                names = [*apps][turn:] + [*apps][:turn]
                for name in names:
                    gc.collect()
                    spent = await run(*apps[name])
                    figures[title][name] = min(figures[title].get(name, spent), spent)
    return figures


def _targets(figures: Figures) -> list[tuple[str, float, bool]]:
    bare, queued = list(_MEASURES)[:2]
    faster = figures[bare]["Starlette"] / figures[bare]["asgikit"]
    slower = figures[queued]["asgikit"] / figures[queued]["raw"]
    return [
        ("1.5x Starlette on echo, nothing but the framework", faster, faster >= 1.5),
        ("within 1.3x of raw on echo, through a queue", slower, slower <= 1.3),
    ]


def main() -> int:
    """One run; 1 if `--check` is given and a target is missed."""
    parser = argparse.ArgumentParser("benchmarks.sockets", description="WebSockets side by side, as ratios.")
    parser.add_argument("--check", action="store_true", help="exit with 1 if a target is missed")
    options = parser.parse_args()
    logging.disable(logging.INFO)
    figures = asyncio.run(measure())
    installed = versions()
    print(", ".join(f"{name} {installed[name]}" for name in _BUILDERS if name in installed), end="\n\n")
    rows = [[title, *(f"{figures[title]['Starlette'] / figures[title][name]:.2f}" for name in _BUILDERS)] for title in _MEASURES]
    print(table(["times as fast as Starlette", *_BUILDERS], rows), end="\n\n")
    memory = figures[_MEMORY]
    print(table(["", *_BUILDERS], [[_MEMORY, *(f"{memory[name] / memory['raw']:.2f}" for name in _BUILDERS)]]), end="\n\n")
    print(f"an idle socket of asgikit takes {memory['asgikit'] / 1024:.1f} KiB, the client's end included\n\ntargets")
    targets = _targets(figures)
    for text, found, holds in targets:
        print(f"  {text:<52} {found:5.2f}  {'holds' if holds else 'MISSED'}")
    return 1 if options.check and not all(holds for _, _, holds in targets) else 0


if __name__ == "__main__":
    sys.exit(main())
