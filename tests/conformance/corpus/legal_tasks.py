"""Applications that are unusual but legal: tasks, threads, context variables, cancellation."""

from __future__ import annotations

import asyncio
import contextvars
from typing import Any

import anyio
import anyio.to_thread

from asgikit.conformance.scenario import Action, Cancel, Leave, Scenario, Stall
from tests.conformance.corpus.legal_behaviour import MID, SLOW, then
from tests.conformance.corpus.model import (
    ACCEPT,
    PLAIN,
    body,
    exchange,
    http,
    piece,
    says,
    script,
    start,
    websocket,
)


async def sends_from_a_task(scope: Any, receive: Any, send: Any) -> None:
    """Another task sends the start."""
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(send, start())
    await send(body(b"hello"))


async def takes_turns(scope: Any, receive: Any, send: Any) -> None:
    """Tasks send, one after the other."""
    lock = anyio.Lock()
    await send(start())

    async def one() -> None:
        async with lock:
            await send(body(b"a", True))

    async with anyio.create_task_group() as tasks:
        for _ in range(10):
            tasks.start_soon(one)
    await send(body())


async def works_in_a_thread(scope: Any, receive: Any, send: Any) -> None:
    """The work is done in a thread, which sends by the loop."""

    def work() -> None:
        anyio.from_thread.run(send, start())
        anyio.from_thread.run(send, body(b"hello"))

    await anyio.to_thread.run_sync(work)


async def works_behind(scope: Any, receive: Any, send: Any) -> None:
    """Does something after its response."""
    await send(start())
    await send(body())
    await anyio.sleep(0.05)


user: contextvars.ContextVar[str] = contextvars.ContextVar("user")


async def resets_its_variable(scope: Any, receive: Any, send: Any) -> None:
    """Sets a variable, and resets it."""
    token = user.set("alice")
    try:
        await send(start())
        await send(body())
    finally:
        user.reset(token)


async def sets_it_in_a_task(scope: Any, receive: Any, send: Any) -> None:
    """Sets a variable in a task of its own."""

    async def inner() -> None:
        user.set("bob")
        await send(start())
        await send(body())

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(inner)


async def listens(scope: Any, receive: Any, send: Any) -> None:
    """Waits for events until it is told to end, or cancelled."""
    if scope["type"] == "websocket":
        await receive()
        await send(ACCEPT)
    while not (await receive())["type"].endswith(".disconnect"):
        pass


async def cleans_up_when_cancelled(scope: Any, receive: Any, send: Any) -> None:
    """Catches everything, cleans up, and raises it again."""
    try:
        await listens(scope, receive, send)
    except BaseException:
        with anyio.CancelScope(shield=True):
            await anyio.sleep(0.02)
        raise


async def keeps_its_event(scope: Any, receive: Any, send: Any) -> None:
    """Keeps events, and changes copies of them."""
    kept = [{**await receive(), "body": b"changed"}]
    await send(start())
    await send(body(kept[0]["body"]))


async def changes_its_scope(scope: Any, receive: Any, send: Any) -> None:
    """The scope is the application's own."""
    scope["app"] = object()
    scope.setdefault("state", {})["user"] = "alice"
    await send(start())
    await send(body())


async def uses_the_loop(scope: Any, receive: Any, send: Any) -> None:
    """Works with a future of asyncio, where there is one."""
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        await script(start(), body())(scope, receive, send)
        return
    future: asyncio.Future[bytes] = loop.create_future()
    loop.call_soon(future.set_result, b"hello")
    await send(start())
    await send(body(await future))


def cancelled(*actions: Action) -> tuple[Scenario, ...]:
    """A request and a WebSocket whose application is cancelled after these actions."""
    return exchange(http("POST"), piece(b"a", more=True), *actions, Cancel()), exchange(
        websocket(), says("a"), *actions, Cancel()
    )


CASES = [
    *then("sends from a task:", sends_from_a_task, PLAIN),
    *then("takes turns:", takes_turns, PLAIN, SLOW),
    *then("works in a thread:", works_in_a_thread, PLAIN, SLOW),
    *then("works behind:", works_behind, PLAIN, MID),
    *then("resets its variable:", resets_its_variable, PLAIN),
    *then("sets it in a task:", sets_it_in_a_task, PLAIN),
    *then("keeps its event:", keeps_its_event, PLAIN),
    *then("changes its scope:", changes_its_scope, PLAIN),
    *then("uses the loop:", uses_the_loop, PLAIN),
    *then("listens, cancelled:", listens, *cancelled()),
    *then("cleans up, cancelled:", cleans_up_when_cancelled, *cancelled(), *cancelled(Leave("ignore"))),
    *then("stalled, cancelled:", script(start(), body(b"a" * 10_000)), exchange(http(), Stall(), piece(), Cancel())),
]
