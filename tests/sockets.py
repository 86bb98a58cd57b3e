"""Sessions as applications, and what is said to them: upon the testing kit."""

from __future__ import annotations

from typing import Any

from asgikit import App, Request, Response, WebSocket, root, websocket
from asgikit.testing import Answer, SocketPeer, play, websocket_scope

Raw = WebSocket[str | bytes, str | bytes]
CONNECT = {"type": "websocket.connect"}
LEFT = {"type": "websocket.disconnect", "code": 1001}


def text(message: str) -> dict[str, object]:
    return {"type": "websocket.receive", "text": message, "bytes": None}


def binary(message: bytes) -> dict[str, object]:
    return {"type": "websocket.receive", "bytes": message}


def upgrading(session: Any, **upgrade: Any) -> App[None]:
    """An application that is this session."""

    @websocket(root)
    async def handler(request: Request[object]) -> Response:
        return Response.upgrade(session, **upgrade)

    return App(handler)


async def conversation(session: Any, *events: Any, **upgrade: Any) -> Answer:
    """A session that is told all of these at once."""
    return await play(upgrading(session, **upgrade), websocket_scope(), [CONNECT, *events])


async def opened(**options: Any) -> SocketPeer:
    """The server's half of a WebSocket that is accepted."""
    peer = SocketPeer(**options)
    await peer.receive()
    await peer.send({"type": "websocket.accept"})
    return peer
