"""Programs that are wrong: each mistake is an error in mypy and in pyright, on the line whose comment says so.

The test beside this file runs both checkers over it and compares: a mistake that is accepted fails, and so does an
error anywhere else.
"""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from starlette.applications import Starlette

from asgikit import (
    App,
    Channel,
    Channels,
    Handler,
    JobQueue,
    Path,
    Request,
    Response,
    Router,
    SetCookie,
    Supervisor,
    WebSocket,
    catch,
    converse,
    follow,
    form,
    get,
    header,
    json,
    lifespans,
    mount,
    param,
    post,
    query,
    rest,
    room_events,
    root,
    to_asgi,
    websocket,
)
from asgikit.asgi import HTTPOutbound, HTTPScope, Outbound, response_start
from asgikit.channels import Publisher, Subscribable
from asgikit.codings.deflate import Gzip
from asgikit.config import Secret, load
from asgikit.http.cache import CacheControl
from asgikit.http.conditional import ETag
from asgikit.http.links import Link
from asgikit.http.media import MediaType
from asgikit.http.sse import ServerSentEvent
from asgikit.middleware.compress import compress
from asgikit.middleware.cors import cors
from asgikit.negotiation import accepts, last_event_id, subprotocol
from asgikit.static import StaticOptions, static_files
from asgikit.stores.memory_channels import MemoryChannels
from asgikit.templates import Templates
from asgikit.websocket import SocketLimits


@dataclass(frozen=True)
class User:
    name: str


@dataclass(frozen=True)
class Page:
    limit: int = 10


class Database: ...


class HasDb(Protocol):
    @property
    def db(self) -> Database: ...


@dataclass(frozen=True)
class AppState:
    db: Database


@dataclass(frozen=True)
class UserState(AppState):
    user: User


def signed_in(handler: Handler[UserState]) -> Handler[AppState]:
    async def inner(request: Request[AppState]) -> Response:
        return await handler(request.with_state(UserState(request.state.db, User("ada"))))

    return inner


user = root / "users" / param("id", int)


# Handlers that do not match their path or takes.
@get(user)  # wrong [arg-type]: a parameter of another type
async def other_type(request: Request[object], id: str) -> Response:
    return Response.empty()


@get(user)  # wrong [arg-type]: a missing parameter
async def missing(request: Request[object]) -> Response:
    return Response.empty()


@get(user)  # wrong [arg-type]: a surplus parameter
async def surplus(request: Request[object], id: int, more: int) -> Response:
    return Response.empty()


@post(user).takes(json(User))  # wrong [arg-type]: an input of another type
async def other_input(request: Request[object], id: int, new: Page) -> Response:
    return Response.empty()


@post(user).takes(json(User))  # wrong [arg-type]: the input before the path
async def other_order(request: Request[object], new: User, id: int) -> Response:
    return Response.empty()


@get(user).takes(header("x", int, default=None))  # wrong [arg-type]: a default that the handler does not take
async def no_default(request: Request[object], id: int, x: int) -> Response:
    return Response.empty()


@get(user).returns(json(User))  # wrong [arg-type]: returns something else than it says
async def other_result(request: Request[object], id: int) -> Page:
    return Page()


@get(user).returns(json(User))  # wrong [arg-type]: a response where a model is promised
async def response_result(request: Request[object], id: int) -> Response:
    return Response.empty()


@get(user)  # wrong [arg-type]: returns a model without returns()
async def no_returns(request: Request[object], id: int) -> User:
    return User("ada")


@get(user)  # wrong [arg-type]: returns None
async def nothing(request: Request[object], id: int) -> None: ...


@get(user)  # wrong [arg-type]: a synchronous handler
def synchronous(request: Request[object], id: int) -> Response:
    return Response.empty()


