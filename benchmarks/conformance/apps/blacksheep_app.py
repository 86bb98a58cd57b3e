"""BlackSheep."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

from blacksheep import Application, FromJSON, Request, Response, StreamedContent, WebSocket, WebSocketDisconnectError, json, text
from blacksheep import file as file_response
from blacksheep.server.compression import use_gzip_compression
from blacksheep.server.sse import ServerSentEvent

from benchmarks.conformance.texts import CHUNK, CHUNKS, FILE, HELLO, ORIGIN, PAUSE, TICK, TICKS

app = Application()
app.use_cors(allow_methods="*", allow_origins=ORIGIN)
use_gzip_compression(app)


@dataclass
class Item:
    name: str


@app.on_start
async def startup(application: Application) -> None:
    application.greeting = HELLO


@app.router.get("/")
async def home() -> Response:
    return text(HELLO)


@app.router.get("/items/{int:id}")
async def item(id: int) -> Response:
    return json({"id": id, "name": "tea"})


@app.router.post("/items")
async def add(data: FromJSON[Item]) -> Response:
    return json({"name": data.value.name})


@app.router.post("/form")
async def form(request: Request) -> Response:
    sent = await request.form() or {}
    files = await request.files("upload") if request.declares_content_type(b"multipart") else []
    return json({"name": sent.get("name"), "size": sum(len(part.data) for part in files)})


@app.router.get("/stream")
async def stream() -> Response:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(CHUNKS):
            yield CHUNK.encode()
            await asyncio.sleep(PAUSE)

    return Response(200, content=StreamedContent(b"text/plain", chunks))


@app.router.get("/endless")
async def endless() -> Response:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(TICKS):
            yield CHUNK.encode()
            await asyncio.sleep(TICK)

    return Response(200, content=StreamedContent(b"text/plain", chunks))


@app.router.get("/events")
async def events() -> AsyncIterator[ServerSentEvent]:
    for number in range(TICKS):
        yield ServerSentEvent(number)
        await asyncio.sleep(TICK)


@app.router.get("/file")
async def file() -> Response:
    return file_response(str(FILE), "text/plain")


@app.router.ws("/ws")
async def echo(websocket: WebSocket) -> None:
    await websocket.accept()
    try:
        while True:
            await websocket.send_text(await websocket.receive_text())
    except WebSocketDisconnectError:
        pass


async def with_tuples(scope, receive, send) -> None:
    """The application behind a server whose header pairs are tuples, as those of most servers are."""
    if "headers" in scope:
        scope = {**scope, "headers": [tuple(pair) for pair in scope["headers"]]}
    await app(scope, receive, send)
