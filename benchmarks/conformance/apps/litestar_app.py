"""Litestar."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from litestar import Litestar, MediaType, Request, get, post, websocket_listener
from litestar.config.compression import CompressionConfig
from litestar.config.cors import CORSConfig
from litestar.datastructures import UploadFile
from litestar.params import JSONBody
from litestar.response import File, ServerSentEvent, Stream

from benchmarks.conformance.texts import CHUNK, CHUNKS, FILE, HELLO, ORIGIN, PAUSE, TICK, TICKS


@dataclass
class Item:
    name: str


@asynccontextmanager
async def lifespan(app: Litestar) -> AsyncGenerator[None]:
    app.state.greeting = HELLO
    yield


@get("/", media_type=MediaType.TEXT)
async def home() -> str:
    return HELLO


@get("/items/{id:int}")
async def item(id: int) -> dict[str, object]:
    return {"id": id, "name": "tea"}


@post("/items", status_code=200)
async def add(data: JSONBody[Item]) -> Item:
    return data


@post("/form", status_code=200)
async def form(request: Request) -> dict[str, object]:
    sent = await request.form()
    upload = sent.get("upload")
    return {"name": sent.get("name"), "size": len(await upload.read()) if isinstance(upload, UploadFile) else 0}


@get("/stream")
async def stream() -> Stream:
    async def chunks() -> AsyncIterator[str]:
        for _ in range(CHUNKS):
            yield CHUNK
            await asyncio.sleep(PAUSE)

    return Stream(chunks(), media_type="text/plain")


@get("/endless")
async def endless() -> Stream:
    async def chunks() -> AsyncIterator[str]:
        for _ in range(TICKS):
            yield CHUNK
            await asyncio.sleep(TICK)

    return Stream(chunks(), media_type="text/plain")


@get("/events")
async def events() -> ServerSentEvent:
    async def ticks() -> AsyncIterator[str]:
        for number in range(TICKS):
            yield str(number)
            await asyncio.sleep(TICK)

    return ServerSentEvent(ticks())


@get("/file")
async def file() -> File:
    return File(FILE)


@websocket_listener("/ws")
async def echo(data: str) -> str:
    return data


app = Litestar(
    [home, item, add, form, stream, endless, events, file, echo],
    lifespan=[lifespan],
    cors_config=CORSConfig(allow_origins=[ORIGIN]),
    compression_config=CompressionConfig(backend="gzip", minimum_size=1000),
)