# Paths and URLs.
user.url("3")  # wrong [arg-type]: a value of another type
user.url()  # wrong [call-arg]: a missing value
user.url(1, 2)  # wrong [call-arg]: a surplus value
root / rest("tail") / "more"  # wrong [operator]: nothing follows a tail
root / 3  # wrong [operator]: a part that is none
param("x", 3)  # wrong [call-overload]: a type that is none
narrow: Path[str] = user  # wrong [assignment]: a path of other values


# States.
@get(root / "db")
async def needs_db(request: Request[HasDb]) -> Response:
    return Response.empty()


@get(root / "me")
async def needs_user(request: Request[UserState]) -> Response:
    return Response.empty()


@get(root / "text")
async def needs_text(request: Request[str]) -> Response:
    return Response.text(request.state.lowercase)  # wrong [attr-defined]: an attribute that the state does not have


@asynccontextmanager
async def lifespan() -> AsyncGenerator[AppState]:
    yield AppState(Database())


@asynccontextmanager
async def other_lifespan() -> AsyncGenerator[int]:
    yield 3


App(needs_db)  # wrong [arg-type]: no lifespan where one is needed
App(Router(needs_user), lifespan=lifespan)  # wrong [misc]: a user without signed_in
App[AppState](Router(needs_db, needs_user), lifespan=lifespan)  # wrong [arg-type]: the same, said better
App(Router(needs_db), lifespan=other_lifespan)  # wrong [misc]: a lifespan that yields another state
App[AppState](Router(needs_db), lifespan=other_lifespan)  # wrong [arg-type]: the same, said better
Router[AppState](needs_text)  # wrong [arg-type]: a route for another state
Router(needs_text).wrap(signed_in)  # wrong [arg-type]: a middleware for another state


# Middleware and errors.
def forgetful(handler: Handler[UserState]) -> None: ...


def on_value(request: Request[object], error: ValueError) -> Response:
    return Response.empty()


def on_key(request: Request[object], error: KeyError) -> str:
    return "text"


Router(needs_user).wrap(forgetful)  # wrong [arg-type]: a middleware that returns no handler


async def asked_of_the_database(origin: str) -> bool:
    return True


Router(needs_user).wrap(cors)  # wrong [arg-type]: a factory in place of a middleware
catch(KeyError, on_value)  # wrong [arg-type]: a handler for another exception
catch(KeyError, on_key)  # wrong [arg-type]: a handler that returns no response
catch(3, on_value)  # wrong [arg-type]: an exception that is none
cors([3])  # wrong [list-item]: an origin that is no text
cors([re.compile(rb"https://.*")])  # wrong [arg-type]: a pattern of bytes
cors(asked_of_the_database)  # wrong [arg-type]: a predicate that is a coroutine function
compress(codings=["br"])  # wrong [list-item]: a coding that is a text
compress(types=["text/html"])  # wrong [arg-type]: types that are no predicate
Gzip("9")  # wrong [arg-type]: a level that is a text


# WebSockets.
@websocket(root / "chat")
async def chat(request: Request[object]) -> Response:
    request.send("early")  # wrong [attr-defined]: sending before accept: there is nothing to send on

    async def session(ws: WebSocket[User, User]) -> None:
        await ws.send(Page())  # wrong [arg-type]: a message of another type
        number: int = await ws.receive()  # wrong [assignment]: a message taken for something else
        assert number

    async def raw(ws: WebSocket[str | bytes, str | bytes]) -> None:
        await ws.send(User("ada"))  # wrong [arg-type]: a model without a codec

    async def texts(ws: WebSocket[str, str]) -> None:
        async with ws.closed():  # wrong [attr-defined]: an awaitable taken for a block
            ws.close_code = 1000  # wrong [misc]: assigning to a socket

    Response.upgrade(raw)
    Response.upgrade(texts)  # wrong [arg-type]: text alone, where bytes come too
    return Response.upgrade(session, receives=json(Page), sends=json(User))  # wrong [arg-type]: a codec of another type


