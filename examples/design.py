"""The whole design in one program: run it with `uvicorn examples.design:app`."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Protocol

from asgikit import (
    App,
    Handler,
    Request,
    Response,
    Router,
    WebSocket,
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


@dataclass(frozen=True)
class User:
    """Somebody we know."""

    id: int
    name: str


@dataclass(frozen=True)
class NewUser:
    """Somebody we do not know yet."""

    name: str


@dataclass(frozen=True)
class Page:
    """Which part of a list."""

    offset: int = 0
    limit: int = 10


@dataclass(frozen=True)
class Said:
    """A line in a chat."""

    text: str


@dataclass
class Database:
    """Stands for a real one."""

    rows: dict[int, User] = field(default_factory=dict[int, User])

    async def user(self, id: int) -> User:
        """One user."""
        return self.rows[id]

    async def users(self, page: Page) -> list[User]:
        """Some users."""
        return list(self.rows.values())[page.offset : page.offset + page.limit]

    async def add(self, new: NewUser) -> User:
        """A new user."""
        user = User(len(self.rows) + 1, new.name)
        self.rows[user.id] = user
        return user


@asynccontextmanager
async def connect() -> AsyncGenerator[Database]:
    """A database, as long as it is needed."""
    yield Database({1: User(1, "ada")})


users = root / "users"  # Path[()]
user = users / param("id", int)  # Path[int]
chat = root / "chat" / param("room", str)  # Path[str]


class HasDb(Protocol):
    """What a handler needs, structurally."""

    @property
    def db(self) -> Database:
        """The database."""
        ...


@get(user).returns(json(User))  # Endpoint[User, int]; decorating gives Route[HasDb]
async def show(request: Request[HasDb], id: int) -> User:
    """One user."""
    return await request.state.db.user(id)


@post(users).takes(json(NewUser)).returns(json(User, status=201))
async def create(request: Request[HasDb], new: NewUser) -> User:
    """A new user."""
    return await request.state.db.add(new)


@get(users).takes(query(Page))  # no returns(): the handler returns a Response
async def index(request: Request[HasDb], page: Page) -> Response:
    """Some users."""
    return Response.json(await request.state.db.users(page), json(list[User]))


@dataclass(frozen=True)
class AppState:
    """What the lifespan gives: it has a `db`, so it is a HasDb."""

    db: Database


@dataclass(frozen=True)
class UserState(AppState):
    """The same, once we know who asks."""

    user: User


async def authenticate(request: Request[AppState]) -> User | None:
    """Whoever asks, if we know them. A real program checks a secret here."""
    name = request.headers.get("x-demo-user")
    return next((user for user in await request.state.db.users(Page()) if user.name == name), None)


def signed_in(handler: Handler[UserState]) -> Handler[AppState]:
    """Only for users: middleware is a typed higher-order function."""

    async def inner(request: Request[AppState]) -> Response:
        found = await authenticate(request)
        if found is None:
            return Response.text("sign in first", status=401)
        return await handler(request.with_state(UserState(request.state.db, found)))

    return inner


@get(root / "me")
async def me(request: Request[UserState]) -> Response:
    """Whoever asks."""
    return Response.json(request.state.user, json(User))


@websocket(chat)
async def join(request: Request[UserState], room: str) -> Response:
    """A chat with an echo."""
    if room == "closed":
        return Response.text("no", status=403)  # any response but an upgrade denies the handshake

    async def session(ws: WebSocket[Said, Said]) -> None:  # exists only after accept; closed for you
        async for said in ws:
            await ws.send(Said(f"{request.state.user.name}: {said.text}"))

    return Response.upgrade(session, receives=json(Said), sends=json(Said))


account = Router(me, join).wrap(signed_in)  # Router[UserState] -> Router[AppState]
routes = Router(show, create, index, account)  # Router[AppState], inferred
routes = routes.wrap(compress()).wrap(cors(["https://example.com"]))


@asynccontextmanager
async def lifespan() -> AsyncGenerator[AppState]:
    """What lives as long as the application."""
    async with connect() as db:
        yield AppState(db)


app = App(routes, lifespan=lifespan)  # App[AppState]: an ASGI 3 application for any server
