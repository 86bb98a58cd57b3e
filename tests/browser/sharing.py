"""What pages of other origins ask for: some of it is shared with them, some is not; and what comes encoded."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import anyio

from asgikit import App, Handler, Request, Response, Router, SetCookie, delete, get, json, put, root
from asgikit.codings.brotli import Brotli
from asgikit.codings.deflate import Gzip
from asgikit.codings.zstandard import Zstandard
from asgikit.http.sse import ServerSentEvent
from asgikit.middleware.compress import compress
from asgikit.middleware.conditional import conditional
from asgikit.middleware.cors import cors

FRIENDS = re.compile(r"http://localhost:[0-9]+")
"""Pages of this machine by one of its names; those by the other, 127.0.0.1, are strangers."""

TEXT = "a line of some text ☂\n" * 2000


@dataclass(frozen=True)
class Seen:
    """What has been asked for."""

    requests: list[str] = field(default_factory=list[str])
    statuses: list[str] = field(default_factory=list[str])


def recorded(handler: Handler[Seen]) -> Handler[Seen]:
    """Every request, and its status."""

    async def inner(request: Request[Seen]) -> Response:
        if request.path in {"/seen", "/statuses"}:
            return await handler(request)
        request.state.requests.append(f"{request.method} {request.path}")
        response = await handler(request)
        request.state.statuses.append(f"{response.status} {request.path}")
        return response

    return inner


@get(root / "seen").returns(json(list[str]))
async def seen(request: Request[Seen]) -> list[str]:
    """The record."""
    return request.state.requests


@get(root / "statuses").returns(json(list[str]))
async def statuses(request: Request[Seen]) -> list[str]:
    """The record of answers."""
    return request.state.statuses


@get(root / "page")
async def page(request: Request[Seen]) -> Response:
    """A page to ask from, with a cookie of its own."""
    return Response.html("<p>page").with_cookie(SetCookie("session", "mine", secure=False))


async def mine(request: Request[object]) -> Response:
    """Data of whoever has the cookie."""
    return Response.text(f"private to {request.cookies.get('session')}", headers={"x-total": "3"})


secret = get(root / "secret")(mine)
private = get(root / "private")(mine).wrap(cors([FRIENDS], credentials=True, expose=["x-total"]))


@get(root / "public")
async def public(request: Request[object]) -> Response:
    """For everybody."""
    return Response.text("public")


@put(root / "item")
async def change(request: Request[object]) -> Response:
    """Needs to be asked for before, and a field."""
    return Response.text(f"changed with {request.headers.get('x-token')}")


@delete(root / "item")
async def remove(request: Request[object]) -> Response:
    """Not shared, though on the same path."""
    return Response.text("removed")


@get(root / "fails")
async def fails(request: Request[object]) -> Response:
    """An error that nobody catches."""
    raise ValueError


async def text(request: Request[object]) -> Response:
    """Large enough."""
    return Response.text(TEXT).with_etag()


async def file(request: Request[object]) -> Response:
    """A script of ours."""
    return await Response.file(Path(__file__))


async def ticks(request: Request[object]) -> Response:
    """One event, and nothing behind it: it has to be seen all the same."""

    async def events() -> AsyncIterator[ServerSentEvent]:
        yield ServerSentEvent("tick ☂")
        await anyio.sleep_forever()

    return Response.sse(events(), keep_alive=0.05)


CODINGS = {"zstd": Zstandard(), "br": Brotli(), "gzip": Gzip()}


def encoded(name: str) -> Router[object]:
    """The same three in one coding."""
    base = root / name
    routes = Router(get(base / "text")(text), get(base / "file")(file), get(base / "ticks")(ticks))
    return routes.wrap(conditional()).wrap(compress(codings=[CODINGS[name]]))


@asynccontextmanager
async def lifespan() -> AsyncGenerator[Seen]:
    """With an empty record."""
    yield Seen()


shared = Router(change.wrap(cors([FRIENDS], headers=["x-token"])), remove, fails.wrap(cors([FRIENDS])))
app = App(
    Router(seen, statuses, page, secret, private, public.wrap(cors("*")), shared, *map(encoded, CODINGS)).wrap(recorded),
    lifespan=lifespan,
)