@websocket(root / "spoken").takes(subprotocol(Literal["v1"], default=None))  # wrong [arg-type]: the default left out
async def spoken(request: Request[object], version: Literal["v1"]) -> Response:
    return Response.text(version)


websocket(root, origins="https://example.com")  # wrong [arg-type]: one origin in place of a list
SocketLimits(when_full="wait")  # wrong [arg-type]: a policy that there is not


# Values.
def assigning(request: Request[int], response: Response) -> None:
    request.state = 3  # wrong [misc]: assigning to a request
    request.method = "POST"  # wrong [misc]: the same, another attribute
    response.status = 3  # wrong [misc]: assigning to a response
    response.headers["x"] = "1"  # wrong [index]: assigning a header
    SetCookie("a", "b").value = "c"  # wrong [misc]: assigning to a cookie
    user.parts = ()  # wrong [misc]: assigning to a path
    needs_db.name = "x"  # wrong [misc]: assigning to a route
    get(user).method = "POST"  # wrong [misc]: assigning to an endpoint
    Router(needs_db).lines = ()  # wrong [misc]: assigning to a router
    request.headers.raw = ()  # wrong [misc]: assigning to headers
    request.query.items = ()  # wrong [attr-defined]: an attribute that a query does not have
    request.url.path = "/"  # wrong [misc]: assigning to a URL
    MediaType("text", "html").type = "image"  # wrong [misc]: assigning to a media type


SetCookie("a", "b", samesite="sometimes")  # wrong [arg-type]: a samesite that there is not
SetCookie("a", "b", 3600)  # wrong [call-arg]: an attribute without its name
Response.text("x", headers={"x": 3})  # wrong [arg-type]: a header value that is no text
Response.text("x").with_header("x", b"1")  # wrong [arg-type]: bytes for a header value
Response.text(b"x")  # wrong [arg-type]: bytes for text
Response.json(User("ada"))  # wrong [call-overload]: an object without its codec
Response.json([User("ada")])  # wrong [list-item]: a list of them
Response.json(b"x")  # wrong [call-overload]: bytes are not JSON
Response.json({1, 2})  # wrong [call-overload]: nor are sets
Response.json(Page(), json(User))  # wrong [misc]: the codec of another type
Response.redirect("/", status=200)  # wrong [arg-type]: a redirect with another status
Response(object())  # wrong [arg-type]: a body that is none
Response.stream([b"x"])  # wrong [arg-type]: a stream that is not asynchronous


async def work(count: int) -> None: ...


Response.text("x").then(work, "1")  # wrong [arg-type]: work with another argument
Response.text("x").then(work)  # wrong [arg-type]: work without its argument


# ASGI.
unknown: HTTPOutbound = {"type": "http.response.begin", "status": 200}  # wrong [typeddict-item]: an unknown message type
malformed: HTTPOutbound = {"type": "http.response.start", "status": "200"}  # wrong [typeddict-item]: a value of another type
odd: Outbound = {"type": "http.disconnect", "x": 1}  # wrong [assignment]: a key or a type that there is not
response_start("200")  # wrong [arg-type]: the same in a constructor
response_start(200, {"x": "y"})  # wrong [dict-item]: headers that are no pairs of bytes


def reading(scope: HTTPScope) -> Any:
    return scope["session"]  # wrong [typeddict-item]: a key that the scope does not have


async def using(request: Request[object]) -> None:
    found: Page = await request.json(User)  # wrong [arg-type]: a model taken for another
    count: int = request.query["count"]  # wrong [assignment]: a query value is text
    del found, count

    query(Page).read("x")  # wrong [arg-type, unused-coroutine]: an input reads requests


# Pages and models that do not fit.
templates = Templates("templates")
user_page = templates.page("user.html", User)
user_page(Page())  # wrong [arg-type]: a page with another model
user_page(User())  # wrong [call-arg]: a model without one of its variables
user_page()  # wrong [call-arg]: a page without its model
templates.page("about.html")(User("x"))  # wrong [arg-type]: a model for a page without variables
templates.url(user, "3")  # wrong [misc]: a URL with a value of another type


