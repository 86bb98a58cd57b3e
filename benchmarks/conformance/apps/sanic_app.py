"""Sanic."""

from __future__ import annotations

import asyncio

from sanic import HTTPResponse, Request, Sanic, Websocket
from sanic.exceptions import SanicException
from sanic.response import file as file_response
from sanic.response import json, text

from benchmarks.conformance.texts import CHUNK, CHUNKS, FILE, HELLO, PAUSE, TICK, TICKS

app = Sanic("conformance")


@app.before_server_start
async def startup(app: Sanic) -> None:
    app.ctx.greeting = HELLO


@app.get("/")
async def home(request: Request) -> HTTPResponse:
    return text(HELLO)


@app.get("/items/<id:int>")
async def item(request: Request, id: int) -> HTTPResponse:
    return json({"id": id, "name": "tea"})


@app.post("/items")
async def add(request: Request) -> HTTPResponse:
    sent = request.json
    if not isinstance(sent, dict) or not isinstance(sent.get("name"), str):
        raise SanicException("an item has a name", status_code=422)
    return json({"name": sent["name"]})


@app.post("/form")
async def form(request: Request) -> HTTPResponse:
    upload = request.files.get("upload")
    return json({"name": request.form.get("name"), "size": 0 if upload is None else len(upload.body)})


@app.get("/stream")
async def stream(request: Request) -> None:
    response = await request.respond(content_type="text/plain")
    for _ in range(CHUNKS):
        await response.send(CHUNK)
        await asyncio.sleep(PAUSE)
    await response.eof()


@app.get("/endless")
async def endless(request: Request) -> None:
    response = await request.respond(content_type="text/plain")
    for _ in range(TICKS):
        await response.send(CHUNK)
        await asyncio.sleep(TICK)
    await response.eof()


@app.get("/events")
async def events(request: Request) -> None:
    response = await request.respond(content_type="text/event-stream")
    for number in range(TICKS):
        await response.send(f"data: {number}\n\n")
        await asyncio.sleep(TICK)
    await response.eof()


@app.get("/file")
async def file(request: Request) -> HTTPResponse:
    return await file_response(FILE)


@app.websocket("/ws")
async def echo(request: Request, ws: Websocket) -> None:
    while True:
        data = await ws.recv()
        if data is None:
            break
        await ws.send(data)


@app.on_response
async def cors(request: Request, response: HTTPResponse) -> None:
    response.headers["vary"] = "origin"
