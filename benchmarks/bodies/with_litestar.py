"""Litestar: `request.form()`, File, a router of static files, ServerSentEvent, Stream."""

import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from litestar import Litestar, MediaType, Request, get, post
from litestar.datastructures import UploadFile
from litestar.response import File, ServerSentEvent, ServerSentEventMessage, Stream
from litestar.serialization import encode_json

from benchmarks.bodies.payloads import EVENTS, LIMIT, value


@post("/", media_type=MediaType.TEXT, status_code=200)
async def _upload(request: Request[Any, Any, Any]) -> str:
    file = (await request.form())["file"]
    # It does not count: the way to know is to go to the end.
    return str(file.file.seek(0, os.SEEK_END) if isinstance(file, UploadFile) else None)


@post("/", media_type=MediaType.TEXT, status_code=200)
async def _form(request: Request[Any, Any, Any]) -> str:
    form = await request.form()
    return f"{len(form)} {form['field-99']}"


async def _named() -> AsyncIterator[ServerSentEventMessage]:
    for number in range(EVENTS):
        yield ServerSentEventMessage(f"this is event {number}", event="tick", id=str(number))


async def _valued() -> AsyncIterator[ServerSentEventMessage]:
    for number in range(EVENTS):
        yield ServerSentEventMessage(encode_json(value(number)))


async def _plain() -> AsyncIterator[str]:
    for number in range(EVENTS):
        yield f"data: this is event {number}\n\n"


@get("/")
async def _events() -> ServerSentEvent:
    return ServerSentEvent(_named())


@get("/")
async def _values() -> ServerSentEvent:
    return ServerSentEvent(_valued())


@get("/")
async def _chunks() -> Stream:
    return Stream(_plain(), media_type="text/event-stream")


def _app(handler: Any) -> Litestar:
    return Litestar([handler], openapi_config=None, logging_config=None, request_max_body_size=LIMIT)


def upload() -> Litestar:
    """The form, its file spooled to the disk."""
    return _app(_upload)


def parts() -> None:
    """Has no such thing."""


def form() -> Litestar:
    """The form."""
    return _app(_form)


def file(file: Path) -> Litestar:
    """A response with a file."""

    @get(f"/static/{file.name}")
    async def one() -> File:
        return File(file, content_disposition_type="inline", media_type=MediaType.TEXT)

    return _app(one)


def static(directory: Path) -> None:
    """Has files, but no conditions."""


def ranged(directory: Path) -> None:
    """Has no ranges."""


def events() -> Litestar:
    """Events of its own."""
    return _app(_events)


def values() -> Litestar:
    """The same, with data encoded by its own encoder."""
    return _app(_values)


def chunks() -> Litestar:
    """A stream."""
    return _app(_chunks)
