"""Litestar: typed path parameters, a TypedDict, ASGIMiddleware; no OpenAPI and no logging."""

from collections.abc import Sequence
from typing import TypedDict

from litestar import Litestar, MediaType, get
from litestar.datastructures import MutableScopeHeaders
from litestar.handlers import HTTPRouteHandler
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from benchmarks.scenarios import ADDED, HELLO, NAME


class User(TypedDict):
    """What the JSON holds."""

    id: int
    name: str


class AddHeader(ASGIMiddleware):
    """Adds one header to every response."""

    def __init__(self, name: str, value: str) -> None:
        """With this value."""
        self.name = name
        self.value = value

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Serves one connection."""

        async def send_with_header(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableScopeHeaders.from_message(message).add(self.name, self.value)
            await send(message)

        await next_app(scope, receive, send_with_header)


@get("/", media_type=MediaType.TEXT)
async def home() -> str:
    """Plain text."""
    return HELLO


@get("/users/{id:int}")
async def show(id: int) -> User:
    """A user."""
    return {"id": id, "name": NAME}


def _route(number: int) -> HTTPRouteHandler:
    @get(f"/r{number}/{{id:int}}/x", media_type=MediaType.TEXT)
    async def one(id: int) -> str:
        return str(id)

    return one


def _app(handlers: Sequence[HTTPRouteHandler], middleware: Sequence[AddHeader] = ()) -> Litestar:
    return Litestar(handlers, openapi_config=None, logging_config=None, middleware=middleware)


def plain() -> Litestar:
    """One route."""
    return _app([home])


def user() -> Litestar:
    """One route with a parameter."""
    return _app([show])


def numbered(count: int) -> Litestar:
    """Many routes with a parameter."""
    return _app([_route(number) for number in range(count)])


def wrapped() -> Litestar:
    """One route under five middlewares."""
    return _app([home], [AddHeader(name, value) for name, value in ADDED.items()])
