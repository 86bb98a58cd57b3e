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
from asgikit.doublesubmit import CSRFTokens
from asgikit.http.cache import CacheControl
from asgikit.http.conditional import ETag
from asgikit.http.csp import NONCE, ContentSecurityPolicy
from asgikit.http.links import Link
from asgikit.http.media import MediaType
from asgikit.http.permissions import PermissionsPolicy
from asgikit.http.sse import ServerSentEvent
from asgikit.middleware.access_log import access_log
from asgikit.middleware.body_limit import body_limit
from asgikit.middleware.cache import cache
from asgikit.middleware.compress import compress
from asgikit.middleware.concurrency_limit import concurrency_limit
from asgikit.middleware.cors import cors
from asgikit.middleware.csrf import csrf
from asgikit.middleware.default_headers import default_headers
from asgikit.middleware.error_pages import on_status
from asgikit.middleware.errors import errors, on
from asgikit.middleware.https_redirect import https_redirect
from asgikit.middleware.ip_allow import ip_allow
from asgikit.middleware.method_override import method_override
from asgikit.middleware.metrics import metrics, metrics_endpoint
from asgikit.middleware.normalize_path import normalize_path
from asgikit.middleware.problem_details import problem_details
from asgikit.middleware.proxies import proxies
from asgikit.middleware.rate_limit import rate_limit
from asgikit.middleware.request_id import request_id
from asgikit.middleware.security_headers import SecurityPolicy, security_headers
from asgikit.middleware.server_timing import server_timing
from asgikit.middleware.sessions import sessions
from asgikit.middleware.tracing import tracing
from asgikit.middleware.trusted_hosts import trusted_hosts
from asgikit.negotiation import accepts, last_event_id, subprotocol
from asgikit.problems import Problem, ProblemError
from asgikit.rates import per_minute
from asgikit.sessions.session import HasSession, Session, WithSession
from asgikit.signing import Signer
from asgikit.static import StaticOptions, static_files
from asgikit.stores.memory_cache import MemoryCache
from asgikit.stores.memory_channels import MemoryChannels
from asgikit.stores.memory_rates import MemoryRates
from asgikit.stores.memory_sessions import MemorySessions
from asgikit.templates import Templates
from asgikit.testing import AsyncClient, Client
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
App[AppState](Router(needs_db), lifespan=lifespan).with_state(None)  # wrong [arg-type]: another state in a test
App(Router(needs_db), lifespan=lifespan).state = AppState(Database())  # wrong [misc]: assigning to an application
for_a_test: App[UserState] = App[AppState](Router(needs_db), lifespan=lifespan)  # wrong [assignment]: a state with less


async def unit_test(scope: HTTPScope) -> Response:
    Request.of(scope, AppState(Database()), "{}")  # wrong [arg-type]: a body of text
    return await Router(needs_db)(Request.of(scope, None))  # wrong [arg-type]: a request without what the handler needs


Router[AppState](needs_text)  # wrong [arg-type]: a route for another state
Router(needs_text).wrap(signed_in)  # wrong [arg-type]: a middleware for another state


# Middleware and errors.
def forgetful(handler: Handler[UserState]) -> None: ...


def on_value(request: Request[object], error: ValueError) -> Response:
    return Response.empty()


def on_key(request: Request[object], error: KeyError) -> str:
    return "text"


def as_it_is(request: Request[object], response: Response) -> Response:
    return response


@dataclass(frozen=True, kw_only=True)
class OutOfCredit(Problem):
    balance: int


Router(needs_user).wrap(forgetful)  # wrong [arg-type]: a middleware that returns no handler


async def asked_of_the_database(origin: str) -> bool:
    return True


Router(needs_user).wrap(cors)  # wrong [arg-type]: a factory in place of a middleware
catch(KeyError, on_value)  # wrong [arg-type]: a handler for another exception
catch(KeyError, on_key)  # wrong [arg-type]: a handler that returns no response
catch(3, on_value)  # wrong [arg-type]: an exception that is none

