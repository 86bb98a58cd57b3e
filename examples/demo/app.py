"""The demo as a typed ASGI application: state from a lifespan, typed paths, JSON, sign-in, pages, files, a feed.

What stands around it is in `production`.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal, Protocol

import anyio

from asgikit import (
    App,
    Channels,
    HTTPError,
    Request,
    Response,
    Router,
    WebSocket,
    after,
    delete,
    form,
    get,
    json,
    param,
    post,
    query,
    rest,
    root,
    websocket,
)
from asgikit.auth.return_path import return_path
from asgikit.auth.session_user import SessionUser
from asgikit.errors import NotFound
from asgikit.http.cache import CacheControl
from asgikit.http.sse import ServerSentEvent
from asgikit.middleware.auth import authenticate
from asgikit.middleware.error_pages import on_status
from asgikit.middleware.errors import errors, on
from asgikit.middleware.sessions import sessions
from asgikit.negotiation import accepts, last_event_id
from asgikit.sessions.policy import SessionPolicy
from asgikit.sessions.session import HasSession, Session
from asgikit.static import static_files
from asgikit.stores.memory_channels import MemoryChannels
from asgikit.stores.memory_sessions import MemorySessions
from asgikit.uploads import Upload
from examples.demo.api import Listing, list_by_mood, list_notes, note_json, notes, write_note
from examples.demo.chat import Line, chat, enter, lobby, show_room
from examples.demo.notebook import Mood, NewNote, Note, Notebook
from examples.demo.page import note_page, page, sign_in_page
from examples.demo.production import stack

note = notes / param("id", int)
attachments = root / "attachments"
attachment = attachments / param("name", str)
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
    rooms: Channels[Line]


@dataclass(frozen=True, slots=True)
class Preferences:
    """What is kept for each visitor."""

    mood: Mood = Mood.HAPPY


@dataclass(frozen=True)
class Visited(Opened):
    """The same, and the session of who asks."""

    session: Session[Preferences]


@dataclass(frozen=True)
class Signed(Visited):
    """The same, once somebody has signed in."""

    author: str


@dataclass(frozen=True)
class SignIn:
    """A name, as the form on the page sends it, and where to go on from there."""

    name: str
    back: str = "/"


@dataclass(frozen=True)
class Following:
    """After which note a feed begins, and after how many it ends; browsers come back for more."""

    after: int = 0
    limit: int = 1000


@dataclass(frozen=True)
class Attaching:
    """A file, as the form on the page sends it."""

    file: Upload


@get(root)
async def home(request: Request[Visited]) -> Response:
    """The page; it is another one for who has signed in, and the session says so to caches."""
    notebook, session = request.state.notebook, request.state.session
    files = [(name, attachment.url(name)) for name in notebook.attachments]
    reader = await session.subject(), (await session.get()).mood
    newest = max(notebook.notes, default=0)
    return Response.html(page(notebook.find(None, 20), files, newest, reader, lobby.url())).with_etag()


@get(greeting)
async def hello(request: Request[object], tongue: Literal["english", "latin"], name: str) -> Response:
    """A greeting in one of two tongues; any other is 404."""
    words = Response.text(f"{'Hello' if tongue == 'english' else 'Salve'}, {name}!")
    return words.with_cache_control(CacheControl(max_age=3600))


@list_notes
async def listing(request: Request[HasNotebook], page: Listing) -> list[Note]:
    """The newest notes."""
    return request.state.notebook.find(None, page.limit)


@list_by_mood
async def listing_by_mood(request: Request[HasNotebook], mood: Mood, page: Listing) -> list[Note]:
    """The newest notes of one mood."""
    return request.state.notebook.find(mood, page.limit)


@get(note).takes(accepts(Literal["application/json", "text/html"]))
async def show(request: Request[HasNotebook], id: int, kind: Literal["application/json", "text/html"]) -> Response:
    """One note, as the client likes it; the KeyError of a missing one becomes a 404 below."""
    found = request.state.notebook.notes[id]
    return Response.html(note_page(found)) if kind == "text/html" else Response.json(found, note_json)


@get(root / "feed").takes(query(Following)).takes(last_event_id(int))
async def feed(request: Request[HasNotebook], where: Following, last: int | None) -> Response:
    """New notes as they are written; who comes back says which one was the last."""

    async def events() -> AsyncIterator[ServerSentEvent]:
        seen = where.after if last is None else last
        for _ in range(where.limit):
            new = await request.state.notebook.next_after(seen)
            seen = new.id
            yield ServerSentEvent(note_json.encode(new).decode(), id=str(seen))

    return Response.sse(events())


@get(attachment)
async def download(request: Request[HasNotebook], name: str) -> Response:
    """A file to save, in parts for who asks for parts."""
    if (place := request.state.notebook.attachments.get(name)) is None:
        raise NotFound("there is no such attachment")
    return (await Response.file(place, attachment=True)).with_cache_control(CacheControl.revalidate())


@post(root / "sign-in").takes(form(SignIn))
async def sign_in(request: Request[HasSession[Preferences]], who: SignIn) -> Response:
    """A session with a name; a real program asks for a password first, and redirects to paths of its own alone."""
    if not who.name.strip():
        raise HTTPError(422, "a name, please")
    request.state.session.sign_in(who.name)
    return Response.redirect(return_path(who.back, default="/"))


@post(root / "sign-out")
async def sign_out(request: Request[HasSession[Preferences]]) -> Response:
    """The session is over, here and in the store."""
    request.state.session.clear()
    return Response.redirect("/")


async def author_of(request: Request[Visited]) -> str | None:
    """Who has signed in."""
    return await request.state.session.subject()


def visited(opened: Opened, session: Session[Preferences]) -> Visited:
    """The state with a session."""
    return Visited(opened.notebook, opened.rooms, session)


def signed(visit: Visited, author: str) -> Signed:
    """The state with an author."""
    return Signed(visit.notebook, visit.rooms, visit.session, author)


def sign_in_first(request: Request[object], response: Response) -> Response:
    """What people see, who are on their way to a page."""
    return Response.html(sign_in_page(request.url.path))


@write_note
async def write(request: Request[Signed], new: NewNote) -> Note:
    """A new note; its mood will be the first choice for the next one."""
    request.state.session.update(lambda kept: replace(kept, mood=new.mood))
    return request.state.notebook.add(request.state.author, new)


@delete(note)
async def tear(request: Request[Signed], id: int) -> Response:
    """Removes a note of one's own."""
    if request.state.notebook.notes[id].author != request.state.author:
        raise HTTPError(403, "somebody else wrote this note")
    del request.state.notebook.notes[id]
    return Response.empty()


