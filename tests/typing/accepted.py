"""Programs that are right: what type checkers have to infer, without a plugin and without Any."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from ipaddress import IPv4Network
from typing import Literal, Protocol, TypedDict, assert_never, assert_type
from uuid import UUID

import httpx
import uvicorn
from asgiref.typing import ASGI3Application
from hypercorn.typing import ASGIFramework
from prometheus_client import CollectorRegistry
from starlette.applications import Starlette
from starlette.middleware.gzip import GZipMiddleware
from starlette.routing import Mount

from asgikit import (
    App,
    Channel,
    Channels,
    Endpoint,
    Handler,
    JobQueue,
    Lifespan,
    Middleware,
    Path,
    Request,
    Response,
    Route,
    Router,
    Supervisor,
    WebSocket,
    after,
    asgi_middleware,
    blocking,
    catch,
    converse,
    cookie,
    every,
    follow,
    form,
    from_asgi,
    get,
    header,
    host,
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
from asgikit.asgi import ASGIApp, ForeignApp, HTTPInbound, HTTPOutbound, HTTPScope, Outbound, WebSocketScope, response_start
from asgikit.body import Body, File, Stream, Upgrade
from asgikit.caching import CacheStore
from asgikit.channels import Joined, Left, Message, Present, Publisher, Subscribable
from asgikit.codec import JSON
from asgikit.codings.brotli import Brotli
from asgikit.codings.deflate import Gzip
from asgikit.codings.zstandard import Zstandard
from asgikit.config import Secret, load
from asgikit.converters import integer
from asgikit.doublesubmit import CSRFTokens
from asgikit.http.conditional import ETag, Validators
from asgikit.http.cookies import SetCookie
from asgikit.http.csp import NONCE, ContentSecurityPolicy, HashSource, HostSource
from asgikit.http.forwarded import Node, parse_forwarded
from asgikit.http.links import Link
from asgikit.http.permissions import PermissionsPolicy
from asgikit.http.sse import ServerSentEvent
from asgikit.messages import BINARY, TEXT
from asgikit.middleware.access_log import access_log
from asgikit.middleware.body_limit import body_limit
from asgikit.middleware.cache import cache
from asgikit.middleware.compress import compress, is_text
from asgikit.middleware.concurrency_limit import concurrency_limit
from asgikit.middleware.conditional import conditional
from asgikit.middleware.cors import cors
from asgikit.middleware.csrf import csrf
from asgikit.middleware.decompress import decompress
from asgikit.middleware.default_headers import default_headers
from asgikit.middleware.error_pages import on_status
from asgikit.middleware.errors import errors, on
from asgikit.middleware.etag import etag
from asgikit.middleware.https_redirect import https_redirect
from asgikit.middleware.ip_allow import ip_allow
from asgikit.middleware.method_override import method_override
from asgikit.middleware.metrics import metrics, metrics_endpoint
from asgikit.middleware.normalize_path import normalize_path
from asgikit.middleware.problem_details import problem_details
from asgikit.middleware.proxies import proxies
from asgikit.middleware.rate_limit import rate_limit
from asgikit.middleware.request_id import current_request_id, request_id
from asgikit.middleware.security_headers import HSTS, SecurityPolicy, security_headers
from asgikit.middleware.server_timing import server_timing, timing
from asgikit.middleware.sessions import Sessions, SessionsInto, sessions
from asgikit.middleware.tracing import tracing
from asgikit.middleware.trusted_hosts import trusted_hosts
from asgikit.negotiation import accepts, last_event_id, subprotocol
from asgikit.partitions import by_all, by_client, by_header
from asgikit.parts import FormLimits
from asgikit.path import TailPath
from asgikit.problems import Problem, ProblemError
from asgikit.rates import RateStore, per_hour, per_minute
from asgikit.sealing import Sealer
from asgikit.sessions.keepers import SessionStore
from asgikit.sessions.keeping import Found
from asgikit.sessions.session import HasSession, Session, WithSession
from asgikit.signing import Signer
from asgikit.static import static_files
from asgikit.stores.memory_cache import MemoryCache
from asgikit.stores.memory_channels import MemoryChannel, MemoryChannels
from asgikit.stores.memory_rates import MemoryRates
from asgikit.stores.memory_sessions import MemorySessions
from asgikit.supervisor import Lost
from asgikit.templates import Page as HTMLPage
from asgikit.templates import Templates
from asgikit.testing import AsyncClient, Client
from asgikit.uploads import Upload
from asgikit.websocket import SocketLimits


class Mood(Enum):
    HAPPY = 1


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


# Paths carry the types of their parameters.
assert_type(root, Path[()])
assert_type(root / "users" / param("id", int), Path[int])
assert_type(root / param("a", str) / param("b", UUID) / "x" / param("c", float), Path[str, UUID, float])
assert_type(
    root / param("a", bool) / param("b", date) / param("c", datetime) / param("d", Decimal), Path[bool, date, datetime, Decimal]
)
assert_type(root / param("m", Mood) / param("l", Literal["a", "b"]), Path[Mood, Literal["a", "b"]])
assert_type(root / param("n", integer(1, 5)), Path[int])
assert_type(root / param("n", int) / rest("tail"), TailPath[int, str])
assert_type(host("example.com"), Path[()])
assert_type(host(param("team", str), "example.com") / param("n", int), Path[str, int])
assert_type((root / param("id", int)).url(3), str)

# Endpoints carry what the handler takes and returns.
user = root / "users" / param("id", int)
assert_type(get(user), Endpoint[Response, int])
assert_type(get(user).returns(json(User)), Endpoint[User, int])
assert_type(post(user).takes(query(Page)).takes(json(list[User])).returns(json(User)), Endpoint[User, int, Page, list[User]])
assert_type(get(user).takes(header("x", int)), Endpoint[Response, int, int])
assert_type(get(user).takes(header("x", int, default=None)), Endpoint[Response, int, int | None])
assert_type(get(user).takes(cookie("x", str, default="")), Endpoint[Response, int, str])


@get(user).takes(query(Page)).returns(json(User))
async def show(request: Request[HasDb], id: int, page: Page) -> User:
    assert_type(request.state.db, Database)
    assert_type(await request.json(User), User)
    assert_type(await request.json(), JSON)
    return User("ada")


assert_type(show, Route[HasDb])


@get(root / "me")
async def me(request: Request[UserState]) -> Response:
    return Response.json(request.state.user, json(User))


@get(root / "anything")
async def anything(request: Request[object]) -> Response:
    table: list[dict[str, str]] = []
    nested: dict[str, list[dict[str, int]]] = {}
    return Response.json({"a": [1, None, (2.5, "x")], "b": table, "c": nested, "d": Response.json(table).status})


@get(root / "none")
async def none(request: Request[None]) -> Response:
    return Response.empty()


@get(root / "threaded" / param("n", int))
@blocking
def threaded(request: Request[HasDb], n: int) -> Response:
    return Response.empty()


assert_type(threaded, Route[HasDb])


def signed_in(handler: Handler[UserState]) -> Handler[AppState]:
    async def inner(request: Request[AppState]) -> Response:
        return await handler(request.with_state(UserState(request.state.db, User("ada"))))

    return inner


# Routers need what their routes need; middleware may change it.
assert_type(Router(me), Router[UserState])
assert_type(Router(me).wrap(signed_in), Router[AppState])
assert_type(Router(show, anything, threaded, Router(me).wrap(signed_in)), Router[AppState])
assert_type(me.wrap(signed_in), Route[AppState])


def on_key(request: Request[object], error: KeyError) -> Response:
    return Response.text(str(error))


def on_lookup(request: Request[object], error: LookupError) -> Response:
    return Response.text(str(error))


def stamp(request: Request[object], response: Response) -> Response:
    return response.with_header("x-a", "1")


async def on_error(request: Request[object], error: Exception) -> Response:
    return Response.empty(status=500)


@dataclass(frozen=True, kw_only=True)
class OutOfCredit(Problem):
    type: str = "https://example.com/probs/out-of-credit"
    balance: int


# Answers to exceptions, synchronous or not, for a class or one that it inherits from; problems with members of their types.
errors_told: Middleware = every(
    errors(on(KeyError, on_lookup), on(OSError, on_error)), on_status({404: stamp}), problem_details()
)
out = OutOfCredit(status=403, balance=3, members={"more": [1, {"a": None}]})
assert_type(OutOfCredit.parse(out.encode(), status=403), OutOfCredit)
assert_type(OutOfCredit.parse(out.encode(), status=403).balance, int)
assert_type(ProblemError(out).problem, Problem)

# Middleware that leaves the state alone applies to any router, route and handler.
standard: Middleware = every(cors(["https://example.com"]), after(stamp), catch(KeyError, on_key), catch(KeyError, on_lookup))
routes = Router(show, Router(me).wrap(signed_in)).wrap(standard).wrap(cors("*"))

between: Middleware = every(
    proxies(["10.0.0.0/8", IPv4Network("192.0.2.0/24")], fields="x-forwarded", also={"host"}, hops=2),
    https_redirect(permanent=False, port=8443),
    trusted_hosts(("example.com",), www_redirect=True),
    ip_allow({"10.0.0.0/8"}, deny=["10.0.0.66"]),
    normalize_path(slash="trim", action="rewrite"),
    method_override(field="_method"),
    default_headers({"x-team": "blue"}),
    default_headers([("link", "</a>; rel=a"), ("link", "</b>; rel=b")]),
)
assert_type(Router(show, Router(me).wrap(signed_in)).wrap(between), Router[AppState])
assert_type(parse_forwarded("for=_a")[0].client, Node | None)
guarded: Middleware = every(
    csrf(
        trusted_origins=["https://example.com"],
        exempt=[user, show],
        tokens=CSRFTokens(keys=[Secret("k-0123456789abcdef-0123456789abcdef")]),
    ),
    csrf(exempt=lambda request: request.path == "/hook"),
    security_headers(
        SecurityPolicy(
            csp=ContentSecurityPolicy(
                default_src=("self", "https:"),
                script_src=("self", NONCE, "strict-dynamic", HashSource.of("x()"), HostSource("cdn.example.com")),
                img_src=("self", "data:"),
                object_src=(),
            ),
            permissions=PermissionsPolicy(camera=(), fullscreen="*", geolocation=("self", "https://maps.example")),
            hsts=HSTS(preload=True),
            referrer_policy=None,
        )
    ),
)
routes = Router(show, Router(me).wrap(signed_in)).wrap(standard).wrap(guarded).wrap(cors("*"))
assert_type(routes, Router[AppState])
plain: Handler[UserState] = standard(me)


def by_name(request: Request[UserState]) -> str:
    return request.state.user.name


# A limit by what the state has is for handlers of that state; any other one is for all.
assert_type(Router(me).wrap(rate_limit(per_minute(60), per_hour(100, burst=10), key=by_name)), Router[UserState])
assert_type(Router(me).wrap(concurrency_limit(5, key=by_all(by_name, by_client()))).wrap(signed_in), Router[AppState])
limits: Middleware = every(
    rate_limit(per_minute(60)), concurrency_limit(5, key=by_header("x-key")), body_limit(10), etag(), cache()
)
rate_store: RateStore = MemoryRates()
cache_store: CacheStore = MemoryCache()
assert_type(
    Router(anything).wrap(limits).wrap(rate_limit(per_minute(1), store=rate_store)).wrap(cache(cache_store)), Router[object]
)


@asynccontextmanager
async def lifespan() -> AsyncGenerator[AppState]:
    yield AppState(Database())


# An App has the state of its lifespan, or none.
assert_type(App(routes, lifespan=lifespan), App[AppState])
assert_type(App[AppState](Router(anything), lifespan=lifespan), App[AppState])
assert_type(App(Router(anything, none)), App[None])
assert_type(App(standard(anything)), App[None])
assert_type(App(routes, lifespan=lifespan).state, AppState)
assert_type(App(Router(anything)).state, None)


class FakeDatabase(Database): ...


# A test gives a state of the same type, of fakes or with more than is needed; or a request of any state to a handler.
assert_type(App(routes, lifespan=lifespan).with_state(AppState(FakeDatabase())), App[AppState])
assert_type(App(routes, lifespan=lifespan).with_state(UserState(Database(), User("ada"))), App[AppState])


def asked(scope: HTTPScope | WebSocketScope) -> Request[HasDb]:
    assert_type(Request.of(scope, None), Request[None])
    assert_type(Request.of(scope, AppState(FakeDatabase()), b"{}"), Request[AppState])
    return Request.of(scope, AppState(FakeDatabase()))


@websocket(root / "chat" / param("room", str))
async def chat(request: Request[object], room: str) -> Response:
    async def raw(ws: WebSocket[str | bytes, str | bytes]) -> None:
        async for message in ws:
            assert_type(message, str | bytes)
            await ws.send(message)

    async def typed(ws: WebSocket[User, Page]) -> None:
        async for message in ws:
            assert_type(message, User)
            await ws.send(Page(3))

    async def texts(ws: WebSocket[str, bytes]) -> None:
        assert_type(await ws.receive(timeout=1), str)
        async with ws.until_closed():
            await ws.send(b"x")
        assert_type(await ws.closed(), int)
        assert_type(ws.close_code, int | None)

    if room == "raw":
        return Response.upgrade(raw)
    if room == "texts":
        return Response.upgrade(texts, receives=TEXT, sends=BINARY, limits=SocketLimits(idle=60, queue=9))
    return Response.upgrade(typed, receives=json(User), sends=json(Page))


@websocket(root / "spoken", origins=["https://example.com"]).takes(subprotocol(Literal["v2", "v1"]))
async def spoken(request: Request[object], version: Literal["v2", "v1"]) -> Response:
    async def session(ws: WebSocket[str | bytes, str | bytes]) -> None: ...

    return Response.upgrade(session, subprotocol=version)


@websocket(root / "perhaps", origins="*").takes(subprotocol(Literal["v2", "v1"], default=None))
async def perhaps(request: Request[object], version: Literal["v2", "v1"] | None) -> Response:
    return Response.text(version or "")


assert_type(spoken, Route[object])


async def work(count: int, name: str) -> None: ...


assert_type(Response.text("x").then(work, 1, "a"), Response)


async def ticks() -> AsyncIterator[str]:
    yield "tick"


assert_type(Response.stream(ticks()), Response)


def told(event: HTTPInbound) -> str:
    if event["type"] == "http.request":
        return str(len(event.get("body", b"")))
    if event["type"] == "http.disconnect":
        return "gone"
    assert_never(event)


def sent(event: HTTPOutbound, scope: HTTPScope) -> int:
    if event["type"] == "http.response.start":
        return event["status"]
    return len(scope.get("root_path", ""))


def body_of(body: Body) -> str:
    match body:
        case bytes():
            return body.decode()
        case Stream():
            return "stream"
        case File():
            return "file"
        case Upgrade():
            return "upgrade"
        case _:
            assert_never(body)


# The outside world accepts an App, and asgikit the outside world's applications.
app = App(routes, lifespan=lifespan)
uvicorn.Config(app, port=8000)
httpx.ASGITransport(app=app)
hypercorn_app: ASGIFramework = app
mounted = Mount("/asgikit", app=app)
asgiref_app: ASGI3Application = app
own: ASGIApp = app
foreign: list[ForeignApp] = [app, Starlette(), mounted]

message: Outbound = response_start(200, [(b"a", b"b")])


# A page is typed by its model, and is an output.
class Line(TypedDict):
    text: str


templates = Templates("templates", prefix="/shop")
line = templates.page("line.html", Line)
assert_type(line, HTMLPage[Line])
assert_type(line({"text": "x"}), Response)
assert_type(templates.page("about.html"), HTMLPage[None])
assert_type(templates.url(root / param("id", int), 3), str)


@get(root / "line").returns(line)
async def shown(request: Request[object]) -> Line:
    return {"text": "x"}


# Bodies, files, forms, feeds.
@get(root / "chosen").takes(accepts(Literal["text/html", "application/json"])).takes(last_event_id(int))
async def chosen(request: Request[object], kind: Literal["text/html", "application/json"], last: int | None) -> Response:
    assert_type(await Response.file("x"), Response)
    return Response.text(kind)


assert_type(get(root / rest("path"))(static_files("public")), Route[object])


@dataclass(frozen=True)
class Sent:
    name: str
    avatar: Upload
    others: list[Upload]


@post(root / "sent").takes(form(Sent, limits=FormLimits(files=3)))
async def take(request: Request[object], sent: Sent) -> Response:
    whole = await request.form()
    assert_type(whole["name"], str)
    assert_type(whole.file("avatar"), Upload | None)
    async for part in request.parts():
        assert_type(await part.read(), bytes)
    async for chunk in request.stream(idle=5, total=60):
        assert_type(chunk, bytes)
    assert_type(await request.early_hints(Link("/style.css", rel="preload")), bool)
    request.check_preconditions(Validators(ETag("1")), required=True)
    return Response.text(sent.avatar.filename).with_etag().with_vary("Accept").then(sent.avatar.read)


async def users() -> AsyncGenerator[User]:
    yield User("ada")


async def events() -> AsyncGenerator[ServerSentEvent]:
    yield ServerSentEvent("x", event="y", id="1", retry=10)


async def tokens() -> AsyncGenerator[str]:
    yield "token"


feeds = [
    Response.sse(events(), keep_alive=None),
    Response.sse(users(), json(User)),
    Response.json_lines(tokens()),
    Response.json_lines(users(), json(User)),
]
assert_type(feeds, list[Response])
wrapped = Router(chosen, take).wrap(conditional()).wrap(decompress())


def of_a_tenant(origin: str) -> bool:
    return origin.endswith(".example.com")


mixed_origins = cors(
    ["https://a.example.com", re.compile(r"https://[a-z]+\.example\.com")], credentials=True, private_network=True
)
by_predicate = cors(of_a_tenant, expose=["x-total"])
by_lambda = cors(lambda origin: origin == "https://a.example.com")
squeezed = compress(codings=[Brotli(5), Zstandard(), Gzip(9)], types=lambda kind: is_text(kind) or kind.type == "font")
squeezed_routes = wrapped.wrap(mixed_origins).wrap(by_predicate).wrap(by_lambda).wrap(squeezed)
assert_type(wrapped, Router[object])


@dataclass(frozen=True)
class Settings:
    key: Secret
    port: int = 8000


assert_type(load(Settings), Settings)
assert_type(load(Settings).key.reveal(), str)


@dataclass(frozen=True)
class Both:
    user: User
    size: int


@asynccontextmanager
async def one_user() -> AsyncGenerator[User]:
    yield User("ada")


@asynccontextmanager
async def size() -> AsyncGenerator[int]:
    yield 1


@asynccontextmanager
async def size_of(user: User) -> AsyncGenerator[int]:
    yield len(user.name)


independent = lifespans(one_user, size).into(Both)
assert_type(independent, Lifespan[Both])
dependent = lifespans(one_user).then(size_of).into(lambda user, size: (user, size))
assert_type(dependent, Lifespan[tuple[User, int]])


@get(root / "both")
async def both(request: Request[Both]) -> Response:
    return Response.text(request.state.user.name)


with_both = App(Router(both), lifespan=independent)
assert_type(with_both, App[Both])

other_framework = Starlette()
below = mount(root / "old" / param("n", int), other_framework)
assert_type(below, Route[object])
mixed = Router(below, both, mount(root, with_both)).otherwise(from_asgi(other_framework))
assert_type(mixed, Router[Both])
assert_type(mixed.wrap(asgi_middleware(GZipMiddleware)), Router[Both])
handler_of_any: Handler[User] = from_asgi(other_framework)
inside = to_asgi(mixed, lambda scope: Both(User(scope["path"]), 1))
assert_type(inside, App[None])
Starlette(routes=[Mount("/new", inside)])


# Background work.
async def keep_queue(jobs: Supervisor, queue: JobQueue) -> None:
    everywhere: list[JobQueue] = [jobs, queue]
    await jobs.start(work, 1, "a")
    await queue.start(work, 1, "a")
    jobs.start_nowait(work, 1, "a")
    assert_type(Response.text("x").then(queue.start, work, 1, "a"), Response)
    assert_type(jobs.lost, tuple[Lost, ...])
    del everywhere


# A channel is a publisher of what it takes, and gives what it gives; its members are texts unless it says otherwise.
@dataclass(frozen=True)
class Note:
    text: str


@dataclass(frozen=True)
class Whisper(Note):
    to: str


class HasRooms(Protocol):
    @property
    def rooms(self) -> Channels[Note]: ...


def note_of(author: str, said: Line) -> Note:
    return Note(f"{author}: {said['text']}")


@websocket(root / "rooms" / param("room", str))
async def talk(request: Request[HasRooms], room: str) -> Response:
    seat = request.state.rooms[room].join("ada", history=50)
    return Response.upgrade(converse(seat, note_of), receives=json(Line), sends=room_events(json(Note)))


@get(root / "news")
async def news(request: Request[HasRooms]) -> Response:
    return Response.sse(follow(request.state.rooms["news"].subscribe(queue=16, when_full="drop_oldest")), json(Note))


async def in_rooms(rooms: Channels[Note], typed: Channel[Note, User]) -> None:
    assert_type(rooms["a"], Channel[Note, str])
    whispers: Publisher[Whisper] = rooms["a"]
    await whispers.publish(Whisper("hush", "ada"))
    anything: Subscribable[object] = rooms["a"]
    await anything.history(3)
    async with rooms["a"].subscribe(history=3) as feed:
        async for message in feed:
            assert_type(message, Note)
        assert_type(feed.dropped, int)
    async with typed.join(User("ada")) as membership:
        assert_type(membership.member, User)
        async for event in membership:
            match event:
                case Message(content):
                    assert_type(content, Note)
                case Present(members):
                    assert_type(members, frozenset[User])
                case Joined(member) | Left(member):
                    assert_type(member, User)
                case _:
                    assert_never(event)
    assert_type(await typed.members(), frozenset[User])


kept: Channels[Note] = MemoryChannels(history=50, retain=10)
of_users: Channels[Note, User] = MemoryChannels()
assert_type(MemoryChannels[Note]()["a"], MemoryChannel[Note, str])
assert_type(Router(talk, news), Router[HasRooms])


# Sessions: what is around the handlers gives them one, of the model's type, beside the state there is.
@dataclass(frozen=True)
class Draft:
    text: str


class HasDraft(HasSession[Draft], HasDb, Protocol): ...


@dataclass(frozen=True)
class DraftState(AppState):
    session: Session[Draft]


def with_draft(state: AppState, session: Session[Draft]) -> DraftState:
    return DraftState(state.db, session)


@get(root / "draft")
async def draft(request: Request[HasSession[Draft]]) -> Response:
    assert_type(await request.state.session.get(), Draft)
    request.state.session.update(lambda draft: draft)
    return Response.empty()


@get(root / "with-db")
async def with_db(request: Request[HasDraft]) -> Response:
    assert_type(request.state.db, Database)
    return Response.empty()


@get(root / "beside")
async def beside(request: Request[WithSession[HasDb, Draft]]) -> Response:
    assert_type(request.state.state.db, Database)
    return Response.empty()


drafts = sessions(MemorySessions(), json(Draft), default=Draft(""))
flat_drafts = sessions(MemorySessions(), json(Draft), default=Draft(""), into=with_draft)
assert_type(drafts, Sessions[Draft])
assert_type(flat_drafts, SessionsInto[AppState, DraftState, Draft])
assert_type(Router(draft, with_db).wrap(flat_drafts), Router[AppState])


async def issued(jar: httpx.Cookies, request: Request[None]) -> SetCookie:
    assert_type(await drafts.read({"__Host-session": "x"}), Found[Draft])
    assert_type(await drafts.read(request.cookies), Found[Draft])
    assert_type((await flat_drafts.read(jar)).value, Draft)
    assert_type((await flat_drafts.read(jar)).subject, str | None)
    return await drafts.issue(Draft("text"), subject="ada")


# A test signs in by what the application keeps its sessions with, in a client or a synchronous one.
async def in_a_test(client: AsyncClient) -> None:
    client.set_cookie(await drafts.issue(Draft("text")))
    assert_type(await drafts.read(client.cookies), Found[Draft])


def in_a_synchronous_test(client: Client) -> None:
    client.set_cookie(client.call(drafts.issue, Draft("text"), subject="ada"))
    assert_type(client.call(drafts.read, client.cookies), Found[Draft])


assert_type(Router(draft).wrap(drafts), Router[object])
assert_type(Router(draft).wrap(sessions(Signer(Secret("x"), purpose="x"), json(Draft), default=Draft(""))), Router[object])
assert_type(Router(beside).wrap(drafts), Router[HasDb])
assert_type(Router(draft, beside).wrap(drafts), Router[HasDb])
assert_type(
    Router(draft, with_db).wrap(sessions(MemorySessions(), json(Draft), default=Draft(""), into=with_draft)), Router[AppState]
)
App(Router(draft).wrap(drafts))
of_lines: Sessions[Line] = sessions(MemorySessions(), json(Line), default=Line(text=""))


async def hits(request: Request[HasSession[int]]) -> Response:
    request.state.session.update(lambda seen: seen + 1)
    return Response.json(await request.state.session.get())


App(sessions(Sealer([Secret("new"), Secret("old")], purpose="hits"), json(int), default=0)(hits))
memory: SessionStore = MemorySessions()


def narrower(given: WithSession[AppState, Draft]) -> WithSession[HasDb, Draft]:
    assert_type(given.state, AppState)
    assert_type(given.session, Session[Draft])
    return given


def watched(app: Router[HasRooms], registry: CollectorRegistry) -> Router[HasRooms]:
    shown: Middleware = server_timing(lambda request: request.client is not None, origins=["https://a.example"])
    counted = app.wrap(metrics(registry, prefix="shop", buckets=[0.1, 1])).wrap(tracing(redact=["plate"])).wrap(shown)
    logged = counted.wrap(access_log(style="json", headers=["x-note"])).wrap(request_id(trust=True))
    assert_type(logged, Router[HasRooms])
    return logged


@get(root / "measured")
async def measured(request: Request[object]) -> Response:
    with timing(request, "db"):
        async with timing(request, "cache", "look-up"):
            assert_type(current_request_id(), str | None)
    return Response.empty()


assert_type(get(root / "metrics")(metrics_endpoint(CollectorRegistry())), Route[object])