# Between the client and us.
proxies(["10.0.0.0/8"])  # wrong [call-arg]: it does not say which family of fields is believed
proxies(["10.0.0.0/8"], fields="x-forwarded-for")  # wrong [arg-type]: a family of fields that there is none of
proxies(["10.0.0.0/8"], fields="x-forwarded", also=["for"])  # wrong [list-item]: a field that is believed anyway
proxies([10], fields="forwarded")  # wrong [list-item]: a network that is none
normalize_path(slash="strip")  # wrong [arg-type]: a policy that there is none of
normalize_path("trim")  # wrong [call-arg]: an option that is not named
trusted_hosts([b"example.com"])  # wrong [list-item]: a host as bytes
https_redirect(port="443")  # wrong [arg-type]: a port as text
ip_allow(deny=["10.0.0.0/8"], unknown="yes")  # wrong [arg-type]: a text in place of a bool
method_override(field=True)  # wrong [arg-type]: a field without a name
default_headers({"x-limit": 3})  # wrong [arg-type]: a value that is no text
Router(needs_user).wrap(proxies)  # wrong [arg-type]: a factory in place of a middleware
errors(on(KeyError, on_value))  # wrong [arg-type]: an answer to another exception, in a table
errors(on(KeyError, on_key))  # wrong [arg-type]: an answer that is no response
errors(on(3, on_value))  # wrong [arg-type]: a class of exceptions that is none
errors(KeyError)  # wrong [arg-type]: a class without its answer
on_status({404: on_value})  # wrong [dict-item]: a page made from an exception
on_status({"404": as_it_is})  # wrong [dict-item]: a status that is a text
problem_details(page=as_it_is)  # wrong [arg-type]: a page that is not made from a problem
Problem(404)  # wrong [call-arg]: a problem by position
Problem(status=404, members={"when": object()})  # wrong [dict-item]: a member that JSON cannot hold
Problem(status=404).detail = "x"  # wrong [misc]: a problem that is changed
OutOfCredit(status=403)  # wrong [call-arg]: a typed member that is left out
OutOfCredit(status=403, balance="much")  # wrong [arg-type]: a typed member of another type
raise_problem = ProblemError("no")  # wrong [arg-type]: an error without a problem
cors([3])  # wrong [list-item]: an origin that is no text
csrf([])  # wrong [call-arg]: an option without its name
csrf(exempt=needs_user)  # wrong [arg-type]: a route in place of a list of them
csrf(exempt=["/hooks"])  # wrong [list-item]: a path as text
csrf(tokens=CSRFTokens(keys="secret"))  # wrong [arg-type]: a key that could be printed
security_headers(csp=None)  # wrong [call-arg]: a field in place of a policy
SecurityPolicy(referrer_policy="orgin")  # wrong [arg-type]: a value that no browser knows
SecurityPolicy(hsts=True)  # wrong [arg-type]: a switch in place of what it means
ContentSecurityPolicy(script_src=("unsafe-inlin",))  # wrong [arg-type]: a keyword that there is not
ContentSecurityPolicy(script_src=("cdn.example.com",))  # wrong [arg-type]: a host that is not marked as one
ContentSecurityPolicy(script_src=("'self'",))  # wrong [arg-type]: a keyword with its quotes
ContentSecurityPolicy(img_src=("unsafe-inline",))  # wrong [arg-type]: a keyword that means nothing there
ContentSecurityPolicy(style_src=("strict-dynamic",))  # wrong [arg-type]: one for scripts alone
ContentSecurityPolicy(frame_ancestors=(NONCE,))  # wrong [arg-type]: a nonce for frames
ContentSecurityPolicy(sandbox=("allow-everything",))  # wrong [arg-type]: a token that there is not
ContentSecurityPolicy(scripts_src=())  # wrong [call-arg]: a directive that there is not
PermissionsPolicy(camra=())  # wrong [call-arg]: a feature that there is not
PermissionsPolicy(camera="self")  # wrong [arg-type]: a word in place of a list
ContentSecurityPolicy(default_src=()).default_src = None  # wrong [misc]: assigning to a policy


