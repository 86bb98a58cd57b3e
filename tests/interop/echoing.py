"""An echo on a WebSocket, which refuses on request."""

from __future__ import annotations

from asgikit import App, Request, Response, WebSocket, root, websocket


@websocket(root / "echo")
async def talk(request: Request[object]) -> Response:
    async def session(ws: WebSocket[str | bytes, str | bytes]) -> None:
        async for message in ws:
            if message == "bye":
                await ws.close(4000, "enough")
            else:
                await ws.send(message)

    if "full" in request.query:
        return Response.json({"error": "full"}, status=503)
    return Response.upgrade(session, subprotocol="chat" if "chat" in request.subprotocols else None)


app = App(talk)
