"""asgikit: `request.form()` and `request.parts()`, `Response.file`, `static_files`, `Response.sse`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

from asgikit import App, Request, Response, Router, get, json, post, rest, root
from asgikit.http.sse import ServerSentEvent
from asgikit.static import static_files
from benchmarks.bodies.payloads import EVENTS, Value, value
from benchmarks.scenarios import ASGIApp


@post(root)
async def _upload(request: Request[object]) -> Response:
    file = (await request.form()).file("file")
    return Response.text(str(file.size if file is not None else None))


@post(root)
async def _parts(request: Request[object]) -> Response:
    size = 0
    async for part in request.parts():
        async for chunk in part:
            size += len(chunk)
    return Response.text(str(size))


@post(root)
async def _form(request: Request[object]) -> Response:
    form = await request.form()
    return Response.text(f"{len(form.fields)} {form['field-99']}")


async def _named() -> AsyncIterator[ServerSentEvent]:
    for number in range(EVENTS):
        yield ServerSentEvent(f"this is event {number}", event="tick", id=str(number))


async def _valued() -> AsyncIterator[Value]:
    for number in range(EVENTS):
        yield value(number)


async def _plain() -> AsyncIterator[str]:
    for number in range(EVENTS):
        yield f"data: this is event {number}\n\n"


_JSON = json(Value)


@get(root)
async def _events(request: Request[object]) -> Response:
    return Response.sse(_named())


@get(root)
async def _values(request: Request[object]) -> Response:
    return Response.sse(_valued(), _JSON)


@get(root)
async def _chunks(request: Request[object]) -> Response:
    return Response.stream(_plain(), content_type="text/event-stream")


def upload() -> ASGIApp:
    """The form as a value, its file spooled to the disk."""
    return App(Router(_upload))


def parts() -> ASGIApp:
    """One part after the other."""
    return App(Router(_parts))


def form() -> ASGIApp:
    """The form as a value."""
    return App(Router(_form))


def file(file: Path) -> ASGIApp:
    """A response with a file."""

    @get(root / "static" / file.name)
    async def one(request: Request[object]) -> Response:
        return await Response.file(file)

    return App(Router(one))


def static(directory: Path) -> ASGIApp:
    """A directory."""
    return App(Router(get(root / "static" / rest("path"))(static_files(directory))))


def ranged(directory: Path) -> ASGIApp:
    """The same."""
    return static(directory)


def events() -> ASGIApp:
    """A feed of events."""
    return App(Router(_events))


def values() -> ASGIApp:
    """A feed of values."""
    return App(Router(_values))


def chunks() -> ASGIApp:
    """A stream."""
    return App(Router(_chunks))