def by_name(request: Request[UserState]) -> str:
    return request.state.user.name


rate_limit(60)  # wrong [call-overload]: a number that is no rate
per_minute(0.5)  # wrong [arg-type]: half a request
by_user = Router(needs_db).wrap(rate_limit(per_minute(1), key=by_name))
App[AppState](by_user, lifespan=lifespan)  # wrong [arg-type]: a limit by a user that the state does not have
concurrency_limit("5")  # wrong [call-overload]: a number that is none
rate_limit(per_minute(1), store=MemoryCache())  # wrong [call-overload]: a store for something else
body_limit("1MB")  # wrong [arg-type]: a size that is no number of bytes
cache(MemoryRates())  # wrong [arg-type]: a store for something else
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


# Sessions
@get(root / "seen")
async def seen(request: Request[HasSession[User]]) -> Response:
    print((await request.state.session.get()).nme)  # wrong [attr-defined]: a misspelt field of the data
    print(request.state.session.get().name)  # wrong [attr-defined]: reading without await
    request.state.session.set("ada")  # wrong [arg-type]: data of another type
    request.state.session.update(line_of_user)  # wrong [arg-type]: a change that gives something else
    request.state.session.sign_in(3)  # wrong [arg-type]: a subject that is no text
    request.state.session.subject = "x"  # wrong [assignment, method-assign]: assigning to a session
    return Response.empty()


@get(root / "stored")
async def stored(request: Request[WithSession[HasDb, User]]) -> Response:
    return Response.text(request.state.db)  # wrong [attr-defined]: the state beside the session, without saying so


users_sessions = sessions(MemorySessions(), json(User), default=User("nobody"))
App(Router(seen))  # wrong [arg-type]: a session that nobody gives
Router(seen).wrap(sessions(MemorySessions(), json(Page), default=Page()))  # wrong [arg-type]: a session with other data
App(Router(stored).wrap(users_sessions))  # wrong [arg-type]: the state beside the session, that nobody gives
sessions(MemorySessions(), json(User), default=Page())  # wrong [misc]: a default of another type
sessions(Secret("x"), json(User), default=User("nobody"))  # wrong [call-overload]: a key in place of a store
Signer("a text", purpose="x")  # wrong [arg-type]: a key that would be printed
Signer(Secret("x"))  # wrong [call-arg]: a signer for anything


users_cookie = users_sessions.issue(Page())  # wrong [arg-type]: a session with other data
adas_cookie = users_sessions.issue(User("ada"), "ada")  # wrong [call-arg]: a subject without its name
found_session = users_sessions.read("a token")  # wrong [arg-type]: a value where the cookies are to be


async def in_a_test(client: AsyncClient, synchronous: Client) -> None:
    client.set_cookie(users_sessions.issue(User("ada")))  # wrong [arg-type]: a cookie without await
    client.set_cookie("session=x")  # wrong [arg-type]: a text for a cookie
    synchronous.call(users_sessions.issue, Page())  # wrong [arg-type]: a session with other data
    print((await users_sessions.read(client.cookies)).value.nme)  # wrong [attr-defined]: a misspelt field of the data


def other_session(given: Session[User]) -> Session[Page]:
    return given  # wrong [return-value]: a session with other data


access_log(style="xml")  # wrong [arg-type]: a style that there is none of
access_log("access")  # wrong [arg-type]: the name of a logger for the logger
server_timing()  # wrong [call-arg]: timings for nobody knows whom
server_timing("staff")  # wrong [arg-type]: an audience that there is none of
metrics()  # wrong [call-arg]: metrics that nobody can read
metrics_endpoint("metrics")  # wrong [arg-type]: a name for the registry
request_id(trust="proxy")  # wrong [arg-type]: a name for who is trusted
tracing(tracer_provider="otlp")  # wrong [arg-type]: a name for the provider
