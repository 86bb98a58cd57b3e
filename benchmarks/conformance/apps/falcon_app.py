"""Falcon."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import falcon
import falcon.asgi
from falcon.asgi import Request, Response, SSEvent, WebSocket

from benchmarks.conformance.texts import CHUNK, CHUNKS, FILE, HELLO, ORIGIN, PAUSE, TICK, TICKS


class Greeting:
    async def process_startup(self, scope: dict[str, object], event: dict[str, object]) -> None:
        self.greeting = HELLO

    async def process_shutdown(self, scope: dict[str, object], event: dict[str, object]) -> None:
        self.greeting = ""


class Home:
    async def on_get(self, req: Request, resp: Response) -> None:
        resp.content_type = falcon.MEDIA_TEXT
        resp.text = HELLO


class Item:
    async def on_get(self, req: Request, resp: Response, id: int) -> None:
        resp.media = {"id": id, "name": "tea"}


class Items:
    async def on_post(self, req: Request, resp: Response) -> None:
        sent = await req.get_media()
        if not isinstance(sent, dict) or not isinstance(sent.get("name"), str):
            raise falcon.HTTPUnprocessableEntity(description="an item has a name")
        resp.media = {"name": sent["name"]}


class Form:
    async def on_post(self, req: Request, resp: Response) -> None:
        name, size = None, 0
        sent = await req.get_media()
        if isinstance(sent, dict):
            name = sent.get("name")
        else:
            async for part in sent:
                if part.name == "name":
                    name = await part.text
                elif part.name == "upload":
                    size = len(await part.stream.read())
        resp.media = {"name": name, "size": size}


class Stream:
    async def on_get(self, req: Request, resp: Response) -> None:
        async def chunks() -> AsyncIterator[bytes]:
            for _ in range(CHUNKS):
                yield CHUNK.encode()
                await asyncio.sleep(PAUSE)

        resp.content_type = falcon.MEDIA_TEXT
        resp.stream = chunks()


class Endless:
    async def on_get(self, req: Request, resp: Response) -> None:
        async def chunks() -> AsyncIterator[bytes]:
            for _ in range(TICKS):
                yield CHUNK.encode()
                await asyncio.sleep(TICK)

        resp.content_type = falcon.MEDIA_TEXT
        resp.stream = chunks()


class Events:
    async def on_get(self, req: Request, resp: Response) -> None:
        async def ticks() -> AsyncIterator[SSEvent]:
            for number in range(TICKS):
                yield SSEvent(text=str(number))
                await asyncio.sleep(TICK)

        resp.sse = ticks()


class Echo:
    async def on_websocket(self, req: Request, ws: WebSocket) -> None:
        try:
            await ws.accept()
            while True:
                await ws.send_text(await ws.receive_text())
        except falcon.WebSocketDisconnected:
            pass


app = falcon.asgi.App(middleware=[Greeting(), falcon.CORSMiddleware(allow_origins=ORIGIN)])
app.add_route("/", Home())
app.add_route("/items/{id:int}", Item())
app.add_route("/items", Items())
app.add_route("/form", Form())
app.add_route("/stream", Stream())
app.add_route("/endless", Endless())
app.add_route("/events", Events())
app.add_route("/ws", Echo())
app.add_static_route("/file", str(FILE.parent))
