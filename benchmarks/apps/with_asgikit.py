"""asgikit: endpoints, a TypedDict through `json(User)`, middleware as functions."""

from __future__ import annotations

from typing import TypedDict, TypeVar

from asgikit import App, Handler, Middleware, Request, Response, Route, Router, get, json, param, root
from benchmarks.scenarios import ADDED, HELLO, NAME, ASGIApp

S = TypeVar("S")


class User(TypedDict):
    """What the JSON holds."""

    id: int
    name: str


@get(root)
async def home(request: Request[object]) -> Response:
    """Plain text."""
    return Response.text(HELLO)


@get(root / "users" / param("id", int)).returns(json(User))
async def show(request: Request[object], id: int) -> User:
    """A user."""
    return {"id": id, "name": NAME}


def _route(number: int) -> Route[object]:
    @get(root / f"r{number}" / param("id", int) / "x")
    async def one(request: Request[object], id: int) -> Response:
        return Response.text(str(id))

    return one


def _adding(name: str, value: str) -> Middleware:
    def middleware(handler: Handler[S], /) -> Handler[S]:
        async def inner(request: Request[S]) -> Response:
            response = await handler(request)
            return response.with_header(name, value)

        return inner

    return middleware


def plain() -> ASGIApp:
    """One route."""
    return App(Router(home))


def user() -> ASGIApp:
    """One route with a parameter."""
    return App(Router(show))


def numbered(count: int) -> ASGIApp:
    """Many routes with a parameter."""
    return App(Router(*(_route(number) for number in range(count))))


def wrapped() -> ASGIApp:
    """One route, wrapped five times."""
    router = Router(home)
    for name, value in ADDED.items():
        router = router.wrap(_adding(name, value))
    return App(router)
