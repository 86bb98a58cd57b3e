"""`python -m benchmarks.clients`: the clients of the testing kit beside Starlette's and httpx's own, in process, as ratios.

Each sends the same GET to the same application, on asyncio, and those that can, messages to a WebSocket that echoes; the best of
several rounds counts, in which all take their turns.
Processor time of all threads, so that other programs do not count. What the kit checks against the specification, the
others do not.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from typing import Any, Final

import httpx
import httpx2
from starlette.applications import Starlette
from starlette.requests import Request as StarletteRequest
from starlette.responses import JSONResponse
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocket as StarletteSocket

from asgikit import App, Request, Response, Router, WebSocket, get, root, websocket
from asgikit.testing import AsyncClient, Client

BASE: Final = "Starlette's TestClient"
TARGETS: Final = {"AsyncClient": 2.0, "AsyncClient, httpx2": 2.0}
"""How many times as fast as TestClient they have to be."""

COLUMNS: Final = ("a request", "a test of one", "a message and its echo")

Works = tuple[Callable[[], None], ...]
"""For each column what is timed."""


@get(root / "hello")
async def hello(request: Request[object]) -> Response:
    return Response.json({"hello": "world"})


async def starlette_hello(request: StarletteRequest) -> JSONResponse:
    return JSONResponse({"hello": "world"})


async def echo(ws: WebSocket[str | bytes, str | bytes]) -> None:
    async for message in ws:
        await ws.send(message)


@websocket(root / "echo")
async def echoing(request: Request[object]) -> Response:
    return Response.upgrade(echo)


async def starlette_echo(ws: StarletteSocket) -> None:
    await ws.accept()
    async for text in ws.iter_text():
        await ws.send_text(text)


APPS: Final[dict[str, Any]] = {
    "an asgikit application": App(Router(hello, echoing)),
    "a Starlette application": Starlette(routes=[Route("/hello", starlette_hello), WebSocketRoute("/echo", starlette_echo)]),
}


def synchronous(app: Any) -> dict[str, Callable[[], Any]]:
    """What makes the clients that block."""
    return {BASE: lambda: TestClient(app), "Client": lambda: Client(app)}


def asynchronous(app: Any) -> dict[str, Callable[[], Any]]:
    """What makes those that are awaited."""
    return {
        "AsyncClient": lambda: AsyncClient(app),
        "AsyncClient, httpx2": lambda: AsyncClient(app, library=httpx2),
        "httpx.ASGITransport": lambda: httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://testserver"),
        "httpx2.ASGITransport": lambda: httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://testserver"),
    }


def block(client: Any, times: int) -> None:
    """So many requests of one that blocks."""
    for _ in range(times):
        assert client.get("/hello").status_code == 200


async def wait(client: Any, times: int) -> None:
    """So many of one that is awaited."""
    for _ in range(times):
        assert (await client.get("/hello")).status_code == 200


def blocked(make: Callable[[], Any]) -> None:
    with make() as client:
        block(client, 1)


async def waited(make: Callable[[], Any]) -> None:
    async with make() as client:
        await wait(client, 1)


def talk(client: Any, times: int) -> None:
    """So many messages and their echoes on a WebSocket of one that blocks."""
    if isinstance(client, TestClient):
        with client.websocket_connect("/echo") as theirs:
            for _ in range(times):
                theirs.send_text("hello")
                assert theirs.receive_text() == "hello"
        return
    with client.websocket("/echo") as ws:
        for _ in range(times):
            ws.send("hello")
            assert ws.receive() == "hello"


async def talk_on(client: AsyncClient, times: int) -> None:
    """So many of one that is awaited."""
    async with client.websocket("/echo") as ws:
        for _ in range(times):
            await ws.send("hello")
            assert await ws.receive() == "hello"


def subjects(app: Any, runner: asyncio.Runner, stack: ExitStack, times: int) -> Iterator[tuple[str, Works]]:
    """What is timed of each client."""
    for name, make in synchronous(app).items():
        client = stack.enter_context(make())
        yield name, (partial(block, client, times), partial(blocked, make), partial(talk, client, times))
    for name, make in asynchronous(app).items():
        client = make()
        runner.run(client.__aenter__())
        stack.callback(lambda client=client: runner.run(client.__aexit__(None, None, None)))
        works = (lambda client=client: runner.run(wait(client, times)), lambda make=make: runner.run(waited(make)))
        talks = (lambda client=client: runner.run(talk_on(client, times)),) if isinstance(client, AsyncClient) else ()
        yield name, works + talks


def seconds(work: Callable[[], None]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


def measure(app: Any, rounds: int, times: int) -> dict[str, list[float]]:
    """The best times of each client, by column; those that know no WebSockets have fewer."""
    with asyncio.Runner() as runner, ExitStack() as stack:
        made = [*subjects(app, runner, stack, times)]
        best = {name: [float("inf")] * len(works) for name, works in made}
        for _ in range(rounds):
            for name, works in made:
                best[name] = [min(known, seconds(work)) for known, work in zip(best[name], works, strict=True)]
    return best


def main() -> None:
    parser = argparse.ArgumentParser("benchmarks.clients", description="The clients of the testing kit beside others, as ratios.")
    parser.add_argument("--rounds", type=int, default=25, help="how often each is timed; the best counts (default 25)")
    parser.add_argument("--times", type=int, default=200, help="requests in a round (default 200)")
    options = parser.parse_args()
    logging.disable(logging.INFO)
    for title, app in APPS.items():
        best = measure(app, options.rounds, options.times)
        print(f"{title}: times as fast as {BASE} ({', '.join(COLUMNS)})")
        for name, times in best.items():
            ratios = [theirs / ours for theirs, ours in zip(best[BASE], times, strict=False)]
            target = TARGETS.get(name)
            verdict = "" if target is None else f"  target {target:g}: {'holds' if ratios[0] >= target else 'MISSED'}"
            print(f"  {name:26}" + "".join(f" {ratio:6.2f}" for ratio in ratios) + verdict)
        print()


if __name__ == "__main__":
    main()
