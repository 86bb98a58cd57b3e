"""asgikit."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import anyio

from asgikit import App, Request, Response, Router, WebSocket, get, json, param, post, root, websocket
from asgikit.http.sse import ServerSentEvent
from asgikit.middleware.compress import compress
from asgikit.middleware.cors import cors
from benchmarks.conformance.texts import CHUNK, CHUNKS, FILE, HELLO, ORIGIN, PAUSE, TICK, TICKS


@dataclass(frozen=True)
class Item:
    name: str


@dataclass(frozen=True)
class State:
    greeting: str


@asynccontextmanager
async def lifespan() -> AsyncGenerator[State]:
    yield State(HELLO)


@get(root)
async def home(request: Request[State]) -> Response:
    return Response.text(request.state.greeting)


@get(root / "items" / param("id", int))
async def item(request: Request[object], id: int) -> Response:
    return Response.json({"id": id, "name": "tea"})


@post(root / "items").takes(json(Item))
async def add(request: Request[object], sent: Item) -> Response:
    return Response.json({"name": sent.name})


@post(root / "form")
async def form(request: Request[object]) -> Response:
    sent = await request.form()
    upload = sent.file("upload")
    return Response.json({"name": sent.get("name"), "size": 0 if upload is None else upload.size})


@get(root / "stream")
async def stream(request: Request[object]) -> Response:
    async def chunks() -> AsyncIterator[str]:
        for _ in range(CHUNKS):
            yield CHUNK
            await anyio.sleep(PAUSE)

    return Response.stream(chunks(), content_type="text/plain")


@get(root / "endless")
async def endless(request: Request[object]) -> Response:
    async def chunks() -> AsyncIterator[str]:
        for _ in range(TICKS):
            yield CHUNK
            await anyio.sleep(TICK)

    return Response.stream(chunks(), content_type="text/plain")


@get(root / "events")
async def events(request: Request[object]) -> Response:
    async def ticks() -> AsyncIterator[ServerSentEvent]:
        for number in range(TICKS):
            yield ServerSentEvent(str(number))
            await anyio.sleep(TICK)

    return Response.sse(ticks())


@get(root / "file")
async def file(request: Request[object]) -> Response:
    return await Response.file(FILE)


@websocket(root / "ws")
async def echo(request: Request[object]) -> Response:
    async def session(ws: WebSocket[str | bytes, str | bytes]) -> None:
        async for message in ws:
            await ws.send(message)

    return Response.upgrade(session)


router = Router(home, item, add, form, stream, endless, events, file, echo)
app = App[State](router.wrap(compress(minimum_size=1000)).wrap(cors([ORIGIN])), lifespan=lifespan)
