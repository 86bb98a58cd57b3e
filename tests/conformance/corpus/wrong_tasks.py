"""Applications that are wrong with tasks, with events that they share, and with cancellation."""

from __future__ import annotations

import asyncio
import contextvars
import time
from typing import Any

import anyio

from asgikit.conformance.scenario import Cancel, Scenario, Stall
from tests.conformance.corpus.model import (
    ACCEPT,
    CLOSE,
    PLAIN,
    App,
    Wrong,
    body,
    exchange,
    http,
    ids,
    piece,
    says,
    start,
    websocket,
)


async def changes_its_event(scope: Any, receive: Any, send: Any) -> None:
    """Decompresses in place."""
    event = await receive()
    event["body"] = event.get("body", b"") + b"!"
    await send(start())
    await send(body(event["body"]))


async def empties_its_event(scope: Any, receive: Any, send: Any) -> None:
    """Takes the event to pieces."""
    event = await receive()
    event.pop("type")
    event.clear()
    await send(start())
    await send(body())


async def blocks(scope: Any, receive: Any, send: Any) -> None:
    """Calls what blocks."""
    time.sleep(1.4)  # noqa: ASYNC251  # the mistake
    await send(start())
    await send(body())


async def two_answer(scope: Any, receive: Any, send: Any) -> None:
    """Two tasks answer one request, each of them rightly."""

    async def answer(delay: int) -> None:
        for _ in range(delay):
            await anyio.lowlevel.checkpoint()
        await send(start())
        for _ in range(5):
            await anyio.lowlevel.checkpoint()
        await send(body(b"a", True))
        await send(body(b"b"))

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(answer, 0)
        tasks.start_soon(answer, 3)


async def two_receive(scope: Any, receive: Any, send: Any) -> None:
    """Two tasks wait for the next event."""
    async with anyio.create_task_group() as tasks:
        for _ in range(2):
            tasks.start_soon(receive)
        for _ in range(5):
            await anyio.lowlevel.checkpoint()
        await send(start())
        await send(body())


async def two_send(scope: Any, receive: Any, send: Any) -> None:
    """Two pieces at once."""
    await send(start())
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(send, body(b"a", True))
        tasks.start_soon(send, body(b"b", True))
    await send(body())


async def two_send_on_a_socket(scope: Any, receive: Any, send: Any) -> None:
    """Two messages at once."""
    await receive()
    await send(ACCEPT)
    async with anyio.create_task_group() as tasks:
        for text in ("a", "b"):
            tasks.start_soon(send, {"type": "websocket.send", "text": text})
    await send(CLOSE)


user: contextvars.ContextVar[str] = contextvars.ContextVar("user")


async def leaves_a_variable(scope: Any, receive: Any, send: Any) -> None:
    """Sets a variable and does not reset it."""
    user.set("alice")
    await send(start())
    await send(body())


async def leaves_a_task(scope: Any, receive: Any, send: Any) -> None:
    """Starts a task that nobody ends."""
    kept.append(asyncio.create_task(asyncio.sleep(3600)))
    await send(start())
    await send(body())


kept: list[Any] = []

TASKS = [
    Wrong("events: changed", "CORE-MSG-011", changes_its_event, PLAIN),
    Wrong("events: emptied", "CORE-MSG-011", empties_its_event, PLAIN),
    Wrong("loop: blocked", "CORE-APP-006", blocks, PLAIN),
    Wrong("tasks: two answers", "HTTP-RESP-002", two_answer, PLAIN, also=ids("CORE-APP-008 HTTP-RESP-017")),
    Wrong("tasks: two receive", "CANCEL-005", two_receive, exchange(http("POST"), piece(b"a", more=True))),
    Wrong("tasks: two send", "CANCEL-006", two_send, PLAIN),
    Wrong("tasks: two send on a WebSocket", "CANCEL-006", two_send_on_a_socket, exchange(websocket())),
    Wrong("tasks: one is left", "CANCEL-002", leaves_a_task, PLAIN, asyncio_only=True),
    Wrong("variables: one is left", "CANCEL-008", leaves_a_variable, PLAIN),
]


def on_cancel(do: Any) -> App:
    """An application that streams until it is cancelled; `do` is done then, in the place of the cancellation."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "websocket":
            await receive()
            await send(ACCEPT)
        try:
            while True:
                if (await receive())["type"].endswith(".disconnect"):
                    return
        except BaseException:
            await do()

    return app


async def nothing() -> None:
    """The cancellation is swallowed."""


async def raise_another() -> None:
    """Something else is raised."""
    raise RuntimeError("the task was cancelled")


async def go_on() -> None:
    """Work is done as if nothing had been."""
    with anyio.CancelScope(shield=True):
        await anyio.sleep(2)


def cancelled(scope: dict[str, Any]) -> Scenario:
    """The server cancels the application while it waits for more."""
    return exchange(scope, piece(b"a", more=True) if scope["type"] == "http" else says("a"), Cancel())


CANCELLED = [
    Wrong("cancelled: returns", "CANCEL-001", on_cancel(nothing), cancelled(http("POST")), also=ids("HTTP-RESP-020")),
    Wrong("cancelled: raises another", "CANCEL-001", on_cancel(raise_another), cancelled(http("POST"))),
    Wrong("cancelled: goes on", "CANCEL-001", on_cancel(go_on), cancelled(http("POST")), hangs=True),
    Wrong("cancelled: a WebSocket returns", "CANCEL-001", on_cancel(nothing), cancelled(websocket())),
    Wrong("cancelled: a WebSocket goes on", "CANCEL-001", on_cancel(go_on), cancelled(websocket()), hangs=True),
]


async def swallows_while_sending(scope: Any, receive: Any, send: Any) -> None:
    """A bare except around a send."""
    try:
        await send(start())
        await send(body(b"a" * 1000, True))
    except BaseException:  # the mistake
        return


CANCELLED.append(
    Wrong(
        "cancelled: returns while sending",
        "CANCEL-001",
        swallows_while_sending,
        exchange(http(), Stall(), Cancel()),
        also=ids("HTTP-RESP-019"),
    )
)

CASES = [*TASKS, *CANCELLED]
