"""The application in asgikit."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from asgikit import App, Request, Response, Router, get, json, post, root
from asgikit.http.cookies import SetCookie
from asgikit.http.sse import ServerSentEvent
from asgikit.middleware.sessions import sessions
from asgikit.sessions.session import HasSession
from asgikit.stores.memory_sessions import MemorySessions
from tests.interop.kit.notes import endless, noted, pieces


@dataclass(frozen=True)
class State:
    db: str


@get(root / "json")
async def show(request: Request[object]) -> Response:
    return Response.json({"hello": "wörld"})


@post(root / "json").takes(json(dict[str, int]))
async def echo(request: Request[object], value: dict[str, int]) -> Response:
    return Response.json(value, json(dict[str, int]))


@post(root / "form")
async def form(request: Request[object]) -> Response:
    return Response.text((await request.form())["name"])


@post(root / "upload")
async def upload(request: Request[object]) -> Response:
    sent = await request.form()
    file = sent.file("file")
    assert file is not None
    return Response.text(f"{sent['name']}: {file.filename}, {(await file.read()).decode()}")


@post(root / "count")
async def count(request: Request[object]) -> Response:
    return Response.text(str(sum([len(piece) async for piece in request.stream()])))


@get(root / "sign-in")
async def sign_in(request: Request[object]) -> Response:
    return Response.redirect("/cookie", status=303).with_cookie(SetCookie("who", "ada"))


@get(root / "cookie")
async def cookie(request: Request[object]) -> Response:
    return Response.text(request.cookies.get("who") or "nobody")


@get(root / "stream")
async def stream(request: Request[object]) -> Response:
    return Response.stream(pieces())


@get(root / "endless")
async def forever(request: Request[object]) -> Response:
    return Response.stream(endless())


async def ticks() -> AsyncGenerator[ServerSentEvent]:
    yield ServerSentEvent("a", event="tick", id="1")
    yield ServerSentEvent("b\nc")


@get(root / "events")
async def feed(request: Request[object]) -> Response:
    return Response.sse(ticks())


async def note_later(text: str) -> None:
    noted(text)


@get(root / "later")
async def later(request: Request[object]) -> Response:
    return Response.text("accepted", status=202).then(note_later, "done")


@get(root / "state")
async def state(request: Request[State]) -> Response:
    return Response.text(request.state.db)


@get(root / "boom")
async def boom(request: Request[object]) -> Response:
    raise ValueError("boom")


@get(root / "empty")
async def empty(request: Request[object]) -> Response:
    return Response.empty()


@get(root / "unchanged")
async def unchanged(request: Request[object]) -> Response:
    return Response.empty(status=304, headers={"etag": '"1"'})


@get(root / "visit")
async def visit(request: Request[HasSession[int]]) -> Response:
    visits = await request.state.session.get() + 1
    request.state.session.set(visits)
    return Response.text(str(visits))


@asynccontextmanager
async def lifespan() -> AsyncGenerator[State]:
    yield State("database")
    noted("stopped")


visits = Router(visit).wrap(sessions(MemorySessions(), json(int), default=0))
plain = Router(
    *(show, echo, form, upload, count, sign_in, cookie, stream, forever, feed, later, boom, empty, unchanged, visits),
)
app = App[State](Router(plain, state), lifespan=lifespan)
