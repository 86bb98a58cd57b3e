"""Starlette with python-multipart: `request.form()`, FileResponse, StaticFiles, StreamingResponse; events by sse-starlette."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

from sse_starlette import EventSourceResponse, JSONServerSentEvent, ServerSentEvent
from starlette.applications import Starlette
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from benchmarks.bodies.payloads import EVENTS, value
from benchmarks.scenarios import ASGIApp


async def named() -> AsyncIterator[ServerSentEvent]:
    """Events with a name and an id."""
    for number in range(EVENTS):
        yield ServerSentEvent(f"this is event {number}", event="tick", id=str(number))


async def valued() -> AsyncIterator[JSONServerSentEvent]:
    """Events of JSON."""
    for number in range(EVENTS):
        yield JSONServerSentEvent(value(number))


async def plain() -> AsyncIterator[str]:
    """Strings."""
    for number in range(EVENTS):
        yield f"data: this is event {number}\n\n"


async def _upload(request: Request) -> Response:
    async with request.form() as form:
        file = form["file"]
        return PlainTextResponse(str(file.size if isinstance(file, UploadFile) else None))


async def read_fields(request: Request) -> PlainTextResponse:
    """Counts the fields of a form."""
    async with request.form() as form:
        return PlainTextResponse(f"{len(form.multi_items())} {form['field-99']}")


async def _events(request: Request) -> Response:
    return EventSourceResponse(named())


async def _values(request: Request) -> Response:
    return EventSourceResponse(valued())


async def _chunks(request: Request) -> Response:
    return StreamingResponse(plain(), media_type="text/event-stream")


def _at(handler: Callable[[Request], Awaitable[Response]], method: str = "GET") -> ASGIApp:
    return Starlette(routes=[Route("/", handler, methods=[method])])


def upload() -> ASGIApp:
    """The form, its file spooled to the disk."""
    return _at(_upload, "POST")


def parts() -> ASGIApp:
    """Has no such thing: the whole form, for others to be compared with."""
    return upload()


def form() -> ASGIApp:
    """The form."""
    return _at(read_fields, "POST")


def file(file: Path) -> ASGIApp:
    """A response with a file."""

    async def one(request: Request) -> Response:
        return FileResponse(file)

    return Starlette(routes=[Route(f"/static/{file.name}", one)])


def static(directory: Path) -> ASGIApp:
    """A directory."""
    return Starlette(routes=[Mount("/static", StaticFiles(directory=directory))])


def ranged(directory: Path) -> ASGIApp:
    """The same."""
    return static(directory)


def events() -> ASGIApp:
    """Events of sse-starlette."""
    return _at(_events)


def values() -> ASGIApp:
    """The same."""
    return _at(_values)


def chunks() -> ASGIApp:
    """A stream."""
    return _at(_chunks)
