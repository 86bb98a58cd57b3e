"""FastAPI: UploadFile as a parameter, FileResponse, StaticFiles, EventSourceResponse with `yield`."""

from collections.abc import AsyncIterable
from pathlib import Path

from fastapi import FastAPI, Request, UploadFile
from fastapi.responses import FileResponse, PlainTextResponse, StreamingResponse
from fastapi.sse import EventSourceResponse, ServerSentEvent
from fastapi.staticfiles import StaticFiles
from pydantic import BaseModel

from benchmarks.bodies.payloads import EVENTS
from benchmarks.bodies.with_starlette import plain, read_fields
from benchmarks.scenarios import ASGIApp


class Item(BaseModel):
    """What an event carries as JSON."""

    number: int
    text: str


async def _upload(file: UploadFile) -> PlainTextResponse:
    return PlainTextResponse(str(file.size))


async def _form(request: Request) -> PlainTextResponse:
    return await read_fields(request)


async def _events() -> AsyncIterable[ServerSentEvent]:
    for number in range(EVENTS):
        yield ServerSentEvent(raw_data=f"this is event {number}", event="tick", id=str(number))


async def _values() -> AsyncIterable[Item]:
    for number in range(EVENTS):
        yield Item(number=number, text=f"this is event {number}")


async def _chunks() -> StreamingResponse:
    return StreamingResponse(plain(), media_type="text/event-stream")


def _app() -> FastAPI:
    return FastAPI(openapi_url=None, telemetry={"tracing": False, "metrics": False, "logs": False})


def upload() -> ASGIApp:
    """A file as a parameter, spooled to the disk."""
    app = _app()
    app.post("/")(_upload)
    return app


def parts() -> None:
    """Has no such thing."""


def form() -> ASGIApp:
    """The form of the request, as for fields that are not known before."""
    app = _app()
    app.post("/")(_form)
    return app


def file(file: Path) -> ASGIApp:
    """A response with a file."""
    app = _app()

    async def one() -> FileResponse:
        return FileResponse(file)

    app.get(f"/static/{file.name}")(one)
    return app


def static(directory: Path) -> ASGIApp:
    """A directory."""
    app = _app()
    app.mount("/static", StaticFiles(directory=directory))
    return app


def ranged(directory: Path) -> ASGIApp:
    """The same."""
    return static(directory)


def events() -> ASGIApp:
    """Events of its own."""
    app = _app()
    app.get("/", response_class=EventSourceResponse)(_events)
    return app


def values() -> ASGIApp:
    """Models."""
    app = _app()
    app.get("/", response_class=EventSourceResponse)(_values)
    return app


def chunks() -> ASGIApp:
    """A stream."""
    app = _app()
    app.get("/")(_chunks)
    return app
