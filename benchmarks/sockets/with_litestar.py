"""Litestar: `@websocket`, `iter_data`, `send_text`."""

from typing import Any

from litestar import Litestar, WebSocket, websocket

from benchmarks.scenarios import ASGIApp


def echo() -> ASGIApp:
    """Every message back."""

    @websocket("/ws")
    async def open(socket: WebSocket[Any, Any, Any]) -> None:
        await socket.accept()
        async for message in socket.iter_data("text"):
            await socket.send_text(message)

    return Litestar([open])


def room() -> ASGIApp:
    """Every message to all."""
    members: list[WebSocket[Any, Any, Any]] = []

    @websocket("/ws")
    async def join(socket: WebSocket[Any, Any, Any]) -> None:
        await socket.accept()
        members.append(socket)
        async for message in socket.iter_data("text"):
            for member in tuple(members):
                await member.send_text(message)
        members.remove(socket)

    return Litestar([join])