@get(root).returns(user_page)  # wrong [arg-type]: a handler that returns another model than its page takes
async def another_model(request: Request[object]) -> Page:
    return Page()


# Bodies, files, forms, feeds.
@get(root).takes(accepts(Literal["text/html", "application/json"]))  # wrong [arg-type]: a media type that is not offered
async def unoffered(request: Request[object], kind: Literal["text/html", "text/plain"]) -> Response:
    return Response.empty()


@get(root).takes(last_event_id(int))  # wrong [arg-type]: a reader that has seen nothing gives None
async def never_new(request: Request[object], last: int) -> Response:
    return Response.empty()


@post(root).takes(form(User))  # wrong [arg-type]: a handler of another form
async def other_form(request: Request[object], page: Page) -> Response:
    return Response.empty()


get(root)(static_files("public"))  # wrong [arg-type]: static files without a rest path
get(root / param("id", int))(static_files("public"))  # wrong [arg-type]: static files on a number
StaticOptions("index.html")  # wrong [call-arg]: an option without its name


async def users() -> AsyncGenerator[User]:
    yield User("ada")


Response.sse(users())  # wrong [arg-type]: values that are no events, without their codec
Response.sse(users(), json(Page))  # wrong [misc]: the codec of other values
Response.json_lines(users())  # wrong [arg-type]: values that are no JSON, without their codec
Response.sse([ServerSentEvent("x")])  # wrong [call-overload]: a feed that is not asynchronous
ServerSentEvent("x", retry="1")  # wrong [arg-type]: a retry time that is no number
ServerSentEvent("x").data = "y"  # wrong [misc]: assigning to an event
CacheControl(3600)  # wrong [call-arg]: a directive without its name
CacheControl(max_age="3600")  # wrong [arg-type]: a time that is text
Response.text("x").with_etag("tag")  # wrong [arg-type]: a tag that is text
Response.text("x").with_cache_control("no-store")  # wrong [arg-type]: a policy that is text
Response.text("x").with_trailers({"x": "y"})  # wrong [arg-type]: trailers before the body is sent
Link("/style.css", "preload")  # wrong [call-arg]: a relation without its name


async def uploading(request: Request[object]) -> Response:
    sent = await request.form()
    size: int = sent["size"]  # wrong [assignment]: a field is text
    await sent.file("avatar").read()  # wrong [union-attr]: a file that may be missing
    print(size, sent["avatar"].filename)  # wrong [attr-defined]: a file is no field
    sent.files[0].filename = "x"  # wrong [misc]: assigning to an upload
    await request.early_hints("/style.css")  # wrong [arg-type]: a hint that is no Link
    request.check_preconditions(ETag("1"))  # wrong [arg-type]: a tag that is not among validators
    return Response.file("report.csv")  # wrong [return-value]: a file that is not awaited


# Settings.
@dataclass(frozen=True)
class Settings:
    key: Secret
    port: int = 8000


def configured() -> None:
    settings = load(Settings, prefix=3)  # wrong [arg-type]: a prefix that is no text
    settings.port = 1  # wrong [misc]: assigning to settings
    key: str = settings.key  # wrong [assignment]: a secret is no text
    found: Page = load(Settings)  # wrong [assignment]: settings taken for something else
    del key, found


class Plain: ...


load(Plain)  # wrong [type-var]: settings that are no dataclass
load(Settings, environ={"PORT": 1})  # wrong [dict-item]: an environment of other things than text
load(Settings, "APP_")  # wrong [call-arg]: a prefix without its name
Secret(b"x")  # wrong [arg-type]: a secret of bytes


@asynccontextmanager
async def a_database() -> AsyncGenerator[Database]:
    yield Database()


