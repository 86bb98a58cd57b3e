"""An application that is watched by all that watches, and tells what was seen."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import anyio
from prometheus_client import CollectorRegistry

from asgikit import App, Request, Response, Router, WebSocket, get, mount, post, root, websocket
from asgikit.middleware.access_log import access_log
from asgikit.middleware.metrics import metrics, metrics_endpoint
from asgikit.middleware.request_id import RequestIdFilter, current_request_id, request_id
from asgikit.middleware.server_timing import server_timing
from asgikit.middleware.tracing import tracing


class Records(logging.Handler):
    """Keeps what is logged, and tells who waits for it."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[Any] = []
        self.news: anyio.Event | None = None
        self.addFilter(RequestIdFilter())

    def emit(self, record: logging.LogRecord) -> None:
        self.found.append(record)
        if self.news is not None:
            self.news.set()


records = Records()
logger = logging.getLogger("asgikit.access")
logger.setLevel(logging.INFO)
logger.addHandler(records)
registry = CollectorRegistry()


async def foreign(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    for _ in range(3):
        await send({"type": "http.response.body", "body": b"abc", "more_body": True})
    await send({"type": "http.response.body", "body": b""})


@get(root / "stream")
async def stream(request: Request[object]) -> Response:
    async def chunks() -> AsyncIterator[bytes]:
        while True:
            yield b"x" * 1000
            await anyio.sleep(0.01)

    return Response.stream(chunks())


@post(root / "upload")
async def upload(request: Request[object]) -> Response:
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
    return Response.text(f"{size} {current_request_id() == request.id}")


@websocket(root / "ws", origins="*")
async def socket(request: Request[object]) -> Response:
    async def session(ws: WebSocket[str | bytes, str | bytes]) -> None:
        async for message in ws:
            await ws.send(message)

    return Response.upgrade(session)


@get(root / "bare")
async def bare(request: Request[object]) -> Response:
    return Response.text(str(current_request_id()))


@get(root / "logged")
async def logged(request: Request[object]) -> Response:
    """The fields of a path's lines, once there is one."""
    while not (found := [record for record in records.found if record.path == request.query["path"]]):
        records.news = anyio.Event()
        await records.news.wait()
    names = ("status", "size", "ending", "route", "code", "request_id", "duration", "client")
    return Response.json({name: found[-1].__dict__.get(name) for name in names})


watched = Router(stream, upload, socket, mount(root / "foreign", foreign, lifespan="off"))
watched = watched.wrap(metrics(registry)).wrap(tracing()).wrap(server_timing("all")).wrap(access_log()).wrap(request_id())
show: Callable[[Request[object]], Awaitable[Response]] = metrics_endpoint(registry)
app = App(Router(watched, bare, logged, get(root / "metrics")(show)))
