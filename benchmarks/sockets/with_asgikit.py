"""asgikit: `Response.upgrade`, `async for`, text alone."""

from __future__ import annotations

from asgikit import App, Request, Response, Router, WebSocket, root, websocket
from asgikit.messages import TEXT
from benchmarks.scenarios import ASGIApp


def echo() -> ASGIApp:
    """Every message back."""

    async def session(ws: WebSocket[str, str]) -> None:
        async for message in ws:
            await ws.send(message)

    @websocket(root / "ws")
    async def open(request: Request[object]) -> Response:
        return Response.upgrade(session, receives=TEXT, sends=TEXT)

    return App(Router(open))


def room() -> ASGIApp:
    """Every message to all."""
    members: set[WebSocket[str, str]] = set()

    async def session(ws: WebSocket[str, str]) -> None:
        members.add(ws)
        async for message in ws:
            for member in tuple(members):
                await member.send(message)
        members.discard(ws)

    @websocket(root / "ws")
    async def join(request: Request[object]) -> Response:
        return Response.upgrade(session, receives=TEXT, sends=TEXT)

    return App(Router(join))