@post(attachments).takes(form(Attaching))
async def attach(request: Request[Signed], new: Attaching) -> Response:
    """Keeps a file. What the client calls it is data: the name that it gets here is one that no system takes for a path."""
    notebook, name = request.state.notebook, new.file.safe_filename
    try:
        await new.file.save(notebook.directory / name)
    except FileExistsError:
        raise HTTPError(409, "there is an attachment of that name") from None
    notebook.attachments[name] = notebook.directory / name
    return Response.json({"name": name, "size": new.file.size}, status=201, headers={"location": attachment.url(name)})


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

    # Compressed, each of these lines would be longer than it is.
    policy = CacheControl(no_store=True, no_transform=True)
    return Response.stream(ticks(), content_type="text/plain; charset=utf-8").with_cache_control(policy)


def no_such_note(request: Request[object], error: KeyError) -> Response:
    """What a missing note looks like from outside."""
    return Response.text("there is no such note", status=404)


def tagged(request: Request[object], response: Response) -> Response:
    """With a tag of the content, by which clients ask whether what they have still holds."""
    return response.with_etag().with_cache_control(CacheControl.revalidate()) if response.status == 200 else response


signed_in = authenticate(SessionUser(author_of), into=signed)
# The demo runs without TLS, so it says secure=False.
with_session = sessions(
    MemorySessions(), json(Preferences), default=Preferences(), into=visited, policy=SessionPolicy(secure=False)
)
static = get(root / "static" / rest("path"), name="static")(static_files(Path(__file__).parent / "static"))
reading = Router(listing, listing_by_mood, show).wrap(after(tagged))
writing = Router(write, tear, attach, echo).wrap(signed_in)
chatting = Router(show_room, enter).wrap(signed_in).wrap(on_status({401: sign_in_first}))
visiting = Router(home, sign_in, sign_out, writing, chatting, Router(chat).wrap(signed_in)).wrap(with_session)
routes = Router(hello, feed, clock, download, static, reading, visiting).wrap(errors(on(KeyError, no_such_note))).wrap(stack)


@asynccontextmanager
async def lifespan() -> AsyncGenerator[Opened]:
    """The notebook, with a first note in it, a directory for as long as it is open, and the rooms."""
    with TemporaryDirectory(prefix="notebook-") as directory:
        notebook = Notebook(Path(directory))
        notebook.add("ada", NewNote("The Analytical Engine weaves algebraic patterns"))
        async with MemoryChannels[Line](history=50, retain=100) as rooms:
            yield Opened(notebook, rooms)


app = App(routes, lifespan=lifespan)
