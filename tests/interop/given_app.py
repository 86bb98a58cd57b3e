"""An application with a state in place of its lifespan, which is not to run; and one that is mounted, whose lifespan is."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from asgikit import App, Request, Response, Router, WebSocket, get, mount, root, websocket


@asynccontextmanager
async def production() -> AsyncGenerator[str]:
    raise RuntimeError("the lifespan of production runs")
    yield ""


@asynccontextmanager
async def inner() -> AsyncGenerator[str]:
    yield "the state of what is mounted"


async def told(request: Request[str]) -> Response:
    return Response.text(request.state)


@websocket(root / "talk")
async def talk(request: Request[str]) -> Response:
    async def session(socket: WebSocket[str | bytes, str | bytes]) -> None:
        await socket.send(request.state)

    return Response.upgrade(session)


routes = Router(get(root)(told), talk, mount(root / "inner", App(told, lifespan=inner)))
app = App[str](routes, lifespan=production).with_state("a fake")
