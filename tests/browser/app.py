"""What the browser meets: uploads, feeds that break off, cookies of every kind, files, and a record of what was asked for."""

from __future__ import annotations

import io
import time
import wave
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Literal

import anyio
import msgspec

from asgikit import (
    App,
    Handler,
    Request,
    Response,
    Router,
    SetCookie,
    WebSocket,
    form,
    get,
    json,
    post,
    query,
    rest,
    root,
    websocket,
)
from asgikit.http.sse import ServerSentEvent
from asgikit.middleware.conditional import conditional
from asgikit.negotiation import last_event_id, subprotocol
from asgikit.static import static_files
from asgikit.uploads import Upload


@dataclass
class Seen:
    """One request, or the end of a feed; `at` is in seconds of a clock of the server's own."""

    what: str
    fields: dict[str, str] = field(default_factory=dict[str, str])
    cookies: list[str] = field(default_factory=list[str])
    status: int = 0
    at: float = field(default_factory=time.monotonic)


@dataclass(frozen=True)
class Record:
    """What has been asked for since the server started."""

    seen: list[Seen] = field(default_factory=list[Seen])


def recorded(handler: Handler[Record]) -> Handler[Record]:
    """Every request, with the fields that browsers add by themselves."""

    async def inner(request: Request[Record]) -> Response:
        wanted = ("range", "if-none-match", "last-event-id", "sec-fetch-site", "content-type")
        fields = {name: value for name in wanted if (value := request.headers.get(name)) is not None}
        entry = Seen(f"{request.method} {request.path}", fields, [f"{name}={value}" for name, value in request.cookies])
        request.state.seen.append(entry)
        response = await handler(request)
        entry.status = response.status
        return response

    return inner


@get(root / "seen").returns(json(list[Seen]))
async def seen(request: Request[Record]) -> list[Seen]:
    """The record."""
    return request.state.seen


# Uploads


@dataclass
class File:
    """A file as it arrived."""

    name: str
    filename: str
    size: int
    type: str
    hash: str


@dataclass
class Arrived:
    """A form as it arrived."""

    fields: list[tuple[str, str]]
    files: list[File]


async def described(upload: Upload) -> File:
    digest = sha256()
    async for chunk in upload.chunks():
        digest.update(chunk)
    return File(upload.name, upload.filename, upload.size, str(upload.content_type), digest.hexdigest())


@post(root / "upload").returns(json(Arrived))
async def upload(request: Request[Record]) -> Arrived:
    """Says what came."""
    data = await request.form()
    return Arrived(list(data.fields), [await described(file) for file in data.files])


@dataclass
class Sheet:
    """A form of which the types are known."""

    title: str
    copies: Annotated[int, msgspec.Meta(ge=1)]
    tags: list[str]
    file: Upload


@post(root / "sheet").takes(form(Sheet)).returns(json(Arrived))
async def sheet(request: Request[Record], sheet: Sheet) -> Arrived:
    """The same for a form with types."""
    fields = [("title", sheet.title), ("copies", str(sheet.copies * 2)), *(("tag", tag) for tag in sheet.tags)]
    return Arrived(fields, [await described(sheet.file)])


# Feeds


@dataclass(frozen=True)
class Counting:
    """How far a feed counts, after how many events it breaks off, the pause between two, and the retry time in milliseconds.

    With `halt` the first connection says nothing more after so many.
    """

    to: int = 20
    cut: int = 1000
    halt: int = 0
    pause: float = 0
    retry: int | None = None


@get(root / "count").takes(query(Counting)).takes(last_event_id(int))
async def count(request: Request[Record], how: Counting, last: int | None) -> Response:
    """From where the reader was; once it has all, the answer that ends a feed for good (WHATWG HTML, 9.2.3)."""
    first = (last or 0) + 1
    if first > how.to:
        return Response.empty()

    async def numbers() -> AsyncIterator[ServerSentEvent]:
        if how.retry is not None:
            yield ServerSentEvent(retry=how.retry)
        for number in range(first, min(first + how.cut, how.to + 1)):
            yield ServerSentEvent(f"event {number} of {how.to}", id=str(number))
            await (anyio.sleep_forever() if number == how.halt and last is None else anyio.sleep(how.pause))
        request.state.seen.append(Seen("END /count"))

    return Response.sse(numbers())


SAMPLES = (
    ServerSentEvent(retry=10, comment="how soon to come again\nin two lines"),
    ServerSentEvent("one\ntwo\r\n\n three", id="α 1"),
    ServerSentEvent("12 °C ☂ 🌧", event="weather", id="β\u20282"),
    ServerSentEvent(""),
    ServerSentEvent("id: no\ndata: field", event="weather"),
)


