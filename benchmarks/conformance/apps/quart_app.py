"""Quart."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from quart import Quart, Response, request, send_file, websocket

from benchmarks.conformance.texts import CHUNK, CHUNKS, FILE, HELLO, PAUSE, TICK, TICKS

app = Quart(__name__)


@app.before_serving
async def startup() -> None:
    app.config["GREETING"] = HELLO


@app.get("/")
async def home() -> Response:
    return Response(HELLO, mimetype="text/plain")


@app.get("/items/<int:id>")
async def item(id: int) -> dict[str, object]:
    return {"id": id, "name": "tea"}


@app.post("/items")
async def add() -> tuple[dict[str, object], int]:
    sent = await request.get_json()
    if not isinstance(sent, dict) or not isinstance(sent.get("name"), str):
        return {"error": "an item has a name"}, 422
    return {"name": sent["name"]}, 200


@app.post("/form")
async def form() -> dict[str, object]:
    sent, files = await request.form, await request.files
    upload = files.get("upload")
    return {"name": sent.get("name"), "size": 0 if upload is None else len(upload.read())}


@app.get("/stream")
async def stream() -> Response:
    async def chunks() -> AsyncIterator[str]:
        for _ in range(CHUNKS):
            yield CHUNK
            await asyncio.sleep(PAUSE)

    return Response(chunks(), mimetype="text/plain")


@app.get("/endless")
async def endless() -> Response:
    async def chunks() -> AsyncIterator[str]:
        for _ in range(TICKS):
            yield CHUNK
            await asyncio.sleep(TICK)

    response = Response(chunks(), mimetype="text/plain")
    response.timeout = None
    return response


@app.get("/events")
async def events() -> Response:
    async def ticks() -> AsyncIterator[bytes]:
        for number in range(TICKS):
            yield f"data: {number}\n\n".encode()
            await asyncio.sleep(TICK)

    response = Response(ticks(), mimetype="text/event-stream")
    response.timeout = None
    return response


@app.get("/file")
async def file() -> Response:
    return await send_file(FILE)


@app.websocket("/ws")
async def echo() -> None:
    while True:
        await websocket.send(await websocket.receive())


@app.after_request
async def cors(response: Response) -> Response:
    response.headers["Vary"] = "Origin"
    return response
