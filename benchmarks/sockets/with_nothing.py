"""The floor: ASGI callables written by hand, with no framework."""

from __future__ import annotations

from typing import Any

from benchmarks.apps.with_nothing import live
from benchmarks.scenarios import ASGIApp


def echo() -> ASGIApp:
    """Every message back."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await live(receive, send)
            return
        await receive()
        await send({"type": "websocket.accept"})
        while True:
            event = await receive()
            if event["type"] == "websocket.disconnect":
                return
            await send({"type": "websocket.send", "text": event["text"]})

    return app


def room() -> ASGIApp:
    """Every message to all."""
    members: set[Any] = set()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await live(receive, send)
            return
        await receive()
        await send({"type": "websocket.accept"})
        members.add(send)
        while True:
            event = await receive()
            if event["type"] == "websocket.disconnect":
                members.discard(send)
                return
            for member in tuple(members):
                await member({"type": "websocket.send", "text": event["text"]})

    return app
