"""Sessions for the servers of test_websockets; what became of each is printed, and counted at /alive."""

from __future__ import annotations

import gc
import os
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import anyio
import anyio.lowlevel

from asgikit import App, Request, Response, Router, WebSocket, get, json, root, websocket
from asgikit.errors import ClientDisconnected, MessageTimeout
from asgikit.messages import BINARY, TEXT
from asgikit.negotiation import subprotocol
from asgikit.websocket import SocketLimits

Raw = WebSocket[str | bytes, str | bytes]
ALIVE: Counter[str] = Counter()
going = anyio.Event()


@dataclass(frozen=True)
class Said:
    """A message."""

    text: str


def tell(*words: object) -> None:
    """On the console, which the tests read: in one write, which nothing that the server writes there can split."""
    os.write(1, f"{' '.join(map(str, words))}\n".encode())


def resident() -> int:
    """The resident memory in kB."""
    gc.collect()
    status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS")))


@get(root / "alive")
async def alive(request: Request[object]) -> Response:
    """How many sessions run, by path, and the memory."""
    return Response.json({**ALIVE, "memory": resident()})


@get(root / "go")
async def go(request: Request[object]) -> Response:
    """Wakes the slow session."""
    going.set()
    return Response.empty()


def counted(name: str, session: Any) -> Any:
    """The session, counted while it runs, with a line about its end."""

    async def inner(ws: Raw) -> None:
        ALIVE[name] += 1
        ended = "returned"
        try:
            await session(ws)
        except ClientDisconnected:
            ended = "ClientDisconnected"
            raise
        except Exception as error:
            ended = type(error).__name__
            raise
        except BaseException:
            ended = "cancelled"
            raise
        finally:
            ALIVE[name] -= 1
            tell(name, ended, ws.close_code)

    return inner


async def echoing(ws: Raw) -> None:
    """Every message back."""
    async for message in ws:
        await ws.send(message)


async def sending(ws: Raw) -> None:
    """A message now and then, for ever, to who is there."""
    async with ws.until_closed():
        while True:
            await ws.send("tick")
            await anyio.sleep(0.02)


async def silent(ws: Raw) -> None:
    """Sends nothing, and waits for the end alone."""
    tell("closed with", await ws.closed())


async def sending_blindly(ws: Raw) -> None:
    """Without a look at who is there."""
    while True:
        await ws.send("x" * 1000)
        await anyio.sleep(0.02)


async def impatient(ws: Raw) -> None:
    """Echoes with a time-out that comes all the time."""
    timeouts = 0
    while True:
        try:
            message = await ws.receive(timeout=0.003)
        except MessageTimeout:
            timeouts += 1
            continue
        except ClientDisconnected:
            tell("timed out often" if timeouts > 20 else f"timed out {timeouts} times")
            return
        await ws.send(message)


async def slow(ws: Raw) -> None:
    """Reads one message, and then none until it is told at /go."""
    await ws.receive()
    await going.wait()
    count = 1
    async for message in ws:
        count += 1
        if message == "last":
            await ws.send(str(count))


async def two_tasks(ws: Raw) -> None:
    """One task receives while the other closes."""

    async def read() -> None:
        async for _ in ws:
            pass

    async with anyio.create_task_group() as group:
        group.start_soon(read)
        await ws.send("now")
        await anyio.sleep(0.1)
        await ws.close(4000, "enough")
        group.cancel_scope.cancel()


async def failing(ws: Raw) -> None:
    """Raises what nobody may read."""
    await ws.receive()
    raise ValueError("secret")


async def flooding(ws: Raw) -> None:
    """Sends far more than a client takes that does not read."""
    async with ws.until_closed():
        while True:
            await ws.send("x" * 10_000)
            await anyio.lowlevel.checkpoint()  # granian does not wait where it sends to nobody: nothing else would ever run


def at(path: str, session: Any, **upgrade: Any) -> Any:
    """The route of a session."""

    @websocket(root / path)
    async def handler(request: Request[object]) -> Response:
        return Response.upgrade(counted(path, session), **upgrade).with_header("x-session", path)

    return handler


@websocket(root / "spoken").takes(subprotocol(Literal["chat.v2", "chat.v1"]))
async def spoken(request: Request[object], version: Literal["chat.v2", "chat.v1"]) -> Response:
    """A subprotocol of two."""
    return Response.upgrade(counted("spoken", echoing), subprotocol=version)


@websocket(root / "denied")
async def denied(request: Request[object]) -> Response:
    """None."""
    return Response.text("not you", status=403, headers={"x-why": "because"})


app = App(
    Router(
        alive,
        go,
        spoken,
        denied,
        at("echo", echoing),
        at("text", echoing, receives=TEXT, sends=TEXT),
        at("binary", echoing, receives=BINARY, sends=BINARY),
        at("typed", echoing, receives=json(Said), sends=json(Said)),
        at("small", echoing, limits=SocketLimits(message=1000)),
        at("idle", echoing, limits=SocketLimits(idle=0.3)),
        at("sending", sending),
        at("silent", silent),
        at("blind", sending_blindly),
        at("impatient", impatient),
        at("slow", slow),
        at("two", two_tasks),
        at("failing", failing),
        at("flooding", flooding),
        at("queue", flooding, limits=SocketLimits(queue=16)),
    )
)
