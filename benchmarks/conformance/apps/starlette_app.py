"""Starlette."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TypedDict

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, PlainTextResponse, StreamingResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from benchmarks.conformance.texts import CHUNK, CHUNKS, FILE, HELLO, ORIGIN, PAUSE, TICK, TICKS


class State(TypedDict):
    greeting: str


@asynccontextmanager
async def lifespan(app: Starlette) -> AsyncIterator[State]:
    yield {"greeting": HELLO}


async def home(request: Request) -> PlainTextResponse:
    return PlainTextResponse(HELLO)


async def item(request: Request) -> JSONResponse:
    return JSONResponse({"id": request.path_params["id"], "name": "tea"})


async def add(request: Request) -> JSONResponse:
    try:
        sent = await request.json()
    except ValueError:
        raise HTTPException(400, "not JSON") from None
    if not isinstance(sent, dict) or not isinstance(sent.get("name"), str):
        raise HTTPException(422, "an item has a name")
    return JSONResponse({"name": sent["name"]})


async def form(request: Request) -> JSONResponse:
    async with request.form() as sent:
        upload = sent.get("upload")
        size = 0 if upload is None or isinstance(upload, str) else len(await upload.read())
        return JSONResponse({"name": sent.get("name"), "size": size})


async def stream(request: Request) -> StreamingResponse:
    async def chunks() -> AsyncIterator[str]:
        for _ in range(CHUNKS):
            yield CHUNK
            await asyncio.sleep(PAUSE)

    return StreamingResponse(chunks(), media_type="text/plain")


async def endless(request: Request) -> StreamingResponse:
    async def chunks() -> AsyncIterator[str]:
        for _ in range(TICKS):
            yield CHUNK
            await asyncio.sleep(TICK)

    return StreamingResponse(chunks(), media_type="text/plain")


async def events(request: Request) -> StreamingResponse:
    async def ticks() -> AsyncIterator[str]:
        for number in range(TICKS):
            yield f"data: {number}\n\n"
            await asyncio.sleep(TICK)

    return StreamingResponse(ticks(), media_type="text/event-stream")


async def file(request: Request) -> FileResponse:
    return FileResponse(FILE)


async def echo(websocket: WebSocket) -> None:
    await websocket.accept()
    try:
        while True:
            message = await websocket.receive()
            if message["type"] == "websocket.disconnect":
                break
            if message.get("text") is not None:
                await websocket.send_text(message["text"])
            else:
                await websocket.send_bytes(message["bytes"])
    except WebSocketDisconnect:
        pass


async def echo_text(websocket: WebSocket) -> None:
    await websocket.accept()
    async for text in websocket.iter_text():
        await websocket.send_text(text)


app = Starlette(
    routes=[
        Route("/", home),
        Route("/items/{id:int}", item),
        Route("/items", add, methods=["POST"]),
        Route("/form", form, methods=["POST"]),
        Route("/stream", stream),
        Route("/endless", endless),
        Route("/events", events),
        Route("/file", file),
        WebSocketRoute("/ws", echo_text),
        WebSocketRoute("/raw-ws", echo),
    ],
    middleware=[Middleware(CORSMiddleware, allow_origins=[ORIGIN]), Middleware(GZipMiddleware, minimum_size=1000)],
    lifespan=lifespan,
)
