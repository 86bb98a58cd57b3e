"""FastAPI."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, TypedDict

from fastapi import FastAPI, File, Form, UploadFile, WebSocket
from fastapi.middleware.cors import CORSMiddleware
from fastapi.middleware.gzip import GZipMiddleware
from fastapi.responses import FileResponse, PlainTextResponse, StreamingResponse
from pydantic import BaseModel
from starlette.websockets import WebSocketDisconnect

from benchmarks.conformance.texts import CHUNK, CHUNKS, FILE, HELLO, ORIGIN, PAUSE, TICK, TICKS


class State(TypedDict):
    greeting: str


class Item(BaseModel):
    name: str


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[State]:
    yield {"greeting": HELLO}


app = FastAPI(lifespan=lifespan)
app.add_middleware(GZipMiddleware, minimum_size=1000)
app.add_middleware(CORSMiddleware, allow_origins=[ORIGIN])


@app.get("/", response_class=PlainTextResponse)
async def home() -> str:
    return HELLO


@app.get("/items/{id}")
async def item(id: int) -> dict[str, object]:
    return {"id": id, "name": "tea"}


@app.post("/items")
async def add(item: Item) -> Item:
    return item


@app.post("/form")
async def form(name: Annotated[str, Form()], upload: Annotated[UploadFile | None, File()] = None) -> dict[str, object]:
    return {"name": name, "size": 0 if upload is None else len(await upload.read())}


@app.get("/stream")
async def stream() -> StreamingResponse:
    async def chunks() -> AsyncIterator[str]:
        for _ in range(CHUNKS):
            yield CHUNK
            await asyncio.sleep(PAUSE)

    return StreamingResponse(chunks(), media_type="text/plain")


@app.get("/endless")
async def endless() -> StreamingResponse:
    async def chunks() -> AsyncIterator[str]:
        for _ in range(TICKS):
            yield CHUNK
            await asyncio.sleep(TICK)

    return StreamingResponse(chunks(), media_type="text/plain")


@app.get("/events")
async def events() -> StreamingResponse:
    async def ticks() -> AsyncIterator[str]:
        for number in range(TICKS):
            yield f"data: {number}\n\n"
            await asyncio.sleep(TICK)

    return StreamingResponse(ticks(), media_type="text/event-stream")


@app.get("/file")
async def file() -> FileResponse:
    return FileResponse(FILE)


@app.websocket("/ws")
async def echo(websocket: WebSocket) -> None:
    await websocket.accept()
    try:
        while True:
            await websocket.send_text(await websocket.receive_text())
    except WebSocketDisconnect:
        pass
