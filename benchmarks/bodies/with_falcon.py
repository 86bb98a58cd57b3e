"""Falcon on ASGI: `req.get_media()`, static routes, `resp.sse`, `resp.stream`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import TypeAlias

import falcon
import falcon.asgi
from falcon.media import MultipartFormHandler

from benchmarks.bodies.payloads import EVENTS, FIELDS, KEPT, value

App: TypeAlias = "falcon.asgi.App[falcon.asgi.Request, falcon.asgi.Response]"


class Upload:
    """A form with a file."""

    async def on_post(self, req: falcon.asgi.Request, resp: falcon.asgi.Response) -> None:
        """Answers POST."""
        resp.content_type = falcon.MEDIA_TEXT
        async for part in await req.get_media():
            with SpooledTemporaryFile(KEPT) as file:  # it leaves to its users where a part goes: as the others have it
                async for chunk in part.stream:
                    file.write(chunk)
                resp.text = str(file.tell())


class Parts:
    """The same, as it comes."""

    async def on_post(self, req: falcon.asgi.Request, resp: falcon.asgi.Response) -> None:
        """Answers POST."""
        resp.content_type = falcon.MEDIA_TEXT
        size = 0
        async for part in await req.get_media():
            async for chunk in part.stream:
                size += len(chunk)
        resp.text = str(size)


class Form:
    """A form of fields, multipart or urlencoded."""

    async def on_post(self, req: falcon.asgi.Request, resp: falcon.asgi.Response) -> None:
        """Answers POST."""
        resp.content_type = falcon.MEDIA_TEXT
        form = await req.get_media()
        if not isinstance(form, dict):
            form = {part.name: await part.get_text() async for part in form}
        resp.text = f"{len(form)} {form['field-99']}"


async def _named() -> AsyncIterator[falcon.asgi.SSEvent]:
    for number in range(EVENTS):
        yield falcon.asgi.SSEvent(text=f"this is event {number}", event="tick", event_id=str(number))


async def _valued() -> AsyncIterator[falcon.asgi.SSEvent]:
    for number in range(EVENTS):
        yield falcon.asgi.SSEvent(json=value(number))


async def _plain() -> AsyncIterator[bytes]:
    for number in range(EVENTS):
        yield f"data: this is event {number}\n\n".encode()


class Events:
    """Events with a name and an id."""

    async def on_get(self, req: falcon.asgi.Request, resp: falcon.asgi.Response) -> None:
        """Answers GET."""
        resp.sse = _named()


class Values:
    """Events of JSON."""

    async def on_get(self, req: falcon.asgi.Request, resp: falcon.asgi.Response) -> None:
        """Answers GET."""
        resp.sse = _valued()


class Chunks:
    """A stream."""

    async def on_get(self, req: falcon.asgi.Request, resp: falcon.asgi.Response) -> None:
        """Answers GET."""
        resp.content_type = "text/event-stream"
        resp.stream = _plain()


def _app(resource: object) -> App:
    app = falcon.asgi.App()
    handler = MultipartFormHandler()
    handler.parse_options.max_body_part_count = len(FIELDS)
    app.req_options.media_handlers[falcon.MEDIA_MULTIPART] = handler
    app.add_route("/", resource)
    return app


def upload() -> App:
    """The file of the form, spooled to the disk by hand."""
    return _app(Upload())


def parts() -> App:
    """One part after the other."""
    return _app(Parts())


def form() -> App:
    """The same, as a dict."""
    return _app(Form())


def file(file: Path) -> App:
    """Has no such response, but directories."""
    return static(file.parent)


def static(directory: Path) -> App:
    """A directory."""
    app = falcon.asgi.App()
    app.add_static_route("/static", str(directory))
    return app


def ranged(directory: Path) -> None:
    """Has one range, not several."""


def events() -> App:
    """Events of its own."""
    return _app(Events())


def values() -> App:
    """The same, with data that it encodes."""
    return _app(Values())


def chunks() -> App:
    """A stream."""
    return _app(Chunks())