@asynccontextmanager
async def for_a_page(page: Page) -> AsyncGenerator[int]:
    yield page.limit


@get(root)
async def database_user(request: Request[HasDb]) -> Response:
    return Response.empty()


lifespans(a_database, a_database).into(AppState)  # wrong [arg-type]: a state that takes fewer than there are
lifespans(a_database).into(User)  # wrong [arg-type]: a state that takes something else
lifespans(a_database).then(for_a_page)  # wrong [arg-type]: a lifespan that needs what none before gives
short = lifespans(a_database).into(AppState)
App[UserState](Router(database_user), lifespan=short)  # wrong [arg-type]: a lifespan that gives less than the state
mount(root / rest("path"), Starlette())  # wrong [arg-type]: mounted behind a tail
mount(root, Router(database_user))  # wrong [arg-type]: a router where an application belongs
to_asgi(Router(database_user), lambda scope: User("ada"))  # wrong [misc]: a state from the scope that is another
mount(root, Starlette(), lifespan="never")  # wrong [arg-type]: a mode that there is not


# Background work.
async def start_wrongly(jobs: Supervisor, queue: JobQueue) -> None:
    await jobs.start(work, "1")  # wrong [arg-type]: a job with another argument
    await queue.start(work)  # wrong [arg-type]: a job without its argument
    jobs.start_nowait(work, 1, 2)  # wrong [arg-type]: a job with one argument too many
    await queue.start(print, "x")  # wrong [arg-type]: a job that is not asynchronous
    Response.text("x").then(jobs.start, work, "1")  # wrong [arg-type]: the same after a response
    jobs.tally.lost = 3  # wrong [misc]: assigning to a tally


# Channels.
def line_of(author: str, said: User) -> Page:
    return Page()


def line_of_user(author: User, said: User) -> Page:
    return Page()


async def in_rooms(rooms: Channels[Page]) -> None:
    room = rooms["a"]
    await room.publish(User("ada"))  # wrong [arg-type]: a message of another type
    room.subscribe(when_full="drop")  # wrong [arg-type]: a policy that there is not
    room.subscribe(3)  # wrong [call-arg]: an option without its name
    room.join(User("ada"))  # wrong [arg-type]: a member of another type
    more: Publisher[object] = room  # wrong [assignment]: a channel that would take anything
    fewer: Subscribable[User] = room  # wrong [assignment]: a channel that gives something else
    async with room.subscribe() as feed:
        feed.dropped = 0  # wrong [misc]: assigning to a subscription
        async for message in feed:
            print(message.name)  # wrong [attr-defined]: a message taken for something else
    async with room.join("ada") as membership:
        async for event in membership:
            print(event.content)  # wrong [union-attr]: an event that may be of presence
    del more, fewer


@websocket(root / "room")
async def in_room(request: Request[Channels[Page]]) -> Response:
    seat = request.state["a"].join("ada")
    converse(seat, line_of_user)  # wrong [arg-type]: a function of another member
    talk, lines, users_ = converse(seat, line_of), room_events(json(Page)), room_events(json(User))
    Response.upgrade(talk, receives=json(Page), sends=lines)  # wrong [arg-type]: a codec of what nobody says
    Response.upgrade(talk, receives=json(User), sends=users_)  # wrong [arg-type]: a codec of what nobody hears
    return Response.upgrade(talk, receives=json(User), sends=lines)


@get(root / "news")
async def news(request: Request[Channels[Page]]) -> Response:
    return Response.sse(follow(request.state["news"].subscribe()), json(User))  # wrong [misc]: the codec of other messages


other_rooms: Channels[User] = MemoryChannels[Page]()  # wrong [assignment]: channels of other messages
other_members: Channel[Page, User] = MemoryChannels[Page]()["a"]  # wrong [assignment]: a channel of other members
MemoryChannels[Page](50)  # wrong [call-arg]: an option without its name
