"""The demo as a typed ASGI application: state from a lifespan, typed paths, JSON, sign-in, a page, a stream."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, Protocol

import anyio

from asgikit import (
    App,
    Handler,
    HTTPError,
    Request,
    Response,
    Router,
    SetCookie,
    WebSocket,
    catch,
    delete,
    form,
    get,
    json,
    param,
    post,
    query,
    root,
    websocket,
)
from asgikit.middleware.compress import compress
from asgikit.middleware.cors import cors
from examples.demo.notebook import Mood, NewNote, Note, Notebook
from examples.demo.page import page

notes = root / "notes"
note = notes / param("id", int)
by_mood = notes / param("mood", Mood)
greeting = root / "hello" / param("tongue", Literal["english", "latin"]) / param("name", str)


class HasNotebook(Protocol):
    """What most handlers need."""

    @property
    def notebook(self) -> Notebook:
        """The notebook."""
        ...


@dataclass(frozen=True)
class Opened:
    """What the lifespan gives."""

    notebook: Notebook


@dataclass(frozen=True)
class Signed(Opened):
    """The same, once somebody has signed in."""

    author: str


@dataclass(frozen=True)
class SignIn:
    """A name, as the form on the page sends it."""

    name: str


@dataclass(frozen=True)
class Listing:
    """How many notes to list."""

    limit: int = 20


@get(root)
async def home(request: Request[HasNotebook]) -> Response:
    """The page: it talks to the same paths as the curl lines."""
    author = request.state.notebook.sessions.get(request.cookies.get("session") or "")
    return Response.html(page(request.state.notebook.find(None, 20), author))


@get(greeting)
async def hello(request: Request[object], tongue: Literal["english", "latin"], name: str) -> Response:
    """A greeting in one of two tongues; any other is 404."""
    return Response.text(f"{'Hello' if tongue == 'english' else 'Salve'}, {name}!")


@get(notes).takes(query(Listing)).returns(json(list[Note]))
async def listing(request: Request[HasNotebook], page: Listing) -> list[Note]:
    """The newest notes."""
    return request.state.notebook.find(None, page.limit)


@get(by_mood).takes(query(Listing)).returns(json(list[Note]))
async def listing_by_mood(request: Request[HasNotebook], mood: Mood, page: Listing) -> list[Note]:
    """The newest notes of one mood."""
    return request.state.notebook.find(mood, page.limit)


@get(note).returns(json(Note))
async def show(request: Request[HasNotebook], id: int) -> Note:
    """One note; the KeyError of a missing one becomes a 404 below."""
    return request.state.notebook.notes[id]


@post(root / "sign-in").takes(form(SignIn))
async def sign_in(request: Request[HasNotebook], who: SignIn) -> Response:
    """A cookie with a token. The demo runs without TLS, so it says secure=False."""
    if not who.name.strip():
        raise HTTPError(422, "a name, please")
    token = request.state.notebook.sign_in(who.name)
    return Response.redirect("/").with_cookie(SetCookie("session", token, secure=False))


def signed_in(handler: Handler[Signed]) -> Handler[Opened]:
    """Only for authors: whatever needs a `Signed` state cannot be reached without this."""

    async def inner(request: Request[Opened]) -> Response:
        author = request.state.notebook.sessions.get(request.cookies.get("session") or "")
        if author is None:
            raise HTTPError(401, "sign in first: POST a name to /sign-in")
        return await handler(request.with_state(Signed(request.state.notebook, author)))

    return inner


@post(notes).takes(json(NewNote)).returns(json(Note, status=201))
async def write(request: Request[Signed], new: NewNote) -> Note:
    """A new note."""
    return request.state.notebook.add(request.state.author, new)


@delete(note)
async def tear(request: Request[Signed], id: int) -> Response:
    """Removes a note of one's own."""
    if request.state.notebook.notes[id].author != request.state.author:
        raise HTTPError(403, "somebody else wrote this note")
    del request.state.notebook.notes[id]
    return Response.empty()


@websocket(root / "echo")
async def echo(request: Request[Signed]) -> Response:
    """Says back what it hears."""

    async def session(ws: WebSocket[str | bytes, str | bytes]) -> None:
        async for message in ws:
            await ws.send(message)

    return Response.upgrade(session)


@get(root / "clock")
async def clock(request: Request[object]) -> Response:
    """The time, ten times; it stops when the client leaves."""

    async def ticks() -> AsyncIterator[str]:
        for _ in range(10):
            yield f"{datetime.now(UTC):%H:%M:%S}\n"
            await anyio.sleep(0.2)

    return Response.stream(ticks(), content_type="text/plain; charset=utf-8")


def no_such_note(request: Request[object], error: KeyError) -> Response:
    """What a missing note looks like from outside."""
    return Response.text("there is no such note", status=404)


routes = (
    Router(home, hello, listing, listing_by_mood, show, sign_in, clock, Router(write, tear, echo).wrap(signed_in))
    .wrap(catch(KeyError, no_such_note))
    .wrap(compress())
    .wrap(cors(["https://example.com"]))
)


@asynccontextmanager
async def lifespan() -> AsyncGenerator[Opened]:
    """The notebook, with a first note in it."""
    notebook = Notebook()
    notebook.add("ada", NewNote("The Analytical Engine weaves algebraic patterns"))
    yield Opened(notebook)


app = App(routes, lifespan=lifespan)
