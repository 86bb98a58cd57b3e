"""BlackSheep: `request.form()` and `request.multipart_stream()`, `file`, `serve_files`, ServerSentEventsResponse."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

from blacksheep import Application, FormPart, Request, Response, Router, StreamedContent, text
from blacksheep import file as file_response
from blacksheep.server.sse import ServerSentEvent, ServerSentEventsResponse, TextServerSentEvent

from benchmarks.bodies.payloads import EVENTS, value


async def _upload(request: Request) -> Response:
    form = await request.form() or {}
    file = form["file"][0]
    return text(str(file.size if isinstance(file, FormPart) else None))


async def _parts(request: Request) -> Response:
    size = 0
    async for part in request.multipart_stream():
        async for chunk in part.stream():
            size += len(chunk)
    return text(str(size))


async def _form(request: Request) -> Response:
    # Not request.form() for a multipart form: BlackSheep 2.6.4 has crashed in it, with a segmentation fault.
    if b"multipart" in (request.content_type() or b""):
        parts = {part.name: (await part.read()).decode() async for part in request.multipart_stream()}
        return text(f"{len(parts)} {parts['field-99']}")
    form = await request.form() or {}
    return text(f"{len(form)} {form['field-99']}")


async def _named() -> AsyncIterator[ServerSentEvent]:
    for number in range(EVENTS):
        yield TextServerSentEvent(f"this is event {number}", event="tick", id=str(number))


async def _valued() -> AsyncIterator[ServerSentEvent]:
    for number in range(EVENTS):
        yield ServerSentEvent(value(number))


async def _plain() -> AsyncIterator[bytes]:
    for number in range(EVENTS):
        yield f"data: this is event {number}\n\n".encode()


async def _events() -> Response:
    return ServerSentEventsResponse(_named)


async def _values() -> Response:
    return ServerSentEventsResponse(_valued)


async def _chunks() -> Response:
    return Response(200, content=StreamedContent(b"text/event-stream", _plain))


def _app() -> Application:
    # A router of its own: the default one is shared by all applications of a process.
    return Application(router=Router(), show_error_details=False)


def _posting(handler: Callable[[Request], Awaitable[Response]]) -> Application:
    app = _app()
    app.router.add_post("/", handler)
    return app


def _getting(handler: Callable[[], Awaitable[Response]], path: str = "/") -> Application:
    app = _app()
    app.router.add_get(path, handler)
    return app


def upload() -> Application:
    """The form, its file spooled to the disk."""
    return _posting(_upload)


def parts() -> Application:
    """One part after the other."""
    return _posting(_parts)


def form() -> Application:
    """The form."""
    return _posting(_form)


def file(file: Path) -> Application:
    """A response with a file."""

    async def one() -> Response:
        return file_response(str(file), "text/plain")

    return _getting(one, f"/static/{file.name}")


def static(directory: Path) -> Application:
    """A directory."""
    app = _app()
    app.serve_files(directory, root_path="static")
    return app


def ranged(directory: Path) -> Application:
    """The same."""
    return static(directory)


def events() -> Application:
    """Events of its own."""
    return _getting(_events)


def values() -> Application:
    """The same, with data that it encodes."""
    return _getting(_values)


def chunks() -> Application:
    """A stream."""
    return _getting(_chunks)
