"""Starlette: WebSocketRoute, `iter_text`, `send_text`."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket

from benchmarks.scenarios import ASGIApp


def echo() -> ASGIApp:
    """Every message back."""

    async def open(websocket: WebSocket) -> None:
        await websocket.accept()
        async for message in websocket.iter_text():
            await websocket.send_text(message)

    return Starlette(routes=[WebSocketRoute("/ws", open)])


def room() -> ASGIApp:
    """Every message to all."""
    members: set[WebSocket] = set()

    async def join(websocket: WebSocket) -> None:
        await websocket.accept()
        members.add(websocket)
        async for message in websocket.iter_text():
            for member in tuple(members):
                await member.send_text(message)
        members.discard(websocket)

    return Starlette(routes=[WebSocketRoute("/ws", join)])
