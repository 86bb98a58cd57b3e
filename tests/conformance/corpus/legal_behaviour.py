"""Applications that are unusual but legal: tasks, clients that leave or are slow, cancellation."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

import anyio
import anyio.to_thread

from asgikit.conformance.scenario import Leave, Resume, Scenario, Stall
from tests.conformance.corpus.model import (
    PLAIN,
    RECEIVE,
    App,
    Legal,
    body,
    exchange,
    http,
    piece,
    script,
    start,
)

MID = exchange(http(), piece(), Leave())
SILENT = exchange(http(), piece(), Leave("ignore"))
UPLOAD = exchange(http("POST"), piece(b"a", more=True), Leave("ignore"))
UPLOAD_RAISING = exchange(http("POST"), piece(b"a", more=True), Leave())
POST = exchange(http("POST"), piece(b"one", more=True), piece(b"", more=True), piece(b"two"))


async def reads(receive: Any) -> bytes | None:
    """The body, or None if the client left before its end."""
    data, more = b"", True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        data += message.get("body", b"")
        more = message.get("more_body", False)
    return data


async def echoes(scope: Any, receive: Any, send: Any) -> None:
    """Sends the body back, if it got one."""
    data = await reads(receive)
    if data is not None:
        await send(start())
        await send(body(data))


async def raises_when_left(scope: Any, receive: Any, send: Any) -> None:
    """An incomplete body is an error of its own."""
    if await reads(receive) is None:
        raise ConnectionError("the client left within the body")
    await send(start())
    await send(body())


async def watches(scope: Any, receive: Any, send: Any) -> None:
    """Streams, while another task waits for the disconnect."""

    async def listen() -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        tasks.cancel_scope.cancel()

    async def stream() -> None:
        await send(start())
        while True:
            await send(body(b"tick", True))
            await anyio.sleep(0.001)

    try:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(listen)
            await stream()
    except BaseExceptionGroup as errors:
        if errors.split(OSError)[1] is not None:
            raise


async def watches_and_ends(scope: Any, receive: Any, send: Any) -> None:
    """The same, with an end: the task that waits is cancelled."""

    async def listen() -> None:
        while (await receive())["type"] != "http.disconnect":
            pass

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(listen)
        await send(start())
        await send(body(b"a", True))
        await send(body())
        tasks.cancel_scope.cancel()


async def waits_for_the_end(scope: Any, receive: Any, send: Any) -> None:
    """A long poll: nothing but the disconnect ends it."""
    await send(start())
    await send(body(b"", True))
    while (await receive())["type"] != "http.disconnect":
        pass


async def waits_unanswered(scope: Any, receive: Any, send: Any) -> None:
    """The same before its response."""
    while (await receive())["type"] != "http.disconnect":
        pass


def streaming(on_error: str) -> App:
    """Streams until an OSError, and lets it out, returns, or raises it again."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send(start())
        try:
            while True:
                await send(body(b"tick", True))
                await anyio.sleep(0.001)
        except OSError:
            if on_error != "return":
                raise

    return app


async def polls(scope: Any, receive: Any, send: Any) -> None:
    """Asks between two pieces whether the client is there, with a receive that it cancels."""
    await send(start())
    await receive()
    while True:
        with anyio.move_on_after(0.005):
            if (await receive())["type"] == "http.disconnect":
                return
        await send(body(b"tick", True))


async def ticks() -> AsyncGenerator[bytes, None]:
    """Pieces without end."""
    while True:
        yield b"tick"
        await anyio.sleep(0.001)


async def closes_its_generator(scope: Any, receive: Any, send: Any) -> None:
    """Closes what it streams from, whatever ends it."""
    await send(start())
    async with aclosing(ticks()) as pieces:
        async for data in pieces:
            await send(body(data, True))


async def cleans_up(scope: Any, receive: Any, send: Any) -> None:
    """Takes a moment to clean up, within a shield."""
    try:
        await send(start())
        while True:
            await send(body(b"tick", True))
            await anyio.sleep(0.001)
    finally:
        with anyio.CancelScope(shield=True):
            await anyio.sleep(0.05)


async def sends_on_in_silence(scope: Any, receive: Any, send: Any) -> None:
    """Sends the rest of a short response to a client that has left: nobody has said so."""
    await send(start())
    for _ in range(50):
        await send(body(b"tick", True))
        await anyio.sleep(0.001)
    await send(body())


def then(name: str, app: App, *scenarios: Scenario) -> list[Legal]:
    """The application in each of these scenarios."""
    return [Legal(f"{name} {number}", app, scenario) for number, scenario in enumerate(scenarios, 1)]


SLOW = exchange(http(), Stall(), piece(), Resume())
CASES = [
    *then(
        "echo:",
        echoes,
        PLAIN,
        POST,
        UPLOAD,
        UPLOAD_RAISING,
        SLOW,
        exchange(http("POST"), Leave()),
        exchange(http(), Leave("ignore")),
    ),
    *then("raises when left:", raises_when_left, UPLOAD, UPLOAD_RAISING),
    *then("watches:", watches, MID, SILENT, exchange(http(spec="2.3"), piece(), Leave("ignore"))),
    *then("watches and ends:", watches_and_ends, PLAIN, POST),
    *then("waits for the end:", waits_for_the_end, PLAIN, MID, SILENT),
    *then("waits unanswered:", waits_unanswered, PLAIN, MID, SILENT),
    *then("lets the OSError out:", streaming("raise"), MID, exchange(http(), Leave())),
    *then("returns upon the OSError:", streaming("return"), MID, exchange(http(), Leave())),
    *then("polls:", polls, MID, SILENT),
    *then("closes its generator:", closes_its_generator, MID),
    *then("cleans up:", cleans_up, MID),
    *then("sends on in silence:", sends_on_in_silence, SILENT, PLAIN),
    *then("stalled, left:", script(start(), body(b"a")), exchange(http(), Stall(), piece(), Leave("ignore"))),
    *then("receives often:", script(*[RECEIVE] * 9, start(), body()), exchange(http(), piece(), Leave("ignore"))),
]
