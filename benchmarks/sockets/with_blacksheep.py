"""BlackSheep: `router.ws`, `receive_text`, `send_text`."""

from blacksheep import Application, Router, WebSocket, WebSocketDisconnectError

from benchmarks.scenarios import ASGIApp


def echo() -> ASGIApp:
    """Every message back."""
    app = Application(router=Router())

    @app.router.ws("/ws")
    async def open(websocket: WebSocket) -> None:
        await websocket.accept()
        try:
            while True:
                await websocket.send_text(await websocket.receive_text())
        except WebSocketDisconnectError:
            pass

    return app


def room() -> ASGIApp:
    """Every message to all."""
    app = Application(router=Router())
    members: set[WebSocket] = set()

    @app.router.ws("/ws")
    async def join(websocket: WebSocket) -> None:
        await websocket.accept()
        members.add(websocket)
        try:
            while True:
                message = await websocket.receive_text()
                for member in tuple(members):
                    await member.send_text(message)
        except WebSocketDisconnectError:
            members.discard(websocket)

    return app
