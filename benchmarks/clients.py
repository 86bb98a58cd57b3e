"""`python -m benchmarks.clients`: the clients of the testing kit beside Starlette's and httpx's own, in process, as ratios.

Each sends the same GET to the same application, on asyncio; the best of several rounds counts, in which all take their turns.
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
from starlette.routing import Route
from starlette.testclient import TestClient

from asgikit import App, Request, Response, Router, get, root
from asgikit.testing import AsyncClient, Client

BASE: Final = "Starlette's TestClient"
TARGETS: Final = {"AsyncClient": 2.0, "AsyncClient, httpx2": 2.0}
"""How many times as fast as TestClient they have to be."""

Timed = Callable[[int], None]
Once = Callable[[], None]


@get(root / "hello")
async def hello(request: Request[object]) -> Response:
    return Response.json({"hello": "world"})


async def starlette_hello(request: StarletteRequest) -> JSONResponse:
    return JSONResponse({"hello": "world"})


APPS: Final[dict[str, Any]] = {
    "an asgikit application": App(Router(hello)),
    "a Starlette application": Starlette(routes=[Route("/hello", starlette_hello)]),
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


def subjects(app: Any, runner: asyncio.Runner, stack: ExitStack) -> Iterator[tuple[str, Timed, Once]]:
    """What sends so many requests through one client, and what makes a client for one request alone."""
    for name, make in synchronous(app).items():
        yield name, partial(block, stack.enter_context(make())), partial(blocked, make)
    for name, make in asynchronous(app).items():
        client = make()
        runner.run(client.__aenter__())
        stack.callback(lambda client=client: runner.run(client.__aexit__(None, None, None)))
        yield name, lambda times, client=client: runner.run(wait(client, times)), lambda make=make: runner.run(waited(make))


def seconds(work: Callable[[], None]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


def measure(app: Any, rounds: int, times: int) -> dict[str, tuple[float, float]]:
    """The best time of a request, and of a test: enter, one request, leave."""
    best: dict[str, tuple[float, float]] = {}
    with asyncio.Runner() as runner, ExitStack() as stack:
        made = [*subjects(app, runner, stack)]
        for _ in range(rounds):
            for name, many, once in made:
                request, test = best.get(name, (float("inf"), float("inf")))
                best[name] = min(request, seconds(partial(many, times)) / times), min(test, seconds(once))
    return best


def main() -> None:
    parser = argparse.ArgumentParser("benchmarks.clients", description="The clients of the testing kit beside others, as ratios.")
    parser.add_argument("--rounds", type=int, default=25, help="how often each is timed; the best counts (default 25)")
    parser.add_argument("--times", type=int, default=200, help="requests in a round (default 200)")
    options = parser.parse_args()
    logging.disable(logging.INFO)
    for title, app in APPS.items():
        best = measure(app, options.rounds, options.times)
        request, test = best[BASE]
        print(f"{title}: times as fast as {BASE} (a request, a test of one)")
        for name, (one, other) in best.items():
            target = TARGETS.get(name)
            verdict = "" if target is None else f"  target {target:g}: {'holds' if request / one >= target else 'MISSED'}"
            print(f"  {name:26} {request / one:6.2f} {test / other:6.2f}{verdict}")
        print()


if __name__ == "__main__":
    main()
