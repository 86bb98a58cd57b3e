"""The same small application in every framework: what is mounted has to work as it does alone.

GET /hello/{name}     text, with the root path and what the lifespan gave
POST /echo            the body
GET /stream           three chunks
GET /boom             an error nobody handles
WS  /ws               echoes text in upper case
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import anyio
import anyio.lowlevel
from django.core.asgi import get_asgi_application
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpResponse, StreamingHttpResponse
from django.urls import path as django_path
from django.views.decorators.csrf import csrf_exempt
from fastapi import FastAPI
from fastapi import Request as FastAPIRequest
from fastapi import WebSocket as FastAPIWebSocket
from fastapi.responses import PlainTextResponse as FastAPIText
from fastapi.responses import StreamingResponse as FastAPIStream
from flask import Flask, stream_with_context
from flask import request as flask_request
from litestar import Litestar
from litestar import Request as LitestarRequest
from litestar import WebSocket as LitestarWebSocket
from litestar import get as litestar_get
from litestar import post as litestar_post
from litestar import websocket as litestar_websocket
from litestar.datastructures import State as LitestarState
from litestar.params import FromPath
from litestar.response import Stream as LitestarStream
from quart import Quart
from quart import request as quart_request
from quart import websocket as quart_websocket
from starlette.applications import Starlette
from starlette.requests import Request as StarletteRequest
from starlette.responses import PlainTextResponse, StreamingResponse
from starlette.routing import Route as StarletteRoute
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket as StarletteWebSocket

from asgikit import App, Request, Response, Router, get, mount, root
from asgikit.middleware.compress import compress
from asgikit.wsgi import from_wsgi
from tests.interop import django_settings  # noqa: F401  # before its handler


async def chunks() -> AsyncIterator[bytes]:
    for n in range(3):
        yield f"chunk {n}\n".encode()
        await anyio.lowlevel.checkpoint()


# Starlette


@asynccontextmanager
async def starlette_lifespan(app: object) -> AsyncIterator[dict[str, str]]:
    yield {"db": "starlette db"}


async def starlette_hello(request: StarletteRequest) -> PlainTextResponse:
    return PlainTextResponse(f"{request.path_params['name']} {request.scope['root_path']} {request.state.db}")


async def starlette_echo(request: StarletteRequest) -> PlainTextResponse:
    return PlainTextResponse(await request.body())


async def starlette_stream(request: StarletteRequest) -> StreamingResponse:
    return StreamingResponse(chunks())


async def starlette_boom(request: StarletteRequest) -> PlainTextResponse:
    raise ValueError("boom")


async def starlette_ws(socket: StarletteWebSocket) -> None:
    """Answers text, and leaves bytes alone, which iter_text() fails at."""
    await socket.accept()
    while (message := await socket.receive())["type"] == "websocket.receive":
        if (text := message.get("text")) is not None:
            await socket.send_text(text.upper())


starlette_app = Starlette(
    routes=[
        StarletteRoute("/hello/{name}", starlette_hello),
        StarletteRoute("/echo", starlette_echo, methods=["POST"]),
        StarletteRoute("/stream", starlette_stream),
        StarletteRoute("/boom", starlette_boom),
        WebSocketRoute("/ws", starlette_ws),
    ],
    lifespan=starlette_lifespan,
)

# FastAPI

fastapi_app = FastAPI(lifespan=starlette_lifespan)


@fastapi_app.get("/hello/{name}")
async def fastapi_hello(name: str, request: FastAPIRequest) -> FastAPIText:
    return FastAPIText(f"{name} {request.scope['root_path']} {request.state.db}")


@fastapi_app.post("/echo")
async def fastapi_echo(request: FastAPIRequest) -> FastAPIText:
    return FastAPIText(await request.body())


@fastapi_app.get("/stream")
async def fastapi_stream() -> FastAPIStream:
    return FastAPIStream(chunks())


@fastapi_app.get("/boom")
async def fastapi_boom() -> None:
    raise ValueError("boom")


@fastapi_app.websocket("/ws")
async def fastapi_ws(socket: FastAPIWebSocket) -> None:
    await socket.accept()
    async for text in socket.iter_text():
        await socket.send_text(text.upper())


# Litestar


@asynccontextmanager
async def litestar_lifespan(app: Litestar) -> AsyncIterator[None]:
    app.state.db = "litestar db"
    yield


@litestar_get("/hello/{name:str}", media_type="text/plain")
async def litestar_hello(name: FromPath[str], request: LitestarRequest[Any, Any, LitestarState]) -> str:
    return f"{name} {request.scope['root_path']} {request.app.state.db}"


@litestar_post("/echo", media_type="text/plain", status_code=200)
async def litestar_echo(request: LitestarRequest[Any, Any, LitestarState]) -> bytes:
    return await request.body()


@litestar_get("/stream")
async def litestar_stream() -> LitestarStream:
    return LitestarStream(chunks())


@litestar_get("/boom")
async def litestar_boom() -> None:
    raise ValueError("boom")


@litestar_websocket("/ws")
async def litestar_ws(socket: LitestarWebSocket[Any, Any, LitestarState]) -> None:
    await socket.accept()
    async for text in socket.iter_data():
        await socket.send_text(text.upper())


litestar_app = Litestar(
    [litestar_hello, litestar_echo, litestar_stream, litestar_boom, litestar_ws],
    lifespan=[litestar_lifespan],
    openapi_config=None,
)

# Quart

quart_app = Quart(__name__)
quart_db: dict[str, str] = {}


@quart_app.before_serving
async def quart_start() -> None:
    quart_db["db"] = "quart db"


@quart_app.get("/hello/<name>")
async def quart_hello(name: str) -> str:
    return f"{name} {quart_request.root_path} {quart_db['db']}"


@quart_app.post("/echo")
async def quart_echo() -> bytes:
    data: bytes = await quart_request.get_data()
    return data


@quart_app.get("/stream")
async def quart_stream() -> AsyncIterator[bytes]:
    return chunks()


@quart_app.get("/boom")
async def quart_boom() -> str:
    raise ValueError("boom")


@quart_app.websocket("/ws")
async def quart_ws() -> None:
    while True:
        await quart_websocket.send((await quart_websocket.receive()).upper())


# Django, which has no lifespan and no WebSockets


async def django_hello(request: ASGIRequest, name: str) -> HttpResponse:
    return HttpResponse(f"{name} {request.META['SCRIPT_NAME']} no db", content_type="text/plain")


@csrf_exempt
async def django_echo(request: ASGIRequest) -> HttpResponse:
    return HttpResponse(request.body)


async def django_chunks() -> AsyncIterator[bytes]:
    for n in range(3):
        yield f"chunk {n}\n".encode()
        await asyncio.sleep(0)


async def django_stream(request: ASGIRequest) -> StreamingHttpResponse:
    return StreamingHttpResponse(django_chunks())


async def django_boom(request: ASGIRequest) -> HttpResponse:
    raise ValueError("boom")


urlpatterns = [
    django_path("hello/<name>", django_hello),
    django_path("echo", django_echo),
    django_path("stream", django_stream),
    django_path("boom", django_boom),
]
django_app = get_asgi_application()

# Flask, through WSGI

flask_app = Flask(__name__)


@flask_app.get("/hello/<name>")
def flask_hello(name: str) -> str:
    return f"{name} {flask_request.root_path} no db"


@flask_app.post("/echo")
def flask_echo() -> bytes:
    return flask_request.get_data()


@flask_app.get("/stream")
def flask_stream() -> Any:
    return stream_with_context(f"chunk {n}\n".encode() for n in range(3))


@flask_app.get("/boom")
def flask_boom() -> str:
    raise ValueError("boom")


@get(root / "starlette" / "own")
async def own(request: Request[None]) -> Response:
    return Response.text("taken over")


routes = Router(
    mount(root / "starlette", starlette_app),
    mount(root / "fastapi", fastapi_app),
    mount(root / "litestar", litestar_app),
    mount(root / "quart", quart_app),
    mount(root / "django", django_app),
    mount(root / "flask", from_wsgi(flask_app)),
    own,
).wrap(compress())
app = App(routes)

trio_app = App(Router(mount(root / "starlette", starlette_app), mount(root / "flask", from_wsgi(flask_app)), own))
"""For a server on trio, where the others do not run."""