@get(root / "samples").takes(last_event_id())
async def samples(request: Request[Record], last: str | None) -> Response:
    """Every kind of event, once."""
    if last is not None:
        request.state.seen.append(Seen(f"AFTER {last}"))
        return Response.empty()

    async def events() -> AsyncIterator[ServerSentEvent]:
        for sample in SAMPLES:
            yield sample

    return Response.sse(events())


# Cookies

COOKIES = (
    SetCookie("open", "1", httponly=False),
    SetCookie("hidden", "1"),
    SetCookie("plain", "1", secure=False, httponly=False),
    SetCookie("strict", "1", samesite="strict"),
    SetCookie("lax", "1", samesite="lax"),
    SetCookie("none", "1", samesite="none"),
    SetCookie("split", "1", samesite="none", partitioned=True),
    SetCookie("inner", "1", path="/cookies/inner", httponly=False),
    SetCookie("kept", "1", max_age=3600, httponly=False),
    SetCookie("__Host-id", "1"),
    SetCookie("__Secure-id", "1", path="/cookies"),
    SetCookie("odd", "!#$%&'()*+-./:<=>?@[]^_`{|}~", httponly=False),
)


@get(root / "cookies" / "set")
async def set_cookies(request: Request[Record]) -> Response:
    """All of them."""
    response = Response.html("<p>set")
    for cookie in COOKIES:
        response = response.with_cookie(cookie)
    return response


@get(root / "cookies" / "brief")
async def brief(request: Request[Record]) -> Response:
    """One for three seconds, and a page that looks at it when it is loaded."""
    page = Response.html("<p>set<script>seen = document.cookie</script>")
    return page.with_cookie(SetCookie("brief", "1", max_age=3, httponly=False))


@get(root / "cookies" / "split")
async def split(request: Request[Record]) -> Response:
    """The partitioned one alone, for a page on another site."""
    return Response.html("<p>set").with_cookie(COOKIES[6])


@get(root / "cookies" / "delete")
async def delete_cookies(request: Request[Record]) -> Response:
    """None of them."""
    response = Response.html("<p>deleted")
    for cookie in COOKIES:
        response = response.with_cookie(SetCookie.deleting(cookie))
    return response


@get(root / "cookies" / "echo")
async def echo(request: Request[Record]) -> Response:
    """A place to come to."""
    return Response.html("<p>here")


@post(root / "cookies" / "echo")
async def posted_echo(request: Request[Record]) -> Response:
    """A place that other sites send forms to."""
    return Response.html("<p>here")


@get(root / "cookies" / "inner" / "echo")
async def inner_echo(request: Request[Record]) -> Response:
    """A place further in."""
    return Response.html("<p>here, further in")


# WebSockets


@websocket(root / "socket").takes(subprotocol(Literal["echo.v2", "echo.v1"]))
async def socket(request: Request[Record], version: Literal["echo.v2", "echo.v1"]) -> Response:
    """Echoes to who offers a version, in text and bytes; closes when it is told to."""

    async def session(ws: WebSocket[str | bytes, str | bytes]) -> None:
        async for message in ws:
            if message == "close":
                await ws.close(4001, "as you wish ☂")
            else:
                await ws.send(message)
        request.state.seen.append(Seen("END /socket", status=ws.close_code or 0))

    return Response.upgrade(session, subprotocol=version)


# Files


def tone(seconds: int) -> bytes:
    """Silence, as WAV."""
    data = io.BytesIO()
    with wave.open(data, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(1)
        file.setframerate(8000)
        file.writeframes(b"\x80" * 8000 * seconds)
    return data.getvalue()


TONE = tone(600)


@get(root / "tone.wav")
async def wav(request: Request[Record]) -> Response:
    """Bytes that a media element asks for in ranges."""
    return Response(TONE, headers={"content-type": "audio/wav"}).with_etag()


site = get(root / rest("path"))(static_files(Path(__file__).parent / "site"))


@asynccontextmanager
async def lifespan() -> AsyncGenerator[Record]:
    """With an empty record."""
    yield Record()


cookies = Router(set_cookies, brief, split, delete_cookies, echo, posted_echo, inner_echo)
app = App(
    Router(seen, Router(upload, sheet, count, samples, socket, wav, site, cookies).wrap(conditional()).wrap(recorded)),
    lifespan=lifespan,
)
